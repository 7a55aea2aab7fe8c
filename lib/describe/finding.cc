#include "describe/finding.h"

#include "output/json_writer.h"

namespace etcdf::describe {

void AppendFindingJson(std::string& out, const Finding& finding) {
  output::JsonWriter json(out);
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
  json.EndLine();
}

}  // namespace etcdf::describe
