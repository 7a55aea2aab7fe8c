#!/usr/bin/env python3
"""What docs/findings.md lists, the tools show, and nothing else: each entry has a case in
findings_cases.py, whose sound evidence does not show it and whose damaged evidence does, with the
severity, the exit status and the command that the entry names.

    findings_catalogue_test.py ROOT BIN_DIR [unittest arguments]
"""

import contextlib
import dataclasses
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from evidence import BIN_DIR, ROOT, write_all
from findings_cases import CASES

ALWAYS = {"finding", "severity", "file", "offset", "length", "what", "consequence"}
EXIT_OF = {"note": 0, "suspect": 1, "damage": 1}


@dataclasses.dataclass
class Entry:
    """Of a finding its severity; of a word in the JSON of hashcheck the exit status with it."""
    rank: str
    line: str

    @property
    def exit(self):
        return EXIT_OF[self.rank] if self.rank in EXIT_OF else int(self.rank)


def read_catalogue():
    """Findings by their id, words by `PATH=WORD`: the path stands in the heading above them."""
    entries, path = {}, None
    for line in (ROOT / "docs" / "findings.md").read_text().splitlines():
        if line.startswith("#"):
            heading = re.search(r"`(.+)`$", line)
            path = heading and heading[1]
        row = re.match(r"\| `([^`]+)` \| (note|suspect|damage|[012]) \|", line)
        if row:
            entries[f"{path}={row[1]}" if path else row[1]] = Entry(row[2], line)
    return entries


def read_figures():
    """The names of the figures, from the table of the document that explains them."""
    table = (ROOT / "docs" / "findings.md").read_text().split("| figure | meaning |")[1]
    rows = table.split("\n\n")[0].splitlines()[2:]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def kinds_in_code():
    """{id: severity} of every FindingKind that the sources define."""
    kind = re.compile(r'FindingKind\s+k\w+\{"([^"]+)",\s*Severity::k(\w+)\}')
    kinds = {}
    for top in ("lib", "dump-db", "dump-logs", "hashcheck", "snapshot-status"):
        for file in (ROOT / top).rglob("*.[ch]*"):
            if not file.name.endswith("_test.cc"):
                kinds |= {name: rank.lower() for name, rank in kind.findall(file.read_text())}
    return kinds


def values_at(value, path):
    """All values at `a[].b` below a value that json.loads has made."""
    values = [value]
    for name in path.replace("[]", "").split("."):
        below = [part.get(name) for part in values if isinstance(part, dict)]
        values = [part for item in below for part in (item if isinstance(item, list) else [item])]
    return values


class Answer:
    """What a tool said about evidence, as JSON."""

    def __init__(self, where, command, evidence, environment=None, meanwhile=None):
        with contextlib.ExitStack() as stack:
            going_on = write_all(where, evidence)
            yielded = {name: stack.enter_context(state) for name, state in going_on.items()}
            tool, *arguments = (yielded.get(word) or word for word in command.split())
            as_json = [] if "--out" in arguments else ["-w", "json"]
            process = stack.enter_context(subprocess.Popen(
                [BIN_DIR / tool, *arguments, *as_json], cwd=where, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                env=os.environ | (environment or {})))
            first = process.stdout.read(1)
            if meanwhile:  # more is to come than fits into the pipe
                meanwhile(where)
            rest, err = process.communicate()
        out = (first + rest).decode()
        self.exit = process.returncode
        self.text = out[-2000:] + err.decode()  # for people
        self.objects = [json.loads(line) for line in io.StringIO(out)] if as_json else []
        self.findings = [found for value in self.objects
                         for found in value.get("findings", [value] if "finding" in value else [])]
        if not as_json:  # what goes to a file leaves the findings to stderr
            self.findings = [{"finding": name, "severity": severity} for severity, name in
                             re.findall(r"^(note|suspect|damage) (\S+): ", err.decode(), re.M)]

    def severities(self, finding):
        return {found["severity"] for found in self.findings if found["finding"] == finding}

    def says(self, word):
        path, text = word.split("=", 1)
        pattern = re.compile(re.escape(text).replace(re.escape("..."), ".*"))
        return any(pattern.fullmatch(value if isinstance(value, str) else json.dumps(value))
                   for top in self.objects
                   for value in values_at(top, path) if value is not None)

    def shows(self, entry):
        return self.says(entry) if "=" in entry else bool(self.severities(entry))


class Catalogue(unittest.TestCase):
    catalogue = read_catalogue()
    figures = read_figures()

    def test_has_a_case_for_each_entry(self):
        self.assertEqual(sorted(case.shows for case in CASES), sorted(self.catalogue))

    def test_has_the_findings_of_the_code(self):
        findings = {name: entry.rank for name, entry in self.catalogue.items() if "=" not in name}
        self.assertEqual(kinds_in_code(), findings)

    def check(self, case):
        entry = self.catalogue[case.shows]
        with tempfile.TemporaryDirectory() as folder:
            sound = Answer(pathlib.Path(folder, "sound"), case.command, case.sound)
            damaged = Answer(pathlib.Path(folder, "damaged"), case.command,
                             case.sound | case.damage, case.environment, case.meanwhile)
        self.assertEqual(sound.exit, case.sound_exit, sound.text)
        self.assertFalse(sound.shows(case.shows), sound.text)
        self.assertTrue(damaged.shows(case.shows), damaged.text)
        self.assertEqual(damaged.exit, entry.exit, damaged.text)
        if "=" not in case.shows:
            self.assertEqual(damaged.severities(case.shows), {entry.rank})
            self.assertIn(f"`{case.seen_with}`", entry.line)
        for found in damaged.findings:
            self.assertEqual(found["severity"], self.catalogue[found["finding"]].rank)
            self.assertLessEqual(set(found), ALWAYS | self.figures)


def add_tests():
    for case in CASES:
        name = "test_" + re.sub(r"\W+", "_", case.shows)
        setattr(Catalogue, name, lambda self, case=case: self.check(case))


add_tests()

if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
