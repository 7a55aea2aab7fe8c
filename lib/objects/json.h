// A decoded value as members of an object in JSON.
#pragma once

#include "objects/decoder.h"
#include "output/json_writer.h"

namespace etcdf::objects {

// media, provider, provider_key, opened, api_version, kind, namespace, name, uid, created and
// last_changed; null where nothing is known.
void WriteSummary(output::JsonWriter& json, const Decoded& decoded);

// "object": the document, or null.
void WriteDocument(output::JsonWriter& json, const Decoded& decoded, const HashKey& ids);

}  // namespace etcdf::objects
