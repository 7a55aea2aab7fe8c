#include "mvcc/leases.h"

#include <memory>

#include "base/escape.h"
#include "dump-db/store.h"
#include "output/csv.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

// 694d77aa9e38a50b ttl=60s remaining=12s
//   the/first/key
class TextLeases : public mvcc::LeaseVisitor {
 public:
  explicit TextLeases(output::Sink& out) : lines_(out) {}

  bool BeginLease(uint64_t id, const mvcc::StoredLease& stored) override {
    lines_.text += HexId(id);
    switch (stored.row) {
      case mvcc::LeaseRow::kStored:
        lines_.text += " ttl=" + std::to_string(stored.lease.ttl_seconds) + "s";
        if (stored.lease.remaining_ttl_seconds > 0) {
          lines_.text += " remaining=" + std::to_string(stored.lease.remaining_ttl_seconds) + "s";
        }
        break;
      case mvcc::LeaseRow::kAbsent: lines_.text += " not stored"; break;
      case mvcc::LeaseRow::kUnreadable: lines_.text += " ttl=-"; break;
      case mvcc::LeaseRow::kHidden: lines_.text += " -"; break;
    }
    lines_.text += '\n';
    return lines_.EndLine();
  }
  bool AttachedKey(Bytes key) override {
    lines_.text += "  " + PrintableKey(AsText(key)) + "\n";
    return lines_.EndLine();
  }
  bool EndLease() override { return true; }

 private:
  LineWriter lines_;
};

class JsonLeases : public mvcc::LeaseVisitor {
 public:
  explicit JsonLeases(output::Sink& out) : lines_(out), json_(lines_.text) {}

  bool BeginLease(uint64_t id, const mvcc::StoredLease& stored) override {
    json_.BeginObject();
    json_.HexId("lease", id);
    if (stored.row == mvcc::LeaseRow::kHidden) {
      json_.Name("stored");
      json_.Null();
    } else {
      json_.Bool("stored", stored.row != mvcc::LeaseRow::kAbsent);
    }
    if (stored.row == mvcc::LeaseRow::kStored) {
      json_.Int("ttl", stored.lease.ttl_seconds);
      json_.Int("remaining_ttl", stored.lease.remaining_ttl_seconds);
    }
    json_.Name("keys");
    json_.BeginArray();
    return true;
  }
  bool AttachedKey(Bytes key) override {
    json_.Text(AsText(key));
    return lines_.EndLine();
  }
  bool EndLease() override {
    json_.EndArray();
    json_.EndObject();
    json_.EndLine();
    return lines_.EndLine();
  }

 private:
  LineWriter lines_;
  output::JsonWriter json_;
};

// A row for each key; one with an empty key for a lease that has none.
class CsvLeases : public mvcc::LeaseVisitor {
 public:
  explicit CsvLeases(output::Sink& out) : lines_(out) {
    lines_.text = "lease,ttl,remaining_ttl,key\r\n";
  }

  bool BeginLease(uint64_t id, const mvcc::StoredLease& stored) override {
    lease_cells_ = HexId(id) + ',';
    const bool is_stored = stored.row == mvcc::LeaseRow::kStored;
    if (is_stored) lease_cells_ += std::to_string(stored.lease.ttl_seconds);
    lease_cells_ += ',';
    if (is_stored) lease_cells_ += std::to_string(stored.lease.remaining_ttl_seconds);
    has_keys_ = false;
    return true;
  }
  bool AttachedKey(Bytes key) override {
    has_keys_ = true;
    lines_.text += lease_cells_ + ',';
    output::AppendCsvCell(lines_.text, PrintableKey(AsText(key)));
    lines_.text += "\r\n";
    return lines_.EndLine();
  }
  bool EndLease() override {
    if (!has_keys_) lines_.text += lease_cells_ + ",\r\n";
    return lines_.EndLine();
  }

 private:
  LineWriter lines_;
  std::string lease_cells_;
  bool has_keys_ = false;
};

std::unique_ptr<mvcc::LeaseVisitor> NewVisitor(const VerbContext& context) {
  switch (context.options.format) {
    case Format::kJson: return std::make_unique<JsonLeases>(context.out);
    case Format::kCsv: return std::make_unique<CsvLeases>(context.out);
    default: return std::make_unique<TextLeases>(context.out);
  }
}

}  // namespace

Result<void> Leases(const VerbContext& context) {
  const auto visitor = NewVisitor(context);
  mvcc::VisitLeases(StoreOf(context), *visitor);
  return {};
}

}  // namespace etcdf::dump_db
