#include "hashcheck/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

namespace etcdf::hashcheck {
namespace {

namespace fs = std::filesystem;

constexpr char kDescription[] =
    R"(Do the members of an etcd cluster agree, and if not, where do they part?
Nothing is written, locked or changed; a running etcd is not disturbed.)";

constexpr char kFooter[] = R"(
MEMBER is a data directory, a database file, a snapshot, or an LMDB environment; NAME=MEMBER gives it a
name, else it is called by its folder.

Examples:
  hashcheck m1 m2 m3                      three data directories
  hashcheck old=backup.db new=m1          a backup against a member
  hashcheck --all -w json m1 m2 m3        every revision that differs
  hashcheck --roll-forward m1 m2 m3       members that stopped at different times
  hashcheck -w html --out report.html m1 m2 m3
  hashcheck --audit --best-member m1 m2 m3
  hashcheck --audit m1                    one member against its own log
  hashcheck --redact m1 m2 m3             an output that can be shared

Exit status: 0 the same, 1 they differ or one is damaged, 2 cannot tell.)";

const std::map<std::string, Format> kFormats = {{"text", Format::kText},
                                                {"table", Format::kTable},
                                                {"json", Format::kJson},
                                                {"fields", Format::kFields},
                                                {"html", Format::kHtml}};

// `NAME=PATH`, unless the '=' belongs to the path.
MemberArgument SplitName(const std::string& argument) {
  const size_t equals = argument.find('=');
  if (equals == std::string::npos || equals == 0 || argument.find('/') < equals) {
    return {.name = {}, .path = argument};
  }
  return {.name = argument.substr(0, equals), .path = argument.substr(equals + 1)};
}

// What is special about a path: its last part, unless that is what etcd always calls it.
std::string NameOf(const std::string& path) {
  fs::path at = fs::path(path).lexically_normal();
  const auto is_common = [](const fs::path& name) {
    return name.empty() || name == "db" || name == "snap" || name == "member" || name == "data.mdb";
  };
  while (is_common(at.filename()) && at.has_relative_path() && at != at.root_path()) {
    at = at.parent_path();
  }
  const std::string name = at.filename().string();
  return name.empty() || name == "." || name == ".." ? path : name;
}

// Names every member; nothing, or what is wrong.
std::optional<std::string> NameMembers(std::vector<MemberArgument>& members) {
  std::map<std::string, int> uses;
  for (const MemberArgument& member : members) {
    if (member.name.empty()) ++uses[NameOf(member.path)];
  }
  std::set<std::string> names;
  for (MemberArgument& member : members) {
    if (member.name.empty()) {
      const std::string name = NameOf(member.path);
      member.name = uses[name] > 1 ? member.path : name;
    }
    if (!names.insert(member.name).second) {
      return "two members are called " + member.name + "; name them apart with NAME=MEMBER";
    }
  }
  return std::nullopt;
}

}  // namespace

std::variant<Options, app::Refusal> ParseOptions(std::vector<std::string> args) {
  CLI::App app(kDescription, "hashcheck");
  app.footer(kFooter);
  app.set_version_flag("--version", "hashcheck " + std::string(app::kVersion));
  Options options;
  std::vector<std::string> members;
  app.add_option("member", members, "What to compare")->required()->type_name("[NAME=]MEMBER...");
  app.add_flag("--all", options.all, "Show every revision that differs");
  app.add_flag("--roll-forward", options.roll_forward,
               "Apply each member's log, in memory, and compare at one index");
  app.add_flag("--audit", options.audit, "Hold each member's database against its own log");
  app.add_flag("--best-member", options.best_member, "Tell which member to restore from, and why");
  std::string etcd_version;
  app.add_option("--etcd-version", etcd_version, "What the members ran; else --audit tries")
      ->type_name("3.5.16");
  std::string format = "text";
  app.add_option("-w,--write-out", format, "text, table, json, fields or html")
      ->check(CLI::IsMember(kFormats))
      ->group("Output");
  app.add_option("--out", options.out, "The page that -w html writes; must not exist")
      ->type_name("FILE")
      ->group("Output");
  app::AddValueOptions(app, options.values);
  app::AddQuietOption(app, options.quiet);
  if (auto refusal = app::Parse(app, std::move(args))) return *std::move(refusal);

  options.format = kFormats.at(format);
  if ((options.format == Format::kHtml) == options.out.empty()) {
    return app::Mistake("hashcheck", options.out.empty() ? "-w html wants --out FILE"
                                                         : "--out goes with -w html only");
  }
  if (!etcd_version.empty()) {
    options.etcd_version = apply::ParseVersion(etcd_version);
    if (!options.etcd_version) {
      return app::Mistake("hashcheck", "--etcd-version wants a version such as 3.5.16");
    }
  }
  for (const std::string& member : members) options.members.push_back(SplitName(member));
  if (const auto mistake = NameMembers(options.members)) return app::Mistake("hashcheck", *mistake);
  if (options.members.size() < 2 && !options.audit && !options.best_member) {
    return app::Mistake("hashcheck",
                        "two members or more are wanted, to be compared; one is enough for "
                        "--audit and --best-member");
  }
  return options;
}

}  // namespace etcdf::hashcheck
