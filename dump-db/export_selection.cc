// An export of a part of the keys: as manifests, or as a database of its own.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "dump-db/export.h"
#include "dump-db/manifests.h"
#include "dump-db/object_lines.h"
#include "dump-db/redacting_target.h"
#include "dump-db/row_target.h"
#include "dump-db/selection.h"
#include "dump-db/store.h"
#include "io/new_path.h"
#include "mvcc/schema.h"
#include "objects/filter.h"

namespace etcdf::dump_db {
namespace {

// Of revision `main`, as rows of the bucket `meta` name it.
std::string RevisionBytes(int64_t main) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<uint64_t>(main) >> shift);
  }
  return bytes + "_" + std::string(8, '\0');
}

// A database with the selected rows as its whole content.
class DatabaseWriter {
 public:
  DatabaseWriter(const VerbContext& context, Selection& selection, RowTarget& target)
      : context_(context), selection_(selection), target_(target) {}

  Result<uint64_t> Write() {
    for (const Bytes name : context_.evidence.database->bucket_names()) {
      if (auto begun = target_.BeginBucket(name); !begun) return Fail(begun.error());
      if (auto written = WriteBucket(AsText(name)); !written) return Fail(written.error());
    }
    if (auto finished = target_.Finish(); !finished) return Fail(finished.error());
    return keys_;
  }

 private:
  // Users, roles and alarms are none of the selection. What `snapshot restore` replaces stays.
  Result<void> WriteBucket(std::string_view name) {
    if (name == mvcc::kKeyBucket) return WriteKeys();
    if (name == mvcc::kMetaBucket) return WriteMeta();
    if (name == mvcc::kLeaseBucket) {
      return CopyRows(name, [&](const backend::Row& row) {
        return leases_.contains(mvcc::DecodeNumber(row.key).value_or(0));
      });
    }
    const bool is_kept = name == mvcc::kClusterBucket || name == mvcc::kMembersBucket ||
                         name == mvcc::kMembersRemovedBucket;
    if (!is_kept) return {};
    return CopyRows(name, [](const backend::Row&) { return true; });
  }

  Result<void> WriteKeys() {
    return selection_.Visit(kubernetes::Extent::kMetadata, [&](const SelectedRow& selected) {
      ++keys_;
      const int64_t lease = selected.row.kv.lease;
      if (lease != 0) leases_.insert(static_cast<uint64_t>(lease));
      return target_.Append(selected.stored.key, selected.stored.value);
    });
  }

  // The history of the selected keys is not there: as after a compaction.
  Result<void> WriteMeta() {
    std::map<std::string, std::string, std::less<>> rows;
    auto read = ForEachBatch(context_, AsBytes(mvcc::kMetaBucket), [&](auto batch) -> Result<void> {
      for (const backend::Row& row : batch) rows[std::string(AsText(row.key))] = AsText(row.value);
      return {};
    });
    if (!read) return read;
    for (const auto name : {mvcc::kScheduledCompactName, mvcc::kFinishedCompactName}) {
      rows[std::string(name)] = RevisionBytes(selection_.revision());
    }
    for (const auto& [name, value] : rows) {
      if (auto done = target_.Append(AsBytes(name), AsBytes(value)); !done) return done;
    }
    return {};
  }

  template <typename Wanted>
  Result<void> CopyRows(std::string_view name, const Wanted& wanted) {
    return ForEachBatch(context_, AsBytes(name), [&](auto batch) -> Result<void> {
      for (const backend::Row& row : batch) {
        if (!wanted(row)) continue;
        if (auto done = target_.Append(row.key, row.value); !done) return done;
      }
      return {};
    });
  }

  const VerbContext& context_;
  Selection& selection_;
  RowTarget& target_;
  uint64_t keys_ = 0;
  std::set<uint64_t> leases_;
};

std::string StateText(const VerbContext& context, const Selection& selection) {
  return Printable(context.evidence.path) + " at revision " + std::to_string(selection.revision());
}

// What the selection does not have.
std::string RestText(const VerbContext& context, const Selection& selection) {
  std::string text;
  if (selection.secrets_left_out() > 0) {
    text += "  left out: " + Counted(selection.secrets_left_out(), "Secret", "Secrets") +
            " (--show-secrets)\n";
  }
  if (!context.options.undelete) return text;
  if (selection.deleted_without_version() > 0) {
    text += "  not to be got back: " +
            Counted(selection.deleted_without_version(), "deleted key", "deleted keys") +
            " without a stored version\n";
  }
  if (selection.compact_revision() > 0) {
    text += "  the history begins at revision " + std::to_string(selection.compact_revision()) +
            ": what was deleted before is not in it\n";
  }
  return text;
}

