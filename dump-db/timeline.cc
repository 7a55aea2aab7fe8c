// The verb timeline: what changed, in the order of revisions, between which times, and by whom.
#include <algorithm>
#include <deque>
#include <limits>
#include <string>

#include "app/process.h"
#include "dating/findings.h"
#include "dating/store_times.h"
#include "dump-db/findings.h"
#include "dump-db/object_lines.h"
#include "dump-db/store.h"
#include "dump-db/timeline_lines.h"
#include "mvcc/key_history.h"
#include "mvcc/key_notes.h"
#include "mvcc/row_batches.h"
#include "mvcc/status.h"
#include "objects/decoder.h"

namespace etcdf::dump_db {
namespace {

// Where the newest row of a key lies.
struct RowBefore {
  const uint8_t* key = nullptr;
  const uint8_t* value = nullptr;
  uint32_t key_bytes = 0;
  uint32_t value_bytes = 0;
};

// Gives each row the row before of its key.
class RowsBefore {
 public:
  // Rows in their order.
  objects::StoredWrite Pair(const mvcc::KeyRow& row) {
    const mvcc::KeyValue& kv = row.kv;
    objects::StoredWrite write{.key = kv.key,
                               .value = kv.value,
                               .mod_revision = row.at.revision.main,
                               .is_delete = row.at.tombstone};
    const bool creates = !row.at.tombstone && kv.version == 1;
    if (!creates) write.before = objects::Before::kUnknown;
    RowBefore* const before = rows_.Of(kv.key);
    if (before == nullptr) return write;
    const bool is_known = before->key != nullptr && before->key_bytes == kv.key.size() &&
                          Equal({before->key, before->key_bytes}, kv.key);
    if (is_known && !creates) {
      write.before = objects::Before::kKnown;
      write.value_before = {before->value, before->value_bytes};
    }
    *before = {};
    if (row.at.tombstone) return write;
    constexpr size_t kLongest = std::numeric_limits<uint32_t>::max();
    if (kv.key.size() > kLongest || kv.value.size() > kLongest) return write;
    *before = {.key = kv.key.data(),
               .value = kv.value.data(),
               .key_bytes = static_cast<uint32_t>(kv.key.size()),
               .value_bytes = static_cast<uint32_t>(kv.value.size())};
    return write;
  }

 private:
  mvcc::KeyNotes<RowBefore> rows_{22};
};

// The revisions that --around asks for.
struct Window {
  int64_t first = 0;
  int64_t last = std::numeric_limits<int64_t>::max();
};

Result<Window> WindowOf(const VerbContext& context, const dating::Line& line) {
  const std::optional<Around>& around = context.options.around;
  if (!around) return Window{};
  int64_t first = around->revision;
  int64_t last = around->revision;
  if (around->micros != 0) {
    const auto before = line.LastSurelyBy(around->micros);
    const auto after = line.FirstSurelyFrom(around->micros);
    first = before ? static_cast<int64_t>(*before) : 0;
    last = after ? static_cast<int64_t>(*after) : std::numeric_limits<int64_t>::max();
  } else if (!around->key.empty()) {
    mvcc::VisitHistory(StoreOf(context), AsBytes(around->key), [&](const mvcc::HistoryRow& row) {
      first = last = row.row.at.revision.main;
      return true;
    });
    if (first == 0) {
      return Fail({.code = ErrorCode::kNotFound,
                   .what = "no revision of this key is stored",
                   .subject = around->key});
    }
  }
  const auto reach = static_cast<int64_t>(around->reach);
  constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
  return Window{.first = first > reach ? first - reach : 0,
                .last = last < kEnd - reach ? last + reach : kEnd};
}

std::string WhenText(const dating::Interval& when) {
  std::string text;
  if (when.not_before) text += ", not before " + dating::TimeText(when.not_before->time);
  if (when.not_after) text += ", not after " + dating::TimeText(when.not_after->time);
  return text;
}

void ReportBeginning(const VerbContext& context, const dating::Line& line) {
  const int64_t compacted = mvcc::ReadStatus(StoreOf(context)).CompactRevision();
  if (compacted <= 0) return;
  const auto place = static_cast<uint64_t>(compacted);
  context.findings.Report(
      {.kind = kTimelineBegins,
       .file = context.evidence.path,
       .what =
           "the history begins at revision " + std::to_string(compacted) + WhenText(line.At(place)),
       .consequence = "what is older is compacted: of each key its last write is left, and nothing "
                      "of keys that were deleted",
       .figures = {{"revision", place}}});
}

// One batch after the other: read, compared on all cores, printed.
class Printer {
 public:
  Printer(const VerbContext& context, const objects::Tools& tools, const dating::Verdict& verdict,
          const Window& window)
      : context_(context), tools_(tools), verdict_(verdict), window_(window) {}

  void Run() {
    context_.out.Write(TimelineLines::Header(context_.options));
    mvcc::VisitInBatches(StoreOf(context_),
                         [&](std::span<const mvcc::KeyRow> rows) { return Print(rows); });
    if (context_.options.tally_by) context_.out.Write(counts_.Text(context_.options));
  }

 private:
  struct Part {
    std::string text;
    Tally counts;
    FindingList findings;
  };

  bool Print(std::span<const mvcc::KeyRow> rows) {
    writes_.clear();
    for (const mvcc::KeyRow& row : rows) writes_.push_back(before_.Pair(row));
    std::deque<Part> parts(mvcc::SliceCount());
    mvcc::WorkInSlices(rows.size(), [&](const mvcc::Slice& slice) {
      Part& part = parts[slice.ordinal];
      TimelineLines lines(context_, tools_, verdict_, part.findings);
      for (size_t i = slice.begin; i < slice.end; ++i) {
        const int64_t revision = rows[i].at.revision.main;
        if (revision < window_.first || revision > window_.last) continue;
        lines.Append(part.text, part.counts, rows[i], writes_[i]);
      }
    });
    for (const Part& part : parts) {
      for (const Finding& finding : part.findings.findings()) context_.findings.Report(finding);
      counts_.Add(part.counts);
      if (!part.text.empty() && !context_.out.Write(part.text)) return false;
    }
    return !app::Interrupted() && rows.back().at.revision.main <= window_.last;
  }

  const VerbContext& context_;
  const objects::Tools& tools_;
  const dating::Verdict& verdict_;
  const Window window_;
  RowsBefore before_;
  std::vector<objects::StoredWrite> writes_;
  Tally counts_;
};

}  // namespace

Result<void> Timeline(const VerbContext& context) {
  const auto tools = objects::Tools::Load(DecoderOptionsOf(context.options));
  if (!tools) return Fail(tools.error());
  const dating::Verdict verdict =
      dating::DateStore(StoreOf(context), *tools, [] { return !app::Interrupted(); });
  const auto window = WindowOf(context, verdict.line);
  if (!window) return Fail(window.error());
  ReportBeginning(context, verdict.line);
  dating::ReportClocks(verdict, context.evidence.path, context.findings);
  Printer(context, *tools, verdict, *window).Run();
  return {};
}

}  // namespace etcdf::dump_db
