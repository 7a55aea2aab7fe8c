#include "dating/shown_times.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "kubernetes/texts.h"

namespace etcdf::dating {
namespace {

using kubernetes::Member;
using kubernetes::Node;
using kubernetes::TextOf;

Micros TimeOf(const Node* object, std::string_view name) {
  return ParseMicros(TextOf(object, name));
}

int64_t IntegerOf(const Node* object, std::string_view name) {
  const Node* const member = Member(object, name);
  if (member == nullptr) return 0;
  if (member->kind == kubernetes::NodeKind::kInteger) return std::bit_cast<int64_t>(member->word);
  int64_t number = 0;
  if (member->kind == kubernetes::NodeKind::kNumber) {
    const std::string_view text = member->text();
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
  return number;
}

void ReadStamps(const Node* metadata, ShownTimes& shown) {
  shown.stamp = TimeOf(metadata, "creationTimestamp");
  const Node* const managers = Member(metadata, "managedFields");
  if (managers != nullptr && managers->kind == kubernetes::NodeKind::kArray) {
    for (const Node& manager : kubernetes::Children(*managers)) {
      const Micros time = TimeOf(&manager, "time");
      if (time <= shown.stamp) continue;
      shown.stamp = time;
      shown.stamp_source = Source::kManaged;
    }
  }
  // The API server stamps the time of the request and the time that it grants (registry/rest,
  // BeforeDelete).
  constexpr int64_t kLongestGrace = int64_t{100} * 365 * 86400;
  const Micros deletion = TimeOf(metadata, "deletionTimestamp");
  const int64_t grace = IntegerOf(metadata, "deletionGracePeriodSeconds");
  if (deletion == 0 || grace < 0 || grace > kLongestGrace) return;
  shown.deletion = deletion - grace * kSecond;
}

// "cp-1_0a1b2c3d-..." of leader election is cp-1; a kubelet's is its node's name.
std::string_view HostOf(std::string_view holder) { return holder.substr(0, holder.find('_')); }

void ReadLease(const Node* root, ShownTimes& shown) {
  const Node* const spec = Member(root, "spec");
  const std::string_view host = HostOf(TextOf(spec, "holderIdentity"));
  if (host.empty()) return;
  shown.client = std::max(TimeOf(spec, "renewTime"), TimeOf(spec, "acquireTime"));
  shown.client_source = Source::kLease;
  shown.clock = host;
}

void ReadEvent(const Node* root, ShownTimes& shown) {
  const Node* const source = Member(root, "source");
  std::string_view clock = TextOf(source, "host");
  if (clock.empty()) clock = TextOf(root, "reportingInstance");
  if (clock.empty()) clock = TextOf(source, "component");
  if (clock.empty()) clock = TextOf(root, "reportingComponent");
  if (clock.empty()) return;
  shown.client =
      std::max({TimeOf(root, "lastTimestamp"), TimeOf(root, "deprecatedLastTimestamp"),
                TimeOf(root, "eventTime"), TimeOf(Member(root, "series"), "lastObservedTime")});
  shown.client_source = Source::kEvent;
  shown.clock = clock;
}

}  // namespace

Micros ParseMicros(std::string_view text) {
  const auto seconds = kubernetes::ParseTime(text);
  if (!seconds || !IsTime(*seconds > kLatest / kSecond ? kLatest + 1 : *seconds * kSecond)) {
    return 0;
  }
  Micros micros = *seconds * kSecond;
  const size_t point = text.find('.');
  if (point == text.npos) return micros;
  Micros unit = kSecond / 10;
  for (size_t i = point + 1; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    micros += (text[i] - '0') * unit;
    unit /= 10;
  }
  return micros;
}

ShownTimes ShownTimesReader::Read(const mvcc::KeyRow& row) {
  ShownTimes shown;
  if (row.at.tombstone) return shown;
  const objects::StoredValue stored = {.key = row.kv.key, .value = row.kv.value};
  const std::string_view key = AsText(row.kv.key);
  const bool is_client = key.find("/leases/") != key.npos || key.find("/events/") != key.npos;
  using kubernetes::Extent;
  const auto* decoded = &decoder_.Decode(stored, is_client ? Extent::kPrinted : Extent::kMetadata);
  if (decoded->document == nullptr) return shown;
  const bool is_lease = decoded->summary.kind == "Lease";
  const bool is_event = decoded->summary.kind == "Event";
  if ((is_lease || is_event) && !is_client) decoded = &decoder_.Decode(stored, Extent::kPrinted);
  const Node* const root = &decoded->document->root();
  ReadStamps(Member(root, "metadata"), shown);
  if (is_lease) ReadLease(root, shown);
  if (is_event) ReadEvent(root, shown);
  return shown;
}

}  // namespace etcdf::dating
