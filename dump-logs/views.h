// What dump-logs can show, one function a view. Each writes to `out` and reports what it finds;
// none fails, but each stops when nobody reads any more.
#pragma once

#include "base/finding.h"
#include "dump-logs/evidence.h"
#include "dump-logs/options.h"
#include "dump-logs/revisions.h"
#include "dump-logs/stream_decoder.h"
#include "objects/decoder.h"
#include "output/sink.h"

namespace etcdf::dump_logs {

// A normal entry whose data are neither a v3 nor a v2 request.
inline constexpr FindingKind kUnknownPayload{"entry.unknown_payload", Severity::kSuspect};

// Everything a view works with. `decoder` is null without --stream-decoder, `revisions` without
// --with-revisions, `objects` without --decode-values.
struct ViewContext {
  const Options& options;
  const Evidence& evidence;
  StreamDecoder* decoder;
  Revisions* revisions;
  const objects::Tools* objects;
  FindingList& findings;
  output::Sink& out;
};

// The entries: upstream's text, JSON lines or CSV. Reports kUnknownPayload.
void ShowEntries(const ViewContext& context);

// Every record of the files (--raw): upstream's text, or JSON lines.
void ShowRecords(const ViewContext& context);

// Counts and sizes by kind, key prefix, key, user, lease, proposer or term (--stats).
void ShowStats(const ViewContext& context);

// A row for each segment (--segments).
void ShowSegments(const ViewContext& context);

// The figures of a check (--verify). The findings, which decide the verdict, the caller has shown.
void ShowVerdict(const ViewContext& context);

}  // namespace etcdf::dump_logs
