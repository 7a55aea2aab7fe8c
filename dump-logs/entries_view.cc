#include <algorithm>
#include <mutex>
#include <thread>

#include "app/process.h"
#include "base/counted.h"
#include "base/escape.h"
#include "describe/go_text.h"
#include "dump-logs/entry_layout.h"
#include "dump-logs/filter.h"
#include "dump-logs/views.h"
#include "output/ordered.h"

namespace etcdf::dump_logs {
namespace {

Columns ColumnsOf(const ViewContext& context) {
  return {.decoder = context.decoder != nullptr, .revisions = context.revisions != nullptr};
}

// What upstream prints above the entries.
std::string TextHeader(const ViewContext& context) {
  const Evidence& evidence = context.evidence;
  std::string text;
  if (evidence.from_snapshot) {
    text += "Snapshot:\n";
    if (evidence.snaps.empty()) {
      text += "empty\n";
    } else {
      const wire::RaftSnapshot& snapshot = evidence.snaps.front().snapshot;
      text += "term=" + std::to_string(snapshot.term) + " index=" + std::to_string(snapshot.index);
      text += " nodes=[";
      for (const uint64_t voter : snapshot.conf_state.voters) {
        if (text.back() != '[') text += ' ';
        text += HexId(voter);
      }
      text += "] confstate=";
      describe::AppendConfStateJson(text, snapshot.conf_state);
      text += '\n';
    }
    text += "Start dumping log entries from snapshot.\n";
  } else {
    text += "Start dumping log entries from index " + std::to_string(evidence.range.after) + ".\n";
  }
  const wal::LogSummary& log = evidence.log.summary();
  text +=
      "WAL metadata:\nnodeID=" + HexId(log.metadata.node_id) +
      " clusterID=" + HexId(log.metadata.cluster_id) + " term=" + std::to_string(log.state.term) +
      " commitIndex=" + std::to_string(log.state.commit) + " vote=" + HexId(log.state.vote) + "\n";
  const wal::EntryCount count = evidence.log.Count(evidence.range);
  text += "WAL entries: " + std::to_string(count.live) + "\n";
  if (count.live > 0) text += "lastIndex=" + std::to_string(count.index_last) + "\n";
  AppendTextColumns(text, ColumnsOf(context));
  return text;
}

// What the entry has to be by its type, and is not; else null.
const char* WhatItIsNot(const ShownEntry& shown) {
  const wire::Entry& entry = shown.logged.entry;
  switch (entry.type) {
    case wire::EntryType::kNormal:
      return shown.payload.kind() == raft::PayloadKind::kUnknown ? "neither a v3 nor a v2 request"
                                                                 : nullptr;
    case wire::EntryType::kConfChange:
      return wire::DecodeConfChange(entry.data) ? nullptr : "no change of the configuration";
    case wire::EntryType::kConfChangeV2: break;
  }
  return nullptr;
}

class EntriesView {
 public:
  explicit EntriesView(const ViewContext& context)
      : context_(context),
        filter_(context.options.criteria),
        layout_{.log = context.evidence.log,
                .values = context.options.values,
                .commit = context.evidence.commit(),
                .segment_names = {},
                .columns = ColumnsOf(context)} {
    for (const wal::LogSegment& segment : context.evidence.log.segments()) {
      layout_.segment_names.push_back(segment.FileName());
    }
    for (const wal::Chunk& chunk : context.evidence.log.chunks()) {
      if (wal::Log::MayHold(chunk, context.evidence.range)) chunks_.push_back(&chunk);
    }
  }

  void Show() {
    const Format format = context_.options.format;
    std::string header;
    if (format == Format::kText) header = TextHeader(context_);
    if (format == Format::kCsv) AppendCsvHeader(header, layout_.columns);
    if (!context_.out.Write(header)) return;

    // The decoder answers one entry after the other, and what an entry does follows from what those
    // before it did: either is asked from one thread.
    const size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const bool in_order = context_.decoder != nullptr || context_.revisions != nullptr;
    const size_t workers = in_order ? 1 : std::min(cores, chunks_.size());
    output::OrderedParts parts(context_.out, chunks_.size());
    const bool complete = parts.Run(std::max<size_t>(workers, 1), [&] {
      return [this, worker = Worker{}](output::OrderedParts::Part& part) mutable {
        ShowChunk(worker, part);
      };
    });
    if (format == Format::kText && complete) {
      context_.out.Write("\nEntry types (" + Printable(context_.options.criteria.entry_types) +
                         ") count is : " + std::to_string(shown_) + "\n");
    }
  }

