#include "member/open_database.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/escape.h"
#include "io/detect.h"
#include "io/mapped_file.h"
#include "lmdb/database.h"
#include "mvcc/schema.h"

namespace etcdf::member {
namespace {

namespace fs = std::filesystem;

// All that an etcd of any version makes (v3.6.9, server/storage/schema/bucket.go, AllBuckets).
constexpr auto kBuckets = std::to_array<std::string_view>(
    {mvcc::kKeyBucket, mvcc::kMetaBucket, mvcc::kLeaseBucket, mvcc::kAlarmBucket,
     mvcc::kClusterBucket, mvcc::kMembersBucket, mvcc::kMembersRemovedBucket, mvcc::kAuthBucket,
     mvcc::kAuthUsersBucket, mvcc::kAuthRolesBucket});

// Where the database is, and what its place says of it.
struct Place {
  std::string path = {};
  std::string data_dir = {};
  bool is_etcds_db = false;  // member/snap/db: a bbolt file, however damaged
};

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// What lies in a folder without a db and may be taken for one.
struct Leftover {
  std::string_view prefix;
  std::string_view suffix;
  const char* what;
};
constexpr Leftover kLeftovers[] = {
    {"", ".snap.db", "there is no db beside this one, which the leader sent; name it to read it"},
    {"", ".part", "there is no db, only this unfinished `snapshot save`; name it to read it"},
    {"db.tmp", "", "there is no db, only this unfinished defragmentation; name it to read it"},
    {"tmp", "", "there is no db, only this unfinished copy from the leader; name it to read it"},
};

// Why there is no database in this folder.
Error NoDatabase(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code unknown;
    if (!entry.is_regular_file(unknown)) continue;
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  for (const Leftover& leftover : kLeftovers) {
    for (const std::string& name : names) {
      if (!name.starts_with(leftover.prefix) || !name.ends_with(leftover.suffix)) continue;
      return {
          .code = ErrorCode::kNotFound, .what = leftover.what, .subject = (folder / name).string()};
    }
  }
  return {.code = ErrorCode::kNotFound,
          .what = "holds no member/snap/db, no db and no data.mdb: not the place of a database",
          .subject = folder.string()};
}

Result<Place> FindDatabase(const std::string& path) {
  const fs::path root = path;
  std::error_code error;
  const fs::file_status status = fs::status(root, error);
  if (status.type() == fs::file_type::not_found) {
    return Fail(
        {.code = ErrorCode::kNotFound, .what = "no such file or directory", .subject = path});
  }
  if (!fs::is_directory(status)) return Place{.path = path};
  if (Exists(root / "member")) {
    const fs::path snap = root / "member" / "snap";
    if (!Exists(snap / "db")) return Fail(NoDatabase(snap));
    return Place{.path = (snap / "db").string(), .data_dir = path, .is_etcds_db = true};
  }
  if (Exists(root / "snap")) {
    if (!Exists(root / "snap" / "db")) return Fail(NoDatabase(root / "snap"));
    return Place{.path = (root / "snap" / "db").string(), .data_dir = path, .is_etcds_db = true};
  }
  if (Exists(root / "data.mdb")) return Place{.path = (root / "data.mdb").string()};
  if (!Exists(root / "db")) return Fail(NoDatabase(root));
  return Place{.path = (root / "db").string(),
               .data_dir = (root / "..").lexically_normal().string(),
               .is_etcds_db = true};
}

// What `path` holds, unless it is no database.
Result<io::FileKind> DetectDatabase(const Place& place) {
  const auto detected = io::DetectFile(place.path);
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
  findings.Report({.kind = kUnreadable,
                   .file = opened.path,
                   .offset = static_cast<uint64_t>(*index) * file.page_size(),
                   .what = "meta page " + std::to_string(*index) + " is valid, and " +
                           (root_fits ? "its page size of " + std::to_string(meta.page_size) +
                                            " bytes cannot be right: the pages are of " +
                                            std::to_string(file.page_size())
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

Result<OpenedDatabase> OpenDatabase(const std::string& path, const DatabaseChoice& choice,
                                    FindingSink& findings) {
  auto place = FindDatabase(path);
  if (!place) return Fail(place.error());
  const auto kind = DetectDatabase(*place);
  if (!kind) return Fail(kind.error());

  OpenedDatabase opened{.path = std::move(place->path), .data_dir = std::move(place->data_dir)};
  if (*kind == io::FileKind::kLmdb) {
    if (choice.meta) {
      return Fail({.code = ErrorCode::kUsage,
                   .what = "is an LMDB environment: --meta is for bbolt files",
                   .subject = opened.path});
    }
    auto database = lmdb::OpenDatabase(opened.path, findings);
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
  auto file = bolt::File::Open(opened.path);
  if (!file) return Fail(file.error());
  opened.bolt = *std::move(file);
  OpenBolt(opened, choice, findings);
  return opened;
}

void ReportMissingBucket(const OpenedDatabase& opened, std::string_view bucket,
                         FindingSink& findings) {
  if (opened.database == nullptr || opened.database->Open(AsBytes(bucket))) return;
  findings.Report({.kind = kMissingBucket,
                   .file = opened.path,
                   .what = "there is no bucket " + std::string(bucket) +
                           ", which etcd makes at its first start",
                   .consequence =
                       "the file is not etcd's, or the bucket is lost; etcd makes it anew "
                       "and empty when it starts"});
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
