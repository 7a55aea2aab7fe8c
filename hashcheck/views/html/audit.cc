#include "hashcheck/views/audit_words.h"
#include "hashcheck/views/best_member_words.h"
#include "hashcheck/views/html/page.h"
#include "output/html.h"

namespace etcdf::hashcheck {
namespace {

void AppendList(std::string& out, const std::vector<std::string>& texts) {
  out += "<ul>\n";
  for (const std::string& text : texts) AppendElement(out, "li", text);
  out += "</ul>\n";
}

// Each point with what belongs to it below.
void AppendPoints(std::string& out, const std::vector<Point>& points) {
  out += "<ul class=\"audit\">\n";
  for (const Point& point : points) {
    out += "<li>";
    output::AppendHtml(out, point.headline);
    if (!point.details.empty()) AppendList(out, point.details);
    out += "</li>\n";
  }
  out += "</ul>\n";
}

}  // namespace

void AppendAudits(std::string& out, const ViewContext& context) {
  if (!context.options.audit) return;
  AppendElement(out, "h2", "Each member against its own log");
  for (const AuditStory& story : TellAudits(context)) {
    AppendElement(out, "h3", story.Names());
    AppendPoints(out, story.points);
  }
}

void AppendBestMember(std::string& out, const ViewContext& context) {
  if (!context.best) return;
  const BestMemberStory story = TellBestMember(*context.best, context.origins);
  AppendElement(out, "h2", "Which member to restore from");
  AppendElement(out, "p class=\"choice\"", story.headline);
  AppendPoints(out, story.members);
  AppendPoints(out, {{.headline = "What to do", .details = story.plan}});
}

}  // namespace etcdf::hashcheck
