"""One case for each entry of docs/findings.md: sound evidence, what is done to it, and the command
that finds it. Evidence is told in the statements of lib/testing/wal_builder.h and bolt_builder.h,
which make checksums right again where the harm lies behind them.
"""

import dataclasses
import json
import typing

from evidence import (LOST_PAGE, changed, cut_to, db, digest, endpoint, event, folder, gz, link,
                      lmdb, locked_as_database, locked_as_segment, log, nothing, segment, tar, text,
                      with_encrypted_note, zip_of)


@dataclasses.dataclass
class Case:
    shows: str  # a finding's id, or PATH=WORD for a word at that path of the JSON
    command: str
    sound: dict  # path -> what writes it
    damage: dict  # path -> what writes it in place of that
    sound_exit: int = 0
    environment: dict = dataclasses.field(default_factory=dict)  # of the tool, with the damage
    meanwhile: typing.Callable | None = None  # done with the damage when output has begun

    @property
    def seen_with(self):
        """The command without its arguments: `dump-db scan-keys`, `hashcheck --audit`."""
        tool, first, *rest = self.command.split()
        verb = [first] if tool == "dump-db" else []
        return " ".join([tool, *verb, *(w for w in (first, *rest) if w.startswith("--"))])


VERIFY = "dump-logs --verify m"


def harmed_log(finding, base, harm, command=VERIFY):
    """A log, and the same with the harm."""
    return Case(finding, command, {"m": log(base)}, {"m": log(base, harm)})


def other_log(finding, base, other, command=VERIFY):
    return Case(finding, command, {"m": log(base)}, {"m": log(other)})


def harmed_db(finding, base, harm, command="dump-db check db"):
    """A database, and the same with the harm."""
    return Case(finding, command, {"db": db(base)}, {"db": db(base, harm)})


def other_db(finding, base, other, command="dump-db check db"):
    return Case(finding, command, {"db": db(base)}, {"db": db(other)})


# --- the raft log

HEAD = "metadata node=1 cluster=2\nsnapshot index=0 term=0"
LOG = f"{HEAD}\nlog from=1 terms=1,1,1\nstate term=1 vote=1 commit=3"
SEGMENTS = f"{HEAD}\nlog from=1 terms=1,1\ncut\nlog from=3 terms=1,1\ncut\nlog from=5 terms=1"
BIG_ENTRY = (f"{HEAD}\nlog from=1 terms=1\nentry term=1 index=2 put key=b value=repeat:y*2000\n"
             "log from=3 terms=1")
NEXT = "log from=4 terms=1"

RECORDS = [
    # The last bytes of the last record did not reach the disk.
    harmed_log("wal.torn_tail", LOG, "cut-last-record bytes=5"),
    # A bit of the entry's value.
    harmed_log("wal.crc_mismatch", LOG, "flip entry=2 byte=14"),
    other_log("wal.bad_record", f"{LOG}\n{NEXT}",
              f"{LOG}\nframe payload=hex:ffffffffffffffffffffffffffffffff\n{NEXT}"),
    # 4096 bytes too long.
    harmed_log("wal.bad_length", LOG, "flip entry=2 part=length byte=1 bit=4"),
    # The first of three segments ends within its last record.
    harmed_log("wal.truncated", SEGMENTS, "truncate entry=2 keep=20"),
    harmed_log("wal.zeroed_sector", BIG_ENTRY, "zero-sector entry=2 nth=2"),
    # The whole frame of an entry, which ends the log for etcd; entry 3 stands behind it.
    harmed_log("wal.data_after_end", LOG, "zero entry=2 part=frame length=40"),
    # Type 2, an entry, becomes 66, which is none, or 3, a hard state.
    harmed_log("wal.unknown_record_type", LOG, "flip entry=2 part=type bit=6"),
    harmed_log("wal.bad_content", LOG, "flip entry=2 part=type bit=0"),
    other_log("wal.more_damage", LOG, f"{LOG}\nrepeat count=5000 {{\nrecord type=6 data=x\n}}"),
]

SNAP = "snap term=1 index=2 voters=1"
SNAPSHOT = (f"{HEAD}\nlog from=1 terms=1,1\nsnapshot index=2 term=1 voters=1\n"
            "log from=3 terms=1,1\nstate term=1 vote=1 commit=4\n")
PURGED = ("start seq=3 index=3\nmetadata node=1 cluster=2\nsnapshot index=2 term=1 voters=1\n"
          f"log from=3 terms=1,1\nstate term=1 vote=1 commit=4\n{SNAP}")
TAKEN = (f"{HEAD}\nlog from=1 terms=1\nsnapshot index=2 term=1 voters=1,2\n"
         f"log from=3 terms=1,1\nstate term=1 vote=1 commit=4\n{SNAP},2")
NEXT_SEGMENT = f"cut head=crc\nmetadata node=1 cluster=2\n{NEXT}"

LOGS = [
    other_log("wal.purged_head", SNAPSHOT + SNAP, PURGED),
    other_log("wal.snapshot_jump", SNAPSHOT + SNAP, TAKEN),
    harmed_log("wal.empty", SEGMENTS, "truncate to=0 seq=1"),
    harmed_log("wal.missing_head", SEGMENTS, "delete-segment seq=0"),
    harmed_log("wal.missing_segment", SEGMENTS, "delete-segment seq=1"),
    other_log("wal.crc_chain_break", SEGMENTS,
              SEGMENTS.replace("cut", "chain crc=0x1234\ncut", 1)),
    other_log("wal.index_gap", SEGMENTS, SEGMENTS.replace("from=5", "from=6")),
    other_log("wal.term_regression", SEGMENTS,
              SEGMENTS.replace("from=3 terms=1,1", "from=3 terms=3,3")),
    other_log("wal.state_regression", LOG, f"{LOG}\nstate term=1 vote=1 commit=2"),
    other_log("wal.committed_overwritten", f"{LOG}\nlog from=4 terms=2",
              f"{LOG}\nlog from=2 terms=2"),
    other_log("wal.conflicting_metadata", f"{LOG}\n{NEXT_SEGMENT}",
              f"{LOG}\n{NEXT_SEGMENT.replace('node=1', 'node=9')}"),
    other_log("wal.missing_metadata", f"{LOG}\n{NEXT_SEGMENT}", f"{LOG}\ncut head=crc\n{NEXT}"),
    other_log("wal.commit_beyond_log", LOG, LOG.replace("commit=3", "commit=7")),
]

# A repair that took a damaged length field for the end of what had been written: it cut off entry 3
# of the segment, or nothing that is not in the log as well.
BROKEN = "m/member/wal/0000000000000000-0000000000000000.wal.broken"
REPAIRED = [
    Case(finding, VERIFY, {"m": log(LOG)}, {"m": log(now), BROKEN: segment(LOG)})
    for finding, now in (
        ("wal.broken_segment", LOG),
        ("wal.broken_holds_more", f"{HEAD}\nlog from=1 terms=1,1\nstate term=1 vote=1 commit=2"))
]

