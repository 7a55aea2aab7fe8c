#include "dump-db/command.h"

#include <algorithm>
#include <array>
#include <variant>

#include "app/process.h"
#include "base/escape.h"
#include "delta/chain.h"
#include "describe/finding.h"
#include "dump-db/options.h"
#include "dump-db/verbs.h"
#include "member/open.h"
#include "mvcc/schema.h"
#include "states/state.h"

namespace etcdf::dump_db {
namespace {

using app::ExitCode;

// Those that answer from bucket `key`.
bool ReadsKeys(const Verb& verb) {
  constexpr std::array kVerbs = {&Diff,     &Encryption, &Get,   &Keys,  &History, &Objects,
                                 &Timeline, &HashKv,     &Space, &Churn, &Salvage};
  return std::ranges::find(kVerbs, verb.run) != kVerbs.end();
}

// The log and the .snap files only for the verbs that read them: an archive gives up no more.
member::Parts PartsFor(const Options& options) {
  const bool reads_all = options.point.kind == states::PointKind::kIndex || options.with_wal ||
                         options.verb->run == &Members || options.verb->run == &Salvage;
  return reads_all ? member::Parts::kAll : member::Parts::kDatabase;
}

// Passes on all but that a chain of backups has only keys, where a verb answers from keys alone.
class WhatVerbNeeds : public FindingSink {
 public:
  WhatVerbNeeds(const Verb& verb, FindingSink& next) : keys_only_(ReadsKeys(verb)), next_(next) {}
  void Report(Finding finding) override {
    if (keys_only_ && finding.kind.id == delta::kKeysOnly.id) return;
    next_.Report(std::move(finding));
  }

 private:
  bool keys_only_;
  FindingSink& next_;
};

// Opens what the verb needs and runs it.
Result<void> RunVerb(const Options& options, const member::Evidence& files,
                     const member::OpenedDatabase& evidence, FindingSink& findings,
                     output::Sink& out, ExitCode& answer) {
  if (options.verb->needs == Needs::kPages && evidence.bolt == nullptr) {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "is not a bbolt file: it has no pages of bbolt's",
                 .subject = evidence.path});
  }
  if ((options.verb->needs == Needs::kDatabase || options.verb->needs == Needs::kTwoStates) &&
      evidence.database == nullptr) {
    return Fail(evidence.unreadable);
  }
  if (ReadsKeys(*options.verb)) {
    member::ReportMissingBucket(evidence, mvcc::kKeyBucket, findings);
  }
  Options at_point = options;
  const auto run = [&](const member::OpenedDatabase& opened) {
    return options.verb->run({.options = at_point,
                              .files = files,
                              .evidence = opened,
                              .findings = findings,
                              .out = out,
                              .answer = answer});
  };
  if (evidence.database == nullptr) return run(evidence);
  // etcdutl hashkv has one bare sentence for a revision that is not there; the verb says it.
  const bool verb_checks =
      options.verb->run == &HashKv && options.point.kind == states::PointKind::kRevision;
  const auto state =
      states::Reach(files, evidence, verb_checks ? states::Point{} : options.point, findings);
  if (!state && options.verb->needs == Needs::kTwoStates) {
    return Fail(states::WithEvidence(state.error(), evidence.path));
  }
  if (!state) return Fail(state.error());
  at_point.revision = verb_checks ? options.point.revision : state->revision();
  auto done = run(state->opened());
  state->ReportFaults(findings);
  return done;
}

ExitCode RunWith(const Options& options, output::Sink& out, output::Sink& err) {
  FindingList findings;
  using describe::FindingPrinter;
  FindingPrinter printer(FindingPrinter::FormFor(options.format == Format::kJson, options.quiet),
                         out, err);
  const auto files = member::Open(
      {.path = options.path, .wal_dir = options.wal_dir, .temporary_dir = options.temporary_dir},
      PartsFor(options), findings);
  WhatVerbNeeds needed(*options.verb, findings);
  const Result<member::OpenedDatabase> evidence =
      files ? files->OpenDatabase({.meta = options.meta}, needed) : Fail(files.error());
  printer.ShowNew(findings);
  ExitCode answer = ExitCode::kSound;
  const Result<void> done = evidence ? RunVerb(options, *files, *evidence, findings, out, answer)
                                     : Fail(evidence.error());
  if (evidence) evidence->ReportFaults(findings);
  printer.ShowNew(findings);
  printer.ShowSuppressed(findings);
  if (app::Interrupted()) return ExitCode::kInterrupted;
  if (done) return std::max(answer, app::ExitCodeFor(findings));
  std::string message = "dump-db: " + Printable(done.error().Message());
  if (done.error().code == ErrorCode::kWrongKind) {
    message += "; a database or a directory with one is wanted";
  }
  err.Write(message + "\n");
  return ExitCode::kFailed;
}

}  // namespace

ExitCode Run(std::vector<std::string> args, output::Sink& out, output::Sink& err) {
  const auto parsed = ParseOptions(std::move(args));
  if (const auto* options = std::get_if<Options>(&parsed)) return RunWith(*options, out, err);
  return app::Refuse(std::get<app::Refusal>(parsed), out, err);
}

}  // namespace etcdf::dump_db
