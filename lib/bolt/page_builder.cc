#include "bolt/page_builder.h"

#include <algorithm>
#include <span>

namespace etcdf::bolt {

void PageBuilder::Add(const Element& element, Bytes key, Bytes value) {
  elements_.push_back(element);
  data_ += AsText(key);
  data_ += AsText(value);
}

void PageBuilder::AddRow(Bytes key, Bytes value, bool is_bucket) {
  Add({.key_bytes = static_cast<uint32_t>(key.size()),
       .value_bytes = static_cast<uint32_t>(value.size()),
       .is_bucket = is_bucket},
      key, value);
}

void PageBuilder::AddChild(Bytes key, uint64_t child) {
  Add({.key_bytes = static_cast<uint32_t>(key.size()), .child = child}, key, {});
}

size_t PageBuilder::BytesOfFirst(size_t count) const {
  size_t bytes = kPageHeaderBytes + count * kElementBytes;
  for (const Element& element : std::span(elements_).first(count)) bytes += element.data_bytes();
  return bytes;
}

std::string PageBuilder::Take(size_t count, PageHeader header) {
  header.flags = flags_;
  header.count = static_cast<uint16_t>(count);
  std::string page = EncodePageHeader(header);
  size_t taken = 0;
  for (size_t i = 0; i < count; ++i) {
    const Element& element = elements_[i];
    const auto position = static_cast<uint32_t>((count - i) * kElementBytes + taken);
    taken += element.data_bytes();
    if (flags_ == kLeafPage) AppendLe(page, element.is_bucket ? kBucketElement : 0);
    AppendLe(page, position);
    AppendLe(page, element.key_bytes);
    if (flags_ == kLeafPage) {
      AppendLe(page, element.value_bytes);
    } else {
      AppendLe(page, element.child);
    }
  }
  page.append(data_, 0, taken);
  data_.erase(0, taken);
  elements_.erase(elements_.begin(), elements_.begin() + static_cast<ptrdiff_t>(count));
  return page;
}

}  // namespace etcdf::bolt