SNAPS = [
    # Written, and the crash came before the log's record of it.
    harmed_log("snap.orphan", SNAPSHOT + SNAP, "snap term=1 index=4 voters=1"),
    # The newest may be of a snapshot that the leader sent, the one before it may not.
    harmed_log("snap.beyond_log", f"{SNAPSHOT}{SNAP}\nsnap term=1 index=8 voters=1",
               "snap term=1 index=9 voters=1"),
    other_log("snap.missing", SNAPSHOT + SNAP, SNAPSHOT),
    other_log("snap.no_start", PURGED, PURGED.replace(SNAP, "")),
    other_log("snap.not_continued", PURGED, PURGED.replace("log from=3", "log from=5"),
              "dump-logs m"),
    other_log("snap.term_mismatch", SNAPSHOT + SNAP, SNAPSHOT + SNAP.replace("term=1", "term=2")),
    other_log("snap.name_mismatch", SNAPSHOT + SNAP,
              f"{SNAPSHOT}{SNAP} name=0000000000000001-0000000000000003.snap"),
    other_log("snap.empty", SNAPSHOT + SNAP, f"{SNAPSHOT}{SNAP} broken=empty"),
    other_log("snap.crc_mismatch", SNAPSHOT + SNAP, f"{SNAPSHOT}{SNAP} broken=crc"),
    other_log("snap.undecodable", SNAPSHOT + SNAP, f"{SNAPSHOT}{SNAP} broken=cut"),
    other_log("snap.bad_store", SNAPSHOT + SNAP, f"{SNAPSHOT}{SNAP} data=xyz",
              "snapshot-status m/member/snap/0000000000000001-0000000000000002.snap"),
]

# --- a member that has applied the three puts of its log

MEMBER_DB = """etcd
put rev=2 key=k1 value=t1
put rev=3 key=k2 value=t1
put rev=4 key=k3 value=t1
auth revision=1
member id=1 name=m1
member id=3 name=m3
meta consistent_index=3 term=1"""
TWO_PUTS = MEMBER_DB.replace("put rev=4 key=k3 value=t1\n", "")
MEMBER = {"m": log(LOG), "m/member/snap/db": db(MEMBER_DB)}
LATE_LOG = ("start seq=3 index=7\nmetadata node=1 cluster=2\nsnapshot index=6 term=1 voters=1\n"
            "log from=7 terms=1,1\nstate term=1 vote=1 commit=8\nsnap term=1 index=6 voters=1")


def on_member(finding, command, other_log=LOG, other_db=MEMBER_DB):
    return Case(finding, command, MEMBER, {"m": log(other_log), "m/member/snap/db": db(other_db)})


ENTRIES = [
    other_log("entry.unknown_payload", f"{LOG}\nentry term=1 index=4 put key=a value=1",
              f"{LOG}\nentry term=1 index=4 raw bytes=hex:ffffffff", "dump-logs m"),
    # Entry 3 counts as applied, and left nothing.
    on_member("apply.other_revision", "dump-logs --with-revisions m", other_db=TWO_PUTS),
    on_member("apply.beyond_commit", "dump-db keys --at-index 3 m",
              LOG.replace("commit=3", "commit=1"), TWO_PUTS.replace("index=3", "index=2")),
    on_member("db.ahead_of_log", "hashcheck --audit m",
              other_db=MEMBER_DB.replace("index=3", "index=9")),
    Case("db.ahead_of_torn_log", VERIFY, MEMBER,
         {"m": log(f"{HEAD}\nstate term=1 vote=1 commit=2\nlog from=1 terms=1,1,1",
                   "cut-last-record bytes=5"),
          "m/member/snap/db": db(MEMBER_DB)}),
    on_member("db.behind_log", "hashcheck --audit m", LATE_LOG),
    on_member("db.term_mismatch", "hashcheck --audit m",
              other_db=MEMBER_DB.replace("term=1", "term=3")),
    on_member("member.foreign_wal", "hashcheck --audit m", LOG.replace("node=1", "node=5")),
]

# --- databases

# Bucket key has its rows on the leaves 2 to 4, below branch 5; bucket lease has page 6, the root
# bucket page 7.
DB = """etcd
bucket name=key inline=no leaf_rows=2 {
 puts from=2 count=6 prefix=k value=v lease=7
}
bucket name=lease inline=no {
 lease id=7 ttl=60
}
member id=1 name=m1
meta consistent_index=7 term=1"""
# With a freelist on page 9, which names page 8.
FREELIST = f"file freelist=array\n{DB}\nfree pages=1"
# Of two transactions. The older meta page leads to the pages of DB, now free.
TWICE = f"{DB}\ncommit\nput rev=8 key=c value=3\nmeta consistent_index=8"
NO_META = "set meta=0 field=checksum value=1\nset meta=1 field=checksum value=1"
FAR_ELEMENT = "set page=3 element=0 field=pos value=0x7f000020"

PAGES = [
    harmed_db("bolt.bad_meta", DB, "set meta=0 field=checksum value=1"),
    harmed_db("bolt.no_valid_meta", DB, NO_META),
    harmed_db("bolt.metas_apart", DB, "set meta=1 field=txid value=9"),
    harmed_db("bolt.truncated", DB, "truncate to=26000"),
    # As after a write to the wrong place.
    harmed_db("bolt.bad_page", DB, "set page=3 field=id value=9"),
    harmed_db("bolt.empty_page", DB, "set page=3 field=count value=0"),
    # The branch leads to the first leaf twice.
    harmed_db("bolt.page_reused", DB, "set page=5 element=2 field=child value=2"),
    # Bucket lease leads to a leaf of bucket key.
    harmed_db("bolt.page_shared", DB, "overwrite page=7 byte=394 bytes=hex:03"),
    harmed_db("bolt.bad_element", DB, FAR_ELEMENT),
    # The first and the last leaf in each other's place.
    harmed_db("bolt.key_order", DB, "set page=5 element=0 field=child value=4\n"
              "set page=5 element=2 field=child value=2"),
    # The row of bucket key is too short to name a page.
    harmed_db("bolt.bad_bucket", DB, "set page=7 element=5 field=vsize value=4"),
    other_db("bolt.nested_bucket", DB, f"{DB}\nbucket name=v1 {{\nbucket name=default {{\n}}\n}}"),
    harmed_db("bolt.not_a_freelist", FREELIST, "set meta=0 field=freelist value=3"),
    # A meta page cannot be free.
    harmed_db("bolt.bad_freelist", FREELIST, "overwrite page=9 byte=16 bytes=hex:01"),
    harmed_db("bolt.reachable_free", FREELIST, "overwrite page=9 byte=16 bytes=hex:03"),
    harmed_db("bolt.beyond_high_water", DB, "set meta=0 field=hwm value=7"),
    # The freelist names nothing any more.
    harmed_db("bolt.lost_pages", FREELIST, "set page=9 field=count value=0"),
]

