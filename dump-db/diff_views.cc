#include "dump-db/diff_views.h"

#include <array>
#include <vector>

#include "base/counted.h"
#include "base/escape.h"
#include "dump-db/store.h"
#include "io/mapped_file.h"
#include "io/scratch.h"
#include "kubernetes/object.h"
#include "kubernetes/print.h"
#include "objects/filter.h"
#include "output/table.h"

namespace etcdf::dump_db {
namespace {

using objects::ChangeKind;

// Values are cut for the eye: JSON has all of them.
constexpr size_t kValueBytesShown = 100;

std::string ShortValue(const kubernetes::Node& value, const HashKey& ids) {
  std::string text;
  kubernetes::AppendJson(text, value, ids);
  if (text.size() <= kValueBytesShown) return text;
  size_t end = kValueBytesShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "... (" + Counted(text.size(), "byte", "bytes") + ")";
}

std::string ManagerText(const kubernetes::LastChange& by) {
  std::string text = "last manager " + PrintableKey(by.manager);
  if (!by.subresource.empty()) text += " (" + PrintableKey(by.subresource) + ")";
  if (!by.time.empty()) text += ", " + PrintableKey(by.time);
  return text;
}

void AppendPadded(std::string& text, const std::string& cell, size_t width) {
  text += cell;
  text.append(cell.size() < width ? width - cell.size() + 2 : 2, ' ');
}

void AppendTrimmed(std::string& text, const std::string& line) {
  text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

std::string Place(const DiffSide& side) {
  return Printable(side.path) + " at revision " + std::to_string(side.revision);
}

std::string Heading(const DiffTotals& totals) {
  return Place(totals.from) + " -> " + Place(totals.to) + "\n";
}

// "3 added, 1 removed, 2 changed; 4 more differ in ..."
std::string CountsText(const DiffTotals& totals, bool all_fields) {
  const DiffCounts& counts = totals.counts;
  std::string text = std::to_string(counts.added) + " added, " + std::to_string(counts.removed) +
                     " removed, " + std::to_string(counts.changed) + " changed";
  if (counts.only_status > 0) {
    text += "; " + Counted(counts.only_status, "object differs", "objects differ") +
            " in status or managed fields alone";
    if (!all_fields) text += " (--all-fields)";
  }
  if (counts.rewritten > 0) {
    text += "; " + Counted(counts.rewritten, "key was", "keys were") +
            " written again with the same content";
  }
  if (counts.not_opened > 0) {
    text += "; " + Counted(counts.not_opened, "key is", "keys are") +
            " encrypted and stored differently: it cannot be told if the content differs";
  }
  text += "\n";
  for (const DiffSide* const side : {&totals.from, &totals.to}) {
    if (side->is_whole) continue;
    text += "damage hides rows of " + Printable(side->path) +
            ": what is listed may be missing for that alone, and more may differ\n";
  }
  return text;
}

// A line for each change as it comes; what changed within objects follows after the last one, and
// waits in a scratch file.
class TextDiff : public DiffView {
 public:
  TextDiff(const Options& options, output::Sink& out)
      : all_fields_(options.all_fields), scratch_(options.temporary_dir), lines_(out), out_(out) {}

  void Begin(const DiffTotals& totals) override { lines_.text += Heading(totals); }

  bool Show(const DiffItem& item) override {
    const objects::Change& change = item.change;
    std::string line = " ";
    AppendPadded(line, std::string(ChangeWord(change.kind)), 10);
    AppendPadded(line, DiffKind(item), 20);
    std::string notes;
    if (!change.fields.empty()) notes = Counted(change.fields.size(), "field", "fields");
    if (change.by) notes += (notes.empty() ? "" : ", ") + ManagerText(*change.by);
    AppendPadded(line, DiffName(item), notes.empty() ? 0 : 44);
    AppendTrimmed(lines_.text, line + notes);
    if (!change.fields.empty()) AppendFields(item);
    return lines_.EndLine();
  }

  Result<void> Finish(const DiffTotals& totals) override {
    lines_.text += CountsText(totals, all_fields_);
    if (failure_) return Fail(*failure_);
    out_.Write(lines_.text);
    lines_.text.clear();
    if (!details_) {
      out_.Write(waiting_);
      return {};
    }
    Spill();
    if (failure_) return Fail(*failure_);
    const auto content = scratch_.Finish(*std::move(details_));
    if (!content) return Fail(content.error());
    const auto mapped = io::MappedFile::Open("what changed", *content);
    if (!mapped) return Fail(mapped.error());
    out_.Write(AsText(mapped->bytes()));
    return {};
  }

 private:
  static constexpr size_t kWaitingBytesMax = 1 << 20;

  void AppendFields(const DiffItem& item) {
    std::string& text = waiting_;
    const auto revision = [](const std::optional<mvcc::KeyRow>& row) {
      return std::to_string(row ? row->at.revision.main : 0);
    };
    text += "\n" + DiffKind(item) + " " + DiffName(item) + ", revision " +
            revision(item.rows.from) + " -> " + revision(item.rows.to) + "\n";
    for (const kubernetes::FieldChange& field : item.change.fields) {
      text += "  " + Printable(field.path) + ": ";
      if (field.from == nullptr) {
        text += "added " + ShortValue(*field.to, item.ids);
      } else if (field.to == nullptr) {
        text += "removed " + ShortValue(*field.from, item.ids);
      } else {
        text += ShortValue(*field.from, item.ids) + " -> " + ShortValue(*field.to, item.ids);
      }
      text += '\n';
    }
    if (text.size() > kWaitingBytesMax) Spill();
  }

  void Spill() {
    if (failure_) return waiting_.clear();
    if (!details_) {
      auto created = scratch_.Create();
      if (!created) return Note(created.error());
      details_.emplace(*std::move(created));
    }
    const auto appended = scratch_.Append(*details_, AsBytes(waiting_));
    waiting_.clear();
    if (!appended) Note(appended.error());
  }
  void Note(const Error& error) {
    failure_ = error;
    waiting_.clear();
  }

  bool all_fields_;
  io::Scratch scratch_;
  std::optional<io::ScratchFile> details_;
  std::string waiting_;  // what is not in the scratch file yet
  std::optional<Error> failure_;
  LineWriter lines_;
  output::Sink& out_;
};

// The columns of a change, as they come.
class TableDiff : public DiffView {
 public:
  TableDiff(const Options& options, output::Sink& out)
      : all_fields_(options.all_fields), lines_(out) {}

  void Begin(const DiffTotals& /*totals*/) override {
    Append({"CHANGE", "KIND", "NAMESPACE", "NAME", "FROM", "TO", "FIELDS", "BY"});
  }
  bool Show(const DiffItem& item) override {
    const auto revision = [](const std::optional<mvcc::KeyRow>& row) {
      return row ? std::to_string(row->at.revision.main) : std::string("-");
    };
    const kubernetes::Summary& summary = item.change.any().summary;
    const std::string name_space(summary.name_space);
    Append({std::string(ChangeWord(item.change.kind)), DiffKind(item),
            name_space.empty() ? "-" : PrintableKey(name_space),
            PrintableKey(summary.name.empty() ? AsText(item.rows.any().kv.key) : summary.name),
            revision(item.rows.from), revision(item.rows.to),
            std::to_string(item.change.fields.size()),
            item.change.by ? PrintableKey(item.change.by->manager) : "-"});
    return lines_.EndLine();
  }
  Result<void> Finish(const DiffTotals& totals) override {
    lines_.text += CountsText(totals, all_fields_);
    return {};
  }

 private:
  static constexpr std::array<size_t, 8> kWidths = {10, 20, 20, 44, 9, 9, 6, 0};

  void Append(const std::array<std::string, 8>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) AppendPadded(line, cells[i], kWidths[i]);
    AppendTrimmed(lines_.text, line);
  }

  bool all_fields_;
  LineWriter lines_;
};

class JsonDiff : public DiffView {
 public:
  JsonDiff(const Options& options, output::Sink& out)
      : is_yaml_(options.format == Format::kYaml), summary_(options.summary), lines_(out) {}

