#!/usr/bin/env python3
"""Evidence whose every text was chosen to harm who reads it: keys, values, names of members, users,
roles, buckets and files, URLs, and the words of a gateway. Through every tool, verb and format

* text has no character that steers a terminal, and no line that the content began;
* JSON is JSON, and gives back the bytes; CSV has rows of one width and no formula;
* HTML has the elements and attributes of a page of harmless members, and no others;
* SQLite, LMDB and snapshots hold the bytes as they were; no file is made outside the folder asked.

    hostile_content_test.py BIN_DIR [unittest arguments]
"""

import base64
import csv
import html.parser
import http.server
import io
import itertools
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

BIN_DIR = pathlib.Path(sys.argv[1]).resolve()

FORMS_OF_HASHCHECK = ("text", "table", "json", "fields")

# Begins each line that content tries to forge.
FORGED = "forged-line"

HOSTILE = [
    b"\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    b"a\r\n" + FORGED.encode() + b": x",
    b"\n" + FORGED.encode() + b"\n",
    b"\xff\xfe\x80 not UTF-8 \xed\xa0\x80 \xc0\xaf",
    b"\xc2\x9b31m C1 \xc2\x85" + FORGED.encode() + b" \x9b31m",
    "\u202egnp.exe\u2066\u200f\u061c".encode(),
    "\u2028".encode() + FORGED.encode(),
    b"=cmd|' /C calc'!A0", b"+1+1", b"-2", b"@SUM(A1)", b"\t=1", b"\r=1", b"'=1", b"a,\"b\";c",
    b"<script>alert(1)</script><img src=x onerror=alert(2)>",
    b"\" onmouseover=\"alert(3)\" x='", b"' onload='alert(4)", b"--></style></svg><!--",
    b"../../../escaped", b"/tmp/escaped", b"..", b".", b"nul\0byte", b"\0",
    b"%s%n%x{}", b"\\x1b[31m\\033[31m\\", b"\x7f\x08\x08\x08", b"back`tick $(id) ;id",
    b"long" * 200,
]


