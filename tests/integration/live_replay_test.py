#!/usr/bin/env python3
"""A real etcd is put through everything it can do, and killed; its log must explain its database.

replay-check applies the log to an empty store, which must then be what etcd stored: bucket `key`
byte for byte, and every other bucket. `hashcheck --audit` must find nothing. Most of the load is made to fail now and then: what etcd
refuses is in the log, too. ETCDF_SEED=N replays the load of a failed run.

    live_replay_test.py --replay-check BINARY --hashcheck BINARY [--etcd BINARY] [...]
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

import load
from etcd_process import Etcd, RequestFailed

SEED = int(os.environ.get("ETCDF_SEED") or random.SystemRandom().randrange(1 << 32))
TIMEOUT_SECONDS = 120
OPTIONS = ("--snapshot-count", "100", "--bcrypt-cost", "4", "--max-txn-ops", "1000", "--enable-v2")
ROOT = ("root", "hunter2")
USERS = ("ann", "bob", "eve")
ROLES = ("low", "high", "odd")
LEASES = range(1, 9)
EVERY_KEY = {"key": b"\0", "range_end": b"\0"}


class Load:
    """Requests drawn by dice, one after the other. Whether etcd does them or not is its affair."""

    def __init__(self, client, dice):
        self.client = client
        self.dice = dice
        self.tokens = {}
        self.auth_on = False
        self.done = self.refused = 0
        self.revision = 1

    def call(self, path, request=None, user=None):
        """The answer, or None if etcd refused."""
        if self.auth_on and user is None:
            user = self.dice.choices((ROOT[0], *USERS, None), (6, 2, 1, 1, 1))[0]
        try:
            answer = self.client.call(path, request, self.token(user))
        except RequestFailed:
            self.refused += 1
            return None
        self.done += 1
        self.revision = int(answer.get("header", {}).get("revision", self.revision))
        return answer

    def token(self, user):
        if not self.auth_on or user is None:
            return None
        if user not in self.tokens:
            try:
                answer = self.client.call("auth/authenticate", {"name": user, "password": ROOT[1]})
            except RequestFailed:
                return None
            self.tokens[user] = answer["token"]
        return self.tokens[user]

    def key(self):
        return b"key/%02d" % self.dice.randrange(30)

    def key_range(self):
        first, second = self.key(), self.key()
        return self.dice.choice(({"key": first}, {"key": first, "range_end": second},
                                 {"key": first + b"0", "range_end": b"\0"}))

    def put_fields(self, may_ignore=True):
        fields = {"key": self.key(), "prev_kv": self.dice.random() < 0.1}
        if may_ignore and self.dice.random() < 0.2:
            fields["ignore_value"] = True
        else:
            fields["value"] = self.dice.randbytes(self.dice.randrange(40))
        choice = self.dice.random()
        if may_ignore and choice < 0.1:
            fields["ignore_lease"] = True
        elif choice < 0.4:
            fields["lease"] = self.dice.choice(LEASES)
        return fields

    def compare(self):
        target, field, value = self.dice.choice((
            ("VERSION", "version", self.dice.randrange(4)),
            ("CREATE", "create_revision", self.dice.randrange(self.revision + 2)),
            ("MOD", "mod_revision", self.dice.randrange(self.revision + 2)),
            ("VALUE", "value", self.dice.randbytes(self.dice.randrange(2))),
            ("LEASE", "lease", self.dice.choice((0, *LEASES)))))
        result = self.dice.choice(("EQUAL", "GREATER", "LESS", "NOT_EQUAL"))
        span = self.key_range() if self.dice.random() < 0.2 else {"key": self.key()}
        return {"target": target, "result": result, field: value, **span}

    def operation(self, depth):
        weights = (6, 2 if self.txn_deletes else 0, 2, 3 if depth else 0)
        kind = self.dice.choices(("put", "delete", "range", "txn"), weights)[0]
        if kind == "put":
            return {"request_put": self.put_fields(may_ignore=not self.txn_deletes)}
        if kind == "delete":
            return {"request_delete_range": {**self.key_range(), "prev_kv": True}}
        if kind == "txn":
            return {"request_txn": self.txn_fields(depth - 1)}
        # Only nested ranges may fail: those of the transaction itself fail on its proposer only.
        revision = self.dice.choice((0, self.revision + 5)) if depth < 2 else 0
        return {"request_range": {**self.key_range(), "revision": revision}}

    def txn_fields(self, depth=2):
        return {"compare": [self.compare() for _ in range(self.dice.randrange(3))],
                "success": [self.operation(depth) for _ in range(self.dice.randrange(4))],
                "failure": [self.operation(depth) for _ in range(self.dice.randrange(3))]}

    def keys(self):
        kind = self.dice.choices(("kv/put", "kv/deleterange", "kv/txn"), (8, 1, 5))[0]
        # To keep the value or lease of a key that the same transaction has deleted passes etcd's
        # checks, and then etcd panics (apply.go, applyTxn), at every start again.
        self.txn_deletes = self.dice.random() < 0.5
        fields = {"kv/put": self.put_fields, "kv/deleterange": self.key_range,
                  "kv/txn": self.txn_fields}[kind]()
        self.call(kind, fields)

    def leases(self):
        lease = self.dice.choice(LEASES)
        if self.dice.random() < 0.6:
            self.call("lease/grant", {"ID": lease, "TTL": self.dice.choice((600, 10**10, 3600))})
        else:
            self.call("lease/revoke", {"ID": lease})

    def compact(self):
        self.call("kv/compaction", {"revision": self.revision - self.dice.randrange(-2, 60),
                                    "physical": self.dice.random() < 0.5})

    def alarms(self):
        """Raised, some refusals, cleared: what is shut after a restart the log does not tell."""
        member = self.dice.randrange(1, 4)
        alarm = self.dice.choice(("NOSPACE", "CORRUPT"))
        for action in ("ACTIVATE", "DEACTIVATE"):
            self.call("maintenance/alarm", {"action": action, "memberID": member, "alarm": alarm},
                      ROOT[0])
            for _ in range(self.dice.randrange(5)):
                self.dice.choice((self.keys, self.leases, self.compact))()

    def members(self):
        url = f"http://127.0.0.1:{self.dice.randrange(1, 9)}"
        added = self.call("cluster/member/add", {"peerURLs": [url], "isLearner": True}, ROOT[0])
        if added:
            member = int(added["member"]["ID"])
            self.let_raft_take_it()
            self.call("cluster/member/update", {"ID": member, "peerURLs": [url + "0"]}, ROOT[0])
            self.let_raft_take_it()
            self.call("cluster/member/remove", {"ID": member}, ROOT[0])
        self.let_raft_take_it()

    def let_raft_take_it(self):
        """A change of the membership is answered before raft counts it as applied, and until then raft
        drops the next one, which is never answered (raft.go, stepLeader, pendingConfIndex). A write
        that is answered is in a later batch."""
        self.call("kv/put", {"key": b"between", "value": b"changes"}, ROOT[0])

    def administration(self):
        user, role = self.dice.choice(USERS), self.dice.choice(ROLES)
        span = self.key_range()
        permission = {"permType": self.dice.choice(("READ", "WRITE", "READWRITE")), **span}
        kind, fields = self.dice.choice((
            ("user/add", {"name": user, "password": ROOT[1]}),
            ("user/add", {"name": user, "options": {"no_password": True}}),
            ("user/delete", {"name": user}),
            ("user/changepw", {"name": user, "password": ROOT[1]}),
            ("user/grant", {"user": user, "role": role}),
            ("user/grant", {"user": user, "role": role}),
            ("user/revoke", {"name": user, "role": role}),
            ("role/add", {"role": role, "name": role}),
            ("role/delete", {"role": role}),
            ("role/grant", {"name": role, "perm": permission}),
            ("role/grant", {"name": role, "perm": permission}),
            ("role/revoke", {"role": role, **span})))
        self.call("auth/" + kind, fields)
        if kind in ("user/delete", "user/changepw"):
            self.tokens.pop(user, None)

    def switch_auth(self, on):
        if on == self.auth_on:
            return
        if on:
            for kind, fields in (("user/add", {"name": ROOT[0], "password": ROOT[1]}),
                                 ("role/add", {"name": ROOT[0]}),
                                 ("user/grant", {"user": ROOT[0], "role": ROOT[0]})):
                self.call("auth/" + kind, fields)
        self.call("auth/enable" if on else "auth/disable", {}, ROOT[0])
        self.auth_on = on
        self.tokens = {}

    def step(self):
        kinds = (self.keys, self.leases, self.compact, self.alarms, self.members,
                 self.administration, lambda: self.switch_auth(not self.auth_on),
                 lambda: self.call("maintenance/defragment"))
        self.dice.choices(kinds, (80, 15, 3, 3, 1, 15, 1, 1))[0]()


class LiveReplay(unittest.TestCase):
    ROUNDS = 4
    replay_check = hashcheck = etcd = etcd_version = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="live-replay-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.member = Etcd(self.etcd, self.directory, "solo", OPTIONS)
        self.addCleanup(self.member.kill)

    def test_the_log_explains_the_database_after_each_kill(self):
        dice = random.Random(SEED)
        done = refused = 0
        for number in range(self.ROUNDS):
            self.member.start()
            self.member.wait_ready()
            client = self.member.client()
            load_of_round = Load(client, dice)
            for _ in range(500):
                load_of_round.step()
            load_of_round.switch_auth(False)
            # Something that counts as applied, so that nothing above is applied again.
            load_of_round.call("kv/put", {"key": b"the round", "value": b"is over"})
            client.close()
            done += load_of_round.done
            refused += load_of_round.refused
            writers = load.Writers([self.member.client_port] * 3, SEED, f"round{number}")
            writers.wait_acknowledged(dice.randrange(1, 200))
            self.member.kill()
            writers.join()
            self.check()
        self.assertGreater(done, 500)
        self.assertGreater(refused, 100)

    def check(self):
        run = subprocess.run([self.replay_check, self.member.data_dir, self.etcd_version],
                             capture_output=True, stdin=subprocess.DEVNULL,
                             timeout=TIMEOUT_SECONDS, check=False)
        print(run.stdout.decode(errors="replace"), file=sys.stderr)
        self.assertEqual(run.returncode, 0, run.stdout.decode(errors="replace") +
                         run.stderr.decode(errors="replace"))
        audit = json.loads(subprocess.run(
            [self.hashcheck, "--audit", "-w", "json", "--etcd-version", self.etcd_version,
             self.member.data_dir], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS, check=False).stdout)["audit"][0]
        self.assertEqual((audit["verdict"], audit["anomalies"]), ("explained", []))


def version_of(etcd):
    first_line = subprocess.run([etcd, "--version"], capture_output=True, check=True,
                                stdin=subprocess.DEVNULL).stdout.decode().splitlines()[0]
    return first_line.split()[-1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--replay-check", required=True)
    parser.add_argument("--hashcheck", required=True)
    parser.add_argument("--etcd", default="etcd")
    options, rest = parser.parse_known_args()
    LiveReplay.replay_check, LiveReplay.hashcheck = options.replay_check, options.hashcheck
    LiveReplay.etcd = options.etcd
    LiveReplay.etcd_version = version_of(options.etcd)
    print(f"ETCDF_SEED={SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
