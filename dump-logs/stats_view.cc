#include <algorithm>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "app/process.h"
#include "base/escape.h"
#include "describe/entry.h"
#include "dump-logs/filter.h"
#include "dump-logs/views.h"
#include "output/csv.h"
#include "output/json_writer.h"
#include "output/ordered.h"
#include "output/table.h"
#include "raft/key_range.h"

namespace etcdf::dump_logs {
namespace {

// Bounds on what is kept: a log may hold millions of keys. What comes after goes into one common
// row.
constexpr size_t kMaxGroups = 50'000;
constexpr size_t kMaxNameBytes = 4 << 20;
constexpr std::string_view kOthers = "(others)";
constexpr std::string_view kNone = "-";

const char* NameOf(StatsBy by) {
  switch (by) {
    case StatsBy::kKind: return "kind";
    case StatsBy::kPrefix: return "prefix";
    case StatsBy::kKey: return "key";
    case StatsBy::kUser: return "user";
    case StatsBy::kLease: return "lease";
    case StatsBy::kProposer: return "proposer";
    case StatsBy::kTerm: return "term";
  }
  return "";
}

struct Group {
  uint64_t count = 0;
  uint64_t bytes = 0;
  uint64_t index_first = UINT64_MAX;
  uint64_t index_last = 0;
  uint64_t largest_bytes = 0;
  uint64_t largest_index = 0;

  void Add(const Group& other) {
    count += other.count;
    bytes += other.bytes;
    index_first = std::min(index_first, other.index_first);
    index_last = std::max(index_last, other.index_last);
    const bool same_size = other.largest_bytes == largest_bytes;
    if (other.largest_bytes > largest_bytes || (same_size && other.largest_index < largest_index)) {
      largest_bytes = other.largest_bytes;
      largest_index = other.largest_index;
    }
  }
};

class Groups {
 public:
  void Add(std::string_view name, const Group& group) {
    auto found = groups_.find(name);
    if (found == groups_.end()) {
      if (groups_.size() >= kMaxGroups || name_bytes_ + name.size() > kMaxNameBytes) name = kOthers;
      found = groups_.try_emplace(std::string(name)).first;
      name_bytes_ += name.size();
    }
    found->second.Add(group);
  }

  void AddAll(const Groups& other) {
    for (const auto& [name, group] : other.groups_) Add(name, group);
  }

  // Most bytes first.
  std::vector<std::pair<std::string_view, Group>> Sorted() const {
    std::vector<std::pair<std::string_view, Group>> rows(groups_.begin(), groups_.end());
    std::ranges::sort(rows, [](const auto& a, const auto& b) {
      return a.second.bytes != b.second.bytes ? a.second.bytes > b.second.bytes : a.first < b.first;
    });
    return rows;
  }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };
  std::unordered_map<std::string, Group, Hash, std::equal_to<>> groups_;
  size_t name_bytes_ = 0;
};

// "/registry/pods/default/web" -> "/registry/pods/", "app/a/b" -> "app/", "plain" -> "(no prefix)".
std::string_view PrefixOf(std::string_view key) {
  const size_t from = key.starts_with('/') ? key.find('/', 1) : 0;
  if (from == key.npos) return "(no prefix)";
  const size_t slash = key.find('/', key.starts_with('/') ? from + 1 : 0);
  return slash == key.npos ? "(no prefix)" : key.substr(0, slash + 1);
}

class StatsView {
 public:
  explicit StatsView(const ViewContext& context)
      : context_(context), by_(context.options.stats_by), filter_(context.options.criteria) {}

  void Show() {
    const std::vector<wal::Chunk>& chunks = context_.evidence.log.chunks();
    output::OrderedParts parts(context_.out, chunks.size());
    parts.Run(std::max(1U, std::thread::hardware_concurrency()), [&] {
      return [this, &chunks, worker = Worker(*this)](output::OrderedParts::Part& part) mutable {
        if (!app::Interrupted()) CountChunk(chunks[part.ordinal()], worker);
      };
    });
    std::string text;
    switch (context_.options.format) {
      case Format::kText: AppendTable(text); break;
      case Format::kJson: AppendJson(text); break;
      case Format::kCsv: AppendCsv(text); break;
    }
    context_.out.Write(text);
  }

 private:
  // A thread's own counts, joined with the others' when the thread is done.
  struct Worker {
    explicit Worker(StatsView& view) : owner(&view) {}
    Worker(Worker&& other) noexcept
        : owner(std::exchange(other.owner, nullptr)), groups(std::move(other.groups)) {}
    Worker& operator=(Worker&&) = delete;
    ~Worker() {
      if (owner == nullptr) return;
      const std::scoped_lock lock(owner->mutex_);
      owner->groups_.AddAll(groups);
    }

    StatsView* owner;
    Groups groups;
    std::vector<wal::LogEntry> entries;
    raft::Payload payload;
    std::vector<std::string> names;  // of the groups an entry belongs to
  };

