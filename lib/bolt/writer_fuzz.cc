// Any rows, written as a bbolt file: what is read back is what was written, the file is sound, and
// what bbolt cannot have is refused.
//
// The input: rows, each a byte (a new bucket, or how often its value is repeated), a key and a
// value.
#include "bolt/writer.h"

#include <map>

#include "bolt/database.h"
#include "bolt/page_map.h"
#include "testing/fuzz.h"
#include "testing/temp_dir.h"

namespace etcdf::bolt {
namespace {

using testing::FuzzInput;
using testing::Require;
using Rows = std::map<std::string, std::string>;
using Buckets = std::map<std::string, Rows>;

Buckets BucketsOf(FuzzInput input) {
  Buckets buckets;
  Rows* rows = &buckets["bucket"];
  while (!input.empty()) {
    const uint8_t choice = input.Byte();
    const Bytes key = input.Piece();
    if (choice >= 0xf0) {
      rows = &buckets[std::string(AsText(key))];
      continue;
    }
    const Bytes value = input.Piece();
    std::string& stored = (*rows)[std::string(AsText(key))];
    stored.clear();
    for (int i = 0; i <= choice; ++i) stored += AsText(value);
  }
  return buckets;
}

bool Write(const Buckets& buckets, Writer& writer) {
  for (const auto& [name, rows] : buckets) {
    if (!writer.BeginBucket(AsBytes(name))) return false;
    for (const auto& [key, value] : rows) {
      if (!writer.Append(AsBytes(key), AsBytes(value))) return false;
    }
  }
  return true;
}

Buckets Read(const std::string& path) {
  FindingList findings;
  const auto file = File::Open(path);
  Require(file.has_value());
  const auto database = Database::Open(**file, std::nullopt, findings);
  Require(database.has_value());
  Buckets read;
  for (const Bytes name : (*database)->bucket_names()) {
    Rows& rows = read[std::string(AsText(name))];
    const auto cursor = (*database)->Open(name)->NewCursor(findings);
    for (bool there = cursor->First(); there; there = cursor->Next()) {
      rows.emplace(AsText(cursor->row().key), AsText(cursor->row().value));
    }
  }
  const PageMap map(**database, findings);
  Require(map.free_pages() == 0);
  Require(findings.findings().empty());
  return read;
}

bool BoltCanHave(const Buckets& buckets) {
  for (const auto& [name, rows] : buckets) {
    if (name.empty() || rows.contains("")) return false;
  }
  return true;
}

}  // namespace
}  // namespace etcdf::bolt

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace etcdf;
  static const testing::TempDir folder;
  const bolt::Buckets buckets = bolt::BucketsOf({data, size});
  auto writer = bolt::Writer::Create(folder.path() / "db");
  testing::Require(writer.has_value());
  testing::Require(bolt::Write(buckets, *writer) == bolt::BoltCanHave(buckets));
  if (!bolt::BoltCanHave(buckets)) return 0;
  const auto file = writer->Finish();
  testing::Require(file && bolt::Read(file->part_path()) == buckets);
  return 0;
}
