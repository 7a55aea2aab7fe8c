#include "kubernetes/closed_leaf.h"

#include <bit>
#include <vector>

#include "base/escape.h"

namespace etcdf::kubernetes {
namespace {

std::string PlainText(const Node& leaf) {
  switch (leaf.kind) {
    case NodeKind::kBool: return leaf.word != 0 ? "true" : "false";
    case NodeKind::kInteger: return std::to_string(std::bit_cast<int64_t>(leaf.word));
    case NodeKind::kUnsigned: return std::to_string(leaf.word);
    default: return std::string(leaf.text());
  }
}

}  // namespace

ClosedLeaf CloseLeaf(const Node& leaf, const HashKey& ids) {
  const std::string text = PlainText(leaf);
  std::vector<uint8_t> decoded;
  const bool is_base64 =
      leaf.kind == NodeKind::kText && leaf.holds_base64 && DecodeBase64(text, decoded);
  const Bytes bytes = is_base64 ? Bytes(decoded) : AsBytes(text);
  return {bytes.size(), KeyedHashText(ids, bytes)};
}

}  // namespace etcdf::kubernetes
