#include "dump-logs/decoded_values.h"

#include "base/escape.h"
#include "kubernetes/print.h"
#include "objects/json.h"
#include "raft/key_range.h"

namespace etcdf::dump_logs {

objects::DecoderOptions DecoderOptionsOf(const Options& options) {
  using kubernetes::Disclosure;
  return {.encryption_config = options.encryption_config,
          .descriptors = options.descriptors,
          .redact_key = options.redact_key,
          .disclosure = options.values.redact         ? Disclosure::kAllClosed
                        : options.values.show_secrets ? Disclosure::kOpen
                                                      : Disclosure::kSecretsClosed};
}

bool DecodedValues::HoldsSecret(raft::MessageView request) {
  return !raft::VisitPuts(request, [&](const raft::Put& put) {
    decoder_.Decode({.key = put.key, .value = put.value}, kubernetes::Extent::kMetadata);
    return decoder_.MayShowBytes();
  });
}

void DecodedValues::AppendText(std::string& out, raft::MessageView request) {
  raft::VisitPuts(request, [&](const raft::Put& put) {
    const objects::StoredValue stored{.key = put.key, .value = put.value};
    const objects::Decoded& decoded = decoder_.Decode(stored, kubernetes::Extent::kWhole);
    if (!decoded.is_kubernetes()) return true;
    decoder_.Report(stored);
    out += "\t" + PrintableKey(AsText(put.key)) + "\t";
    if (decoded.document != nullptr) {
      kubernetes::AppendJson(out, decoded.document->root(), decoder_.ids());
    } else {
      out += "(encrypted with " + std::string(encryption::ProviderName(decoded.provider())) +
             " key " + PrintableKey(decoded.sealed->key_name) + ", not opened)";
    }
    out += '\n';
    return true;
  });
}

void DecodedValues::WriteJson(output::JsonWriter& json, raft::MessageView request) {
  bool has_any = false;
  raft::VisitPuts(request, [&](const raft::Put& put) {
    const objects::StoredValue stored{.key = put.key, .value = put.value};
    const objects::Decoded& decoded = decoder_.Decode(stored, kubernetes::Extent::kWhole);
    if (!decoded.is_kubernetes()) return true;
    decoder_.Report(stored);
    if (!has_any) {
      json.Name("objects");
      json.BeginArray();
    }
    has_any = true;
    json.BeginObject();
    json.Bytes("key", put.key);
    objects::WriteSummary(json, decoded);
    objects::WriteDocument(json, decoded, decoder_.ids());
    json.EndObject();
    return true;
  });
  if (has_any) json.EndArray();
}

}  // namespace etcdf::dump_logs
