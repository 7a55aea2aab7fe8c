#include "snapshot-status/survey.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <future>
#include <set>
#include <thread>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "bolt/page_map.h"
#include "checksum/sha256.h"
#include "io/data_dir.h"
#include "io/detect.h"
#include "mvcc/leases.h"
#include "mvcc/row_check.h"
#include "mvcc/schema.h"
#include "mvcc/table_check.h"
#include "raft/message.h"
#include "restore/cluster_line.h"
#include "salvage/live_copy.h"
#include "wal/log.h"

namespace etcdf::snapshot_status {
namespace {

constexpr uint64_t kShaBytes = 32;
constexpr uint64_t kSectorBytes = 512;

// Passes on each finding once, though several walks over the same rows meet it, and counts those
// that are more than a note.
class FirstTold : public FindingSink {
 public:
  explicit FirstTold(FindingSink& sink) : sink_(sink) {}

  void Report(Finding finding) override {
    std::string text = FindingText(finding);
    if (told_.contains(text)) return;
    if (told_.size() < kMostKept) told_.insert(std::move(text));
    Faults& faults = IsOfRows(finding.kind) ? of_rows_ : of_structure_;
    if (finding.kind.severity == Severity::kDamage) ++faults.damage;
    if (finding.kind.severity == Severity::kSuspect) ++faults.suspect;
    sink_.Report(std::move(finding));
  }
  const Faults& of_structure() const { return of_structure_; }
  const Faults& of_rows() const { return of_rows_; }

 private:
  // More than the sink keeps of all kinds that a file can have; what comes later may count twice.
  static constexpr size_t kMostKept = 64 * FindingList::kMaxPerKind;

  // What is wrong with what rows hold, whoever reads them; the rest is the engine's.
  static bool IsOfRows(const FindingKind& kind) {
    return kind.id.starts_with("mvcc.") || kind.id.starts_with("members.");
  }

  FindingSink& sink_;
  std::set<std::string> told_;
  Faults of_structure_;
  Faults of_rows_;
};

// Where another bbolt file begins after the first one, which needs `image_bytes`: its first page is
// a meta page (bbolt v1.4.3, internal/common/{page,meta}.go).
std::optional<uint64_t> FindSecondDatabase(Bytes file, uint64_t image_bytes) {
  constexpr std::array<uint8_t, 8> kMagicAndVersion = {0xed, 0xda, 0x0c, 0xed, 2, 0, 0, 0};
  constexpr size_t kMagicAt = 16;
  constexpr size_t kMetaFlag = 4;
  const Bytes rest = file.subspan(std::min<uint64_t>(file.size(), image_bytes));
  auto from = rest.begin();
  for (;;) {
    const auto found =
        std::search(from, rest.end(), kMagicAndVersion.begin(), kMagicAndVersion.end());
    if (found == rest.end()) return std::nullopt;
    const auto at = static_cast<size_t>(found - rest.begin());
    if (at >= kMagicAt) {
      const Bytes page = rest.subspan(at - kMagicAt);
      if (LoadLe64(page.data()) == 0 && page[8] == kMetaFlag) {
        return file.size() - rest.size() + at - kMagicAt;
      }
    }
    from = found + 1;
  }
}

// Checks the trailer in a thread of its own while the rows are read.
class ShaCheck {
 public:
  // `image_bytes`: what the database needs of the file.
  ShaCheck(Bytes file, uint64_t image_bytes)
      : file_(file),
        is_cut_short_(file.size() < image_bytes),
        second_(FindSecondDatabase(file, image_bytes)) {
    if (second_) {
      if (*second_ >= image_bytes + kShaBytes) Begin(*second_ - kShaBytes);
      return;
    }
    const uint64_t behind = file.size() - std::min<uint64_t>(file.size(), image_bytes);
    // A database that has room for more pages has some of them, or zeros, behind its last one.
    const bool may_be_followed = behind > kShaBytes && behind < kSectorBytes;
    if (file.size() % kSectorBytes == kShaBytes) {
      Begin(file.size() - kShaBytes);
    } else if (may_be_followed) {
      Begin(image_bytes);
    } else if (is_cut_short_) {
      state_ = ShaState::kUnknown;
    } else {
      state_ = behind > 0 && behind < kShaBytes ? ShaState::kCutOff : ShaState::kAbsent;
    }
  }