PUT = "etcd\nput rev=2 key=a"
LEASED = "etcd\nput rev=2 key=a lease=7\nlease id=7 ttl=60"
LOGICAL = "snapshot-status --check=logical db"

ROWS = [
    # The underscore between the numbers of a revision, and the first bytes of a KeyValue.
    harmed_db("mvcc.bad_row_key", DB, "overwrite page=3 byte=56 bytes=X", LOGICAL),
    harmed_db("mvcc.bad_row_value", DB, "overwrite page=3 byte=65 bytes=hex:ffff", LOGICAL),
    other_db("mvcc.row_contradiction", PUT, f"{PUT} create=3", LOGICAL),
    # Of v2's indexes 5 to 9, when the first key had been written twice and the second deleted.
    other_db("mvcc.migrated", f"{PUT}", "etcd\nput rev=7 key=/a create=5 version=1\n"
             "put rev=9 key=/b create=9 version=1", LOGICAL),
    other_db("mvcc.revision_gap", f"{PUT}\nput rev=3 key=b", f"{PUT}\nput rev=4 key=b", LOGICAL),
    other_db("mvcc.ends_before_compaction", f"{PUT}\nmeta scheduled=2 finished=2",
             f"{PUT}\nmeta scheduled=3 finished=3", LOGICAL),
    other_db("mvcc.bad_meta", f"{PUT}\nmeta consistent_index=1",
             f"{PUT}\nbucket name=meta {{\nrow key=consistent_index value=abc\n}}", LOGICAL),
    other_db("mvcc.bad_lease", LEASED,
             f"{PUT}\nbucket name=lease {{\nrow key=12345678 value=x\n}}", LOGICAL),
    other_db("mvcc.unknown_row", PUT, f"{PUT}\nbucket name=meta {{\nrow key=tern value=x\n}}", LOGICAL),
    other_db("mvcc.bad_auth_row", f"{PUT}\nuser name=ann",
             f"{PUT}\nbucket name=authUsers {{\nrow key=ann value=x\n}}", LOGICAL),
    other_db("mvcc.bad_alarm_row", f"{PUT}\nalarm member=7 alarm=1",
             f"{PUT}\nalarm member=7 alarm=66", LOGICAL),
    other_db("mvcc.lease_missing", LEASED, f"{PUT} lease=7", "dump-db leases db"),
    other_db("mvcc.lease_without_keys", LEASED, f"{PUT}\nlease id=7 ttl=60", "dump-db leases db"),
]

# As etcd would write it but for the bucket's name; the buckets that `etcd` makes are left out.
WITHOUT_KEYS = DB.replace("etcd\n", "", 1).replace("name=key", "name=kez")

DATABASES = [
    harmed_db("db.unreadable", DB, "set meta=0 field=root value=0\nset meta=1 field=root value=0"),
    other_db("db.missing_bucket", DB, WITHOUT_KEYS, "snapshot-status db"),
    other_db("db.unknown_bucket", DB, DB.replace("bucket name=lease", "bucket name=lessor"),
             "snapshot-status db"),
    # Both meta pages lead to the first transaction, whose leaves the second one wrote over.
    harmed_db("db.live_copy", TWICE, "set meta=0 field=root value=7\n"
              "set meta=1 field=root value=7\nzero page=2 length=4096"),
    harmed_db("metas.damaged", DB, "set page=3 field=id value=9", "dump-db metas db"),
    harmed_db("metas.other_damaged", TWICE, "set page=3 field=id value=9", "dump-db metas db"),
    # Bucket lease on a page of its own.
    other_db("scan.not_a_row", DB.replace("lease inline=no", "lease"), DB,
             "dump-db scan-keys db 0"),
    harmed_db("snapshot.sha256_mismatch", f"{DB}\nsha256", "flip at=20000", "snapshot-status db"),
    harmed_db("snapshot.sha256_followed", f"{DB}\nsha256", r'append bytes="\n"', "snapshot-status db"),
    Case("snapshot.sha256_cut_off", "snapshot-status db", {"db": db(DB, "sha256")},
         {"db": (db(DB, "sha256"), cut_to(8 * 4096 + 10))}),
]

# --- members

VOTERS = r'''etcd
put rev=2 key=a value=1
meta consistent_index=9 term=2 conf_state="{\"voters\":[1,3],\"auto_leave\":false}"
member id=1 name=m1 peers=http://h:2380 clients=http://h:2379
'''
THIRD = "member id=3 name=m3 peers=http://i:2380 clients=http://i:2379"
BAD_MEMBER = 'bucket name=members {\nrow key=3 value="{"\n}'
JOINED = r'''metadata node=1 cluster=2
snapshot index=0 term=0
entry term=1 index=1 conf change=add node=1 context="{\"id\":1,\"peerURLs\":[\"http://h:2380\"]}"
entry term=2 index=2 conf change=add-learner node=2 context="{\"id\":2,\"peerURLs\":[\"http://i\"]}"
entry term=2 index=3 conf change=add node=2 context="{\"id\":2,\"isPromote\":true}"
state term=2 vote=1 commit=3'''
JOINED_DB = """etcd
meta consistent_index=3 term=2
member id=1 peers=http://h:2380
member id=2 peers=http://i"""


def joined(finding, other_db):
    """Member 2 joined as a learner and was promoted; the database has it otherwise."""
    return Case(finding, "dump-db members m", {"m": log(JOINED), "m/member/snap/db": db(JOINED_DB)},
                {"m/member/snap/db": db(other_db)})


# Requests that member 1 proposed, each committed before the next one came.
LATER = "".join(
    f"\nentry term=1 index={index} id=0x{1 << 48 | index:x} put key=k value=v"
    f"\nstate term=1 vote=1 commit={index}" for index in range(4, 14))


def put_back(member):
    """Members 1 and 3; one of them has a log that ends early."""
    logs = {1: LOG + LATER, 3: LOG.replace("node=1", "node=3") + LATER}
    logs[member] = logs[member].replace(LATER, "")
    return {f"m{node}": log(text) for node, text in logs.items()}


