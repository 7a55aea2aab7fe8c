#!/usr/bin/env python3
"""Holds the documents to the programs: what they show is what the programs print.

A console block begins with a command line, `$ command`, run by bash from the root of the tree with the
built tools on PATH and an empty folder as TMPDIR; the lines up to the next command are its output, stderr included. A line of three
dots stands for any lines. ETCDF_REWRITE=1 puts the real output in place of what no longer fits.

Usage: docs_test.py ROOT BIN_DIR
"""

import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT, BIN_DIR = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
TOOLS = [tool for tool in ("dump-logs", "dump-db", "snapshot-status", "hashcheck")
         if (BIN_DIR / tool).exists()]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSOLE_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]+)")

# What a section of json.md explains, and commands that print it.
JSON_COMMANDS = {
    "dump-logs: entries": ["dump-logs -w json --from 1 --superseded raft-conflict/m2",
                           "dump-logs -w json --from 1 --with-revisions single-3.5/data",
                           "dump-logs -w json --from 1 v2-era/data"],
    "dump-logs --raw": ["dump-logs -w json --raw single-3.5/data"],
    "dump-logs --stats=BY": ["dump-logs -w json --from 1 --stats=kind single-3.5/data"],
    "dump-logs --segments": ["dump-logs -w json --segments single-3.5/data"],
    "dump-logs --verify": ["dump-logs -w json --verify single-3.5/data"],
    "dump-db list-bucket, iterate-bucket, scan-keys": [
        "dump-db list-bucket -w json single-3.5/data",
        "dump-db scan-keys -w json single-3.5/data 0",
        *(f"dump-db iterate-bucket -w json {decode} single-3.5/data {bucket}"
          for decode in ("", "--decode") for bucket in ("key", "meta", "lease", "members"))],
    "dump-db hash, hashkv": ["dump-db hash -w json single-3.5/data",
                             "dump-db hashkv -w json single-3.5/data"],
    "dump-db get, keys, history": ["dump-db get -w json single-3.5/data leased/a1",
                                   "dump-db keys -w json single-3.5/data",
                                   "dump-db history -w json single-3.5/data leased/a1"],
    "dump-db objects": [
        "dump-db objects -w json --history kinds-encrypted/encrypted.db --name s1-0 "
        "--encryption-config kinds-encrypted/encryption.yaml",
        "dump-db objects -w json kinds-encrypted/encrypted.db"],
    "dump-db diff": [
        "dump-db diff -w json backups/etcd-2026-11-2[01]T*.db",
        "dump-db diff -w json --summary backups/etcd-2026-11-2[01]T*.db",
        "dump-db diff -w json --show-secrets kinds-encrypted/encrypted.db@oldest "
        "kinds-encrypted/encrypted.db --encryption-config kinds-encrypted/encryption.yaml"],
    "dump-db encryption": [
        "dump-db encryption -w json kinds-encrypted/encrypted.db "
        "--encryption-config kinds-encrypted/encryption.yaml"],
    "dump-db leases": ["dump-db leases -w json single-3.5/data"],
    "dump-db space, churn": ["dump-db space -w json --top 2 single-3.5/data",
                             "dump-db churn -w json --by key --top 2 single-3.5/data",
                             "dump-db space -w json --by manager kinds-encrypted/encrypted.db"],
    "dump-db info, pages, page, stats, metas, check": [
        *(f"dump-db {verb} -w json single-3.5/data"
          for verb in ("info", "pages", "stats", "metas", "check")),
        *(f"dump-db page -w json single-3.5/data {page}" for page in (0, 2, 4, 5))],
    "dump-db members": ["dump-db members -w json single-3.5/data"],
    "snapshot-status": ["snapshot-status -w json --full single-3.5/data",
                        "snapshot-status -w json damaged-snap-crc-flip/data/member/snap/*cc.snap"],
    "hashcheck": ["hashcheck -w json --audit --best-member incident-13766/m[12]",
                  "hashcheck -w json --all --roll-forward raft-conflict/m[123]"],
}
# Below these stands what the file says itself, in the names of etcd's .proto files or of buckets.
AS_IN_THE_FILE = {"object", "request", "value", "metadata", "hard_state", "snapshot", "entry", "rows"}


SCRATCH = tempfile.TemporaryDirectory()


def run(command):
    """What a user sees who types `command`: its lines without trailing blanks."""
    environment = {**os.environ, "PATH": f"{BIN_DIR}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
                   "TMPDIR": SCRATCH.name}
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return [line.rstrip() for line in io.StringIO(done.stdout)]


def options_of(tool):
    """All options, those of a tool's verbs too."""
    help_option = "--help-all" if tool == "dump-db" else "--help"
    return set(OPTION.findall("\n".join(run(f"{tool} {help_option}"))))


