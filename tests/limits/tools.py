"""The tools with arguments that together use all they can do, for the tests of this folder."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT, BIN_DIR = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
FIXTURES = ROOT / "testdata" / "fixtures"


class Case(unittest.TestCase):
    """Evidence in a folder of the test's own: the members m1 and m2, the member m3 with .snap files,
    and a larger database with its copies in every form that there is."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.folder = pathlib.Path(directory.name)
        cls.evidence = cls.folder / "evidence"
        cls.known = {}
        for member in ("m1", "m2"):
            shutil.copytree(FIXTURES / "incident-13766" / member, cls.evidence / member)
        shutil.copytree(FIXTURES / "single-3.4" / "data", cls.evidence / "m3")
        cls.database = cls.evidence / "large.db"
        subprocess.run([BIN_DIR / "generate-db", "--out", cls.database, "--revisions", "6000"],
                       check=True, capture_output=True)
        for target in ("lmdb", "snapshot"):
            done = run(["dump-db", "export", cls.database, "--to", target, "--out",
                        cls.evidence / target])
            assert done.returncode == 0, done.stderr
        digest = run(["hashcheck", "digest", cls.database, "--out", cls.evidence / "digest"])
        assert digest.returncode == 0, digest.stderr

    def printing(self):
        """Commands that print what they have found."""
        m1, m2, database = self.evidence / "m1", self.evidence / "m2", self.database
        for verb in ("keys", "space", "churn", "pages", "stats", "metas", "check", "hashkv", "hash",
                     "info", "list-bucket", "members"):
            yield ["dump-db", verb, m1]
        yield ["dump-db", "iterate-bucket", database, "key"]
        yield ["dump-db", "iterate-bucket", self.evidence / "lmdb", "key"]
        yield ["dump-db", "scan-keys", database, "1"]
        yield ["dump-db", "page", m1, "3"]
        yield ["dump-db", "keys", m2, "--at-index", "500"]
        yield ["hashcheck", m1, m2]
        yield ["hashcheck", "-w", "json", "--audit", "--best-member", m1, m2]
        yield ["hashcheck", "--roll-forward", m1, m2]
        yield ["hashcheck", self.evidence / "lmdb", self.evidence / "digest"]
        yield ["snapshot-status", database]
        yield ["snapshot-status", "--full", self.evidence / "snapshot"]
        for options in ([], ["--stats"], ["--verify"], ["--segments"], ["-w", "json"]):
            yield ["dump-logs", *options, m1]

    def writing(self, out):
        """Commands that write to `out`."""
        for target in ("lmdb", "snapshot", "sqlite", "json", "csv"):
            yield ["dump-db", "export", self.database, "--to", target, "--out", out]
            if target != "sqlite":
                yield ["dump-db", "salvage", self.database, "--to", target, "--out", out]
        yield ["hashcheck", "digest", self.database, "--out", out]
        yield ["hashcheck", self.evidence / "m1", self.evidence / "m2", "-w", "html", "--out", out]

    def each_writing(self):
        """The same, each with a folder of its own for what it writes."""
        for command in self.writing("OUT"):
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                out = os.path.join(folder, "out")
                yield [out if part == "OUT" else part for part in command], folder

    def usual(self, command):
        """What a command that prints does without any limit, run once."""
        key = tuple(map(str, command))
        if key not in self.known:
            self.known[key] = run(command)
        return self.known[key]

    def assert_refused(self, done, *reasons):
        """The job could not be done, for one of the reasons."""
        said = f"{done.args}: {done.stderr.decode()}"
        self.assertEqual(done.returncode, 2, said)
        self.assertTrue(any(reason in said for reason in reasons), said)


def run(command, fault=None, **options):
    """ETCDF_FAULT of fault_shim.cc, or None."""
    environment = dict(os.environ)
    if fault:
        environment["ETCDF_FAULT"] = fault
        environment["LD_PRELOAD"] = str(BIN_DIR / "fault-shim.so")
        environment["ASAN_OPTIONS"] = "verify_asan_link_order=0"
    options.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([BIN_DIR / command[0], *map(str, command[1:])], stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, env=environment, check=False, **options)


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
