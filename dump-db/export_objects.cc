#include "dump-db/export_objects.h"

#include "kubernetes/key.h"
#include "kubernetes/print.h"

namespace etcdf::dump_db {
namespace {

// Other programs' values are passed over by their first bytes.
bool MayBeObject(Bytes value) {
  return AsText(value).starts_with("k8s:enc:") ||
         kubernetes::MediaOf(value) != kubernetes::Media::kOther;
}

bool HoldsSecret(std::string_view key) {
  return key.find("secrets/") != key.npos && kubernetes::HoldsSecret(key);
}

}  // namespace

const objects::Decoded* ObjectColumns::Decode(const mvcc::KeyRow& row) {
  const bool asked_for = options_.values.show_secrets;
  may_show_value_ = true;
  if (row.at.tombstone) return nullptr;
  if (!MayBeObject(row.kv.value)) {
    may_show_value_ = asked_for || !HoldsSecret(AsText(row.kv.key));
    return nullptr;
  }
  const objects::StoredValue stored{
      .key = row.kv.key, .value = row.kv.value, .mod_revision = row.at.revision.main};
  // To hide all leaves, the managers' fields are taken apart.
  const auto extent =
      options_.values.redact ? kubernetes::Extent::kWhole : kubernetes::Extent::kPrinted;
  const objects::Decoded& decoded = decoder_.Decode(stored, extent);
  may_show_value_ = asked_for || !decoded.is_secret;
  if (!decoded.is_kubernetes()) return nullptr;
  decoder_.Report(stored);
  return &decoded;
}

void ObjectColumns::Bind(sqlite::Statement& statement, const objects::Decoded& decoded) {
  const kubernetes::Summary& summary = decoded.summary;
  const auto change = summary.last_change.value_or(kubernetes::LastChange{});
  for (const std::string_view text : {summary.api_version, summary.kind, summary.uid,
                                      change.manager, summary.created, change.time}) {
    text.empty() ? statement.Null() : statement.TextOrBlob(AsBytes(text));
  }
  statement.Text(encryption::ProviderName(decoded.provider()));
  if (decoded.document == nullptr) {
    statement.Null();
    return;
  }
  document_.clear();
  kubernetes::AppendJson(document_, decoded.document->root(), decoder_.ids());
  statement.Text(document_);
}

}  // namespace etcdf::dump_db
