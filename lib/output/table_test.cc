#include "output/table.h"

#include <gtest/gtest.h>

#include "output/csv.h"

namespace etcdf::output {
namespace {

TEST(Table, AlignsByTheWidestCellAndCountsCharactersNotBytes) {
  Table table({{"KEY"}, {"COUNT", Align::kRight}, {"NOTE"}});
  table.AddRow({"ключ", "5", ""});
  table.AddRow({"k", "12345678", "x"});
  std::string text;
  table.Append(text);
  EXPECT_EQ(text,
            "KEY      COUNT  NOTE\n"
            "ключ         5\n"
            "k     12345678  x\n");
}

TEST(Csv, QuotesWhatRfc4180SaysAndDefusesFormulas) {
  const auto cell = [](std::string_view text) {
    std::string out;
    AppendCsvCell(out, text);
    return out;
  };
  EXPECT_EQ(cell("plain"), "plain");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(cell("=1+1"), "\"'=1+1\"");
  EXPECT_EQ(cell("@x"), "\"'@x\"");
}

}  // namespace
}  // namespace etcdf::output
