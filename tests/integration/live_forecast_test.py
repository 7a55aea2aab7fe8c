#!/usr/bin/env python3
"""`hashcheck --best-member` foretells whether etcd starts from a data dir. Here etcd is asked.

A member of a real etcd is written, stopped, and harmed in one way after another. Each time the
forecast for this etcd's version is held against what it does: whether it starts, and if not, what it
says.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from etcd_process import Etcd

OPTIONS = None


def version_of(etcd):
    text = subprocess.run([etcd, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"etcd Version: (\S+)", text).group(1)


def overwrite(path, offset, data):
    content = bytearray(path.read_bytes())
    content[offset:offset + len(data)] = data
    path.write_bytes(content)


def flip(path, offset):
    overwrite(path, offset, bytes([path.read_bytes()[offset] ^ 1]))


class Harms:
    """What can happen to a member's files. Each takes the folder `member`."""

    @staticmethod
    def nothing(_):
        pass

    @staticmethod
    def no_snap_files(member):
        for path in (member / "snap").glob("*.snap"):
            path.unlink()

    @staticmethod
    def no_database(member):
        (member / "snap" / "db").unlink()

    @staticmethod
    def neither_snap_files_nor_database(member):
        Harms.no_snap_files(member)
        Harms.no_database(member)

    @staticmethod
    def empty_database(member):
        (member / "snap" / "db").write_bytes(b"")

    @staticmethod
    def database_is_noise(member):
        (member / "snap" / "db").write_bytes(b"noise" * 20000)

    @staticmethod
    def both_metas_bad(member):
        # The checksum stands behind the 56 bytes of the meta, which follow the page's header.
        for page in (0, 1):
            flip(member / "snap" / "db", page * 4096 + 16 + 56)

    @staticmethod
    def half_a_database(member):
        path = member / "snap" / "db"
        used = path.read_bytes().rstrip(b"\0")
        path.write_bytes(used[:len(used) // 2])

    @staticmethod
    def newest_snap_file_flipped(member):
        flip(sorted((member / "snap").glob("*.snap"))[-1], 100)

    @staticmethod
    def _last_segment(member):
        return sorted((member / "wal").glob("*.wal"))[-1]

    @staticmethod
    def _used(member):
        return len(Harms._last_segment(member).read_bytes().rstrip(b"\0"))

    @staticmethod
    def log_flipped_in_the_middle(member):
        flip(Harms._last_segment(member), Harms._used(member) // 2)

    @staticmethod
    def log_cut_in_the_last_record(member):
        path = Harms._last_segment(member)
        path.write_bytes(path.read_bytes()[:Harms._used(member) - 3])

    @staticmethod
    def log_is_empty(member):
        Harms._last_segment(member).write_bytes(b"")

    @staticmethod
    def log_begins_too_late(member):
        path = Harms._last_segment(member)
        path.rename(path.with_name("0000000000000007-00000000000000ff.wal"))


HARMS = [name for name in vars(Harms) if not name.startswith("_")]


class Forecast(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.version = version_of(OPTIONS.etcd)
        server = Etcd(OPTIONS.etcd, cls.folder, "sound", ["--snapshot-count", "50"])
        server.start()
        server.wait_ready()
        client = server.client()
        for number in range(220):
            client.call("kv/put", {"key": b"key-%d" % (number % 20), "value": b"v" * number})
        client.close()
        server.kill()
        cls.sound = server.data_dir

    def forecast(self, data_dir):
        done = subprocess.run(
            [OPTIONS.hashcheck, "-w", "json", "--best-member", "--etcd-version", self.version,
             data_dir], capture_output=True, text=True, check=False)
        start_up, = json.loads(done.stdout)["best_member"]["members"][0]["start_up"]
        stops = [remark for remark in start_up["remarks"] if remark["weight"] == "stops"]
        self.assertEqual(start_up["starts"] == "no", bool(stops))
        return stops[0] if stops else None

    def start(self, name):
        """Nothing if etcd starts from the folder, or what it said when it did not."""
        server = Etcd(OPTIONS.etcd, self.folder, name, ["--force-new-cluster", "--logger=capnslog"])
        server.start()
        try:
            server.wait_ready()
        except AssertionError:
            return (self.folder / (name + ".log")).read_text(errors="replace")
        finally:
            server.kill()
        return None

    def test_etcd_does_what_was_foretold(self):
        stopped = 0
        for harm in HARMS:
            with self.subTest(harm=harm):
                shutil.copytree(self.sound, self.folder / harm)
                getattr(Harms, harm)(self.folder / harm / "member")
                foretold = self.forecast(self.folder / harm)
                said = self.start(harm)
                self.assertEqual(foretold is None, said is None, (foretold, said))
                if foretold:
                    stopped += 1
                    self.assertIn(foretold.get("etcd_says", ""), said)
        self.assertGreater(stopped, 5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--etcd", required=True, type=pathlib.Path)
    parser.add_argument("--hashcheck", required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.hashcheck = OPTIONS.hashcheck.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
