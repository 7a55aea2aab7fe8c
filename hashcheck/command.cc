#include "hashcheck/command.h"

#include <algorithm>

#include "app/process.h"
#include "base/escape.h"
#include "cluster/comparison.h"
#include "cluster/findings.h"
#include "hashcheck/evidence.h"
#include "hashcheck/make_digest.h"
#include "hashcheck/options.h"
#include "hashcheck/report.h"
#include "hashcheck/roll_forward.h"
#include "hashcheck/views/views.h"
#include "hashcheck/views/words.h"
#include "io/new_file.h"
#include "restore/best_member.h"
#include "restore/findings.h"
#include "restore/put_back.h"

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
    case Format::kHtml: AppendHtmlPage(text, context); break;
  }
  return text;
}

// Whether one member may stand in the place of another, or of its own later self.
bool HasMisplacedCopy(const std::vector<std::unique_ptr<Member>>& members) {
  return std::ranges::any_of(members, [](const auto& member) {
    return std::ranges::any_of(member->findings.findings(), [](const Finding& finding) {
      return finding.kind.id == cluster::kMemberSameNodeMissing.id ||
             finding.kind.id == restore::kMemberPutBack.id;
    });
  });
}

// Of what the comparison says, if there is one. Members that agree may be damaged where nothing is
// compared.
ExitCode CodeFor(const ViewContext& context) {
  const bool compared = context.members.size() > 1;
  if (compared && context.comparison.verdict == Verdict::kDiverged) return ExitCode::kDamage;
  if (compared && context.comparison.verdict == Verdict::kUndecidable) {
    return HasMisplacedCopy(context.members) ? ExitCode::kDamage : ExitCode::kFailed;
  }
  if (!context.members.front()->readable()) return ExitCode::kFailed;
  const bool sound = std::ranges::all_of(context.members, [](const auto& member) {
    return app::ExitCodeFor(member->findings) == ExitCode::kSound;
  });
  return sound ? ExitCode::kSound : ExitCode::kDamage;
}

// Damage where etcd does not start from a member; a failure where there is none that it could.
ExitCode CodeFor(const restore::BestMember& best) {
  const auto is_stopped = [](const restore::Candidate& candidate) {
    return candidate.forecast() != nullptr &&
           (!candidate.is_usable() ||
            candidate.forecast()->worst() == restore::Weight::kStopsWithOthers);
  };
  if (std::ranges::any_of(best.candidates, is_stopped)) return ExitCode::kDamage;
  return best.best.empty() ? ExitCode::kFailed : ExitCode::kSound;
}

// What was found outweighs what cannot be told, and both that nothing was found.
ExitCode Weightier(ExitCode a, ExitCode b) {
  if (a == ExitCode::kDamage || b == ExitCode::kDamage) return ExitCode::kDamage;
  return std::max(a, b);
}

// What there is to see on stdout when the page is in its file.
std::string Summary(const ViewContext& context) {
  return VerdictSentence(context) + "\nThe page is in " + Printable(context.options.out) + "\n";
}

// Gets the snapshot that --pull asks for, which takes the place of the running member.
Result<void> Pull(const Options& options, std::vector<MemberArgument>& members) {
  if (options.pull.empty()) return {};
  const auto member = std::ranges::find_if(
      members, [](const MemberArgument& argument) { return live::IsEndpoint(argument.path); });
  auto client = live::Client::Open(member->path, options.gateway);
  if (!client) return Fail(std::move(client).error());
  if (auto pulled = client->PullSnapshot(options.pull); !pulled) {
    return Fail(std::move(pulled).error());
  }
  member->path = options.pull;
  return {};
}

std::vector<restore::Origin> FindOrigins(const std::vector<std::unique_ptr<Member>>& members) {
  std::vector<restore::Origin> origins;
  for (const auto& member : members) {
    const mvcc::Status& status = member->status;
    origins.push_back(restore::FindOrigin(
        member->log ? &*member->log : nullptr,
        member->has_database() ? member->database.database.get() : nullptr,
        {.applied = status.consistent_index.value_or(0), .revision = status.revision}));
  }
  return origins;
}

ExitCode RunInto(std::optional<io::NewFile> page, const Options& options, output::Sink& out,
                 output::Sink& err) {
  std::vector<MemberArgument> arguments = options.members;
  if (auto pulled = Pull(options, arguments); !pulled) return Failed(pulled.error(), err);
  std::vector<std::unique_ptr<Member>> members;
  for (const MemberArgument& argument : arguments) {
    members.push_back(OpenMember(argument, options.gateway));
  }
  // Before anything is rolled forward: an audit is about what is on disk.
  std::vector<MemberAudit> audits;
  const std::vector<restore::Origin> origins = FindOrigins(members);
  if (options.audit || (options.best_member && IsAuditCheap(members))) {
    audits = AuditMembers(members, options);
  }
  if (options.roll_forward) RollForward(members);
  const Comparison comparison = Compare(members);
  restore::CheckPutBack(members);
  std::vector<const audit::AuditReport*> reports;
  for (const MemberAudit& audit : audits) reports.push_back(&audit.report);
  std::optional<restore::BestMember> best;
  if (options.best_member) {
    best = restore::FindBestMember({.members = members,
                                    .comparison = comparison,
                                    .origins = origins,
                                    .audits = reports,
                                    .version = options.etcd_version});
  }
  for (const auto& member : members) {
    ReportFaults(*member);
    if (options.format == Format::kJson) continue;  // what was found is in the document
    ShowFindings(*member, options.quiet, out, err);
  }
  const ViewContext context{.options = options,
                            .members = members,
                            .comparison = comparison,
                            .audits = audits,
                            .best = best,
                            .origins = origins};
  std::string text = View(context);
  if (app::Interrupted()) return ExitCode::kInterrupted;
  if (page) {
    auto written = page->Append(AsBytes(text));
    if (written) written = page->Commit();
    if (!written) return Failed(written.error(), err);
    text = Summary(context);
  }
  out.Write(text);
  const ExitCode code = Weightier(CodeFor(context), ExitCodeOf(audits, options.audit));
  return best ? Weightier(code, CodeFor(*best)) : code;
}

ExitCode RunWith(const Options& options, output::Sink& out, output::Sink& err) {
  if (options.format != Format::kHtml) return RunInto(std::nullopt, options, out, err);
  auto page = io::NewFile::Create(options.out);  // first, as comparing may take long
  if (!page) return Failed(page.error(), err);
  return RunInto(*std::move(page), options, out, err);
}

}  // namespace

ExitCode Run(std::vector<std::string> args, output::Sink& out, output::Sink& err) {
  const auto parsed = ParseOptions(std::move(args));
  if (const auto* options = std::get_if<Options>(&parsed)) return RunWith(*options, out, err);
  if (const auto* options = std::get_if<DigestOptions>(&parsed)) {
    return MakeDigest(*options, out, err);
  }
  return app::Refuse(std::get<app::Refusal>(parsed), out, err);
}

}  // namespace etcdf::hashcheck
