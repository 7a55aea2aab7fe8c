#include "delta/chain.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace etcdf::delta {
namespace {

// The next number, up to a dash or the end; nothing where there is none.
std::optional<uint64_t> TakeNumber(std::string_view& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

bool TakeDash(std::string_view& text) {
  const bool is_there = text.starts_with('-');
  if (is_there) text.remove_prefix(1);
  return is_there;
}

}  // namespace

std::optional<LinkName> ParseLinkName(std::string_view file_name) {
  const bool is_full = file_name.starts_with("Full-");
  if (!is_full && !file_name.starts_with("Incr-")) return std::nullopt;
  file_name.remove_prefix(5);
  const auto first = TakeNumber(file_name);
  if (!first || !TakeDash(file_name)) return std::nullopt;
  const auto last = TakeNumber(file_name);
  if (!last || !TakeDash(file_name)) return std::nullopt;
  const auto created = TakeNumber(file_name);
  const bool ends_well = file_name.empty() || file_name.starts_with('.');
  if (!created || !ends_well || *last > INT64_MAX || *created > INT64_MAX) return std::nullopt;
  return LinkName{.is_full = is_full,
                  .revision_first = *first,
                  .revision_last = *last,
                  .created = static_cast<int64_t>(*created)};
}

std::vector<size_t> FindChain(const std::vector<std::string>& file_names) {
  std::vector<std::pair<LinkName, size_t>> links;
  for (size_t i = 0; i < file_names.size(); ++i) {
    if (const auto name = ParseLinkName(file_names[i])) links.emplace_back(*name, i);
  }
  const auto by_revision = [](const auto& link) {
    return std::pair(link.first.revision_last, link.first.created);
  };
  const auto is_full = [](const auto& link) { return link.first.is_full; };
  const auto before_fulls = std::ranges::partition(links, is_full);
  const auto fulls = std::ranges::subrange(links.begin(), before_fulls.begin());
  if (fulls.empty()) return {};
  const auto newest = std::ranges::max_element(fulls, {}, by_revision);
  std::vector<std::pair<LinkName, size_t>> later;
  for (const auto& link : before_fulls) {
    if (link.first.revision_last > newest->first.revision_last) later.push_back(link);
  }
  std::ranges::sort(later, {}, [](const auto& link) {
    return std::pair(link.first.revision_first, link.first.created);
  });
  std::vector<size_t> chain{newest->second};
  for (const auto& link : later) chain.push_back(link.second);
  return chain;
}

std::vector<backend::Row> Rows::All() const {
  std::vector<backend::Row> rows;
  rows.reserve(sizes_.size());
  const Bytes bytes = AsBytes(bytes_);
  size_t at = 0;
  for (const Size& size : sizes_) {
    rows.push_back(
        {.key = bytes.subspan(at, size.key), .value = bytes.subspan(at + size.key, size.value)});
    at += size.key + size.value;
  }
  return rows;
}

}  // namespace etcdf::delta
