// Requests as JSON objects.
//
// Names are those of the .proto, in declaration order; what is zero or empty does not stand unless
// it means something (as in go_text.h). Repeated fields are arrays, enums names (numbers where they
// have none), ids of members, clusters, requests and leases hexadecimal strings, other numbers
// plain. Bytes and texts print as output::JsonWriter::Bytes does.
//
// Values follow output::ValueFormat: with redact {"size":5,"xxh3":"0123456789abcdef"}; else, by
// style, the text (with "..._b64" if it is not UTF-8), its hex or base64, its size as "..._size",
// or nothing. Secrets are "<value removed>" unless show_secrets; with both, as redacted values. A
// value of the v2 store below /2/users/ is a secret: it holds a password hash.
//
// Fields that the schema does not know stand together as "unknown_b64", or redacted as "unknown".
#pragma once

#include "base/bytes.h"
#include "output/json_writer.h"
#include "output/value_format.h"
#include "raft/message.h"

namespace etcdf::describe {

// Writes the message as one object. The caller has written its name, if it needs one.
void WriteJson(output::JsonWriter& json, raft::MessageView message,
               const output::ValueFormat& format);

// Writes the data of an entry of type ConfChange or ConfChangeV2 as one object: ids hexadecimal,
// the context (the member's JSON) as text. False, and nothing written, if it is not one.
bool WriteConfChangeJson(output::JsonWriter& json, Bytes data);
bool WriteConfChangeV2Json(output::JsonWriter& json, Bytes data);

}  // namespace etcdf::describe
