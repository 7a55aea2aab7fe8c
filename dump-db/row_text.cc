#include "dump-db/row_text.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/escape.h"
#include "describe/go_text.h"
#include "describe/json.h"
#include "describe/value.h"
#include "mvcc/findings.h"
#include "mvcc/schema.h"
#include "output/csv.h"

namespace etcdf::dump_db {
namespace {

using output::ValueFormat;

template <typename Number>
void AppendNumber(std::string& out, Number number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<size_t>(end - digits));
}

// Go's %016x of an int64, whose sign counts as a digit.
std::string GoHex16(int64_t number) {
  if (number >= 0) return FixedHex(static_cast<uint64_t>(number), 16);
  const uint64_t magnitude = -static_cast<uint64_t>(number);
  return "-" + FixedHex(magnitude, std::max<size_t>(15, HexId(magnitude).size()));
}

// Go's %v of a []byte: [0 255]
void AppendGoByteList(std::string& out, Bytes bytes) {
  out += '[';
  for (const uint8_t byte : bytes) {
    if (out.back() != '[') out += ' ';
    AppendNumber(out, unsigned{byte});
  }
  out += ']';
}

bool IsNumber(std::string_view bucket, std::string_view key) {
  if (bucket == mvcc::kAuthBucket) return key == mvcc::kAuthRevisionName;
  return bucket == mvcc::kMetaBucket &&
         (key == mvcc::kConsistentIndexName || key == mvcc::kTermName);
}

bool IsRevision(std::string_view bucket, std::string_view key) {
  return bucket == mvcc::kMetaBucket &&
         (key == mvcc::kScheduledCompactName || key == mvcc::kFinishedCompactName);
}

// Upstream's %v of an enum: its name, or the number.
std::string EnumText(const raft::MessageView& message, std::string_view name) {
  const raft::FieldSchema& field = *message.schema().FindName(name);
  const auto number = static_cast<int32_t>(message.Number(field.number));
  const std::string_view known = field.enumeration->Name(number);
  return known.empty() ? std::to_string(number) : std::string(known);
}

// Upstream's %v of a []*authpb.Permission, and of the role's name.
void AppendRole(std::string& out, const raft::MessageView& role) {
  const raft::FieldSchema& permissions = *role.schema().FindName("keyPermission");
  out += "role=";
  AppendGoQuoted(out, role.BytesOf(1));
  out += ", keyPermission=[";
  bool first = true;
  for (const raft::FieldView field : role) {
    if (field.schema().number != permissions.number) continue;
    for (const raft::ValueView permission : field) {
      if (!std::exchange(first, false)) out += ' ';
      describe::AppendGoText(out, permission.message(), {});
    }
  }
  out += ']';
}

// Upstream leaves out the password.
void AppendUser(std::string& out, const raft::MessageView& user) {
  const raft::FieldSchema& roles = *user.schema().FindName("roles");
  const raft::FieldSchema& options = *user.schema().FindName("options");
  out += "user=";
  AppendGoQuoted(out, user.BytesOf(1));
  out += ", roles=[";
  bool first = true;
  for (const raft::FieldView field : user) {
    if (field.schema().number != roles.number) continue;
    for (const raft::ValueView role : field) {
      if (!std::exchange(first, false)) out += ' ';
      AppendGoQuoted(out, role.bytes());
    }
  }
  out += "], option=";
  if (!user.Has(options.number)) {
    out += "<nil>";
  } else {
    describe::AppendGoText(out, user.Child(options.number), {});
  }
}

// Buckets whose rows etcd itself makes, of nothing that anybody entrusted to it.
bool HoldsNoSecrets(std::string_view bucket) {
  return bucket == mvcc::kMetaBucket || bucket == mvcc::kClusterBucket ||
         bucket == mvcc::kMembersBucket || bucket == mvcc::kMembersRemovedBucket;
}

}  // namespace

