#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "app/process.h"
#include "base/escape.h"
#include "dump-db/export.h"
#include "dump-db/print_parts.h"
#include "dump-db/row_text.h"

namespace etcdf::dump_db {
namespace {

// A new file, written front to back.
class TextFile {
 public:
  static Result<std::unique_ptr<TextFile>> Create(const std::string& path) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return FailErrno("cannot make the file", path);
    return std::unique_ptr<TextFile>(new TextFile(path, fd));
  }
  ~TextFile() { close(fd_); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  output::Sink& sink() { return sink_; }

  // Whether everything has been written, and is on the disk.
  Result<void> Finish() {
    errno = sink_.error();
    if (errno != 0 || fsync(fd_) != 0) return FailErrno("cannot write", path_);
    return {};
  }

 private:
  TextFile(std::string path, int fd) : path_(std::move(path)), fd_(fd), sink_(fd) {}

  std::string path_;
  int fd_;
  output::FdSink sink_;
};

// Every row of the bucket, decoded. A row that cannot be prints as its bytes. What goes wrong with
// the file its Finish tells.
Result<void> PrintBucket(const VerbContext& context, const Options& options, Bytes name,
                         output::Sink& out, ExportCount& count) {
  ++count.buckets;
  const auto bucket = context.evidence.database->Open(name);
  if (!bucket) return {};  // damaged; the database has reported it
  std::atomic<uint64_t> rows_printed = 0;
  PrintParts(context, *bucket, Direction::kForwards, out, [&](const PrintedPart& part) {
    RowPrinter printer(AsText(name), options, context.evidence.path, part.findings);
    std::array<backend::Row, 256> rows;
    while (const size_t read = part.scan.Next(rows)) {
      for (const backend::Row& row : std::span(rows).first(read))
        printer.Append(part.text.text, row);
      rows_printed += read;
      if (app::Interrupted()) part.text.Cancel();
      if (!part.text.Checkpoint()) return;
    }
  });
  count.rows += rows_printed;
  if (app::Interrupted()) return FailInterrupted();
  return {};
}

Options Decoded(const VerbContext& context, Format format) {
  Options options = context.options;
  options.format = format;
  options.decode = true;
  return options;
}

// "key.csv"; what has another meaning in a path as %2f.
std::string CsvFileName(Bytes bucket) {
  std::string name;
  for (const uint8_t byte : bucket) {
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == '_' || byte == '-';
    name += plain ? std::string(1, static_cast<char>(byte)) : "%" + FixedHex(byte, 2);
  }
  return name + ".csv";
}

}  // namespace

Result<ExportCount> ExportJson(const VerbContext& context, const std::string& path) {
  const Options options = Decoded(context, Format::kJson);
  auto file = TextFile::Create(path);
  if (!file) return Fail(file.error());
  ExportCount count;
  for (const Bytes name : context.evidence.database->bucket_names()) {
    const auto printed = PrintBucket(context, options, name, (*file)->sink(), count);
    if (!printed) return Fail(printed.error());
  }
  if (auto finished = (*file)->Finish(); !finished) return Fail(finished.error());
  return count;
}

Result<ExportCount> ExportCsv(const VerbContext& context, const std::string& path) {
  const Options options = Decoded(context, Format::kCsv);
  if (mkdir(path.c_str(), 0777) != 0) return FailErrno("cannot make the folder", path);
  ExportCount count;
  for (const Bytes name : context.evidence.database->bucket_names()) {
    auto file = TextFile::Create(path + "/" + CsvFileName(name));
    if (!file) return Fail(file.error());
    (*file)->sink().Write(RowPrinter::Header(AsText(name), options));
    const auto printed = PrintBucket(context, options, name, (*file)->sink(), count);
    if (!printed) return Fail(printed.error());
    if (auto finished = (*file)->Finish(); !finished) return Fail(finished.error());
  }
  return count;
}

}  // namespace etcdf::dump_db
