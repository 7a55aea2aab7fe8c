#!/usr/bin/env python3
"""The recipes of docs/sqlite.md answer what they say: on two generated members, each is held against
the answer that Python computes from the JSON export of the same databases.

    sqlite_recipes_test.py ROOT BIN_DIR [unittest arguments]
"""

import base64
import collections
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT, BIN_DIR = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
RECIPE = re.compile(r"^### (.+?)\n.*?^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(tool, *arguments):
    return subprocess.run([BIN_DIR / tool, *map(str, arguments)], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)


def as_stored(line, name):
    """A text, or bytes where they are not UTF-8 or hold a zero: as SQLite has them."""
    if name + "_b64" in line:
        return base64.b64decode(line[name + "_b64"])
    text = line.get(name)
    return text.encode() if text and "\0" in text else text


def namespace_of(key):
    """Of the keys that generate-db makes: /registry/[group/]resource/namespace/name."""
    parts = key.split("/")[2:]
    return parts[-2]


class Recipes(unittest.TestCase):
    maxDiff = None
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        folder = pathlib.Path(cls.directory.name)
        cls.file = folder / "cluster.sqlite"
        cls.rows = {}
        options = {"m1": [], "m2": ["--compact-at", "2500"]}
        for member, more in options.items():
            database = folder / (member + ".db")
            run("generate-db", "--out", database, "--revisions", 3000, *more).check_returncode()
            for target, out, extra in (("sqlite", cls.file, ("--member", member)),
                                       ("json", folder / (member + ".json"), ())):
                done = run("dump-db", "export", database, "--to", target, "--out", out, *extra)
                assert done.returncode == 0, done.stderr
            lines = (folder / (member + ".json")).read_text().splitlines()
            cls.rows[member] = [json.loads(line) for line in lines]
        cluster = ROOT / "testdata" / "fixtures" / "kinds-encrypted"
        decoding = ("--encryption-config", cluster / "encryption.yaml", "--redact-key",
                    cluster / "PROVENANCE")
        done = run("dump-db", "export", cluster / "encrypted.db", "--to", "sqlite", "--out",
                   cls.file, "--member", "cluster", *decoding)
        assert done.returncode == 0, done.stderr
        done = run("dump-db", "objects", cluster / "encrypted.db", "--history", "-w", "json",
                   *decoding)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        cls.objects = [row for row in lines if row.get("kind")]
        cls.recipes = dict(RECIPE.findall((ROOT / "docs" / "sqlite.md").read_text()))

    def answer(self, recipe):
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as connection:
            return connection.execute(self.recipes.pop(recipe)).fetchall()

    def revisions(self, member):
        return [row for row in self.rows[member] if row["bucket"] == "key"]

    def live(self, member):
        newest = {row["key"]: row for row in self.revisions(member)}
        return {key: row for key, row in newest.items() if not row["tombstone"]}

    def test_every_recipe(self):
        self.check_space_by_namespace()
        self.check_events_per_namespace()
        self.check_keys_with_most_revisions()
        self.check_rows_on_one_member()
        self.check_keys_without_lease()
        self.check_space_by_kind_and_manager()
        self.check_how_an_object_changed()
        self.check_secrets_with_the_same_data()
        self.check_objects_by_provider()
        self.assertEqual(self.recipes, {}, "recipes that nothing is held against")

    def check_space_by_namespace(self):
        live = self.live("m1")
        expected = collections.defaultdict(lambda: [0, 0, 0])
        for row in self.revisions("m1"):
            sums = expected[namespace_of(row["key"])]
            sums[2] += 1
            if not row["tombstone"]:
                value = as_stored(row, "value")
                size = len(value.encode() if isinstance(value, str) else value)
                sums[0 if live.get(row["key"]) is row else 1] += size
        answer = self.answer("Space by namespace")
        self.assertEqual({row[0]: [part or 0 for part in row[1:]] for row in answer}, expected)
        self.assertEqual([row[1] for row in answer], sorted((row[1] for row in answer), reverse=True))

    def check_events_per_namespace(self):
        expected = collections.Counter(namespace_of(key) for key in self.live("m1")
                                       if key.startswith("/registry/events/"))
        self.assertGreater(len(expected), 3)
        self.assertEqual(dict(self.answer("Events per namespace")), expected)

    def check_keys_with_most_revisions(self):
        count, last = collections.Counter(), {}
        for row in self.revisions("m1"):
            count[row["key"]] += 1
            last[row["key"]] = row["revision"]
        expected = sorted(((key, number, last[key]) for key, number in count.items()),
                          key=lambda row: (-row[1], row[0]))
        self.assertEqual(self.answer("Keys with most revisions"), expected[:20])

    def check_rows_on_one_member(self):
        def facts(member):
            return {(row["revision"], row["sub"], row["key"], int(row["tombstone"]),
                     None if row["key"].startswith("/registry/secrets/")
                     else as_stored(row, "value")) for row in self.revisions(member)}

        answer = self.answer("Rows on one member and not on another")
        missing = facts("m1") - facts("m2")
        self.assertGreater(len(missing), 100)
        self.assertTrue(set(answer) == missing, f"{len(answer)} rows, not these {len(missing)}")
        self.assertLessEqual(max(row[0] for row in answer), 2500)

    def check_keys_without_lease(self):
        leases = {row["value"]["ID"] for row in self.rows["m1"] if row["bucket"] == "lease"}
        expected = [(key, row["lease"]) for key, row in sorted(self.live("m1").items())
                    if row.get("lease") and row["lease"] not in leases]
        self.assertEqual(self.answer("Keys of leases that are not stored"), expected)

    def check_space_by_kind_and_manager(self):
        expected = collections.defaultdict(lambda: [0, 0])
        for row in self.objects:
            manager = (row["last_changed"] or {}).get("manager")
            sums = expected[row["kind"], manager]
            sums[0] += 1
            sums[1] += row["bytes"]
        answer = self.answer("Space by kind and manager")
        self.assertGreater(len(answer), 20)
        self.assertEqual({row[:2]: list(row[2:]) for row in answer}, expected)

    def check_how_an_object_changed(self):
        expected = [(row["mod_revision"], row["last_changed"]["time"],
                     row["last_changed"]["manager"],
                     row["object"]["metadata"].get("labels", {}).get("rev"))
                    for row in self.objects
                    if (row["kind"], row["namespace"], row["name"]) == ("Secret", "vault", "s1-0")]
        self.assertGreater(len(expected), 2)
        self.assertEqual(self.answer("How an object changed"), expected)

    def check_secrets_with_the_same_data(self):
        holders = collections.defaultdict(list)
        newest = {row["key"]: row for row in self.objects if row["kind"] == "Secret"}
        gone = {row["key"] for row in self.deleted()}
        for row in sorted(newest.values(), key=lambda row: (row["namespace"], row["name"])):
            if row["key"] in gone:
                continue
            for name, leaf in row["object"].get("data", {}).items():
                holders[leaf["id"]].append(f"{row['namespace']}/{row['name']} {name}")
        expected = {key: ", ".join(names) for key, names in holders.items() if len(names) > 1}
        self.assertEqual(dict(self.answer("Secrets with the same data")), expected)
        self.assertTrue(expected)

    def deleted(self):
        """Keys whose newest row is a deletion."""
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as connection:
            found = connection.execute(
                "SELECT key FROM revisions WHERE member = 'cluster' "
                "EXCEPT SELECT key FROM keys WHERE member = 'cluster'").fetchall()
        return [{"key": key} for key, in found]

    def check_objects_by_provider(self):
        answer = self.answer("Objects by provider")
        self.assertEqual(sum(row[3] for row in answer), len(self.objects))
        secrets = collections.Counter(row["provider"] for row in self.objects
                                      if row["key"].startswith("/registry/secrets/"))
        self.assertEqual({row[1]: row[3] for row in answer if row[0] == "secrets"}, secrets)
        self.assertGreater(len(secrets), 1)

    def test_secrets_are_closed(self):
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as connection:
            values = connection.execute("SELECT DISTINCT value FROM revisions WHERE kind = 'Secret'"
                                        " OR resource = 'secrets'").fetchall()
        self.assertEqual(values, [(None,)])

    def test_a_member_is_added_once_and_whole(self):
        before = self.file.read_bytes()
        database = self.file.parent / "m1.db"
        for arguments in (("--member", "m1"), ()):
            done = run("dump-db", "export", database, "--to", "sqlite", "--out", self.file,
                       *arguments)
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            self.assertEqual(self.file.read_bytes(), before)
        self.assertEqual(sorted(path.name for path in self.file.parent.iterdir()),
                         ["cluster.sqlite", "m1.db", "m1.json", "m2.db", "m2.json"])

    def test_another_file_is_not_added_to(self):
        other = self.file.parent / "other"
        other.mkdir()
        database = self.file.parent / "m1.db"
        with sqlite3.connect(other / "foreign.sqlite") as connection:
            connection.execute("CREATE TABLE databases(member)")
        (other / "text").write_text("not SQLite")
        for name in ("foreign.sqlite", "text"):
            before = (other / name).read_bytes()
            done = run("dump-db", "export", database, "--to", "sqlite", "--out", other / name,
                       "--member", "m3")
            self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
            self.assertEqual((other / name).read_bytes(), before)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
