#!/usr/bin/env python3
"""Real etcd members are killed under load: the audit finds nothing. Harmed: it names the harm.

The members of a cluster get puts, deletes, nested transactions, leases and compactions, many of
which they refuse, and are killed by SIGKILL meanwhile, one by one and all at once. Each database
must then follow from its member's log. Then harm-member makes databases in which one thing happened
to a member: the audit has to name that, and nothing else. Nothing of it is compacted; how much the
audit can tell of what is, is for audit-bench to measure.
ETCDF_SEED=N replays the load of a failed run, ETCDF_ROUNDS=N makes it longer.

    live_audit_test.py --hashcheck BINARY --harm-member BINARY [--etcd BINARY] [--etcdctl BINARY]
"""

import argparse
import base64
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

import load
from etcd_process import Etcd, RequestFailed, poll
from live_replay_test import OPTIONS, Load, version_of

SEED = int(os.environ.get("ETCDF_SEED") or random.SystemRandom().randrange(1 << 32))
ROUNDS = int(os.environ.get("ETCDF_ROUNDS") or 3)
TIMEOUT_SECONDS = 120
CASES = 3  # of each kind of harm
# What the truth is called, by kind of harm.
SKIPPED = {"skipped", "skipped_range", "not_applied_tail"}
NAMES_OF = {"skip": SKIPPED,
            "skip_range": SKIPPED,
            "double_range": {"applied_twice"},
            "unlogged": {"unlogged", "extra_revisions"},
            "changed_value": {"row_altered", "applied_differently"},
            "removed_row": {"row_absent", "applied_differently", "not_applied_tail"}}


