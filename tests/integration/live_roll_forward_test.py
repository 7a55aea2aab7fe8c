#!/usr/bin/env python3
"""Three members of a real cluster are killed at different moments; their logs make them equal again.

Two of them hold back what they store, so their databases end long before their logs do. hashcheck
--roll-forward must bring all three to one index and find them the same there, with the hash that
etcd itself computes once it is started again; and the revisions that dump-logs shows must be those
that clients were told. ETCDF_SEED=N replays the load of a failed run.

    live_roll_forward_test.py --bin DIR [--etcd BINARY] [--etcdctl BINARY] [unittest arguments]
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
from dump_logs import DumpLogs
from etcd_process import Etcd, poll

SEED = int(os.environ.get("ETCDF_SEED") or random.SystemRandom().randrange(1 << 32))
TIMEOUT_SECONDS = 120
HOLD_BACK = ("--backend-batch-interval", "1000s", "--backend-batch-limit", "1000000")


class LiveRollForward(unittest.TestCase):
    bin_dir = etcd = etcdctl = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="live-roll-forward-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.members = [Etcd(self.etcd, self.directory, name, ("--bcrypt-cost", "4", *options))
                        for name, options in (("m1", ()), ("m2", HOLD_BACK), ("m3", HOLD_BACK))]
        for member in self.members:
            self.addCleanup(member.kill)
        self.dice = random.Random(SEED)

    def test_members_killed_one_after_the_other_are_equal_at_one_index(self):
        self.start()
        client = self.members[0].client()
        self.addCleanup(client.close)
        load.one_of_each(load.Recorder(client), v2=False)
        acknowledged = self.write(self.members, "all") + self.write(self.members[1:], "two")

        report = self.hashcheck()
        self.assertEqual(report["verdict"], "consistent", report)
        rolled = [member["rolled_forward"] for member in report["members"]]
        self.assertEqual(len({one["to"] for one in rolled}), 1, rolled)
        self.assertTrue(all(one["from"] < one["to"] for one in rolled[1:]), rolled)
        self.assertEqual([], [bucket for bucket in report["buckets"]
                              if bucket["verdict"] not in ("same", "benign")])
        hashes = {member["hash_kv"] for member in report["members"]}
        self.assertEqual(len(hashes), 1, report["members"])
        revisions = self.revisions_by_key()

        self.start()
        for member in self.members:
            self.assertEqual(self.hash_of(member, report["compared"]["revision"]), *hashes)
        puts = 0
        for one in (one for writer in acknowledged for one in writer):
            if "put" in one.request:
                self.assertEqual(revisions[one.request["put"]["key"].decode()], one.revision)
                puts += 1
        self.assertGreater(puts, 100)

    def start(self):
        for member in self.members:
            member.start(self.members)
        for member in self.members:
            member.wait_ready()

    def write(self, members, name):
        """Writes to all of them until the first is killed, or the whole cluster where two are left."""
        writers = load.Writers([member.client_port for member in members], SEED, name)
        self.addCleanup(writers.join)
        writers.wait_acknowledged(self.dice.randrange(150, 600))
        for member in members if len(members) == 2 else members[:1]:
            member.kill()
        return writers.join()

    def hashcheck(self):
        done = subprocess.run([self.bin_dir / "hashcheck", "--roll-forward", "-w", "json",
                               *(member.data_dir for member in self.members)], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
        return json.loads(done.stdout)

    def revisions_by_key(self):
        """What dump-logs says that each put wrote; of the member whose log is longest."""
        log = DumpLogs(self.bin_dir / "dump-logs").json(self.members[1].data_dir,
                                                       "--with-revisions", "--entry-type", "IRRPut")
        return {entry["request"]["put"]["key"]: entry.get("revision") for entry in log.entries}

    def hash_of(self, member, revision):
        """What etcd computes, once it has applied that much."""
        poll(f"{member.name} at revision {revision}",
             lambda: int(member.status()["header"]["revision"]) >= revision)
        done = subprocess.run([self.etcdctl, "--endpoints", member.client_url, "endpoint", "hashkv",
                               "--rev", str(revision), "-w", "json"],
                              env={**os.environ, "ETCDCTL_API": "3"}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=TIMEOUT_SECONDS, check=True)
        return int(json.loads(done.stdout)[0]["HashKV"]["hash"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--etcd", default="etcd")
    parser.add_argument("--etcdctl", default="etcdctl")
    options, rest = parser.parse_known_args()
    LiveRollForward.bin_dir = options.bin.resolve()
    LiveRollForward.etcd = options.etcd
    LiveRollForward.etcdctl = options.etcdctl
    print(f"ETCDF_SEED={SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
