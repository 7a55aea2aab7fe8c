#include <algorithm>
#include <optional>
#include <set>

#include "base/escape.h"
#include "checksum/fingerprint.h"
#include "hashcheck/views/html/page.h"
#include "hashcheck/views/words.h"
#include "output/html.h"

namespace etcdf::hashcheck {
namespace {

using compare::LogPicture;
using compare::TermRun;

// A column of the picture: indexes in which nothing changes on any member, but for the first, which
// takes in whatever came before when there is too much to draw.
struct Column {
  uint64_t first = 0;
  uint64_t last = 0;
};

// What a member has there. Neighbours that are equal are drawn as one bar.
struct Cell {
  std::string css;
  std::string text;

  friend bool operator==(const Cell&, const Cell&) = default;
};

std::string IndexText(const Column& column) {
  return column.first == column.last
             ? std::to_string(column.first)
             : std::to_string(column.first) + ".." + std::to_string(column.last);
}

class Picture {
 public:
  Picture(std::string& out, const Group& comparison) : out_(out), comparison_(comparison) {
    FindColumns();
    for (const LogPicture& log : comparison.logs.pictures) {
      for (const TermRun& run : log.live) terms_.insert(run.term);
    }
  }

  void Write() {
    if (columns_.empty()) return;
    BeginTable(out_, "Terms by raft index, by member", "log");
    out_ += R"(<thead><tr><th scope="col">INDEX</th>)";
    for (const Column& column : columns_)
      AppendElement(out_, R"(th scope="col")", IndexText(column));
    out_ += "</tr></thead>\n<tbody>\n";
    for (size_t i = 0; i < comparison_.logged.size(); ++i) WriteMember(i);
    out_ += "</tbody>";
    EndTable(out_);
  }

 private:
  static constexpr size_t kMaxColumns = 40;

  // Every index at which something begins, on any member.
  void FindColumns() {
    std::set<uint64_t> begins;
    uint64_t last = 0;
    const auto add = [&](const TermRun& run) {
      begins.insert(run.index_first);
      if (run.index_last < UINT64_MAX) begins.insert(run.index_last + 1);
      last = std::max(last, run.index_last);
    };
    for (const LogPicture& log : comparison_.logs.pictures) {
      std::ranges::for_each(log.live, add);
      std::ranges::for_each(log.superseded, add);
      if (!log.live.empty() && log.committed < log.live.back().index_last &&
          log.committed >= log.live.front().index_first) {
        begins.insert(log.committed + 1);
      }
    }
    std::vector<uint64_t> starts(begins.begin(), begins.upper_bound(last));
    if (starts.size() > kMaxColumns) {
      starts.erase(starts.begin() + 1, starts.end() - static_cast<ptrdiff_t>(kMaxColumns) + 1);
    }
    for (size_t i = 0; i < starts.size(); ++i) {
      columns_.push_back(
          {.first = starts[i], .last = i + 1 == starts.size() ? last : starts[i + 1] - 1});
    }
  }

  std::string TermClass(uint64_t term) const {
    constexpr size_t kColours = 6;
    const auto rank = std::distance(terms_.begin(), terms_.lower_bound(term));
    return "term" + std::to_string(static_cast<size_t>(rank) % kColours);
  }

  // The runs that have an index in the column.
  static std::vector<TermRun> RunsIn(const Column& column, const std::vector<TermRun>& runs) {
    std::vector<TermRun> found;
    for (const TermRun& run : runs) {
      if (run.index_first <= column.last && run.index_last >= column.first) found.push_back(run);
    }
    return found;
  }

  Cell LiveCell(const Column& column, const LogPicture& log) const {
    const std::vector<TermRun> runs = RunsIn(column, log.live);
    if (runs.empty()) {
      const bool within =
          column.first > log.live.front().index_first && column.last < log.live.back().index_last;
      return within ? Cell{.css = "gap", .text = "missing"} : Cell{.css = "none", .text = ""};
    }
    const bool committed = column.last <= log.committed;
    const std::string state = committed ? "" : ", commit not known";
    if (runs.size() > 1) {
      return {.css = committed ? "run" : "run open",
              .text = Counted(runs.size(), "run", "runs") + " of terms" + state};
    }
    return {.css = (committed ? "run " : "run open ") + TermClass(runs.front().term),
            .text = "term " + std::to_string(runs.front().term) + state};
  }