  bool Show(const DiffItem& item) override {
    if (!summary_) {
      AppendDiffJson(text_, item);
      Pass();
    }
    return lines_.EndLine();
  }
  Result<void> Finish(const DiffTotals& totals) override {
    AppendDiffGroupsJson(text_, totals);
    Pass();
    AppendDiffTotalsJson(text_, totals);
    Pass();
    return {};
  }

 private:
  // Hands over the lines of text_, in the format that is asked for.
  void Pass() {
    if (!is_yaml_) {
      lines_.text += text_;
      text_.clear();
      return;
    }
    for (size_t begin = 0; begin < text_.size();) {
      const size_t end = text_.find('\n', begin);
      reader_.Read(AsBytes(std::string_view(text_).substr(begin, end - begin)));
      lines_.text += "---\n";
      kubernetes::AppendYaml(lines_.text, reader_.document().root(), {});
      begin = end + 1;
    }
    text_.clear();
  }

  bool is_yaml_;
  bool summary_;
  std::string text_;
  kubernetes::ObjectReader reader_;
  LineWriter lines_;
};

class SummaryDiff : public DiffView {
 public:
  SummaryDiff(const Options& options, output::Sink& out)
      : all_fields_(options.all_fields), out_(out) {}

  bool Show(const DiffItem& /*item*/) override { return true; }
  Result<void> Finish(const DiffTotals& totals) override {
    using output::Align;
    output::Table table({{"KIND"},
                         {"NAMESPACE"},
                         {"ADDED", Align::kRight},
                         {"REMOVED", Align::kRight},
                         {"CHANGED", Align::kRight},
                         {"STATUS ALONE", Align::kRight}});
    for (const auto& [group, counts] : totals.groups) {
      table.AddRow({PrintableKey(group.first),
                    group.second.empty() ? "-" : PrintableKey(group.second),
                    std::to_string(counts.added), std::to_string(counts.removed),
                    std::to_string(counts.changed), std::to_string(counts.only_status)});
    }
    std::string text = Heading(totals);
    if (!totals.groups.empty()) table.Append(text);
    out_.Write(text + CountsText(totals, all_fields_));
    return {};
  }

