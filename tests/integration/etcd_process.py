"""Real etcd servers on loopback, and the one way to talk to them: the JSON gateway.

Nothing here waits for a length of time. Whatever must come true is polled for, up to a deadline that
only a broken server meets.
"""

import base64
import http.client
import json
import pathlib
import random
import signal
import socket
import subprocess
import time

DEADLINE_SECONDS = 300


class RequestFailed(Exception):
    """The server answered, and the answer was no."""


def poll(what, condition):
    """Returns the first true value of condition()."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {DEADLINE_SECONDS} s in vain for: {what}")
        time.sleep(0.02)


# One name in Linux's abstract namespace for each port given out: it keeps the port from the other tests
# that run now, and goes when this process does.
_RESERVATIONS = []


def _reserve(port):
    """Whether nobody listens on the port, and no other test has it."""
    reservation = socket.socket(socket.AF_UNIX)
    try:
        reservation.bind(f"\0etcdf-test-port-{port}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        reservation.close()
        return False
    _RESERVATIONS.append(reservation)
    return True


def free_ports(count):
    """Ports that stay free while the member that listens there is down.

    They are below those that the system gives to outgoing connections: one of those could take the
    port of a member that was killed, which then would not start again.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as limits:
        first_outgoing = int(limits.read().split()[0])
    ports = []
    while len(ports) < count:
        port = random.randrange(10000, max(first_outgoing, 20000))
        if _reserve(port):
            ports.append(port)
    return ports


def to_gateway(value):
    """A request with bytes and integers in it, as the gateway wants it: base64 and decimal text."""
    if isinstance(value, dict):
        return {name: to_gateway(part) for name, part in value.items()}
    if isinstance(value, list):
        return [to_gateway(part) for part in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


class Client:
    """One connection to one server. Not for two threads at once."""

    def __init__(self, port, timeout=DEADLINE_SECONDS):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)

    def _exchange(self, method, path, body, headers):
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        if answer.status >= 400:
            raise RequestFailed(f"{method} {path}: {answer.status} {text.decode(errors='replace')}")
        return json.loads(text) if text else {}

    def call(self, path, request=None, token=None):
        """POSTs to /v3/PATH; the answer, decoded."""
        headers = {"Authorization": token} if token else {}
        return self._exchange("POST", "/v3/" + path, json.dumps(to_gateway(request or {})), headers)

    def v2(self, method, path, form=""):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._exchange(method, "/v2/keys" + path, form, headers)

    def close(self):
        self._connection.close()


class Etcd:
    """One member: a data dir, two ports, and the process while there is one."""

    def __init__(self, binary, directory, name, options=()):
        self.name = name
        self.data_dir = pathlib.Path(directory) / name
        self.client_port, self.peer_port = free_ports(2)
        self._log_path = pathlib.Path(directory) / (name + ".log")
        self._command = [str(binary), "--name", name, "--data-dir", str(self.data_dir),
                         "--listen-client-urls", self.client_url,
                         "--advertise-client-urls", self.client_url,
                         "--listen-peer-urls", self.peer_url,
                         "--initial-advertise-peer-urls", self.peer_url,
                         "--logger", "zap", "--log-level", "warn", *options]
        self._process = None

    def add_options(self, *options):
        """Where one is given twice, the later counts."""
        self._command += options

    @property
    def client_url(self):
        return f"http://127.0.0.1:{self.client_port}"

    @property
    def peer_url(self):
        return f"http://127.0.0.1:{self.peer_port}"

    @property
    def wal_dir(self):
        return self.data_dir / "member" / "wal"

    def client(self):
        return Client(self.client_port)

    def start(self, cluster=None):
        cluster = cluster or [self]
        initial = ",".join(f"{member.name}={member.peer_url}" for member in cluster)
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen([*self._command, "--initial-cluster", initial],
                                             stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def log(self):
        """What it has written so far, of all its starts."""
        return self._log_path.read_text(errors="replace")

    def has_ended(self):
        return self._process.poll() is not None

    def status(self):
        """The answer of maintenance/status, or None while the server does not answer."""
        if self.has_ended():
            raise AssertionError(f"etcd {self.name} ended by itself:\n" + self.log()[-3000:])
        client = self.client()
        try:
            return client.call("maintenance/status")
        except (OSError, http.client.HTTPException, RequestFailed):
            return None
        finally:
            client.close()

    def wait_ready(self):
        """Until the member knows a leader."""

        def ready():
            status = self.status()
            return status if status and int(status.get("leader", 0)) else None

        return poll(f"{self.name} to have a leader", ready)

    def stop(self):
        """SIGTERM: it stores all that it has applied."""
        self._process.terminate()
        self._process.wait(DEADLINE_SECONDS)
        self._process = None

    def kill(self):
        """SIGKILL: no farewell, whatever is in flight stays as it is."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
