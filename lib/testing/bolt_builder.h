// Builds a bbolt file from text: an etcd database, sound or broken in a stated way. Nothing here
// reads a database: the writer is made from the format alone, so that it can stand against
// lib/bolt.
//
//   page     | id, 8 bytes | flags, 2 | count, 2 | overflow, 4 | elements | keys and values |
//   meta     flags 4: magic ED0CDAED, version 2, page size, flags | root page, sequence |
//            freelist page or all ones | high water mark | txid | FNV-1a 64 of the 56 bytes before
//   branch   flags 1: elements of position, key size | child page
//   leaf     flags 2: elements of flags (1: a bucket), position, key size, value size
//   freelist flags 16: page ids; from 65535 on, count is 65535 and the first number is the count
//   bucket   a row's value: root page, sequence; root 0: the leaf page itself follows
//
// (bbolt v1.4.3, internal/common/{page,meta,bucket,inode}.go; all numbers little-endian, positions
// from the start of their element.)
//
// The text is a list of statements (statements.h) in two kinds, in this order.
//
// What the database holds:
//   file [page_size=4096] [txid=2] [freelist=none|array]
//                              first of all; etcd keeps no freelist in the file
//   bucket name= [sequence=] [inline=yes|no] [leaf_rows=] [branch_rows=] [order=given] { ... }
//                              the block holds `row`s, `bucket`s and the rows below. A bucket
//                              is inline if bbolt would have it so. leaf_rows, branch_rows:
//                              pages end after so many, at the latest. order=given: rows are not
//                              sorted, and equal keys stand twice
//   row key= [value=]          in a bucket's block
//   delete key=                in a bucket's block: takes the row away again
//   etcd                       the buckets that etcd makes at its first start, empty
//   commit                     the transaction ends here; what follows is the next one's. Its pages
//                              are new, the older ones become free and keep their content, and
//                              the older meta page still leads to them
//   free pages=                so many free pages of zeros
//
// Rows as etcd writes them, each in its own bucket, or in that in whose block it stands:
//   put rev= [sub=] key= [value=] [create=] [version=] [lease=]
//                              create and version follow from the puts before, unless given
//   puts from= count= [keys=COUNT] [prefix=] [value=] [lease=]
//                              revisions from.. put prefix0, prefix1, ... in turn; keys of as many
//                              digits as the last needs
//   tombstone rev= [sub=] key=
//   meta [consistent_index=] [term=] [scheduled=REV] [finished=REV] [conf_state=] [version=]
//   lease id= ttl= [remaining=]
//   member id= [name=] [peers=URL,...] [clients=URL,...] [learner=yes]
//   removed id=
//   cluster [version=] [downgrade=]
//   alarm member= alarm=1|2
//   auth [enabled=0|1] [revision=]
//   user name= [password=] [roles=a,b]
//   role name= [type=0|1|2 key= [range_end=]]
//
// Damage, to the bytes as they are then:
//   set page= [element=] field= value=
//                              field: id flags count overflow; with element=K from 0 in a leaf:
//                              flags pos ksize vsize, in a branch: pos ksize child
//   set meta=0|1 field= value= [checksum=keep]
//                              field: magic version page_size flags root sequence freelist hwm
//                              txid checksum. Else the checksum is made right again
//   flip PLACE [bit=0..7]
//   overwrite PLACE bytes=
//   zero PLACE length=         PLACE: page=N [byte=0] or at=OFFSET from the start of the file
//   copy page= to=             the page over another; its id stays the old one
//   truncate to=
//   append [bytes=] [zeros=]
//   sha256                     appends the SHA-256 of all before, as `snapshot save` does
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace etcdf::testing {

struct PlacedPage {
  uint64_t id = 0;
  uint64_t pages = 1;  // with its overflow
  std::string label;   // "leaf of key, 3 rows", "branch of key, 2 children", "freelist", "free"
};

struct BuiltDatabase {
  std::string bytes;
  std::vector<PlacedPage> pages;  // in the order of the file
};

// Errors: kUsage. The subject names the line, `what` what is wrong there.
Result<BuiltDatabase> BuildDatabase(std::string_view text);

// Writes the file, and the folders it needs. Errors: kIo.
Result<void> WriteDatabase(const BuiltDatabase& database, const std::filesystem::path& path);

// One line per page: id, and what is on it.
std::string DescribePages(const BuiltDatabase& database);

}  // namespace etcdf::testing