  ShaState Finish(const std::string& path, FindingSink& findings) {
    if (second_) {
      if (worker_.joinable()) worker_.join();
      const bool is_saved =
          covered_bytes_ > 0 && Equal(file_.subspan(covered_bytes_, kShaBytes), computed_);
      ReportGlued(path, is_saved, findings);
      state_ = is_saved ? ShaState::kFollowed : ShaState::kAbsent;
      return state_;
    }
    if (worker_.joinable()) {
      worker_.join();
      const Bytes stored = file_.subspan(covered_bytes_, kShaBytes);
      const bool is_right = Equal(stored, computed_);
      const uint64_t behind = file_.size() - covered_bytes_ - kShaBytes;
      if (!is_right && is_cut_short_) {
        state_ = ShaState::kUnknown;  // any bytes may stand at such a length
      } else if (behind == 0) {
        state_ = is_right ? ShaState::kVerified : ShaState::kWrong;
        if (!is_right) ReportMismatch(path, stored, findings);
      } else {
        state_ = is_right ? ShaState::kFollowed : ShaState::kAbsent;
        if (is_right) ReportFollowed(path, behind, findings);
      }
    } else if (state_ == ShaState::kCutOff) {
      findings.Report(
          {.kind = kShaCutOff,
           .file = path,
           .offset = file_.size(),
           .what = "the file ends within the SHA-256 that snapshot save puts at its end",
           .consequence = "the database before it is whole; the copy was cut off"});
    }
    return state_;
  }

 private:
  void Begin(uint64_t covered_bytes) {
    covered_bytes_ = covered_bytes;
    worker_ = std::jthread([this] { computed_ = Sha256Of(file_.first(covered_bytes_)); });
  }

  void ReportGlued(const std::string& path, bool is_saved, FindingSink& findings) const {
    findings.Report(
        {.kind = kGlued,
         .file = path,
         .offset = *second_,
         .length = file_.size() - *second_,
         .what = "another database begins at offset " + std::to_string(*second_) +
                 ": two files were put into one",
         .consequence =
             std::string("only the first one is read, by etcd too; ") +
             (is_saved ? "its SHA-256 is right, so it is what was saved"
                       : "it has no SHA-256 that is right before the second one begins")});
  }

  void ReportFollowed(const std::string& path, uint64_t behind, FindingSink& findings) const {
    const uint64_t saved_bytes = file_.size() - behind;
    findings.Report({.kind = kShaFollowed,
                     .file = path,
                     .offset = saved_bytes,
                     .length = behind,
                     .what = "the SHA-256 is right, and something else follows it, " +
                             Counted(behind, "byte", "bytes"),
                     .consequence = "snapshot restore does not find it and refuses the file; its "
                                    "first " +
                                    std::to_string(saved_bytes) + " bytes are what was saved"});
  }

  void ReportMismatch(const std::string& path, Bytes stored, FindingSink& findings) const {
    std::string expected, found;
    AppendHex(expected, stored);
    AppendHex(found, computed_);
    findings.Report({.kind = kShaMismatch,
                     .file = path,
                     .offset = file_.size() - kShaBytes,
                     .length = kShaBytes,
                     .what = "the SHA-256 at the end of the file is " + expected +
                             ", that of the bytes before it " + found,
                     .consequence = "the file is not what was saved; snapshot restore refuses it"});
  }

