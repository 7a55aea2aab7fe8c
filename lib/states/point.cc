#include "states/point.h"

#include <charconv>
#include <limits>
#include <optional>
#include <system_error>

namespace etcdf::states {
namespace {

std::optional<uint64_t> ParseNumber(std::string_view digits) {
  uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped_at, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || stopped_at != end) return std::nullopt;
  return number;
}

tl::unexpected<Error> FailAt(std::string_view point, const char* what) {
  return Fail({.code = ErrorCode::kUsage, .what = what, .subject = std::string(point)});
}

// Where the point begins, if there is one: the last @, if a known word follows and no more path.
size_t FindPoint(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == text.npos) return at;
  const std::string_view word = text.substr(at + 1);
  const bool is_known = word == "oldest" || word == "newest" || word.starts_with("rev=") ||
                        word.starts_with("index=") || word.starts_with("time=");
  return is_known && word.find('/') == word.npos ? at : text.npos;
}

}  // namespace

Result<PlaceAndPoint> ParsePoint(std::string_view text) {
  const size_t at = FindPoint(text);
  PlaceAndPoint parsed{.path = std::string(text.substr(0, at))};
  if (at == text.npos) return parsed;
  const std::string_view point = text.substr(at);
  if (at == 0) return FailAt(point, "no evidence is named in front of it");
  const size_t equals = point.find('=');
  const std::string_view value = equals == point.npos ? "" : point.substr(equals + 1);
  if (point == "@newest") return parsed;
  if (point == "@oldest") {
    parsed.point.kind = PointKind::kOldest;
    return parsed;
  }
  if (point.starts_with("@time=")) {
    parsed.point = {.kind = PointKind::kTime, .time = std::string(value)};
    return parsed;
  }
  const auto number = ParseNumber(value);
  if (point.starts_with("@index=")) {
    if (!number) return FailAt(point, "the index is not a number");
    parsed.point = {.kind = PointKind::kIndex, .index = *number};
    return parsed;
  }
  if (!number || *number == 0 || *number > std::numeric_limits<int64_t>::max()) {
    return FailAt(point, "the revision is not a number from 1 on");
  }
  parsed.point = {.kind = PointKind::kRevision, .revision = static_cast<int64_t>(*number)};
  return parsed;
}

}  // namespace etcdf::states
