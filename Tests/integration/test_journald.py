"""The log driver journald with the real journal."""

import itertools
import json
import os
import subprocess

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait

_numbers = itertools.count()  # the journal is one for all tests

pytestmark = pytest.mark.needs("systemd")


def entries(*matches):
    """The journal's entries of these fields, the earliest first."""
    done = subprocess.run(
        ["journalctl", "--no-pager", "-o", "json", *matches], capture_output=True, text=True, timeout=60
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def logged(engine, *words, flags=()):
    """A container that has ended; its name and its entries in the journal."""
    name = f"swt{os.getpid()}-{next(_numbers)}"
    result = engine("run", "--name", name, "--log-driver", "journald", *flags, engine.box, *words)
    assert result.code == 0, str(result)
    wait.until(lambda: entries(f"CONTAINER_NAME={name}"), "nothing in the journal")
    return name, entries(f"CONTAINER_NAME={name}")


def test_fields(engine):
    name, found = logged(engine, "sh", "-c", "echo out; echo err >&2", flags=["--log-opt", "tag=mine-{{.Name}}"])
    identifier = engine("inspect", "-f", "{{.Id}}", name).stdout.strip()
    wait.until(lambda: len(entries(f"CONTAINER_NAME={name}")) == 2, "two lines, two entries")
    found = {entry["MESSAGE"]: entry for entry in entries(f"CONTAINER_NAME={name}")}
    assert set(found) == {"out", "err"}
    assert (found["out"]["PRIORITY"], found["err"]["PRIORITY"]) == ("6", "3")
    for entry in found.values():
        assert entry["CONTAINER_ID"] == identifier[:12] and entry["CONTAINER_ID_FULL"] == identifier
        assert entry["CONTAINER_TAG"] == entry["SYSLOG_IDENTIFIER"] == f"mine-{name}"


def test_logs_reads_it_back(engine):
    name, _ = logged(engine, "sh", "-c", "for i in 1 2 3 4; do echo line $i; done; echo wrong >&2")
    wait.until(lambda: len(entries(f"CONTAINER_NAME={name}")) == 5, "five lines, five entries")
    result = engine("logs", name).succeeded()
    assert result.stdout.splitlines() == [f"line {i}" for i in range(1, 5)]
    assert result.stderr.splitlines() == ["wrong"]
    shown = engine("logs", "--tail", "2", name).succeeded()
    assert (shown.stdout, shown.stderr) == ("line 4\n", "wrong\n")


def test_long_line_and_bytes(engine):
    """Longer than a datagram of the journal's socket, and not text."""
    name, _ = logged(engine, "sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; echo; printf 'a\\377b\\n'")
    wait.until(lambda: engine("logs", name).stdout.endswith("b\n"), "the whole of it")
    done = engine("logs", name).succeeded().stdout
    assert done.startswith("x" * 300000 + "\n") and len(done) == 300001 + 4


def test_follow(engine):
    name = f"swt{os.getpid()}-follow"
    engine.up(
        "sh", "-c", "echo first; read line; echo second; exec sleep 1000", flags=["-i", "--name", name, "--log-driver", "journald"]
    )
    follower = engine.start("logs", "-f", name)
    assert follower.line() == "first"
    typed = engine.start("attach", name)
    typed.say("go\n")
    assert follower.line() == "second"
