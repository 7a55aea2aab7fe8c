// Whether what a record holds can be what its type says.
//
// A record's checksum covers its data and not its type, and most messages of the WAL can be read as
// most others: one flipped bit turns a hard state into an entry, with the vote for a term and the
// commit for an index. These are the rules by which such a record is told from a genuine one. They
// follow from raft: terms begin at 1 and are counted up by elections, so that none comes near 2^32,
// while member ids, which are hashes of 64 bits, are above it in all but one of four billion cases.
#pragma once

#include "base/bytes.h"
#include "wire/raft_records.h"

namespace etcdf::wal {

bool IsCredible(const wire::Entry& entry);

// `message` is what the state was decoded from: etcd writes nothing but the three fields.
bool IsCredible(const wire::HardState& state, Bytes message);

bool IsCredible(const wire::WalSnapshot& snapshot);

}  // namespace etcdf::wal
