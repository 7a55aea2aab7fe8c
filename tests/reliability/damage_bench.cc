// damage-bench: damages data directories by seed and asks every tool about them. For tests; not
// installed.
//
//     damage-bench [--seed N] [--rounds N] [--round I] [--fault NAME] [--keep DIR] DATA_DIR...
//
// Each round harms a copy of a data directory with one to three faults and runs the tools on it,
// beside two sound copies. Prints each run that did not end in good order and each "sound" that is
// not true, with the command that repeats the round; --keep leaves the harmed directory of --round
// in DIR. Without the options, ETCDF_SEED and ETCDF_ROUNDS are the seed and the rounds. Exit 0 if
// nothing of the kind was seen.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "testing/temp_dir.h"
#include "tests/reliability/bench_options.h"
#include "tests/reliability/fault.h"
#include "tests/reliability/soundness.h"
#include "tests/reliability/tool_run.h"
#include "tests/reliability/tree.h"

namespace etcdf::reliability {
namespace {

namespace fs = std::filesystem;

constexpr size_t kAtOnce = 2;

struct Request {
  Draws rounds = {.count = kSanitized ? 40 : 150};
  const Fault* fault = nullptr;  // this one always, in place of what the dice say
  std::string keep = {};
};

struct Subject {
  std::string data_dir;
  fs::path place;  // where its sound copies a and b are
  Tree tree;
  uint64_t bytes = 0;
  Answers sound = {};
};

// What the rounds came to, in memory that their processes share.
struct Tally {
  std::atomic<uint64_t> faults = 0;
  std::atomic<uint64_t> runs = 0;
  // Rounds after which rows or entries were not what they were; of these, where the damaged files
  // alone said so, and where it took the log, the peers or both to tell.
  std::atomic<uint64_t> changed = 0;
  std::atomic<uint64_t> told_alone = 0;
  std::atomic<uint64_t> told_by_others = 0;
  std::atomic<uint64_t> disorderly = 0;
  std::atomic<uint64_t> wrong = 0;
};

// The harm of a round, as the dice say.
struct Harm {
  Tree tree;
  std::vector<std::string> did = {};
  Trace trace = Trace::kInTheBytes;
};

Harm DrawHarm(const Subject& subject, const Subject& other, const Fault* only, Dice& dice) {
  Harm harm{.tree = subject.tree};
  const uint64_t count = only != nullptr || !dice.OneIn(4) ? 1 : 2 + dice.Below(2);
  for (int tries = 0; harm.did.size() < count && tries < 20; ++tries) {
    const Fault& fault = only != nullptr ? *only : DrawFault(dice);
    Scene scene{.tree = harm.tree, .other = other.tree, .dice = dice};
    const std::string did = fault.apply(scene);
    if (did.empty()) continue;
    harm.did.push_back(std::string(fault.name) + ": " + did);
    harm.trace = std::max(harm.trace, fault.trace);
  }
  return harm;
}

// `place` becomes the working directory, with the sound copies of the subject and `tree` as `d`.
void Enter(const fs::path& place, const Subject& subject, const Tree& tree) {
  fs::create_directories(place / "out");
  for (const char* copy : {"a", "b"}) fs::create_symlink(subject.place / copy, place / copy);
  WriteTree(tree, place / "d");
  fs::current_path(place);
}

class Bench {
 public:
  explicit Bench(const Request& request) : request_(request) {
    void* const shared =
        mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    tally_ = shared == MAP_FAILED ? nullptr : new (shared) Tally;
  }

  int Run() {
    if (tally_ == nullptr || !PrepareSubjects()) return 2;
    std::set<pid_t> running;
    const Draws& rounds = request_.rounds;
    for (uint64_t round = rounds.begin(); round < rounds.end(); ++round) {
      if (running.size() == kAtOnce) Await(running);
      std::fflush(stdout);
      const pid_t process = fork();
      if (process == 0) {
        RunRound(round);
        std::fflush(stdout);
        _exit(0);
      }
      running.insert(process);
    }
    while (!running.empty()) Await(running);
    std::printf("%llu rounds, %llu faults; %llu runs, %llu not in good order\n",
                Number(rounds.end() - rounds.begin()), Number(tally_->faults), Number(tally_->runs),
                Number(tally_->disorderly));
    std::printf(
        "rows or entries changed: %llu, told by the files alone: %llu, by comparison: %llu; "
        "wrong verdicts: %llu\n",
        Number(tally_->changed), Number(tally_->told_alone), Number(tally_->told_by_others),
        Number(tally_->wrong));
    return tally_->disorderly + tally_->wrong == 0 ? 0 : 1;
  }

 private:
  static unsigned long long Number(uint64_t number) { return number; }

