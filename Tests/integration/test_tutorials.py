"""The first hour of whoever follows a Docker tutorial: its commands, with `swiftainer` for `docker`."""

import re

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait
from harness.everyday import Tmux

SERVER = ["sh", "-c", "echo serving $ENV; while :; do sleep 0.1; done"]


@pytest.fixture
def terminal(engine):
    made = Tmux(engine.folder)
    for name in ("SWIFTAINER_DATA_ROOT", "SWIFTAINER_RUN_ROOT"):
        made.type(f"export {name}={engine.environment[name]}")
    made.type(f"alias swiftainer={engine.program}; clear")
    yield made
    made.close()


def lines(result):
    return result.succeeded().stdout.splitlines()


def test_foreground_and_its_end(engine):
    assert engine("run", engine.box, "echo", "hello").stdout == "hello\n"
    header, row = lines(engine("ps", "-a"))
    assert re.split(r"\s{2,}", header) == ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]
    assert "Exited (0)" in row and '"echo hello"' in row
    assert [line.split() for line in lines(engine("ps"))] == [header.split()]
    engine("run", engine.box, "false")
    assert "Exited (1)" in lines(engine("ps", "-a"))[1]


def test_detached_with_a_name_and_a_variable(engine):
    identifier = lines(engine("run", "-d", "--name", "flask-app", "-e", "ENV=production", engine.box, *SERVER))[0]
    row = lines(engine("ps"))[1]
    assert row.startswith(identifier[:12]) and row.endswith("flask-app") and re.search(r"Up (Less than a|\d+) second", row)
    assert engine("exec", "flask-app", "sh", "-c", "echo $ENV").stdout == "production\n"
    wait.until(lambda: engine("logs", "flask-app").stdout == "serving production\n", "the first line")


def test_stop_start_restart(engine):
    engine.up(*SERVER, flags=["--name", "flask-app", "--stop-timeout", "0"])
    assert lines(engine("stop", "flask-app")) == ["flask-app"]
    assert lines(engine("ps"))[1:] == []
    assert lines(engine("start", "flask-app")) == ["flask-app"]
    assert lines(engine("restart", "flask-app")) == ["flask-app"]
    assert "Up" in lines(engine("ps"))[1]


def test_a_shell_in_a_running_one(engine, terminal):
    engine.up(*SERVER, flags=["--name", "flask-app", "-h", "flask"])
    terminal.type("swiftainer exec -it flask-app /bin/sh")
    terminal.see("#")
    terminal.type("echo inside-$(hostname)")
    terminal.see("inside-flask")
    terminal.type("exit 7")
    # What is typed before the command has ended would be the container's.
    terminal.until(lambda: terminal.screen().splitlines()[-1] == Tmux.PROMPT.rstrip(), "the prompt")
    terminal.type("echo code=$?")
    terminal.see("code=7")
    assert "Up" in lines(engine("ps"))[1]


def test_an_interactive_one(engine, terminal):
    """A file that was written is still there after `start`, and not in another container."""
    terminal.type(f"swiftainer run -it --name one {engine.box} /bin/sh")
    terminal.see("#")
    terminal.type("echo kept > /test.txt; exit")
    wait.until(lambda: len(lines(engine("ps", "-a"))) == 2 and len(lines(engine("ps"))) == 1, "its end")
    assert "cat: can't open" in engine("run", "--rm", engine.box, "cat", "/test.txt").stderr
    engine("start", "one").succeeded()
    assert engine("exec", "one", "cat", "/test.txt").stdout == "kept\n"
    terminal.type("clear; swiftainer attach one")
    terminal.type("echo again-$((40+2))")
    terminal.see("again-42")
    terminal.press("C-p")
    terminal.press("C-q")
    # What is typed before it has let go is its own.
    terminal.until(lambda: terminal.screen().endswith(Tmux.PROMPT.rstrip()), "the prompt")
    terminal.type("echo code=$?")
    terminal.see("code=0")
    assert len(lines(engine("ps"))) == 2


def test_logs(engine):
    engine.up("sh", "-c", "seq 1 200; while :; do sleep 0.1; done", flags=["--name", "flask-app"])
    wait.until(lambda: len(lines(engine("logs", "flask-app"))) == 200, "all lines")
    assert lines(engine("logs", "--tail", "100", "flask-app")) == [str(number) for number in range(101, 201)]
    following = engine.start("logs", "-f", "--tail", "1", "flask-app")
    assert following.line() == "200"
    engine("stop", "-t", "0", "flask-app").succeeded()
    assert following.exit_code() == 0


def test_remove(engine):
    engine.up(*SERVER, flags=["--name", "flask-app"])
    taken = engine("run", "--name", "flask-app", engine.box, "true")
    assert taken.code == 125 and 'The container name "/flask-app" is already in use' in taken.stderr
    refused = engine("rm", "flask-app")
    assert refused.code == 1 and "container is running" in refused.stderr
    assert lines(engine("rm", "-f", "flask-app")) == ["flask-app"]
    assert lines(engine("ps", "-a"))[1:] == []


def test_restart_always_survives_a_crash(engine):
    identifier = engine.up("sh", "-c", "echo up; sleep 0.3; exit 1", flags=["--restart=always", "--name", "flask-app"])
    wait.until(lambda: engine.status(identifier)["restartCount"] >= 2, "two restarts")
    assert engine("logs", "flask-app").stdout.count("up") >= 2
    engine("rm", "-f", "flask-app").succeeded()


def test_health(engine):
    engine.up(
        "sh", "-c", "touch /well; while :; do sleep 0.1; done",
        flags=["--name", "flask-app", "--health-cmd", "test -e /well || exit 1", "--health-interval", "200ms",
               "--health-timeout", "5s", "--health-retries", "2",
               # Probes may begin before the payload has made the file.
               "--health-start-period", "30s", "--health-start-interval", "200ms"])

    def becomes(word):
        wait.until(lambda: f"({word})" in engine("ps").stdout, f"ps tells {word}")
        assert f'"Status":"{word}"' in engine("inspect", "--format={{json .State.Health}}", "flask-app").stdout

    becomes("healthy")
    engine("exec", "flask-app", "rm", "/well").succeeded()
    becomes("unhealthy")
    assert '"Status": "unhealthy"' in engine("inspect", "flask-app").stdout
    engine("exec", "flask-app", "touch", "/well").succeeded()
    becomes("healthy")


def test_limits_watched_in_stats(engine):
    engine.up("sh", "-c", "while :; do :; done", flags=["--name", "flask-app", "--memory=256m", "--cpus=0.5"])
    header, row = lines(engine("stats", "--no-stream", "flask-app"))
    assert re.split(r"\s{2,}", header.strip()) == [
        "CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS"]
    assert " / 256MiB" in row
    percent = float(re.search(r"([0-9.]+)%", row)[1])
    assert 0 < percent < 80, row


def test_many_at_once(engine):
    for number in range(3):
        engine.up(flags=["--name", f"app-{number}"])
    identifiers = lines(engine("container", "ls", "-a", "-q"))
    assert len(identifiers) == 3
    engine("container", "stop", "-t", "0", *identifiers).succeeded()
    engine("container", "rm", *identifiers).succeeded()
    assert lines(engine("container", "ls", "-a", "-q")) == []
