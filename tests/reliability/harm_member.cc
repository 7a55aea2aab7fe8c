// harm-member: the database that a healthy member would have had. For tests; not installed.
//
//     harm-member --seed N --kind KIND|none [--above-compaction] [--snapshot] DATA_DIR OUT
//
// Draws what happened to the member by the seed, writes its database as it then would be to OUT,
// which must not exist, and prints what happened as a line of JSON. --above-compaction draws from
// the entries whose rows no compaction has touched, of which there must be 60. --snapshot appends
// the SHA-256 that `etcdctl snapshot save` ends with.
#include <cstdio>
#include <optional>
#include <string>

#include "bolt/writer.h"
#include "checksum/sha256.h"
#include "io/mapped_file.h"
#include "tests/reliability/bench_options.h"
#include "tests/reliability/harm.h"
#include "tests/reliability/member.h"

namespace etcdf::reliability {
namespace {

struct Request {
  uint64_t seed = 1;
  std::optional<HarmKind> kind = {};
  Where where = Where::kAnywhere;
  bool is_snapshot = false;
  std::string data_dir = {};
  std::string out = {};
};

Result<void> AppendSum(io::NewFile& file) {
  const auto written = io::MappedFile::Open(file.part_path());
  if (!written) return Fail(written.error());
  return file.Append(Sha256Of(written->bytes()));
}

Result<void> WriteFile(const backend::Database& database, const Request& request) {
  auto writer = bolt::Writer::Create(request.out);
  if (!writer) return Fail(writer.error());
  FindingList findings;
  for (const Bytes name : database.bucket_names()) {
    if (auto begun = writer->BeginBucket(name); !begun) return begun;
    const auto bucket = database.Open(name);
    const auto cursor = bucket->NewCursor(findings);
    for (bool more = cursor->First(); more; more = cursor->Next()) {
      if (auto put = writer->Append(cursor->row().key, cursor->row().value); !put) return put;
    }
  }
  auto file = writer->Finish();
  if (!file) return Fail(file.error());
  if (request.is_snapshot) {
    if (auto summed = AppendSum(*file); !summed) return summed;
  }
  return file->Commit();
}

void PrintTruth(const Request& request, const DrawnHarm& drawn) {
  const std::string kind = request.kind ? std::string(HarmKindName(*request.kind)) : "none";
  std::printf("{\"kind\":\"%s\",\"visible\":%s,\"edits\":[", kind.c_str(),
              drawn.harmed.is_visible ? "true" : "false");
  const char* separator = "";
  for (const Effect& effect : drawn.harmed.effects) {
    std::printf("%s{\"index_first\":%llu,\"index_last\":%llu,\"revision\":%lld}", separator,
                static_cast<unsigned long long>(effect.index_first),
                static_cast<unsigned long long>(effect.index_last),
                static_cast<long long>(effect.revision.main));
    separator = ",";
  }
  std::printf("]}\n");
}

int Complain(const Error& error) {
  std::fprintf(stderr, "%s\n", error.Message().c_str());
  return 2;
}

int Run(const Request& request) {
  const auto member = Member::Open(request.data_dir);
  if (!member) return Complain(member.error());
  const DrawnHarm drawn = request.kind
                              ? DrawAndDo(**member, *request.kind, request.where, request.seed)
                              : DrawnHarm{.harm = {}, .harmed = DoHarm(**member, {})};
  const auto written = WriteFile(drawn.harmed.database, request);
  if (!written) return Complain(written.error());
  PrintTruth(request, drawn);
  return 0;
}

int Main(int count, char** words) {
  Request request;
  app::Cli cli("harm-member", "The database that a healthy member would have had.", "");
  cli.Number("--seed", request.seed, "what decides every throw of the dice");
  const auto take_kind = [&request](const std::string& name) -> std::optional<std::string> {
    request.kind = ParseHarmKind(name);
    return request.kind || name == "none" ? std::nullopt : std::optional("a kind of harm or none");
  };
  cli.Value("--kind", take_kind, "what happened to the member", "KIND").Required();
  bool above_compaction = false;
  cli.Flag("--above-compaction", above_compaction, "only to rows no compaction has touched");
  cli.Flag("--snapshot", request.is_snapshot, "append a SHA-256, as `etcdctl snapshot save` does");
  cli.Argument("DATA_DIR", request.data_dir, "a healthy data directory", "DATA_DIR");
  cli.Argument("OUT", request.out, "the database to write; must not exist", "OUT");
  if (const auto status = ParseWords(cli, count, words)) return *status;
  if (above_compaction) request.where = Where::kAboveCompaction;
  return Run(request);
}

}  // namespace
}  // namespace etcdf::reliability

int main(int count, char** words) {
  using etcdf::reliability::RunProgram, etcdf::reliability::Main;
  return RunProgram("harm-member", Main, count, words);
}
