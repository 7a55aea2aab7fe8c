#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/counted.h"
#include "base/escape.h"
#include "bolt/page_map.h"
#include "dump-db/bolt_pages.h"
#include "dump-db/findings.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "output/table.h"

namespace etcdf::dump_db {
namespace {

// The database as it is through one of the meta pages.
struct Content {
  uint64_t errors = 0;  // of the whole structure check
  mvcc::Status status;
  // By bucket; nothing where damage hides some.
  std::map<std::string, std::optional<uint64_t>> rows;

  // Nothing if damage hides the last one.
  std::optional<int64_t> revision() const {
    return status.Knows(mvcc::kKeyBucket) ? std::optional(status.revision) : std::nullopt;
  }
};

std::optional<Content> ContentThrough(const bolt::File& file, int meta) {
  CountingSink sink(nullptr);
  const auto database = bolt::Database::Open(file, meta, sink);
  if (!database) return std::nullopt;
  Content content;
  const auto rows = ReadAllRows(**database, sink);
  for (size_t i = 0; i < rows.size(); ++i) {
    content.rows.emplace(Printable(AsText((*database)->bucket_names()[i])), rows[i]);
  }
  const bolt::PageMap map(**database, sink);
  mvcc::UnheardFindings unheard;  // the structure only is counted
  content.status =
      mvcc::ReadStatus({.database = **database, .file = file.path(), .findings = unheard});
  content.errors = sink.errors();
  return content;
}

struct BothMetas {
  const bolt::File& file;
  std::array<std::optional<Content>, 2> contents;

  const bolt::Meta& meta(int i) const { return file.metas()[static_cast<size_t>(i)]; }
  const std::optional<Content>& content(int i) const { return contents[static_cast<size_t>(i)]; }
};

// What going back to the meta page that etcd does not choose would cost.
struct Revert {
  int to = 0;
  // Revisions above the first, up to the last, are lost; if there are any, and both are known.
  std::optional<int64_t> revision_left;
  std::optional<int64_t> revision_now;

