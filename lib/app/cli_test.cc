#include "app/cli.h"

#include <gtest/gtest.h>

namespace etcdf::app {
namespace {

using Args = std::vector<std::string>;

TEST(AcceptSingleDash, AddsADashToKnownLongOptionsOnly) {
  const Args known = {"start-index", "raw", "w"};
  EXPECT_EQ(AcceptSingleDash({"-start-index", "5", "-raw=true", "dir"}, known),
            (Args{"--start-index", "5", "--raw=true", "dir"}));
  EXPECT_EQ(AcceptSingleDash({"-w", "json", "--raw", "-rawest", "-"}, known),
            (Args{"-w", "json", "--raw", "-rawest", "-"}));
}

TEST(AcceptSingleDash, LeavesWhatFollowsADoubleDashAlone) {
  EXPECT_EQ(AcceptSingleDash({"--", "-raw"}, {"raw"}), (Args{"--", "-raw"}));
}

TEST(ParseSize, TakesUnitsOf1024) {
  EXPECT_EQ(ParseSize("4096"), 4096u);
  EXPECT_EQ(ParseSize("10b"), 10u);
  EXPECT_EQ(ParseSize("64k"), 65536u);
  EXPECT_EQ(ParseSize("1MiB"), 1u << 20);
  EXPECT_EQ(ParseSize("2Gb"), uint64_t{2} << 30);
  EXPECT_EQ(ParseSize("16777215t"), uint64_t{16777215} << 40);
  for (const char* text :
       {"", "k", "1x", "1kk", "-1", "1 k", "16777216t", "18446744073709551616"}) {
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
  }
}

enum class Colour : uint8_t { kRed, kBlue };
const std::map<std::string, Colour> kColours = {{"red", Colour::kRed}, {"blue", Colour::kBlue}};

// A tool with an option of each kind.
struct Painter {
  std::string path;
  std::string wall;
  std::vector<std::string> guests;
  std::optional<uint64_t> from;
  std::vector<uint64_t> terms;
  uint64_t size = 0;
  Colour colour = Colour::kRed;
  std::optional<Colour> sort_by;
  bool dry = false;
};

struct Parsed {
  Painter painter;
  std::string out, err;  // of a refusal
  ExitCode exit_code = ExitCode::kSound;
};

Parsed Parse(Args args) {
  Parsed parsed;
  Painter& p = parsed.painter;
  Cli cli("painter", "Paints a wall.", "\nExit status: 0 painted.");
  cli.AlsoCalledAs("wash WALL");
  cli.Argument("PATH", p.path, "Where", "PATH");
  cli.Text("--wall", p.wall, "Which wall");
  cli.List("--guest", p.guests, "Who looks on", "NAME");
  cli.Group("Range");
  cli.Number("--from", p.from, "First layer");
  cli.Number("--term", p.terms, "Only this term");
  cli.Bytes("--size", p.size, "How much");
  cli.Choice("-c,--colour", p.colour, kColours, "red or blue", "COLOUR");
  cli.Choice("--sort", p.sort_by, kColours, "In which order", "[=COLOUR]").Implied("blue");
  cli.Flag("--dry", p.dry, "Do nothing");
  if (const auto refusal = cli.Parse(std::move(args))) {
    parsed.out = refusal->out;
    parsed.err = refusal->err.substr(0, refusal->err.find('\n'));
    parsed.exit_code = refusal->exit_code;
  }
  return parsed;
}

TEST(Cli, TakesWhatWasDeclared) {
  const auto [painter, out, err, exit_code] =
      Parse({"-from", "5", "house", "--guest", "a", "--guest=b", "--term", "1", "--term", "2",
             "--size", "4k", "-c", "blue", "--sort", "--dry", "--wall", "--"});
  EXPECT_EQ(err, "");
  EXPECT_EQ(painter.path, "house");
  EXPECT_EQ(painter.wall, "--");
  EXPECT_EQ(painter.guests, (Args{"a", "b"}));
  EXPECT_EQ(painter.from, 5u);
  EXPECT_EQ(painter.terms, (std::vector<uint64_t>{1, 2}));
  EXPECT_EQ(painter.size, 4096u);
  EXPECT_EQ(painter.colour, Colour::kBlue);
  EXPECT_EQ(painter.sort_by, Colour::kBlue);
  EXPECT_TRUE(painter.dry);
}

TEST(Cli, LeavesAloneWhatIsNotGiven) {
  const Painter painter = Parse({"house"}).painter;
  EXPECT_EQ(painter.from, std::nullopt);
  EXPECT_EQ(painter.sort_by, std::nullopt);
  EXPECT_FALSE(painter.dry);
}

TEST(Cli, AnOptionTakesOneValueAndNotTheArgumentAfterIt) {
  EXPECT_EQ(Parse({"--guest", "a", "house"}).painter.path, "house");
  EXPECT_EQ(Parse({"--term", "1", "house"}).painter.path, "house");
  EXPECT_EQ(Parse({"--sort", "house"}).painter.path, "house");
  EXPECT_EQ(Parse({"--sort=red", "house"}).painter.sort_by, Colour::kRed);
}

TEST(Cli, SaysWhatAnOptionWants) {
  EXPECT_EQ(Parse({"house", "--from", "-1"}).err,
            "painter: --from wants a number from 0 to 18446744073709551615, not -1");
  EXPECT_EQ(Parse({"house", "-c", "green"}).err, "painter: --colour wants blue or red, not green");
  EXPECT_EQ(Parse({"house", "--size", "much"}).err,
            "painter: --size wants a size such as 4096, 64k or 1m, not much");
  EXPECT_EQ(Parse({"house", "--from"}).err, "painter: --from wants a value");
  EXPECT_EQ(Parse({"house", "--from", "1", "--from", "2"}).err, "painter: --from is given twice");
  EXPECT_EQ(Parse({"--dry"}).err, "painter: PATH is required");
  EXPECT_EQ(Parse({"house", "garden"}).err, "painter: one argument too many: garden");
  EXPECT_EQ(Parse({"--", "house", "--dry"}).err, "painter: one argument too many: --dry");
  EXPECT_EQ(Parse({"house", "--dry"}).err, "");
}

// Its value is taken for an argument then, and is not what is wrong.
TEST(Cli, BlamesTheOptionThatIsNotThere) {
  EXPECT_EQ(Parse({"--fromm", "1", "house"}).err,
            "painter: there is no option --fromm; did you mean --from?");
  EXPECT_EQ(Parse({"-fromm=1", "house"}).err,
            "painter: there is no option -fromm; did you mean --from?");
  EXPECT_EQ(Parse({"--col", "red", "house"}).err,
            "painter: there is no option --col; did you mean --colour?");
  EXPECT_EQ(Parse({"--nosuch"}).err, "painter: there is no option --nosuch");
  EXPECT_EQ(Parse({"-x", "house"}).err, "painter: there is no option -x");
  EXPECT_EQ(Parse({"--nosuch", "house", "--from", "y"}).err,
            "painter: there is no option --nosuch");
}

TEST(Cli, HelpIsForUsersOfTheTool) {
  const auto parsed = Parse({"--help"});
  EXPECT_EQ(parsed.exit_code, ExitCode::kSound);
  EXPECT_EQ(parsed.err, "");
  for (const std::string_view part :
       {"Usage: painter [OPTIONS] PATH\n       painter wash WALL\n", "--guest NAME", "--from N ",
        "-c,--colour COLOUR ", "--sort [=COLOUR]", "--dry ", "\nRange:\n",
        "\nExit status: 0 painted.\n"}) {
    EXPECT_TRUE(parsed.out.find(part) != std::string::npos) << part << "\n" << parsed.out;
  }
  for (const std::string_view part : {"{", "UINT", "REQUIRED", " ... "}) {
    EXPECT_TRUE(parsed.out.find(part) == std::string::npos) << part << "\n" << parsed.out;
  }
  EXPECT_EQ(Parse({"--version"}).out, "painter " + std::string(kVersion) + "\n");
}

// What is wrong with a command line of a tool with verbs, or which was chosen.
std::string ParseVerb(Args args) {
  std::string chosen;
  uint64_t count = 0;
  Cli cli("shop", "Sells things.", "");
  cli.Verb("buy", "Buys", "", [&chosen] { chosen = "buy"; }).Number("--count", count, "How many");
  cli.Verb("sell", "Sells", "", [&chosen] { chosen = "sell"; });
  const auto refusal = cli.Parse(std::move(args));
  return refusal ? refusal->err.substr(0, refusal->err.find('\n')) : chosen;
}

TEST(Cli, EachVerbHasItsOptions) {
  EXPECT_EQ(ParseVerb({"buy", "--count", "3"}), "buy");
  EXPECT_EQ(ParseVerb({"sell", "--count", "3"}), "shop: sell has no option --count");
  EXPECT_EQ(ParseVerb({"buy", "--cuont", "3"}),
            "shop: buy has no option --cuont; did you mean --count?");
  EXPECT_EQ(ParseVerb({"--count", "3"}), "shop: there is no option --count");
  EXPECT_EQ(ParseVerb({"steal", "--count", "3"}), "shop: there is no verb 'steal'");
  EXPECT_EQ(ParseVerb({}), "shop: a verb is wanted, such as buy");
}

}  // namespace
}  // namespace etcdf::app
