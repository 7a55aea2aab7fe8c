#include "snapshot-status/command.h"

#include <utility>
#include <variant>

#include "app/process.h"
#include "base/escape.h"
#include "describe/finding.h"
#include "member/open.h"
#include "snapshot-status/backups.h"
#include "snapshot-status/layout.h"
#include "snapshot-status/options.h"
#include "snapshot-status/survey.h"

namespace etcdf::snapshot_status {
namespace {

using app::ExitCode;

// Passes findings on, and keeps in mind whether one of them says what is damaged.
class DamageSink : public FindingSink {
 public:
  explicit DamageSink(FindingSink& next) : next_(next) {}
  void Report(Finding finding) override {
    met_ = met_ || finding.kind.severity == Severity::kDamage;
    next_.Report(std::move(finding));
  }
  bool met() const { return met_; }

 private:
  FindingSink& next_;
  bool met_ = false;
};

ExitCode RunWith(const Options& options, output::Sink& out, output::Sink& err) {
  const bool is_folder =
      options.paths.size() == 1 && member::IsFolderOfFiles(options.paths.front());
  if (is_folder) return ShowBackups(options.paths.front(), options, out, err);
  FindingList findings;
  using describe::FindingPrinter;
  FindingPrinter printer(FindingPrinter::FormFor(options.format == Format::kJson, options.quiet),
                         out, err);
  std::vector<Survey> surveys;
  bool all_read = true;
  for (const std::string& path : options.paths) {
    DamageSink damage(findings);
    auto survey = SurveyFile(path, options, damage);
    printer.ShowNew(findings);
    if (app::Interrupted()) return ExitCode::kInterrupted;
    if (survey) {
      surveys.push_back(*std::move(survey));
    } else {
      // Damaged beyond reading is an answer, which the findings give.
      all_read = all_read && survey.error().code == ErrorCode::kMalformed && damage.met();
      std::string message = "snapshot-status: " + Printable(survey.error().Message());
      if (survey.error().code == ErrorCode::kWrongKind) {
        message += "; a database, a data directory or a .snap file is wanted";
      }
      err.Write(message + "\n");
    }
  }
  std::string text;
  AppendSurveys(text, surveys, options);
  out.Write(text);
  printer.ShowSuppressed(findings);
  return all_read ? app::ExitCodeFor(findings) : ExitCode::kFailed;
}

}  // namespace

ExitCode Run(std::vector<std::string> args, output::Sink& out, output::Sink& err) {
  const auto parsed = ParseOptions(std::move(args));
  if (const auto* options = std::get_if<Options>(&parsed)) return RunWith(*options, out, err);
  return app::Refuse(std::get<app::Refusal>(parsed), out, err);
}

}  // namespace etcdf::snapshot_status