void AppendKeyRowText(std::string& out, const mvcc::KeyRow& row, const ValueFormat& values) {
  out += "rev={Revision:{Main:";
  AppendNumber(out, row.at.revision.main);
  out += " Sub:";
  AppendNumber(out, row.at.revision.sub);
  out += row.at.tombstone ? "} tombstone:true}, value=[key " : "} tombstone:false}, value=[key ";
  AppendGoQuoted(out, row.kv.key);
  if (!describe::LeavesOut(values)) {
    out += " | val ";
    describe::AppendValue(out, row.kv.value, values, AppendGoQuoted);
  }
  out += " | created ";
  AppendNumber(out, row.kv.create_revision);
  out += " | mod ";
  AppendNumber(out, row.kv.mod_revision);
  out += " | ver ";
  AppendNumber(out, row.kv.version);
  out += ']';
}

void WriteKeyRowJson(output::JsonWriter& json, const mvcc::KeyRow& row, const ValueFormat& values) {
  json.Int("revision", row.at.revision.main);
  json.Int("sub", row.at.revision.sub);
  json.Bool("tombstone", row.at.tombstone);
  json.Bytes("key", row.kv.key);
  if (row.at.tombstone) return;
  json.Int("create_revision", row.kv.create_revision);
  json.Int("mod_revision", row.kv.mod_revision);
  json.Int("version", row.kv.version);
  if (row.kv.lease != 0) json.HexId("lease", static_cast<uint64_t>(row.kv.lease));
  describe::WriteValue(json, "value", row.kv.value, values);
}

void AppendKeyRowCsv(std::string& out, const mvcc::KeyRow& row, const ValueFormat& values) {
  AppendNumber(out, row.at.revision.main);
  out += ',';
  AppendNumber(out, row.at.revision.sub);
  out += row.at.tombstone ? ",true," : ",false,";
  std::string cell;
  AppendOctalEscaped(cell, row.kv.key);
  output::AppendCsvCell(out, cell);
  for (const int64_t number : {row.kv.create_revision, row.kv.mod_revision, row.kv.version}) {
    out += ',';
    AppendNumber(out, number);
  }
  out += ',';
  if (row.kv.lease != 0) out += HexId(static_cast<uint64_t>(row.kv.lease));
  out += ',';
  if (describe::LeavesOut(values)) return;
  cell.clear();
  describe::AppendValue(cell, row.kv.value, values, AppendOctalEscaped);
  output::AppendCsvCell(out, cell);
}

RowPrinter::RowPrinter(std::string_view bucket, const Options& options, std::string_view file,
                       FindingSink& findings)
    : bucket_(bucket), options_(options), file_(file), findings_(findings) {}

std::string RowPrinter::Header(std::string_view bucket, const Options& options) {
  if (options.format != Format::kCsv) return {};
  const bool has_columns = options.decode && bucket == mvcc::kKeyBucket;
  return std::string(has_columns ? kKeyRowCsvTitles : "key,value") + "\r\n";
}

void RowPrinter::Append(std::string& out, const backend::Row& row) {
  if (row.is_bucket) {
    AppendBucket(out, row);
  } else if (options_.decode) {
    AppendDecoded(out, row);
  } else {
    AppendBytesOf(out, row);
  }
}

// A bucket within the bucket has no value.
void RowPrinter::AppendBucket(std::string& out, const backend::Row& row) const {
  constexpr std::string_view kWhat = "nested bucket";
  if (options_.format == Format::kJson) {
    output::JsonWriter json(out);
    json.BeginObject();
    json.Bytes("bucket", AsBytes(bucket_));
    json.Bytes("key", row.key);
    json.Bool("is_bucket", true);
    json.EndObject();
    json.EndLine();
  } else if (options_.format == Format::kCsv) {
    std::string cell;
    AppendOctalEscaped(cell, row.key);
    output::AppendCsvRow(out, {cell, std::string(kWhat)});
  } else {
    out += "key=";
    AppendGoQuoted(out, row.key);
    (out += ", ") += kWhat;
    out += '\n';
  }
}

