#!/usr/bin/env python3
"""hashcheck asks running members, real ones and bad ones.

    live_endpoints_test.py --hashcheck BINARY [--etcd BINARY] [--openssl BINARY] [unittest arguments]
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

from etcd_process import DEADLINE_SECONDS, Etcd, free_ports, poll

TIMEOUT_SECONDS = 120


class Endpoints(unittest.TestCase):
    hashcheck_binary = etcd = openssl_binary = None

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="live-endpoints-"))
        self.addCleanup(shutil.rmtree, self.directory)

    def start(self, *names, options=()):
        """A cluster whose members know their leader."""
        members = [Etcd(self.etcd, self.directory, name, ("--bcrypt-cost", "4", *options))
                   for name in names]
        for member in members:
            self.addCleanup(member.kill)
            member.start(members)
        for member in members:
            member.wait_ready()
        return members

    def client(self, member):
        client = member.client()
        self.addCleanup(client.close)
        return client

    def hashcheck(self, *arguments, exit_code=0, password=None):
        """What it prints on stdout and on stderr."""
        environment = {name: value for name, value in os.environ.items() if name != "ETCDF_PASSWORD"}
        if password is not None:
            environment["ETCDF_PASSWORD"] = password
        done = subprocess.run([self.hashcheck_binary, *map(str, arguments)], capture_output=True,
                              env=environment, stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS,
                              check=False)
        out, err = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, exit_code, f"{arguments}:\n{out}\n{err}")
        return out, err

    def judge(self, *arguments, exit_code=0, **keywords):
        return json.loads(self.hashcheck("-w", "json", *arguments, exit_code=exit_code,
                                         **keywords)[0])

    @staticmethod
    def named(members):
        return [f"{member.name}={member.client_url}" for member in members]

    def wait_for_revision(self, members, revision):
        for member in members:
            poll(f"{member.name} to reach {revision}",
                 lambda member=member: int(member.status()["header"]["revision"]) >= revision)


def put(client, count, start=0):
    """The revision after so many puts."""
    for number in range(start, start + count):
        answer = client.call("kv/put", {"key": b"k%d" % (number % 20), "value": b"value-%d" % number})
    return int(answer["header"]["revision"])


class Cluster(Endpoints):
    """Three members on loopback."""

    def test_members_that_move_agree_at_one_revision(self):
        members = self.start("m1", "m2", "m3")
        client = self.client(members[0])
        put(client, 50)
        stop = threading.Event()
        failures = []

        def load():
            try:
                with contextlib.closing(members[1].client()) as own:
                    number = 0
                    while not stop.is_set():
                        revision = put(own, 40, number)
                        number += 40
                        if number % 400 == 0:
                            own.call("kv/compaction", {"revision": revision - 20})
            except Exception as failure:  # pylint: disable=broad-except
                failures.append(failure)

        loader = threading.Thread(target=load)
        loader.start()
        try:
            revisions = set()
            for _ in range(10):
                verdict = self.judge(*self.named(members))
                self.assertEqual(verdict["verdict"], "consistent")
                hashes = {member["hash_kv"] for member in verdict["members"]}
                self.assertEqual(len(hashes), 1)
                self.assertEqual({member["kind"] for member in verdict["members"]}, {"endpoint"})
                revisions.add(verdict["compared"]["revision"])
            self.assertGreater(len(revisions), 5)
        finally:
            stop.set()
            loader.join()
        self.assertEqual(failures, [])

    def test_a_member_that_was_altered_stands_alone(self):
        members = self.start("m1", "m2", "m3")
        client = self.client(members[0])
        altered = members[2]
        database = altered.data_dir / "member" / "snap" / "db"
        # A page is written before the meta page that counts. Where a later transaction shows, the
        # earlier one is whole, and is not applied again from the log.
        for value in (b"the-value-to-alter", b"a-later-value"):
            answer = client.call("kv/put", {"key": value, "value": value})
            poll("the value to be stored", lambda value=value: value in database.read_bytes())
        altered.kill()
        content = database.read_bytes()
        database.write_bytes(content.replace(b"\x2a\x12the-value-to-alter",
                                             b"\x2a\x12the-value-2o-alter"))
        altered.start(members)
        altered.wait_ready()
        self.wait_for_revision(members, int(answer["header"]["revision"]))
        verdict = self.judge(*self.named(members), exit_code=1)
        self.assertEqual(verdict["verdict"], "diverged")
        self.assertEqual([member["name"] for member in verdict["members"] if member["minority"]],
                         ["m3"])
        text = self.hashcheck(*self.named(members), exit_code=1)[0]
        self.assertIn("m3 stands alone: their HashKV are not the same", text)

    def test_a_member_is_held_against_files(self):
        members = self.start("m1", "m2")
        client = self.client(members[0])
        revision = put(client, 100)
        client.call("kv/compaction", {"revision": revision - 30, "physical": True})
        self.wait_for_revision(members, put(client, 5))
        one = members[0].client_url
        pulled = self.directory / "pulled.db"
        verdict = self.judge(f"m1={one}", f"m2={members[0].data_dir}", "--pull", pulled)
        self.assertEqual([member["kind"] for member in verdict["members"]],
                         ["database", "data_dir"])
        self.assertEqual(verdict["verdict"], "consistent")
        digest = self.directory / "m1.digest"
        self.hashcheck("digest", pulled, "--out", digest)

        # The files stay behind.
        put(client, 20, start=1000)
        verdict = self.judge(one, pulled, digest)
        self.assertEqual(verdict["verdict"], "consistent")
        self.assertEqual({member["kind"] for member in verdict["members"]},
                         {"endpoint", "database", "digest"})
        self.assertEqual(len({member["hash_kv"] for member in verdict["members"]}), 1)
        self.assertEqual(self.judge(one, digest)["verdict"], "consistent")

        # What they end at is compacted away.
        client.call("kv/compaction", {"revision": put(client, 5)})
        verdict = self.judge(one, pulled, exit_code=2)
        self.assertIn("compacted", verdict["reason"])

        out, err = self.hashcheck("one=" + one, "two=" + one, exit_code=2)
        self.assertIn("one and two are one and the same member", out + err)


class Secured(Endpoints):
    """Certificates and users."""

    def openssl(self, *arguments):
        subprocess.run([self.openssl_binary, *map(str, arguments)], cwd=self.directory, check=True,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS)

    def certify(self, name):
        """NAME.pem and NAME.key, signed by ca.pem."""
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (self.directory / "extensions").write_text(
            "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                     "-CAcreateserial", "-days", "2", "-out", f"{name}.pem",
                     "-extfile", "extensions")

    def test_a_certificate_is_checked_and_shown(self):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                     "-subj", "/CN=authority")
        self.certify("server")
        self.certify("operator")
        members = [Etcd(self.etcd, self.directory, name) for name in ("m1", "m2")]
        urls = []
        for member, port in zip(members, free_ports(len(members))):
            urls.append(f"https://127.0.0.1:{port}")
            member.add_options("--listen-client-urls", f"{member.client_url},{urls[-1]}",
                               "--cert-file", self.directory / "server.pem",
                               "--key-file", self.directory / "server.key",
                               "--trusted-ca-file", self.directory / "ca.pem", "--client-cert-auth")
            self.addCleanup(member.kill)
            member.start(members)
        for member in members:
            member.wait_ready()
        self.wait_for_revision(members, put(self.client(members[0]), 10))
        trust = ("--cacert", self.directory / "ca.pem")
        own = ("--cert", self.directory / "operator.pem", "--key", self.directory / "operator.key")
        self.assertEqual(self.judge(*urls, *trust, *own)["verdict"], "consistent")
        self.assertIn("not one to trust", self.hashcheck(*urls, *own, exit_code=2)[1])
        self.hashcheck(*urls, *trust, exit_code=2)  # whoever shows no certificate is refused

    def test_a_password_is_asked_for_and_never_shown(self):
        members = self.start("m1")
        client = self.client(members[0])
        for path, request in (("auth/user/add", {"name": "root", "password": "s3cret-word"}),
                              ("auth/role/add", {"name": "root"}),
                              ("auth/user/grant", {"user": "root", "role": "root"}),
                              ("auth/enable", {})):
            client.call(path, request)
        one, pulled = members[0].client_url, self.directory / "pulled.db"
        request = (one, members[0].data_dir, "--pull", pulled)
        outputs = [self.hashcheck(*request, exit_code=2),
                   self.hashcheck(*request, "--user", "root:s3cret-wrong", exit_code=2),
                   self.hashcheck(*request, "--user", "root", exit_code=2)]
        self.assertIn("authentication failed", outputs[1][1])
        self.assertIn("ETCDF_PASSWORD", outputs[2][1])
        self.assertFalse(pulled.exists())
        outputs.append(self.hashcheck(*request, "--user", "root", password="s3cret-word"))
        for output in outputs:
            self.assertNotIn("s3cret", "".join(output))


class Bad(Endpoints):
    """Servers that are none."""

    def serve(self, answer):
        """The URL of a server that sends `answer` to whoever connects; nothing if it is None."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        held = []

        def run():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                if answer is None:
                    held.append(connection)
                    continue
                with connection:
                    connection.settimeout(DEADLINE_SECONDS)
                    connection.recv(65536)
                    connection.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def test_the_others_are_compared_and_the_bad_one_is_named(self):
        members = self.start("m1", "m2")
        self.wait_for_revision(members, put(self.client(members[0]), 10))
        body = b'{"header":{"member_id":"7"'
        answers = {
            "hanging": (None, "no whole answer in time"),
            "garbage": (b"hello\r\n", "not HTTP"),
            "cut-short": (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + body,
                          "hangs up before the answer is whole"),
            "no-etcd": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "is missing"),
            "refusing": (b"HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nnope", "refuses"),
        }
        for name, (answer, message) in answers.items():
            with self.subTest(name):
                bad = f"{name}={self.serve(answer)}"
                verdict = self.judge(*self.named(members), bad, "--timeout", "1", exit_code=2)
                self.assertEqual(verdict["reason"], f"{name} cannot be read")
                self.assertIn(message, verdict["members"][2]["error"])
                # m1 and m2 are compared all the same.
                self.assertEqual(len({one["hash_kv"] for one in verdict["members"][:2]}), 1)

    def test_nobody_listens(self):
        url = f"http://127.0.0.1:{free_ports(1)[0]}"
        out, err = self.hashcheck("a=" + url, "b=" + url, exit_code=2)
        self.assertIn("cannot tell whether the members agree: a cannot be read", out)
        self.assertIn("cannot connect", err)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hashcheck", required=True)
    parser.add_argument("--etcd", default="etcd")
    parser.add_argument("--openssl", default="openssl")
    options, rest = parser.parse_known_args()
    Endpoints.hashcheck_binary, Endpoints.etcd = options.hashcheck, options.etcd
    Endpoints.openssl_binary = options.openssl
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