  Bytes file_;
  bool is_cut_short_;
  std::optional<uint64_t> second_;
  uint64_t covered_bytes_ = 0;  // the SHA-256 stands behind them
  ShaState state_ = ShaState::kNotChecked;
  Sha256Digest computed_ = {};
  std::jthread worker_;  // last: it uses the others
};

std::vector<std::string> ReadAlarms(const mvcc::Store& store) {
  std::vector<std::string> alarms;
  const auto bucket = store.database.Open(AsBytes(mvcc::kAlarmBucket));
  if (!bucket) return alarms;
  const auto cursor = bucket->NewCursor(store.findings);
  raft::Message message;
  const raft::MessageSchema& schema = raft::AlarmMemberSchema();
  for (bool there = cursor->First(); there; there = cursor->Next()) {
    if (message.Parse(schema, cursor->row().key) != raft::ParseVerdict::kAccepted) continue;
    const raft::FieldSchema& alarm = *schema.FindName("alarm");
    const auto number = static_cast<int32_t>(message.root().Number(alarm.number));
    const std::string_view name = alarm.enumeration->Name(number);
    const uint64_t member = message.root().Number(schema.FindName("memberID")->number);
    alarms.push_back((name.empty() ? std::to_string(number) : std::string(name)) + " on " +
                     HexId(member));
  }
  return alarms;
}

// Of the last segment, if there is a log beside the database.
std::optional<wire::Metadata> ReadWalMetadata(const member::Evidence& files) {
  if (!files.has_log()) return std::nullopt;
  FindingList findings;  // dump-logs --verify is who tells them
  auto log = files.OpenLog(UINT64_MAX, findings);
  if (!log) return std::nullopt;
  log->Scan(findings);
  return log->summary().metadata;
}

// What etcd will do with the data directory that the database is in.
void Foretell(Survey& survey, const member::Evidence& files) {
  if (!files.is_data_dir()) return;
  FindingList met;  // told where they are asked for: by --check, by dump-logs --verify
  const auto log = files.ReadLog(met);
  restore::ReadAsEtcdDoes(survey.evidence, met);
  const restore::DatabaseState state =
      restore::ReadDatabaseState(*survey.evidence.database, survey.evidence.path);
  const restore::Evidence evidence{.dir = files.files(),
                                   .log = log ? &*log : nullptr,
                                   .database = &state,
                                   .met = met.findings()};
  const restore::ClusterLine line = restore::FindClusterLine(evidence, survey.status);
  for (const apply::Version& version : restore::LinesToForetell(line)) {
    survey.forecasts.push_back(restore::ForecastStart(evidence, version));
  }
}

void ReadForFull(Survey& survey, const member::Evidence& files, const mvcc::Store& store) {
  if (auto hash = mvcc::HashKv(store, 0)) survey.hash_kv = *hash;
  survey.members = member::ReadMemberBuckets(store.database, store.file, store.findings);
  survey.alarms = ReadAlarms(store);
  survey.wal_metadata = ReadWalMetadata(files);
  Foretell(survey, files);
}

void CheckLogically(const mvcc::Store& store) {
  mvcc::CheckRows(store);
  mvcc::CheckEnd(store);
  mvcc::CheckLeases(store);
  mvcc::CheckTables(store);
  member::ReadMemberBuckets(store.database, store.file, store.findings);
  member::CheckJsonRows(store);
}

void ReadDatabase(Survey& survey, const member::Evidence& files, const Options& options,
                  FirstTold& told) {
  const bolt::Database* const bolt = survey.evidence.bolt_database;
  const bool structure = bolt != nullptr && options.depth != Depth::kQuick;
  std::optional<ShaCheck> sha;
  if (structure) sha.emplace(bolt->file().bytes(), bolt->size_bytes());
  const mvcc::Store store = {
      .database = *survey.evidence.database, .file = survey.evidence.path, .findings = told};
  // Every page that leads to a row is looked at on the way; the map of all pages is drawn beside.
  FindingList pages_findings;
  std::future<uint64_t> free_pages;
  if (structure) {
    free_pages = std::async(std::launch::async,
                            [&] { return bolt::PageMap(*bolt, pages_findings).free_pages(); });
  }
  survey.status = mvcc::ReadStatus(store);
  survey.content = mvcc::HashContent(store);
  if (structure) {
    survey.free_pages = free_pages.get();
    for (const Finding& finding : pages_findings.findings()) told.Report(finding);
    survey.structure_faults = told.of_structure();
    if (survey.structure_faults->damage > 0) salvage::CheckLiveCopy(bolt->file(), told);
  }
  if (options.depth == Depth::kLogical) {
    CheckLogically(store);
  }
  // Some are met on the way.
  if (options.depth == Depth::kLogical || told.of_rows().all() > 0) {
    survey.row_faults = told.of_rows();
  }
  if (options.full) ReadForFull(survey, files, store);
  if (options.with_members && !options.full) {
    survey.members = member::ReadMemberBuckets(store.database, store.file, store.findings);
  }
  if (sha) survey.sha = sha->Finish(survey.evidence.path, told);
  // etcdutl looks for the version in `meta`, and stops where that is not (etcdutl/snapshot/
  // v3_snapshot.go, Status; server/storage/schema/schema.go, ReadStorageVersionFromSnapshot).
  member::ReportMissingBucket(survey.evidence, mvcc::kKeyBucket, told);
  member::ReportMissingBucket(survey.evidence, mvcc::kMetaBucket, told);
  member::ReportUnknownBuckets(survey.evidence, told);
  survey.evidence.ReportFaults(told);
}

// Whether what is left of the file reads as the head of a .snap: a crc, and data longer than it.
bool BeginsLikeSnap(Bytes file) {
  size_t at = 0;
  const auto take = [&](uint8_t tag) -> std::optional<uint64_t> {
    if (at == file.size() || file[at++] != tag) return std::nullopt;
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 63 && at < file.size(); shift += 7) {
      const uint8_t byte = file[at++];
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  };
  const auto crc = take(0x08);
  const auto length = take(0x12);
  if (!crc || !length || *crc > UINT32_MAX || *length <= file.size() - at) return false;
  // The data begin with the v2 store, or without one with the metadata.
  return at == file.size() || file[at] == 0x0a || file[at] == 0x12;
}

// A file too damaged to recognise is a .snap by the name that etcd gave it, or by its beginning.
bool IsSnap(const member::Evidence& files) {
  const auto kind = files.file_kind();
  if (kind == io::FileKind::kSnap) return true;
  if (kind != io::FileKind::kUnknown && kind != io::FileKind::kEmpty) return false;
  if (io::ParseSnapName(std::filesystem::path(files.file().path).filename().string())) return true;
  const auto mapped = files.MapFile();
  return mapped && BeginsLikeSnap(mapped->bytes());
}

void ReportBadStore(const Survey& survey, FindingSink& findings) {
  findings.Report({.kind = kBadStore,
                   .file = survey.path,
                   .what = "the v2 store in the snapshot is no JSON of etcd's, " +
                           std::to_string(survey.snap->snapshot.data.size()) +
                           " bytes under a checksum that matches",
                   .consequence = "etcd up to 3.6 does not start from it; from 3.7 on it is not "
                                  "looked at"});
}

Result<Survey> SurveySnap(const std::string& path, const member::Evidence& files,
                          FindingSink& findings) {
  const io::EvidenceFile& file = files.file();
  const std::string name = std::filesystem::path(file.path).filename().string();
  auto snap = snapfile::ReadSnapFile({.path = file.path,
                                      .name = io::ParseSnapName(name).value_or(io::SnapName{}),
                                      .content = file.content},
                                     findings);
  if (!snap) return Fail(snap.error());
  if (!*snap) {
    return Fail({.code = ErrorCode::kMalformed,
                 .what = "is a .snap file that cannot be used",
                 .subject = path});
  }
  Survey survey{.path = path, .file_bytes = (*snap)->size_bytes};
  survey.snap = **std::move(snap);
  if (auto members = member::ParseV2Membership(survey.snap->snapshot.data)) {
    survey.members = *std::move(members);
  } else if (!survey.snap->snapshot.data.empty()) {
    ReportBadStore(survey, findings);
  }
  return survey;
}

}  // namespace

std::optional<Shortfall> ShortfallOf(const Survey& survey) {
  if (survey.evidence.bolt_database == nullptr) return std::nullopt;
  const uint64_t whole_bytes = survey.evidence.bolt_database->size_bytes();
  if (survey.file_bytes >= whole_bytes) return std::nullopt;
  return Shortfall{.there_bytes = survey.file_bytes, .whole_bytes = whole_bytes};
}

Result<Survey> SurveyFile(const std::string& path, const Options& options, FindingSink& findings) {
  const auto parts = member::Parts::kDatabase | member::Parts::kSnaps |
                     (options.full ? member::Parts::kLog : member::Parts::kSnaps);
  const auto files = member::Open(
      {.path = path, .wal_dir = options.wal_dir, .temporary_dir = options.temporary_dir}, parts,
      findings);
  if (!files) return Fail(files.error());
  if (IsSnap(*files)) return SurveySnap(path, *files, findings);
  FirstTold told(findings);
  auto evidence = files->OpenDatabase({}, told);
  if (!evidence) return Fail(evidence.error());
  if (evidence->database == nullptr) return Fail(evidence->unreadable);
  Survey survey{.path = path, .evidence = *std::move(evidence)};
  survey.file_bytes = survey.evidence.bolt != nullptr ? survey.evidence.bolt->bytes().size()
                                                      : survey.evidence.database->size_bytes();
  ReadDatabase(survey, *files, options, told);
  return survey;
}

}  // namespace etcdf::snapshot_status
