#include "describe/finding.h"

#include "base/counted.h"

namespace etcdf::describe {

void WriteFindingJson(output::JsonWriter& json, const Finding& finding) {
  json.BeginObject();
  json.Text("finding", finding.kind.id);
  json.Text("severity", SeverityName(finding.kind.severity));
  json.Text("file", finding.file);
  if (finding.offset) json.Uint("offset", *finding.offset);
  if (finding.length) json.Uint("length", *finding.length);
  json.Text("what", finding.what);
  if (!finding.consequence.empty()) json.Text("consequence", finding.consequence);
  for (const FindingFigure& figure : finding.figures) json.Uint(figure.name, figure.value);
  json.EndObject();
}

void AppendFindingJson(std::string& out, const Finding& finding) {
  output::JsonWriter json(out);
  WriteFindingJson(json, finding);
  json.EndLine();
}

void FindingPrinter::ShowNew(const FindingList& list) {
  std::string text;
  for (; shown_ < list.findings().size(); ++shown_) {
    const Finding& finding = list.findings()[shown_];
    if (form_ == Form::kJson) {
      AppendFindingJson(text, finding);
    } else {
      text += FindingText(finding) + "\n";
    }
  }
  if (form_ != Form::kQuiet && !text.empty()) sink_.Write(text);
}

void FindingPrinter::ShowSuppressed(const FindingList& list) {
  if (list.suppressed() == 0) return;
  if (form_ == Form::kJson) {
    sink_.Write("{\"findings_not_listed\":" + std::to_string(list.suppressed()) + "}\n");
  } else if (form_ == Form::kText) {
    sink_.Write(Counted(list.suppressed(), "more finding of these kinds is",
                        "more findings of these kinds are") +
                " not listed\n");
  }
}

}  // namespace etcdf::describe
