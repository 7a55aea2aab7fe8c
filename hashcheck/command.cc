#include "hashcheck/command.h"

#include "app/process.h"
#include "base/escape.h"
#include "describe/finding.h"
#include "hashcheck/comparison.h"
#include "hashcheck/evidence.h"
#include "hashcheck/options.h"
#include "hashcheck/views.h"

namespace etcdf::hashcheck {
namespace {

using app::ExitCode;

std::string View(const ViewContext& context) {
  std::string text;
  switch (context.options.format) {
    case Format::kText:
      AppendMemberTable(text, context);
      AppendStory(text, context);
      break;
    case Format::kTable: AppendMemberTable(text, context); break;
    case Format::kJson: AppendJson(text, context); break;
    case Format::kFields: AppendFields(text, context); break;
  }
  return text;
}

void ShowFindings(const std::vector<std::unique_ptr<Member>>& members, const Options& options,
                  output::Sink& out, output::Sink& err) {
  if (options.format == Format::kJson) return;  // they are in the document
  using Form = describe::FindingPrinter::Form;
  for (const auto& member : members) {
    if (!member->readable()) {
      err.Write("hashcheck: " + Printable(member->unreadable->Message()) + "\n");
    }
    describe::FindingPrinter printer(options.quiet ? Form::kQuiet : Form::kText, out, err);
    printer.ShowNew(member->findings);
    printer.ShowSuppressed(member->findings);
  }
}

ExitCode CodeFor(Verdict verdict) {
  switch (verdict) {
    case Verdict::kConsistent: return ExitCode::kSound;
    case Verdict::kDiverged: return ExitCode::kDamage;
    case Verdict::kUndecidable: return ExitCode::kFailed;
  }
  return ExitCode::kFailed;
}

ExitCode RunWith(const Options& options, output::Sink& out, output::Sink& err) {
  std::vector<std::unique_ptr<Member>> members;
  for (const MemberArgument& argument : options.members) members.push_back(OpenMember(argument));
  const Comparison comparison = Compare(members);
  for (const auto& member : members) {
    member->database.ReportFaults(member->findings);
    if (member->log) member->log->ReportFaults(member->findings);
  }
  ShowFindings(members, options, out, err);
  out.Write(View({.options = options, .members = members, .comparison = comparison}));
  if (app::Interrupted()) return ExitCode::kInterrupted;
  return CodeFor(comparison.verdict);
}

}  // namespace

ExitCode Run(std::vector<std::string> args, output::Sink& out, output::Sink& err) {
  const auto parsed = ParseOptions(std::move(args));
  if (const auto* options = std::get_if<Options>(&parsed)) return RunWith(*options, out, err);
  return app::Refuse(std::get<app::Refusal>(parsed), out, err);
}

}  // namespace etcdf::hashcheck
