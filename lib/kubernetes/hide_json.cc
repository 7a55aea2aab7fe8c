#include "json/scanner.h"
#include "kubernetes/hide_forms.h"

namespace etcdf::kubernetes {
namespace {

using json::Token;

// The scanner is behind all that is overwritten.
class Hiding {
 public:
  Hiding(const LeafFiller& filler, std::span<uint8_t> text, JsonPart part)
      : filler_(filler),
        text_(text),
        is_object_(part == JsonPart::kObject),
        is_fields_(part == JsonPart::kFields),
        scanner_(AsText(text)) {}

  void Run() {
    for (;;) {
      const size_t begin = scanner_.offset();
      const Token token = scanner_.Next();
      if (token == Token::kEnd) return;
      if (token == Token::kFault) return filler_.Fill(text_.subspan(begin));
      Take(token);
    }
  }

 private:
  enum class Stay : uint8_t { kHidden, kOpen, kIfInKey };

  void Take(Token token) {
    if (fields_depth_ != 0 && scanner_.depth() < fields_depth_) fields_depth_ = 0;
    switch (token) {
      case Token::kName: return Name();
      case Token::kString: Text(); break;
      case Token::kNumber:
        for (uint8_t& c : Taken()) {
          if (c >= '0' && c <= '9') c = '1';
        }
        break;
      default: break;
    }
    stay_ = Stay::kHidden;
  }

  std::span<uint8_t> Taken() { return Within(text_, AsBytes(scanner_.text())); }

  void Name() {
    const std::string_view name = scanner_.text();
    const size_t depth = scanner_.depth();
    if (fields_depth_ == depth) fields_depth_ = 0;
    stay_ = Stay::kHidden;
    if (is_object_ && depth == 1) {
      is_metadata_ = name == "metadata";
      if (name == "apiVersion" || name == "kind") stay_ = Stay::kOpen;
    } else if (is_object_ && is_metadata_ && depth == 2) {
      if (name == "name" || name == "namespace") stay_ = Stay::kIfInKey;
    }
    if (is_fields_ || fields_depth_ != 0) return filler_.FillOwned(Taken());
    if (name == "fieldsV1") fields_depth_ = depth;
  }

  void Text() {
    if (stay_ == Stay::kOpen) return;
    if (stay_ == Stay::kIfInKey && filler_.IsInKey(scanner_.text())) return;
    filler_.Fill(Taken());
  }

  const LeafFiller& filler_;
  std::span<uint8_t> text_;
  bool is_object_;
  bool is_fields_;
  json::Scanner scanner_;
  bool is_metadata_ = false;  // the member of the root that the scanner is in
  size_t fields_depth_ = 0;   // of the name "fieldsV1", while the scanner is in its value
  Stay stay_ = Stay::kHidden;
};

}  // namespace

void HideJson(const LeafFiller& filler, std::span<uint8_t> text, JsonPart part) {
  Hiding(filler, text, part).Run();
}

}  // namespace etcdf::kubernetes
