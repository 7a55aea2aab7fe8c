// judge-bench: whether hashcheck says of members what is true of them. For tests; not installed.
//
//     judge-bench [--seed N] [--cases N] [--kind KIND]... [--case I [--keep DIR]] DATA_DIR...
//
// In each case a cluster of 2 to 7 members is made from the history of one of the real members
// given, differences are planted between its members, and hashcheck is asked in every form of
// output. What it says has to be true of them (cluster_truth.h). The kinds of cases take turns;
// --kind leaves others out. Without the options, ETCDF_SEED and ETCDF_ROUNDS are the seed and the
// cases. Exit 0 if nothing that was said is wrong.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "testing/temp_dir.h"
#include "tests/reliability/bench_options.h"
#include "tests/reliability/cluster_answers.h"
#include "tests/reliability/cluster_case.h"
#include "tests/reliability/cluster_truth.h"
#include "tests/reliability/member.h"
#include "tests/reliability/tool_run.h"

namespace etcdf::reliability {
namespace {

namespace fs = std::filesystem;

constexpr size_t kAtOnce = 2;
constexpr size_t kKindsMax = 32;

struct Request {
  Draws cases = {.count = kSanitized ? 16 : 64};
  std::vector<std::string> kinds = {};
  std::string keep = {};
};

// What the cases came to, in memory that their processes share.
struct Tally {
  struct OfKind {
    std::atomic<uint64_t> cases = 0;
    std::atomic<uint64_t> wrong = 0;
  };
  std::array<OfKind, kKindsMax> kinds = {};
  std::atomic<uint64_t> runs = 0;
};

class Bench {
 public:
  explicit Bench(const Request& request) : request_(request) {
    void* const shared =
        mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    tally_ = shared == MAP_FAILED ? nullptr : new (shared) Tally;
  }

  int Run() {
    if (tally_ == nullptr || !OpenBases()) return 2;
    std::set<pid_t> running;
    const Draws& cases = request_.cases;
    for (uint64_t number = cases.begin(); number < cases.end(); ++number) {
      if (running.size() == kAtOnce) Await(running);
      std::fflush(stdout);
      const pid_t process = fork();
      if (process == 0) {
        RunCase(number);
        std::fflush(stdout);
        _exit(0);
      }
      running.insert(process);
    }
    while (!running.empty()) Await(running);
    return Summarise() ? 0 : 1;
  }

 private:
  static unsigned long long Number(uint64_t number) { return number; }

  bool OpenBases() {
    for (const std::string& data_dir : request_.cases.data_dirs) {
      auto base = OpenBase(data_dir);
      if (!base) {
        std::fprintf(stderr, "%s\n", base.error().Message().c_str());
        return false;
      }
      bases_.push_back(*std::move(base));
    }
    return true;
  }

  void Await(std::set<pid_t>& running) {
    int status = 0;
    const pid_t ended = wait(&status);
    if (running.erase(ended) == 1 && status != 0) {
      broken_ = true;
      std::printf("a case's own process ended with status %d\n", status);
    }
  }

  std::string_view KindOf(uint64_t number) const {
    const auto kinds = CaseKinds();
    if (request_.kinds.empty()) return kinds[number % kinds.size()];
    return request_.kinds[number % request_.kinds.size()];
  }

  void RunCase(uint64_t number) const {
    Dice dice(request_.cases.seed, number);
    const ClusterBase& base = dice.OneOf(bases_);
    const ClusterCase drawn = DrawCase(KindOf(number), base, dice);
    const fs::path place = request_.keep.empty() ? temp_.path() / ("case" + std::to_string(number))
                                                 : fs::path(request_.keep);
    fs::create_directories(place);
    fs::current_path(place);
    WriteCase(drawn);
    const Truth truth = TruthOf(drawn);
    const Judged judged = JudgeAnswers(drawn, truth);
    const auto kinds = CaseKinds();
    const auto kind = std::ranges::find(kinds, drawn.kind) - kinds.begin();
    Tally::OfKind& tally = tally_->kinds[static_cast<size_t>(kind)];
    ++tally.cases;
    if (!judged.wrong.empty()) ++tally.wrong;
    tally_->runs += judged.runs;
    Show(number, drawn, truth, judged.wrong);
    fs::current_path("/");
    if (request_.keep.empty()) fs::remove_all(place);
  }

  // In one piece, as two cases run at once.
  void Show(uint64_t number, const ClusterCase& drawn, const Truth& truth,
            const std::vector<std::string>& wrong) const {
    if (wrong.empty() && !request_.cases.only) return;
    std::string text = "--seed " + std::to_string(request_.cases.seed) + " --case " +
                       std::to_string(number) + ": " + std::string(drawn.kind) + ", " +
                       drawn.base->member->data_dir() + "\n  hashcheck";
    for (const std::string& option : drawn.options) text += " " + option;
    for (const GivenMember& member : drawn.members) {
      text += " " + (member.same_file_as
                         ? member.name + "=" + drawn.members[*member.same_file_as].Path()
                         : member.Path());
    }
    for (const std::string& line : drawn.did) text += "\n  did " + line;
    for (const MemberSet& members : truth.classes) {
      text += std::string("\n  ") + (truth.decided ? "class " : "perhaps a class ") +
              NamesOf(members, drawn);
    }
    for (const std::string& line : wrong) text += "\n  WRONG " + line;
    std::fputs((text + "\n").c_str(), stdout);
  }

  bool Summarise() const {
    uint64_t cases = 0;
    uint64_t wrong = 0;
    std::printf("%-16s %6s %6s\n", "kind", "cases", "wrong");
    for (size_t kind = 0; kind < CaseKinds().size(); ++kind) {
      const Tally::OfKind& of = tally_->kinds[kind];
      if (of.cases == 0) continue;
      std::printf("%-16s %6llu %6llu\n", std::string(CaseKinds()[kind]).c_str(), Number(of.cases),
                  Number(of.wrong));
      cases += of.cases;
      wrong += of.wrong;
    }
    std::printf("%-16s %6llu %6llu, %llu runs\n", "all", Number(cases), Number(wrong),
                Number(tally_->runs));
    return wrong == 0 && !broken_;
  }

  const Request& request_;
  testing::TempDir temp_;
  std::vector<ClusterBase> bases_;
  Tally* tally_ = nullptr;
  bool broken_ = false;
};

int Main(int count, char** words) {
  Request request;
  app::Cli cli("judge-bench", "Whether hashcheck says of members what is true of them.", "");
  AddOptions(cli, "case", request.cases);
  cli.List("--kind", request.kinds, "this kind of cases alone; may be given again", "NAME");
  cli.Text("--keep", request.keep, "where to leave the members of --case", "DIR");
  if (const auto status = ParseWords(cli, count, words)) return *status;
  for (const std::string& kind : request.kinds) {
    const auto known = CaseKinds();
    if (std::ranges::find(known, kind) != known.end()) continue;
    throw std::invalid_argument("there is no kind " + kind);
  }
  if (!request.keep.empty() && !request.cases.only) {
    throw std::invalid_argument("--keep wants --case");
  }
  if (!request.keep.empty()) request.keep = fs::absolute(request.keep);
  for (std::string& data_dir : request.cases.data_dirs) data_dir = fs::absolute(data_dir);
  return Bench(request).Run();
}

}  // namespace
}  // namespace etcdf::reliability

int main(int count, char** words) {
  using etcdf::reliability::RunProgram, etcdf::reliability::Main;
  return RunProgram("judge-bench", Main, count, words);
}
