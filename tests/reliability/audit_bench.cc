// audit-bench: how reliably the audit finds what was done to a member. For tests; not installed.
//
//     audit-bench [--seed N] [--cases N] [--kind KIND] [--case I] [--all] DATA_DIR...
//
// Of each kind of harm, cases are drawn by the seed and done to the healthy data dirs in turn, and
// the audit is asked. Prints how often it was right, every case in which it was not (or, with
// --all, each), and how to repeat it. Of the ties, so many are settled by a witness: a copy of the
// member from before the next compaction. Without the options, ETCDF_SEED and ETCDF_ROUNDS are the
// seed and the cases. Exit 0 if as many are right as docs/reliability.md promises, no healthy
// member is accused, and no audit crashes.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.h"
#include "tests/reliability/bench_options.h"
#include "tests/reliability/harm.h"
#include "tests/reliability/judge.h"
#include "tests/reliability/member.h"

namespace etcdf::reliability {
namespace {

constexpr unsigned kSecondsMax = 300;  // an audit that takes longer counts as a crash
constexpr size_t kAtOnce = 2;

struct Request {
  Draws cases = {.count = 16};
  std::optional<HarmKind> kind = {};
  bool shows_all = false;
};

// Of 16 visible cases, so many are found, exactly or among honest ties. A value or a row that
// everything later hides is invisible; of the others each has to be found.
struct Bar {
  HarmKind kind;
  uint64_t of_16;
};
constexpr auto kBars = std::to_array<Bar>({{HarmKind::kSkip, 16},
                                           {HarmKind::kSkipRange, 16},
                                           {HarmKind::kDoubleRange, 14},
                                           {HarmKind::kUnlogged, 16},
                                           {HarmKind::kChangedValue, 16},
                                           {HarmKind::kRemovedRow, 16},
                                           {HarmKind::kTwoSkips, 15},
                                           {HarmKind::kSkipAndDouble, 11}});

// `witness`: null if there is none.
audit::AuditReport AuditOf(const Member& member, const backend::Database& database,
                           const backend::Database* witness = nullptr) {
  FindingList findings;
  const auto store_of = [&](const backend::Database& each) {
    return mvcc::Store{.database = each, .file = member.database().file, .findings = findings};
  };
  const mvcc::Store store = store_of(database);
  const mvcc::Store witness_store = store_of(witness != nullptr ? *witness : database);
  audit::AuditInput input{.log = member.log(), .database = store, .rules = {member.rules()}};
  if (witness != nullptr) input.peers.push_back({.database = &witness_store});
  return audit::Audit(input);
}

uint64_t CaseSeed(uint64_t seed, HarmKind kind, uint64_t number) {
  std::seed_seq sequence{seed, static_cast<uint64_t>(kind), number};
  std::array<uint32_t, 2> halves = {};
  sequence.generate(halves.begin(), halves.end());
  return uint64_t{halves[0]} << 32 | halves[1];
}

struct CaseResult {
  Judgement judgement = Judgement::kCrash;
  bool settled = false;  // a tie that a witness makes exact
  std::string text = {};
};

// Asks again, with a copy of the database from before the next compaction as a witness, and with
// what a sound peer had then, which must not change what is said.
void AskWitnesses(const Member& member, const DrawnHarm& drawn, const audit::AuditReport& report,
                  CaseResult& result) {
  const auto until = LastBeforeCompaction(member, drawn.harmed);
  if (!until) return;
  const HarmedMember copy = DoHarm(member, drawn.harm, *until);
  const HarmedMember peer = DoHarm(member, {}, *until);
  const auto by_copy = AuditOf(member, drawn.harmed.database, &copy.database);
  const auto by_peer = AuditOf(member, drawn.harmed.database, &peer.database);
  const Judgement judgement = Judge(member, drawn.harm, drawn.harmed, by_copy);
  result.settled = judgement == Judgement::kExact;
  result.text += "\n    with a witness: " + ReportText(by_copy);
  if (judgement == Judgement::kWrong || ReportText(by_peer) != ReportText(report)) {
    result.judgement = Judgement::kWrong;
    result.text += "\n    with a peer: " + ReportText(by_peer);
  }
}

CaseResult RunCase(const Member& member, HarmKind kind, uint64_t seed) {
  const DrawnHarm drawn = DrawAndDo(member, kind, Where::kAnywhere, seed);
  const auto start = std::chrono::steady_clock::now();
  const audit::AuditReport report = AuditOf(member, drawn.harmed.database);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  CaseResult result{.judgement = Judge(member, drawn.harm, drawn.harmed, report),
                    .text = "did: " + HarmText(drawn.harm, drawn.harmed) + "\n    said: " +
                            ReportText(report) + "\n    " + std::to_string(took.count()) + " ms"};
  if (result.judgement == Judgement::kTie) AskWitnesses(member, drawn, report, result);
  return result;
}

// A case in a process of its own, which may crash or never end.
class RunningCase {
 public:
  RunningCase(const Member& member, HarmKind kind, uint64_t seed) {
    std::array<int, 2> ends = {};
    if (pipe(ends.data()) != 0) std::abort();
    process_ = fork();
    if (process_ == 0) {
      alarm(kSecondsMax);
      const CaseResult result = RunCase(member, kind, seed);
      const std::string text = std::to_string(static_cast<int>(result.judgement)) +
                               (result.settled ? "s" : "-") + result.text;
      const ssize_t written = write(ends[1], text.data(), text.size());
      _exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    close(ends[1]);
    answer_ = ends[0];
  }

  CaseResult Wait() const {
    std::string text;
    std::array<char, 4096> piece = {};
    for (;;) {
      const ssize_t got = read(answer_, piece.data(), piece.size());
      if (got <= 0) break;
      text.append(piece.data(), static_cast<size_t>(got));
    }
    close(answer_);
    int status = 0;
    waitpid(process_, &status, 0);
    if (status != 0 || text.size() < 2) return {.judgement = Judgement::kCrash, .text = "crashed"};
    return {.judgement = static_cast<Judgement>(text[0] - '0'),
            .settled = text[1] == 's',
            .text = text.substr(2)};
  }

 private:
  pid_t process_ = 0;
  int answer_ = -1;
};

class Bench {
 public:
  explicit Bench(const Request& request) : request_(request) {}