  // The sound copies, and what is said of them, which has to be that they are.
  bool PrepareSubjects() {
    for (const std::string& data_dir : request_.rounds.data_dirs) {
      Subject subject{.data_dir = data_dir,
                      .place = temp_.path() / ("sound" + std::to_string(subjects_.size())),
                      .tree = ReadTree(data_dir)};
      AddBackup(subject.tree);
      for (const auto& [path, node] : subject.tree) subject.bytes += node.content.size();
      for (const char* copy : {"a", "b"}) WriteTree(subject.tree, subject.place / copy);
      const testing::WorkingDir working(".");
      Enter(subject.place / "asked", subject, subject.tree);
      subject.sound = Ask(3 * subject.bytes, nullptr);
      for (const std::string& fault : subject.sound.faults) {
        std::fprintf(stderr, "%s, undamaged: %s\n", data_dir.c_str(), fault.c_str());
      }
      if (!subject.sound.faults.empty()) return false;
      subjects_.push_back(std::move(subject));
    }
    return !subjects_.empty();
  }

  void Await(std::set<pid_t>& running) const {
    int status = 0;
    const pid_t ended = wait(&status);
    if (running.erase(ended) == 1 && status != 0) {
      ++tally_->disorderly;
      std::printf("a round's own process ended with status %d\n", status);
    }
  }

  void RunRound(uint64_t round) const {
    const Subject& subject = subjects_[round % subjects_.size()];
    Dice dice(request_.rounds.seed, round);
    const Harm harm = DrawHarm(subject, dice.OneOf(subjects_), request_.fault, dice);
    const fs::path place = temp_.path() / ("round" + std::to_string(round));
    Enter(place, subject, harm.tree);
    if (!request_.keep.empty()) WriteTree(harm.tree, request_.keep);
    const testing::TreeState before = testing::TreeState::Of("d");
    const Answers answers = Ask(3 * subject.bytes, &dice);
    const auto backup = subject.tree.find(kBackup);
    const auto harmed_backup = harm.tree.find(kBackup);
    const bool backup_changed =
        backup != subject.tree.end() &&
        (harmed_backup == harm.tree.end() || harmed_backup->second != backup->second);
    std::vector<std::string> wrong = WrongVerdicts(
        subject.sound, {.answers = answers, .trace = harm.trace, .backup_changed = backup_changed});
    for (const std::string& change : before.ChangesTo(testing::TreeState::Of("d"))) {
      wrong.push_back("the evidence was changed: " + change);
    }
    Count(subject, harm, answers, wrong);
    Show(round, subject, harm, answers.faults, wrong);
    fs::current_path("/");
    fs::remove_all(place);
  }

  void Count(const Subject& subject, const Harm& harm, const Answers& answers,
             const std::vector<std::string>& wrong) const {
    tally_->faults += harm.did.size();
    tally_->runs += answers.runs;
    tally_->disorderly += answers.faults.size();
    tally_->wrong += wrong.size();
    if (answers.meaning.rows == subject.sound.meaning.rows &&
        answers.meaning.entries == subject.sound.meaning.entries) {
      return;
    }
    ++tally_->changed;
    const auto called_sound = [](const ToolRun* run) { return run->sound(); };
    const std::array alone = {&answers.entries, &answers.verify, &answers.check, &answers.status};
    const std::array beside = {&answers.peers, &answers.audit};
    if (!std::ranges::all_of(alone, called_sound)) {
      ++tally_->told_alone;
    } else if (!std::ranges::all_of(beside, called_sound)) {
      ++tally_->told_by_others;
    }
  }

  // In one piece, as two rounds run at once.
  void Show(uint64_t round, const Subject& subject, const Harm& harm,
            const std::vector<std::string>& disorderly,
            const std::vector<std::string>& wrong) const {
    if (disorderly.empty() && wrong.empty() && !request_.rounds.only) return;
    std::string text = "--seed " + std::to_string(request_.rounds.seed) + " --round " +
                       std::to_string(round) + ", " + subject.data_dir + "\n";
    for (const std::string& line : harm.did) text += "  did " + line + "\n";
    for (const std::string& line : disorderly) text += "  DISORDERLY " + line + "\n";
    for (const std::string& line : wrong) text += "  WRONG " + line + "\n";
    std::fputs(text.c_str(), stdout);
  }

  const Request& request_;
  testing::TempDir temp_;
  std::vector<Subject> subjects_;
  Tally* tally_ = nullptr;
};

int Main(int count, char** words) {
  Request request;
  app::Cli cli("damage-bench", "Damages data directories by seed and asks every tool about them.",
               "");
  AddOptions(cli, "round", request.rounds);
  const auto take_fault = [&request](const std::string& name) -> std::optional<std::string> {
    request.fault = FindFault(name);
    return request.fault != nullptr ? std::nullopt : std::optional("a fault");
  };
  cli.Value("--fault", take_fault, "this fault alone", "NAME");
  cli.Text("--keep", request.keep, "where to leave the harmed directory of --round", "DIR");
  if (const auto status = ParseWords(cli, count, words)) return *status;
  if (!request.keep.empty() && !request.rounds.only) {
    throw std::invalid_argument("--keep wants --round");
  }
  if (!request.keep.empty()) request.keep = fs::absolute(request.keep);
  for (std::string& data_dir : request.rounds.data_dirs) data_dir = fs::absolute(data_dir);
  return Bench(request).Run();
}

}  // namespace
}  // namespace etcdf::reliability

int main(int count, char** words) {
  using etcdf::reliability::RunProgram, etcdf::reliability::Main;
  return RunProgram("damage-bench", Main, count, words);
}
