#!/usr/bin/env python3
"""Three real members are killed at any moment, and hashcheck must not cry wolf.

Round after round the members of one cluster are written to, and one, two or all of them are killed
by SIGKILL, then the rest. Whatever state that leaves, the members have not diverged: hashcheck says
that they agree, or that it cannot tell, and then for a reason that is true. And where one byte of
one value is altered in one of them, it says so, with the key and the revision.
ETCDF_SEED=N replays the schedule of a failed run.

    live_compare_test.py --hashcheck BINARY [--etcd BINARY] [--rounds N] [unittest arguments]
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from etcd_process import Client, Etcd, RequestFailed

SEED = int(os.environ.get("ETCDF_SEED") or random.SystemRandom().randrange(1 << 32))
TIMEOUT_SECONDS = 120
OPTIONS = ("--snapshot-count", "100", "--bcrypt-cost", "4", "--max-wals", "2", "--max-snapshots", "2",
           "--heartbeat-interval", "50", "--election-timeout", "500")
ROLE_KEYS = {"key": b"key/", "range_end": b"key0"}

Marker = collections.namedtuple("Marker", "key value revision")


class Writer:
    """A thread that writes to one member until that dies or it is told to stop."""

    def __init__(self, port, dice, name):
        self.markers = []  # acknowledged puts of a value that is nowhere else
        self._client = Client(port)
        self._dice = dice
        self._name = name
        self._revision = 1
        self._number = 0

    def run(self, acknowledged):
        """Calls acknowledged() after each request until that is false."""
        try:
            while True:
                try:
                    self._write_once()
                except RequestFailed:  # such as a lease that is not there, or no leader
                    pass
                if not acknowledged():
                    break
        except (OSError, http.client.HTTPException):
            pass  # killed: this last request may or may not be in the logs
        finally:
            self._client.close()

    def _call(self, path, **fields):
        answer = self._client.call(path, fields)
        self._revision = int(answer.get("header", {}).get("revision", self._revision))

    def _write_once(self):
        kinds = (self._put, self._put_marker, self._delete, self._txn, self._lease, self._compact,
                 self._user, self._defragment)
        self._dice.choices(kinds, (60, 8, 8, 12, 8, 2, 1, 0.3))[0]()

    def _key(self):
        return b"key/%02d" % self._dice.randrange(40)

    def _put(self):
        self._call("kv/put", key=self._key(), value=self._dice.randbytes(self._dice.randrange(400)))

    def _put_marker(self):
        self._number += 1
        key = f"marker/{self._name}/{self._number}".encode()
        value = self._dice.randbytes(20).hex().encode()
        self._call("kv/put", key=key, value=value)
        self.markers.append(Marker(key, value, self._revision))

    def _delete(self):
        self._call("kv/deleterange", key=self._key(),
                   range_end=self._dice.choice((b"", self._key())))

    def _txn(self):
        key = self._key()
        self._call("kv/txn",
                   compare=[{"target": "VERSION", "result": "GREATER", "key": key,
                             "version": self._dice.randrange(3)}],
                   success=[{"request_delete_range": {"key": key}},
                            {"request_put": {"key": key + b"/a", "value": b"after"}}],
                   failure=[{"request_put": {"key": key, "value": b"first"}},
                            {"request_put": {"key": key + b"/b", "value": b"second"}}])

    def _lease(self):
        lease = self._dice.randrange(1, 30)
        action = self._dice.randrange(3)
        if action == 0:
            self._call("lease/grant", ID=lease, TTL=self._dice.choice((2, 600)))
        elif action == 1:
            self._call("kv/put", key=self._key(), value=b"leased", lease=lease)
        else:
            self._call("lease/revoke", ID=lease)

    def _compact(self):
        self._call("kv/compaction", revision=max(1, self._revision - self._dice.randrange(150)),
                   physical=self._dice.random() < 0.3)

    def _user(self):
        """Each member of 3.4 salts a password by itself."""
        name = f"user{self._dice.randrange(5)}"
        kind, fields = self._dice.choice((
            ("user/add", {"name": name, "password": "hunter2"}), ("user/delete", {"name": name}),
            ("role/add", {"name": name}),
            ("role/grant", {"name": name, "perm": {"permType": "READ", **ROLE_KEYS}}),
            ("user/grant", {"user": name, "role": name})))
        self._call("auth/" + kind, **fields)

    def _defragment(self):
        self._call("maintenance/defragment")


class Load:
    """Writers in threads, and how many requests they have made."""

    def __init__(self, writers):
        self._changed = threading.Condition()
        self._made = 0
        self._stop = False
        self._threads = [threading.Thread(target=writer.run, args=(self._count,))
                         for writer in writers]
        for thread in self._threads:
            thread.start()

    def wait(self, count):
        """Until `count` more requests were made, or no writer is left."""
        with self._changed:
            target = self._made + count
            self._changed.wait_for(
                lambda: self._made >= target or not any(t.is_alive() for t in self._threads),
                TIMEOUT_SECONDS)

    def join(self):
        self._stop = True
        for thread in self._threads:
            thread.join()

    def _count(self):
        with self._changed:
            self._made += 1
            self._changed.notify_all()
        return not self._stop


class LiveCompare(unittest.TestCase):
    hashcheck = etcd = rounds = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="live-compare-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.members = [Etcd(self.etcd, self.directory, f"m{i}", OPTIONS) for i in (1, 2, 3)]
        for member in self.members:
            self.addCleanup(member.kill)

    def compare(self, *sources):
        done = subprocess.run([self.hashcheck, "-w", "json", *map(str, sources)],
                              capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=TIMEOUT_SECONDS, check=False)
        self.assertEqual(done.stderr, b"")
        return done.returncode, json.loads(done.stdout)

    def test_killed_members_have_not_diverged(self):
        markers = []
        seen = collections.Counter()
        for number in range(self.rounds):
            with self.subTest(round=number):
                dice = random.Random(f"{SEED}/{number}")
                markers += self.write_and_kill(dice, number)
                verdict, window, reached = self.check_agreement()
                seen[verdict] += 1
                print(f"round {number}: {verdict}, compared {window}", file=sys.stderr)
                inside = [m for m in markers if window and window[0] < m.revision <= window[1]]
                if inside:
                    self.check_alteration(dice, dice.choice(inside), reached)
                    seen["altered"] += 1
        print(dict(seen), file=sys.stderr)
        self.assertGreater(seen["consistent"], 0)
        self.assertGreater(seen["altered"], 0)

    def write_and_kill(self, dice, number):
        """The markers that were acknowledged."""
        for member in self.members:
            member.start(self.members)
        for member in self.members:
            member.wait_ready()
        writers = [Writer(member.client_port, random.Random(dice.random()), f"{number}/{i}")
                   for i, member in enumerate(self.members * 2)]
        load = Load(writers)
        load.wait(dice.randrange(50, 600))
        order = dice.sample(self.members, 3)
        killed = dice.choice((1, 2, 3))
        for member in order[:killed]:
            member.kill()
        # Without a majority a request takes seconds to fail.
        load.wait(dice.choice((0, 0, 20, 200)) if killed == 1 else dice.choices((0, 1), (9, 1))[0])
        for member in order:
            member.kill()
        load.join()
        return [marker for writer in writers for marker in writer.markers]

    def check_agreement(self):
        """The verdict, the revisions compared: (compacted, last], and how far each database goes."""
        code, report = self.compare(*(member.data_dir for member in self.members))
        window = report.get("compared")
        if code == 2:
            self.assertEqual(report["verdict"], "undecidable")
            self.assertIn("no revision is on all members", report["reason"])
            self.assertLess(min(m["revision"] for m in report["members"]),
                            max(m["compact_revision"] for m in report["members"]))
            return "undecidable", None, {}
        self.assertEqual((code, report["verdict"]), (0, "consistent"), json.dumps(report))
        return ("consistent", (window["compact_revision"], window["revision"]),
                {m["name"]: m["revision"] for m in report["members"]})

    def check_alteration(self, dice, marker, reached):
        # A member may have been compared as its log leads on: its database has not come so far.
        altered = dice.choice([m for m in self.members if reached[m.name] >= marker.revision])
        copy = self.directory / "altered" / altered.name
        shutil.copytree(altered.data_dir, copy)
        database = copy / "member" / "snap" / "db"
        content = database.read_bytes()
        self.assertIn(marker.value, content)
        # Older versions of the page hold it, too.
        database.write_bytes(content.replace(marker.value, marker.value[:-1] + b"X"))
        code, report = self.compare(*(copy if member is altered else member.data_dir
                                      for member in self.members))
        shutil.rmtree(copy.parent)
        self.assertEqual((code, report["verdict"]), (1, "diverged"))
        first = report["first_divergence"]
        self.assertEqual((first["revision"], first["kind"], first["key"]),
                         ({"main": marker.revision, "sub": 0}, "value", marker.key.decode()))
        values = {m["name"]: m["value"] for m in first["members"]}
        self.assertEqual([name for name, value in values.items()
                          if value != marker.value.decode()], [altered.name])
        # A database that has not come so far has no vote on the row: two of three may be a tie.
        voters = [m for m in self.members if reached[m.name] >= marker.revision]
        self.assertEqual(first["minority"], [altered.name] if len(voters) == 3 else [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hashcheck", required=True)
    parser.add_argument("--etcd", default=shutil.which("etcd"))
    parser.add_argument("--rounds", type=int, default=4)
    options, rest = parser.parse_known_args()
    LiveCompare.hashcheck, LiveCompare.etcd = options.hashcheck, options.etcd
    LiveCompare.rounds = options.rounds
    print(f"ETCDF_SEED={SEED}", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
