#include "hashcheck/audit_words.h"
#include "hashcheck/best_member_words.h"
#include "hashcheck/html_page.h"

namespace etcdf::hashcheck {

void AppendAudits(std::string& out, const ViewContext& context) {
  if (!context.options.audit) return;
  AppendElement(out, "h2", "Each member against its own log");
  for (const AuditStory& story : TellAudits(context)) {
    AppendElement(out, "h3", story.Names());
    out += "<ul class=\"audit\">\n";
    for (const Point& point : story.points) {
      AppendElement(out, "li", point.headline);
      if (point.details.empty()) continue;
      out += "<li><ul>\n";
      for (const std::string& detail : point.details) AppendElement(out, "li", detail);
      out += "</ul></li>\n";
    }
    out += "</ul>\n";
  }
}

void AppendBestMember(std::string& out, const ViewContext& context) {
  if (!context.best) return;
  const Point point = TellBestMember(*context.best, context.options);
  AppendElement(out, "h2", "Which member to restore from");
  AppendElement(out, "p", point.headline);
  out += "<ul>\n";
  for (const std::string& detail : point.details) AppendElement(out, "li", detail);
  out += "</ul>\n";
}

}  // namespace etcdf::hashcheck
