#include "dump-db/object_lines.h"

#include <algorithm>
#include <array>

#include "base/counted.h"
#include "base/escape.h"
#include "dump-db/row_text.h"
#include "kubernetes/print.h"
#include "objects/filter.h"
#include "objects/json.h"

namespace etcdf::dump_db {
namespace {

using kubernetes::Extent;

// The columns of the table, as wide as most of their cells. It is printed as the rows come, however
// many there are.
struct TableColumn {
  std::string_view title;
  size_t width;
};
constexpr std::array kColumns = {TableColumn{"KIND", 26},         TableColumn{"NAMESPACE", 20},
                                 TableColumn{"NAME", 44},         TableColumn{"CREATED", 20},
                                 TableColumn{"LAST CHANGED", 20}, TableColumn{"BY", 28},
                                 TableColumn{"REVISION", 10},     TableColumn{"BYTES", 0}};
using Cells = std::array<std::string, kColumns.size()>;

void AppendCells(std::string& out, const Cells& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    out += cells[i];
    if (i + 1 == cells.size()) break;
    const size_t width = kColumns[i].width;
    out.append(cells[i].size() < width ? width - cells[i].size() + 2 : 2, ' ');
  }
  out += '\n';
}

std::string OrDash(std::string_view text) { return text.empty() ? "-" : PrintableKey(text); }

// How an object is called where a value says it, and where only the key does.
std::string KindCell(const mvcc::KeyRow& row, const objects::Decoded& decoded) {
  if (!decoded.summary.kind.empty()) return PrintableKey(decoded.summary.kind);
  const std::string resource = objects::ResourceOf(AsText(row.kv.key));
  return resource.empty() ? "-" : "(" + PrintableKey(resource) + ")";
}

objects::StoredValue StoredOf(const mvcc::KeyRow& row) {
  return {.key = row.kv.key, .value = row.kv.value, .mod_revision = row.at.revision.main};
}

// A row as a YAML document, or, if it is no object, as a comment.
void AppendYamlDocument(std::string& out, const mvcc::KeyRow& row, const objects::Decoded& decoded,
                        const objects::Decoder& decoder) {
  out += "---\n";
  if (decoded.document != nullptr) {
    kubernetes::AppendYaml(out, decoded.document->root(), decoder.ids());
    return;
  }
  out += "# " + PrintableKey(AsText(row.kv.key)) + " at revision " +
         std::to_string(row.at.revision.main) + ": ";
  if (row.at.tombstone) {
    out += "deleted";
  } else if (decoded.sealed) {
    out += "encrypted with " + std::string(encryption::ProviderName(decoded.provider())) + " key " +
           PrintableKey(decoded.sealed->key_name) + ", not opened";
  } else {
    out += "no object, " + Counted(row.kv.value.size(), "byte", "bytes");
    if (decoder.MayShowBytes()) {
      out += ": ";
      AppendQuoted(out, row.kv.value);
    }
  }
  out += '\n';
}

}  // namespace

objects::DecoderOptions DecoderOptionsOf(const Options& options) {
  using kubernetes::Disclosure;
  return {.encryption_config = options.encryption_config,
          .descriptors = options.descriptors,
          .redact_key = options.redact_key,
          .disclosure = options.values.redact         ? Disclosure::kAllClosed
                        : options.values.show_secrets ? Disclosure::kOpen
                                                      : Disclosure::kSecretsClosed};
}

std::string ObjectLines::Header(Format format) {
  std::string header;
  if (format != Format::kTable && format != Format::kText) return header;
  Cells titles;
  std::ranges::transform(kColumns, titles.begin(),
                         [](const TableColumn& column) { return std::string(column.title); });
  AppendCells(header, titles);
  return header;
}

kubernetes::Extent ObjectLines::ExtentFor(const Options& options) {
  switch (options.format) {
    case Format::kYaml: return Extent::kWhole;
    // To hide all leaves, the managers' fields are taken apart.
    case Format::kJson: return options.values.redact ? Extent::kWhole : Extent::kPrinted;
    default: return Extent::kMetadata;
  }
}

void ObjectLines::Append(std::string& out, const mvcc::KeyRow& row) {
  if (!AsText(row.kv.key).starts_with(options_.prefix)) return;
  const objects::StoredValue stored = StoredOf(row);
  const objects::Decoded& decoded = decoder_.Decode(stored, ExtentFor(options_));
  if (!options_.filter.Wants(AsText(row.kv.key), decoded)) return;
  decoder_.Report(stored);
  switch (options_.format) {
    case Format::kJson: return AppendJson(out, row, decoded);
    case Format::kYaml: return AppendYaml(out, row, decoded);
    case Format::kName: return AppendName(out, row, decoded);
    default: return AppendTable(out, row, decoded);
  }
}

