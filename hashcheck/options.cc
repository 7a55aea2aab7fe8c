#include "hashcheck/options.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "live/running_member.h"

namespace etcdf::hashcheck {
namespace {

namespace fs = std::filesystem;

constexpr char kDescription[] =
    R"(Do the members of an etcd cluster agree, and if not, where do they part?
Nothing is written, locked or changed; a running etcd is not disturbed.)";

constexpr char kTemporaryDirHelp[] = "Where what is packed is unpacked; else TMPDIR or /tmp";
constexpr char kWalDirHelp[] = "Where the log is, if not beside the database";

constexpr char kFooter[] = R"(
MEMBER is a data directory, a database file, a snapshot, an LMDB environment, one of these packed (gzip,
bzip2, xz, zstd, zlib, compress, zip, tar, base64) or from standard input (-), a digest, or the
client URL of a running member; NAME=MEMBER gives it a name, else it is called by its folder.

Examples:
  hashcheck m1 m2 m3                      three data directories
  hashcheck old=backup.db new=m1          a backup against a member
  hashcheck --all -w json m1 m2 m3        every revision that differs
  hashcheck --roll-forward m1 m2 m3       members that stopped at different times
  hashcheck -w html --out report.html m1 m2 m3
  hashcheck --audit --best-member m1 m2 m3
  hashcheck --audit m1                    one member against its own log
  hashcheck --audit m1 m2 --wal-dir m1=/wal/m1 --wal-dir m2=/wal/m2
  hashcheck --redact m1 m2 m3             an output that can be shared
  hashcheck digest m1 --out m1.digest     what a comparison needs of m1, in less than a megabyte
  hashcheck m1.digest m2.digest m3        members on three hosts
  hashcheck https://10.0.0.1:2379 https://10.0.0.2:2379 --cacert ca.pem --user root

Exit status: 0 the same, 1 they differ or one is damaged, 2 cannot tell, 130 interrupted.)";

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

// Gives each member its `--wal-dir`; nothing, or what is wrong. Members have their names by now.
std::optional<std::string> PlaceLogs(const std::vector<std::string>& wal_dirs,
                                     std::vector<MemberArgument>& members) {
  for (const std::string& argument : wal_dirs) {
    const MemberArgument given = SplitName(argument);
    if (given.name.empty() && members.size() > 1) {
      return "--wal-dir does not say of which member: give --wal-dir NAME=DIR";
    }
    const auto member = given.name.empty()
                            ? members.begin()
                            : std::ranges::find(members, given.name, &MemberArgument::name);
    if (member == members.end()) return "--wal-dir: no member is called " + given.name;
    if (live::IsEndpoint(member->path)) return "--wal-dir is for members given by their files";
    if (!member->wal_dir.empty()) return "--wal-dir is given twice for member " + member->name;
    member->wal_dir = given.path;
  }
  return std::nullopt;
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

void AddGatewayOptions(app::Cli& cli, Options& options, std::optional<uint64_t>& timeout) {
  live::Options& gateway = options.gateway;
  cli.Group("Running members");
  cli.Text("--cacert", gateway.cacert_file, "Authorities to trust, in PEM; else the system's",
           "FILE");
  cli.Text("--cert", gateway.cert_file, "The client's certificate, in PEM", "FILE");
  cli.Text("--key", gateway.key_file, "The key of that certificate, in PEM", "FILE");
  cli.Text("--user", gateway.user, "Who asks; the password may be in ETCDF_PASSWORD instead",
           "NAME[:PASSWORD]");
  cli.Number("--timeout", timeout, "How long to wait for an answer (120)", "SECONDS");
  cli.Text("--pull", options.pull,
           "Compare a snapshot of the running member, kept here; must not exist", "FILE");
}

// The rest of how to talk to running members; nothing, or what is wrong.
std::optional<std::string> CheckGateway(Options& options, std::optional<uint64_t> timeout) {
  live::Options& gateway = options.gateway;
  const auto running = std::ranges::count_if(
      options.members, [](const MemberArgument& member) { return live::IsEndpoint(member.path); });
  if (running == 0 && !(!timeout && gateway.cacert_file.empty() && gateway.cert_file.empty() &&
                        gateway.key_file.empty() && gateway.user.empty())) {
    return "--cacert, --cert, --key, --user and --timeout are for members given by their URL";
  }
  if (gateway.cert_file.empty() != gateway.key_file.empty()) {
    return "--cert and --key go together";
  }
  if (!options.pull.empty() && running != 1) {
    return "--pull wants one member given by its URL, and no more";
  }
  if (!gateway.user.empty() && gateway.user.find(':') == std::string::npos) {
    const char* const password = std::getenv("ETCDF_PASSWORD");
    if (password == nullptr) {
      return "--user wants NAME:PASSWORD, or the password in the variable ETCDF_PASSWORD";
    }
    gateway.user += std::string(":") + password;
  }
  if (!timeout) return std::nullopt;
  constexpr uint64_t kMaxSeconds = 86'400;
  if (*timeout == 0 || *timeout > kMaxSeconds) {
    return "--timeout wants a number of seconds, from 1 to 86400";
  }
  const std::chrono::seconds patience(*timeout);
  gateway.answer_timeout = patience;
  gateway.stall_timeout = patience;
  gateway.connect_timeout = std::min<std::chrono::milliseconds>(gateway.connect_timeout, patience);
  return std::nullopt;
}

constexpr char kDigestDescription[] =
    R"(Writes what a comparison needs of a member in less than a megabyte, so that members on different hosts
can be compared without copying their databases. Holds no keys and no values, but fingerprints of them.)";

