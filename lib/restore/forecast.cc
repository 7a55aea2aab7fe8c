#include "restore/forecast.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/escape.h"
#include "bolt/findings.h"
#include "json/json.h"
#include "member/membership.h"
#include "mvcc/findings.h"
#include "restore/log_reading.h"
#include "snapfile/snap_file.h"

namespace etcdf::restore {
namespace {

using apply::Version;

constexpr Version kFirstWithoutV2Store{.major = 3, .minor = 6};
constexpr Version kFirstWithoutSnapFiles{.major = 3, .minor = 7};

// Since 3.3.25 and 3.4.8 a `.snap` file counts only if the log has a record of it, and the whole
// log is read for that (wal.go, ValidSnapshotEntries).
bool GoesBySnapshotRecords(const Version& version) {
  if (version.minor == 3) return version.patch >= 25;
  if (version.minor == 4) return version.patch >= 8;
  return version.minor >= 5;
}

// The kinds of damage at which etcd stops when it opens the database, or reads its rows.
struct FatalFinding {
  FindingKind kind;
  const char* etcd_says;
  const char* rule;
  Version since = {};
};
constexpr char kFault[] = "unexpected fault address";
constexpr FatalFinding kFatalFindings[] = {
    {bolt::kNoValidMeta, "failed to open database", "bbolt db.go, Open"},
    {member::kUnreadable, "failed to open database", "bbolt db.go, Open"},
    {bolt::kBadPage, "freepages: failed to get all reachable pages", "bbolt db.go, freepages"},
    {bolt::kPageReused, "freepages: failed to get all reachable pages", "bbolt db.go, freepages"},
    {bolt::kPageShared, "freepages: failed to get all reachable pages", "bbolt db.go, freepages"},
    {bolt::kBeyondHighWater, "freepages: failed to get all reachable pages",
     "bbolt db.go, freepages"},
    {bolt::kNotAFreelist, "invalid freelist page", "bbolt freelist.go, read"},
    {bolt::kBadElement, kFault, "bbolt, a page's element"},
    {mvcc::kBadRowKey, "a panic in the decoder of revisions", "mvcc/kvstore.go, restoreChunk"},
    {mvcc::kBadRowValue, "failed to unmarshal mvccpb.KeyValue", "mvcc/kvstore.go, restoreChunk"},
    {mvcc::kBadLease, "failed to unmarshal lease proto item", "lease/lessor.go, initAndRecover"},
    {member::kMembersUnreadable, "failed to unmarshal member", "schema/membership.go",
     kFirstWithoutV2Store},
};

// Whether the v2 store in a .snap file holds anything of users'
// (server/etcdserver/api/membership/storev2.go, IsMetaStoreOnly). Nothing if it is no v2 store.
std::optional<bool> HasV2Content(Bytes store) {
  bool has = false;
  const bool is_json = json::Walk(AsText(store), [&](auto path, const json::Scalar&) {
    if (path.size() < 5 || path[0] != "Root" || path[1] != "Children") return;
    const bool is_auth = path[2] == "2";
    const bool below =
        path[3] == "Children" && (!is_auth || (path.size() > 6 && path[5] == "Children"));
    has = has || (path[2] != "0" && below);
  });
  return is_json ? std::optional(has) : std::nullopt;
}

std::string Number(uint64_t number) { return std::to_string(number); }

std::string LineText(const Version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

std::string PlaceText(const LogFault& fault) {
  return std::filesystem::path(fault.file).filename().string() + " at " + Number(fault.at);
}

class Forecaster {
 public:
  Forecaster(const Evidence& evidence, const Version& version) : evidence_(evidence) {
    forecast_.version = version;
    database_path_ = (std::filesystem::path(evidence.dir.snap_dir) / "db").string();
    std::error_code error;
    has_database_ = std::filesystem::exists(database_path_, error);
  }

  Forecast Run() {
    // Each step says whether the next one is reached.
    const bool starts = CheckLogThere() && CheckVersion() && CheckDatabase() && ChooseSnapshot() &&
                        CheckSnapshotDatabase() && ReadLog() && CheckIdentity() && CheckRaftState();
    if (starts) CheckWhatFollows();
    return std::move(forecast_);
  }

 private:
  bool Stop(std::string what, std::string etcd_says, std::string rule) {
    Add(Weight::kStops, std::move(what), std::move(etcd_says), std::move(rule));
    return false;
  }
  void Add(Weight weight, std::string what, std::string etcd_says, std::string rule) {
    forecast_.remarks.push_back({.weight = weight,
                                 .what = std::move(what),
                                 .etcd_says = std::move(etcd_says),
                                 .rule = std::move(rule)});
  }

  const Version& version() const { return forecast_.version; }
  uint64_t applied() const {
    return evidence_.status == nullptr ? 0 : evidence_.status->consistent_index.value_or(0);
  }

  bool CheckLogThere() {
    if (!evidence_.dir.segments.empty()) return true;
    return Stop(
        applied() == 0
            ? "there is no raft log: etcd would begin a new member here"
            : "there is no raft log: etcd would begin a new member here, whose entries 1 to " +
                  Number(applied()) + " the database takes for applied",
        "", "bootstrap.go, haveWAL");
  }

  bool CheckVersion() {
    if (evidence_.status == nullptr || !evidence_.status->cluster_version) return true;
    const auto cluster = apply::ParseVersion(AsText(*evidence_.status->cluster_version));
    if (!cluster ||
        std::pair(cluster->major, cluster->minor) <= std::pair(version().major, version().minor)) {
      return true;
    }
    return Stop("the cluster's version is " + LineText(*cluster),
                "invalid downgrade; server version is lower than determined cluster version",
                "membership/cluster.go, Recover");
  }

  bool Met(const FindingKind& kind) const {
    return std::ranges::any_of(evidence_.met,
                               [&](const Finding& finding) { return finding.kind.id == kind.id; });
  }

  bool CheckDatabase() {
    if (!has_database_) return true;
    for (const Finding& finding : evidence_.met) {
      const auto* const fatal =
          std::ranges::find_if(kFatalFindings, [&](const FatalFinding& known) {
            return known.kind.id == finding.kind.id && version() >= known.since;
          });
      if (fatal != std::end(kFatalFindings)) {
        // A page that the file does not have is not looked at, but touched.
        const bool touches = finding.kind.id == bolt::kBadPage.id && Met(bolt::kTruncated);
        return Stop(
            "the database is damaged (" + std::string(finding.kind.id) + "): " + finding.what,
            touches ? kFault : fatal->etcd_says, fatal->rule);
      }
    }
    std::error_code error;
    const bool is_new = std::filesystem::file_size(database_path_, error) == 0 && !error;
    if (evidence_.database == nullptr && !is_new) {
      return Stop("the database cannot be read", "failed to open database", "bbolt db.go, Open");
    }
    if (Met(bolt::kBadMeta)) {
      Add(Weight::kNote,
          "a meta page of the database is damaged; bbolt uses the other one, and etcd applies "
          "again what the lost transaction held",
          "", "bbolt db.go, meta");
    }
    if (Met(member::kMissingBucket)) {
      return Stop(
          "the database has no bucket key or no bucket meta: etcd would make it anew, empty", "",
          "mvcc/kvstore.go, NewStore");
    }
    return true;
  }

  bool ChooseSnapshot() {
    auto reader = LogReader::Open(evidence_.dir, version());
    if (!reader) return Stop(reader.error().Message(), "", "wal.go, Open");
    reader_.emplace(*std::move(reader));
    std::vector<wal::EntryId> records;
    if (GoesBySnapshotRecords(version())) {
      const SnapshotRecords read = reader_->ReadSnapshotRecords();
      if (read.fault) {
        return Stop("the log cannot be read: " + PlaceText(read.fault), read.fault.etcd_says,
                    "wal.go, ValidSnapshotEntries");
      }
      records = read.committed;
    }
    if (version() >= kFirstWithoutSnapFiles) {
      if (!records.empty()) TakeSnapshot(records.back());
      return true;
    }
    return ChooseSnapFile(records);
  }

  void TakeSnapshot(const wal::EntryId& id) {
    forecast_.snapshot_index = id.index;
    snapshot_term_ = id.term;
  }

  // The newest readable file that the log knows of (snapshotter.go, LoadNewestAvailable).
  bool ChooseSnapFile(const std::vector<wal::EntryId>& records) {
    for (const io::SnapFile& file : evidence_.dir.snaps) {
      FindingList unreported;  // whoever opened the directory has told of them
      const auto snap = snapfile::ReadSnapFile(file, unreported);
      const std::string name = std::filesystem::path(file.path).filename().string();
      if (!snap || !*snap) {
        Add(Weight::kNote, name + " cannot be read, an older snapshot serves if there is one",
            "failed to read a snap file", "snapshotter.go, loadSnap");
        continue;
      }
      const wire::RaftSnapshot& snapshot = (*snap)->snapshot;
      const bool known = std::ranges::any_of(records, [&](const wal::EntryId& record) {
        return record.index == snapshot.index && record.term == snapshot.term;
      });
      if (!known && GoesBySnapshotRecords(version())) continue;
      TakeSnapshot({.index = snapshot.index, .term = snapshot.term});
      return CheckV2Store(name, snapshot.data);
    }
    return true;
  }

  bool CheckV2Store(const std::string& name, Bytes store) {
    const auto has_content = HasV2Content(store);
    if (!has_content) {
      return Stop("the v2 store in " + name + " is no JSON", "failed to recover from snapshot",
                  "bootstrap.go, recoverSnapshot");
    }
    if (!*has_content || version() < kFirstWithoutV2Store) return true;
    return Stop("the v2 store in " + name + " holds keys or users of API v2",
                "detected disallowed custom content in v2store for stage "
                "--v2-deprecation=write-only",
                "storage/util.go, AssertNoV2StoreContent");
  }

  // A snapshot from the leader comes with a database, which etcd puts in place of its own.
  bool CheckSnapshotDatabase() {
    const uint64_t snapshot = forecast_.snapshot_index;
    if (snapshot > applied()) {
      const std::string name = FixedHex(snapshot, 16) + ".snap.db";
      std::error_code error;
      if (!std::filesystem::exists(std::filesystem::path(evidence_.dir.snap_dir) / name, error)) {
        return Stop("the snapshot is of entry " + Number(snapshot) + ", the database of entry " +
                        Number(applied()) + ", and there is no " + name + " to bring it up to that",
                    "failed to find database snapshot file",
                    "storage/backend.go, RecoverSnapshotBackend");
      }
      Add(Weight::kNote,
          "etcd puts " + name +
              " in place of the database, which has applied less than the "
              "snapshot at entry " +
              Number(snapshot),
          "", "storage/backend.go, RecoverSnapshotBackend");
      replaced_ = true;
    }
    if (has_database_) return true;
    if (snapshot > 0) {
      return Stop("there is no database, though the snapshot says that there was one",
                  "database file of the backend is missing", "bootstrap.go, databaseFileMissing");
    }
    Add(Weight::kNote, "there is no database: etcd builds it anew from the log's first entry on",
        "", "bootstrap.go, bootstrapBackend");
    return true;
  }

  bool ReadLog() {
    tail_ = reader_->ReadFrom(forecast_.snapshot_index, snapshot_term_);
    forecast_.index_last = tail_.index_last;
    if (tail_.fault) {
      const bool absent = tail_.fault.etcd_says == "wal: file not found";
      return Stop(absent ? "the log does not have the entries that follow entry " +
                               Number(forecast_.snapshot_index) + ", from where etcd would read it"
                         : "the log cannot be read: " + PlaceText(tail_.fault),
                  tail_.fault.etcd_says, "wal.go, ReadAll");
    }
    if (tail_.repaired) {
      Add(Weight::kNote,
          "etcd cuts the log behind entry " + Number(tail_.index_last) + ": " +
              PlaceText(tail_.repaired) + " is an incomplete record",
          "repaired", "wal/repair.go, Repair");
    }
    return true;
  }

  bool CheckIdentity() {
    const uint64_t node = tail_.metadata ? tail_.metadata->node_id : 0;
    if (node == 0) {
      return Stop("the log does not say which member it belongs to", "cannot use none as id",
                  "raft.go, Config.validate");
    }
    if (evidence_.database == nullptr || replaced_) return true;
    FindingList unreported;
    const auto members = member::ReadMemberBuckets(*evidence_.database, database_path_, unreported);
    const auto self = members.find(node);
    if (members.empty()) return true;
    if (self == members.end()) {
      const std::string what = "the log is of node " + HexId(node) +
                               ", whom the database does not have among its members";
      if (version() >= kFirstWithoutV2Store && applied() >= tail_.index_last) {
        return Stop(what, "failed to update; member unknown",
                    "membership/cluster.go, UpdateAttributes");
      }
      Add(Weight::kHarms, what + ": they may be of different members or clusters", "",
          "membership/cluster.go, Recover");
    } else if (self->second.standing == member::Standing::kRemoved) {
      Add(Weight::kHarms,
          "node " + HexId(node) + " was removed from the cluster: the others refuse it",
          "the member has been permanently removed from the cluster", "rafthttp/peer.go");
    }
    return true;
  }

  bool CheckRaftState() {
    const uint64_t commit = tail_.state.commit;
    const bool is_empty = tail_.state.term == 0 && tail_.state.vote == 0 && commit == 0;
    if (is_empty || (commit >= forecast_.snapshot_index && commit <= tail_.index_last)) return true;
    const std::string range =
        "[" + Number(forecast_.snapshot_index) + ", " + Number(tail_.index_last) + "]";
    return Stop("the hard state says that entry " + Number(commit) +
                    " is committed, and the log that etcd reads is " + range,
                "state.commit " + Number(commit) + " is out of range " + range,
                "raft.go, loadState");
  }

  void CheckWhatFollows() {
    if (!replaced_ && applied() > tail_.index_last) {
      Add(Weight::kHarms,
          "the database has applied entry " + Number(applied()) + ", and the log ends at " +
              Number(tail_.index_last) +
              ": what is next written under the indexes between would be taken for applied",
          "", "server.go, applyEntryNormal");
    }
    if (evidence_.log == nullptr) return;
    const uint64_t known = evidence_.log->summary().entries.index_last;
    if (known > tail_.index_last) {
      Add(Weight::kHarms,
          "entries " + Number(tail_.index_last + 1) + " to " + Number(known) +
              " stand in the log behind the place where etcd ends it, and are lost when it starts",
          "", "wal.go, ReadAll");
    }
  }

  const Evidence& evidence_;
  Forecast forecast_;
  std::string database_path_;
  bool has_database_ = false;
  bool replaced_ = false;  // by a .snap.db
  uint64_t snapshot_term_ = 0;
  std::optional<LogReader> reader_;
  LogTail tail_;
};

}  // namespace

Weight Forecast::worst() const {
  Weight worst = Weight::kNote;
  for (const Remark& remark : remarks) worst = std::max(worst, remark.weight);
  return worst;
}

Forecast ForecastStart(const Evidence& evidence, const Version& version) {
  return Forecaster(evidence, version).Run();
}

}  // namespace etcdf::restore
