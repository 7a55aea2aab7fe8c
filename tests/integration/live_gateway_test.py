#!/usr/bin/env python3
"""A real etcd is asked through lib/gateway, and by its own etcdctl: both must hear the same.

    live_gateway_test.py --probe BINARY [--etcd BINARY] [--etcdctl BINARY] [unittest arguments]
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from etcd_process import Etcd, free_ports

TIMEOUT_SECONDS = 120


class LiveGateway(unittest.TestCase):
    probe_binary = etcd = etcdctl = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="live-gateway-"))
        self.addCleanup(shutil.rmtree, self.directory)
        self.member = Etcd(self.etcd, self.directory, "solo", ("--bcrypt-cost", "4"))
        self.addCleanup(self.member.kill)
        self.member.start()
        self.member.wait_ready()
        self.client = self.member.client()
        self.addCleanup(self.client.close)

    def probe(self, *arguments, exit_code=0):
        """The probe's words on stdout, or its message if it is to fail."""
        done = subprocess.run([self.probe_binary, *map(str, arguments)], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=False)
        self.assertEqual(done.returncode, exit_code, f"{arguments}: {done.stderr.decode()}")
        return done.stderr.decode() if exit_code else done.stdout.decode().split()

    def ctl(self, *arguments):
        environment = {**os.environ, "ETCDCTL_API": "3"}
        done = subprocess.run([self.etcdctl, "--endpoints", self.member.client_url, *arguments,
                               "-w", "json"], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=TIMEOUT_SECONDS, check=True)
        return done.stdout.decode()

    def put(self, count):
        for number in range(count):
            put = {"key": b"k%d" % (number % 50), "value": b"v" * (number * 7 % 5000)}
            revision = int(self.client.call("kv/put", put)["header"]["revision"])
        return revision

    def test_status_and_hashes_are_those_that_etcdctl_gets(self):
        revision = self.put(120)
        self.client.call("kv/compaction", {"revision": revision - 30, "physical": True})
        theirs = json.loads(self.ctl("endpoint", "status"))[0]["Status"]
        header = theirs["header"]
        self.assertEqual(self.probe("status", self.member.client_url),
                         [f"{header['cluster_id']:x}", f"{header['member_id']:x}", str(revision),
                          theirs["version"], str(theirs["dbSize"])])
        self.assertEqual(self.probe("peer-urls", self.member.client_url), [self.member.peer_url])

        for at in (revision - 29, revision - 10, revision, 0):
            hash_kv = json.loads(self.ctl("endpoint", "hashkv", "--rev", str(at)))[0]["HashKV"]
            expected = [str(hash_kv["hash"]), str(hash_kv["compact_revision"])]
            self.assertEqual(self.probe("peer-hashkv", self.member.peer_url, at), expected)
            if not theirs["version"].startswith("3.4."):
                self.assertEqual(self.probe("hashkv", self.member.client_url, at), expected)
        if theirs["version"].startswith("3.4."):
            message = self.probe("hashkv", self.member.client_url, revision, exit_code=1)
            self.assertIn("at the peer URL only", message)
        self.assertIn("future revision",
                      self.probe("peer-hashkv", self.member.peer_url, revision + 9, exit_code=1))
        self.assertIn("compacted",
                      self.probe("peer-hashkv", self.member.peer_url, revision - 40, exit_code=1))

    def test_a_pulled_snapshot_is_what_snapshot_save_saves(self):
        self.put(1000)
        pulled, saved = self.directory / "pulled.db", self.directory / "saved.db"
        size = int(self.probe("snapshot", self.member.client_url, pulled)[0])
        self.ctl("snapshot", "save", str(saved))

        content = pulled.read_bytes()
        self.assertGreater(size, 1 << 20)  # many pieces
        self.assertEqual(len(content), size + 32)
        self.assertEqual(content[size:], hashlib.sha256(content[:size]).digest())
        statuses = [json.loads(self.ctl("snapshot", "status", str(path)))
                    for path in (pulled, saved)]
        self.assertEqual(statuses[0], statuses[1])
        self.assertFalse(pulled.with_suffix(".db.part").exists())
        self.assertIn("is there already",
                      self.probe("snapshot", self.member.client_url, pulled, exit_code=1))
        self.assertEqual(pulled.read_bytes(), content)

    def test_a_cluster_with_users_gives_its_database_to_root_only(self):
        # A user is an empty answer away: before authentication is on, a login is not needed.
        self.probe("snapshot", self.member.client_url, self.directory / "before.db",
                   "--user", "root:word")
        for path, request in (("auth/user/add", {"name": "root", "password": "word"}),
                              ("auth/role/add", {"name": "root"}),
                              ("auth/user/grant", {"user": "root", "role": "root"}),
                              ("auth/enable", {})):
            self.client.call(path, request)
        path = self.directory / "pulled.db"
        self.assertIn("refuses", self.probe("snapshot", self.member.client_url, path, exit_code=1))
        self.assertIn("authentication failed",
                      self.probe("snapshot", self.member.client_url, path, "--user", "root:no",
                                 exit_code=1))
        self.assertFalse(path.exists())
        self.probe("snapshot", self.member.client_url, path, "--user", "root:word")
        self.assertTrue(path.exists())

    def test_over_tls_only_a_member_that_can_be_trusted_is_heard(self):
        port = free_ports(1)[0]
        url = f"https://127.0.0.1:{port}"
        member = Etcd(self.etcd, self.directory, "tls")
        member.add_options("--auto-tls", "--listen-client-urls", f"{member.client_url},{url}")
        self.addCleanup(member.kill)
        member.start()
        member.wait_ready()
        # The certificate that the member made for itself is its own authority.
        certificate = member.data_dir / "fixtures" / "client" / "cert.pem"
        self.assertIn("not one to trust", self.probe("status", url, exit_code=1))
        self.assertEqual(self.probe("status", url, "--cacert", certificate),
                         self.probe("status", member.client_url))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True)
    parser.add_argument("--etcd", default="etcd")
    parser.add_argument("--etcdctl", default="etcdctl")
    options, rest = parser.parse_known_args()
    LiveGateway.probe_binary = options.probe
    LiveGateway.etcd, LiveGateway.etcdctl = options.etcd, options.etcdctl
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