MEMBERS = [
    other_db("members.zombie", VOTERS + THIRD,
             f"{VOTERS}{THIRD}\nmember id=4 name=m4\nremoved id=4", "dump-db members db"),
    other_db("members.missing", VOTERS + THIRD, VOTERS, "dump-db members db"),
    joined("members.learner_flag", f"{JOINED_DB} learner=yes"),
    joined("members.attributes", JOINED_DB.replace("http://i", "http://j")),
    other_db("members.unreadable", VOTERS + THIRD, VOTERS + BAD_MEMBER, "dump-db members db"),
    Case("member.same_node", "hashcheck a b c",
         {"a": log(LOG), "a/member/snap/db": db(MEMBER_DB),
          "b": log(LOG.replace("node=1", "node=3")), "b/member/snap/db": db(MEMBER_DB),
          "c/member/snap/db": db(MEMBER_DB)},
         {"c": log(LOG)}),
    Case("member.same_node_one_missing", "hashcheck a b",
         {"a": log(LOG), "a/member/snap/db": db(MEMBER_DB),
          "b": log(LOG.replace("node=1", "node=3")), "b/member/snap/db": db(MEMBER_DB)},
         {"b": log(LOG)}),
    Case("member.put_back", "hashcheck m1 m3",
         put_back(3) | {"m1/member/snap/db": db(MEMBER_DB), "m3/member/snap/db": db(MEMBER_DB)},
         put_back(1)),
    Case("digest.of_damage", "hashcheck a b", {"a": digest(DB), "b": db(DB)},
         {"a": digest(DB, "set page=3 field=id value=9")}),
    Case("member.reports_error", "hashcheck a b", {"a": endpoint("1"), "b": endpoint("2")},
         {"b": endpoint("2", errors=["memberID:2 alarm:CORRUPT "])}),
]

# --- salvage with a log

SALVAGE = "dump-db salvage db --with-wal m --out out"
LONG_LOG = f"{HEAD}\nlog from=1 terms={','.join('1' * 30)}\nstate term=1 vote=1 commit=30"
# The second leaf is lost, so that the log is asked.
LONG_DB = "\n".join(["etcd", "bucket name=key inline=no leaf_rows=25 {",
                     *(f"put rev={i + 1} key=k{i} value=t1" for i in range(1, 31)), "}",
                     "meta consistent_index=30 term=1", "set page=3 field=flags value=0"])
# The entries 10 to 18 of a log that begins there; entry 17 wrote if key `gone` was at version 1.
LATE_ENTRIES = "\n".join(
    [HEAD.replace("index=0 term=0", "index=9 term=2"), "state term=2 vote=1 commit=9",
     *(f"entry term=2 index={i} put key={key} value={i}" for i, key in enumerate("abcdefg", 10)),
     "entry term=2 index=17 txn {\nif key=gone target=version to=1\nthen put key=gone value=8\n}",
     "entry term=2 index=18 put key=h value=18", "state term=2 vote=1 commit=18"])
ROW_A_LEAF = "\n".join(
    ["etcd", "bucket name=key inline=no leaf_rows=1 {", "put rev=7 key=gone value=0",
     *(f"put rev={i - 2} key={key} value={i}" for i, key in enumerate("abcdefg", 10)),
     "put rev=15 key=gone value=8", "put rev=16 key=h value=18", "}",
     "meta consistent_index=18 term=2 scheduled=6 finished=6"])

SALVAGES = [
    harmed_db("salvage.lost_rows", DB, "set page=3 field=id value=9", "dump-db salvage db --out out"),
    Case("salvage.left_out", "dump-db salvage db --out out", {"db": db("etcd")},
         {"db": db("etcd", r'bucket name="a\x00b" {', "row key=k value=v", "}")}),
    # The log of another cluster.
    Case("salvage.log_unused", SALVAGE, {"db": db(LONG_DB), "m": log(LONG_LOG)},
         {"db": db(LONG_DB.replace("key=k", "key=x"))}, sound_exit=1),
    Case("salvage.log_contradicts", SALVAGE, {"db": db(LONG_DB), "m": log(LONG_LOG)},
         {"db": db(LONG_DB.replace("key=k7 value=t1", "key=k7 value=t2"))}, sound_exit=1),
    # Key `gone` is lost, and whether entry 17 wrote it again with it.
    Case("salvage.log_untold", SALVAGE, {"db": db(ROW_A_LEAF), "m": log(LATE_ENTRIES)},
         {"db": db(ROW_A_LEAF, "zero page=2 length=4096", "zero page=10 length=4096")}),
]

# --- LMDB copies


def harmed_lmdb(finding, harm):
    return Case(finding, "dump-db check db", {"db": lmdb(DB)}, {"db": lmdb(DB, harm=harm)})


LMDB_COPIES = [
    # The magic number.
    harmed_lmdb("lmdb.bad_meta", lambda file: file.put(16, 4, 0)),
    # The last page in use.
    harmed_lmdb("lmdb.truncated", lambda file: file.put(file.meta + 136, 8, 1 << 40)),
    # The page's own number.
    harmed_lmdb("lmdb.bad_page", lambda file: file.put(file.first_leaf, 8, 77)),
    # The size of the first key.
    harmed_lmdb("lmdb.bad_row",
                lambda file: file.put(file.node(file.first_leaf, 0) + 6, 2, 0xffff)),
    # The first offset becomes that of the second row.
    harmed_lmdb("lmdb.key_order", lambda file: file.put(
        file.first_leaf + 16, 2, file.get(file.first_leaf + 18, 2))),
    # The end of the offsets: one row less.
    harmed_lmdb("lmdb.row_count", lambda file: file.put(
        file.first_leaf + 12, 2, file.get(file.first_leaf + 12, 2) - 2)),
]

# --- reading

SEGMENT = "m/member/wal/0000000000000000-0000000000000000.wal"
# More rows than a pipe takes at once.
LONG = "etcd\nputs from=2 count=600 value=repeat:x*500\nmeta consistent_index=600 term=1"

READING = [
    Case("wal.in_use", VERIFY, {"m": log(LOG)}, {SEGMENT: locked_as_segment}),
    Case("db.in_use", "dump-db check db", {"db": db(DB)}, {"db": (db(DB), locked_as_database)}),
    Case("io.unreadable", VERIFY, {"m": log(SNAPSHOT + SNAP)},
         {"m/member/snap/0000000000000001-0000000000000002.snap": folder}),
    Case("io.file_shrank", "dump-db iterate-bucket db key", {"db": db(LONG)}, {},
         meanwhile=lambda where: cut_to(8192)(where / "db")),
    Case("io.read_error", "dump-db iterate-bucket db key", {"db": db(LONG)}, {},
         environment=LOST_PAGE),
]

# --- what is packed, mangled, or kept in links

SAVED = db(DB, "sha256")
# More than stays in memory, and large enough to be told of.
LARGE = db(DB.replace("etcd\n", "etcd\nput rev=9 key=large value=repeat:y*60000000\n", 1))
LINES = db(DB.replace("etcd\n", 'etcd\nput rev=9 key=lines value="' + r"\n" * 20 + '"\n', 1), "sha256")


def harmed_archive(finding, pack, harm):
    """A snapshot, packed, and with the harm done to the archive."""
    return Case(finding, "snapshot-status f", {"f": (SAVED, changed(pack))},
                {"f": (SAVED, changed(pack), harm)})


