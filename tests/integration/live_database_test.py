#!/usr/bin/env python3
"""A real etcd is written to, asked about itself, and killed; its database must say the same.

While it runs its files are read, too: that disturbs nobody. What etcd answers (hashes, revisions,
sizes, counts) never passes through the tools under test. ETCDF_SEED=N replays a failed run's load.

    live_database_test.py --bin DIR [--etcd BINARY] [--etcdctl BINARY] [unittest arguments]
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
from etcd_process import Etcd

SEED = int(os.environ.get("ETCDF_SEED") or random.SystemRandom().randrange(1 << 32))
TIMEOUT_SECONDS = 120
OPTIONS = ("--snapshot-count", "200", "--bcrypt-cost", "4")
EVERY_KEY = {"key": b"\0", "range_end": b"\0"}


class LiveDatabase(unittest.TestCase):
    bin_dir = etcd = etcdctl = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="live-database-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.member = Etcd(self.etcd, self.directory, "solo", OPTIONS)
        self.addCleanup(self.member.kill)

    def tool(self, name, *arguments, expected=(0,)):
        done = subprocess.run([self.bin_dir / name, *map(str, arguments)], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=False)
        self.assertIn(done.returncode, expected, f"{name} {arguments}: {done.stderr.decode()}")
        return done.stdout.decode()

    def ctl(self, *arguments):
        environment = {**os.environ, "ETCDCTL_API": "3"}
        done = subprocess.run([self.etcdctl, "--endpoints", self.member.client_url, *arguments,
                               "-w", "json"], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=TIMEOUT_SECONDS, check=True)
        return done.stdout.decode()

    def start(self):
        """A client of the member, which has one of each kind of row, and its writers."""
        self.member.start()
        self.member.wait_ready()
        client = self.member.client()
        self.addCleanup(client.close)
        load.one_of_each(load.Recorder(client), v2=False)
        writers = load.Writers([self.member.client_port] * 3, SEED, "writers")
        self.addCleanup(writers.join)
        return client, writers

    def test_the_database_says_what_etcd_said(self):
        client, writers = self.start()
        for number in range(3):
            writers.wait_acknowledged(writers.count() + 300)
            self.read_while_it_runs(number)
            writers.wait_acknowledged(writers.count() + 50)  # and etcd goes on
        writers.join()

        revision = int(client.call("kv/range", {"key": b"x"})["header"]["revision"])
        client.call("kv/compaction", {"revision": revision - 100, "physical": True})
        revisions = [revision - 99, revision - 50, revision - 1, revision]
        hashes = {at: self.hash_kv(at) for at in revisions}
        keys = int(client.call("kv/range", {**EVERY_KEY, "count_only": True}).get("count", 0))
        self.ctl("snapshot", "save", str(self.directory / "snapshot.db"))
        snapshot = json.loads(self.ctl("snapshot", "status", str(self.directory / "snapshot.db")))
        # The hash commits what is pending; nothing is written after it.
        backend_hash = int(client.call("maintenance/hash")["hash"])
        size = json.loads(self.ctl("endpoint", "status"))[0]["Status"]["dbSize"]
        self.member.kill()

        for database in (self.member.data_dir, self.exported_to_lmdb()):
            self.check_database(database, hashes, keys, backend_hash)
        self.check_snapshot(snapshot, keys)
        status = json.loads(self.tool("snapshot-status", "-w", "json", self.database()))
        self.assertEqual((status["revision"], status["totalSize"]), (revision, size))

    def test_etcd_starts_from_a_rebuilt_snapshot(self):
        """Nothing is compacted, so all that the tree loses with its branch pages is still there."""
        client, writers = self.start()
        writers.wait_acknowledged(600)
        writers.join()
        revision = int(client.call("kv/range", {"key": b"x"})["header"]["revision"])
        expected = self.hash_kv(revision)[0]
        client.call("maintenance/hash")  # commits what is pending
        self.member.kill()

        exported = self.directory / "exported.db"
        self.tool("dump-db", "export", self.database(), "--to", "snapshot", "--out", exported)
        self.assertEqual(self.hash_kv_restored(exported, revision), expected)

        broken = self.directory / "broken.db"
        shutil.copyfile(self.database(), broken)
        branches = [json.loads(line) for line in
                    self.tool("dump-db", "pages", broken, "-w", "json").splitlines()]
        branches = [page for page in branches if page.get("type") == "branch"]
        self.assertTrue(branches)
        with open(broken, "r+b") as file:
            for page in branches:
                file.seek(page["page"] * 4096)
                file.write(bytes(4096))
        self.tool("dump-db", "hashkv", broken, expected=(1, 2))
        salvaged = self.directory / "salvaged.db"
        self.tool("dump-db", "salvage", broken, "--history", "--to", "snapshot", "--out", salvaged,
                  expected=(1,))
        self.assertEqual(self.hash_kv_restored(salvaged, revision), expected)

    def test_etcd_starts_from_a_redacted_snapshot(self):
        """It has the same keys, revisions and sizes, and nothing of what was written."""
        client, writers = self.start()
        writers.wait_acknowledged(300)
        writers.join()
        secret = b"a text that nobody is to read"
        client.call("kv/put", {"key": b"secret", "value": secret})
        client.call("maintenance/hash")  # commits what is pending
        before = self.rows(client)
        self.member.kill()

        redacted = self.directory / "redacted.db"
        self.tool("dump-db", "export", self.database(), "--to", "snapshot", "--redact", "--out",
                  redacted)
        self.assertNotIn(secret, redacted.read_bytes())
        self.tool("snapshot-status", redacted)
        self.start_restored(redacted)
        client = self.member.client()
        self.addCleanup(client.close)
        after = self.rows(client)
        self.assertEqual([row[:-1] for row in before], [row[:-1] for row in after])
        self.assertEqual([len(row[-1]) for row in before], [len(row[-1]) for row in after])
        self.assertNotIn(secret, [row[-1] for row in after])

    @staticmethod
    def rows(client):
        """(key, create and mod revision, version, lease, value) of every key."""
        kvs = client.call("kv/range", EVERY_KEY).get("kvs", ())
        return [(kv["key"], kv["create_revision"], kv["mod_revision"], kv["version"],
                 kv.get("lease"), base64.b64decode(kv.get("value", ""))) for kv in kvs]

    def test_etcd_starts_from_a_selection(self):
        """A part of the keys as of an older revision, and what was deleted since, as etcd had them."""
        client, writers = self.start()
        writers.wait_acknowledged(600)
        writers.join()
        for name in (b"one", b"two"):
            client.call("kv/put", {"key": b"part/" + name, "value": name})
        lease = client.call("lease/grant", {"TTL": 3600})["ID"]
        client.call("kv/put", {"key": b"part/leased", "value": b"x", "lease": int(lease)})
        part = {"key": b"part/", "range_end": b"part0"}
        before = client.call("kv/range", part)
        revision = int(before["header"]["revision"])
        client.call("kv/put", {"key": b"part/one", "value": b"spoiled"})
        client.call("kv/deleterange", {"key": b"part/two"})
        client.call("kv/put", {"key": b"part/new", "value": b"x"})
        client.call("maintenance/hash")  # commits what is pending
        self.member.kill()

        database = self.database()
        selected = self.directory / "selected.db"
        self.tool("dump-db", "export", f"{database}@rev={revision}", "--prefix", "part/",
                  "--to", "snapshot", "--out", selected)
        deleted = self.directory / "deleted.db"
        self.tool("dump-db", "export", database, "--prefix", "part/", "--undelete",
                  "--to", "snapshot", "--out", deleted)
        restored = self.keys_restored(selected)
        self.assertEqual(restored["kvs"], before["kvs"])
        self.assertEqual(int(restored["header"]["revision"]), revision)
        two = [kv for kv in before["kvs"] if base64.b64decode(kv["key"]) == b"part/two"]
        self.assertEqual(self.keys_restored(deleted)["kvs"], two)

    def test_the_log_fills_what_the_pages_lost(self):
        """Every other leaf of the database is gone, and the log has it all."""
        client, writers = self.start()
        writers.wait_acknowledged(600)
        writers.join()
        revision = int(client.call("kv/range", {"key": b"x"})["header"]["revision"])
        expected = self.hash_kv(revision)[0]
        for _ in range(3):  # etcd syncs a commit index only with the entries that follow
            client.call("kv/put", {"key": b"x", "value": b"y"})
        self.member.kill()

        pages = [json.loads(line) for line in
                 self.tool("dump-db", "pages", self.database(), "-w", "json").splitlines()]
        leaves = [page["page"] for page in pages if page.get("type") == "leaf"]
        with open(self.database(), "r+b") as file:
            for page in leaves[::2]:
                file.seek(page * 4096)
                file.write(bytes(4096))
        filled = self.directory / "filled.db"
        self.tool("dump-db", "salvage", self.member.data_dir, "--with-wal",
                  "--history", "--to", "snapshot", "--out", filled, expected=(1,))
        self.assertEqual(self.hash_kv_restored(filled, revision), expected)

    def test_a_copy_of_a_running_database_is_known_as_one(self):
        """The meta pages are copied first, and the rest when etcd has written on."""
        _, writers = self.start()
        writers.wait_acknowledged(300)
        copy = self.directory / "copy.db"
        with open(self.database(), "rb") as source, open(copy, "wb") as target:
            target.write(source.read(2 * 4096))
            writers.wait_acknowledged(writers.count() + 600)
            shutil.copyfileobj(source, target)
        writers.join()
        self.member.kill()
        found = self.tool("dump-db", "check", copy, "-w", "json", expected=(1,))
        kinds = {json.loads(line).get("finding") for line in found.splitlines()}
        self.assertIn("db.live_copy", kinds, found)

    def hash_kv_restored(self, snapshot, revision):
        """What a member says that etcdctl made from the snapshot."""
        self.start_restored(snapshot)
        answer = self.hash_kv(revision)[0]
        self.member.kill()
        return answer

    def keys_restored(self, snapshot):
        """All keys of such a member, which can be written to, too."""
        self.start_restored(snapshot)
        client = self.member.client()
        answer = client.call("kv/range", EVERY_KEY)
        client.call("kv/put", {"key": b"next", "value": b"x"})
        client.close()
        self.member.kill()
        return answer

    def start_restored(self, snapshot):
        """Makes `member` one that etcdctl made from the snapshot."""
        self.member = Etcd(self.etcd, self.directory, snapshot.stem, OPTIONS)
        self.addCleanup(self.member.kill)
        self.ctl("snapshot", "restore", str(snapshot), "--data-dir", str(self.member.data_dir),
                 "--name", self.member.name, "--initial-cluster",
                 f"{self.member.name}={self.member.peer_url}",
                 "--initial-advertise-peer-urls", self.member.peer_url)
        self.member.start()
        self.member.wait_ready()

    def database(self):
        return self.member.data_dir / "member" / "snap" / "db"

    def hash_kv(self, revision):
        """(hash, compact revision) of the store at a revision, as the cluster answers."""
        answers = json.loads(self.ctl("endpoint", "hashkv", "--cluster", "--rev", str(revision)))
        return answers[0]["HashKV"]["hash"], answers[0]["HashKV"]["compact_revision"]

    def read_while_it_runs(self, number):
        """The files change underneath: an answer or a finding, but never a crash."""
        data_dir = self.member.data_dir
        for arguments in (("list-bucket", data_dir), ("hash", data_dir), ("hashkv", data_dir),
                          ("check", data_dir), ("iterate-bucket", data_dir, "key", "--decode"),
                          ("export", data_dir, "--to", "sqlite", "--out",
                           self.directory / f"running{number}.sqlite")):
            self.tool("dump-db", *arguments, expected=(0, 1))
        self.assertIsNotNone(self.member.status())

    def exported_to_lmdb(self):
        path = self.directory / "copy.lmdb"
        self.tool("dump-db", "export", self.member.data_dir, "--to", "lmdb", "--out", path)
        self.assertEqual([file.name for file in path.iterdir()], ["data.mdb"])
        rows = [self.tool("dump-db", "iterate-bucket", source, "key", "-w", "json")
                for source in (self.member.data_dir, path)]
        self.assertEqual(rows[0], rows[1])
        return path

    def check_database(self, database, hashes, keys, backend_hash):
        for revision, (hash_kv, compact_revision) in hashes.items():
            ours = json.loads(self.tool("dump-db", "hashkv", database, "--rev", revision,
                                        "-w", "json"))
            self.assertEqual(ours, {"hash": hash_kv, "hashRevision": revision,
                                    "compactRevision": compact_revision})
        listed = self.tool("dump-db", "keys", database, "-w", "json").splitlines()
        self.assertEqual(sum(1 for line in listed if "finding" not in json.loads(line)), keys)
        self.assertTrue(self.tool("dump-db", "hash", database).endswith(f"Hash: {backend_hash}\n"))

    def check_snapshot(self, theirs, keys):
        """etcd 3.4 counts rows where 3.6 counts keys; all else is the same."""
        ours = json.loads(self.tool("snapshot-status", "-w", "json",
                                    self.directory / "snapshot.db"))
        self.assertEqual({name: ours[name] for name in ("hash", "revision", "totalSize")},
                         {name: theirs[name] for name in ("hash", "revision", "totalSize")})
        self.assertEqual(ours["totalKey"], keys)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--etcd", default="etcd")
    parser.add_argument("--etcdctl", default="etcdctl")
    options, rest = parser.parse_known_args()
    LiveDatabase.bin_dir = options.bin.resolve()
    LiveDatabase.etcd, LiveDatabase.etcdctl = options.etcd, options.etcdctl
    print(f"ETCDF_SEED={SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
