#include "hashcheck/report.h"

#include "base/escape.h"
#include "describe/finding.h"

namespace etcdf::hashcheck {

app::ExitCode Failed(const Error& error, output::Sink& err) {
  err.Write("hashcheck: " + Printable(error.Message()) + "\n");
  return app::ExitCode::kFailed;
}

void ShowFindings(const Member& member, bool quiet, output::Sink& out, output::Sink& err) {
  using Form = describe::FindingPrinter::Form;
  if (const auto& error = member.error()) Failed(*error, err);
  describe::FindingPrinter printer(quiet ? Form::kQuiet : Form::kText, out, err);
  printer.ShowNew(member.findings);
  printer.ShowSuppressed(member.findings);
}

}  // namespace etcdf::hashcheck