 private:
  bool all_fields_;
  output::Sink& out_;
};

}  // namespace

void DiffCounts::Add(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded: ++added; break;
    case ChangeKind::kRemoved: ++removed; break;
    case ChangeKind::kChanged: ++changed; break;
    case ChangeKind::kOnlyStatus: ++only_status; break;
    case ChangeKind::kRewritten: ++rewritten; break;
    case ChangeKind::kNotOpened: ++not_opened; break;
  }
}

std::string_view ChangeWord(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdded: return "added";
    case ChangeKind::kRemoved: return "removed";
    case ChangeKind::kChanged:
    case ChangeKind::kOnlyStatus: return "changed";
    case ChangeKind::kRewritten: return "rewritten";
    case ChangeKind::kNotOpened: return "not opened";
  }
  return "";
}

std::string DiffKind(const DiffItem& item) {
  const std::string_view kind = item.change.any().summary.kind;
  if (!kind.empty()) return PrintableKey(kind);
  const std::string resource = objects::ResourceOf(AsText(item.rows.any().kv.key));
  return resource.empty() ? "-" : "(" + PrintableKey(resource) + ")";
}

std::string DiffName(const DiffItem& item) {
  const kubernetes::Summary& summary = item.change.any().summary;
  if (summary.name.empty()) return PrintableKey(AsText(item.rows.any().kv.key));
  const std::string name = PrintableKey(summary.name);
  return summary.name_space.empty() ? name : PrintableKey(summary.name_space) + "/" + name;
}

std::unique_ptr<DiffView> NewDiffView(const Options& options, output::Sink& out) {
  if (options.format == Format::kJson || options.format == Format::kYaml) {
    return std::make_unique<JsonDiff>(options, out);
  }
  if (options.summary) return std::make_unique<SummaryDiff>(options, out);
  if (options.format == Format::kTable) return std::make_unique<TableDiff>(options, out);
  return std::make_unique<TextDiff>(options, out);
}

}  // namespace etcdf::dump_db
