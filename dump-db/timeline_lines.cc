#include "dump-db/timeline_lines.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/counted.h"
#include "base/escape.h"
#include "dating/findings.h"
#include "objects/filter.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

using dating::Bound;
using dating::Interval;
using objects::Write;
using objects::WriteVerb;

// As wide as most cells. Lines are printed as the rows come, however many there are.
struct Column {
  std::string_view title;
  size_t width;
};
constexpr std::array kColumns = {Column{"REVISION", 10},     Column{"NOT BEFORE", 24},
                                 Column{"NOT AFTER", 24},    Column{"FROM", 24},
                                 Column{"VERB", 6},          Column{"OBJECT", 48},
                                 Column{"LAST MANAGER", 24}, Column{"FIELDS", 0}};
using Cells = std::array<std::string, kColumns.size()>;

void AppendCells(std::string& out, const Cells& cells) {
  size_t last = cells.size();
  while (last > 1 && cells[last - 1].empty()) --last;
  for (size_t i = 0; i < last; ++i) {
    out += cells[i];
    if (i + 1 == last) break;
    const size_t width = kColumns[i].width;
    out.append(cells[i].size() < width ? width - cells[i].size() + 2 : 2, ' ');
  }
  out += '\n';
}

// To the millisecond, a later bound rounded up.
std::string TimeCell(const std::optional<Bound>& bound, dating::Micros round_up) {
  if (!bound) return "-";
  std::string text = dating::TimeText(bound->time + round_up);
  text.erase(text.size() - 4, 3);
  return text;
}

std::string SourceCell(const Interval& when) {
  std::string text;
  for (const auto* bound : {&when.not_before, &when.not_after}) {
    if (!*bound) continue;
    const std::string_view name = dating::SourceName((*bound)->source);
    if (text == name) continue;
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text.empty() ? "-" : text;
}

std::string ObjectCell(const mvcc::KeyRow& row, const Write& write) {
  const std::string_view key = AsText(row.kv.key);
  if (write.object == nullptr || write.object->summary.kind.empty()) return PrintableKey(key);
  const kubernetes::Summary& summary = write.object->summary;
  std::string text = PrintableKey(summary.kind) + " ";
  if (!summary.name_space.empty()) text += PrintableKey(summary.name_space) + "/";
  return text + PrintableKey(summary.name);
}

std::string FieldsCell(const Write& write) {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t i = 0; i < std::min(write.fields.size(), kShown); ++i) {
    if (i > 0) text += ", ";
    text += PrintableKey(write.fields[i]);
  }
  if (write.fields.size() > kShown) {
    text += ", " + std::to_string(write.fields.size() - kShown) + " more";
  }
  return text;
}

// The path itself, or a part of it from the front.
bool IsAtOrBelow(std::string_view path, std::string_view wanted) {
  if (!path.starts_with(wanted)) return false;
  return path.size() == wanted.size() || path[wanted.size()] == '.' || path[wanted.size()] == '[';
}

void TextOrNull(output::JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) return json.Text(name, text);
  json.Name(name);
  json.Null();
}

void WriteBound(output::JsonWriter& json, std::string_view name, const std::optional<Bound>& bound,
                const dating::Verdict& verdict) {
  json.Name(name);
  if (!bound) return json.Null();
  json.BeginObject();
  json.Text("clock", dating::SourceName(bound->source));
  const bool is_known = bound->clock < verdict.clocks.size();
  TextOrNull(json, "writer", is_known ? verdict.clocks[bound->clock].name : std::string());
  json.Uint("revision", bound->shown_place);
  json.EndObject();
}

std::string_view ClockOf(const Interval& when) {
  if (when.not_before) return dating::SourceName(when.not_before->source);
  return when.not_after ? dating::SourceName(when.not_after->source) : std::string_view();
}

}  // namespace

