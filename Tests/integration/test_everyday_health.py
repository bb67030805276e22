"""Health checks: what probes find, what is made of it, and what follows."""

from engine_fixtures import box, engine  # noqa: F401
from harness import wait

FAST = ["--health-interval", "100ms", "--health-retries", "2"]
FILE = ["--health-cmd", "cat /well", *FAST]


def health(engine, identifier):
    return {"log": [], **engine.status(identifier)["health"]}


def becomes(engine, identifier, status):
    wait.until(lambda: health(engine, identifier)["status"] == status, f"it is {status}")


def container(engine):
    # Probes may begin before the payload has made the file.
    early = ["--health-start-period", "30s", "--health-start-interval", "100ms"]
    return engine.up("sh", "-c", "echo fine > /well; exec sleep 1000", flags=[*FILE, *early])


def test_until_the_first_probe(engine):
    identifier = engine.up(flags=["--health-cmd", "true", "--health-interval", "1h"])
    assert (health(engine, identifier)["status"], health(engine, identifier)["log"]) == ("starting", [])


def test_to_healthy_and_back(engine):
    identifier = container(engine)
    becomes(engine, identifier, "healthy")
    engine("exec", identifier, "rm", "/well").succeeded()
    becomes(engine, identifier, "unhealthy")
    found = health(engine, identifier)
    assert found["failingStreak"] >= 2 and len(found["log"]) <= 5
    assert found["log"][-1]["exitCode"] == 1 and "No such file" in found["log"][-1]["output"]
    engine("exec", identifier, "touch", "/well").succeeded()
    becomes(engine, identifier, "healthy")
    # The event follows the status.
    wait.until(lambda: len(engine.events("health_status")) == 3, "the third event")
    assert [event["action"] for event in engine.events("health_status")] == [
        "health_status: healthy", "health_status: unhealthy", "health_status: healthy"]


def test_first_probe_comes_after_an_interval(engine):
    identifier = engine.up(flags=["--health-cmd", "true", "--health-interval", "1s"])
    wait.until(lambda: health(engine, identifier)["log"], "a probe")
    status = engine.status(identifier)
    first, started = health(engine, identifier)["log"][0]["start"], status["startedAt"]
    seconds = lambda text: sum(float(part) * 60**place for place, part in enumerate(reversed(text[11:-1].split(":"))))  # noqa: E731
    assert (seconds(first) - seconds(started)) % 86400 >= 0.99


def test_too_slow(engine):
    identifier = engine.up(
        flags=["--health-cmd", "echo begun; sleep 100", "--health-timeout", "200ms", *FAST])
    becomes(engine, identifier, "unhealthy")
    last = health(engine, identifier)["log"][-1]
    assert (last["exitCode"], last["output"]) == (-1, "Health check exceeded timeout (200ms)")


def test_start_period_forgives(engine):
    identifier = engine.up(flags=[*FILE, "--health-start-period", "60s", "--health-start-interval", "100ms"])
    wait.until(lambda: len(health(engine, identifier)["log"]) == 5, "five failures")
    assert (health(engine, identifier)["status"], health(engine, identifier)["failingStreak"]) == ("starting", 0)


def test_output_is_cut(engine):
    identifier = engine.up(flags=["--health-cmd", "yes | head -c 100000", *FAST])
    wait.until(lambda: health(engine, identifier)["log"], "a probe")
    assert len(health(engine, identifier)["log"][0]["output"]) == 4096


def test_paused_is_not_probed(engine):
    identifier = container(engine)
    becomes(engine, identifier, "healthy")
    engine("pause", identifier).succeeded()
    before = health(engine, identifier)["log"][-1]["end"]
    # Each of these takes longer than an interval on any machine.
    for _ in range(3):
        assert engine("run", "--rm", engine.box, "sleep", "0.2").code == 0
    assert health(engine, identifier)["log"][-1]["end"] == before
    engine("unpause", identifier).succeeded()
    wait.until(lambda: health(engine, identifier)["log"][-1]["end"] > before, "the next probe")


def test_paused_and_then_told_to_end(engine):
    """The stop signal has it go on; one that survives it is probed again."""
    identifier = container(engine)
    becomes(engine, identifier, "healthy")
    engine("pause", identifier).succeeded()
    before = health(engine, identifier)["log"][-1]["end"]
    # Takes longer than an interval on any machine.
    assert engine("run", "--rm", engine.box, "sleep", "0.2").code == 0
    engine("kill", "-s", "TERM", identifier).succeeded()
    assert engine.status(identifier)["state"] == "running"
    wait.until(lambda: health(engine, identifier)["log"][-1]["end"] > before, "the next probe")


def test_restart_begins_anew(engine):
    identifier = container(engine)
    wait.until(lambda: len(health(engine, identifier)["log"]) == 5, "five probes")
    engine("restart", "-t", "0", identifier).succeeded()
    assert len(health(engine, identifier)["log"]) < 5
    becomes(engine, identifier, "healthy")


def test_none(engine):
    identifier = engine.up(flags=["--no-healthcheck"])
    assert "health" not in engine.status(identifier)


class TestReaction:
    def unwell(self, engine, reaction, *flags):
        return engine.up(flags=[*FILE, "--health-on-failure", reaction, "--stop-timeout", "0", *flags])

    def test_none(self, engine):
        identifier = self.unwell(engine, "none")
        becomes(engine, identifier, "unhealthy")
        assert engine.status(identifier)["state"] == "running"

    def test_kill(self, engine):
        identifier = self.unwell(engine, "kill")
        assert engine("wait", identifier).stdout == "137\n"

    def test_kill_and_a_policy(self, engine):
        identifier = self.unwell(engine, "kill", "--restart", "on-failure")
        wait.until(lambda: engine.status(identifier)["restartCount"] >= 1, "a restart")

    def test_stop(self, engine):
        identifier = self.unwell(engine, "stop", "--restart", "always")
        engine("wait", identifier)
        status = engine.status(identifier)
        assert (status["state"], status["stoppedByHand"]) == ("exited", True)

    def test_restart(self, engine):
        identifier = self.unwell(engine, "restart")
        wait.until(lambda: len(engine.events("start")) >= 2, "a restart")
        assert engine.status(identifier)["restartCount"] >= 1