class LiveAudit(unittest.TestCase):
    hashcheck = harm_member = etcd = etcdctl = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="live-audit-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.dice = random.Random(SEED)

    def run_tool(self, *command, returncodes=(0,), **options):
        answer = subprocess.run([str(word) for word in command], capture_output=True, check=False,
                                stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, **options)
        self.assertIn(answer.returncode, returncodes,
                      f"{command}:\n" + answer.stderr.decode(errors="replace"))
        return answer.stdout

    def audit(self, *data_dirs):
        """What the audit says of each of them."""
        out = self.run_tool(self.hashcheck, "--audit", "-w", "json", "--etcd-version",
                            version_of(self.etcd), *data_dirs, returncodes=(0, 1))
        return json.loads(out)["audit"]

    def harm(self, member, kind, out, *options):
        """Writes the database to `out`; what happened."""
        seed = self.dice.randrange(1 << 32)
        print(f"{kind}: seed {seed}", file=sys.stderr)
        return json.loads(self.run_tool(self.harm_member, "--kind", kind, "--seed", seed,
                                        "--above-compaction", *options, member.data_dir, out))

    def test_the_audit_names_what_happened_and_nothing_else(self):
        members = [Etcd(self.etcd, self.directory, f"m{number}", OPTIONS) for number in range(3)]
        for member in members:
            # A leader that starts again knows no entries before its last snapshot. With a snapshot
            # now and then, members that lag behind would get that in place of a log of their own.
            member.add_options("--snapshot-count", "100000")
            self.addCleanup(member.kill)
        for number in range(ROUNDS):
            self.load_and_kill(members, number)
            for audited in self.audit(*(member.data_dir for member in members)):
                self.assertEqual(audited["verdict"], "explained", audited)
                self.assertEqual(audited["anomalies"], [])
                self.assertEqual(audited["rows_different"], 0)
                self.assertGreater(audited["verified"], 100)
        for kind in NAMES_OF:
            for _ in range(CASES):
                self.check_harmed(self.dice.choice(members), kind)
        self.check_etcd_takes_it(members[0])

    def load_and_kill(self, members, number):
        for member in members:
            member.start(members)
        for member in members:
            member.wait_ready()
        spoken_to, victim = self.dice.sample(members, 2)
        client = spoken_to.client()
        requests = Load(client, self.dice)
        for _ in range(self.dice.randrange(100, 300)):
            self.dice.choices((requests.keys, requests.leases, requests.compact), (80, 15, 3))[0]()
        for member in members:
            self.settle(member, client, number)
        victim.kill()
        for _ in range(self.dice.randrange(10, 100)):
            requests.keys()
        victim.start(members)
        for _ in range(self.dice.randrange(10, 100)):
            requests.keys()
        client.close()
        victim.wait_ready()
        writers = load.Writers([member.client_port for member in members], SEED, f"round{number}")
        writers.wait_acknowledged(self.dice.randrange(150, 350))
        for member in self.dice.sample(members, len(members)):
            member.kill()
        writers.join()

    @staticmethod
    def settle(member, client, number):
        """All so far is in the member's database, and counts as applied.

        Up to 3.4 a lease that is granted counts as applied only with the next write. A member that
        is killed in between may take a put on the second try that it refused on the first, for want
        of the lease.
        """
        name, value = f"settled {member.name}".encode(), b"%d" % number

        def is_put():
            try:
                return client.call("kv/put", {"key": name, "value": value})
            except RequestFailed:  # a busy machine: the leader changed meanwhile
                return None

        poll(f"{member.name}'s mark to be put", is_put)
        own = member.client()

        def is_there():
            answer = own.call("kv/range", {"key": name, "serializable": True})
            return any(base64.b64decode(kv["value"]) == value for kv in answer.get("kvs", []))

        poll(f"{member.name} to apply the put", is_there)
        own.call("maintenance/hash")  # commits what is pending
        own.close()

    def check_harmed(self, member, kind):
        copy = self.directory / "harmed"
        (copy / "member/snap").mkdir(parents=True)
        (copy / "member/wal").symlink_to(member.wal_dir)
        truth = self.harm(member, kind, copy / "member/snap/db")
        [audited] = self.audit(copy)
        shutil.rmtree(copy)
        if not truth["visible"]:
            self.assertEqual(audited["verdict"], "explained", audited)
            return
        self.assertEqual(audited["verdict"], "anomalous", f"{truth} {audited}")
        [anomaly] = audited["anomalies"]
        [edit] = truth["edits"]
        self.assertIn(anomaly["kind"], NAMES_OF[kind])
        first, last = edit["index_first"], edit["index_last"]
        is_named = anomaly["index"] <= last and first <= anomaly["last_index"]
        if kind == "unlogged":  # entries that write nothing are before it or behind it
            is_named = anomaly["revision"] == edit["revision"]
        self.assertTrue(is_named or first in anomaly["ties"], f"{truth} {anomaly}")

    def check_etcd_takes_it(self, member):
        """The database that was written, restored and served by etcd, which then writes to it."""
        snapshot, data_dir = self.directory / "snapshot.db", self.directory / "restored"
        self.harm(member, "skip", snapshot, "--snapshot")
        environment = {**os.environ, "ETCDCTL_API": "3"}
        status = json.loads(self.run_tool(self.etcdctl, "snapshot", "status", snapshot, "-w",
                                          "json", env=environment))
        restored = Etcd(self.etcd, self.directory, "restored", OPTIONS)
        self.addCleanup(restored.kill)
        self.run_tool(self.etcdctl, "snapshot", "restore", snapshot, "--data-dir", data_dir,
                      "--name", "restored", "--initial-cluster", f"restored={restored.peer_url}",
                      "--initial-advertise-peer-urls", restored.peer_url, env=environment)
        restored.start()
        restored.wait_ready()
        client = restored.client()
        for number in range(500):
            answer = client.call("kv/put", {"key": b"%d" % number, "value": b"v" * number})
        client.close()
        self.assertEqual(int(answer["header"]["revision"]), status["revision"] + 500)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hashcheck", required=True)
    parser.add_argument("--harm-member", required=True)
    parser.add_argument("--etcd", default="etcd")
    parser.add_argument("--etcdctl", default="etcdctl")
    options, rest = parser.parse_known_args()
    LiveAudit.hashcheck = options.hashcheck
    LiveAudit.harm_member = options.harm_member
    LiveAudit.etcd = options.etcd
    LiveAudit.etcdctl = options.etcdctl
    print(f"ETCDF_SEED={SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