PACKED = [
    harmed_archive("archive.cut_short", gz, changed(lambda archive: archive[:-40])),
    # The last byte of the CRC-32, which is before the length.
    harmed_archive("archive.damaged", gz, changed(lambda a: a[:-5] + bytes([a[-5] ^ 1]) + a[-4:])),
    Case("archive.unsafe_name", "snapshot-status f", {"f": (SAVED, changed(tar("db")))},
         {"f": (SAVED, changed(tar("../db")))}),
    harmed_archive("archive.encrypted", zip_of, changed(with_encrypted_note)),
    Case("archive.unpacked", "snapshot-status f", {"f": (SAVED, changed(gz))},
         {"f": (LARGE, changed(gz))}),
    Case("snapshot.glued", "snapshot-status f", {"f": SAVED},
         {"f": (SAVED, changed(lambda content: content + content))}),
    Case("file.line_ends", "snapshot-status f", {"f": LINES},
         {"f": (LINES, changed(lambda content: content.replace(b"\n", b"\r\n")))}),
    Case("file.begins_late", "snapshot-status f", {"f": SAVED},
         {"f": (SAVED, changed(lambda content: b"HTTP/1.1 200 OK\r\n\r\n" + content))}),
]

FULL = "c/Full-00000000-00000002-1764460800"
INCR = "c/Incr-00000003-00000004-1764461100"
CHAIN = {FULL: db(PUT, "sha256"), INCR: link([event("a", 3), event("b", 4)])}


def harmed_chain(finding, harmed):
    return Case(finding, "snapshot-status c", CHAIN, harmed)


LINKS = [
    Case("delta.keys_only", "snapshot-status c", {FULL: CHAIN[FULL]}, {INCR: CHAIN[INCR]}),
    harmed_chain("delta.gap", {INCR: nothing, "c/Incr-00000004-00000004-1764461100":
                               link([event("b", 4)])}),
    harmed_chain("delta.sha256_mismatch", {INCR: (CHAIN[INCR], cut_to(100))}),
    harmed_chain("delta.undecodable", {INCR: link([event("a", 4), event("b", 3)])}),
    harmed_chain("delta.other_range", {INCR: link([event("a", 3)])}),
]

# --- what hashcheck says of a member against its log

PUTS = f"""{HEAD}
entry term=1 index=1 put key=a value=1
entry term=1 index=2 put key=b value=1
entry term=1 index=3 put key=c value=1
entry term=1 index=4 put key=d value=1
entry term=1 index=5 put key=a value=2
state term=1 vote=1 commit=5"""
A, B, C, D, A2 = PUT_ROWS = [
    "put rev=2 key=a value=1",
    "put rev=3 key=b value=1",
    "put rev=4 key=c value=1",
    "put rev=5 key=d value=1",
    "put rev=6 key=a value=2"]
# The same rows, as what it compares is true.
TXN = PUTS.replace("put key=c value=1", """txn {
  if key=a target=value result=equal to=1
  then put key=c value=1
  else put key=x value=1
}""")


def database(rows, index=5):
    return "\n".join(["etcd", *rows, "member id=1 name=m1", "cluster version=3.6.0",
                      f"meta consistent_index={index} term=1"])


def audited(word, rows, logged=PUTS, path="audit[].anomalies[].kind"):
    """A member whose log leads to PUT_ROWS, and which has these rows."""
    return Case(f"{path}={word}", "hashcheck --audit m",
                {"m": log(logged), "m/member/snap/db": db(database(PUT_ROWS))},
                {"m/member/snap/db": db(database(rows))})


COMPACTED_LOG = f"""{HEAD}
log from=1 terms=1,1,1
entry term=1 index=4 put key=k1 value=2
entry term=1 index=5 put key=k2 value=2
entry term=1 index=6 put key=k3 value=2
entry term=1 index=7 put key=x value=1
entry term=1 index=8 compact rev=8
entry term=1 index=9 put key=e value=1
state term=1 vote=1 commit=9"""
COMPACTED = ["put rev=5 key=k1 value=2 create=2 version=2",
             "put rev=6 key=k2 value=2 create=3 version=2",
             "put rev=7 key=k3 value=2 create=4 version=2",
             "put rev=8 key=x value=1",
             "put rev=9 key=e value=1",
             "meta scheduled=8 finished=8"]
# Revision 4 put x, which only x still tells: it was created then, and has a version too many.
COMPACTED_WITH_MORE = ["put rev=6 key=k1 value=2 create=2 version=2",
                       "put rev=7 key=k2 value=2 create=3 version=2",
                       "put rev=8 key=k3 value=2 create=5 version=2",
                       "put rev=9 key=x value=1 create=4 version=2",
                       "put rev=10 key=e value=1",
                       "meta scheduled=8 finished=8"]

AUDITS = [
    Case("audit[].verdict=explained", "hashcheck --audit m", {"m": db(database(PUT_ROWS))},
         {"m": log(PUTS), "m/member/snap/db": db(database(PUT_ROWS))}, sound_exit=2),
    Case("audit[].verdict=not_covered", "hashcheck --audit m",
         {"m": log(PUTS), "m/member/snap/db": db(database(PUT_ROWS))},
         {"m/member/snap/db": db(database(["put rev=2 key=z value=9"], index=0))}),
    audited("anomalous", [A, B, C, D], path="audit[].verdict"),
    audited("unexplained", [f"put rev={rev} key=z{rev} value=9" for rev in range(2, 40)],
            path="audit[].verdict"),
    audited("skipped", [A, B, "put rev=4 key=d value=1", "put rev=5 key=a value=2"]),
    audited("skipped_range", [A, "put rev=3 key=d value=1", "put rev=4 key=a value=2"]),
    audited("applied_twice", [A, B, C, "put rev=5 key=b value=1", "put rev=6 key=c value=1",
                              "put rev=7 key=d value=1", "put rev=8 key=a value=2"]),
    audited("applied_differently", [A, B, "put rev=4 key=x value=1", D, A2], TXN),
    audited("row_absent", [A, B, D, A2]),
    audited("row_altered", [A, B, "put rev=4 key=c value=9", D, A2]),
    audited("unlogged", [A, B, "put rev=4 key=x value=1", "put rev=5 key=c value=1",
                         "put rev=6 key=d value=1", "put rev=7 key=a value=2"]),
    Case("audit[].anomalies[].kind=not_counted", "hashcheck --audit m",
         {"m": log(PUTS), "m/member/snap/db": db(database(PUT_ROWS))},
         {"m/member/snap/db": db(database(PUT_ROWS, index=0))}),
    audited("not_applied_tail", [A, B, C]),
    Case("audit[].anomalies[].kind=extra_revisions", "hashcheck --audit m",
         {"m": log(COMPACTED_LOG), "m/member/snap/db": db(database(COMPACTED, index=9))},
         {"m/member/snap/db": db(database(COMPACTED_WITH_MORE, index=9))}),
]

