// A stored value, read as the object that it is.
//
// What a value is its first bytes tell; the key only tells where it is. Values encrypted at rest
// must be opened before (encryption/at_rest.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "kubernetes/document.h"
#include "kubernetes/flaws.h"
#include "kubernetes/json_form.h"
#include "kubernetes/protobuf_form.h"
#include "kubernetes/schema.h"

namespace etcdf::kubernetes {

enum class Media : uint8_t {
  kOther,  // not an object: printed as bytes
  kProtobuf,
  kJson,
  kCbor,
};

// "protobuf", "json", "cbor", "other".
std::string_view MediaName(Media media);

// By the first bytes alone. Text that begins with { counts as JSON.
Media MediaOf(Bytes value);

// The entry of metadata.managedFields with the newest time; of several with one time, the last.
struct LastChange {
  std::string_view manager;
  std::string_view operation;
  std::string_view subresource;
  std::string_view time;  // RFC 3339
};

// What every object says of itself; empty where it does not. Views into the document.
struct Summary {
  std::string_view api_version;
  std::string_view kind;
  std::string_view name_space;
  std::string_view name;
  std::string_view uid;
  std::string_view created;  // RFC 3339
  std::optional<LastChange> last_change;
};

Summary SummaryOf(const Document& document);

// Decodes one value after the other. What it holds is of the last one, whose bytes must be there as
// long.
class ObjectReader {
 public:
  explicit ObjectReader(const Schema& schema = Schema::BuiltIn())
      : protobuf_(document_, flaws_, schema) {}

  // False where the value is no object; the document is empty then.
  bool Read(Bytes value, Extent extent = Extent::kWhole);
  // Adds metadata.resourceVersion, which is not stored: it is the revision of the row.
  void SetResourceVersion(int64_t mod_revision);

  Media media() const { return media_; }
  const Document& document() const { return document_; }
  Document& document() { return document_; }
  const Flaws& flaws() const { return flaws_; }

 private:
  Document document_;
  Flaws flaws_;
  ProtobufForm protobuf_;
  Media media_ = Media::kOther;
};

}  // namespace etcdf::kubernetes
