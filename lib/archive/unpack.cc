#include "archive/unpack.h"

#include <algorithm>
#include <array>
#include <utility>

#include "archive/reader.h"
#include "archive/stream.h"
#include "base/counted.h"
#include "base/escape.h"
#include "io/mapped_file.h"

namespace etcdf::archive {
namespace {

// Said when the temporary directory takes so much.
constexpr uint64_t kLargeBytes = 48 << 20;

// A name without what leads out of the archive: a root, `.` and `..`.
std::string InnerName(std::string_view name) {
  std::string inner;
  while (!name.empty()) {
    const size_t slash = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, slash);
    if (!part.empty() && part != "." && part != "..") {
      if (!inner.empty()) inner += '/';
      inner += part;
    }
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return inner.empty() ? "unnamed" : inner;
}

bool LeadsOut(std::string_view name) {
  return name.starts_with('/') || name == ".." || name.starts_with("../") ||
         name.find("/../") != std::string_view::npos || name.ends_with("/..");
}

// What a packed file that has no name for its content is called without its packing.
std::string NameWithout(std::string_view packed_name) {
  constexpr auto kEndings = std::to_array<std::string_view>(
      {".gz", ".bz2", ".xz", ".zst", ".zstd", ".zlib", ".Z", ".z", ".b64", ".base64"});
  packed_name.remove_prefix(packed_name.rfind('/') + 1);
  for (const std::string_view ending : kEndings) {
    const bool has_it = packed_name.size() > ending.size() && packed_name.ends_with(ending);
    if (has_it) return std::string(packed_name.substr(0, packed_name.size() - ending.size()));
  }
  return std::string(packed_name);
}

std::unique_ptr<Stream> StreamOf(Bytes packed, Packing packing) {
  if (packing == Packing::kGzip) return ReadGzip(packed);
  if (packing == Packing::kZlib) return ReadZlib(packed);
  return packing == Packing::kBase64 ? ReadBase64(packed) : nullptr;
}

Layout LayoutOf(Bytes head) {
  const Packing packing = DetectPacking(head);
  if (packing == Packing::kTar) return Layout::kTar;
  return packing == Packing::kZip ? Layout::kZip : Layout::kSingle;
}

// By what a compression unpacks to first: the beginning is unpacked twice. Null if it is empty.
std::unique_ptr<Reader> OpenLayer(Bytes packed, Packing packing) {
  if (auto stream = StreamOf(packed, packing)) {
    const Bytes first = stream->Next();
    if (first.empty() && stream->end() == End::kWhole) return nullptr;
    return std::make_unique<Reader>(StreamOf(packed, packing), LayoutOf(first));
  }
  if (packing == Packing::kTar || packing == Packing::kZip) {
    return std::make_unique<Reader>(packed,
                                    LayoutOf(packed.first(std::min(packed.size(), kHeadBytes))));
  }
  Reader beginning(packed, Layout::kSingle);
  const auto piece = beginning.NextEntry() ? beginning.NextPiece() : std::nullopt;
  return std::make_unique<Reader>(packed, piece ? LayoutOf(piece->bytes) : Layout::kSingle);
}

// The record with which a zip file ends, and a comment of up to 64 KiB after it.
bool HasZipDirectory(Bytes packed) {
  constexpr size_t kFarthest = 22 + 65'535;
  return AsText(packed.last(std::min(packed.size(), kFarthest))).find("PK\x05\x06") !=
         std::string_view::npos;
}

bool IsAtFault(End end) { return end == End::kCutShort || end == End::kDamaged; }

class Unpacker {
 public:
  Unpacker(const std::string& path, const Wants& wants, io::Scratch& scratch, FindingSink& findings)
      : path_(path), wants_(wants), scratch_(scratch), findings_(findings) {}

  Result<std::vector<UnpackedFile>> Run(Bytes packed) {
    if (auto done = UnpackLayer(packed, "", 0); !done) return Fail(done.error());
    return std::move(files_);
  }

