#!/usr/bin/env python3
"""What a tool allocates is bounded, whatever its evidence claims, and where there is too little
memory, or too few open files, it says so. Not run under a sanitizer, which takes of both for itself.

    resources_test.py ROOT BIN_DIR [unittest arguments]
"""

import os
import resource
import shutil

import tools
from tools import run

MEGABYTE = 1 << 20
# Of memory that is not evidence: enough for every file of the tests, sound or hostile.
ENOUGH = 64 * MEGABYTE
# What follows begins at 6 MB: with less the system cannot load the libraries of a tool.


def limit(what, most):
    """On two processors at most, since each thread has a stack."""
    def apply():
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
        resource.setrlimit(what, (most, most))
    return apply


class OpenFiles(tools.Case):
    def test_few_suffice(self):
        """No more at once than the streams, the file that is opened, and one beside it."""
        for command in self.printing():
            with self.subTest(command=command):
                usual = self.usual(command)
                few = run(command, preexec_fn=limit(resource.RLIMIT_NOFILE, 8))
                self.assertEqual((few.returncode, few.stdout), (usual.returncode, usual.stdout))

    def test_too_few_are_said(self):
        """Four are needed to load the tool's libraries; the evidence of none is read then."""
        for command in self.printing():
            with self.subTest(command=command):
                usual = self.usual(command)
                few = run(command, preexec_fn=limit(resource.RLIMIT_NOFILE, 4))
                if few.returncode == usual.returncode:
                    self.assertEqual(few.stdout, usual.stdout)
                else:
                    self.assert_refused(few, "Too many open files")


class Memory(tools.Case):
    def test_too_little_is_said(self):
        for command in self.printing():
            usual = self.usual(command)
            for megabytes in (6, 10, 16, 20, 24, 28, 32, 36):
                done = run(command, preexec_fn=limit(resource.RLIMIT_DATA, megabytes * MEGABYTE))
                if done.returncode == usual.returncode:
                    self.assertEqual(done.stdout, usual.stdout, (megabytes, command))
                else:
                    self.assert_refused(done, "out of memory", "cannot start a thread",
                                        "Cannot allocate memory")

    def test_too_little_leaves_nothing_half_written(self):
        for command, folder in self.each_writing():
            for megabytes in (6, 10, 16):
                done = run(command, preexec_fn=limit(resource.RLIMIT_DATA, megabytes * MEGABYTE))
                if done.returncode in (0, 1):
                    break
                self.assert_refused(done, "out of memory", "cannot start a thread",
                                    "Cannot allocate memory")
                self.assertEqual(os.listdir(folder), [])

    def test_what_the_evidence_claims_is_not_allocated(self):
        """The inputs of the fuzz targets: lengths, counts and page numbers of every kind."""
        corpus = tools.ROOT / "testdata" / "corpus"
        for target, command in (("segment_fuzz", ["dump-logs"]), ("reader_fuzz", ["dump-logs"]),
                                ("tree_fuzz", ["dump-db", "check"]),
                                ("salvage_fuzz", ["dump-db", "check"]),
                                ("lmdb_fuzz", ["dump-db", "keys"]),
                                ("digest_fuzz", ["hashcheck", self.database])):
            for seed in sorted((corpus / target).iterdir()):
                done = run([*command, seed], preexec_fn=limit(resource.RLIMIT_DATA, ENOUGH))
                self.assertIn(done.returncode, (0, 1, 2), (target, seed, done.stderr))
                self.assertNotIn(b"out of memory", done.stderr, (target, seed))

    def test_a_large_file_takes_addresses_and_not_memory(self):
        large = self.folder / "large.db"
        shutil.copyfile(self.database, large)
        os.truncate(large, 1024 * MEGABYTE)
        for verb in ("check", "hash", "keys", "space", "pages"):
            usual = run(["dump-db", verb, self.database])
            done = run(["dump-db", verb, large], preexec_fn=limit(resource.RLIMIT_DATA, ENOUGH))
            self.assertIn(done.returncode, (0, 1), done.stderr)
            self.assertEqual(done.returncode, usual.returncode, (verb, done.stderr))
            self.assert_refused(run(["dump-db", verb, large],
                                    preexec_fn=limit(resource.RLIMIT_AS, 512 * MEGABYTE)),
                                "cannot map: Cannot allocate memory")


if __name__ == "__main__":
    tools.main()
