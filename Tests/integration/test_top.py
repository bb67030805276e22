"""`swiftainer top`: a container's processes, in the words of the host's ps."""

import os
import subprocess

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait

pytestmark = pytest.mark.needs("ordinary-machine")


@pytest.fixture
def up(engine):
    identifier = engine.up("sh", "-c", "sleep 1001 & exec sleep 1002", flags=("--name", "target"))
    # The shell has both in its own line.
    wait.until(lambda: sorted(row[-1] for row in table(engine, identifier)[1]) == ["sleep 1001", "sleep 1002"], "both")
    return identifier


def table(engine, *words):
    result = engine("top", *words)
    assert result.code == 0, str(result)
    header, *rows = result.stdout.splitlines()
    return header.split(), [row.split(maxsplit=len(header.split()) - 1) for row in rows]


def test_columns_are_those_of_ps_ef(engine, up):
    header, rows = table(engine, "target")
    assert header == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    assert sorted(row[-1] for row in rows) == ["sleep 1001", "sleep 1002"]
    assert engine.pid(up) in [int(row[1]) for row in rows]


def test_columns_stand_below_their_titles(engine, up):
    lines = engine("top", "target").stdout.splitlines()
    assert lines[0].index("PID") == 20
    place = lines[0].index("CMD")
    assert all(line[place:].startswith("sleep") for line in lines[1:])


def test_options_of_ps(engine, up):
    header, rows = table(engine, "target", "-o", "pid,comm")
    assert header == ["PID", "COMMAND"]
    assert [row[1] for row in rows] == ["sleep", "sleep"]
    header, rows = table(engine, "target", "aux")
    assert header[:2] == ["USER", "PID"] and len(rows) == 2


def test_another_command_in_it_is_there(engine, up):
    assert engine("exec", "-d", "target", "sleep", "1003").code == 0
    assert "sleep 1003" in [row[-1] for row in table(engine, "target")[1]]


def test_paused(engine, up):
    assert engine("pause", "target").code == 0
    assert len(table(engine, "target")[1]) == 2
    assert engine("unpause", "target").code == 0


def test_not_running(engine):
    identifier = engine.up("true", flags=("--name", "ended"))
    assert engine("wait", "ended").code == 0
    result = engine("top", "ended")
    assert (result.code, result.stderr) == (1, f"swiftainer: container {identifier} is not running\n")


def test_no_such_container(engine):
    result = engine("top", "nobody")
    assert (result.code, result.stderr) == (1, "swiftainer: No such container: nobody\n")


def test_options_that_leave_no_pid(engine, up):
    result = engine("top", "target", "-o", "comm")
    assert result.code == 1 and "no column PID" in result.stderr


def test_no_ps(engine, up):
    result = engine("top", "target", environment={"PATH": "/nonexistent"})
    assert result.code == 1
    assert "ps: executable file not found" in result.stderr and "procps" in result.stderr


def test_no_word(engine):
    assert "a container is missing" in engine("top").stderr


def test_the_host_has_more(engine, up):
    """What is not the container's is left out."""
    mine = subprocess.run(["ps", "-ef"], capture_output=True, text=True).stdout
    assert str(os.getpid()) in mine
    assert len(table(engine, "target")[1]) == 2
