// One entry as a line of text, JSON or CSV.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dump-logs/decoded_values.h"
#include "dump-logs/options.h"
#include "dump-logs/revisions.h"
#include "dump-logs/stream_decoder.h"
#include "output/json_writer.h"
#include "raft/payload.h"
#include "wal/log.h"

namespace etcdf::dump_logs {

// What the lines have beyond an entry.
struct Columns {
  bool decoder = false;
  bool revisions = false;
};

// What a line needs to know besides its entry.
struct LayoutContext {
  const wal::Log& log;
  const output::ValueFormat& values;
  uint64_t commit = 0;
  std::vector<std::string> segment_names;  // without directory
  Columns columns = {};
};

// An entry to be shown. `payload` is decoded for entries of type normal.
struct ShownEntry {
  const wal::LogEntry& logged;
  const raft::Payload& payload;
  const DecoderAnswer* decoded = nullptr;  // with --stream-decoder
  std::optional<Effect> effect = {};       // with --with-revisions, where it can be told
  DecodedValues* values = nullptr;         // with --decode-values
};

// As etcd-dump-logs 3.6.9 prints it. Where that one prints nothing of the kind, a tab and a remark
// in brackets follow: [superseded by term 5], [crc mismatch], [after damage]. With revisions, the
// entry's stands behind the index, `-` where it wrote none and `?` where it cannot be told, and a
// remark tells why: [refused: requested lease not found].
void AppendTextLine(std::string& out, const ShownEntry& entry, const LayoutContext& context);

// The line above all text lines.
void AppendTextColumns(std::string& out, const Columns& columns);

// {"index":5,"term":2,"kind":"put","request":{...},"bytes":40,"segment":"...","offset":960,
//  "committed":true,...}: the keys are listed in docs/json.md.
void WriteJsonLine(output::JsonWriter& json, const ShownEntry& entry, const LayoutContext& context);

void AppendCsvHeader(std::string& out, const Columns& columns);
void AppendCsvLine(std::string& out, const ShownEntry& entry, const LayoutContext& context);

}  // namespace etcdf::dump_logs