void Tally::Counts::Add(const Counts& other) {
  if (other.writes() == 0) return;
  if (writes() == 0) first_revision = other.first_revision;
  first_revision = std::min(first_revision, other.first_revision);
  last_revision = std::max(last_revision, other.last_revision);
  creates += other.creates;
  updates += other.updates;
  deletes += other.deletes;
  bytes += other.bytes;
}

Tally::Counts& Tally::CountsOf(const std::string& group) {
  const auto known = groups_.find(group);
  if (known != groups_.end()) return known->second;
  return groups_.size() == kMaxGroups ? others_ : groups_[group];
}

void Tally::Count(const std::string& group, const Write& write, const mvcc::KeyRow& row) {
  const int64_t revision = row.at.revision.main;
  CountsOf(group).Add({.creates = write.verb == WriteVerb::kCreate ? 1U : 0U,
                       .updates = write.verb == WriteVerb::kUpdate ? 1U : 0U,
                       .deletes = write.verb == WriteVerb::kDelete ? 1U : 0U,
                       .bytes = row.kv.value.size(),
                       .first_revision = revision,
                       .last_revision = revision});
}

void Tally::Add(const Tally& other) {
  for (const auto& [group, counts] : other.groups_) CountsOf(group).Add(counts);
  others_.Add(other.others_);
}

std::string Tally::Text(const Options& options) const {
  using Row = std::pair<std::string, Counts>;
  std::vector<Row> rows(groups_.begin(), groups_.end());
  // Minutes stay in their order.
  if (options.tally_by != TallyBy::kMinute) {
    std::ranges::stable_sort(rows, std::greater<>(),
                             [](const Row& row) { return row.second.writes(); });
  }
  if (others_.writes() > 0) rows.emplace_back("(others)", others_);
  std::string text;
  const bool is_json = options.format == Format::kJson;
  if (!is_json)
    text = "  WRITES   CREATE   UPDATE   DELETE        BYTES  REVISIONS            GROUP\n";
  for (const auto& [group, counts] : rows) {
    if (is_json) {
      output::JsonWriter json(text);
      json.BeginObject();
      TextOrNull(json, "group", group);
      json.Uint("writes", counts.writes());
      json.Uint("creates", counts.creates);
      json.Uint("updates", counts.updates);
      json.Uint("deletes", counts.deletes);
      json.Uint("bytes", counts.bytes);
      json.Int("first_revision", counts.first_revision);
      json.Int("last_revision", counts.last_revision);
      json.EndObject();
      json.EndLine();
      continue;
    }
    const auto append = [&](uint64_t number, size_t width) {
      const std::string digits = std::to_string(number);
      text.append(digits.size() < width ? width - digits.size() : 0, ' ');
      text += digits + " ";
    };
    append(counts.writes(), 8);
    append(counts.creates, 8);
    append(counts.updates, 8);
    append(counts.deletes, 8);
    append(counts.bytes, 12);
    std::string revisions =
        " " + std::to_string(counts.first_revision) + ".." + std::to_string(counts.last_revision);
    revisions.resize(std::max<size_t>(revisions.size() + 1, 22), ' ');
    text += revisions + (group.empty() ? "-" : PrintableKey(group)) + "\n";
  }
  return text;
}

std::string TimelineLines::Header(const Options& options) {
  std::string header;
  if (options.format == Format::kJson || options.tally_by) return header;
  Cells titles;
  std::ranges::transform(kColumns, titles.begin(),
                         [](const Column& column) { return std::string(column.title); });
  AppendCells(header, titles);
  return header;
}

void TimelineLines::Append(std::string& out, Tally& tally, const mvcc::KeyRow& row,
                           const objects::StoredWrite& stored) {
  if (!AsText(row.kv.key).starts_with(options_.prefix)) return;
  const Interval when = verdict_.line.At(static_cast<uint64_t>(row.at.revision.main));
  if (options_.since && when.not_after && when.not_after->time < *options_.since) return;
  if (options_.until && when.not_before && when.not_before->time > *options_.until) return;
  const Write& write = reader_.Read(stored);
  if (!Wants(row, write)) return;
  reader_.Report();
  if (options_.tally_by) return tally.Count(GroupOf(when, write), write, row);
  options_.format == Format::kJson ? AppendJson(out, row, when, write)
                                   : AppendText(out, row, when, write);
}

