#include "dump-logs/command.h"
#include "dump-logs/decoded_values.h"

#include <variant>

#include "app/process.h"
#include "base/escape.h"
#include "describe/finding.h"
#include "dump-logs/evidence.h"
#include "dump-logs/filter.h"
#include "dump-logs/options.h"
#include "dump-logs/views.h"
#include "member/broken_segments.h"
#include "member/crosscheck.h"
#include "member/open_database.h"

namespace etcdf::dump_logs {
namespace {

using app::ExitCode;

constexpr std::chrono::seconds kDecoderTimeout{10};

constexpr char kEntryTypeNames[] =
    "ConfigChange, Normal, Request, InternalRaftRequest,\n"
    "IRRRange, IRRPut, IRRDeleteRange, IRRTxn,\n"
    "IRRCompaction, IRRLeaseGrant, IRRLeaseRevoke, IRRLeaseCheckpoint";

void WarnOfUnknownTypes(const Options& options, output::Sink& err) {
  const EntryFilter filter(options.criteria);
  for (const std::string& name : filter.unknown_types()) {
    err.Write("[" + Printable(name) + "] is not a valid entry-type, ignored.\n" +
              "Please set entry-type to one or more of the following:\n" + kEntryTypeNames + "\n");
  }
}

// Opens the log, reads it once and checks it.
Result<wal::Log> ReadLog(const member::Evidence& files, std::optional<uint64_t> start,
                         const Options& options, FindingSink& findings) {
  auto log = files.OpenLog(start, findings);
  if (!log) return log;
  app::Progress progress("reading", options.quiet ? 0 : log->bytes());
  log->Scan(findings, progress.bytes_done());
  return log;
}

// Reads the last segment, or as many more as hold the entries asked for, twice as many each time.
Result<wal::Log> ReadTail(Evidence& evidence, const Options& options, FindingSink& findings) {
  const EntryFilter filter(options.criteria);
  const auto& segments = evidence.files.files().segments;
  for (size_t read = 1;; read *= 2) {
    const bool all = read >= segments.size() || options.superseded || options.with_revisions;
    const auto start =
        all ? std::nullopt : std::optional(segments[segments.size() - read].name.index);
    FindingList met;
    auto log = ReadLog(evidence.files, start, options, met);
    if (!log) return log;
    const uint64_t until = evidence.range.until;
    const auto range = LastThatPass(*log, filter, *options.tail, until);
    if (!range && !all) continue;
    evidence.range = range.value_or(wal::IndexRange{.until = until});
    for (const Finding& finding : met.findings()) findings.Report(finding);
    return log;
  }
}

void Show(const ViewContext& context) {
  switch (context.options.view) {
    case View::kEntries: return ShowEntries(context);
    case View::kRaw: return ShowRecords(context);
    case View::kStats: return ShowStats(context);
    case View::kSegments: return ShowSegments(context);
    case View::kVerify: return ShowVerdict(context);
  }
}

// What another program said, a line at a time.
void WriteLines(std::string_view prefix, std::string_view text, output::Sink& err) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    err.Write(std::string(prefix) + Printable(text.substr(0, end)) + "\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// What a decoder said and how it ended. True if it answered to the last.
bool FinishDecoder(StreamDecoder& decoder, output::Sink& err) {
  decoder.Finish(kDecoderTimeout);
  if (!decoder.stderr_text().empty()) WriteLines("decoder stderr: ", decoder.stderr_text(), err);
  if (decoder.failure().empty()) return true;
  err.Write("dump-logs: the stream decoder " + decoder.failure() + "\n");
  return false;
}

// Holds the log against what lies beside it.
void CrossCheck(const Evidence& evidence, FindingSink& findings) {
  const io::DataDir& files = evidence.files.files();
  member::CheckBrokenSegments(evidence.log, files, findings);
  if (!files.snap_dir.empty()) {
    member::CrossCheckSnapshots(evidence.log, evidence.snaps, findings);
  }
  FindingList unheard;  // what else is wrong with the database is not the log's
  const auto opened = evidence.files.OpenDatabase({}, unheard);
  if (!opened || opened->database == nullptr) return;
  // A running etcd has applied more by now than it had written when the log was read.
  const io::MappedFile* const mapping = opened->bolt ? opened->bolt->mapping() : nullptr;
  if (mapping != nullptr && mapping->in_use()) return;
  member::CheckAppliedIndex(
      evidence.log, {.database = *opened->database, .file = opened->path, .findings = findings});
}

ExitCode RunWith(const Options& options, output::Sink& out, output::Sink& err) {
  const auto fail = [&](const Error& error) {
    std::string text = "dump-logs: " + Printable(error.Message());
    if (error.code == ErrorCode::kWrongKind) {
      text += "; a data directory, a WAL directory or a .wal segment is wanted";
    }
    err.Write(text + "\n");
    return ExitCode::kFailed;
  };
  FindingList findings;
  using describe::FindingPrinter;
  FindingPrinter printer(FindingPrinter::FormFor(options.format == Format::kJson, options.quiet),
                         out, err);
  auto evidence = FindEvidence(options, findings);
  printer.ShowNew(findings);
  if (!evidence) return fail(evidence.error());
  auto log = options.tail ? ReadTail(*evidence, options, findings)
                          : ReadLog(evidence->files, evidence->start, options, findings);
  if (!log) return fail(log.error());
  evidence->log = *std::move(log);
  if (evidence->from_snapshot && !evidence->snaps.empty()) {
    member::CheckContinuation(evidence->log, evidence->snaps.front(), findings);
  }
  if (options.view == View::kVerify) CrossCheck(*evidence, findings);
  printer.ShowNew(findings);
  WarnOfUnknownTypes(options, err);

  std::optional<StreamDecoder> decoder;
  if (!options.stream_decoder.empty()) {
    auto started = StreamDecoder::Start(options.stream_decoder, kDecoderTimeout);
    if (!started) return fail(started.error());
    decoder = *std::move(started);
  }
  std::optional<Revisions> revisions;
  if (options.with_revisions) {
    auto started = Revisions::Start(*evidence, findings);
    if (!started) return fail(started.error());
    revisions = *std::move(started);
  }
  std::optional<objects::Tools> tools;
  if (options.decode_values) {
    auto loaded = objects::Tools::Load(DecoderOptionsOf(options));
    if (!loaded) return fail(loaded.error());
    tools = *std::move(loaded);
  }
  Show({.options = options,
        .evidence = *evidence,
        .decoder = decoder ? &*decoder : nullptr,
        .revisions = revisions ? &*revisions : nullptr,
        .objects = tools ? &*tools : nullptr,
        .findings = findings,
        .out = out});
  evidence->log.ReportFaults(findings);
  printer.ShowNew(findings);
  printer.ShowSuppressed(findings);
  const bool decoded = !decoder || FinishDecoder(*decoder, err);
  if (app::Interrupted()) return ExitCode::kInterrupted;
  return decoded ? app::ExitCodeFor(findings) : ExitCode::kFailed;
}

}  // namespace

ExitCode Run(std::vector<std::string> args, output::Sink& out, output::Sink& err) {
  const auto parsed = ParseOptions(std::move(args));
  if (const auto* options = std::get_if<Options>(&parsed)) return RunWith(*options, out, err);
  return app::Refuse(std::get<app::Refusal>(parsed), out, err);
}

}  // namespace etcdf::dump_logs
