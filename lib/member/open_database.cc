#include "member/open_database.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "io/detect.h"
#include "io/mapped_file.h"
#include "lmdb/database.h"
#include "mvcc/schema.h"

namespace etcdf::member {
namespace {

// All that an etcd of any version makes (v3.6.9, server/storage/schema/bucket.go, AllBuckets).
constexpr auto kBuckets = std::to_array<std::string_view>(
    {mvcc::kKeyBucket, mvcc::kMetaBucket, mvcc::kLeaseBucket, mvcc::kAlarmBucket,
     mvcc::kClusterBucket, mvcc::kMembersBucket, mvcc::kMembersRemovedBucket, mvcc::kAuthBucket,
     mvcc::kAuthUsersBucket, mvcc::kAuthRolesBucket});

// What `path` holds, unless it is no database.
Result<io::FileKind> DetectDatabase(const DatabasePlace& place, const io::MappedFile& mapped) {
  const auto detected = io::DetectMapped(mapped);
  if (!detected) return Fail(detected.error());
  io::FileKind kind = *detected;
  // Its place says what it was, where its content does not any more.
  if (kind == io::FileKind::kUnknown && place.is_etcds_db) kind = io::FileKind::kBolt;
  if (kind == io::FileKind::kBolt || kind == io::FileKind::kLmdb) return kind;
  return Fail(
      {.code = ErrorCode::kWrongKind, .what = io::FileKindText(kind), .subject = place.path});
}

// Why no bucket is reached although the meta page is valid. Meta pages that are not have been
// reported.
void ReportUnreadable(OpenedDatabase& opened, const DatabaseChoice& choice, FindingSink& findings) {
  const bolt::File& file = *opened.bolt;
  const auto index = choice.meta ? choice.meta : file.chosen_meta();
  if (!index) return;
  const bolt::Meta& meta = file.metas().at(static_cast<size_t>(*index));
  if (!meta.valid()) return;
  const bool root_fits = meta.root != 0;
  opened.unreadable.what = root_fits ? "the page size in the meta page cannot be right"
                                     : "the meta page names page 0, itself, as the root";
  findings.Report(
      {.kind = kUnreadable,
       .file = opened.path,
       .offset = static_cast<uint64_t>(*index) * file.page_size(),
       .what =
           "meta page " + std::to_string(*index) + " is valid, and " +
           (root_fits ? "its page size of " + Counted(meta.page_size, "byte", "bytes") +
                            " cannot be right: the pages are of " + std::to_string(file.page_size())
                      : "its root page is page 0, which is a meta page"),
       .consequence = "no bucket can be reached"});
}

void OpenBolt(OpenedDatabase& opened, const DatabaseChoice& choice, FindingSink& findings) {
  const io::MappedFile* const mapping = opened.bolt->mapping();
  if (mapping != nullptr && mapping->in_use()) {
    findings.Report({.kind = kDatabaseInUse,
                     .file = opened.path,
                     .what = "another process, such as a running etcd, holds the database",
                     .consequence = "pages it is writing may be read half old, half new"});
  }
  opened.bolt->ReportMetas(findings);
  auto database = bolt::Database::Open(*opened.bolt, choice.meta, findings);
  if (database) {
    opened.bolt_database = database->get();
    opened.database = *std::move(database);
  } else {
    opened.unreadable = database.error();
    ReportUnreadable(opened, choice, findings);
  }
}

}  // namespace

Result<OpenedDatabase> OpenDatabase(const DatabasePlace& place, const DatabaseChoice& choice,
                                    FindingSink& findings) {
  auto mapped = io::MappedFile::Open(place.path, place.content);
  if (!mapped) return Fail(mapped.error());
  const auto kind = DetectDatabase(place, *mapped);
  if (!kind) return Fail(kind.error());

  OpenedDatabase opened{.path = place.path, .data_dir = place.data_dir};
  if (*kind == io::FileKind::kLmdb) {
    if (choice.meta) {
      return Fail({.code = ErrorCode::kUsage,
                   .what = "is an LMDB environment: --meta is for bbolt files",
                   .subject = opened.path});
    }
    auto database = lmdb::OpenDatabase(*std::move(mapped), findings);
    if (!database) {
      if (database.error().code == ErrorCode::kMalformed) {
        std::string why = database.error().Message();
        if (why.starts_with(opened.path + ": ")) why.erase(0, opened.path.size() + 2);
        findings.Report({.kind = kUnreadable,
                         .file = opened.path,
                         .what = "the LMDB environment cannot be read: " + why,
                         .consequence = "no row can be shown"});
      }
      return Fail(database.error());
    }
    opened.database = *std::move(database);
    return opened;
  }
  auto file = bolt::File::OverMapping(*std::move(mapped));
  if (!file) return Fail(file.error());
  opened.bolt = *std::move(file);
  OpenBolt(opened, choice, findings);
  return opened;
}

void ReportMissingBucket(const OpenedDatabase& opened, std::string_view bucket,
                         FindingSink& findings) {
  if (opened.database == nullptr || opened.database->Open(AsBytes(bucket))) return;
  const bool is_hidden = !opened.database->names_are_whole();
  findings.Report(
      {.kind = kMissingBucket,
       .file = opened.path,
       .what = (is_hidden ? "bucket " + std::string(bucket) + " is not found"
                          : "there is no bucket " + std::string(bucket)) +
               ", which etcd makes at its first start",
       .consequence = is_hidden ? "it is lost with what cannot be read of the root bucket"
                                : "the file is not etcd's, or the bucket is lost; etcd makes it "
                                  "anew and empty when it starts"});
}

void ReportUnknownBuckets(const OpenedDatabase& opened, FindingSink& findings) {
  if (opened.database == nullptr || !opened.database->Open(AsBytes(mvcc::kKeyBucket))) return;
  const auto& names = opened.database->bucket_names();
  const auto is_unknown = [](Bytes name) {
    return std::ranges::find(kBuckets, AsText(name)) == kBuckets.end();
  };
  const auto first = std::ranges::find_if(names, is_unknown);
  if (first == names.end()) return;
  const auto count = static_cast<uint64_t>(std::ranges::count_if(names, is_unknown));
  findings.Report({.kind = kUnknownBucket,
                   .file = opened.path,
                   .what = Counted(count, "bucket", "buckets") +
                           " that etcd does not make, first " + Printable(AsText(*first)),
                   .consequence = "if the name is damaged, etcd does not find the rows of the "
                                  "bucket that it was",
                   .figures = {{"count", count}}});
}

void OpenedDatabase::ReportFaults(FindingSink& findings) const {
  const io::MappedFile* const mapping = bolt == nullptr ? nullptr : bolt->mapping();
  if (mapping != nullptr) {
    if (auto fault = mapping->Fault()) findings.Report(*std::move(fault));
  }
  if (database != nullptr) database->ReportFaults(findings);
}

}  // namespace etcdf::member
