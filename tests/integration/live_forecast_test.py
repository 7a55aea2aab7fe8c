#!/usr/bin/env python3
"""`hashcheck --best-member` foretells whether etcd starts from a data dir. Here etcd is asked.

A member of a real etcd is written, stopped, and harmed in one way after another. Each time the
forecast for this etcd's version is held against what it does: whether it starts, and if not, what it
says. Then by dice: a member of one or of three, with one or two harms, started as it is, with a put.

The dice fall as ETCDF_SEED=N says, ETCDF_ROUNDS=N of them.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from etcd_process import Client, Etcd, RequestFailed, poll

OPTIONS = None
SEED = int(os.environ.get("ETCDF_SEED") or 1)
ROUNDS = int(os.environ.get("ETCDF_ROUNDS") or 12)


def version_of(etcd):
    text = subprocess.run([etcd, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"etcd Version: (\S+)", text).group(1)


def overwrite(path, offset, data):
    content = bytearray(path.read_bytes())
    content[offset:offset + len(data)] = data
    path.write_bytes(content)


def flip(path, offset):
    overwrite(path, offset, bytes([path.read_bytes()[offset] ^ 1]))


def copy_sparsely(source, target):
    """A segment has 64 MB, nearly all of them zeros."""
    data = pathlib.Path(source).read_bytes()
    with open(target, "wb") as copy:
        copy.write(data.rstrip(b"\0"))
        copy.truncate(len(data))


def copy_of(source, target):
    shutil.copytree(source, target, copy_function=copy_sparsely)


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
        path.write_bytes(used[:len(used) // 2 // 4096 * 4096])

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


class MoreHarms(Harms):
    """Those of the dice, too. `early` is the folder `member` of an earlier time."""

    early = None

    @staticmethod
    def one_meta_bad(member):
        flip(member / "snap" / "db", 16 + 56)

    @staticmethod
    def newest_snap_file_missing(member):
        sorted((member / "snap").glob("*.snap"))[-1].unlink()

    @staticmethod
    def no_snap_folder(member):
        shutil.rmtree(member / "snap")

    @staticmethod
    def no_wal_folder(member):
        shutil.rmtree(member / "wal")

    @staticmethod
    def no_segments(member):
        for path in (member / "wal").glob("*.wal"):
            path.unlink()

    @staticmethod
    def frame_length_flipped(member):
        path = Harms._last_segment(member)
        # The first frame is the CRC's, of 16 bytes with its length.
        overwrite(path, 16 + 3, b"\x40")

    @staticmethod
    def log_end_is_zeros(member):
        path = Harms._last_segment(member)
        overwrite(path, Harms._used(member) - 200, bytes(200))

    @staticmethod
    def log_cut_far_from_its_end(member):
        path = Harms._last_segment(member)
        path.write_bytes(path.read_bytes()[:Harms._used(member) * 2 // 3])

    @staticmethod
    def earlier_database(member):
        shutil.copy(MoreHarms.early / "snap" / "db", member / "snap" / "db")

    @staticmethod
    def earlier_log(member):
        shutil.rmtree(member / "wal")
        copy_of(MoreHarms.early / "wal", member / "wal")

    @staticmethod
    def all_of_an_earlier_time(member):
        shutil.rmtree(member)
        copy_of(MoreHarms.early, member)

    @staticmethod
    def folder_proxy(member):
        (member.parent / "proxy").mkdir()


# After these it may lack what it had acknowledged, and nothing in its files tells.
OF_THE_LOGS_END = {"log_cut_in_the_last_record", "log_end_is_zeros", "log_cut_far_from_its_end",
                   "earlier_log", "all_of_an_earlier_time", "earlier_database"}


def harms_of(kind):
    return [name for name in dir(kind) if not name.startswith("_") and name != "early"]


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

    def foretold(self, data_dir):
        """`starts`, and what etcd is to say when it stops."""
        done = subprocess.run(
            [OPTIONS.hashcheck, "-w", "json", "--best-member", "--etcd-version", self.version,
             data_dir], capture_output=True, text=True, check=False)
        start_up = json.loads(done.stdout)["best_member"]["members"][0]["start_up"]
        if not start_up:
            return None, ""
        says = [remark.get("etcd_says", "") for remark in start_up[0]["remarks"]
                if remark["weight"].startswith("stops")]
        return start_up[0]["starts"], says[0] if says else ""

    def outcome(self, server):
        """("exits", log), ("serves", number of keys), or ("waits", "") of a server that was started."""

        def ended_or_answered():
            if server.has_ended():
                return ("exits", server.log())
            # It says so after five seconds of its own clock, and each time again.
            if server.log().count("publish error: etcdserver: request timed out") >= 3:
                return ("waits", "")
            # Until it has a leader, connections are taken and not answered.
            client = Client(server.client_port, timeout=10)
            try:
                client.call("kv/put", {"key": b"new", "value": b"v"})
                got = client.call("kv/range", {"key": b"key-", "range_end": b"key.",
                                               "count_only": True})
                return ("serves", int(got.get("count", 0)))
            except RequestFailed:
                return ("waits", "")
            except (OSError, http.client.HTTPException):
                return None
            finally:
                client.close()

        try:
            return poll(f"{server.name} to end or to answer", ended_or_answered)
        finally:
            server.kill()
            shutil.rmtree(server.data_dir)

    @staticmethod
    def write(server, count, first=0):
        client = server.client()
        for number in range(first, first + count):
            client.call("kv/put", {"key": b"key-%03d" % (number % 60), "value": b"v" * number})
        client.close()

    def make_members(self, count):
        """Servers of one cluster that were killed, with a copy of the first at an earlier time."""
        servers = [Etcd(OPTIONS.etcd, self.folder, f"of{count}-{number}",
                        ["--snapshot-count", "40", "--unsafe-no-fsync"])
                   for number in range(count)]
        for server in servers:
            server.start(servers)
        for server in servers:
            server.wait_ready()
        self.write(servers[0], 30)
        for server in servers:
            server.kill()
        early = self.folder / f"early{count}"
        copy_of(servers[0].data_dir / "member", early)
        for server in servers:
            server.start(servers)
        for server in servers:
            server.wait_ready()
        self.write(servers[0], 130, 30)
        for server in servers:
            server.kill()
        return servers, early

    def raise_alarm(self, server):
        """A copy of the member, with an alarm."""
        copy = Etcd(OPTIONS.etcd, self.folder, "alarmed", ["--unsafe-no-fsync"])
        copy_of(server.data_dir, copy.data_dir)
        copy.start()
        copy.wait_ready()
        client = copy.client()
        client.call("maintenance/alarm", {"action": "ACTIVATE", "memberID": 0, "alarm": "NOSPACE"})
        client.close()
        copy.stop()
        return copy

    def start_layout(self, name, base, dice, is_alone):
        """(harms, foretold, outcome) of a copy of the member with one or two harms."""
        copy = Etcd(OPTIONS.etcd, self.folder, name, ["--unsafe-no-fsync", "--logger=capnslog"])
        copy_of(base.data_dir, copy.data_dir)
        harms = dice.sample(harms_of(MoreHarms), dice.randrange(1, 3))
        for harm in list(harms):
            try:
                getattr(MoreHarms, harm)(copy.data_dir / "member")
            except (FileNotFoundError, IndexError):
                harms.remove(harm)  # the one before took what it harms
        has_log = any((copy.data_dir / "member").glob("wal/*.wal"))
        is_empty = not has_log and not any((copy.data_dir / "member").glob("snap/*"))
        foretold = ("yes_but", "") if is_empty else self.foretold(copy.data_dir)
        copy.start()
        # Without a log, a new cluster of one begins.
        return harms, foretold, self.outcome(copy), is_alone or not has_log

    def check_layout(self, harms, foretold, outcome, is_alone):
        starts, says = foretold
        does, detail = outcome
        if does == "exits":
            self.assertEqual(starts, "no", detail[-2000:])
            self.assertIn(says, detail)
        elif does == "waits":
            self.assertIn(starts, ("yes_but", "no"))
            if starts == "no":  # not as this member
                self.assertEqual(says, "")
        else:
            self.assertIn(starts, ("yes", "yes_but"))
            lost = detail < 60 and not OF_THE_LOGS_END.intersection(harms)
            self.assertTrue(starts == "yes_but" or not lost, detail)
            self.assertTrue(is_alone, "one of three served by itself")

    def test_layouts_by_dice(self):
        dice = random.Random(SEED)
        print(f"ETCDF_SEED={SEED}", file=sys.stderr, flush=True)
        one, early = self.make_members(1)
        three, early_of_three = self.make_members(3)
        alarmed = self.raise_alarm(one[0])
        layouts = []
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for _ in range(ROUNDS):
                base = dice.choice([one[0], one[0], three[0], alarmed])
                layouts.append((base, random.Random(dice.randrange(1 << 32))))
            for is_of_three in (False, True):
                MoreHarms.early = early_of_three if is_of_three else early
                chosen = [(base, own) for base, own in layouts if (base is three[0]) == is_of_three]
                started = [pool.submit(self.start_layout, f"layout{is_of_three}{number}", base, own,
                                       not is_of_three)
                           for number, (base, own) in enumerate(chosen)]
                for (base, _), layout in zip(chosen, started):
                    harms, foretold, outcome, is_alone = layout.result()
                    with self.subTest(base=base.name, harms=harms, foretold=foretold):
                        self.check_layout(harms, foretold, outcome, is_alone)

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
