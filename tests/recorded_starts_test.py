#!/usr/bin/env python3
"""The forecast of etcd's start, held against what etcd 3.4.23, 3.5.30, 3.6.9 and 3.7.1 did

with the directories of testdata/startup: whether it served, stayed up without serving, or ended,
and with which message. live_forecast_test.py starts an etcd itself; most versions are here only.

    recorded_starts_test.py SOURCE_DIR BIN_DIR [unittest arguments]
"""

import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

SOURCE_DIR, BIN_DIR = (pathlib.Path(path).resolve() for path in sys.argv[1:3])

# What etcd writes last where its reason stands before.
AFTER_THE_REASON = ("listener failed: server is stopping", "execute job failed")
# Of flags and of other members, no file tells.
OF_OTHERS = "cannot fetch cluster info from peer urls"


def allowed(recorded):
    """The answers that keep a promise."""
    if recorded["outcome"] == "exits":
        return {"no"}
    if recorded["outcome"] != "serves writes":
        if recorded["majority"]:
            return {"yes_but", "no"}
        return {"yes", "yes_but", "alone_only"}  # alone, nobody serves of three
    counted = re.match(r"(\d+)/(\d+) keys, (\d+) foreign", recorded["data"])
    if counted and (counted[1] != counted[2] or counted[3] != "0"):
        return {"yes_but"}
    return {"yes", "yes_but"}


def forecast(directory, version):
    """`start_up` of the version, with its remarks."""
    ran = subprocess.run(
        [BIN_DIR / "hashcheck", "--best-member", "--etcd-version", version, "-w", "json", directory],
        capture_output=True, text=True, timeout=60)
    members = json.loads(ran.stdout)["best_member"]["members"]
    return members[0]["start_up"][0] if members[0]["start_up"] else None


def says(remarks):
    return [remark["etcd_says"] for remark in remarks
            if remark["weight"].startswith("stops") and "etcd_says" in remark]


class RecordedStarts(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        data = SOURCE_DIR / "testdata" / "startup"
        # As sparse as they were: a segment has 64 MB, and zeros but for its first kilobytes.
        with tarfile.open(data / "layouts.tar.xz") as archive:
            archive.extractall(cls.folder.name)
        cls.recorded = [json.loads(line)
                        for line in (data / "outcomes.jsonl").read_text().splitlines()]
        for recorded in cls.recorded:
            recorded["forecast"] = forecast(f"{cls.folder.name}/{recorded['dir']}",
                                            recorded["version"])

    def for_each(self, check):
        for recorded in self.recorded:
            with self.subTest(layout=recorded["layout"], etcd=recorded["version"]):
                check(recorded, recorded["forecast"])

    def test_each_forecast_is_kept(self):
        def check(recorded, said):
            starts = said["starts"] if said else None
            if recorded["layout"] == "empty data dir":
                self.assertIsNone(starts)
            else:
                self.assertIn(starts, allowed(recorded), recorded["message"])

        self.for_each(check)

    def test_etcd_says_so(self):
        def check(recorded, said):
            message = recorded["message"]
            if recorded["outcome"] != "exits" or OF_OTHERS in message:
                return
            told = says(said["remarks"])
            self.assertTrue(told, message)
            if message not in AFTER_THE_REASON:
                self.assertTrue(any(text in message for text in told), (told, message))

        self.for_each(check)

    def test_every_version_and_outcome_is_there(self):
        self.assertEqual({recorded["version"] for recorded in self.recorded},
                         {"3.4.23", "3.5.30", "3.6.9", "3.7.1"})
        self.assertGreater(len(self.recorded), 100)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
