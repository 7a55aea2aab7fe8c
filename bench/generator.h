// What the generators of benchmark data share: dice, bytes as an API server stores them, and a file
// written front to back.
//
// Data is made of nothing but a seed, so the same command writes the same bytes on every machine.
#pragma once

#include <fcntl.h>
#include <getopt.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etcdf::bench {

[[noreturn]] inline void Die(const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, why.c_str());
  std::exit(2);
}

// SplitMix64: the standard library's distributions differ between implementations.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 .. limit-1. The bias of the remainder is of no matter here.
  uint64_t Below(uint64_t limit) { return Next() % limit; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

 private:
  uint64_t state_;
};

// A value like the API server's: protobuf behind a magic, mostly text, here and there a length
// byte.
inline std::string KubernetesValue(Random& random, uint64_t value_bytes) {
  static constexpr std::string_view kAlphabet =
      "abcdefghijklmnopqrstuvwxyz0123456789-./:ABCDEFGHIJKLMNOPQRSTUVWX";
  std::string value = "k8s";
  value.resize(value_bytes);
  for (size_t at = 3; at < value.size();) {
    uint64_t bits = random.Next();
    const size_t run_end = std::min(value.size(), at + 10);
    for (; at < run_end; ++at, bits >>= 6) value[at] = kAlphabet[bits & 63];
    if (at < value.size() && (bits & 1)) value[at++] = static_cast<char>(bits >> 1 & 0x1f);
  }
  return value;
}

// One file being written front to back. It must not exist.
class File {
 public:
  explicit File(const std::filesystem::path& path) : path_(path) {
    fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ < 0) Die("cannot create " + path.string());
  }
  ~File() {
    Flush();
    close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void Append(std::string_view text) {
    pending_ += text;
    size_ += text.size();
    if (pending_.size() >= kFlushBytes) Flush();
  }
  // Bytes that were appended before, once more.
  void Replace(uint64_t offset, std::string_view text) {
    Flush();
    const ssize_t written = pwrite(fd_, text.data(), text.size(), static_cast<off_t>(offset));
    if (written != static_cast<ssize_t>(text.size())) Die("cannot write " + path_.string());
  }
  uint64_t size() const { return size_; }

 private:
  static constexpr size_t kFlushBytes = 1 << 20;

  void Flush() {
    for (std::string_view rest = pending_; !rest.empty();) {
      const ssize_t written = write(fd_, rest.data(), rest.size());
      if (written < 0) Die("cannot write " + path_.string());
      rest.remove_prefix(static_cast<size_t>(written));
    }
    pending_.clear();
  }

  std::filesystem::path path_;
  int fd_;
  std::string pending_;
  uint64_t size_ = 0;
};

inline uint64_t ParseNumber(std::string_view text) {
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || parsed != end) Die("not a number: " + std::string(text));
  return value;
}

// An option `--name N`.
struct NumberOption {
  const char* name;
  uint64_t* value;
};

// Reads `--out PATH`, the numbers and, where it is given, `--values PATH`; `--help` prints `usage`
// and ends the program, as mistakes do.
inline std::filesystem::path ParseCommandLine(int argc, char** argv, std::string_view usage,
                                              std::span<const NumberOption> numbers,
                                              std::filesystem::path* values = nullptr) {
  std::filesystem::path out;
  std::vector<option> known;
  for (const NumberOption& number : numbers) {
    known.push_back({number.name, required_argument, nullptr, static_cast<int>(known.size())});
  }
  known.push_back({"out", required_argument, nullptr, 'o'});
  if (values != nullptr) known.push_back({"values", required_argument, nullptr, 'v'});
  known.push_back({"help", no_argument, nullptr, 'h'});
  known.push_back({});
  for (int chosen; (chosen = getopt_long(argc, argv, "", known.data(), nullptr)) != -1;) {
    if (chosen == 'o') {
      out = optarg;
    } else if (chosen == 'v') {
      *values = optarg;
    } else if (chosen == 'h') {
      std::fwrite(usage.data(), 1, usage.size(), stdout);
      std::exit(0);
    } else if (chosen >= 0 && static_cast<size_t>(chosen) < numbers.size()) {
      *numbers[static_cast<size_t>(chosen)].value = ParseNumber(optarg);
    } else {
      std::exit(2);  // getopt_long has said why
    }
  }
  if (out.empty() || optind != argc) Die("needs --out and no other words; see --help");
  return out;
}

}  // namespace etcdf::bench