# --- what hashcheck says of members against each other

# What is compared beside the keys. 3.4 salts the hashes of passwords.
STATE = database(PUT_ROWS) + r'''
meta conf_state="{\"voters\":[1,2],\"auto_leave\":false}" scheduled=2 finished=2
lease id=7 ttl=60
user name=u password=$2a$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234 roles=r
member id=2 name=m2 peers=http://i:2380'''


def compared(path, word, *changes, state=STATE):
    """Three databases, of which one has another state."""
    other = state
    for old, new in changes:
        other = other.replace(old, new)
    return Case(f"{path}={word}", "hashcheck a b c", {name: db(state) for name in "abc"},
                {"c": db(other)})


# A member whose fifth entry grants a lease, and what a member has that has applied four.
GRANTED_LOG = PUTS.replace("index=5 put key=a value=2", "index=5 lease-grant id=7 ttl=60")
GRANTED = database([A, B, C, D, "lease id=7 ttl=60"])
NOT_YET_GRANTED = database([A, B, C, D], index=4)

# What `snapshot restore` writes, and what it makes it of.
RESTORED_LOG = f"""{HEAD}
entry term=1 index=1 conf change=add node=1 context="{{\\"id\\":1,\\"peerURLs\\":[\\"http://m:2380\\"]}}"
state term=1 vote=1 commit=1
snapshot index=1 term=1 voters=1"""
RESTORED = database(PUT_ROWS, index=1)
BACKUP = database(PUT_ROWS).replace("id=1 name=m1", "id=7 name=m7").replace("term=1", "term=2")


# Two members, each with a log.
LOGGED = {"a": log(LOG), "a/member/snap/db": db(MEMBER_DB),
          "b": log(LOG.replace("node=1", "node=3")), "b/member/snap/db": db(MEMBER_DB)}


def two_logs(path, word, first, second):
    """Their logs become others."""
    return Case(f"{path}={word}", "hashcheck a b", LOGGED,
                {"a": log(first), "b": log(second.replace("node=1", "node=3"))})


KIND = "first_divergence.kind"
INNOCENT = "buckets[].rows[].innocent"
OTHER_VALUE = ("key=c value=1", "key=c value=9")
AGREEING = {"a": db(database(PUT_ROWS)), "b": db(database(PUT_ROWS))}
ON_TERM_2 = LOG.replace("terms=1,1,1", "terms=1,1,2").replace("term=1 vote", "term=2 vote")

COMPARISONS = [
    Case("verdict=consistent", "hashcheck a b", AGREEING | {"b": db(database([B]))}, AGREEING,
         sound_exit=1),
    compared("verdict", "diverged", OTHER_VALUE),
    # A file of another program.
    Case("verdict=undecidable", "hashcheck a b", AGREEING,
         {"b": db("bucket name=b {\nrow key=k\n}")}),
    compared(KIND, "missing", (f"{A}\n", "")),
    compared(KIND, "extra", (A2, f"{A2}\nput rev=6 sub=1 key=y")),
    compared(KIND, "key", ("key=c", "key=x")),
    compared(KIND, "value", OTHER_VALUE),
    compared(KIND, "lease", ("key=c value=1", "key=c value=1 lease=7")),
    compared(KIND, "metadata", ("key=c value=1", "key=c value=1 version=5")),
    Case("buckets[].verdict=same", "hashcheck a b", {"a": db(database(PUT_ROWS))}, AGREEING,
         sound_exit=2),
    Case("buckets[].verdict=not_compared", "hashcheck a b", AGREEING, {"b": nothing}),
    compared("buckets[].verdict", "benign", ("finished=2", "finished=1")),
    compared("buckets[].verdict", "different", ("lease id=7", "lease id=8")),
    compared(INNOCENT, "own", ("term=1", "term=2")),
    compared(INNOCENT, "compaction", ("finished=2", "finished=1")),
    Case(f"{INNOCENT}=lag", "hashcheck a b",
         {"a": log(GRANTED_LOG), "a/member/snap/db": db(GRANTED), "b": db(GRANTED)},
         {"b": db(NOT_YET_GRANTED)}),
    compared(INNOCENT, "bcrypt_salt",
             ("abcdefghijklmnopqrstuvABCDEFGHIJKLMNOP", "vutsrqponmlkjihgfedcbaPONMLKJIHGFEDCBA"),
             state=STATE.replace("version=3.6.0", "version=3.4.0")),
    compared(INNOCENT, "remaining_ttl", ("ttl=60", "ttl=60 remaining=30")),
    compared(INNOCENT, "attributes", ("name=m2", "")),
    compared(INNOCENT, "order", ("[1,2]", "[2,1]")),
    # The backup that the member was restored from names another member.
    Case(f"{INNOCENT}=restored", "hashcheck a b",
         {"a": log(RESTORED_LOG), "a/member/snap/db": db(RESTORED), "b": db(RESTORED)},
         {"b": db(BACKUP)}),
    Case("raft_log.verdict=same", "hashcheck a b", AGREEING, LOGGED),
    Case("raft_log.verdict=not_compared", "hashcheck a b", LOGGED, {"a": nothing, "b": nothing}),
    # The database of neither counts the entry as applied.
    two_logs("raft_log.verdict", "different", f"{LOG}\nlog from=4 terms=1",
             f"{LOG}\nlog from=4 terms=2"),
    two_logs("raft_log.first_broken_promise.committed", "true", LOG, ON_TERM_2),
]

# --- what hashcheck says of a start

ETCD_SAYS = "best_member.members[].start_up[].remarks[].etcd_says"
DB_LOG = "\n".join([HEAD, "entry term=1 index=1 lease-grant id=7 ttl=60",
                    *(f"entry term=1 index={i + 2} put key=k{i} value=v lease=7" for i in range(6)),
                    "state term=1 vote=1 commit=7"])
SEGMENTS_DB = "\n".join(["etcd", *(f"put rev={i + 1} key=k{i} value=t1" for i in range(1, 6)),
                         "meta consistent_index=5 term=1"])
V2_FOUND = "detected disallowed custom content in v2store for stage --v2-deprecation=write-only"
V2_MEMBER = (r'\"members\":{\"Children\":{\"1\":{\"Children\":{\"raftAttributes\":'
             r'{\"Value\":\"{\\\"peerURLs\\\":[\\\"http://m:2380\\\"]}\"}}}}}')
V2_VERSION = r',\"version\":{\"Value\":\"3.5.0\"}'
V2_KEY = r',\"1\":{\"Children\":{\"k\":{\"Value\":\"v\"}}}'


