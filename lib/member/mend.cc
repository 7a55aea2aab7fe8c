#include "member/mend.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "base/counted.h"
#include "checksum/sha256.h"
#include "io/detect.h"

namespace etcdf::member {
namespace {

using Content = std::shared_ptr<const io::ScratchFile>;

constexpr uint8_t kLf = '\n';
constexpr uint8_t kCr = '\r';

// How many line ends there are, if each is CR LF; 0 if not. Ends at the first that is not.
uint64_t CountCrLf(Bytes file) {
  uint64_t count = 0;
  for (size_t at = 0; at < file.size(); ++at) {
    const void* const found = std::memchr(file.data() + at, kLf, file.size() - at);
    if (found == nullptr) break;
    at = static_cast<size_t>(static_cast<const uint8_t*>(found) - file.data());
    if (at == 0 || file[at - 1] != kCr) return 0;
    ++count;
  }
  return count;
}

Result<Content> WithoutCrs(Bytes file, io::Scratch& scratch) {
  auto mended = scratch.Create();
  if (!mended) return Fail(mended.error());
  while (!file.empty()) {
    const void* const found = std::memchr(file.data(), kLf, file.size());
    const size_t line = found == nullptr
                            ? file.size()
                            : static_cast<size_t>(static_cast<const uint8_t*>(found) - file.data());
    const Bytes kept = file.first(found == nullptr ? line : line - 1);
    if (auto written = scratch.Append(*mended, kept); !written) return Fail(written.error());
    if (found != nullptr) {
      if (auto written = scratch.Append(*mended, Bytes(&kLf, 1)); !written) {
        return Fail(written.error());
      }
    }
    file = file.subspan(std::min(line + (found == nullptr ? 0 : 1), file.size()));
  }
  return scratch.Finish(*std::move(mended));
}

// A file that `snapshot save` wrote, whole: its length is 32 beyond a multiple of 512, and the
// SHA-256 fits (etcd v3.6.9, etcdutl/snapshot/v3_snapshot.go).
bool HasRightSha(Bytes file) {
  constexpr size_t kShaBytes = 32;
  if (file.size() % 512 != kShaBytes) return false;
  const Bytes saved = file.first(file.size() - kShaBytes);
  return Equal(file.last(kShaBytes), Sha256Of(saved));
}

bool IsKnown(Bytes file) {
  const io::FileKind kind = io::Detect(file);
  return kind == io::FileKind::kBolt || kind == io::FileKind::kWalSegment ||
         kind == io::FileKind::kLmdb;
}

Result<Content> MendLineEnds(const io::MappedFile& file, io::Scratch& scratch,
                             FindingSink& findings) {
  // A small file may have so few by chance.
  constexpr uint64_t kLeast = 8;
  const uint64_t count = CountCrLf(file.bytes());
  if (count < kLeast) return Content();
  auto content = WithoutCrs(file.bytes(), scratch);
  if (!content) return content;
  const auto mended = io::MappedFile::Open(file.path(), *content);
  if (!mended) return Fail(mended.error());
  if (!IsKnown(mended->bytes())) return Content();
  const bool is_proved = HasRightSha(mended->bytes());
  findings.Report(
      {.kind = kLineEnds,
       .file = file.path(),
       .what = "all " + Counted(count, "line end", "line ends") +
               " of the file are CR LF: it was transferred as text, and a CR was put before each "
               "byte 0a",
       .consequence =
           std::string("the file is of no use as it is; it is read without these CRs, ") +
           (is_proved ? "and what is left has the SHA-256 of the snapshot that was saved: dump-db "
                        "export --to file writes it"
                      : "and there is no SHA-256 to prove that what is left is what was saved"),
       .figures = {{"count", count}}});
  return content;
}

uint32_t Le32(Bytes file, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(file[at + i]) << (8 * i);
  return value;
}

// A meta page of bbolt's at an offset, page 0, of a plausible page size, and the next page of which
// is page 1 (bbolt v1.4.3, internal/common/{page,meta}.go).
bool IsFirstPage(Bytes file) {
  constexpr uint32_t kMagic = 0xED0CDAED;
  constexpr size_t kMetaBytes = 80;
  if (file.size() < kMetaBytes || Le32(file, 16) != kMagic || Le32(file, 20) != 2) return false;
  if (LoadLe64(file.data()) != 0 || file[8] != 4) return false;
  const uint32_t page = Le32(file, 24);
  if (!std::has_single_bit(page) || page < 1024 || page > (64 << 10)) return false;
  return file.size() >= page + kMetaBytes && LoadLe64(file.data() + page) == 1 &&
         Le32(file, page + 16) == kMagic;
}

const char* WhatStandsBefore(Bytes before) {
  const std::string_view text = AsText(before);
  if (text.starts_with("HTTP/")) return "the header of an HTTP answer";
  if (text.starts_with("<")) return "a web page";
  const bool is_text = std::ranges::all_of(text, [](char c) {
    return static_cast<uint8_t>(c) >= ' ' || c == '\n' || c == '\r' || c == '\t';
  });
  return is_text ? "text" : "something else";
}

Result<Content> MendBeginning(const io::MappedFile& file, io::Scratch& scratch,
                              FindingSink& findings) {
  constexpr size_t kFarthest = 1 << 20;
  const Bytes bytes = file.bytes();
  const size_t last = std::min(bytes.size(), kFarthest);
  size_t begin = 1;
  while (begin < last && !IsFirstPage(bytes.subspan(begin))) ++begin;
  if (begin >= last) return Content();
  auto mended = scratch.Create();
  if (!mended) return Fail(mended.error());
  if (auto written = scratch.Append(*mended, bytes.subspan(begin)); !written) {
    return Fail(written.error());
  }
  auto content = scratch.Finish(*std::move(mended));
  if (!content) return content;
  findings.Report(
      {.kind = kBeginsLate,
       .file = file.path(),
       .offset = 0,
       .length = begin,
       .what = "the database begins at offset " + std::to_string(begin) +
               ", and before it stands " + WhatStandsBefore(bytes.first(begin)),
       .consequence = "etcd does not open the file as it is; it is read from there on, offsets are "
                      "counted from there, and dump-db export --to file writes it"});
  return content;
}

}  // namespace

Result<Content> Mend(const io::MappedFile& file, io::Scratch& scratch, FindingSink& findings) {
  auto content = MendLineEnds(file, scratch, findings);
  if (!content || *content != nullptr || IsKnown(file.bytes())) return content;
  return MendBeginning(file, scratch, findings);
}

}  // namespace etcdf::member
