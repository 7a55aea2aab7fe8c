#include "dump-db/usage_groups.h"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "dump-db/object_lines.h"
#include "dump-db/store.h"
#include "kubernetes/key.h"
#include "mvcc/key_row.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "objects/filter.h"

namespace etcdf::dump_db {
namespace {

constexpr uint64_t kDepthUsual = 2;
constexpr std::string_view kNoPrefix = "(no prefix)";
constexpr std::string_view kNotKubernetes = "(not Kubernetes)";
constexpr std::string_view kCluster = "(cluster)";  // objects of no namespace
constexpr std::string_view kNoManager = "(no manager)";
constexpr std::string_view kDeleted = "(deleted)";
constexpr std::string_view kEncrypted = "(encrypted)";
constexpr std::string_view kTooMany = "(too many names)";

// The first `depth` parts between slashes, with the slash behind them; fewer where the key has
// fewer before its last part: "/registry/pods/default/web" -> "/registry/pods/" with 2.
std::string_view PrefixOf(std::string_view key, uint64_t depth) {
  size_t end = 0;
  size_t from = key.starts_with('/') ? 1 : 0;
  for (uint64_t part = 0; part < depth; ++part) {
    const size_t slash = key.find('/', from);
    if (slash == key.npos) break;
    end = from = slash + 1;
  }
  return end == 0 ? kNoPrefix : key.substr(0, end);
}

// "pods", or with its group "cert-manager.io/certificates", which is how the key spells it.
std::string_view PlaceOf(const kubernetes::ObjectKey& key) {
  if (key.api_group.empty()) return key.resource;
  return {key.api_group.data(), key.api_group.size() + 1 + key.resource.size()};
}

std::string_view KindOf(std::string_view key) {
  const auto parsed = kubernetes::ParseKey(key);
  return parsed ? PlaceOf(*parsed) : kNotKubernetes;
}

std::string_view NamespaceOf(const std::optional<kubernetes::ObjectKey>& key) {
  if (!key) return kNotKubernetes;
  return key->name_space.empty() ? kCluster : key->name_space;
}

// Names that several threads keep, so that groups can be called by them.
class Names {
 public:
  std::string_view Keep(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    const auto known = names_.find(name);
    if (known != names_.end()) return *known;
    // Only values made to fill the memory have so many.
    if (names_.size() == mvcc::UsageReport::kMaxGroups) return kTooMany;
    return *names_.emplace(name).first;
  }

 private:
  std::mutex mutex_;
  std::set<std::string, std::less<>> names_;
};

// What the threads have in common.
struct Common {
  Common(const VerbContext& of, objects::Tools with) : context(of), tools(std::move(with)) {}

  const VerbContext& context;
  objects::Tools tools;
  Names names;
  // The kind of the values in a place, for rows without one.
  std::map<std::string_view, std::string_view> kinds;
};

// Groups rows by what their values say, in one thread.
class RowGrouper {
 public:
  explicit RowGrouper(Common& common)
      : common_(common), decoder_(common.tools, common.context.evidence.path, unheard_) {}

  std::string_view GroupOf(const mvcc::KeyRow& row) {
    switch (common_.context.options.group_by) {
      case GroupBy::kKind: return KindOf(row);
      case GroupBy::kManager: return ManagerOf(row);
      default: return NamespaceOf(row);
    }
  }

  // Remembers the kind of a value for others in its place.
  void Learn(const mvcc::KeyRow& row) {
    if (row.at.tombstone || common_.kinds.size() == mvcc::UsageReport::kMaxGroups) return;
    const auto key = kubernetes::ParseKey(AsText(row.kv.key), kubernetes::Prefix::kAny);
    if (!key || common_.kinds.contains(PlaceOf(*key))) return;
    const std::string_view kind = OwnKindOf(row);
    if (!kind.empty()) common_.kinds.emplace(PlaceOf(*key), kind);
  }

 private:
  const objects::Decoded& Decode(const mvcc::KeyRow& row) {
    return decoder_.Decode({.key = row.kv.key, .value = row.kv.value},
                           kubernetes::Extent::kMetadata);
  }

  std::string_view Keep(std::string_view name) {
    if (name != last_) last_ = common_.names.Keep(name);
    return last_;
  }

