"""Restart policies: what is started again, after how long, and what a person's word means to it."""

import datetime

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait


def moments(engine, action):
    return [event["time"] / 1e9 for event in engine.events(action)]


def ended(engine, identifier):
    return engine.status(identifier)["state"] == "exited"


def count(engine, identifier):
    return engine.status(identifier)["restartCount"]


def test_on_failure_so_often(engine):
    identifier = engine.up("false", flags=["--restart", "on-failure:3"])
    wait.until(lambda: ended(engine, identifier), "the last try")
    assert count(engine, identifier) == 3
    # What is so is told a moment later.
    wait.until(lambda: len(engine.events("die")) == 4, "the fourth end")
    assert len(engine.events("start")) == 4


def test_on_failure_is_content_with_success(engine):
    identifier = engine.up("true", flags=["--restart", "on-failure"])
    wait.until(lambda: ended(engine, identifier), "its end")
    assert count(engine, identifier) == 0


def test_waits_longer_each_time(engine):
    engine.up("false", flags=["--restart", "on-failure:4"])
    wait.until(lambda: len(engine.events("die")) == 5, "the last try")
    starts, ends = moments(engine, "start"), moments(engine, "die")
    pauses = [start - end for start, end in zip(starts[1:], ends)]
    # A busy machine may be late, never early.
    assert [pause >= least for pause, least in zip(pauses, (0.1, 0.2, 0.4, 0.8))] == [True] * 4, pauses


@pytest.mark.parametrize("policy", ["always", "unless-stopped"])
def test_restarts_after_success_too(engine, policy):
    identifier = engine.up("true", flags=["--restart", policy])
    wait.until(lambda: count(engine, identifier) >= 2, "two restarts")
    assert engine("stop", identifier).succeeded()
    assert ended(engine, identifier)
    before = len(engine.events("start"))
    assert engine("wait", identifier).stdout == "0\n"
    assert len(engine.events("start")) == before


def test_a_crash_is_survived(engine):
    """The payload is killed from outside: nobody has stopped it by hand."""
    import os
    import signal

    identifier = engine.up(flags=["--restart", "always"])
    first = engine.pid(identifier)
    os.kill(first, signal.SIGKILL)
    wait.until(lambda: engine.pid(identifier) not in (0, first), "a new payload")
    assert count(engine, identifier) == 1


def test_stop_calls_off_a_restart_that_is_due(engine):
    identifier = engine.up("false", flags=["--restart", "always"])
    wait.until(lambda: count(engine, identifier) >= 4, "a long wait")
    wait.until(lambda: engine.status(identifier)["state"] == "restarting", "the wait")
    engine("stop", identifier).succeeded()
    status = engine.status(identifier)
    assert status["state"] == "exited" and status["stoppedByHand"]
    wait.until(lambda: not list(engine.processes()), "the end of the monitor")
    # Of all starts and stops.
    assert engine.events("st")[-1]["action"] == "stop"


def test_kill_marks_it_as_stopped(engine):
    identifier = engine.up(flags=["--restart", "always"])
    engine("kill", identifier).succeeded()
    wait.until(lambda: ended(engine, identifier), "its end")
    assert count(engine, identifier) == 0


def test_kill_during_a_restart_does_not(engine):
    """Somebody is tired of waiting for the end of a payload that is to be started again."""
    import os
    import signal

    identifier = engine.up(flags=["--restart", "always"])
    first = engine.pid(identifier)
    restarting = engine.start("restart", "-t", "1000", identifier)
    wait.until(lambda: engine.events("kill"), "the stop signal")
    engine("kill", identifier).succeeded()
    assert restarting.exit_code() == 0
    second = engine.pid(identifier)
    assert second not in (0, first) and not engine.status(identifier)["stoppedByHand"]
    os.kill(second, signal.SIGKILL)
    wait.until(lambda: engine.pid(identifier) not in (0, second), "a restart")
    assert count(engine, identifier) == 1


def test_another_signal_does_not(engine):
    """`kill -s HUP` is a message, not a wish for its end."""
    identifier = engine.up_ready("probe", "handle-signals", "HUP", "--", "exit", "1", flags=["--restart", "always"])
    engine("kill", "-s", "HUP", identifier).succeeded()
    wait.until(lambda: count(engine, identifier) == 1 and engine.status(identifier)["state"] == "running", "a restart")


def test_start_by_hand_counts_anew(engine):
    identifier = engine.up("false", flags=["--restart", "on-failure:2"])
    wait.until(lambda: ended(engine, identifier), "the last try")
    assert engine("start", identifier).code == 0
    wait.until(lambda: len(engine.events("die")) == 6, "three more tries")
    wait.until(lambda: ended(engine, identifier), "the last try")
    assert count(engine, identifier) == 2


def test_wait_returns_at_each_end(engine):
    identifier = engine.up("sh", "-c", "sleep 0.3; exit 4", flags=["--restart", "always"])
    assert [engine("wait", identifier).stdout for _ in range(2)] == ["4\n", "4\n"]


def test_foreground_returns_at_the_first_end(engine):
    result = engine("run", "--name", "loop", "--restart", "always", engine.box, "sh", "-c", "echo x; exit 4")
    assert (result.code, result.stdout) == (4, "x\n")
    wait.until(lambda: len(engine.events("start")) >= 2, "it goes on")


def test_conflict_with_rm(engine):
    result = engine("run", "--rm", "--restart", "always", engine.box, "true")
    assert result.code == 125
    assert result.stderr.startswith("swiftainer: conflicting options: cannot specify both --restart and --rm")


def test_log_goes_on(engine):
    identifier = engine.up("sh", "-c", "echo once; exit 1", flags=["--restart", "on-failure:2"])
    wait.until(lambda: ended(engine, identifier), "the last try")
    log = (engine.data / "containers" / identifier / "log" / "container.log").read_text()
    assert log.count("once") == 3


def test_times_are_told(engine):
    identifier = engine.up("true")
    engine("wait", identifier)
    status = engine.status(identifier)
    started, finished = (
        datetime.datetime.fromisoformat(status[key][:26] + "+00:00") for key in ("startedAt", "finishedAt"))
    assert started <= finished <= datetime.datetime.now(datetime.timezone.utc)