  static Cell SupersededCell(const Column& column, const LogPicture& log) {
    std::set<uint64_t> terms;
    for (const TermRun& run : RunsIn(column, log.superseded)) terms.insert(run.term);
    if (terms.empty()) return {.css = "none", .text = ""};
    std::string text = "term ";
    for (const uint64_t term : terms) {
      text += (term == *terms.begin() ? "" : ", ") + std::to_string(term);
    }
    return {.css = "over", .text = text};
  }

  void WriteMember(size_t member) {
    const LogPicture& log = comparison_.logs.pictures[member];
    const std::string& name = comparison_.logged[member]->name;
    if (log.live.empty()) {
      out_ += "<tr>";
      AppendElement(out_, R"(th scope="row")", name);
      AppendElement(out_, "td class=\"none\" colspan=\"" + std::to_string(columns_.size()) + "\"",
                    "no log");
      out_ += "</tr>\n";
      return;
    }
    WriteRow(name, [&](const Column& column) { return LiveCell(column, log); });
    if (!log.superseded.empty()) {
      WriteRow(name + ", overwritten",
               [&](const Column& column) { return SupersededCell(column, log); });
    }
  }

  template <typename CellOf>
  void WriteRow(const std::string& title, CellOf cell_of) {
    out_ += "<tr>";
    AppendElement(out_, R"(th scope="row")", title);
    for (size_t i = 0; i < columns_.size();) {
      const Cell cell = cell_of(columns_[i]);
      size_t span = 1;
      while (i + span < columns_.size() && cell_of(columns_[i + span]) == cell) ++span;
      AppendElement(out_, "td class=\"" + cell.css + "\" colspan=\"" + std::to_string(span) + "\"",
                    cell.text);
      i += span;
    }
    out_ += "</tr>\n";
  }

  std::string& out_;
  const Group& comparison_;
  std::vector<Column> columns_;
  std::set<uint64_t> terms_;  // a term's colour is by its rank
};

// The entries that differ, at the index that matters most.
void AppendConflict(std::string& out, const Group& comparison) {
  const compare::LogComparison& logs = comparison.logs;
  const compare::LogConflict& conflict =
      logs.first_broken_promise ? *logs.first_broken_promise : *logs.first_conflict;
  BeginTable(out, "The entries at index " + std::to_string(conflict.index), "entries");
  out += R"(<thead><tr><th scope="col">MEMBER</th><th scope="col">TERM</th>)"
         R"(<th scope="col">COMMITTED</th><th scope="col">DATA</th></tr></thead>)"
         "\n<tbody>\n";
  for (const compare::EntrySide& side : conflict.sides) {
    const Bytes data = side.entry.entry.data;
    out += "<tr>";
    AppendElement(out, R"(th scope="row")", comparison.logged[side.member]->name);
    AppendElement(out, R"(td class="number")", std::to_string(side.entry.entry.term));
    AppendElement(out, "td", side.committed ? "yes" : "not known");
    out += "<td>";
    AppendElement(out, "code", Counted(data.size(), "byte ", "bytes ") + FingerprintText(data));
    out += "</td></tr>\n";
  }
  out += "</tbody>";
  EndTable(out);
}

}  // namespace

void AppendLogPicture(std::string& out, const ViewContext& context) {
  const compare::LogComparison& logs = context.group().logs;
  AppendElement(out, "h2", "Raft logs");
  if (logs.verdict == compare::LogVerdict::kNotCompared) {
    AppendElement(
        out, "p",
        "Not compared entry by entry: no two members have a log with an index in common.");
  } else {
    AppendElement(out, "p", "The raft logs " + LogText(logs) + ".");
  }
  if (logs.pictures.empty()) return;
  Picture(out, context.group()).Write();
  if (logs.verdict == compare::LogVerdict::kDifferent) AppendConflict(out, context.group());
  for (size_t i = 0; i < logs.pictures.size(); ++i) {
    if (logs.pictures[i].doubtful == 0) continue;
    AppendElement(out, "p class=\"note\"",
                  Printable(context.group().logged[i]->name) + ": " +
                      Counted(logs.pictures[i].doubtful, "entry is", "entries are") +
                      " left out, as damage makes them doubtful");
  }
}

}  // namespace etcdf::hashcheck