void ObjectLines::AppendTable(std::string& out, const mvcc::KeyRow& row,
                              const objects::Decoded& decoded) {
  const kubernetes::Summary& summary = decoded.summary;
  const auto change = summary.last_change.value_or(kubernetes::LastChange{});
  const std::string name = summary.name.empty() && summary.kind.empty()
                               ? PrintableKey(AsText(row.kv.key))
                               : OrDash(summary.name);
  std::string by = OrDash(change.manager);
  if (!change.subresource.empty()) by += " (" + PrintableKey(change.subresource) + ")";
  if (row.at.tombstone) by = "(deleted)";
  if (!decoded.is_open()) {
    by = "(" + std::string(encryption::ProviderName(decoded.provider())) + " " +
         PrintableKey(decoded.sealed->key_name) + ")";
  }
  AppendCells(out, {KindCell(row, decoded), OrDash(summary.name_space), name,
                    OrDash(summary.created), OrDash(change.time), by,
                    std::to_string(row.at.revision.main), std::to_string(row.kv.value.size())});
}

void ObjectLines::AppendJson(std::string& out, const mvcc::KeyRow& row,
                             const objects::Decoded& decoded) const {
  output::JsonWriter json(out);
  json.BeginObject();
  json.Bytes("key", row.kv.key);
  json.Int("mod_revision", row.at.revision.main);
  json.Int("sub", row.at.revision.sub);
  json.Int("create_revision", row.kv.create_revision);
  json.Int("version", row.kv.version);
  json.HexId("lease", static_cast<uint64_t>(row.kv.lease));
  json.Bool("deleted", row.at.tombstone);
  objects::WriteSummary(json, decoded);
  json.Uint("bytes", row.kv.value.size());
  objects::WriteDocument(json, decoded, decoder_.ids());
  const bool is_bytes = decoded.document == nullptr && !decoded.sealed && !row.at.tombstone;
  if (is_bytes && decoder_.MayShowBytes()) {
    json.Bytes("value", row.kv.value);
  } else if (is_bytes) {
    json.Name("value");
    kubernetes::WriteClosed(json, row.kv.value, decoder_.ids());
  }
  json.EndObject();
  json.EndLine();
}

void ObjectLines::AppendYaml(std::string& out, const mvcc::KeyRow& row,
                             const objects::Decoded& decoded) const {
  AppendYamlDocument(out, row, decoded, decoder_);
}

// deployment.apps/web -n prod
void ObjectLines::AppendName(std::string& out, const mvcc::KeyRow& row,
                             const objects::Decoded& decoded) const {
  const kubernetes::Summary& summary = decoded.summary;
  if (summary.kind.empty()) {
    const std::string resource = objects::ResourceOf(AsText(row.kv.key));
    out += resource.empty() ? "-" : PrintableKey(resource);
  } else {
    std::string kind = PrintableKey(summary.kind);
    std::ranges::transform(kind, kind.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    out += kind;
    const std::string_view group = objects::GroupOf(summary.api_version);
    if (!group.empty()) (out += '.') += PrintableKey(group);
  }
  (out += '/') +=
      summary.name.empty() ? PrintableKey(AsText(row.kv.key)) : PrintableKey(summary.name);
  if (!summary.name_space.empty()) (out += " -n ") += PrintableKey(summary.name_space);
  out += '\n';
}

void RowLines::WriteJson(output::JsonWriter& json, const mvcc::KeyRow& row) {
  const objects::Decoded& decoded = Decode(row);
  const bool is_closed = !decoder_.MayShowBytes() && !options_.values.redact;
  output::ValueFormat values = options_.values;
  if (is_closed) values.style = output::ValueStyle::kNone;
  WriteKeyRowJson(json, row, values);
  if (is_closed && !row.at.tombstone) {
    json.Name("value");
    kubernetes::WriteClosed(json, row.kv.value, decoder_.ids());
  }
  if (decoded.is_kubernetes()) objects::WriteDocument(json, decoded, decoder_.ids());
}

void RowLines::WriteObject(output::JsonWriter& json, const mvcc::KeyRow& row) {
  const objects::Decoded& decoded = Decode(row);
  if (decoded.is_kubernetes()) objects::WriteDocument(json, decoded, decoder_.ids());
}

void RowLines::AppendYaml(std::string& out, const mvcc::KeyRow& row) {
  AppendYamlDocument(out, row, Decode(row), decoder_);
}

const objects::Decoded& RowLines::Decode(const mvcc::KeyRow& row) {
  const objects::StoredValue stored = StoredOf(row);
  const objects::Decoded& decoded = decoder_.Decode(stored, Extent::kWhole);
  if (decoded.is_kubernetes()) decoder_.Report(stored);
  return decoded;
}

}  // namespace etcdf::dump_db