  void CountChunk(const wal::Chunk& chunk, Worker& worker) const {
    const wal::IndexRange& range = context_.evidence.range;
    if (!wal::Log::MayHold(chunk, range)) return;
    context_.evidence.log.ReadChunk(chunk, worker.entries);
    for (const wal::LogEntry& logged : worker.entries) {
      const wire::Entry& entry = logged.entry;
      if (!range.Holds(entry.index)) continue;
      if (logged.superseded_by && !context_.options.superseded) continue;
      if (entry.type == wire::EntryType::kNormal) worker.payload.Decode(entry.data);
      if (!filter_.Passes(entry, worker.payload)) continue;
      const Group one{.count = 1,
                      .bytes = entry.data.size(),
                      .index_first = entry.index,
                      .index_last = entry.index,
                      .largest_bytes = entry.data.size(),
                      .largest_index = entry.index};
      if (by_ == StatsBy::kKind) {
        worker.groups.Add(describe::KindOf({.entry = entry, .payload = worker.payload}), one);
        continue;
      }
      NameGroups(entry, worker.payload, worker.names);
      for (const std::string& name : worker.names) worker.groups.Add(name, one);
    }
  }

  // The groups the entry counts in: several for a request that touches several keys or leases.
  void NameGroups(const wire::Entry& entry, const raft::Payload& payload,
                  std::vector<std::string>& names) const {
    names.clear();
    const bool normal = entry.type == wire::EntryType::kNormal;
    const auto add = [&](std::string_view name) {
      if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
    };
    switch (by_) {
      case StatsBy::kKind: break;  // does not come here
      case StatsBy::kTerm: add(std::to_string(entry.term)); break;
      case StatsBy::kUser:
        if (normal) add(AsText(payload.username()));
        break;
      case StatsBy::kProposer:
        if (normal) {
          add(describe::ProposerText(payload.request_id(),
                                     context_.evidence.log.summary().member_ids));
        }
        break;
      case StatsBy::kLease:
        if (!normal) break;
        raft::VisitLeases(payload.message(), [&](int64_t lease) {
          add(HexId(static_cast<uint64_t>(lease)));
          return true;
        });
        break;
      case StatsBy::kKey:
      case StatsBy::kPrefix:
        if (!normal) break;
        raft::VisitKeys(payload.message(), [&](const raft::KeyUse& use) {
          if (use.message_name == "Compare") return true;  // looked at, not touched
          const std::string_view key = AsText(use.range.key);
          add(by_ == StatsBy::kKey ? key : PrefixOf(key));
          return true;
        });
        break;
    }
    if (names.empty() || (names.size() == 1 && names[0].empty())) names = {std::string(kNone)};
  }

  static std::string Printable(std::string_view name) {
    std::string cell;
    AppendOctalEscaped(cell, AsBytes(name));
    return cell;
  }

  void AppendJson(std::string& text) const {
    output::JsonWriter json(text);
    for (const auto& [name, group] : groups_.Sorted()) {
      json.BeginObject();
      json.Bytes(NameOf(by_), AsBytes(name));
      json.Uint("count", group.count);
      json.Uint("bytes", group.bytes);
      json.Uint("index_first", group.index_first);
      json.Uint("index_last", group.index_last);
      json.Uint("largest_bytes", group.largest_bytes);
      json.Uint("largest_index", group.largest_index);
      json.EndObject();
      json.EndLine();
    }
  }

  void AppendCsv(std::string& text) const {
    text += NameOf(by_);
    text += ",count,bytes,index_first,index_last,largest_bytes,largest_index\r\n";
    for (const auto& [name, group] : groups_.Sorted()) {
      output::AppendCsvCell(text, Printable(name));
      for (const uint64_t figure : {group.count, group.bytes, group.index_first, group.index_last,
                                    group.largest_bytes, group.largest_index}) {
        text += ',' + std::to_string(figure);
      }
      text += "\r\n";
    }
  }

  void AppendTable(std::string& text) const {
    std::string title = NameOf(by_);
    std::ranges::transform(title, title.begin(),
                           [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    using output::Align;
    output::Table table({{title},
                         {"COUNT", Align::kRight},
                         {"BYTES", Align::kRight},
                         {"FIRST", Align::kRight},
                         {"LAST", Align::kRight},
                         {"LARGEST", Align::kRight},
                         {"AT INDEX", Align::kRight}});
    for (const auto& [name, group] : groups_.Sorted()) {
      table.AddRow({Printable(name), std::to_string(group.count), std::to_string(group.bytes),
                    std::to_string(group.index_first), std::to_string(group.index_last),
                    std::to_string(group.largest_bytes), std::to_string(group.largest_index)});
    }
    table.Append(text);
  }

  const ViewContext& context_;
  StatsBy by_;
  EntryFilter filter_;
  std::mutex mutex_;
  Groups groups_;
};

}  // namespace

void ShowStats(const ViewContext& context) { StatsView(context).Show(); }

}  // namespace etcdf::dump_logs
