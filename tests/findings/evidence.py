"""What the cases of findings_cases.py are made of: writers of evidence, which get the path to write
to. A writer may return a context manager for what goes on while the tool reads; what that yields
stands in the command in place of the path.
"""

import base64
import contextlib
import fcntl
import gzip
import hashlib
import http.server
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile

ROOT, BIN_DIR = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])

# fault_shim.cc. What the sanitizers link would have to come before it.
LOST_PAGE = {
    "LD_PRELOAD": str(BIN_DIR / "fault-shim.so"), "ETCDF_FAULT": "read:/db:4096",
    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def log(*statements):
    """A data directory with a raft log, as lib/testing/wal_builder.h has it."""
    return _build("wal", statements)


def segment(*statements):
    """The first segment of such a log, by itself."""
    def write(path):
        with tempfile.TemporaryDirectory() as scratch:
            member = pathlib.Path(scratch, "m")
            log(*statements)(member)
            written = sorted((member / "member" / "wal").glob("*.wal"))
            path.write_bytes(written[0].read_bytes())
    return write


def db(*statements):
    """A bbolt database, as lib/testing/bolt_builder.h has it."""
    return _build("db", statements)


def text(content):
    """A file of text, such as a configuration."""
    def write(path):
        path.write_text(content)
    return write


def digest(*statements):
    """The digest that hashcheck makes of such a database."""
    def write(path):
        with tempfile.TemporaryDirectory() as scratch:
            database = pathlib.Path(scratch, "db")
            db(*statements)(database)
            subprocess.run([BIN_DIR / "hashcheck", "digest", database, "--out", path],
                           stderr=subprocess.DEVNULL, check=False)
    return write


def lmdb(*statements, harm=lambda pages: None):
    """An LMDB copy of such a database, and what `harm` does to its LmdbPages."""
    def write(path):
        with tempfile.TemporaryDirectory() as scratch:
            database = pathlib.Path(scratch, "db")
            db(*statements)(database)
            subprocess.run([BIN_DIR / "dump-db", "export", database, "--to", "lmdb", "--out", path],
                           stderr=subprocess.DEVNULL, check=True)
        pages = LmdbPages((path / "data.mdb").read_bytes())
        harm(pages)
        (path / "data.mdb").write_bytes(pages.content)
    return write


class LmdbPages:
    """Where LMDB has what (mdb.c, MDB_meta, MDB_page, MDB_node), as offsets in the file."""

    def __init__(self, content):
        self.content = bytearray(content)

    def get(self, at, size):
        return int.from_bytes(self.content[at:at + size], "little")

    def put(self, at, size, number):
        self.content[at:at + size] = number.to_bytes(size, "little")

    @property
    def meta(self):
        """The newer meta page."""
        return max((0, 4096), key=lambda page: self.get(page + 144, 8))

    @property
    def first_leaf(self):
        """The leaf of the first bucket that has all its rows on one."""
        names = 4096 * self.get(self.meta + 128, 8)
        for i in range((self.get(names + 12, 2) - 16) // 2):
            node = self.node(names, i)
            tree = node + 8 + self.get(node + 6, 2)
            if self.get(tree + 6, 2) == 1 and self.get(tree + 32, 8) > 2:
                return 4096 * self.get(tree + 40, 8)
        raise ValueError("no bucket of one leaf with three rows or more")

    def node(self, page, i):
        return page + self.get(page + 16 + 2 * i, 2)


def _build(kind, statements):
    def write(path):
        done = subprocess.run([BIN_DIR / "build-evidence", kind, path], text=True, check=False,
                              input="\n".join(statements), capture_output=True)
        if done.returncode != 0:
            raise ValueError(done.stderr)
    return write


def folder(path):
    """A folder in place of a file."""
    path.unlink()
    path.mkdir()


def nothing(_path):
    """No file."""


def cut_to(size):
    """The first `size` bytes of what has been written."""
    def write(path):
        with path.open("r+b") as file:
            file.truncate(size)
    return write


@contextlib.contextmanager
def locked_as_segment(path):
    """As etcd locks its segments (client/pkg/fileutil, lock_linux.go)."""
    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextlib.contextmanager
def locked_as_database(path):
    """As bbolt locks a file that it may write to (bolt_unix.go)."""
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def endpoint(member_id, errors=()):
    """A running member, whose client URL this yields."""
    header = {"cluster_id": "7", "member_id": member_id, "revision": "9"}
    answers = {
        "/v3/maintenance/status": {"header": header, "version": "3.5.30", "errors": list(errors)},
        "/v3/maintenance/hashkv": {"header": header, "hash": 1, "compact_revision": "-1"}}

    class Gateway(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.dumps(answers[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    @contextlib.contextmanager
    def serve(_path):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
    return serve


def changed(change):
    """What has been written, with `change` done to its bytes."""
    def write(path):
        path.write_bytes(change(path.read_bytes()))
    return write


def gz(content):
    return gzip.compress(content, compresslevel=1, mtime=0)


def tar(name):
    """An archive of one file of this name."""
    def pack(content):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        return out.getvalue()
    return pack


def zip_of(content):
    """An archive with this content and a note."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("db", content)
        archive.writestr("note", "of no meaning")
    return out.getvalue()


def with_encrypted_note(archive):
    """The same with the bit of encryption set for the second file, in both its headers."""
    harmed = bytearray(archive)
    harmed[archive.rindex(b"PK\x03\x04") + 6] |= 1
    harmed[archive.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(harmed)


def event(key, revision):
    """A put of an empty value, as etcd-backup-restore keeps it."""
    return {"etcdEvent": {"kv": {"key": base64.b64encode(key.encode()).decode(),
                                 "create_revision": revision, "mod_revision": revision,
                                 "version": 1}},
            "time": "2026-11-30T00:00:00Z"}


def link(events):
    """A file of changes, with its SHA-256."""
    text = json.dumps(events, separators=(",", ":")).encode()

    def write(path):
        path.write_bytes(text + hashlib.sha256(text).digest())
    return write


def write_all(where, evidence):
    """Writes what `evidence` names below `where`. Returns the context managers, by path."""
    going_on = {}
    for name, writers in evidence.items():
        path = where / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for write in writers if isinstance(writers, tuple) else (writers,):
            state = write(path)
            if state is not None:
                going_on[name] = state
    return going_on