bool TimelineLines::Wants(const mvcc::KeyRow& row, const Write& write) const {
  if (options_.write_verb && *options_.write_verb != write.verb) return false;
  if (options_.manager && *options_.manager != write.manager) return false;
  const objects::Decoded nothing;
  if (!options_.filter.Wants(AsText(row.kv.key), write.object ? *write.object : nothing)) {
    return false;
  }
  return options_.fields.empty() || std::ranges::any_of(write.fields, [&](const std::string& path) {
           return IsAtOrBelow(path, options_.fields);
         });
}

std::string TimelineLines::GroupOf(const Interval& when, const Write& write) const {
  const kubernetes::Summary summary = write.object ? write.object->summary : kubernetes::Summary();
  switch (*options_.tally_by) {
    case TallyBy::kManager: return std::string(write.manager);
    case TallyBy::kKind: return std::string(summary.kind);
    case TallyBy::kNamespace: return std::string(summary.name_space);
    case TallyBy::kMinute: break;
  }
  const auto& bound = when.not_before ? when.not_before : when.not_after;
  return bound ? dating::TimeText(bound->time).substr(0, 16) + "Z" : std::string();
}

void TimelineLines::AppendText(std::string& out, const mvcc::KeyRow& row, const Interval& when,
                               const Write& write) const {
  std::string manager = write.manager.empty() ? "-" : PrintableKey(write.manager);
  if (!write.subresource.empty()) manager += " (" + PrintableKey(write.subresource) + ")";
  AppendCells(
      out, {mvcc::RevisionText(row.at.revision), TimeCell(when.not_before, 0),
            TimeCell(when.not_after, 999), SourceCell(when), std::string(WriteVerbName(write.verb)),
            ObjectCell(row, write), manager, FieldsCell(write)});
}

void TimelineLines::AppendJson(std::string& out, const mvcc::KeyRow& row, const Interval& when,
                               const Write& write) const {
  const kubernetes::Summary summary = write.object ? write.object->summary : kubernetes::Summary();
  const auto time = [](const std::optional<Bound>& bound) {
    return bound ? dating::TimeText(bound->time) : std::string();
  };
  output::JsonWriter json(out);
  json.BeginObject();
  json.Int("revision", row.at.revision.main);
  json.Int("sub", row.at.revision.sub);
  json.Name("index");
  json.Null();
  TextOrNull(json, "not_before", time(when.not_before));
  TextOrNull(json, "not_after", time(when.not_after));
  TextOrNull(json, "clock", ClockOf(when));
  WriteBound(json, "not_before_by", when.not_before, verdict_);
  WriteBound(json, "not_after_by", when.not_after, verdict_);
  json.Text("verb", WriteVerbName(write.verb));
  json.Bytes("key", row.kv.key);
  TextOrNull(json, "api_version", summary.api_version);
  TextOrNull(json, "kind", summary.kind);
  TextOrNull(json, "namespace", summary.name_space);
  TextOrNull(json, "name", summary.name);
  TextOrNull(json, "manager", write.manager);
  TextOrNull(json, "operation", write.operation);
  TextOrNull(json, "subresource", write.subresource);
  json.Name("fields");
  if (write.verb == WriteVerb::kUpdate && !write.fields_are_known) {
    json.Null();
  } else {
    json.BeginArray();
    for (const std::string& path : write.fields) json.Text(path);
    json.EndArray();
  }
  json.Uint("bytes", row.kv.value.size());
  for (const char* name : {"proposer", "user"}) {
    json.Name(name);
    json.Null();
  }
  json.EndObject();
  json.EndLine();
}

}  // namespace etcdf::dump_db