def v2_store(more="", beside=""):
    return (r'"{\"Root\":{\"Children\":{\"0\":{\"Children\":{' + V2_MEMBER + more + '}}' + beside +
            '}}}"')


V2_STORE = v2_store()
V2_SYNC = "entry term=1 index=5 v2 method=SYNC path=\"\" val=\"\"\nstate term=1 vote=1 commit=5"
LEARNS = "peers=http://l:2380 learner=yes"
DOWNGRADE = r'{\"target-version\":\"3.4.0\",\"enabled\":true}'
MEMBER_SNAP = f"{SNAP} data={V2_STORE}"


def added(node):
    return (f'entry term=1 index=1 conf change=add node={node} '
            rf'context="{{\"id\":{node},\"peerURLs\":[\"http://m:2380\"]}}"')


BEGUN = f"{HEAD}\n{added(1)}\nlog from=2 terms=1,1,1\nstate term=1 vote=1 commit=4"
BEGUN_DB = """etcd
put rev=2 key=k2 value=t1
put rev=3 key=k3 value=t1
put rev=4 key=k4 value=t1
member id=1 name=m1
meta consistent_index=4 term=1"""
TAKEN_AT_2 = SNAPSHOT + MEMBER_SNAP


def foretold(etcd_says, damage, etcd="3.5.30", logged=BEGUN, stored=BEGUN_DB):
    return Case(f"{ETCD_SAYS}={etcd_says}", f"hashcheck --best-member --etcd-version {etcd} m",
                {"m": log(logged), "m/member/snap/db": db(stored)}, damage)


def foretold_of_log(etcd_says, harm, etcd="3.5.30"):
    return foretold(etcd_says, {"m": log(BEGUN, harm)}, etcd)


def foretold_of_segments(etcd_says, damaged):
    return foretold(etcd_says, {"m": log(damaged)}, logged=SEGMENTS, stored=SEGMENTS_DB)


def foretold_of_snapshot(etcd_says, damaged, etcd="3.5.30"):
    stored = f"{MEMBER_DB}\nput rev=5 key=k4 value=t1\nmeta consistent_index=4"
    return foretold(etcd_says, {"m": log(damaged)}, etcd, TAKEN_AT_2, stored)


def foretold_of_database(etcd_says, harm, base=DB):
    return foretold(etcd_says, {"m/member/snap/db": db(base, harm)}, logged=DB_LOG, stored=base)


FORECASTS = [
    foretold_of_database("failed to open database", NO_META),
    foretold_of_database("freepages: failed to get all reachable pages",
                         "set page=5 element=2 field=child value=2"),
    foretold_of_database("invalid freelist page", "set meta=0 field=freelist value=3", FREELIST),
    foretold_of_database("unexpected fault address", "truncate to=16384"),
    foretold_of_database("failed to unmarshal mvccpb.KeyValue",
                         "overwrite page=3 byte=65 bytes=hex:ffff"),
    foretold_of_database("failed to unmarshal lease proto item",
                         "overwrite page=6 byte=40 bytes=hex:ffff"),
    foretold("couldn't read members from backend",
             {"m/member/snap/db": db(f"{BEGUN_DB}\n{BAD_MEMBER}")}, "3.6.9"),
    foretold_of_log("walpb: crc mismatch", "flip entry=2 byte=14"),
    foretold_of_segments("wal: crc mismatch", f"{SEGMENTS}\ndelete-segment seq=1"),
    foretold_of_log("wal: max entry size limit exceeded", "flip entry=2 part=length byte=4 bit=4",
                    "3.5.4"),
    foretold_of_segments("wal: slice bounds out of range", SEGMENTS.replace("from=5", "from=6")),
    foretold_of_segments("wal: conflicting metadata found",
                         f"{SEGMENTS}\ncut head=crc\nmetadata node=9 cluster=2"),
    foretold_of_snapshot("wal: snapshot mismatch", f"{SNAPSHOT}snapshot index=2 term=2\n{MEMBER_SNAP}"),
    foretold_of_snapshot("wal: file not found", PURGED.replace("index=3", "index=4") + f" data={V2_STORE}"),
    foretold_of_log("unexpected block type ...", "flip entry=2 part=type bit=6"),
    foretold_of_log("proto: ...",
                    "overwrite entry=2 part=type bytes=hex:ff"),
    foretold_of_log("repaired", "cut-last-record bytes=5"),
    foretold("cannot use none as id", {"m": log(BEGUN.replace("metadata node=1 cluster=2\n", ""))}),
    foretold("state.commit ... is out of range ...",
             {"m": log(BEGUN.replace("commit=4", "commit=7"))}),
    foretold("failed to update; member unknown",
             {"m": log(BEGUN.replace(added(1), added(5)).replace("data node=1", "data node=5"))}, "3.6.9"),
    foretold("the member has been permanently removed from the cluster",
             {"m": log(BEGUN, "entry term=1 index=5 conf change=remove id=7 node=1",
                       "state term=1 vote=1 commit=5")}),
    foretold("invalid downgrade; server version is lower than determined cluster version",
             {"m/member/snap/db": db(BEGUN_DB, "cluster version=3.7.0")}, "3.6.9"),
    foretold("invalid downgrade; server version is not allowed to join when downgrade is enabled",
             {"m/member/snap/db": db(BEGUN_DB, 'cluster downgrade="' + DOWNGRADE + '"'),
              "m": log(f"{SNAPSHOT}{SNAP} data={v2_store(V2_VERSION)}")}),
    foretold("failed to find database snapshot file",
             {"m": log(TAKEN_AT_2), "m/member/snap/db": db(BEGUN_DB.replace("index=4", "index=1"))}),
    foretold("of the backend is missing",
             {"m": log(f"{SNAPSHOT}{SNAP} data={v2_store(V2_VERSION)}"),
              "m/member/snap/0000000000000002.snap.db": db(BEGUN_DB),
              "m/member/snap/db": nothing}),
    foretold_of_snapshot("failed to read a snap file", f"{SNAPSHOT}{MEMBER_SNAP} broken=crc"),
    foretold_of_snapshot("failed to recover from snapshot", f"{SNAPSHOT}{SNAP} data=xyz"),
    foretold_of_snapshot(V2_FOUND, f"{SNAPSHOT}{SNAP} data={v2_store(beside=V2_KEY)}", "3.6.9"),
    foretold_of_log("detected disallowed v2 WAL for stage --v2-deprecation=write-only", V2_SYNC,
                    "3.6.9"),
    foretold_of_log("unmarshal should never fail", V2_SYNC, "3.7.1"),
    foretold("version \"...\" is not supported",
             {"m/member/snap/db": db(BEGUN_DB, "meta version=3.7.0")}, "3.6.9"),
    foretold("membership: too many learner members in cluster",
             {"m/member/snap/db": db(BEGUN_DB, f"member id=2 {LEARNS}",
                                     f"member id=3 {LEARNS}")}, "3.6.9"),
    foretold("database space exceeded", {"m/member/snap/db": db(BEGUN_DB, "alarm member=1 alarm=1")}),
    foretold("corrupt cluster", {"m/member/snap/db": db(BEGUN_DB, "alarm member=1 alarm=2")}),
]


