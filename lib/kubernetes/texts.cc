#include "kubernetes/texts.h"

#include <charconv>
#include <cmath>

namespace etcdf::kubernetes {
namespace {

void AppendPadded(std::string& out, uint64_t number, int digits) {
  char text[24];
  const char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  for (auto length = end - text; length < digits; ++length) out += '0';
  out.append(text, static_cast<size_t>(end - text));
}

// Days since 1970 as a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level
// date algorithms", civil_from_days). std::chrono's years end at 32767.
struct Date {
  int64_t year;
  unsigned month, day;
};

Date DateOf(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<unsigned>(day_of_year - (153 * shifted + 2) / 5 + 1);
  const auto month = static_cast<unsigned>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int64_t DaysOf(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t shifted = month > 2 ? month - 3 : month + 9;
  const int64_t day_of_year = (153 * shifted + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr int64_t kDaySeconds = 86400;

void AppendDateAndTime(std::string& out, int64_t seconds) {
  int64_t days = seconds / kDaySeconds;
  int64_t rest = seconds % kDaySeconds;
  if (rest < 0) {
    rest += kDaySeconds;
    --days;
  }
  const Date date = DateOf(days);
  if (date.year < 0) out += '-';
  AppendPadded(out, static_cast<uint64_t>(std::abs(date.year)), 4);
  char text[] = "-00-00T00:00:00";
  const auto put = [&](size_t at, int64_t two_digits) {
    text[at] = static_cast<char>('0' + two_digits / 10);
    text[at + 1] = static_cast<char>('0' + two_digits % 10);
  };
  put(1, date.month);
  put(4, date.day);
  put(7, rest / 3600);
  put(10, rest / 60 % 60);
  put(13, rest % 60);
  out.append(text, sizeof text - 1);
}

// The digits at the front of `text` as a number, taken off; nothing where there are not so many.
std::optional<int64_t> TakeDigits(std::string_view& text, size_t digits) {
  int64_t number = 0;
  const char* const end = text.data() + digits;
  if (text.size() < digits || text.front() == '-' ||
      std::from_chars(text.data(), end, number).ptr != end) {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  return number;
}

}  // namespace

void AppendTime(std::string& out, int64_t seconds) {
  AppendDateAndTime(out, seconds);
  out += 'Z';
}

void AppendMicroTime(std::string& out, int64_t seconds, int32_t nanos) {
  AppendDateAndTime(out, seconds);
  out += '.';
  AppendPadded(out, static_cast<uint64_t>(nanos < 0 ? 0 : nanos) / 1000 % 1'000'000, 6);
  out += 'Z';
}

std::optional<int64_t> ParseTime(std::string_view text) {
  int64_t parts[6] = {};
  constexpr size_t kDigits[6] = {4, 2, 2, 2, 2, 2};
  constexpr std::string_view kSeparators = "--T::";
  for (size_t i = 0; i < 6; ++i) {
    const auto part = TakeDigits(text, kDigits[i]);
    if (!part) return std::nullopt;
    parts[i] = *part;
    if (i == 5) break;
    if (text.empty() || text.front() != kSeparators[i]) return std::nullopt;
    text.remove_prefix(1);
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
  }
  if (parts[1] < 1 || parts[1] > 12 || parts[2] < 1 || parts[2] > 31) return std::nullopt;
  int64_t offset = 0;
  if (text != "Z") {
    const char sign = text.empty() ? ' ' : text.front();
    if (text.size() != 6 || (sign != '+' && sign != '-') || text[3] != ':') return std::nullopt;
    text.remove_prefix(1);
    const auto hours = TakeDigits(text, 2);
    text.remove_prefix(1);
    const auto minutes = TakeDigits(text, 2);
    if (!hours || !minutes) return std::nullopt;
    offset = (*hours * 60 + *minutes) * (sign == '+' ? 60 : -60);
  }
  return DaysOf(parts[0], static_cast<unsigned>(parts[1]), static_cast<unsigned>(parts[2])) *
             kDaySeconds +
         parts[3] * 3600 + parts[4] * 60 + parts[5] - offset;
}

void AppendDuration(std::string& out, int64_t nanoseconds) {
  const bool negative = nanoseconds < 0;
  const uint64_t nanos = negative ? -static_cast<uint64_t>(nanoseconds) : uint64_t(nanoseconds);
  if (nanos == 0) {
    out += "0s";
    return;
  }
  if (negative) out += '-';
  // A number with a part after the point, without zeros at its end.
  const auto append = [&](uint64_t whole, uint64_t part, int digits, std::string_view unit) {
    AppendPadded(out, whole, 1);
    if (part != 0) {
      out += '.';
      AppendPadded(out, part, digits);
      while (out.back() == '0') out.pop_back();
    }
    out += unit;
  };
  constexpr uint64_t kSecond = 1'000'000'000;
  if (nanos < 1000) return append(nanos, 0, 0, "ns");
  if (nanos < 1'000'000) return append(nanos / 1000, nanos % 1000, 3, "µs");
  if (nanos < kSecond) return append(nanos / 1'000'000, nanos % 1'000'000, 6, "ms");
  const uint64_t seconds = nanos / kSecond;
  if (seconds >= 3600) append(seconds / 3600, 0, 0, "h");
  if (seconds >= 60) append(seconds / 60 % 60, 0, 0, "m");
  append(seconds % 60, nanos % kSecond, 9, "s");
}

bool AppendFloat(std::string& out, double value) {
  if (!std::isfinite(value)) return false;
  // encoding/json, floatEncoder: shortest digits, an exponent only below 1e-6 and from 1e21.
  const double size = std::fabs(value);
  const bool with_exponent = size != 0 && (size < 1e-6 || size >= 1e21);
  char text[400];
  const char* const end =
      std::to_chars(text, text + sizeof text, value,
                    with_exponent ? std::chars_format::scientific : std::chars_format::fixed)
          .ptr;
  out.append(text, static_cast<size_t>(end - text));
  // e-09 -> e-9
  const size_t last = out.size();
  if (with_exponent && out[last - 4] == 'e' && out[last - 3] == '-' && out[last - 2] == '0') {
    out.erase(last - 2, 1);
  }
  return true;
}

}  // namespace etcdf::kubernetes