constexpr char kDigestFooter[] = R"(
Examples:
  hashcheck digest /var/lib/etcd --out m1.digest
  hashcheck m1.digest m2.digest m3.digest

Exit status: 0 written, 1 written of a member that is damaged, 2 not written, 130 interrupted.)";

std::variant<Options, DigestOptions, app::Refusal> ParseDigest(std::vector<std::string> args) {
  app::Cli cli("hashcheck digest", kDigestDescription, kDigestFooter);
  DigestOptions options;
  std::string member;
  cli.Argument("MEMBER", member, "Of which member: files, not a running one", "[NAME=]MEMBER");
  cli.Text("--wal-dir", options.member.wal_dir, kWalDirHelp, "DIR");
  cli.Text("--tmpdir", options.member.temporary_dir, kTemporaryDirHelp, "DIR");
  cli.Text("--out", options.out, "The digest; must not exist", "FILE").Required();
  app::AddQuietOption(cli, options.quiet);
  if (auto refusal = cli.Parse(std::move(args))) return *std::move(refusal);
  options.member.name = SplitName(member).name;
  options.member.path = SplitName(member).path;
  if (options.member.name.empty()) options.member.name = NameOf(options.member.path);
  return options;
}

}  // namespace

std::variant<Options, DigestOptions, app::Refusal> ParseOptions(std::vector<std::string> args) {
  if (!args.empty() && args.front() == "digest") {
    args.erase(args.begin());
    return ParseDigest(std::move(args));
  }
  app::Cli cli("hashcheck", kDescription, kFooter);
  cli.AlsoCalledAs("digest [OPTIONS] [NAME=]MEMBER --out FILE");
  Options options;
  std::vector<std::string> members;
  cli.List("MEMBER", members, "What to compare", "[NAME=]MEMBER...").Required();
  std::vector<std::string> wal_dirs;
  cli.List("--wal-dir", wal_dirs, kWalDirHelp, "[NAME=]DIR");
  std::string temporary_dir;
  cli.Text("--tmpdir", temporary_dir, kTemporaryDirHelp, "DIR");
  cli.Flag("--all", options.all, "Show every revision that differs");
  cli.Flag("--roll-forward", options.roll_forward,
           "Apply each member's log, in memory, and compare at one index");
  cli.Flag("--audit", options.audit, "Hold each member's database against its own log");
  cli.Flag("--best-member", options.best_member, "Tell which member to restore from, and why");
  std::string etcd_version;
  cli.Text("--etcd-version", etcd_version,
           "What the members ran, such as 3.5.16; else --audit tries", "VERSION");
  cli.Group("Output");
  cli.Choice("-w,--write-out", options.format, kFormats, "text, table, json, fields or html",
             "FORMAT");
  cli.Text("--out", options.out, "The page that -w html writes; must not exist", "FILE");
  app::AddValueOptions(cli, options.values);
  app::AddQuietOption(cli, options.quiet);
  std::optional<uint64_t> timeout;
  AddGatewayOptions(cli, options, timeout);
  if (auto refusal = cli.Parse(std::move(args))) return *std::move(refusal);

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
  for (const std::string& member : members) {
    options.members.push_back(SplitName(member));
    options.members.back().temporary_dir = temporary_dir;
  }
  if (std::ranges::count(options.members, "-", &MemberArgument::path) > 1) {
    return app::Mistake("hashcheck", "standard input can be read once: one member is -, not more");
  }
  if (const auto mistake = NameMembers(options.members)) return app::Mistake("hashcheck", *mistake);
  if (const auto mistake = PlaceLogs(wal_dirs, options.members)) {
    return app::Mistake("hashcheck", *mistake);
  }
  if (options.members.size() < 2 && !options.audit && !options.best_member) {
    return app::Mistake("hashcheck",
                        "two members or more are wanted, to be compared; one is enough for "
                        "--audit and --best-member");
  }
  if (const auto mistake = CheckGateway(options, timeout)) {
    return app::Mistake("hashcheck", *mistake);
  }
  return options;
}

}  // namespace etcdf::hashcheck