def quoted(raw):
    """As a value of the statements that build-evidence reads."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in raw) + '"'


def build(kind, path, statements):
    subprocess.run([BIN_DIR / "build-evidence", kind, path], input="\n".join(statements).encode(),
                   check=True)


def database_statements(texts, suffix):
    """A database with each text at each place that takes one; values end in the suffix."""
    lines = ["etcd", "cluster version=" + quoted(texts[0]),
             "meta consistent_index=9 term=2 version=" + quoted(texts[0]),
             "auth enabled=1 revision=3"]
    for number, text in enumerate(texts):
        lines += [
            f"put rev={number + 2} key={quoted(text)} value={quoted(text + suffix)} lease=5",
            f"member id={number + 1} name={quoted(text)} peers={quoted(text)}"
            f" clients={quoted(text)}",
            f"user name={quoted(text)} password={quoted(text)} roles={quoted(text)}",
            f"role name={quoted(text)} type=2 key={quoted(text)} range_end={quoted(text)}",
            f"bucket name={quoted(text)} {{", f"row key={quoted(text)} value={quoted(text)}", "}",
        ]
        for bucket in ("meta", "auth", "cluster", "lease", "alarm", "members_removed"):
            lines += [f"bucket name={bucket} {{",
                      f"row key={quoted(b'x' + text)} value={quoted(text)}", "}"]
    return lines + ["tombstone rev=100 key=" + quoted(texts[0])]


def log_statements(texts):
    store = json.dumps({"Root": {"Path": "/", "Children": {"0": {"Children": {"members": {
        "Children": {f"{number:x}": {"Children": {
            "attributes": {"Value": json.dumps({"name": text, "clientURLs": [text]})},
            "raftAttributes": {"Value": json.dumps({"peerURLs": [text]})}}}
            for number, text in enumerate((raw.decode("latin-1") for raw in texts), 1)}}}}}}})
    lines = ["metadata node=1 cluster=2", "snapshot index=0 term=0",
             "state term=2 vote=1 commit=1000"]
    index = 0

    def entry(request):
        nonlocal index
        index += 1
        lines.append(f"entry term=2 index={index} id={index} {request}")

    for text in map(quoted, texts):
        entry(f"put key={text} value={text}")
        entry(f"delete key={text} range_end={text}")
        entry(f"txn {{\nif key={text} target=value result=equal to={text}\n"
              f"then put key={text} value={text}\nelse delete key={text}\n}}")
        entry(f"auth-user-add name={text} password={text} hashed_password={text}")
        entry(f"auth-role-grant-permission name={text} type=read key={text} range_end={text}")
        entry(f"authenticate name={text} password={text} simple_token={text}")
        entry(f"cluster-version ver={text}")
        entry(f"member-attributes member=1 name={text} url={text}")
        entry(f"v2 method={text} path={text} val={text}")
        entry(f"raw bytes={text}")
        index += 1
        lines.append(f"entry term=2 index={index} conf change=update node=1 context={text}")
        index += 1
        lines.append(f"entry term=2 index={index} user={text} put key=a value=b")
    lines.append(f"snap term=2 index=9 voters=1 data={quoted(store.encode())}")
    return lines


# Controls but newline and tab, and the marks of Unicode that turn the direction of what follows.
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
FORGES = re.compile(r"^[ \t\"']*" + FORGED, re.MULTILINE)


class Elements(html.parser.HTMLParser):
    """The elements of a page with the names of their attributes, and the addresses among them."""

    def __init__(self):
        super().__init__()
        self.shapes = set()
        self.addresses = []
        self.comments = []

    def handle_starttag(self, tag, attrs):
        self.shapes.add((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value for name, value in attrs if name in ("href", "src")]

    def handle_comment(self, data):
        self.comments.append(data)


def strict_object(pairs):
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a name stands twice: {names}"
    return dict(pairs)


def strict_constant(name):
    raise ValueError(f"{name} is not JSON")


def exact(line, name):
    """The bytes of a field."""
    if name + "_b64" in line:
        return base64.b64decode(line[name + "_b64"], validate=True)
    return line[name].encode()


class Gateway(http.server.BaseHTTPRequestHandler):
    """Refuses in hostile words, or tells hostile facts; the path chooses."""

    def do_POST(self):  # pylint: disable=invalid-name
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        words = "".join(raw.decode("utf-8", "replace") for raw in HOSTILE)
        if self.server.refuses:
            status, answer = 500, {"error": words, "message": words, "code": 2}
        else:
            status, answer = 200, {"header": {"cluster_id": "2", "member_id": "1",
                                              "revision": "3", "raft_term": "2"},
                                   "version": words, "dbSize": "4096", "leader": "1",
                                   "raftIndex": "9", "raftTerm": "2", "errors": [words],
                                   "hash": 1, "compact_revision": "1"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *arguments):  # pylint: disable=arguments-differ
        pass


class HostileContent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        cls.folder = pathlib.Path(cls.directory.name)
        # Names of folders are hostile, too: m1's, and those of files within.
        cls.members = [cls.folder / f"m1\x1b[31m\n{FORGED}<script>\u202e", cls.folder / "=m2"]
        for member, suffix in zip(cls.members, (b"", b"!")):
            cls.build_member(member, HOSTILE, suffix)
            (member / "member" / "wal" / f"\x1b[31m\n{FORGED}.wal").write_bytes(b"junk")
            (member / "member" / "snap" / f"\x1b[31m\n{FORGED}.snap").write_bytes(b"junk")
        cls.damaged = cls.folder / f"\x1b[31m\n{FORGED}\xff.db"
        whole = (cls.members[0] / "member" / "snap" / "db").read_bytes()
        cls.damaged.write_bytes(b"".join(
            whole[at:at + 4096] if at // 4096 % 7 != 6 else b"\x1b\n" * 2048
            for at in range(0, len(whole), 4096)))
        cls.outputs = cls.folder / "outputs"
        cls.outputs.mkdir()

    @staticmethod
    def build_member(folder, texts, suffix):
        build("wal", folder, log_statements(texts))
        build("db", folder / "member" / "snap" / "db", database_statements(texts, suffix))

    def run_tool(self, tool, *arguments, codes=(0, 1)):
        done = subprocess.run([BIN_DIR / tool, *arguments], capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, cwd=self.outputs, timeout=120)
        with self.subTest(tool=tool, arguments=[str(argument)[:60] for argument in arguments]):
            self.assertIn(done.returncode, codes, done.stderr[-500:])
            self.check_lines(done.stderr.decode())
        return done.stdout.decode()

    def check_lines(self, text):
        self.assertEqual(set(STEERS.findall(text)), set(), "steer a terminal")
        self.assertIsNone(FORGES.search(text))

    def check(self, form, text):
        with self.subTest(form=form):
            getattr(self, "check_" + form)(text)

    check_text = check_table = check_simple = check_fields = check_lines

    def check_json(self, text):
        self.check_lines(text)
        self.assertTrue(text)
        return [json.loads(line, object_pairs_hook=strict_object, parse_constant=strict_constant)
                for line in text.rstrip("\n").split("\n")]

    def check_csv(self, text):
        self.check_lines(text.replace("\r\n", "\n"))
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual(len({len(row) for row in rows}), 1)
        for row in rows:
            for cell in row:
                self.assertNotIn(cell[:1] or "x", "=+-@\t\r", cell[:80])
        return rows

    def check_html(self, text):
        self.check_lines(text)
        page = Elements()
        page.feed(text)
        page.close()
        return page

    def test_dump_logs(self):
        entries = [(), ("--raw",), ("--with-revisions",), ("--superseded",), ("--redact",),
                   ("--show-secrets",), ("--value=hex",), ("--value=base64",), ("--value=size",),
                   *((f"--stats={by}",) for by in
                     ("kind", "prefix", "key", "user", "lease", "proposer", "term"))]
        views = [("--segments",), ("--verify",), *(("--from", "1", *view) for view in entries)]
        for view in views:
            for form in ("text", "json", "csv"):
                if form == "csv" and {"--raw", "--verify"} & set(view):
                    continue  # these have no table
                self.check(form, self.run_tool("dump-logs", *view, "-w", form, self.members[0]))

    def test_the_log_gives_back_the_bytes(self):
        lines = self.check_json(self.run_tool("dump-logs", "--from", "1", "--show-secrets",
                                              "-w", "json", self.members[0]))
        puts = [line["request"]["put"] for line in lines if line.get("kind") == "put"]
        self.assertEqual([exact(put, "key") for put in puts if put["key"] != "a"], HOSTILE)

    def test_filters_that_are_hostile(self):
        for text in HOSTILE:
            if b"\0" not in text:
                self.check("json", self.run_tool("dump-logs", "--from", "1", "--key", text,
                                                 "-w", "json", self.members[0]))

    def test_dump_db(self):
        verbs = [("list-bucket",), ("scan-keys", "0"), ("hash",), ("keys",), ("leases",),
                 ("members",), ("info",), ("pages",), ("stats",), ("metas",), ("check",),
                 *((verb, "--by", by) for verb in ("space", "churn")
                   for by in ("prefix", "kind", "namespace", "key")),
                 *(("iterate-bucket", bucket, *decode) for decode in ((), ("--decode",))
                   for bucket in ("key", "meta", "auth", "authUsers", "authRoles", "cluster",
                                  "members", "members_removed", "alarm", "lease"))]
        for verb, *rest in verbs:
            for form in ("text", "json", "csv"):
                if form == "csv" and verb in ("stats", "metas", "check"):
                    continue  # these are no tables
                self.check(form, self.run_tool("dump-db", verb, self.members[0], *rest, "-w", form))
            # What is shown of it may be nothing; what is said of it is the matter.
            self.check_lines(self.run_tool("dump-db", verb, self.damaged, *rest, codes=(0, 1, 2)))
        for form in ("simple", "json", "fields", "table"):
            self.check(form, self.run_tool("dump-db", "hashkv", self.members[0], "-w", form))

    def test_dump_db_asked_for_what_is_hostile(self):
        forms = itertools.cycle(("text", "json", "csv"))
        texts = [text for text in HOSTILE if b"\0" not in text]
        for text in texts:
            for verb in ("iterate-bucket", "get", "history"):
                form = next(forms)
                if verb == "get" and text == HOSTILE[0]:
                    continue  # it is deleted
                self.check(form, self.run_tool("dump-db", verb, "-w", form, "--", self.members[0],
                                               text))
            next(forms)
        pages = (self.members[0] / "member" / "snap" / "db").stat().st_size // 4096
        for page, form in zip(range(pages), itertools.cycle(("text", "json"))):
            self.check(form, self.run_tool("dump-db", "page", self.members[0], str(page),
                                           "-w", form))

    def test_the_database_gives_back_the_bytes(self):
        lines = self.check_json(self.run_tool("dump-db", "iterate-bucket", self.members[0], "key",
                                              "--decode", "-w", "json"))
        puts = {exact(line, "key"): exact(line, "value") for line in lines if not line["tombstone"]}
        self.assertTrue(puts == {text: text for text in HOSTILE})
        names = self.check_json(self.run_tool("dump-db", "list-bucket", self.members[0],
                                              "-w", "json"))
        self.assertLessEqual(set(HOSTILE), {exact(line, "bucket") for line in names})

    def test_snapshot_status(self):
        snaps = sorted((self.members[0] / "member" / "snap").iterdir())
        runs = [(files, ("--full", "--check=logical"))
                for files in ([self.members[0]], [self.damaged], *([snap] for snap in snaps))]
        for files, depth in (*runs, (self.members, ())):
            for form in ("simple", "table", "json", "fields"):
                text = self.run_tool("snapshot-status", *files, *depth, "-w", form, codes=(0, 1, 2))
                if text:
                    self.check(form, text)

    def test_hashcheck(self):
        named = [b"\x1b[31m<script>\n" + FORGED.encode() + b"\xff=" + os.fsencode(self.members[0]),
                 self.members[1]]
        runs = [(members, options) for members in (self.members, [self.members[0], self.damaged])
                for options in ((), ("--all",), ("--roll-forward",))]
        runs += [(named, ("--redact", "--all")), (named, ("--show-secrets", "--all")),
                 (self.few_texts(HOSTILE), ("--audit", "--best-member"))]
        for members, options in runs:
            for form in ("text", "json") if "--audit" in options else FORMS_OF_HASHCHECK:
                text = self.run_tool("hashcheck", *options, *members, "-w", form, codes=(0, 1, 2))
                if text:
                    self.check(form, text)

    def few_texts(self, texts):
        """Two members that an audit, which tries what may explain them, is soon done with."""
        members = [self.folder / f"few{number}-{len(texts[0])}" for number in (1, 2)]
        for member, suffix in zip(members, (b"", b"!")):
            if not member.exists():
                self.build_member(member, [texts[i] for i in (0, 1, 3, 5, 15, 16)], suffix)
        return members

    def test_hashcheck_with_digests(self):
        digest = self.outputs / f"\x1b[31m\n{FORGED}<b>.digest"
        self.run_tool("hashcheck", "digest", self.members[0], "--out", digest)
        for form in FORMS_OF_HASHCHECK:
            self.check(form, self.run_tool("hashcheck", digest, self.members[1], "-w", form,
                                           codes=(0, 1, 2)))

    def test_the_page_of_hashcheck(self):
        plain = [b"text%d" % number for number, _ in enumerate(HOSTILE)]
        harmless = [self.folder / "plain1", self.folder / "plain2"]
        for member, suffix in zip(harmless, (b"", b"!")):
            self.build_member(member, plain, suffix)
        audit = ("--audit", "--best-member")
        for number, (members, hostile, options) in enumerate((
                (harmless, self.members, ("--all",)),
                (self.few_texts(plain), self.few_texts(HOSTILE), audit))):
            pages = []
            for name, compared in (("harmless", members), ("hostile", hostile)):
                out = self.outputs / f"{name}{number}.html"
                self.run_tool("hashcheck", "-w", "html", *options, "--out", out, *compared)
                pages.append(self.check_html(out.read_text()))
            self.assertEqual(pages[1].shapes, pages[0].shapes)
            self.assertEqual(pages[1].comments, pages[0].comments)
            self.assertEqual([at for at in pages[1].addresses if at[:1] != "#"], [])

    def test_export_as_text(self):
        before = set(self.folder.iterdir())
        out = self.outputs / "all.json"
        self.run_tool("dump-db", "export", self.members[0], "--to", "json", "--out", out)
        lines = self.check_json(out.read_text())
        own = {exact(line, "bucket"): exact(line, "value") for line in lines
               if exact(line, "bucket") in HOSTILE}
        self.assertTrue(own == {text: text for text in HOSTILE})
        for verb in ("export", "salvage"):
            folder = self.outputs / (verb + "-csv")
            self.run_tool("dump-db", verb, self.members[0], "--to", "csv", "--out", folder)
            files = list(folder.iterdir())
            for file in files:
                self.assertRegex(file.name, r"^[0-9A-Za-z_%~-]+\.csv$")
                self.assertTrue(file.is_file())
                self.check("csv", file.read_bytes().decode())
        self.assertEqual(set(self.folder.iterdir()), before)
        self.assertFalse(pathlib.Path("/tmp/escaped").exists())

    def test_export_to_sqlite(self):
        out = self.outputs / "all.sqlite"
        self.run_tool("dump-db", "export", self.members[0], "--with-wal", "--to", "sqlite", "--out",
                      out, "--member", f"'); DROP TABLE revisions; -- \x1b\n{FORGED}")
        with sqlite3.connect(f"file:{out}?mode=ro", uri=True) as connection:
            connection.text_factory = bytes
            rows = connection.execute("SELECT key, value FROM revisions WHERE tombstone = 0")
            as_bytes = [tuple(cell if isinstance(cell, bytes) else str(cell).encode()
                              for cell in row) for row in rows]
        self.assertEqual(sorted(as_bytes), sorted((text, text) for text in HOSTILE))

    def test_copies_are_equal(self):
        # LMDB's names of buckets are short and have no zero; export says so and writes nothing.
        names = [text for text in HOSTILE if b"\0" not in text and len(text) < 500]
        original = self.folder / "names-of-lmdb.db"
        build("db", original, database_statements(names, b""))
        for target in ("lmdb", "snapshot"):
            out = self.outputs / f"copy\x1b[31m\n{FORGED}.{target}"
            self.run_tool("dump-db", "export", original, "--to", target, "--out", out)
            for verb in (("list-bucket",), ("iterate-bucket", "key"),
                         ("iterate-bucket", "authUsers")):
                of_copy, of_original = (
                    self.check_json(self.run_tool("dump-db", verb[0], file, *verb[1:],
                                                  "-w", "json"))
                    for file in (out, original))
                self.assertTrue(of_copy == of_original, (target, verb))
        refused = self.outputs / "refused.lmdb"
        self.run_tool("dump-db", "export", self.members[0], "--to", "lmdb", "--out", refused,
                      codes=(2,))
        self.assertFalse(refused.exists())

    def test_mistakes_of_the_command_line(self):
        text = f"\x1b[31m\n{FORGED}\u202e"
        for tool in ("dump-logs", "dump-db", "snapshot-status", "hashcheck"):
            for arguments in ((text,), (text, text), ("-w", text, "x"), ("--" + text,),
                              (f"--from={text}", "x")):
                self.check_lines(self.run_tool(tool, *arguments, codes=(0, 1, 2)))
        for arguments in (("iterate-bucket", self.members[0], text), ("get", text, text),
                          ("get", self.members[0], text), ("page", self.members[0], text),
                          ("export", self.members[0], "--to", text, "--out", text),
                          ("export", self.members[0], "--out", f"{text}/{text}"),
                          ("keys", self.members[0], "--wal-dir", text, "--at-index", "1")):
            self.check_lines(self.run_tool("dump-db", *arguments, codes=(0, 1, 2)))
        for arguments in (("--start-snap", text), ("--wal-dir", text), ("--key", text),
                          ("--entry-type", text), ("--proposer", text), ("--around", text)):
            self.check_lines(self.run_tool("dump-logs", *arguments, self.members[0],
                                           codes=(0, 1, 2)))

    def test_the_words_of_a_gateway(self):
        for refuses in (True, False):
            with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
                server.refuses = refuses
                thread = threading.Thread(target=server.serve_forever)
                thread.start()
                endpoint = f"http://127.0.0.1:{server.server_port}"
                for form in FORMS_OF_HASHCHECK:
                    text = self.run_tool("hashcheck", endpoint, self.members[1], "--timeout", "5",
                                         "-w", form, codes=(0, 1, 2))
                    if text:
                        self.check(form, text)
                out = self.outputs / f"live{refuses}.html"
                self.run_tool("hashcheck", endpoint, self.members[1], "--timeout", "5", "-w",
                              "html", "--out", out, codes=(0, 1, 2))
                if out.exists():
                    self.assertNotIn("script", {tag for tag, _ in
                                                self.check_html(out.read_text()).shapes})
                server.shutdown()
                thread.join()


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
