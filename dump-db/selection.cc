#include "dump-db/selection.h"

#include <algorithm>

#include "app/process.h"
#include "dump-db/export.h"
#include "dump-db/store.h"
#include "kubernetes/document.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"

namespace etcdf::dump_db {
namespace {

objects::StoredValue StoredOf(const mvcc::KeyRow& row) {
  return {.key = row.kv.key, .value = row.kv.value, .mod_revision = row.at.revision.main};
}

// Whether its deletion had begun: it waits for its grace period, or for its finalizers.
bool IsBeingDeleted(const objects::Decoded& decoded) {
  if (decoded.document == nullptr) return false;
  const kubernetes::Node* const metadata =
      kubernetes::Member(&decoded.document->root(), "metadata");
  return !kubernetes::TextOf(metadata, "deletionTimestamp").empty();
}

}  // namespace

bool WantsSelection(const Options& options) {
  const objects::Filter& filter = options.filter;
  const bool filters = filter.kind || filter.api_group || filter.name_space || filter.name ||
                       !options.prefix.empty();
  return filters || options.undelete || options.dry_run || options.point.is_of_keys() ||
         options.target == ExportTarget::kYaml;
}

Result<Selection> Selection::Find(const VerbContext& context, const objects::Tools& tools) {
  const mvcc::Store store = StoreOf(context);
  const mvcc::Status status = mvcc::ReadStatus(store);
  const auto revision = status.ReadRevision(context.options.revision.value_or(0));
  if (!revision) return Fail(revision.error());
  Selection selection(context, tools);
  selection.revision_ = *revision;
  selection.compact_revision_ = status.CompactRevision();
  if (context.options.undelete) {
    selection.FindDeleted();
  } else {
    selection.live_ = mvcc::FindLiveRows(store, *revision);
  }
  return selection;
}

void Selection::FindDeleted() {
  const mvcc::Store store = StoreOf(context_);
  objects::Decoder decoder(tools_, context_.evidence.path, context_.findings);
  const auto is_marked = [&](const mvcc::KeyRow& row) {
    return IsBeingDeleted(decoder.Decode(StoredOf(row), kubernetes::Extent::kMetadata));
  };
  deleted_ = states::FindDeleted({.store = store, .revision = revision_}, context_.options.prefix,
                                 is_marked);
}

Result<void> Selection::Visit(kubernetes::Extent extent,
                              const std::function<Result<void>(const SelectedRow&)>& visit) {
  secrets_left_out_ = 0;
  const auto bucket = context_.evidence.database->Open(AsBytes(mvcc::kKeyBucket));
  if (!bucket) return {};         // damaged; the database has reported it
  mvcc::UnheardFindings unheard;  // who found the rows has reported
  objects::Decoder decoder(tools_, context_.evidence.path, context_.findings);
  Result<void> done = {};
  const auto pass = [&](mvcc::PartScan& part) {
    uint64_t index = 0;
    for (auto rows = part.Next(); done && !rows.empty(); rows = part.Next()) {
      if (app::Interrupted()) done = FailInterrupted();
      for (const backend::Row& stored : rows) {
        const bool is_live = live_.Holds(part.ordinal(), index++);
        if (!done || (!is_live && deleted_.keys.empty())) continue;
        const auto row = mvcc::DecodeKeyRow(stored, context_.evidence.path, unheard);
        if (!row || row->at.tombstone) continue;
        const auto deleted_at = DeletedAt(*row);
        if (is_live || deleted_at) done = Pass(stored, *row, deleted_at, extent, decoder, visit);
      }
    }
  };
  mvcc::ForEachPart(*bucket, unheard, pass, mvcc::Cores::kOne);
  return done;
}

Result<void> Selection::Pass(const backend::Row& stored, const mvcc::KeyRow& row,
                             std::optional<int64_t> deleted_at, kubernetes::Extent extent,
                             objects::Decoder& decoder,
                             const std::function<Result<void>(const SelectedRow&)>& visit) {
  const Options& options = context_.options;
  const std::string_view key = AsText(row.kv.key);
  if (!key.starts_with(options.prefix)) return {};
  const objects::StoredValue value = StoredOf(row);
  const objects::Decoded& decoded = decoder.Decode(value, extent);
  if (!options.filter.Wants(key, decoded)) return {};
  if (decoded.is_secret && !options.values.show_secrets && !options.values.redact) {
    ++secrets_left_out_;
    return {};
  }
  decoder.Report(value);
  return visit({.stored = stored,
                .row = row,
                .decoded = decoded,
                .decoder = decoder,
                .deleted_at = deleted_at});
}

std::optional<int64_t> Selection::DeletedAt(const mvcc::KeyRow& row) const {
  const auto found =
      std::ranges::lower_bound(deleted_.keys, row.at.revision, {}, &states::DeletedKey::last);
  if (found == deleted_.keys.end() || found->last != row.at.revision) return std::nullopt;
  return found->deleted_at.main;
}

}  // namespace etcdf::dump_db
