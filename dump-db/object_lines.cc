#include "dump-db/object_lines.h"

#include <algorithm>
#include <array>

#include "base/counted.h"
#include "base/escape.h"
#include "dump-db/row_text.h"
#include "kubernetes/key.h"
#include "kubernetes/print.h"
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

std::string ResourceOf(const mvcc::KeyRow& row, std::string_view api_version) {
  const auto key = kubernetes::ParseKey(AsText(row.kv.key), kubernetes::Prefix::kAny);
  return key ? kubernetes::ResourceName(*key, api_version) : std::string();
}

std::string_view GroupOf(std::string_view api_version) {
  const size_t slash = api_version.find('/');
  return slash == api_version.npos ? std::string_view() : api_version.substr(0, slash);
}

// How an object is called where a value says it, and where only the key does.
std::string KindCell(const mvcc::KeyRow& row, const objects::Decoded& decoded) {
  if (!decoded.summary.kind.empty()) return PrintableKey(decoded.summary.kind);
  const std::string resource = ResourceOf(row, {});
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
  if (!Wants(row, decoded)) return;
  decoder_.Report(stored);
  switch (options_.format) {
    case Format::kJson: return AppendJson(out, row, decoded);
    case Format::kYaml: return AppendYaml(out, row, decoded);
    case Format::kName: return AppendName(out, row, decoded);
    default: return AppendTable(out, row, decoded);
  }
}

bool ObjectLines::Wants(const mvcc::KeyRow& row, const objects::Decoded& decoded) const {
  const kubernetes::Summary& summary = decoded.summary;
  if (options_.encrypted && !decoded.sealed) return false;
  if (options_.name_space && *options_.name_space != summary.name_space) return false;
  if (options_.name && *options_.name != summary.name) return false;
  if (options_.kind && !WantsKind(row, decoded)) return false;
  if (!options_.api_group) return true;
  if (!summary.api_version.empty()) return GroupOf(summary.api_version) == *options_.api_group;
  const std::string resource = ResourceOf(row, {});
  const size_t dot = resource.find('.');
  return !resource.empty() &&
         (dot == resource.npos ? "" : resource.substr(dot + 1)) == *options_.api_group;
}

// A kind by its name, or by that of its resource; where the value does not tell, by the key's.
bool ObjectLines::WantsKind(const mvcc::KeyRow& row, const objects::Decoded& decoded) const {
  if (*options_.kind == decoded.summary.kind) return true;
  const std::string resource = ResourceOf(row, decoded.summary.api_version);
  return !resource.empty() && objects::IsKindOf(*options_.kind, resource);
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
    const std::string resource = ResourceOf(row, {});
    out += resource.empty() ? "-" : PrintableKey(resource);
  } else {
    std::string kind = PrintableKey(summary.kind);
    std::ranges::transform(kind, kind.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    out += kind;
    const std::string_view group = GroupOf(summary.api_version);
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