 private:
  // What a thread keeps from chunk to chunk, so that it allocates once.
  struct Worker {
    std::vector<wal::LogEntry> entries;
    raft::Payload payload;
  };

  void ShowChunk(Worker& worker, output::OrderedParts::Part& part) {
    const wal::IndexRange& range = context_.evidence.range;
    context_.evidence.log.ReadChunk(*chunks_[part.ordinal()], worker.entries);
    output::JsonWriter json(part.text);
    uint64_t shown = 0;
    FindingList met;  // in what is decoded
    std::optional<DecodedValues> values;
    if (context_.objects != nullptr) values.emplace(*context_.objects, LogName(), met);
    for (const wal::LogEntry& logged : worker.entries) {
      // Those before the range are applied with their chunk.
      if (!range.Holds(logged.entry.index) && context_.revisions == nullptr) continue;
      if (logged.superseded_by && !context_.options.superseded) continue;
      if (logged.entry.type == wire::EntryType::kNormal) worker.payload.Decode(logged.entry.data);
      std::optional<Effect> effect;
      if (context_.revisions != nullptr) {
        effect = context_.revisions->EffectOf(logged, worker.payload);
        if (!range.Holds(logged.entry.index)) continue;
      }
      if (!filter_.Passes(logged.entry, worker.payload)) continue;
      ++shown;
      ShowEntry(part.text, json,
                {.logged = logged,
                 .payload = worker.payload,
                 .effect = effect,
                 .values = values ? &*values : nullptr});
      if (app::Interrupted()) part.Cancel();
      if (!part.Checkpoint()) break;
    }
    shown_ += shown;
    const std::scoped_lock lock(findings_mutex_);
    for (const Finding& finding : met.findings()) context_.findings.Report(finding);
  }

  // As findings about values name the log.
  const std::string& LogName() const { return context_.options.path; }

  // `json` writes to `text`.
  void ShowEntry(std::string& text, output::JsonWriter& json, ShownEntry shown) {
    const wire::Entry& entry = shown.logged.entry;
    if (const char* const no = WhatItIsNot(shown)) ReportUnknown(shown.logged, no);
    DecoderAnswer answer;
    if (context_.decoder != nullptr) {
      answer = context_.decoder->Decode(entry.data);
      shown.decoded = &answer;
    }
    const bool has_values = shown.values != nullptr && entry.type == wire::EntryType::kNormal &&
                            shown.payload.kind() == raft::PayloadKind::kInternal;
    if (!has_values) shown.values = nullptr;
    if (has_values && shown.values->HoldsSecret(shown.payload.message())) {
      output::ValueFormat closed = context_.options.values;
      if (!closed.redact) closed.style = output::ValueStyle::kNone;
      const LayoutContext layout{.log = layout_.log,
                                 .values = closed,
                                 .commit = layout_.commit,
                                 .segment_names = layout_.segment_names,
                                 .columns = layout_.columns};
      return AppendLine(text, json, shown, layout);
    }
    AppendLine(text, json, shown, layout_);
  }

  void AppendLine(std::string& text, output::JsonWriter& json, const ShownEntry& shown,
                  const LayoutContext& layout) const {
    switch (context_.options.format) {
      case Format::kText:
        AppendTextLine(text, shown, layout);
        if (shown.values != nullptr) shown.values->AppendText(text, shown.payload.message());
        return;
      case Format::kJson: return WriteJsonLine(json, shown, layout);
      case Format::kCsv: return AppendCsvLine(text, shown, layout);
    }
  }

  void ReportUnknown(const wal::LogEntry& logged, const char* no) {
    const std::scoped_lock lock(findings_mutex_);
    context_.findings.Report(
        {.kind = kUnknownPayload,
         .file = context_.evidence.log.segments()[logged.segment].path,
         .offset = logged.at,
         .length = logged.end - logged.at,
         .what = "entry " + std::to_string(logged.entry.index) + " holds " +
                 Counted(logged.entry.data.size(), "byte that is ", "bytes that are ") + no,
         .consequence = "etcd stops when it applies such an entry",
         .figures = {{"index", logged.entry.index}}});
  }

  const ViewContext& context_;
  EntryFilter filter_;
  LayoutContext layout_;
  std::vector<const wal::Chunk*> chunks_;  // that may hold entries of the range, in order
  std::atomic<uint64_t> shown_ = 0;
  std::mutex findings_mutex_;
};

}  // namespace

void ShowEntries(const ViewContext& context) { EntriesView(context).Show(); }

}  // namespace etcdf::dump_logs
