// Requests and raw records as text, byte for byte as etcd-dump-logs 3.6.9 prints them.
//
// Upstream prints with CompactTextString of github.com/golang/protobuf v1.5.4
// (proto/text_encode.go) and, for v2 requests and configuration changes, with formats of its own
// (etcd v3.6.9, tools/etcd-dump-logs/main.go). In the compact text fields stand in declaration
// order as `name:value `, messages as `name:<...> `; numbers that are zero and texts that are empty
// do not stand at all, except where Go's type tells them from absent ones (schema.h,
// shown_when_zero); unknown fields follow by number. So it ends with a space unless it is empty.
//
// Where output::ValueFormat asks for it, the text departs from upstream's:
//   * values (of keys, of v2 nodes, of raw entries) print as `<size:5 xxh3:0123456789abcdef>` with
//     redact, else unquoted as hex or base64, as `<size:5>`, or not at all, as the style says;
//   * passwords and password hashes print as "<value removed>". With show_secrets only the plain
//     password of a password change does, as upstream has it; the others print, or with redact show
//     size and fingerprint;
//   * tokens, which expire in minutes, print as upstream prints them, or with redact size and
//     fingerprint.
// Keys always print.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "output/value_format.h"
#include "raft/message.h"
#include "wire/raft_records.h"

namespace etcdf::describe {

// What stands in place of a secret, here and in JSON.
inline constexpr std::string_view kSecretRemoved = "<value removed>";

// Appends the message as compact text: what upstream prints after `norm\t` for an
// InternalRaftRequest, and after `Entry: `, `HardState: `, `Snapshot: ` and `Metadata: ` in raw
// mode.
void AppendGoText(std::string& out, raft::MessageView message, const output::ValueFormat& format);

// Appends what upstream prints after `norm` for a v2 request, the tab before `method=` included:
//   \tnoop                                           without a method
//   \tmethod=SYNC time="2026-11-20 14:13:00.105984699 +0000 UTC"
//   \tmethod=DELETE path="/1/app/b"                  QGET likewise
//   \tmethod=PUT path="/1/app/a" val="one"           any other method
// A path of 128 bytes or more shows its first and last 64, a value of 128 or more its first 128 and
// an empty text. Unlike upstream, control characters in a method (none has any) are escaped.
void AppendV2RequestLine(std::string& out, raft::MessageView request,
                         const output::ValueFormat& format);

// Appends what upstream prints after `conf` for an entry of type ConfChange with this data, the tab
// included: `\tmethod=ConfChangeAddNode id=dd4516d4dada7384`, or `\t???`.
void AppendConfChangeLine(std::string& out, Bytes data);

// Appends the conf state as Go's encoding/json gives it: {"voters":[1,2],"auto_leave":false}. Empty
// lists do not stand.
void AppendConfStateJson(std::string& out, const wire::ConfState& state);

// "ConfChangeAddNode", or the number in decimal where it has no name.
std::string ConfChangeTypeName(wire::ConfChangeType type);

// Appends a time as Go's Time.String does in UTC: "2026-11-20 14:13:00.105984699 +0000 UTC",
// without the fraction's trailing zeros.
void AppendGoTime(std::string& out, int64_t unix_nanoseconds);

}  // namespace etcdf::describe