  bool is_known() const { return revision_left && revision_now; }
};

std::optional<Revert> RevertOf(const BothMetas& metas) {
  const auto chosen = metas.file.chosen_meta();
  if (!chosen) return std::nullopt;
  const auto& now = metas.content(*chosen);
  const auto& other = metas.content(1 - *chosen);
  if (!now || !other) return std::nullopt;
  return Revert{
      .to = 1 - *chosen, .revision_left = other->revision(), .revision_now = now->revision()};
}

std::string RevertText(const BothMetas& metas, const Revert& revert) {
  const std::string through = "through meta page " + std::to_string(revert.to) + " instead, ";
  if (metas.content(revert.to)->errors > 0) return through + "the database is damaged";
  if (!revert.is_known()) return through + "nobody knows what would be lost: rows are damaged";
  const auto range = [](int64_t above, int64_t last) {
    return std::to_string(above + 1) + " to " + std::to_string(last);
  };
  const int64_t left = *revert.revision_left;
  const int64_t now = *revert.revision_now;
  if (left < now) {
    return through + "the revisions " + range(left, now) + " would be lost";
  }
  if (left > now) {
    return through + "the revisions " + range(now, left) + " would be there, too";
  }
  return through + "no revision would be lost";
}

std::string ChoiceText(const BothMetas& metas) {
  const auto chosen = metas.file.chosen_meta();
  if (!chosen) return "etcd does not open the file: neither meta page is valid";
  return "etcd uses meta page " + std::to_string(*chosen);
}

template <typename Number>
std::string NumberText(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : "-";
}

void AddContentRows(output::Table& table, const BothMetas& metas) {
  const auto row = [&](std::string title, auto cell) {
    const auto of = [&](int i) { return metas.content(i) ? cell(*metas.content(i)) : "-"; };
    table.AddRow({std::move(title), of(0), of(1)});
  };
  row("errors", [](const Content& c) { return std::to_string(c.errors); });
  row("revision", [](const Content& c) { return NumberText(c.revision()); });
  row("consistent index", [](const Content& c) { return NumberText(c.status.consistent_index); });
  row("term", [](const Content& c) { return NumberText(c.status.term); });
  std::set<std::string> names;
  for (const auto& content : metas.contents) {
    if (!content) continue;
    for (const auto& [name, rows] : content->rows) names.insert(name);
  }
  for (const std::string& name : names) {
    row("rows in " + name, [&](const Content& c) {
      const auto found = c.rows.find(name);
      return found == c.rows.end() ? std::string("-") : NumberText(found->second);
    });
  }
}

std::string MetasText(const BothMetas& metas) {
  output::Table table({{.title = "META PAGE"},
                       {.title = "0", .align = output::Align::kRight},
                       {.title = "1", .align = output::Align::kRight}});
  const auto row = [&](std::string title, auto cell) {
    table.AddRow({std::move(title), cell(metas.meta(0)), cell(metas.meta(1))});
  };
  row("state", [](const bolt::Meta& m) { return std::string(bolt::MetaStateText(m.state)); });
  row("transaction", [](const bolt::Meta& m) { return std::to_string(m.txid); });
  row("page size", [](const bolt::Meta& m) { return std::to_string(m.page_size); });
  row("root page", [](const bolt::Meta& m) { return std::to_string(m.root); });
  row("freelist page", [](const bolt::Meta& m) {
    return m.freelist == bolt::kNoFreelist ? "none" : std::to_string(m.freelist);
  });
  row("high water mark", [](const bolt::Meta& m) { return std::to_string(m.high_water); });
  row("checksum", [](const bolt::Meta& m) { return FixedHex(m.checksum, 16); });
  row("computed", [](const bolt::Meta& m) { return FixedHex(m.computed_checksum, 16); });
  AddContentRows(table, metas);
  std::string text;
  table.Append(text);
  text += ChoiceText(metas) + "\n";
  if (const auto revert = RevertOf(metas)) text += RevertText(metas, *revert) + "\n";
  return text;
}

void WriteContent(output::JsonWriter& json, const Content& content) {
  json.Uint("errors", content.errors);
  if (const auto revision = content.revision()) {
    json.Int("revision", *revision);
  } else {
    json.Raw("revision", "null");
  }
  if (content.status.consistent_index) {
    json.Uint("consistent_index", *content.status.consistent_index);
  }
  if (content.status.term) json.Uint("term", *content.status.term);
  json.Name("rows");
  json.BeginObject();
  for (const auto& [name, rows] : content.rows) {
    json.Raw(name, rows ? std::to_string(*rows) : "null");
  }
  json.EndObject();
}

std::string MetasJson(const BothMetas& metas) {
  std::string text;
  output::JsonWriter json(text);
  for (int i = 0; i < 2; ++i) {
    json.BeginObject();
    json.Uint("meta", static_cast<uint64_t>(i));
    json.Bool("chosen", metas.file.chosen_meta() == i);
    WriteMetaJson(json, metas.meta(i));
    if (metas.content(i)) WriteContent(json, *metas.content(i));
    const auto revert = RevertOf(metas);
    const bool is_here = revert && revert->to == i && revert->is_known();
    if (is_here && *revert->revision_left < *revert->revision_now) {
      json.Int("lost_from_revision", *revert->revision_left + 1);
      json.Int("lost_to_revision", *revert->revision_now);
    }
    json.EndObject();
    json.EndLine();
  }
  return text;
}

// The tree of the meta page that etcd does not choose may have been written over in part, which is
// no damage: its pages were free by then.
void ReportErrors(const BothMetas& metas, FindingSink& findings) {
  const auto used = metas.file.best_meta();
  for (int i = 0; i < 2; ++i) {
    const auto& content = metas.content(i);
    if (!content || content->errors == 0) continue;
    const bool is_used = used == i;
    const std::string errors = Counted(content->errors, "error", "errors");
    findings.Report({.kind = is_used ? kMetasDamaged : kMetasOtherDamaged,
                     .file = metas.file.path(),
                     .offset = static_cast<uint64_t>(i) * metas.file.page_size(),
                     .what = "through meta page " + std::to_string(i) +
                             " the check of the database meets " + errors,
                     .consequence = is_used ? "dump-db check tells them"
                                            : "etcd does not read the database through it",
                     .figures = {{"errors", content->errors}}});
  }
}

}  // namespace

Result<void> Metas(const VerbContext& context) {
  const bolt::File& file = *context.evidence.bolt;
  const BothMetas metas{.file = file,
                        .contents = {ContentThrough(file, 0), ContentThrough(file, 1)}};
  context.out.Write(context.options.format == Format::kJson ? MetasJson(metas) : MetasText(metas));
  ReportErrors(metas, context.findings);
  return {};
}

}  // namespace etcdf::dump_db
