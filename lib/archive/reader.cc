#include "archive/reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <utility>

namespace etcdf::archive {
namespace {

EntryKind KindOf(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return EntryKind::kLink;
  if (archive_entry_filetype(entry) == AE_IFLNK) return EntryKind::kLink;
  return archive_entry_filetype(entry) == AE_IFREG ? EntryKind::kFile : EntryKind::kOther;
}

std::string NameOf(archive_entry* entry) {
  // By the locale's character set, or where that has no such characters in UTF-8.
  for (const char* const name :
       {archive_entry_pathname(entry), archive_entry_pathname_utf8(entry)}) {
    if (name != nullptr) return name;
  }
  return "unnamed";
}

}  // namespace

Reader::Reader(Bytes packed, Layout layout) : handle_(archive_read_new()) {
  Begin(layout);
  Check(archive_read_open_memory(handle_, packed.data(), packed.size()));
}

Reader::Reader(std::unique_ptr<Stream> stream, Layout layout)
    : handle_(archive_read_new()), stream_(std::move(stream)) {
  Begin(layout);
  Check(archive_read_open(handle_, this, nullptr, OnRead, nullptr));
}

Reader::~Reader() { archive_read_free(handle_); }

// What is built in: no filter that would start a program.
void Reader::Begin(Layout layout) {
  archive_read_support_filter_bzip2(handle_);
  archive_read_support_filter_compress(handle_);
  archive_read_support_filter_xz(handle_);
  archive_read_support_filter_zstd(handle_);
  switch (layout) {
    case Layout::kSingle: archive_read_support_format_raw(handle_); break;
    case Layout::kTar: archive_read_support_format_tar(handle_); break;
    case Layout::kZip: archive_read_support_format_zip(handle_); break;
  }
}

long Reader::OnRead(::archive* /*handle*/, void* reader, const void** bytes) {
  const Bytes piece = static_cast<Reader*>(reader)->stream_->Next();
  *bytes = piece.data();
  return static_cast<long>(piece.size());
}

void Reader::Fail(End end, std::string what) {
  if (end_ == End::kCutShort || end_ == End::kDamaged) return;  // the first one counts
  end_ = end;
  what_ = std::move(what);
}

bool Reader::Check(int answer) {
  if (answer == ARCHIVE_OK) return true;
  if (answer == ARCHIVE_EOF) {
    if (end_ == End::kNotYet) end_ = End::kWhole;
    return false;
  }
  const char* const told = archive_error_string(handle_);
  const std::string text = told == nullptr ? "it cannot be read" : told;
  const bool is_cut =
      text.find("runcated") != std::string::npos || text.find("premature") != std::string::npos;
  Fail(is_cut ? End::kCutShort : End::kDamaged, text);
  return answer == ARCHIVE_WARN;
}

std::optional<Entry> Reader::NextEntry() {
  archive_entry* entry = nullptr;
  const End before = end_;
  const int answer = archive_read_next_header(handle_, &entry);
  if (answer == ARCHIVE_WARN) {
    end_ = before;  // a name or a time that this system has no words for
  } else if (!Check(answer)) {
    return std::nullopt;
  }
  Entry told{.name = NameOf(entry),
             .kind = KindOf(entry),
             .is_encrypted = archive_entry_is_data_encrypted(entry) != 0,
             .modified = {}};
  if (archive_format(handle_) == ARCHIVE_FORMAT_RAW) {
    told.name.clear();
  } else if (archive_entry_mtime_is_set(entry) != 0) {
    told.modified = archive_entry_mtime(entry);
  }
  return told;
}

std::optional<Piece> Reader::NextPiece() {
  const void* bytes = nullptr;
  size_t size = 0;
  la_int64_t at = 0;
  const int answer = archive_read_data_block(handle_, &bytes, &size, &at);
  if (answer == ARCHIVE_EOF || !Check(answer) || at < 0) return std::nullopt;
  return Piece{.at = static_cast<uint64_t>(at),
               .bytes = Bytes(static_cast<const uint8_t*>(bytes), size)};
}

End Reader::end() const {
  const bool is_at_fault =
      stream_ && (stream_->end() == End::kCutShort || stream_->end() == End::kDamaged);
  return is_at_fault ? stream_->end() : end_;
}

std::string Reader::what() const {
  const bool is_at_fault =
      stream_ && (stream_->end() == End::kCutShort || stream_->end() == End::kDamaged);
  return is_at_fault ? stream_->what() : what_;
}

uint64_t Reader::packed_bytes() const {
  if (stream_) return stream_->packed_bytes();
  const la_int64_t bytes = archive_filter_bytes(handle_, -1);
  return bytes < 0 ? 0 : static_cast<uint64_t>(bytes);
}

}  // namespace etcdf::archive
