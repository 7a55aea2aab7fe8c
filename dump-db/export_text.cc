#include <sys/stat.h>

#include <array>
#include <atomic>

#include "app/process.h"
#include "base/escape.h"
#include "checksum/fingerprint.h"
#include "dump-db/export.h"
#include "dump-db/new_file_sink.h"
#include "dump-db/print_parts.h"
#include "dump-db/row_text.h"

namespace etcdf::dump_db {
namespace {

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

}  // namespace

Options AsExported(const Options& options, Format format) {
  Options exported = options;
  exported.format = format;
  exported.decode = true;
  return exported;
}

std::string CsvFileName(Bytes bucket) {
  std::string name;
  for (const uint8_t byte : bucket) {
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == '_' || byte == '-';
    name += plain ? std::string(1, static_cast<char>(byte)) : "%" + FixedHex(byte, 2);
  }
  // With ".csv.part" behind it, it must fit a name of 255 bytes.
  if (name.size() > 240) name = name.substr(0, 200) + "~" + FingerprintText(bucket);
  return name + ".csv";
}

Result<ExportCount> ExportJson(const VerbContext& context, const std::string& path) {
  const Options options = AsExported(context.options, Format::kJson);
  auto file = NewFileSink::Create(path);
  if (!file) return Fail(file.error());
  ExportCount count;
  for (const Bytes name : context.evidence.database->bucket_names()) {
    const auto printed = PrintBucket(context, options, name, *file, count);
    if (!printed) return Fail(printed.error());
  }
  if (auto written = file->Commit(); !written) return Fail(written.error());
  return count;
}

Result<ExportCount> ExportCsv(const VerbContext& context, const std::string& path) {
  const Options options = AsExported(context.options, Format::kCsv);
  if (mkdir(path.c_str(), 0777) != 0) return FailErrno("cannot make the folder", path);
  ExportCount count;
  for (const Bytes name : context.evidence.database->bucket_names()) {
    auto file = NewFileSink::Create(path + "/" + CsvFileName(name));
    if (!file) return Fail(file.error());
    file->Write(RowPrinter::Header(AsText(name), options));
    const auto printed = PrintBucket(context, options, name, *file, count);
    if (!printed) return Fail(printed.error());
    if (auto written = file->Commit(); !written) return Fail(written.error());
  }
  return count;
}

}  // namespace etcdf::dump_db
