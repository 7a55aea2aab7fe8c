#!/usr/bin/env python3
"""At every limit of the system a tool does its job, or says that it could not and leaves nothing
behind. It never crashes, and never passes off a part as the whole.

    limits_test.py ROOT BIN_DIR [unittest arguments]
"""

import errno
import hashlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import unittest

import tools
from tools import run


def limit(what, value):
    """For a child process, before it becomes the tool."""
    return lambda: resource.setrlimit(what, (value, value))


def state(folder):
    """Every file and folder below: permissions, modification time, content."""
    files = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        files[path] = (status.st_mode, status.st_mtime_ns, status.st_size, content)
    return files


def clear(folder):
    for path in pathlib.Path(folder).iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


class Streams(tools.Case):
    def test_a_full_disk_behind_the_output_is_said(self):
        with open("/dev/full", "w") as full:
            for command in self.printing():
                with self.subTest(command=command):
                    self.assert_refused(run(command, stdout=full), "No space left on device")
            for tool in ("dump-db", "dump-logs", "hashcheck", "snapshot-status"):
                self.assert_refused(run([tool, "--help"], stdout=full), "No space left on device")

    def test_a_closed_output_is_said(self):
        for command in self.printing():
            with self.subTest(command=command):
                self.assert_refused(run(command, preexec_fn=lambda: os.close(1)),
                                    "Bad file descriptor")

    def test_findings_that_nobody_hears_change_nothing(self):
        for command in self.printing():
            with self.subTest(command=command):
                usual, deaf = self.usual(command), run(command, preexec_fn=lambda: os.close(2))
                self.assertEqual((deaf.returncode, deaf.stdout), (usual.returncode, usual.stdout))

    def test_what_is_written_is_the_same_with_all_streams_closed(self):
        """Its file gets none of the numbers 0 to 2, to which messages go."""
        def close_all():
            for stream in range(3):
                os.close(stream)

        for command, folder in self.each_writing():
            if "lmdb" in command or "sqlite" in command:
                continue  # not the same twice
            run(command)
            usual = [content for *_, content in state(folder).values()]
            clear(folder)
            self.assertEqual(run(command, preexec_fn=close_all).returncode, 2)
            self.assertEqual([content for *_, content in state(folder).values()], usual)

    def test_a_reader_that_goes_away_is_no_failure(self):
        for command in self.printing():
            with self.subTest(command=command):
                reader, writer = os.pipe()
                os.close(reader)
                done = run(command, stdout=writer)
                os.close(writer)
                usual = self.usual(command)
                self.assertEqual((done.returncode, done.stderr), (usual.returncode, usual.stderr))


class Outputs(tools.Case):
    def assert_nothing_left(self, folder):
        self.assertEqual(os.listdir(folder), [])

    def test_a_limit_on_the_size_of_files_is_said(self):
        for command, folder in self.each_writing():
            for size in (0, 1, 5000):
                done = run(command, preexec_fn=limit(resource.RLIMIT_FSIZE, size))
                self.assert_refused(done, "File too large", "No space left", "disk I/O error",
                                    "full")
                self.assert_nothing_left(folder)

    def test_a_full_or_failing_disk_is_said(self):
        for command, folder in self.each_writing():
            usual = run(command).returncode
            clear(folder)
            for error in (errno.ENOSPC, errno.EIO):
                for calls in (0, 1, 2, 3, 5, 8):
                    done = run(command, f"write:{calls}:{error}")
                    if calls > 0 and done.returncode == usual:
                        break  # it takes no more calls than that
                    self.assert_refused(done, os.strerror(error), "disk I/O error", "full")
                    self.assert_nothing_left(folder)
                clear(folder)

    def test_an_interrupt_ends_the_work_and_leaves_nothing(self):
        """With the first bytes that are written. What hashcheck writes is ready by then."""
        for command, folder in self.each_writing():
            if command[0] == "dump-db":
                done = run(command, f"signal:0:{int(signal.SIGINT)}")
                self.assertEqual(done.returncode, 130, (command, done.stderr))
                self.assert_nothing_left(folder)

    def test_an_interrupt_of_what_prints_is_heard(self):
        """Its output is more than a pipe holds: it cannot end before the signal."""
        for verb in (["iterate-bucket", self.database, "key"],
                     ["scan-keys", self.database, "1"]):
            with self.subTest(verb=verb):
                with subprocess.Popen([tools.BIN_DIR / "dump-db", *verb], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE) as process:
                    process.stdout.read(1)
                    process.send_signal(signal.SIGINT)
                    process.communicate()
                self.assertEqual(process.returncode, 130)


class Evidence(tools.Case):
    def test_is_as_it_was(self):
        before = state(self.evidence)
        for command in self.printing():
            run(command)
        for command, _ in self.each_writing():
            run(command)
        self.assertEqual(state(self.evidence), before)

    def test_may_be_read_only_with_no_place_for_temporary_files(self):
        """By a user who owns none of it."""
        tool_copies = self.folder / "bin"
        tool_copies.mkdir()
        for tool in ("dump-db", "dump-logs", "hashcheck", "snapshot-status"):
            shutil.copy(tools.BIN_DIR / tool, tool_copies)
        os.chmod(self.folder, 0o755)
        for path in self.evidence.rglob("*"):
            os.chmod(path, 0o555 if path.is_dir() else 0o444)

        def become_nobody():
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)

        environment = dict(os.environ, TMPDIR="/nonexistent", HOME="/nonexistent")
        for command in self.printing():
            with self.subTest(command=command):
                usual = self.usual(command)
                other = subprocess.run([tool_copies / command[0], *map(str, command[1:])],
                                       capture_output=True, env=environment, check=False,
                                       preexec_fn=become_nobody, stdin=subprocess.DEVNULL)
                self.assertEqual((other.returncode, other.stdout, other.stderr),
                                 (usual.returncode, usual.stdout, usual.stderr))


if __name__ == "__main__":
    tools.main()