  int Run() {
    for (const std::string& data_dir : request_.cases.data_dirs) {
      auto member = Member::Open(data_dir);
      if (!member) {
        std::fprintf(stderr, "%s\n", member.error().Message().c_str());
        return 2;
      }
      members_.push_back(*std::move(member));
    }
    bool good = AreHealthy();
    std::printf("%-16s %6s %6s %6s %8s %6s %10s %6s\n", "kind", "cases", "exact", "tie", "settled",
                "wrong", "invisible", "crash");
    for (const Bar& bar : kBars) {
      if (!request_.kind || request_.kind == bar.kind) good = RunKind(bar) && good;
    }
    return good ? 0 : 1;
  }

 private:
  // The database as it was found, and as it is written without any harm.
  bool AreHealthy() const {
    bool healthy = true;
    for (const auto& member : members_) {
      const HarmedMember unharmed = DoHarm(*member, {});
      const auto report = AuditOf(*member, member->database().database);
      const auto again = AuditOf(*member, unharmed.database);
      const bool is_explained = report.verdict == audit::AuditVerdict::kExplained &&
                                again.verdict == audit::AuditVerdict::kExplained &&
                                !unharmed.is_visible;
      std::printf("%s: %zu entries, %zu write keys: %s\n", member->data_dir().c_str(),
                  member->entries().size(), member->writing().size(),
                  is_explained ? "explained" : ("ACCUSED: " + ReportText(report)).c_str());
      healthy = healthy && is_explained;
    }
    return healthy;
  }

  bool RunKind(const Bar& bar) const {
    std::array<uint64_t, kJudgements> counts = {};
    uint64_t settled = 0;
    struct Pending {
      uint64_t number;
      RunningCase running;
    };
    std::deque<Pending> pending;
    const auto take = [&] {
      const CaseResult result = pending.front().running.Wait();
      ++counts[static_cast<size_t>(result.judgement)];
      settled += result.settled ? 1 : 0;
      Show(bar.kind, pending.front().number, result);
      pending.pop_front();
    };
    for (uint64_t number = request_.cases.begin(); number < request_.cases.end(); ++number) {
      if (pending.size() == kAtOnce) take();
      pending.push_back({.number = number,
                         .running = RunningCase(MemberOf(number), bar.kind,
                                                CaseSeed(request_.cases.seed, bar.kind, number))});
    }
    while (!pending.empty()) take();
    return Summarise(bar, counts, settled);
  }

  const Member& MemberOf(uint64_t number) const { return *members_[number % members_.size()]; }

  void Show(HarmKind kind, uint64_t number, const CaseResult& result) const {
    const bool is_bad =
        result.judgement == Judgement::kWrong || result.judgement == Judgement::kCrash;
    if (!is_bad && !request_.shows_all) return;
    std::printf("  %s: --seed %llu --kind %s --case %llu, %s\n    %s\n",
                std::string(JudgementName(result.judgement)).c_str(),
                static_cast<unsigned long long>(request_.cases.seed),
                std::string(HarmKindName(kind)).c_str(), static_cast<unsigned long long>(number),
                MemberOf(number).data_dir().c_str(), result.text.c_str());
    std::fflush(stdout);
  }

  static bool Summarise(const Bar& bar, const std::array<uint64_t, kJudgements>& counts,
                        uint64_t settled) {
    const auto count = [&](Judgement judgement) {
      return static_cast<unsigned long long>(counts[static_cast<size_t>(judgement)]);
    };
    const auto found = count(Judgement::kExact) + count(Judgement::kTie);
    const auto visible = found + count(Judgement::kWrong) + count(Judgement::kCrash);
    std::printf("%-16s %6llu %6llu %6llu %8llu %6llu %10llu %6llu\n",
                std::string(HarmKindName(bar.kind)).c_str(), visible + count(Judgement::kInvisible),
                count(Judgement::kExact), count(Judgement::kTie),
                static_cast<unsigned long long>(settled), count(Judgement::kWrong),
                count(Judgement::kInvisible), count(Judgement::kCrash));
    std::fflush(stdout);
    return count(Judgement::kCrash) == 0 && found >= visible * bar.of_16 / 16;
  }

  const Request& request_;
  std::vector<std::unique_ptr<Member>> members_;
};

int Main(int count, char** words) {
  Request request;
  app::Cli cli("audit-bench", "How often the audit is right about members that were harmed.", "");
  AddOptions(cli, "case", request.cases);
  const auto take_kind = [&request](const std::string& name) -> std::optional<std::string> {
    request.kind = ParseHarmKind(name);
    return request.kind ? std::nullopt : std::optional("a kind of harm");
  };
  cli.Value("--kind", take_kind, "this kind of harm alone", "KIND");
  cli.Flag("--all", request.shows_all, "print every case");
  if (const auto status = ParseWords(cli, count, words)) return *status;
  return Bench(request).Run();
}

}  // namespace
}  // namespace etcdf::reliability

int main(int count, char** words) {
  using etcdf::reliability::RunProgram, etcdf::reliability::Main;
  return RunProgram("audit-bench", Main, count, words);
}