// The row's bytes: upstream's defaultDecoder.
void RowPrinter::AppendBytesOf(std::string& out, const backend::Row& row) const {
  const ValueFormat& values = options_.values;
  if (options_.format == Format::kJson) {
    output::JsonWriter json(out);
    json.BeginObject();
    json.Bytes("bucket", AsBytes(bucket_));
    json.Bytes("key", row.key);
    describe::WriteValue(json, "value", row.value, values);
    json.EndObject();
    json.EndLine();
    return;
  }
  if (options_.format == Format::kCsv) {
    std::string cell;
    AppendOctalEscaped(cell, row.key);
    output::AppendCsvCell(out, cell);
    out += ',';
    cell.clear();
    if (!describe::LeavesOut(values)) {
      describe::AppendValue(cell, row.value, values, AppendOctalEscaped);
    }
    output::AppendCsvCell(out, cell);
    out += "\r\n";
    return;
  }
  out += "key=";
  AppendGoQuoted(out, row.key);
  if (!describe::LeavesOut(values)) {
    out += ", value=";
    describe::AppendValue(out, row.value, values, AppendGoQuoted);
  }
  out += '\n';
}

void RowPrinter::AppendDecoded(std::string& out, const backend::Row& row) {
  if (bucket_ == mvcc::kKeyBucket) {
    const auto decoded = mvcc::DecodeKeyRow(row, file_, findings_);
    if (!decoded) return AppendBytesOf(out, row);
    return AppendKeyRow(out, *decoded);
  }
  if (const char* const fault = FaultOf(row)) {
    ReportFault(row, fault);
    return AppendBytesOf(out, row);
  }
  switch (options_.format) {
    case Format::kJson: AppendOtherJson(out, row); break;
    case Format::kCsv: AppendOtherCsv(out, row); break;
    default: AppendOtherText(out, row); break;
  }
  out += options_.format == Format::kCsv ? "\r\n" : "\n";
}

void RowPrinter::AppendKeyRow(std::string& out, const mvcc::KeyRow& row) const {
  if (options_.format == Format::kJson) {
    output::JsonWriter json(out);
    json.BeginObject();
    json.Bytes("bucket", AsBytes(bucket_));
    WriteKeyRowJson(json, row, options_.values);
    json.EndObject();
  } else if (options_.format == Format::kCsv) {
    AppendKeyRowCsv(out, row, options_.values);
  } else {
    AppendKeyRowText(out, row, options_.values);
  }
  out += options_.format == Format::kCsv ? "\r\n" : "\n";
}

// What is wrong with the row, as words that follow its name; null if it is what its bucket holds.
// If that is a message, `message_` has it then.
const char* RowPrinter::FaultOf(const backend::Row& row) {
  if (IsNumber(bucket_, AsText(row.key))) {
    return mvcc::DecodeNumber(row.value) ? nullptr : " is no number of 8 bytes";
  }
  if (IsRevision(bucket_, AsText(row.key))) {
    return mvcc::ParseRowKey(row.value) ? nullptr : " is no revision of 17 bytes";
  }
  if (bucket_ == mvcc::kLeaseBucket && !mvcc::DecodeNumber(row.key)) {
    return " has a key that is no lease id of 8 bytes";
  }
  const mvcc::RowMessage held = mvcc::RowMessageOf(bucket_);
  if (held.schema == nullptr) return nullptr;
  const auto verdict = message_.Parse(*held.schema, held.is_key ? row.key : row.value);
  if (verdict == raft::ParseVerdict::kAccepted) return nullptr;
  return held.is_key ? " has a key that cannot be decoded" : " has a value that cannot be decoded";
}

