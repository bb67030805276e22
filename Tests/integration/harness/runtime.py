"""The runtime under test, found through SWIFTAINER_RUNTIME."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .output import pick, records

REPOSITORY = Path(__file__).resolve().parents[3]
TIMEOUT = 30.0


@dataclass
class Result:
    """How one command ended and what it said."""

    arguments: list
    code: int
    stdout: str
    stderr: str
    seconds: float = field(default=0, compare=False)

    @cached_property
    def records(self):
        return records(self.stdout)

    def record(self, name, index=0):
        return pick(self.records, name, index)

    def succeeded(self):
        assert self.code == 0, str(self)
        return self

    def failed(self):
        assert self.code != 0, f"it should have failed: {self}"
        return self

    def __str__(self):
        command = " ".join(map(str, self.arguments))
        return f"{command}\n  exit {self.code}\n  stdout: {self.stdout}\n  stderr: {self.stderr}"


class Runtime:
    """The program and what is known about it."""

    def __init__(self, path):
        self.path = str(path)
        text = subprocess.run([self.path, "--version"], capture_output=True, text=True, check=True).stdout
        self.version_text = text
        first = re.match(r"(\S+) version (\S+)", text)
        self.name = first.group(1) if first else "unknown"
        self.version = first.group(2) if first else "unknown"
        self.numbers = tuple(int(part) for part in re.findall(r"\d+", self.version)[:3])
        self.kind = "swiftainer" if self.name.startswith("swiftainer") else self.name

    @classmethod
    def from_environment(cls):
        default = REPOSITORY / "bin" / "swiftainer-oci"
        return cls(os.environ.get("SWIFTAINER_RUNTIME", default))

    def call(self, *arguments, root=None, stdin=None, cwd=None, env=None, timeout=TIMEOUT, **options):
        """Runs a command to its end with its output captured.

        Standard output and error must end with the command, so this is not for `create` or `--detach`:
        their payload keeps them open. `Container` has those.
        """
        command = self.command(*arguments, root=root)
        begin = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if isinstance(stdin, str) else stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="surrogateescape",
            cwd=cwd,
            env=env,
            start_new_session=True,
            **options,
        )
        try:
            stdout, stderr = process.communicate(stdin if isinstance(stdin, str) else None, timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(f"still running after {timeout} s: {' '.join(command)}")
        return Result(command, process.returncode, stdout, stderr, time.monotonic() - begin)

    def command(self, *arguments, root=None):
        prefix = [self.path]
        if root is not None:
            prefix += ["--root", str(root)]
        return prefix + [str(argument) for argument in arguments]
