// The verb diff: what changed between two states.
#include <utility>

#include "dump-db/diff_views.h"
#include "dump-db/object_lines.h"
#include "dump-db/store.h"
#include "member/open.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "objects/change.h"
#include "states/changes.h"
#include "states/state.h"

namespace etcdf::dump_db {
namespace {

using objects::ChangeKind;

// Passes the changes that the options want to a view, and counts them.
class DiffRun {
 public:
  // All must outlive it.
  DiffRun(const VerbContext& context, const objects::Tools& tools, const std::string& other_file,
          DiffTotals& totals, DiffView& view)
      : options_(context.options),
        totals_(totals),
        view_(view),
        comparer_(tools, context.evidence.path, other_file,
                  {.all = context.options.all_fields, .by_key = context.options.by_key},
                  context.findings) {}

  // False once nobody reads any more.
  bool Take(const states::KeyChange& rows) {
    const auto from = StoredOf(rows.from);
    const auto to = StoredOf(rows.to);
    const objects::StoredObject* const old = from ? &*from : nullptr;
    const objects::StoredObject* const fresh = to ? &*to : nullptr;
    const objects::Change& change = comparer_.Compare(old, fresh);
    const std::string_view key = AsText(rows.any().kv.key);
    const auto wanted = [&](const objects::Decoded* side) {
      return side != nullptr && options_.filter.Wants(key, *side);
    };
    if (!wanted(change.from) && !wanted(change.to)) return true;
    comparer_.Report(old, fresh);
    const DiffItem item{.rows = rows, .change = change, .ids = comparer_.ids()};
    totals_.counts.Add(change.kind);
    if (options_.summary) {
      const std::string name_space(change.any().summary.name_space);
      totals_.groups[{DiffKind(item), name_space}].Add(change.kind);
    }
    return IsShown(change.kind) ? view_.Show(item) : !app::Interrupted();
  }

 private:
  static std::optional<objects::StoredObject> StoredOf(const std::optional<mvcc::KeyRow>& row) {
    if (!row) return std::nullopt;
    return objects::StoredObject{.stored = {.key = row->kv.key,
                                            .value = row->kv.value,
                                            .mod_revision = row->at.revision.main},
                                 .lease = row->kv.lease};
  }
  bool IsShown(ChangeKind kind) const {
    const bool is_folded = kind == ChangeKind::kOnlyStatus || kind == ChangeKind::kRewritten;
    return options_.all_fields || !is_folded;
  }

  const Options& options_;
  DiffTotals& totals_;
  DiffView& view_;
  objects::Comparer comparer_;
};

struct SideAt {
  mvcc::Store store;
  DiffSide side;
};

Result<SideAt> SideOf(const mvcc::Store& store, const std::string& path,
                      std::optional<int64_t> revision) {
  const mvcc::Status status = mvcc::ReadStatus(store);
  const auto read = status.ReadRevision(revision.value_or(0));
  if (!read) return Fail(read.error());
  return SideAt{
      .store = store,
      .side = {.path = path, .revision = *read, .compact_revision = status.CompactRevision()}};
}

// Shows what differs. Errors: where the two cannot be compared.
Result<void> Compare(const VerbContext& context, const SideAt& from, const SideAt& to) {
  const Options& options = context.options;
  const auto tools = objects::Tools::Load(DecoderOptionsOf(options));
  if (!tools) return Fail(tools.error());
  const auto view = NewDiffView(options, context.out);
  DiffTotals totals{.from = from.side, .to = to.side};
  view->Begin(totals);
  DiffRun run(context, *tools, to.store.file, totals, *view);
  const auto read =
      states::VisitChanges({.store = from.store, .revision = from.side.revision},
                           {.store = to.store, .revision = to.side.revision}, options.prefix,
                           [&](const states::KeyChange& change) { return run.Take(change); });
  totals.from.is_whole = read.from_is_whole;
  totals.to.is_whole = read.to_is_whole;
  if (auto finished = view->Finish(totals); !finished) return finished;
  if (totals.counts.differ()) {
    context.answer = app::ExitCode::kDamage;
  } else if (totals.counts.not_opened > 0) {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = "values that could not be opened differ in their bytes, which does not "
                         "tell if their content does; give --encryption-config"});
  }
  return {};
}

}  // namespace

Result<void> Diff(const VerbContext& context) {
  const Options& options = context.options;
  const member::Parts parts = options.other_point.kind == states::PointKind::kIndex
                                  ? member::Parts::kAll
                                  : member::Parts::kDatabase;
  const auto files = member::Open({.path = options.other, .temporary_dir = options.temporary_dir},
                                  parts, context.findings);
  if (!files) return Fail(files.error());
  const auto opened = files->OpenDatabase({}, context.findings);
  if (!opened) return Fail(opened.error());
  if (opened->database == nullptr) return Fail(opened->unreadable);
  member::ReportMissingBucket(*opened, mvcc::kKeyBucket, context.findings);
  const auto state = states::Reach(*files, *opened, options.other_point, context.findings);
  if (!state) return Fail(states::WithEvidence(state.error(), opened->path));
  const auto from = SideOf(StoreOf(context), options.path, options.revision);
  const auto to = SideOf({.database = *state->opened().database,
                          .file = state->opened().path,
                          .findings = context.findings},
                         options.other, state->revision());
  if (!from) return Fail(from.error());
  if (!to) return Fail(to.error());
  auto done = Compare(context, *from, *to);
  state->ReportFaults(context.findings);
  opened->ReportFaults(context.findings);
  return done;
}

}  // namespace etcdf::dump_db
