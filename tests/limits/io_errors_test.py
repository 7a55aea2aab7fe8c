#!/usr/bin/env python3
"""A page that the disk cannot deliver, and a file that is cut off while it is read, are findings:
the rest is read, and no tool is killed.

    io_errors_test.py ROOT BIN_DIR [unittest arguments]
"""

import shutil
import unittest

import tools
from tools import run

PAGE_BYTES = 4096


class ReadErrors(tools.Case):
    def readings(self):
        """The end of a file's path, and commands that read all of it."""
        m1, m2 = self.evidence / "m1", self.evidence / "m2"
        lmdb, snapshot = self.evidence / "lmdb", self.evidence / "snapshot"
        yield "m1/member/snap/db", [
            ["dump-db", "check", m1], ["dump-db", "hash", m1], ["dump-db", "metas", m1],
            ["dump-db", "iterate-bucket", m1, "key"], ["dump-db", "scan-keys", m1, "1"],
            ["dump-db", "pages", m1], ["dump-db", "keys", m1], ["dump-db", "space", m1],
            ["snapshot-status", m1], ["hashcheck", m1, m2], ["hashcheck", "--audit", m1]]
        yield "0000000000000000-0000000000000000.wal", [
            ["dump-logs", m1], ["dump-logs", "--verify", m1], ["dump-logs", "--stats", m1],
            ["dump-logs", "--segments", m1], ["dump-logs", "-w", "json", m1],
            ["hashcheck", "--audit", m1], ["hashcheck", "--best-member", m1],
            ["dump-db", "keys", m1, "--at-index", "500"]]
        yield "lmdb/data.mdb", [
            ["dump-db", "iterate-bucket", lmdb, "key"], ["dump-db", "keys", lmdb],
            ["dump-db", "hash", lmdb], ["dump-db", "space", lmdb], ["snapshot-status", lmdb],
            ["hashcheck", lmdb, self.database]]
        yield "evidence/snapshot", [
            ["snapshot-status", snapshot], ["snapshot-status", "--full", snapshot],
            ["dump-db", "check", snapshot], ["hashcheck", snapshot, self.database]]
        snap = "0000000000000002-0000000000000198.snap"
        yield snap, [["snapshot-status", self.evidence / "m3" / "member" / "snap" / snap],
                     ["dump-logs", self.evidence / "m3"]]
        yield "evidence/digest", [["hashcheck", self.evidence / "digest", self.database]]

    def assert_told(self, done, *words):
        """The finding is told, or the reason why there is no result."""
        self.assertIn(done.returncode, (1, 2), done)
        said = (done.stdout + done.stderr).decode(errors="replace")
        self.assertTrue(any(word in said for word in words), said)

    def test_a_page_that_cannot_be_delivered_is_told(self):
        for path, commands in self.readings():
            file = next(path_ for path_ in self.evidence.rglob("*") if str(path_).endswith(path))
            pages = file.stat().st_size // PAGE_BYTES
            for page in sorted({0, 1, 3, pages // 2}):
                for command in commands:
                    with self.subTest(file=path, page=page, command=command):
                        done = run(command, f"read:{path}:{page * PAGE_BYTES}")
                        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
                        clean = self.usual(command)
                        if done.stdout == clean.stdout and done.returncode == clean.returncode:
                            continue  # a page that nobody needs
                        self.assert_told(done, "io.read_error", "Input/output error",
                                         "damaged or cut short")

    def test_a_file_that_is_cut_off_is_told(self):
        for path, commands in self.readings():
            file = next(path_ for path_ in self.evidence.rglob("*") if str(path_).endswith(path))
            whole = self.folder / "whole"
            shutil.copyfile(file, whole)
            for size in (0, 5000, file.stat().st_size // 2):
                for command in commands:
                    with self.subTest(file=path, size=size, command=command):
                        done = run(command, f"cut:{path}:{size}")
                        shutil.copyfile(whole, file)
                        # Mapped first to see what it is: often it is read as the short file.
                        self.assert_told(done, "io.file_shrank", "damage ", '"damage"',
                                         ": is ", "cut short")


if __name__ == "__main__":
    tools.main()
