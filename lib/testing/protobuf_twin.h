// protobuf's own library as the judge of ours: the same bytes read by both must give the same tree.
//
// The wire format is read by google::protobuf::UnknownFieldSet, the schema by the generated
// descriptors; nothing is shared with wire/reader.h and raft/schema.h. On top stand the rules in
// which gogo's decoders, which raft/message.h follows, differ from protobuf's:
//   * a known field of another wire type is refused, not kept as unknown;
//   * of the messages of a oneof the last stands alone, whatever stood there before;
//   * strings are not checked for UTF-8, enums keep numbers that have no name.
// What remains is that protobuf reads some encodings differently that no encoder makes: tags and
// lengths of more bytes than they need (it cuts them to 32 bits), groups whose end has another
// number than their begin (it refuses). So both are given messages in canonical form, where every
// tag and length has its shortest encoding: TwinOf() tells that form.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "raft/message.h"

namespace etcdf::testing {

// A message type of lib/proto with the schema that raft/schema.h makes of it.
struct TwinSubject {
  const raft::MessageSchema* schema;
  const google::protobuf::Message* prototype;
};

// All that raft/schema.h has a name for.
const std::vector<TwinSubject>& TwinSubjects();

struct Twin {
  std::string dump;       // the tree, in the form of Dump()
  std::string canonical;  // the message again
};

// What protobuf makes of the message; nothing where it refuses.
std::optional<Twin> TwinOf(const google::protobuf::Descriptor& type, std::string_view message);

enum class Unknown : uint8_t { kShown, kLeftOut };

// The tree of ours as text for comparison: every field present in declaration order with all its
// values, numbers as they stand, bytes in hex, unknown fields last.
std::string Dump(raft::MessageView message, Unknown unknown = Unknown::kShown);

// The canonical form of a message that our reader accepts, without groups and field numbers above
// protobuf's limit of 2^29 - 1.
std::string Canonical(const raft::MessageSchema& schema, std::string_view message);

// A random message of the type, some levels deep, with fields of every kind, unknown ones included.
std::unique_ptr<google::protobuf::Message> RandomMessage(const google::protobuf::Message& prototype,
                                                         std::mt19937_64& random);

// `message` with a few bytes changed, put in, left out, or cut off at the end.
std::string Mutated(std::string message, std::mt19937_64& random);

// Compares our reader and protobuf on the message as it is and in canonical form. Empty if they
// agree, else what each says.
std::string TwinDifference(const TwinSubject& subject, std::string_view message);

}  // namespace etcdf::testing
