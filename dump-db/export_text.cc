#include <sys/stat.h>

#include <array>
#include <atomic>

#include "app/process.h"
#include "base/escape.h"
#include "dump-db/export.h"
#include "dump-db/print_parts.h"
#include "dump-db/row_text.h"
#include "io/new_file.h"

namespace etcdf::dump_db {
namespace {

// A new file as something to print to.
class NewFileSink : public output::Sink {
 public:
  explicit NewFileSink(io::NewFile file) : file_(std::move(file)) {}

  bool Write(std::string_view text) override {
    if (written_) written_ = file_.Append(AsBytes(text));
    return written_.has_value();
  }

  // Whether everything has been written; then the file gets its name.
  Result<void> Commit() { return written_ ? file_.Commit() : written_; }

 private:
  io::NewFile file_;
  Result<void> written_ = {};
};

// Every row of the bucket, decoded. A row that cannot be prints as its bytes. What goes wrong with
// the file its Commit tells.
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
  auto file = io::NewFile::Create(path);
  if (!file) return Fail(file.error());
  NewFileSink sink(*std::move(file));
  ExportCount count;
  for (const Bytes name : context.evidence.database->bucket_names()) {
    const auto printed = PrintBucket(context, options, name, sink, count);
    if (!printed) return Fail(printed.error());
  }
  if (auto written = sink.Commit(); !written) return Fail(written.error());
  return count;
}

Result<ExportCount> ExportCsv(const VerbContext& context, const std::string& path) {
  const Options options = Decoded(context, Format::kCsv);
  if (mkdir(path.c_str(), 0777) != 0) return FailErrno("cannot make the folder", path);
  ExportCount count;
  for (const Bytes name : context.evidence.database->bucket_names()) {
    auto file = io::NewFile::Create(path + "/" + CsvFileName(name));
    if (!file) return Fail(file.error());
    NewFileSink sink(*std::move(file));
    sink.Write(RowPrinter::Header(AsText(name), options));
    const auto printed = PrintBucket(context, options, name, sink, count);
    if (!printed) return Fail(printed.error());
    if (auto written = sink.Commit(); !written) return Fail(written.error());
  }
  return count;
}

}  // namespace etcdf::dump_db