  // "Pod", "Deployment.apps"; empty where the value does not say it.
  std::string_view OwnKindOf(const mvcc::KeyRow& row) {
    if (row.at.tombstone) return {};
    const objects::Decoded& decoded = Decode(row);
    if (!decoded.is_kubernetes() || decoded.summary.kind.empty()) return {};
    kind_ = decoded.summary.kind;
    const std::string_view group = objects::GroupOf(decoded.summary.api_version);
    if (!group.empty()) (kind_ += '.') += group;
    return Keep(kind_);
  }

  std::string_view KindOf(const mvcc::KeyRow& row) {
    const std::string_view own = OwnKindOf(row);
    if (!own.empty()) return own;
    const auto key = kubernetes::ParseKey(AsText(row.kv.key), kubernetes::Prefix::kAny);
    const auto learned = key ? common_.kinds.find(PlaceOf(*key)) : common_.kinds.end();
    if (learned != common_.kinds.end()) return learned->second;
    return dump_db::KindOf(AsText(row.kv.key));
  }

  std::string_view NamespaceOf(const mvcc::KeyRow& row) {
    const std::string_view key = AsText(row.kv.key);
    if (!row.at.tombstone) {
      const objects::Decoded& decoded = Decode(row);
      if (decoded.is_kubernetes()) {
        const std::string_view name = decoded.summary.name_space;
        return name.empty() ? kCluster : Keep(name);
      }
    }
    const auto parsed = kubernetes::ParseKey(key, kubernetes::Prefix::kAny);
    const bool is_known = parsed && common_.kinds.contains(PlaceOf(*parsed));
    return dump_db::NamespaceOf(is_known ? parsed : kubernetes::ParseKey(key));
  }

  std::string_view ManagerOf(const mvcc::KeyRow& row) {
    if (row.at.tombstone) return kDeleted;
    const objects::Decoded& decoded = Decode(row);
    if (!decoded.is_kubernetes()) return kNotKubernetes;
    if (!decoded.is_open()) return kEncrypted;
    const auto& change = decoded.summary.last_change;
    return change && !change->manager.empty() ? Keep(change->manager) : kNoManager;
  }

  Common& common_;
  mvcc::UnheardFindings unheard_;
  objects::Decoder decoder_;
  std::string kind_;
  std::string_view last_;  // kept
};

// Walks through the rows for the kinds of the values in each place.
void LearnKinds(Common& common) {
  const mvcc::Store store = StoreOf(common.context);
  const auto bucket = store.database.Open(AsBytes(mvcc::kKeyBucket));
  if (!bucket) return;
  RowGrouper grouper(common);
  mvcc::UnheardFindings unheard;
  mvcc::ForEachPart(
      *bucket, unheard,
      [&](mvcc::PartScan& part) {
        for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
          if (app::Interrupted()) return;
          for (const backend::Row& row : rows) {
            const auto decoded = mvcc::DecodeKeyRow(row, store.file, unheard);
            if (decoded) grouper.Learn(*decoded);
          }
        }
      },
      mvcc::Cores::kOne);
}

}  // namespace

Result<mvcc::UsageQuery> QueryFor(const VerbContext& context) {
  const Options& options = context.options;
  mvcc::UsageQuery query{.prefix = options.prefix, .top = options.top};
  if (options.group_by == GroupBy::kPrefix) {
    query.group_of = [depth = options.depth.value_or(kDepthUsual)](std::string_view key) {
      return PrefixOf(key, depth);
    };
    return query;
  }
  if (options.group_by == GroupBy::kKey) {
    query.group_of = [](std::string_view key) { return key; };
    return query;
  }
  auto tools = objects::Tools::Load(DecoderOptionsOf(options));
  if (!tools) return Fail(tools.error());
  const auto common = std::make_shared<Common>(context, *std::move(tools));
  if (options.group_by != GroupBy::kManager) LearnKinds(*common);
  query.row_grouper = [common]() -> mvcc::UsageQuery::RowGroup {
    const auto grouper = std::make_shared<RowGrouper>(*common);
    return [grouper](const mvcc::KeyRow& row) { return grouper->GroupOf(row); };
  };
  return query;
}

}  // namespace etcdf::dump_db