 private:
  // `name`: of the layer in the archive; empty for the archive itself.
  Result<void> UnpackLayer(Bytes packed, const std::string& name, int depth) {
    if (depth == kDepthMax) return Refuse("is packed in more than 4 layers", name);
    const Packing packing = DetectPacking(packed.first(std::min(packed.size(), kHeadBytes)));
    const std::unique_ptr<Reader> reader = OpenLayer(packed, packing);
    if (reader == nullptr) return TakeEmpty(name);
    if (depth == 0) outermost_ = reader.get();
    bool has_any = false;
    while (const auto entry = reader->NextEntry()) {
      has_any = true;
      if (++seen_ > kFilesMax) return Refuse("has more than 100000 files", name);
      if (auto taken = TakeEntry(*reader, *entry, name, depth); !taken) return taken;
    }
    if (depth == 0) {
      packed_bytes_ = reader->packed_bytes();
      outermost_ = nullptr;
    }
    if (!IsAtFault(reader->end())) return {};
    // A zip archive ends with its directory, and says of a cut that the content is damaged.
    const bool is_cut =
        reader->end() == End::kCutShort || (packing == Packing::kZip && !HasZipDirectory(packed));
    ReportFault(*reader, is_cut, name);
    if (has_any || depth > 0) return {};
    return Fail({.code = ErrorCode::kMalformed,
                 .what = "is an archive of which nothing can be unpacked",
                 .subject = path_});
  }

  // What was packed has no bytes.
  Result<void> TakeEmpty(const std::string& layer) {
    auto file = scratch_.Create();
    if (!file) return tl::unexpected(file.error());
    auto content = scratch_.Finish(*std::move(file));
    if (!content) return tl::unexpected(content.error());
    const std::string name = NameWithout(layer.empty() ? path_ : layer);
    files_.push_back(
        {.name = layer.empty() ? name : layer + "/" + name, .content = *std::move(content)});
    return {};
  }

  Result<void> TakeEntry(Reader& reader, const Entry& entry, const std::string& layer, int depth) {
    if (entry.kind != EntryKind::kFile) return {};
    std::string name =
        entry.name.empty() ? NameWithout(layer.empty() ? path_ : layer) : InnerName(entry.name);
    if (!layer.empty()) name = layer + "/" + name;
    if (LeadsOut(entry.name)) ReportName(entry.name, name);
    if (entry.is_encrypted) {
      ReportEncrypted(name);
      return {};
    }
    auto head = ReadHead(reader);
    if (!head) return tl::unexpected(head.error());
    const bool is_packed = DetectPacking(head->bytes) != Packing::kNone;
    const bool is_wanted = is_packed || entry.name.empty() || wants_(name, head->bytes);
    if (!is_wanted) return SkipRest(reader);
    auto file = scratch_.Create();
    if (!file) return tl::unexpected(file.error());
    if (auto copied = CopyAll(reader, *head, *file); !copied) return copied;
    auto content = scratch_.Finish(*std::move(file));
    if (!content) return tl::unexpected(content.error());
    if (is_packed) return UnpackInner(*content, name, depth + 1);
    files_.push_back({.name = std::move(name),
                      .content = *std::move(content),
                      .modified = entry.modified,
                      .is_whole = !IsAtFault(reader.end())});
    return {};
  }

  Result<void> UnpackInner(const std::shared_ptr<const io::ScratchFile>& packed,
                           const std::string& name, int depth) {
    const auto mapped = io::MappedFile::Open(path_ + "/" + name, packed);
    if (!mapped) return tl::unexpected(mapped.error());
    return UnpackLayer(mapped->bytes(), name, depth);
  }

  struct Head {
    std::vector<uint8_t> bytes;
    std::optional<Piece> next;  // what stands after a hole
  };

  Result<Head> ReadHead(Reader& reader) {
    Head head;
    while (head.bytes.size() < kHeadBytes) {
      const auto piece = reader.NextPiece();
      if (!piece) break;
      if (piece->at > kHeadBytes) {
        head.bytes.resize(kHeadBytes);
        head.next = piece;
        break;
      }
      head.bytes.resize(std::max<size_t>(head.bytes.size(), piece->at));
      head.bytes.insert(head.bytes.end(), piece->bytes.begin(), piece->bytes.end());
      if (auto counted = Count(piece->bytes.size()); !counted) return Fail(counted.error());
    }
    return head;
  }

