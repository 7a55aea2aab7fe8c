#!/usr/bin/env python3
"""Manifests that `dump-db export --to yaml` writes, read by another YAML reader: each is the object
that `dump-db objects -w json` prints, and none is missing.

    manifests_test.py ROOT BIN_DIR [unittest arguments]
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT, BIN_DIR = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
KINDS = ROOT / "testdata" / "fixtures" / "kinds-encrypted"
OPENED = ("--encryption-config", KINDS / "encryption.yaml", "--show-secrets")
CLEANED = ("managedFields", "resourceVersion", "uid")


def dump_db(*arguments):
    return subprocess.run([BIN_DIR / "dump-db", *map(str, arguments)], capture_output=True,
                          stdin=subprocess.DEVNULL, check=True).stdout.decode()


def objects(*arguments):
    lines = map(json.loads, dump_db("objects", *arguments, "-w", "json", *OPENED).splitlines())
    return [line["object"] for line in lines if line.get("object", {}).get("kind")]


def sorted_by_text(documents):
    return sorted(documents, key=lambda document: json.dumps(document, sort_keys=True))


class Manifests(unittest.TestCase):
    maxDiff = 2000

    def exported(self, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "manifests"
            dump_db("export", *arguments, "--to", "yaml", "--out", out, *OPENED)
            files = [path for path in out.rglob("*") if path.is_file()]
            # What kubectl looks for in a folder.
            self.assertEqual({path.suffix for path in files}, {".yaml"})
            return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]

    def test_each_object_is_in_a_file_of_its_own(self):
        expected = objects(KINDS / "encrypted.db")
        self.assertGreater(len(expected), 100)
        exported = self.exported(KINDS / "encrypted.db")
        self.assertEqual(sorted_by_text(exported), sorted_by_text(expected))

    def test_clean_ones_say_nothing_of_the_cluster(self):
        cleaned = self.exported(KINDS / "encrypted.db", "--clean")
        expected = objects(KINDS / "encrypted.db")
        uids = {each["metadata"].get("uid") for each in expected}
        for each in expected:
            each.pop("status", None)
            metadata = each["metadata"]
            for name in CLEANED:
                metadata.pop(name, None)
            owners = [owner for owner in metadata.pop("ownerReferences", [])
                      if owner["uid"] in uids]
            if owners:
                metadata["ownerReferences"] = owners
        self.assertEqual(sorted_by_text(cleaned), sorted_by_text(expected))

    def test_secrets_stay_where_they_are(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder) / "manifests"
            dump_db("export", KINDS / "encrypted.db", "--to", "yaml", "--out", out, *OPENED[:2])
            kinds = {yaml.safe_load(path.read_text(encoding="utf-8"))["kind"]
                     for path in out.rglob("*.yaml")}
        self.assertNotIn("Secret", kinds)
        self.assertGreater(len(kinds), 15)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
