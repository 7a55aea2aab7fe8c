"""What clients do to the servers, and the exact record of what was acknowledged.

A request is a dict of one field of InternalRaftRequest, with bytes for bytes and integers for
integers: {"put": {"key": b"k", "value": b"v"}}. The same dict is sent to etcd and looked for in its
log, so that the expectation never passes through the tool under test.
"""

import dataclasses
import http.client
import random
import threading
import urllib.parse

from etcd_process import Client, RequestFailed

SECRETS = ("hunter2-root", "hunter2-alice", "hunter3-alice")


@dataclasses.dataclass(frozen=True)
class Acknowledged:
    """A request that etcd said yes to. `revision` is None where it does not touch the key space."""

    request: dict
    revision: int | None = None


_PATHS = {
    "put": "kv/put",
    "delete_range": "kv/deleterange",
    "txn": "kv/txn",
    "compaction": "kv/compaction",
    "lease_grant": "lease/grant",
    "lease_revoke": "lease/revoke",
    "auth_enable": "auth/enable",
    "auth_disable": "auth/disable",
    "auth_user_add": "auth/user/add",
    "auth_user_delete": "auth/user/delete",
    "auth_user_change_password": "auth/user/changepw",
    "auth_user_grant_role": "auth/user/grant",
    "auth_user_revoke_role": "auth/user/revoke",
    "auth_role_add": "auth/role/add",
    "auth_role_delete": "auth/role/delete",
    "auth_role_grant_permission": "auth/role/grant",
    "auth_role_revoke_permission": "auth/role/revoke",
}
_KEY_SPACE = ("put", "delete_range", "txn")


class Recorder:
    """Sends requests over one connection and keeps what was acknowledged, in order."""

    def __init__(self, client):
        self._client = client
        self.acknowledged = []

    def send(self, kind, token=None, **fields):
        answer = self._client.call(_PATHS[kind], fields, token)
        if kind == "lease_grant":  # the server chose the id
            fields = {**fields, "ID": int(answer["ID"])}
        revision = int(answer["header"]["revision"]) if kind in _KEY_SPACE else None
        self.acknowledged.append(Acknowledged({kind: fields}, revision))
        return answer

    def send_v2(self, method, key, **form):
        self._client.v2(method, key, urllib.parse.urlencode(form))
        request = {"Method": method, "Path": "/1" + key, "Val": form.get("value", "")}
        self.acknowledged.append(Acknowledged({"v2": request}))

    def login(self, name, password):
        return self._client.call("auth/authenticate", {"name": name, "password": password})["token"]


def one_of_each(recorder, v2):
    """Every kind of request that a client can put into the log, a few of each, in a fixed order."""
    _key_space(recorder)
    _leases(recorder)
    _auth(recorder)
    if v2:
        recorder.send_v2("PUT", "/config/old", value="from another age")
        recorder.send_v2("POST", "/queue", value="first")
        recorder.send_v2("DELETE", "/config/old")
    answer = recorder.send("put", key=b"last/before/compaction", value=b"x")
    recorder.send("compaction", revision=int(answer["header"]["revision"]) - 3, physical=True)


def _key_space(recorder):
    for key, value in ((b"plain", b"text"), (b"empty", b""), (b"\x00\xff\xfe", bytes(range(256))),
                       ("ключ/鍵".encode(), "значение \u202e".encode()),
                       (b'"quoted"\n\\', b"\x1b[31mred\x1b[0m\r\n\t"), (b"big", b"B" * 70_000)):
        recorder.send("put", key=key, value=value)
    recorder.send("delete_range", key=b"plain")
    recorder.send("delete_range", key=b"never/was")
    recorder.send("delete_range", key=b"a", range_end=b"c")
    nested = {
        "compare": [{"target": "VERSION", "result": "EQUAL", "key": b"nested/inner", "version": 0}],
        "success": [{"request_put": {"key": b"nested/inner", "value": b"deep"}}],
        "failure": [{"request_range": {"key": b"nested/inner"}}],
    }
    recorder.send(
        "txn",
        compare=[{"target": "MOD", "result": "GREATER", "key": b"empty", "mod_revision": 1},
                 {"target": "VALUE", "result": "NOT_EQUAL", "key": b"empty", "value": b"no"}],
        success=[{"request_put": {"key": b"txn/1", "value": b"one"}},
                 {"request_delete_range": {"key": b"txn/old/", "range_end": b"txn/old0"}},
                 {"request_txn": nested}],
        failure=[{"request_put": {"key": b"txn/never", "value": b""}}])
    recorder.send("txn",
                  compare=[{"target": "CREATE", "result": "LESS", "key": b"txn/1",
                            "create_revision": 1}],
                  success=[{"request_put": {"key": b"txn/never", "value": b""}}],
                  failure=[{"request_put": {"key": b"txn/2", "value": b"the failure branch"}}])