  // libarchive passes over it by itself; what that unpacks counts all the same.
  Result<void> SkipRest(Reader& reader) {
    while (const auto piece = reader.NextPiece()) {
      if (auto counted = Count(piece->bytes.size()); !counted) return counted;
    }
    return {};
  }

  Result<void> CopyAll(Reader& reader, const Head& head, io::ScratchFile& file) {
    if (auto written = scratch_.Append(file, head.bytes); !written) return written;
    for (auto piece = head.next ? head.next : reader.NextPiece(); piece;
         piece = reader.NextPiece()) {
      const uint64_t size = file.size_bytes();
      if (piece->at < size) continue;  // stands there already: no archiver writes that
      if (auto counted = Count(piece->at - size + piece->bytes.size()); !counted) return counted;
      scratch_.Skip(file, piece->at - size);
      if (auto written = scratch_.Append(file, piece->bytes); !written) return written;
    }
    return {};
  }

  Result<void> Count(uint64_t bytes) {
    constexpr uint64_t kMost = uint64_t{1} << 50;
    if (bytes > kMost) return Refuse("claims a size that no file has", "");
    unpacked_bytes_ += bytes;
    const uint64_t packed = outermost_ != nullptr ? outermost_->packed_bytes() : packed_bytes_;
    if (unpacked_bytes_ <= kFreeBytes + kRatioMax * packed) return {};
    return Refuse("unpacks to more than 400 times its size: it may be a bomb, and was left alone",
                  "");
  }

  Result<void> Refuse(const char* what, const std::string& name) const {
    return Fail({.code = ErrorCode::kUnsupported,
                 .what = what,
                 .subject = name.empty() ? path_ : path_ + "/" + name});
  }

  void ReportFault(const Reader& reader, bool is_cut, const std::string& layer) {
    findings_.Report(
        {.kind = is_cut ? kArchiveCutShort : kArchiveDamaged,
         .file = layer.empty() ? path_ : path_ + "/" + layer,
         .offset = reader.packed_bytes(),
         .what = (is_cut ? "the archive is cut short: " : "the archive is damaged: ") +
                 Printable(reader.what()),
         .consequence = "what was unpacked before this is read, what follows is lost"});
  }

  void ReportName(const std::string& name, const std::string& inner) {
    findings_.Report({.kind = kArchiveName,
                      .file = path_,
                      .what = "the archive has a file named " + Printable(name) +
                              ", which leads out of the archive",
                      .consequence = "it is read as " + Printable(inner) +
                                     ", and nothing is written anywhere by that name"});
  }

  void ReportEncrypted(const std::string& name) {
    findings_.Report({.kind = kArchiveEncrypted,
                      .file = path_ + "/" + name,
                      .what = "the file is encrypted in the archive",
                      .consequence = "it is left out: unpack it with its password and name it"});
  }

  const std::string& path_;
  const Wants& wants_;
  io::Scratch& scratch_;
  FindingSink& findings_;
  std::vector<UnpackedFile> files_;
  const Reader* outermost_ = nullptr;
  uint64_t packed_bytes_ = 0;  // of the outermost layer, once it was read
  uint64_t unpacked_bytes_ = 0;
  size_t seen_ = 0;
};

}  // namespace

Result<std::vector<UnpackedFile>> Unpack(Bytes packed, const std::string& path, const Wants& wants,
                                         io::Scratch& scratch, FindingSink& findings) {
  const uint64_t disk_before = scratch.disk_bytes();
  auto files = Unpacker(path, wants, scratch, findings).Run(packed);
  const uint64_t disk = scratch.disk_bytes() - disk_before;
  if (files && disk >= kLargeBytes) {
    findings.Report({.kind = kUnpackedLarge,
                     .file = path,
                     .what = Counted(disk, "byte", "bytes") + " were unpacked to " +
                             Printable(scratch.directory()),
                     .consequence = "they are gone when this ends; --tmpdir names another place"});
  }
  return files;
}

}  // namespace etcdf::archive
