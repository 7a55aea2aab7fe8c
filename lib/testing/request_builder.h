// Encodes what raft entries carry, from the verbs of a test case (statements.h).
//
//   noop                                  a leader's empty entry
//   put key= value= lease= prev_kv= ignore_value= ignore_lease=
//   delete key= range_end= prev_kv=
//   range key= range_end= limit= revision= sort_order= sort_target= serializable= keys_only=
//         count_only= min_mod_revision= max_mod_revision= min_create_revision=
//         max_create_revision=
//   txn { if ... | then REQUEST | else REQUEST }      REQUEST: put, delete, range or txn
//       if key= target=version|create|mod|value|lease result=equal|greater|less|not_equal to=
//          range_end=
//   txn nest=N                            N transactions inside each other, a put in the innermost
//   compact rev= physical=
//   lease-grant id= ttl=
//   lease-revoke id=
//   lease-checkpoint id= remaining=
//   alarm action=get|activate|deactivate member= alarm=none|nospace|corrupt
//   auth-enable, auth-disable, auth-status, auth-user-list, auth-role-list
//   auth-user-add name= password= hashed_password= no_password=
//   auth-user-passwd name= password= hashed_password=
//   auth-user-delete name=
//   auth-user-get name=
//   auth-user-grant-role user= role=
//   auth-user-revoke-role name= role=
//   auth-role-add name=
//   auth-role-delete role=
//   auth-role-get role=
//   auth-role-grant-permission name= type=read|write|readwrite key= range_end=
//   auth-role-revoke-permission role= key= range_end=
//   authenticate name= password= simple_token=
//   cluster-version ver=
//   member-attributes member= name= url=
//   downgrade enabled= ver=
//   downgrade-test ver=
//   conf change=add|remove|update|add-learner node= context= id=
//                                         an entry of type ConfChange
//   conf-v2 transition=auto|implicit|explicit change= node= context=
//                                         an entry of type ConfChangeV2
//   v2 method= path= val= ...             a v2 Request, as etcd 3.0 to 3.5 wrote them
//   v2-inside method= path= val= ...      the same in field 2 of an InternalRaftRequest
//   raw bytes=                            anything
//
// An argument that is given is written, also where it is zero; one that is not given is absent.
// Exceptions follow etcd: v2 writes all its required fields.
//
// Numbers of messages and fields: etcd v3.6.9, api/etcdserverpb/rpc.proto, raft_internal.proto and
// etcdserver.proto; raftpb/raft.proto.
#pragma once

#include <optional>
#include <string>

#include "testing/statements.h"

namespace etcdf::testing {

// RequestHeader of an InternalRaftRequest (field 100). Members that are not given are not written.
struct RequestHeader {
  std::optional<uint64_t> id;
  std::optional<std::string> user;
  std::optional<uint64_t> auth_revision;
};

// How an entry's message was written: etcd 3.7 leaves out zeros that 3.0 to 3.6 always wrote.
enum class WriterStyle : uint8_t { kGogo, kGoogle };

struct EntryPayload {
  uint64_t entry_type = 0;  // raftpb.EntryType: 0 normal, 1 ConfChange, 2 ConfChangeV2
  std::string bytes;        // raftpb.Entry.Data; empty for a noop
};

// Encodes the request that begins with the reader's next verb. Misuse goes to `reader`.
EntryPayload BuildEntryPayload(StatementReader& reader, const RequestHeader& header,
                               WriterStyle style);

}  // namespace etcdf::testing
