// How Go and Kubernetes print what is stored as numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etcdf::kubernetes {

// "2026-11-30T07:19:00Z", or with `micros` "2026-11-30T07:19:00.000000Z" (time.RFC3339 and
// metav1.RFC3339Micro). Seconds since 1970, any: years beyond 9999 have more digits, and a sign.
void AppendTime(std::string& out, int64_t seconds);
void AppendMicroTime(std::string& out, int64_t seconds, int32_t nanos);

// Seconds since 1970 of such a text, in UTC; parts of a second are left out.
std::optional<int64_t> ParseTime(std::string_view text);

// "1h2m3s", "1.5s", "300ms", "0s" (Go's time.Duration.String).
void AppendDuration(std::string& out, int64_t nanoseconds);

// As encoding/json prints a float64; nothing for what JSON cannot say: NaN, infinities.
bool AppendFloat(std::string& out, double value);

}  // namespace etcdf::kubernetes
