#include "mvcc/key_row.h"

#include <string>

#include "base/counted.h"
#include "base/escape.h"
#include "mvcc/findings.h"

namespace etcdf::mvcc {
namespace {

constexpr size_t kMaxShownBytes = 32;

void ReportBadKey(Bytes key, std::string_view file, FindingSink& findings) {
  std::string shown;
  AppendHex(shown, key.first(std::min(key.size(), kMaxShownBytes)));
  if (key.size() > kMaxShownBytes) shown += "...";
  findings.Report({.kind = kBadRowKey,
                   .file = std::string(file),
                   .what = "a row of bucket key has the key " + shown + ", which is no revision",
                   .consequence = "etcd stops when it reads such a row"});
}

void ReportBadValue(Revision revision, const std::string& what, std::string_view file,
                    FindingSink& findings) {
  findings.Report({.kind = kBadRowValue,
                   .file = std::string(file),
                   .what = "the row of revision " + RevisionText(revision) + what,
                   .consequence = "etcd does not start with such a row; its key is unknown",
                   .figures = {{"revision", static_cast<uint64_t>(revision.main)},
                               {"sub_revision", static_cast<uint64_t>(revision.sub)}}});
}

}  // namespace

std::optional<RowRevision> DecodeRowKey(const backend::Row& row, std::string_view file,
                                        FindingSink& findings) {
  const auto at = ParseRowKey(row.key);
  if (!at) ReportBadKey(row.key, file, findings);
  return at;
}

std::optional<KeyRow> DecodeKeyRow(const backend::Row& row, std::string_view file,
                                   FindingSink& findings) {
  const auto at = DecodeRowKey(row, file, findings);
  if (!at) return std::nullopt;
  const auto kv = row.is_bucket ? std::nullopt : ParseKeyValue(row.value);
  if (!kv) {
    ReportBadValue(at->revision,
                   row.is_bucket
                       ? " is marked as a bucket"
                       : " holds " + Counted(row.value.size(), "byte that is", "bytes that are") +
                             " no KeyValue",
                   file, findings);
    return std::nullopt;
  }
  return KeyRow{.at = *at, .kv = *kv};
}

}  // namespace etcdf::mvcc