Result<void> FailEmpty(const Selection& selection) {
  const bool has_secrets = selection.secrets_left_out() > 0;
  return Fail({.code = ErrorCode::kNotFound,
               .what = has_secrets ? "nothing but Secrets is selected, which come out with "
                                     "--show-secrets"
                                   : "nothing is selected"});
}

// What would be written, a line for each.
Result<void> ShowPlan(const VerbContext& context, Selection& selection) {
  LineWriter lines(context.out);
  uint64_t count = 0;
  auto shown = selection.Visit(
      kubernetes::Extent::kMetadata, [&](const SelectedRow& selected) -> Result<void> {
        ++count;
        const kubernetes::Summary& summary = selected.decoded.summary;
        std::string name = summary.name.empty() ? PrintableKey(AsText(selected.row.kv.key))
                                                : PrintableKey(summary.name);
        if (!summary.name_space.empty()) name = PrintableKey(summary.name_space) + "/" + name;
        std::string kind = PrintableKey(summary.kind);
        if (kind.empty()) kind = objects::ResourceOf(AsText(selected.row.kv.key));
        lines.text += (kind.empty() ? "key" : kind) + " " + name + " of revision " +
                      std::to_string(selected.row.at.revision.main);
        if (selected.deleted_at) {
          lines.text += ", deleted at " + std::to_string(*selected.deleted_at);
        }
        lines.text += "\n";
        return lines.EndLine() ? Result<void>{} : FailInterrupted();
      });
  if (!shown) return shown;
  if (count == 0) return FailEmpty(selection);
  lines.text += Counted(count, "key", "keys") + " of " + StateText(context, selection) +
                " would be written\n" + RestText(context, selection);
  return {};
}

Result<void> WriteDatabase(const VerbContext& context, const objects::Tools& tools,
                           Selection& selection) {
  auto path = io::NewPath::Reserve(context.options.out);
  if (!path) return Fail(path.error());
  auto target = context.options.target == ExportTarget::kSnapshot ? NewSnapshot(path->part_path())
                                                                  : NewLmdb(path->part_path());
  if (!target) return Fail(std::move(target).error());
  if (context.options.values.redact) target = NewRedacting(tools, *std::move(target));
  const auto keys = DatabaseWriter(context, selection, **target).Write();
  if (!keys) return Fail(keys.error());
  if (*keys == 0) return FailEmpty(selection);
  if (auto named = path->Commit(); !named) return named;
  context.out.Write(Printable(context.options.out) + ": " + Counted(*keys, "key", "keys") + " of " +
                    StateText(context, selection) + ", without history, users and alarms\n" +
                    RestText(context, selection));
  return {};
}

Result<void> WriteManifests(const VerbContext& context, const objects::Tools& tools,
                            Selection& selection) {
  auto path = io::NewPath::Reserve(context.options.out);
  if (!path) return Fail(path.error());
  Manifests manifests(context, tools, path->part_path());
  if (auto begun = manifests.Begin(); !begun) return begun;
  auto written = selection.Visit(kubernetes::Extent::kWhole, [&](const SelectedRow& selected) {
    return manifests.Write(selected);
  });
  if (!written) return written;
  const Manifests::Counts& counts = manifests.counts();
  if (counts.objects + counts.not_opened == 0) {
    if (counts.no_objects == 0) return FailEmpty(selection);
    return Fail({.code = ErrorCode::kNotFound,
                 .what = "nothing that is selected is an object of Kubernetes"});
  }
  if (auto named = path->Commit(); !named) return named;
  context.out.Write(Printable(context.options.out) + ": " +
                    Counted(counts.objects, "object", "objects") + " of " +
                    StateText(context, selection) + "\n" + manifests.RestText() +
                    RestText(context, selection));
  if (counts.not_opened == 0) return {};
  return Fail({.code = ErrorCode::kUnsupported,
               .what = "not all that is selected could be opened; give --encryption-config"});
}

}  // namespace

Result<void> ExportSelection(const VerbContext& context) {
  const auto tools = objects::Tools::Load(DecoderOptionsOf(context.options));
  if (!tools) return Fail(tools.error());
  auto selection = Selection::Find(context, *tools);
  if (!selection) return Fail(selection.error());
  if (context.options.dry_run) return ShowPlan(context, *selection);
  if (context.options.target == ExportTarget::kYaml) {
    return WriteManifests(context, *tools, *selection);
  }
  return WriteDatabase(context, *tools, *selection);
}

}  // namespace etcdf::dump_db
