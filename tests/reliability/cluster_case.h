// Members of a cluster between which differences were planted, drawn by dice: what each of them
// really is, and the files by which hashcheck is to judge them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/reliability/cluster_log.h"
#include "tests/reliability/dice.h"
#include "tests/reliability/member.h"
#include "tests/reliability/member_rows.h"

namespace etcdf::reliability {

// As what a member is given.
enum class Form : uint8_t { kDataDir, kDatabase, kLmdb, kDigest };
inline constexpr size_t kForms = 4;

// A row that was changed in the database, by no entry. In bucket `key`, only of members that have
// applied all.
struct TableEdit {
  std::string bucket = {};
  std::string key = {};
  std::optional<std::string> value = {};  // nothing: the row is not there
};

struct GivenMember {
  std::string name = {};
  Form form = Form::kDataDir;
  size_t cluster = 0;  // whose log it has, of those of the case
  LogShape log = {};   // and its node
  uint64_t applied = 0;
  uint64_t salt = 0;
  std::vector<KeyEdit> key_edits = {};
  std::vector<TableEdit> table_edits = {};
  std::optional<int64_t> compacting_at = {};  // MemberPast's
  bool is_backup = false;  // not a member, but the database of the cluster's backup
  std::optional<size_t> same_file_as = {};  // a member before it, whose files it is given by

  Rows rows = {};    // in its database
  Rows rolled = {};  // and once its log has been applied to the end

  bool has_log() const { return form == Form::kDataDir; }
  bool is_edited() const { return !key_edits.empty() || !table_edits.empty(); }
  // Its database's rows can be read one by one.
  bool has_rows() const { return form != Form::kDigest; }
  // By which it is given, relative to the case's folder.
  std::string Path() const;
};

struct ClusterCase {
  std::string_view kind = {};
  const ClusterBase* base = nullptr;
  std::vector<ClusterLog> clusters = {};
  std::vector<LogEntry> backup = {};  // what the only cluster was restored from; or nothing
  std::vector<GivenMember> members = {};
  std::vector<std::string> options = {};  // beside the format
  std::vector<std::string> did = {};      // in words

  bool Asks(std::string_view option) const;
  // Whether a founder of a cluster is not among the members, and another one is there twice.
  bool HasTwinForAnother() const;
  // Whether a member's log ends well before requests that it proposed itself.
  bool HasOldCopy() const;
};

// The names of all kinds of cases.
std::span<const std::string_view> CaseKinds();

// A case of the kind.
ClusterCase DrawCase(std::string_view kind, const ClusterBase& base, Dice& dice);

// Writes the members' files into the working directory. Throws what is wrong.
void WriteCase(const ClusterCase& drawn);

}  // namespace etcdf::reliability
