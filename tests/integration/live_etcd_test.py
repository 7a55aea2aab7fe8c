#!/usr/bin/env python3
"""Real etcd servers write logs, die by SIGKILL, and dump-logs must tell what clients were promised.

Whatever etcd acknowledged before it was killed has to be in the log that is left: with the right
content, in the right order, committed. Nothing else is assumed about the moment of the kill, so the
test does not depend on timing. ETCDF_SEED=N replays the load of a failed run.

    live_etcd_test.py --dump-logs BINARY --generate-wal BINARY [--etcd BINARY] [unittest arguments]
"""

import argparse
import base64
import datetime
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import load
from dump_logs import TIMEOUT_SECONDS, DumpLogs, canonical, freeze
from etcd_process import Etcd, poll

SEED = int(os.environ.get("ETCDF_SEED") or random.SystemRandom().randrange(1 << 32))

# Small enough that .snap files and snapshot records come up, cheap password hashes.
MEMBER_OPTIONS = ("--snapshot-count", "200", "--bcrypt-cost", "4", "--enable-v2",
                  "--heartbeat-interval", "50", "--election-timeout", "500")


def evidence_of(directory):
    """Every file and folder below `directory`: its bytes, its size, its times, who may read it."""
    evidence = {}
    for parent, folders, files in os.walk(directory):
        for name in folders + files:
            path = os.path.join(parent, name)
            state = os.stat(path)
            digest = ""
            if name in files:
                with open(path, "rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
            evidence[path] = (digest, state.st_size, state.st_mtime_ns, state.st_ctime_ns,
                              state.st_mode)
    return evidence


class LiveTest(unittest.TestCase):
    etcd = None
    dump_logs = None
    generate_wal = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="live-etcd-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.dice = random.Random(f"{SEED}/{self.id()}")

    def new_member(self, name, options=MEMBER_OPTIONS):
        member = Etcd(self.etcd, self.directory, name, options)
        self.addCleanup(member.kill)
        return member

    def client_of(self, member):
        client = member.client()
        self.addCleanup(client.close)
        return client

    def assert_log_holds(self, log, acknowledged):
        """Each list is one client's; revisions put the clients' writes into one order."""
        placed = []
        for writes in acknowledged:
            index_before = 0
            for write in writes:
                indexes = log.by_request.get(freeze(write.request), [])
                later = [index for index in indexes if index > index_before]
                self.assertTrue(later, f"acknowledged, but not in the log after entry "
                                       f"{index_before}: {write.request}")
                index_before = later[0]
                if write.revision is not None:
                    placed.append((index_before, write.revision))
        placed.sort()
        revisions = [revision for _, revision in placed]
        self.assertEqual(revisions, sorted(revisions), "the log's order is not the revisions'")
        return [index for index, _ in placed]

    def assert_plausible(self, log):
        indexes = [entry["index"] for entry in log.entries]
        self.assertEqual(indexes, list(range(1, len(indexes) + 1)), "indexes with gaps")
        terms = [entry["term"] for entry in log.entries]
        self.assertEqual(terms, sorted(terms), "a term that goes back")
        committed = [entry["committed"] for entry in log.entries]
        self.assertEqual(committed, sorted(committed, reverse=True),
                         "a committed entry after one that is not")

    def assert_formats_agree(self, path, log):
        lines, total = self.dump_logs.count_text(path)
        self.assertEqual((lines, total, self.dump_logs.count_csv(path)),
                         (len(log.entries),) * 3, "text, its sum and csv against json")

    def assert_no_secret(self, path, secrets):
        for output in ("text", "json", "csv"):
            run = self.dump_logs.run("-w", output, "--start-index", "0", path)
            for secret in secrets:
                self.assertNotIn(secret.encode(), run.stdout, f"{output} shows a password")

    def assert_sound(self, path):
        """Whatever a crash leaves is at most worth a note."""
        run = self.dump_logs.run("--verify", path)
        self.assertEqual(run.exit_code, 0, run.stdout.decode(errors="replace") + run.stderr)

    def examine_remains(self, member, acknowledged):
        """All there is to check about the data dir of a member that is dead; the log found there."""
        before = evidence_of(member.data_dir)
        log = self.dump_logs.json(member.data_dir)
        self.assertEqual([one for one in log.findings if one["severity"] != "note"], [])
        indexes = self.assert_log_holds(log, acknowledged)
        self.assert_plausible(log)
        self.assert_sound(member.data_dir)
        self.assert_formats_agree(member.data_dir, log)
        self.assert_no_secret(member.data_dir, load.SECRETS)
        self.assertEqual(evidence_of(member.data_dir), before, "the evidence was touched")
        return log, indexes


class SingleMember(LiveTest):
    """One member: every kind of request, then rounds of load, SIGKILL and a look at the remains."""

    ROUNDS = 4

    def test_what_was_acknowledged_is_in_the_log_after_each_kill(self):
        member = self.new_member("solo")
        started = time.time()
        member.start()
        member_id = int(member.wait_ready()["header"]["member_id"])
        ready = time.time()
        everything = load.Recorder(self.client_of(member))
        load.one_of_each(everything, v2=True)
        acknowledged = [everything.acknowledged]
        for number in range(self.ROUNDS):
            writers = load.Writers([member.client_port] * 3, SEED, f"round{number}")
            self.addCleanup(writers.join)
            writers.wait_acknowledged(self.dice.randrange(200, 1500))
            self.examine_under_load(member, writers)
            writers.wait_acknowledged(writers.count() + self.dice.randrange(200, 1500))
            member.kill()
            acknowledged += writers.join()
            log, indexes = self.examine_remains(member, acknowledged)
            # A lone member commits in the very save that makes an entry durable.
            by_index = {entry["index"]: entry for entry in log.entries}
            self.assertTrue(all(by_index[index]["committed"] for index in indexes))
            self.assert_proposed_by(by_index[indexes[0]], member_id, started, ready)
            self.start_again_while_being_read(member)
        member.kill()

    def assert_proposed_by(self, entry, member_id, started, ready):
        """Request ids tell who proposed, and to the millisecond when that process had started."""
        self.assertEqual(int(entry["proposer"], 16), member_id)
        told = datetime.datetime.fromisoformat(entry["proposer_started"]).timestamp()
        self.assertGreater(told, started - 1)
        self.assertLess(told, ready + 1)

    def examine_under_load(self, member, writers):
        """The tail is in flight: what had been acknowledged is there, and etcd does not notice."""
        known = writers.so_far()
        self.assert_log_holds(self.dump_logs.json(member.data_dir), known)
        run = self.dump_logs.run("--verify", member.data_dir)
        self.assertIn(run.exit_code, (0, 1))
        writers.wait_acknowledged(writers.count() + 1)
        self.assertIsNotNone(member.status())

    def start_again_while_being_read(self, member):
        """dump-logs holds the files open, in mid-output; etcd wants its locks and must get them."""
        reader = subprocess.Popen([self.dump_logs.binary, "-w", "json", "--start-index", "0",
                                   str(member.data_dir)], stdout=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with reader:
            self.addCleanup(reader.kill)
            self.assertTrue(reader.stdout.readline().startswith(b"{"))
            self.assertIsNone(reader.poll())
            member.start()
            member.wait_ready()
            reader.stdout.read()
            reader.wait(timeout=TIMEOUT_SECONDS)
        self.assertIn(reader.returncode, (0, 1))


class Cluster(LiveTest):
    """Three members, whose leader is killed under load, comes back, and dies with the others."""

    def test_committed_entries_are_the_same_on_every_member(self):
        members = [self.new_member(name) for name in ("m1", "m2", "m3")]
        for member in members:
            member.start(members)
        for member in members:
            member.wait_ready()
        everything = load.Recorder(self.client_of(members[0]))
        load.one_of_each(everything, v2=False)
        acknowledged = [everything.acknowledged]

        ports = [member.client_port for member in members]
        writers = load.Writers(ports, SEED, "with-leader")
        self.addCleanup(writers.join)
        writers.wait_acknowledged(self.dice.randrange(200, 1500))
        leader = self.leader_of(members)
        leader.kill()
        acknowledged += writers.join()

        survivors = [member for member in members if member is not leader]
        poll("a new leader", lambda: self.leader_of(survivors))
        writers = load.Writers([member.client_port for member in survivors], SEED, "without-leader")
        self.addCleanup(writers.join)
        writers.wait_acknowledged(self.dice.randrange(200, 1500))
        leader.start(members)
        leader.wait_ready()
        writers.wait_acknowledged(writers.count() + 50)
        acknowledged += writers.join()

        self.stop_when_equal(members)
        logs = [self.examine_remains(member, acknowledged)[0] for member in members]
        self.assert_same_committed_prefix(logs)
        for member, log in zip(members, logs):
            self.assert_superseded_only_adds(member, log)

    def test_entries_that_a_new_leader_overwrote_are_superseded(self):
        members = [self.new_member(name) for name in ("m1", "m2", "m3")]
        for member in members:
            member.start(members)
        for member in members:
            member.wait_ready()
        old_leader, lost = self.append_without_quorum(members)
        old_leader.kill()
        survivors = [member for member in members if member is not old_leader]
        for member in survivors:
            member.start(members)
        for member in survivors:
            member.wait_ready()
        recorder = load.Recorder(self.client_of(survivors[0]))
        recorder.send("put", key=b"after", value=b"the old leader died")
        old_leader.start(members)
        self.stop_when_equal(members)

        for member in members:
            log, _ = self.examine_remains(member, [recorder.acknowledged])
            self.assertNotIn(freeze(lost), log.by_request)
            self.assert_superseded_only_adds(member, log)
        everything = self.dump_logs.json(old_leader.data_dir, "--superseded")
        index = everything.by_request[freeze(lost)][0]
        old, new = [entry for entry in everything.entries if entry["index"] == index]
        self.assertEqual(old["superseded_by"], new["term"])

    def append_without_quorum(self, members):
        """Kills both followers and writes: the leader, and what it appended and cannot commit.

        A leader that notices too early that it is alone steps down and appends nothing. Then the
        followers come back and it is tried again.
        """
        for attempt in range(10):
            leader = poll("a leader", lambda: self.leader_of(members))
            followers = [member for member in members if member is not leader]
            for member in followers:
                member.kill()
            put = {"key": f"lost/{attempt}".encode(), "value": b"never acknowledged"}
            writer = load.Hopeless(leader.client_port, put)
            self.addCleanup(writer.join)
            poll("the write to be in the log or refused",
                 lambda: self.is_logged(leader, put) or not writer.is_alive())
            if self.is_logged(leader, put):
                return leader, {"put": put}
            for member in followers:
                member.start(members)
            for member in members:
                member.wait_ready()
        raise AssertionError("no leader ever appended a write without its followers")

    def is_logged(self, member, put):
        return freeze({"put": put}) in self.dump_logs.json(member.data_dir).by_request

    def stop_when_equal(self, members):
        """Kills the members once each of them has all the log there is."""
        for member in members:
            member.wait_ready()
        goal = max(int(member.status()["raftIndex"]) for member in members)
        for member in members:
            poll(f"{member.name} to have entry {goal}",
                 lambda: int(member.status()["raftIndex"]) >= goal)
        for member in members:
            member.kill()

    @staticmethod
    def leader_of(members):
        for member in members:
            status = member.status()
            if status and status["header"]["member_id"] == status.get("leader"):
                return member
        return None

    def assert_superseded_only_adds(self, member, log):
        everything = self.dump_logs.json(member.data_dir, "--superseded").entries
        live = [entry for entry in everything if "superseded_by" not in entry]
        self.assertEqual(live, log.entries)
        for entry in everything:
            if "superseded_by" in entry:
                self.assertFalse(entry["committed"])
                self.assertGreater(entry["superseded_by"], entry["term"])

    def assert_same_committed_prefix(self, logs):
        count = min(sum(1 for entry in log.entries if entry["committed"]) for log in logs)
        self.assertGreater(count, 200)
        same = [[(entry["index"], entry["term"], entry["kind"], entry.get("request"))
                 for entry in log.entries[:count]] for log in logs]
        self.assertEqual(same[0], same[1])
        self.assertEqual(same[0], same[2])


class GeneratedLog(LiveTest):
    """bench/generate-wal claims to write what etcd writes: etcd itself and dump-logs are asked."""

    ENTRIES = 20_000

    def generate(self, name, *options):
        path = os.path.join(self.directory, name)
        subprocess.run([self.generate_wal, "--out", path, "--entries", str(self.ENTRIES),
                        "--segment-bytes", "1000000", *options], check=True,
                       timeout=TIMEOUT_SECONDS)
        return path

    def test_etcd_replays_the_generated_log_whole(self):
        path = self.generate("default", "--snapshot-every", "0")
        log = self.dump_logs.json(path)
        self.assertEqual(len(log.entries), self.ENTRIES)
        member = self.new_member("default", ())
        member.start()
        member.wait_ready()
        poll("every generated entry to be applied",
             lambda: int(member.status()["raftAppliedIndex"]) > self.ENTRIES)
        put = next(canonical(entry["request"])["put"] for entry in reversed(log.entries)
                   if entry["kind"] == "put")
        stored = self.client_of(member).call("kv/range", {"key": put["key"]})["kvs"]
        self.assertEqual([base64.b64decode(one["value"]) for one in stored], [put["value"]])

    def test_the_generated_log_is_sound(self):
        path = self.generate("with-snapshots", "--snapshot-every", "5000", "--seed", str(SEED))
        log = self.dump_logs.json(path)
        self.assertEqual(log.findings, [])
        self.assertEqual(len(log.entries), self.ENTRIES)
        self.assert_plausible(log)
        self.assert_sound(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump-logs", required=True)
    parser.add_argument("--generate-wal", required=True)
    parser.add_argument("--etcd", default=shutil.which("etcd") or "/usr/bin/etcd")
    options, rest = parser.parse_known_args()
    LiveTest.etcd = options.etcd
    LiveTest.dump_logs = DumpLogs(options.dump_logs)
    LiveTest.generate_wal = os.path.abspath(options.generate_wal)
    print(f"ETCDF_SEED={SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
