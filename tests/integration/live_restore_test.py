#!/usr/bin/env python3
"""Members that etcdctl restored from a backup, and what hashcheck --audit says of them.

A restored database holds rows that no entry of its log wrote. Neither before the first start nor
after any load may it be accused for those; a database that was put beside the log of another time is.
ETCDF_SEED=N replays the load of a failed run.

    live_restore_test.py --bin DIR [--etcd BINARY] [--etcdctl BINARY] [unittest arguments]
"""

import argparse
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
from etcd_process import Etcd

SEED = int(os.environ.get("ETCDF_SEED") or random.SystemRandom().randrange(1 << 32))
TIMEOUT_SECONDS = 120


class LiveRestore(unittest.TestCase):
    bin_dir = etcd = etcdctl = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="live-restore-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.dice = random.Random(SEED)

    def test_one_member(self):
        backup, revision = self.back_up()
        member = self.member("restored")
        self.restore(backup, [member])
        audit = self.audit([member], 0)[0]
        self.assertEqual((audit["verdict"], audit["start"], audit["start_revision"]),
                         ("not_covered", "restored", revision))
        self.write([member])
        audit = self.audit([member], 0)[0]
        self.assertEqual((audit["verdict"], audit["start"], audit["start_revision"],
                          audit["first_index"]), ("explained", "restored", revision, 2))
        self.assertGreater(audit["verified"], 0)

    def test_three_members(self):
        backup, revision = self.back_up()
        members = [self.member(f"m{number}") for number in range(3)]
        self.restore(backup, members)
        self.audit(members, 0)
        self.write(members, compact_revision=revision - 3)
        for audit in self.audit(members, 0):
            self.assertEqual((audit["verdict"], audit["start_revision"]), ("explained", revision))

    def test_its_entries_a_second_time(self):
        old = self.member("old")
        backup, _ = self.back_up(old)
        other = self.member("other")
        self.restore(backup, [other])
        shutil.copy(other.data_dir / "member/snap/db", old.data_dir / "member/snap/db")
        audit = self.audit([old], 1)[0]
        self.assertEqual([anomaly["kind"] for anomaly in audit["anomalies"]], ["not_counted"])
        self.write([old])
        audit = self.audit([old], 1)[0]
        self.assertEqual(audit["anomalies"][0]["kind"], "applied_twice", audit)

    def member(self, name):
        member = Etcd(self.etcd, self.directory, name)
        self.addCleanup(member.kill)
        return member

    def back_up(self, member=None):
        """A backup of a member with a history, and its revision."""
        member = member or self.member("source")
        self.write([member], stops=False)
        path = self.directory / "backup.db"
        self.ctl("--endpoints", member.client_url, "snapshot", "save", path)
        status = json.loads(self.ctl("snapshot", "status", path, "-w", "json"))
        member.stop()
        return path, status["revision"]

    def restore(self, backup, members):
        cluster = ",".join(f"{member.name}={member.peer_url}" for member in members)
        for member in members:
            self.ctl("snapshot", "restore", backup, "--data-dir", member.data_dir, "--name",
                     member.name, "--initial-cluster", cluster, "--initial-advertise-peer-urls",
                     member.peer_url)

    def write(self, members, compact_revision=None, stops=True):
        for member in members:
            member.start(members)
        for member in members:
            member.wait_ready()
        client = members[0].client()
        recorder = load.Recorder(client)
        for number in range(self.dice.randrange(20, 60)):
            key = b"key%d" % self.dice.randrange(8)
            if self.dice.randrange(5) == 0:
                recorder.send("delete_range", key=key)
            else:
                recorder.send("put", key=key, value=b"value %d" % number)
        if compact_revision:
            recorder.send("compaction", revision=compact_revision)
        client.close()
        for member in members if stops else ():
            member.stop()

    def ctl(self, *arguments):
        done = subprocess.run([self.etcdctl, *arguments], env={**os.environ, "ETCDCTL_API": "3"},
                              stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT_SECONDS, check=True)
        return done.stdout

    def audit(self, members, exit_status):
        done = subprocess.run([self.bin_dir / "hashcheck", "--audit", "-w", "json",
                               *(member.data_dir for member in members)], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=False)
        self.assertEqual(done.returncode, exit_status, done.stdout.decode() + done.stderr.decode())
        return json.loads(done.stdout)["audit"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--etcd", default="etcd")
    parser.add_argument("--etcdctl", default="etcdctl")
    options, rest = parser.parse_known_args()
    LiveRestore.bin_dir = options.bin.resolve()
    LiveRestore.etcd = options.etcd
    LiveRestore.etcdctl = options.etcdctl
    print(f"ETCDF_SEED={SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
