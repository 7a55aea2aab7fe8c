#include "dump-db/store.h"
#include "mvcc/hash.h"
#include "output/box_table.h"

namespace etcdf::dump_db {

// The layouts are those of etcdutl 3.7.1 (etcdutl/etcdutl/printer*.go).
Result<void> HashKv(const VerbContext& context) {
  const auto computed = mvcc::HashKv(StoreOf(context), context.options.revision.value_or(0));
  if (!computed) return Fail(computed.error());
  // What damage hides is not computed over what it leaves.
  const auto known = [&](auto figure) {
    if (computed->is_whole) return std::to_string(figure);
    return std::string(context.options.format == Format::kJson ? "null" : "-");
  };
  const std::string hash = known(computed->hash);
  const std::string revision = known(computed->revision);
  const std::string compact = known(computed->compact_revision);
  std::string text;
  switch (context.options.format) {
    case Format::kJson:
      text = R"({"hash":)" + hash + R"(,"hashRevision":)" + revision + R"(,"compactRevision":)" +
             compact + "}\n";
      break;
    case Format::kFields:
      text = "\"Hash\" : " + hash + "\n\"Hash revision\" : " + revision +
             "\n\"Compact revision\" : " + compact + "\n";
      break;
    case Format::kTable:
      output::AppendBoxTable(text, output::BoxStyle::kUnicode,
                             {"HASH", "HASH REVISION", "COMPACT REVISION"},
                             {{hash, revision, compact}});
      break;
    default: text = hash + ", " + revision + ", " + compact + "\n";
  }
  context.out.Write(text);
  return {};
}

}  // namespace etcdf::dump_db
