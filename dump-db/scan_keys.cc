#include <algorithm>
#include <array>
#include <unordered_set>

#include "app/process.h"
#include "base/escape.h"
#include "bolt/file.h"
#include "bolt/findings.h"
#include "bolt/tree.h"
#include "dump-db/findings.h"
#include "dump-db/row_text.h"
#include "dump-db/verbs.h"
#include "mvcc/findings.h"
#include "mvcc/schema.h"

namespace etcdf::dump_db {
namespace {

constexpr std::array kBuckets = {mvcc::kAlarmBucket,     mvcc::kAuthBucket,
                                 mvcc::kAuthRolesBucket, mvcc::kAuthUsersBucket,
                                 mvcc::kClusterBucket,   mvcc::kKeyBucket,
                                 mvcc::kLeaseBucket,     mvcc::kMembersBucket,
                                 mvcc::kMetaBucket,      mvcc::kMembersRemovedBucket};

bool IsBucketName(Bytes key) { return std::ranges::find(kBuckets, AsText(key)) != kBuckets.end(); }

// Leaf pages one after the other, as they lie in the file (etcd v3.6.9,
// tools/etcd-dump-db/scan.go). Free pages among them hold what bbolt has not yet written over, so
// what cannot be read there is no sign of damage; on a page that bucket `key` is using it is.
class PageScan {
 public:
  explicit PageScan(const VerbContext& context) : context_(context), file_(*context.evidence.bolt) {
    FindKeyPages();
  }

  void Show() {
    const uint64_t end = std::min(PagesInUse(), file_.page_count());
    if (context_.options.format == Format::kCsv) {
      context_.out.Write("page,index,count," + std::string(kKeyRowCsvTitles) + "\r\n");
    }
    for (uint64_t id = 2; id < end;) {
      const bolt::PageRead read = file_.Read(id);
      const bool is_leaf = read.fault == bolt::PageFault::kNone && read.page.is_leaf();
      if (is_leaf) ShowPage(read.page);
      id += is_leaf ? uint64_t{read.page.header.overflow} + 1 : 1;
      if (app::Interrupted() || !Flush(1 << 16)) return;
    }
    Flush(1);
  }

 private:
  // Reports what keeps the walk from pages of the bucket.
  void FindKeyPages() {
    if (context_.evidence.bolt_database == nullptr) return;
    for (const bolt::Tree& bucket : context_.evidence.bolt_database->buckets()) {
      if (AsText(bucket.key) != mvcc::kKeyBucket) continue;
      bolt::TreePath path(bucket, context_.findings);
      for (bool there = path.ToFirst(); there; there = path.Next()) {
        if (!bucket.is_inline()) key_pages_.insert(path.leaf().position);
      }
    }
  }

  // Upstream goes by meta page 0 alone, and misses pages that the last transaction added where that
  // is in meta page 1.
  uint64_t PagesInUse() const {
    if (context_.options.meta) return Meta(*context_.options.meta).high_water;
    uint64_t most = 0;
    for (const bolt::Meta& meta : file_.metas()) {
      if (meta.valid()) most = std::max(most, meta.high_water);
    }
    return most > 0 ? most : file_.page_count();
  }
  const bolt::Meta& Meta(int ordinal) const {
    return file_.metas().at(static_cast<size_t>(ordinal));
  }

  void ShowPage(const bolt::Page& page) {
    for (size_t i = 0; i < page.header.count; ++i) {
      const auto row = bolt::LeafRowAt(page, i);
      const auto at = row ? mvcc::ParseRowKey(row->key) : std::nullopt;
      if (!at) {
        if (row && IsBucketName(row->key)) return;  // the page that lists the buckets
        Note(page, i, row ? kNoRevision : kNotWithin);
        continue;
      }
      if (at->revision.main < static_cast<int64_t>(context_.options.start_revision)) continue;
      const auto kv = mvcc::ParseKeyValue(row->value);
      if (!kv) {
        Note(page, i, kNoKeyValue);
        continue;
      }
      Append(page, i, {.at = *at, .kv = *kv});
    }
  }

  void Append(const bolt::Page& page, size_t index, const mvcc::KeyRow& row) {
    const output::ValueFormat& values = context_.options.values;
    const std::string id = std::to_string(page.position);
    if (context_.options.format == Format::kJson) {
      output::JsonWriter json(text_);
      json.BeginObject();
      json.Uint("page", page.position);
      json.Uint("index", index);
      json.Uint("count", page.header.count);
      WriteKeyRowJson(json, row, values);
      json.EndObject();
    } else if (context_.options.format == Format::kCsv) {
      text_ += id + "," + std::to_string(index) + "," + std::to_string(page.header.count) + ",";
      AppendKeyRowCsv(text_, row, values);
    } else {
      text_ += "pageID=" + id + ", index=" + std::to_string(index) + "/" +
               std::to_string(page.header.count - 1) + ", ";
      AppendKeyRowText(text_, row, values);
    }
    text_ += context_.options.format == Format::kCsv ? "\r\n" : "\n";
  }

  // Why an element cannot be shown, and what that is on a page in use.
  struct Reason {
    const char* why;
    FindingKind in_use;
  };
  static constexpr Reason kNotWithin = {"it is not all within the page", bolt::kBadElement};
  static constexpr Reason kNoRevision = {"its key is no revision", mvcc::kBadRowKey};
  static constexpr Reason kNoKeyValue = {"its value is no KeyValue", mvcc::kBadRowValue};

  void Note(const bolt::Page& page, size_t index, const Reason& reason) {
    const bool in_use = key_pages_.contains(page.position);
    context_.findings.Report({.kind = in_use ? reason.in_use : kScanNotARow,
                              .file = context_.evidence.path,
                              .offset = file_.OffsetOf(page.bytes.data()),
                              .what = "element " + std::to_string(index) + " of page " +
                                      std::to_string(page.position) +
                                      " is no row of bucket key: " + reason.why,
                              .consequence = in_use ? "the bucket is using the page: the row "
                                                      "that was here is lost"
                                                    : "",
                              .figures = {{"page", page.position}, {"element", index}}});
  }

  // Writes what there is once it is `least` bytes. False when nobody reads any more.
  bool Flush(size_t least) {
    if (text_.size() < least) return true;
    const bool written = context_.out.Write(text_);
    text_.clear();
    return written;
  }

  const VerbContext& context_;
  const bolt::File& file_;
  std::unordered_set<uint64_t> key_pages_;  // leaves of bucket `key`
  std::string text_;
};

}  // namespace

Result<void> ScanKeys(const VerbContext& context) {
  PageScan(context).Show();
  return {};
}

}  // namespace etcdf::dump_db
