#include "kubernetes/redaction.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.h"

namespace etcdf::kubernetes {
namespace {

using std::string_view_literals::operator""sv;

// A part of a value that is as long as this is no accident.
constexpr size_t kTellingBytes = 6;

std::span<Node> Within(Document& document, const Node& node) {
  return document.nodes().subspan(document.IndexOf(node), node.node_count);
}

void Close(std::span<Node> nodes) {
  for (Node& node : nodes) node.closed = true;
}

// What of a Secret's members says which one it is.
bool IsOpenMember(std::string_view name) {
  constexpr std::array kOpen = {"apiVersion"sv, "kind"sv, "metadata"sv, "type"sv, "immutable"sv};
  return std::ranges::find(kOpen, name) != kOpen.end();
}

class SecretCloser {
 public:
  explicit SecretCloser(Document& document) : document_(document) {}

  void Run(const Node& secret) {
    for (const Node& member : Children(secret)) {
      if (IsOpenMember(member.name)) continue;
      const bool is_data = member.name == "data";
      for (Node& node : Within(document_, member)) {
        node.closed = true;
        node.holds_base64 = is_data;
        Remember(node, is_data);
      }
    }
    const Node* const metadata = Member(secret, "metadata");
    if (metadata == nullptr) return;
    for (const Node& member : Children(*metadata)) {
      if (member.name.starts_with('@')) Close(Within(document_, member));
    }
    if (const Node* const annotations = Member(*metadata, "annotations")) Annotations(*annotations);
  }

 private:
  void Remember(const Node& node, bool is_data) {
    if (node.kind != NodeKind::kText && node.kind != NodeKind::kBytes) return;
    const std::string_view text = node.text();
    if (text.size() < kTellingBytes) return;
    told_.emplace_back(text);
    if (node.kind == NodeKind::kBytes) AppendBase64(told_.emplace_back(), AsBytes(text));
    std::vector<uint8_t> decoded;
    if (is_data && node.kind == NodeKind::kText && DecodeBase64(text, decoded) &&
        decoded.size() >= kTellingBytes) {
      told_.emplace_back(AsText(decoded));
    }
  }

  void Annotations(const Node& annotations) {
    for (const Node& annotation : Children(annotations)) {
      const bool repeats = annotation.name.ends_with("/last-applied-configuration") ||
                           std::ranges::any_of(told_, [&](const std::string& told) {
                             return annotation.text().find(told) != std::string_view::npos;
                           });
      if (repeats) Close(Within(document_, annotation));
    }
  }

  Document& document_;
  std::vector<std::string> told_;  // what the data says
};

// Leaves of objects that are not stored as a rule, but may be.
void CloseTokens(Document& document, const Node& object, std::string_view kind) {
  if (kind != "TokenRequest" && kind != "TokenReview") return;
  for (const std::string_view part : {"spec"sv, "status"sv}) {
    const Node* const holder = Member(object, part);
    if (const Node* const token = Member(holder, "token")) Close(Within(document, *token));
  }
}

}  // namespace

void CloseLeaves(Document& document, Disclosure disclosure, bool under_secrets) {
  if (disclosure == Disclosure::kOpen || document.empty()) return;
  if (disclosure == Disclosure::kAllClosed) return Close(document.nodes());
  const auto nodes = document.nodes();
  for (size_t at = 0; at < nodes.size(); ++at) {
    if (nodes[at].kind != NodeKind::kObject) continue;
    const std::string_view kind = TextOf(&nodes[at], "kind");
    const bool lost_its_kind = at == 0 && under_secrets && kind.empty();
    if (kind == "Secret" || lost_its_kind) {
      SecretCloser(document).Run(nodes[at]);
    } else if (!kind.empty()) {
      CloseTokens(document, nodes[at], kind);
    }
  }
  if (under_secrets && !document.root().is_container()) Close(document.nodes());
}

}  // namespace etcdf::kubernetes
