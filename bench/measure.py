#!/usr/bin/env python3
"""Measures one command and prints a row of a markdown table: time, throughput, anonymous memory.

    measure.py [--runs N] [--pipe] [--bytes N] [--label TEXT] [--fresh PATH]
               [--exit CODE] -- COMMAND [ARGUMENT...]

The wall time is the least of N runs, with their median beside it and the least processor time, user
and system together; these runs are made without anybody watching. Memory is the peak of RssAnon in one more run, sampled each millisecond from /proc: pages of mapped files do not
count, because the kernel takes them back when it needs them. The command ends with CODE, 0 unless
told otherwise, or that is an error. Standard output goes to /dev/null, or
with --pipe through a pipe that is read to its end; --fresh is a path that the command makes, and that
is removed after each run; what the command says on stderr is shown only if
it fails.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PIPE_READ_BYTES = 1 << 20
SAMPLE_SECONDS = 0.001


def drain(stream):
    while os.read(stream.fileno(), PIPE_READ_BYTES):
        pass


def start(command, pipe, errors):
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=errors,
                               stdout=subprocess.PIPE if pipe else subprocess.DEVNULL)
    reader = None
    if pipe:
        reader = threading.Thread(target=drain, args=(process.stdout,))
        reader.start()
    return process, reader


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def finish(command, process, reader, errors, expected_code):
    """The processor seconds that the process has used."""
    _, status, usage = os.wait4(process.pid, 0)
    code = process.returncode = os.waitstatus_to_exitcode(status)
    if reader:
        reader.join()
    if code != expected_code:
        errors.seek(0)
        sys.exit(f"{command} ended with {code}: {errors.read().decode(errors='replace')}")
    return usage.ru_utime + usage.ru_stime


def seconds_of(command, pipe, fresh, expected_code):
    """Wall and processor seconds of one run."""
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process, reader = start(command, pipe, errors)
        cpu_seconds = finish(command, process, reader, errors, expected_code)
        wall_seconds = time.perf_counter() - began
    if fresh:
        remove(fresh)
    return wall_seconds, cpu_seconds


def anonymous_bytes(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def peak_anonymous_bytes(command, pipe, fresh, expected_code):
    with tempfile.TemporaryFile() as errors:
        process, reader = start(command, pipe, errors)
        peak = 0
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            peak = max(peak, anonymous_bytes(process.pid))
            time.sleep(SAMPLE_SECONDS)
        finish(command, process, reader, errors, expected_code)
    if fresh:
        remove(fresh)
    return peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--pipe", action="store_true")
    parser.add_argument("--bytes", type=int, help="size of the input, for a throughput")
    parser.add_argument("--label")
    parser.add_argument("--fresh", metavar="PATH")
    parser.add_argument("--exit", type=int, default=0, metavar="CODE")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    run = (options.command, options.pipe, options.fresh, options.exit)
    runs = [seconds_of(*run) for _ in range(options.runs)]
    wall_seconds, cpu_seconds = zip(*runs)
    peak = peak_anonymous_bytes(*run)
    best = min(wall_seconds)
    throughput = f"{options.bytes / best / 1e9:.2f}" if options.bytes else ""
    label = options.label or " ".join(options.command)
    print(f"| `{label}` | {best:.3f} | {statistics.median(wall_seconds):.3f} "
          f"| {min(cpu_seconds):.3f} | {throughput} | {peak / 2**20:.1f} |", flush=True)


if __name__ == "__main__":
    main()