def keys_of(value):
    """The keys of an object and of all in it."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    if not isinstance(value, dict):
        return set()
    below = (keys_of(part) for key, part in value.items() if key not in AS_IN_THE_FILE)
    return {key.removesuffix("_b64") for key in value}.union(*below)


def commands_of(block):
    """[(command, expected lines)] of a console block."""
    commands = []
    for line in block.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], []))
        else:
            commands[-1][1].append(line)
    return commands


def fits(expected, actual):
    """Whether the lines are equal, `...` standing for one or more lines."""
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(fits(expected[1:], actual[count:]) for count in range(1, len(actual) + 1))
    return bool(actual) and expected[0] == actual[0] and fits(expected[1:], actual[1:])


def checked(block, misfits):
    """The block as it should be; adds to `misfits` what does not fit."""
    lines = []
    for command, expected in commands_of(block):
        actual = run(command)
        if not fits(expected, actual):
            misfits.append("\n".join([f"$ {command}", "-- expected", *expected, "-- real", *actual]))
            expected = actual
        lines += [f"$ {command}", *expected]
    return "\n".join(lines) + "\n"


class Documents(unittest.TestCase):
    maxDiff = None

    def test_console_blocks_are_real_output(self):
        blocks = 0
        for document in DOCUMENTS:
            misfits = []
            text = document.read_text(encoding="utf-8")
            blocks += len(CONSOLE_BLOCK.findall(text))
            real = CONSOLE_BLOCK.sub(
                lambda match: f"```console\n{checked(match.group(1), misfits)}```", text)
            if misfits and os.environ.get("ETCDF_REWRITE"):
                document.write_text(real, encoding="utf-8")
                continue
            with self.subTest(document=document.name):
                self.assertFalse(misfits, "\n\n".join(["", *misfits]))
        self.assertGreater(blocks, 0)

    def test_every_key_of_the_json_is_explained(self):
        text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
        sections = dict(section.split("\n", 1) for section in text.split("\n## ")[1:])
        for section, commands in JSON_COMMANDS.items():
            names = " ".join(re.findall(r"`([^`]+)`", sections[section]))
            explained = set(re.findall(r"\w+", names))
            for command in commands:
                lines = [line for line in run(f"cd testdata/fixtures; {command} 2>/dev/null")
                         if not line.startswith('{"finding"')]
                with self.subTest(command=command):
                    self.assertTrue(lines)
                    keys = set().union(*(keys_of(json.loads(line)) for line in lines))
                    self.assertEqual(set(), keys - explained)

    def test_every_link_leads_somewhere(self):
        for document in [*DOCUMENTS, ROOT / "CONTRIBUTING.md"]:
            links = LINK.findall(document.read_text(encoding="utf-8"))
            dead = [link for link in links if not (document.parent / link).exists()]
            with self.subTest(document=document.name):
                self.assertEqual([], dead)

    def test_every_option_is_in_man_page_and_completions(self):
        self.assertTrue(TOOLS)
        for tool in TOOLS:
            options = options_of(tool)
            self.assertIn("help", options)
            places = {
                f"docs/man/{tool}.1": r"Fl -{}(?![\w-])",
                f"docs/completion/{tool}.bash": r"(?<![\w-])--{}(?![\w-])",
                f"docs/completion/_{tool}": r"(?<![\w-])--{}(?![\w-])",
            }
            for place, pattern in places.items():
                text = (ROOT / place).read_text(encoding="utf-8")
                missing = [option for option in sorted(options)
                           if not re.search(pattern.format(option), text)]
                with self.subTest(place=place):
                    self.assertEqual([], missing)

    def test_no_document_speaks_of_an_option_that_is_not_there(self):
        for tool in TOOLS:
            options = options_of(tool)
            man = (ROOT / f"docs/man/{tool}.1").read_text(encoding="utf-8")
            completion = (ROOT / f"docs/completion/{tool}.bash").read_text(encoding="utf-8")
            self.assertEqual(set(), set(re.findall(r"Fl -([a-z][a-z-]+)", man)) - options)
            self.assertEqual(set(), set(OPTION.findall(completion)) - options)

    def test_bash_completes_options_and_their_values(self):
        def complete(*words):
            quoted = " ".join(f"'{word}'" for word in words)
            tool = words[0]
            return run(f"source docs/completion/{tool}.bash; COMP_WORDS=({quoted});"
                       f"COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _{tool.replace('-', '_')};"
                       'printf "%s\\n" "${COMPREPLY[@]}"')

        self.assertEqual(["--segments"], complete("dump-logs", "--seg"))
        self.assertEqual(["json"], complete("dump-logs", "-w", "j"))
        self.assertEqual(["base64"], complete("dump-logs", "--value", "=", "b"))
        self.assertEqual(["user"], complete("dump-logs", "--stats", "=", "u"))
        self.assertEqual(["IRRPut,IRRTxn"], complete("dump-logs", "--entry-type", "IRRPut,IRRT"))
        self.assertEqual(["iterate-bucket"], complete("dump-db", "it"))
        self.assertEqual(["--decode"], complete("dump-db", "iterate-bucket", "d", "key", "--dec"))
        self.assertEqual(["members", "members_removed", "meta"],
                         complete("dump-db", "iterate-bucket", "d", "me"))
        self.assertEqual(["fields"], complete("dump-db", "hashkv", "-w", "f"))
        self.assertEqual(["logical"], complete("snapshot-status", "--check", "=", "l"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
