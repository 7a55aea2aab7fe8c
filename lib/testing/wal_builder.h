// Builds evidence from text: a member's data directory, with WAL segments and .snap files, sound or
// broken in a stated way. Nothing here reads a WAL: the encoder is written from the format alone,
// so that it can stand against lib/wal.
//
//   frame    | length, 8 bytes LE: payload size, and 0x80|pad in the top byte where pad > 0 |
//            | payload: walpb.Record { 1 type, 2 crc, 3 data }                              |
//            | pad zero bytes up to a multiple of 8                                         |
//   crc      the CRC-32C of every record's data so far, from the first segment on
//   segment  %016x-%016x.wal (sequence, next index); begins with a crc record that holds the
//            running value; a cut then repeats the metadata and the last hard state
//
// (etcd v3.6.9, server/storage/wal/encoder.go, decoder.go and wal.go.)
//
// The text is a list of statements (statements.h) in three kinds, in this order.
//
// Records, written as etcd would:
//   start seq= index= [crc=] [head=crc|none]         first of all: the log begins at this segment
//   metadata node= cluster=
//   snapshot index= term= [voters=1,2] [learners=3]  a WAL snapshot record
//   state term= vote= commit=                        a HardState
//   entry term= index= [id= user= auth_revision=] REQUEST
//                                                    request_builder.h lists the requests
//   log from=INDEX terms=1,1,4,...                   entries that put k<index>=t<term>
//   record type= [data=] [crc=]                      a record of any type; the crc continues the
//                                                    chain
//   frame payload= [length=]                         a frame that holds anything; no part of the
//                                                    chain
//   cut [seq=] [index=] [head=full|crc|none]         a new segment
//   chain crc=                                       the running checksum is now this
//   style 2.3|3.6|3.7                                from here on: 2.3 does not pad frames, 3.7
//                                                    leaves out the zeros that etcd up to 3.6
//                                                    writes
//   preallocate bytes=                               the last segment is filled with zeros to this
//                                                    size
//   snap term= index= [voters=] [learners=] [data=] [broken=crc|zero-crc|empty|garbage|cut] [name=]
//                                                    a .snap file
//   repeat count= { ... }                            the statements in the block, so many times
//   file path= [bytes=] [zeros=]                     any other file; the path is relative to the
//                                                    directory
//
// Damage to whole records. What follows them is as it was written:
//   drop RECORD
//   swap RECORD with=N
//   duplicate RECORD
//   set-crc RECORD value=
//
// Damage to bytes:
//   flip PLACE [bit=0..7]
//   zero PLACE length=
//   overwrite PLACE bytes=
//   set-length RECORD value=
//   zero-sector RECORD [nth=0]                       the nth piece of the record's payload between
//                                                    file offsets divisible by 512
//   truncate to= [seq=] | truncate RECORD keep=      the file ends there
//   cut-last-record bytes=                           the file ends so much before its last record
//                                                    does
//   append [bytes=] [zeros=] [seq=]
//   delete-segment seq=
//   rename-segment seq= to=
//
// RECORD is record=N (counted from 1 through all segments, the crc records included), record=last,
// or entry=INDEX (the last one written with that raft index). PLACE is RECORD
// [part=frame|length|type|crc|data|padding, default data] [byte=K from the start of the part,
// default 0], or at=OFFSET [seq=] in a segment (default the last).
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace etcdf::testing {

// A record as it lies in its segment, before damage to bytes.
struct PlacedRecord {
  std::string segment;         // file name
  uint64_t offset = 0;         // bytes from the start of the segment to the frame
  uint64_t payload_bytes = 0;  // without the 8 bytes of length and the padding
  uint64_t padding_bytes = 0;
  int64_t type = 0;   // walpb.Record.Type; 0 for a bare frame
  std::string label;  // "entry 7", "crc", "state"
};

struct BuiltEvidence {
  std::map<std::string, std::string> files;  // path relative to the directory -> content
  std::vector<PlacedRecord> records;
};

// Errors: kUsage. The subject names the line, `what` what is wrong there.
Result<BuiltEvidence> BuildEvidence(std::string_view text);

// Writes the files below `dir`, which must not exist or be empty. Errors: kIo.
Result<void> WriteEvidence(const BuiltEvidence& evidence, const std::filesystem::path& dir);

// One line per record: number, segment's sequence number, offset, bytes with padding, label. For
// tests whose expected output speaks of offsets.
std::string DescribeLayout(const BuiltEvidence& evidence);

// One line per file: path and size.
std::string DescribeFiles(const BuiltEvidence& evidence);

}  // namespace etcdf::testing