# --- objects of Kubernetes

def stored(api_version, kind, raw):
    """A value in protobuf, in hex: the envelope of an API server around an object."""
    def field(number, content):
        return bytes([number << 3 | 2, len(content)]) + content
    type_meta = field(1, api_version.encode()) + field(2, kind.encode())
    return (b"k8s\0" + field(1, type_meta) + field(2, raw)).hex()


NAMED = b"\x0a\x03\x0a\x01x"  # field 1, metadata: {1 name}
DATA = b"\x12\x08\x0a\x01k\x12\x03red"  # field 2 of a ConfigMap: an entry of data
CONFIG_MAP = "/registry/configmaps/vault/c2-1"


def with_value(finding, value, sound=None, key=CONFIG_MAP):
    """An object as it should be, and one that shows the finding."""
    def put(content):
        return db(f"file\netcd\nput rev=2 key={key} value={content}")
    sound = sound or "hex:" + stored("v1", "ConfigMap", NAMED + DATA)
    return Case(finding, "dump-db objects db", {"db": put(sound)}, {"db": put(value)})


# What an API server encrypted with the key of CONFIGURATION.
SEALED = "hex:6b38733a656e633a6165736362633a76313a6b6579313a8de03a32da73391a508f527bd86eb399c372a70f4ff4d73c9fa135ca1c0ecdacaa284ece2a3f8152e503236a9ea81410651d744ce26642480c2c6b792cb685d19593b99a4e7c81f0d4e80a954c15ba9df06d67bbcc6baa4de58eb37b71726693a6c6082a71d22bb827a6749a0aaa318853d20232e1cc9b7db7d4cba96be6722bf6f52001a94baca4ef44cc1d82fd16c71bdd094c3f0fb13df1087f6a93784f271c588bd758358e2dd0730537d652a1b19f1c4cb93a4b9554cbd182e4d8552ed5599df9485bd1d4191db9823ba9316fa189641e05422c80d6faef53fd78811e34b6c64e5cd3f8793e4d4dc9c51917c6ab1b949e1e7bc8901a41b13258ce51ddde0b5aee67b091f4a3b2ffbe7a734bd0c0eba24adb9029e49f9166d90194961b13a7877f84926cd93d2c7092705627bac4"
KEY = "gXQJloeiZiH04s3XzAOz2s7bP7liJVsar9Azyr6DFTA="
CONFIGURATION = f"""kind: EncryptionConfiguration
resources:
- resources: [configmaps]
  providers:
  - aescbc: {{keys: [{{name: key1, secret: {KEY}}}]}}
"""
CLEAR_FIRST = CONFIGURATION.replace("- aescbc", "- identity: {}\n  - aescbc")
OTHER_FIRST = CONFIGURATION.replace("keys: [", f"keys: [{{name: key2, secret: {KEY}}}, ")


def at_rest(finding, *values, configuration=CONFIGURATION):
    """The newest value is stored as the configuration has it; then these are, one after the other."""
    def put(*contents):
        rows = [f"put rev={2 + i} key={CONFIG_MAP} value={each}" for i, each in enumerate(contents)]
        return db("\n".join(["file", "etcd", *rows]))
    return Case(finding, "dump-db encryption db --encryption-config c.yaml",
                {"db": put(SEALED), "c.yaml": text(CONFIGURATION)},
                {"db": put(*values), "c.yaml": text(configuration)})


CLEAR = "hex:" + stored("v1", "ConfigMap", NAMED + DATA)
OBJECTS = [
    with_value("kubernetes.broken_value", CLEAR[:-4]),
    # 201 levels.
    with_value("kubernetes.beyond_limits", '"{\\"a\\":' + "[" * 300 + "]" * 300 + '}"', '"{}"'),
    with_value("kubernetes.not_utf8", CLEAR.replace("726564", "fffefd")),
    with_value("kubernetes.unknown_field",
               "hex:" + stored("v1", "ConfigMap", NAMED + DATA + b"\x7a\x01x")),
    with_value("kubernetes.unknown_kind", "hex:" + stored("example.com/v1", "Widget", NAMED)),
    with_value("encryption.not_opened", SEALED),
    at_rest("encryption.cannot_open", SEALED, configuration=CONFIGURATION.replace("key1", "key9")),
    at_rest("encryption.clear_text_live", CLEAR),
    at_rest("encryption.clear_text_history", CLEAR, SEALED),
    at_rest("encryption.retired_key", SEALED, configuration=OTHER_FIRST),
    at_rest("encryption.retired_key_history", SEALED, CLEAR, configuration=CLEAR_FIRST),
]


def renewals(wrong=(), ahead=0):
    """Two leases for two minutes, and what an API server stamps on them; renewals that are ahead."""
    def moment(second):
        return f"2026-11-30T10:{second // 60:02}:{second % 60:02}"
    def put(i):
        node, second = f"node-{i % 4}", 60 + 3 * i
        shown = second + (ahead if i in wrong else 0)
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                 "metadata": {"creationTimestamp": moment(60 + 3 * (i % 4)) + "Z", "name": node,
                              "managedFields": [{"time": moment(second) + "Z"}]},
                 "spec": {"holderIdentity": node, "renewTime": moment(shown) + ".500000Z"}}
        value = json.dumps(lease).replace('"', '\\"')
        return f'put rev={2 + i} key=/registry/leases/kube-node-lease/{node} value="{value}"'
    return db("\n".join(["file", "etcd", *map(put, range(40))]))


def wrong_times(finding, wrong):
    return Case(finding, "dump-db timeline db", {"db": renewals()},
                {"db": renewals(wrong, ahead=2400)})


TIMES = [
    wrong_times("dating.clock_off", range(2, 40, 4)),
    wrong_times("dating.times_left_out", range(2, 10, 4)),
    Case("states.at_time", "dump-db keys db --time 2026-11-30T10:02:00Z",
         {"db": nothing}, {"db": renewals()}, sound_exit=2),
    Case("timeline.begins", "dump-db timeline db", {"db": db("file\netcd\nput rev=3 key=a")},
         {"db": db("file\netcd\nput rev=3 key=a\nmeta scheduled=3 finished=3")}),
]


CASES = (RECORDS + LOGS + REPAIRED + SNAPS + ENTRIES + PAGES + LMDB_COPIES + ROWS + DATABASES +
         SALVAGES + MEMBERS + OBJECTS + TIMES + READING + PACKED + LINKS + AUDITS +
         COMPARISONS + FORECASTS)