def _leases(recorder):
    kept = int(recorder.send("lease_grant", TTL=3600)["ID"])
    recorder.send("put", key=b"leased/kept", value=b"x", lease=kept)
    doomed = int(recorder.send("lease_grant", TTL=3600)["ID"])
    recorder.send("put", key=b"leased/doomed", value=b"y", lease=doomed)
    recorder.send("lease_revoke", ID=doomed)


def _auth(recorder):
    root, alice, alice_new = SECRETS
    recorder.send("auth_role_add", name="root")
    recorder.send("auth_role_add", name="reader")
    recorder.send("auth_role_grant_permission", name="reader",
                  perm={"permType": "READWRITE", "key": b"alice/", "range_end": b"alice0"})
    recorder.send("auth_user_add", name="root", password=root)
    recorder.send("auth_user_add", name="alice", password=alice)
    recorder.send("auth_user_grant_role", user="root", role="root")
    recorder.send("auth_user_grant_role", user="alice", role="reader")
    recorder.send("auth_enable")
    root_token = recorder.login("root", root)
    alice_token = recorder.login("alice", alice)
    recorder.send("put", token=alice_token, key=b"alice/diary", value=b"dear log")
    recorder.send("auth_user_change_password", token=root_token, name="alice", password=alice_new)
    recorder.send("auth_user_revoke_role", token=root_token, name="alice", role="reader")
    recorder.send("auth_role_revoke_permission", token=root_token, role="reader", key=b"alice/",
                  range_end=b"alice0")
    recorder.send("auth_disable", token=root_token)
    recorder.send("auth_user_delete", name="alice")
    recorder.send("auth_role_delete", role="reader")


class Writers:
    """Threads that write without pause until the servers die under them or they are told to stop."""

    def __init__(self, ports, seed, round_name):
        self._count = 0
        self._stop = False
        self._changed = threading.Condition()
        self._failures = []
        self._clients = [Client(port) for port in ports]
        self.recorders = [Recorder(client) for client in self._clients]
        self._threads = [
            threading.Thread(target=self._write, args=(recorder, f"{round_name}/w{number}",
                                                       random.Random(f"{seed}/{round_name}/{number}")))
            for number, recorder in enumerate(self.recorders)
        ]
        for thread in self._threads:
            thread.start()

    def wait_acknowledged(self, count):
        """Until `count` writes were acknowledged in all, or every writer has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._count >= count or not self._alive())

    def count(self):
        """How many writes were acknowledged so far."""
        return self._count

    def so_far(self):
        """What was acknowledged to each writer by now."""
        return [list(recorder.acknowledged) for recorder in self.recorders]

    def join(self):
        """Ends the writers; what was acknowledged to each of them, in its order."""
        self._stop = True
        for thread in self._threads:
            thread.join()
        for client in self._clients:
            client.close()
        if self._failures:
            raise self._failures[0]
        return [recorder.acknowledged for recorder in self.recorders]

    def _alive(self):
        return any(thread.is_alive() for thread in self._threads)

    def _write(self, recorder, prefix, dice):
        number = 0
        try:
            while not self._stop:
                number += 1
                _write_once(recorder, f"{prefix}/{number:06d}".encode(), dice)
                with self._changed:
                    self._count += 1
                    self._changed.notify_all()
        except (OSError, http.client.HTTPException):
            pass  # the server was killed: this last request may or may not be in the log
        except RequestFailed as refusal:
            # A member that has lost its leader refuses; the write may still be in the log.
            if "leader" not in str(refusal) and "timed out" not in str(refusal):
                self._failures.append(refusal)
        finally:
            with self._changed:
                self._changed.notify_all()


class Hopeless:
    """A put that nobody will acknowledge, sent from a thread that waits for the server to die."""

    def __init__(self, port, put):
        self._client = Client(port)
        self._thread = threading.Thread(target=self._send, args=(put,))
        self._thread.start()

    def is_alive(self):
        return self._thread.is_alive()

    def join(self):
        self._thread.join()
        self._client.close()

    def _send(self, put):
        try:
            self._client.call("kv/put", put)
        except (OSError, http.client.HTTPException, RequestFailed):
            pass


def _write_once(recorder, key, dice):
    """One request whose key occurs nowhere else in the log."""
    kind = dice.choices(("put", "delete_range", "txn", "lease_grant"), (80, 8, 10, 2))[0]
    if kind == "put":
        recorder.send("put", key=key, value=dice.randbytes(dice.randrange(300)))
    elif kind == "delete_range":
        recorder.send("delete_range", key=key)
    elif kind == "txn":
        recorder.send("txn",
                      compare=[{"target": "VERSION", "result": "EQUAL", "key": key,
                                "version": dice.randrange(2)}],
                      success=[{"request_put": {"key": key, "value": b"success"}}],
                      failure=[{"request_put": {"key": key, "value": b"failure"}}])
    else:
        recorder.send("lease_grant", TTL=3600)
