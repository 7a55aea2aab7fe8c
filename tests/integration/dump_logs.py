"""Runs dump-logs and reads what it prints, in each of its three formats.

`canonical` undoes the JSON schema: bytes come back as bytes, hex ids as integers, and what proto3
would leave out (zeros, empty strings) is left out, so that a logged request can be compared with the
dict that was sent.
"""

import base64
import csv
import dataclasses
import io
import json
import pathlib
import re
import subprocess

TIMEOUT_SECONDS = 120

_HEX_IDS = {"ID", "lease"}
_SECRETS = {"password", "hashedPassword", "simple_token"}
_V2_SENT = {"Method", "Path", "Val"}  # the rest of a v2 request is the server's
_BYTES = {"key", "range_end", "value"}
# What proto3 does not write. The enum names are those with the number zero.
_ZEROS = (0, False, "", b"", None, [], "EQUAL", "VERSION", "READ")


@dataclasses.dataclass
class Run:
    exit_code: int
    stdout: bytes
    stderr: str


@dataclasses.dataclass
class Log:
    """What the JSON stream held."""

    entries: list
    findings: list
    by_request: dict  # frozen canonical request -> indexes


class DumpLogs:
    def __init__(self, binary):
        self.binary = str(pathlib.Path(binary).resolve())

    def run(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=False)
        if done.returncode < 0:
            raise AssertionError(f"dump-logs {arguments} ended by signal {-done.returncode}")
        return Run(done.returncode, done.stdout, done.stderr.decode(errors="replace"))

    def json(self, path, *arguments):
        run = self.run("-w", "json", "--start-index", "0", *arguments, path)
        log = Log([], [], {})
        for line in run.stdout.decode().splitlines():
            one = json.loads(line)
            if "finding" in one:
                log.findings.append(one)
            elif "index" in one:
                log.entries.append(one)
                if one.get("request"):
                    log.by_request.setdefault(freeze(canonical(one["request"])), []).append(
                        one["index"])
        return log

    def count_text(self, path):
        """The entry lines between the heading and the sum of the default text, and that sum."""
        lines = self.run("--start-index", "0", path).stdout.decode(errors="replace").split("\n")
        first = next(at for at, line in enumerate(lines) if line.startswith("term\t")) + 1
        counted = [line for line in lines[first:] if re.match(r" *\d+\t *\d+\t(norm|conf)", line)]
        total = re.search(r"^Entry types \(.*\) count is : (\d+)", "\n".join(lines[first:]), re.M)
        return len(counted), int(total.group(1))

    def count_csv(self, path):
        run = self.run("-w", "csv", "--start-index", "0", path)
        rows = list(csv.DictReader(io.StringIO(run.stdout.decode(), newline="")))
        return sum(1 for row in rows if row.get("index"))


def canonical(value):
    """A request of the JSON stream as the dict that a client would have sent."""
    if isinstance(value, list):
        return [canonical(part) for part in value]
    if not isinstance(value, dict):
        return value
    if "Method" in value:
        value = {name: part for name, part in value.items() if name in _V2_SENT}
    plain = {}
    for name, part in value.items():
        if name.endswith("_b64") or name in _SECRETS or name == "header":
            continue
        if name in _BYTES and isinstance(part, str):
            encoded = value.get(name + "_b64")
            part = part.encode() if encoded is None else base64.b64decode(encoded)
        elif name in _HEX_IDS and isinstance(part, str):
            part = int(part, 16)
        plain[name] = canonical(part)
    return plain


def freeze(value):
    """The same for equal requests, and hashable. Zeros inside a request do not count."""
    if isinstance(value, dict):
        return tuple(sorted((name, freeze(part)) for name, part in value.items()
                            if part not in _ZEROS and name not in _SECRETS))
    if isinstance(value, list):
        return tuple(freeze(part) for part in value)
    return value