void RowPrinter::AppendOtherText(std::string& out, const backend::Row& row) const {
  const raft::MessageView message = message_.root();
  if (bucket_ == mvcc::kLeaseBucket) {
    const auto lease = mvcc::DecodeLease(row.value).value_or(mvcc::Lease{});
    out += "lease ID=" + GoHex16(static_cast<int64_t>(LoadBe64(row.key.data())));
    out += ", TTL=" + std::to_string(lease.ttl_seconds) + "s, remaining TTL=";
    out += std::to_string(lease.remaining_ttl_seconds) + "s";
  } else if (bucket_ == mvcc::kAuthRolesBucket) {
    AppendRole(out, message);
  } else if (bucket_ == mvcc::kAuthUsersBucket) {
    AppendUser(out, message);
  } else if (bucket_ == mvcc::kAlarmBucket) {
    out += "alarm=" + EnumText(message, "alarm") + ", member=" + HexId(message.Number(1));
  } else {
    out += "key=";
    AppendGoQuoted(out, row.key);
    out += ", value=";
    AppendPlainValue(out, row, AppendGoQuoted);
  }
}

// Of a row that holds no message.
void RowPrinter::AppendPlainValue(std::string& out, const backend::Row& row,
                                  void (*quote)(std::string&, Bytes)) const {
  if (IsNumber(bucket_, AsText(row.key))) {
    out += std::to_string(LoadBe64(row.value.data()));
  } else if (IsRevision(bucket_, AsText(row.key))) {
    const mvcc::Revision revision = mvcc::ParseRowKey(row.value)->revision;
    out += "{" + std::to_string(revision.main) + " " + std::to_string(revision.sub) + "}";
  } else if (bucket_ == mvcc::kAuthBucket) {
    AppendGoByteList(out, row.value);
  } else if (options_.values.redact && !HoldsNoSecrets(bucket_)) {
    describe::AppendFingerprint(out, row.value);
  } else {
    quote(out, row.value);
  }
}

void RowPrinter::AppendOtherJson(std::string& out, const backend::Row& row) const {
  output::JsonWriter json(out);
  json.BeginObject();
  json.Bytes("bucket", AsBytes(bucket_));
  const std::string_view key = AsText(row.key);
  const mvcc::RowMessage held = mvcc::RowMessageOf(bucket_);
  if (bucket_ == mvcc::kLeaseBucket) {
    json.HexId("key", LoadBe64(row.key.data()));
  } else if (!held.is_key) {
    json.Bytes("key", row.key);
  }
  if (held.schema != nullptr) {
    json.Name("value");
    describe::WriteJson(json, message_.root(), options_.values);
  } else if (IsNumber(bucket_, key)) {
    json.Uint("value", LoadBe64(row.value.data()));
  } else if (IsRevision(bucket_, key)) {
    json.Int("value", mvcc::ParseRowKey(row.value)->revision.main);
  } else if (options_.values.redact && !HoldsNoSecrets(bucket_)) {
    describe::WriteFingerprint(json, "value", row.value);
  } else {
    json.Bytes("value", row.value);
  }
  json.EndObject();
}

void RowPrinter::AppendOtherCsv(std::string& out, const backend::Row& row) const {
  const mvcc::RowMessage held = mvcc::RowMessageOf(bucket_);
  std::string cell;
  if (bucket_ == mvcc::kLeaseBucket) {
    cell = HexId(LoadBe64(row.key.data()));
  } else if (!held.is_key) {
    AppendOctalEscaped(cell, row.key);
  }
  output::AppendCsvCell(out, cell);
  out += ',';
  cell.clear();
  if (held.schema != nullptr) {
    describe::AppendGoText(cell, message_.root(), options_.values);
  } else {
    AppendPlainValue(cell, row, AppendOctalEscaped);
  }
  output::AppendCsvCell(out, cell);
}

void RowPrinter::ReportFault(const backend::Row& row, const char* fault) const {
  std::string key;
  AppendGoQuoted(key, row.key.first(std::min<size_t>(row.key.size(), 64)));
  findings_.Report({.kind = mvcc::kBadRowValue,
                    .file = std::string(file_),
                    .what = "the row " + key + " of bucket " + Printable(bucket_) + fault,
                    .consequence = "etcd-dump-db stops at such a row; it is shown as its bytes"});
}

}  // namespace etcdf::dump_db
