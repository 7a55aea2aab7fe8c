#!/usr/bin/env python3
"""Holds the documents to the programs: what they show is what the programs print.

A console block begins with a command line, `$ command`, run by bash from the root of the tree with the
built tools on PATH; the lines up to the next command are its output, stderr included. A line of three
dots stands for any lines. ETCDF_REWRITE=1 puts the real output in place of what no longer fits.

Usage: docs_test.py ROOT BIN_DIR
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT, BIN_DIR = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
TOOLS = [tool for tool in ("dump-logs", "dump-db", "snapshot-status", "hashcheck")
         if (BIN_DIR / tool).exists()]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONSOLE_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]+)")


def run(command):
    """What a user sees who types `command`: its lines without trailing blanks."""
    environment = {**os.environ, "PATH": f"{BIN_DIR}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=environment, text=True,
                          errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return [line.rstrip() for line in done.stdout.splitlines()]


def options_of(tool):
    """All options, those of a tool's verbs too."""
    help_option = "--help-all" if tool == "dump-db" else "--help"
    return set(OPTION.findall("\n".join(run(f"{tool} {help_option}"))))


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
