"""`events`: what happened, and what happens while one looks."""

import json
import os
import re
import shutil
import signal
import time

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import config, host, wait
from harness.output import Output

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) container (\S+) ([0-9a-f]{64}) \((.*)\)")


OF_CONTAINERS = ("--filter", "type=container")
"""Those of the networks that they are in are told of as well."""


def past(engine, *flags):
    """What was until now."""
    return engine("events", "--since", "1h", "--until", "0s", *flags).succeeded().stdout.splitlines()


def life(engine, name="web"):
    engine("run", "--name", name, "--label", "role=front", engine.box, "true").succeeded()
    engine("rm", name).succeeded()


def test_a_life(engine):
    life(engine)
    found = [LINE.fullmatch(line) for line in past(engine, *OF_CONTAINERS)]
    assert [match.group(2) for match in found] == ["create", "start", "die", "destroy"]
    assert len({match.group(3) for match in found}) == 1
    assert found[0].group(4) == f"image={engine.box}, name=web, role=front"
    assert found[2].group(4) == f"exitCode=0, image={engine.box}, name=web, role=front"


def test_times(engine):
    life(engine, "one")
    time.sleep(0.01)
    between = time.time()
    life(engine, "two")
    names = lambda *flags: {json.loads(line)["Actor"]["Attributes"]["name"] for line in engine("events", "--format", "json", *OF_CONTAINERS, *flags).succeeded().stdout.splitlines()}  # noqa: E731, E501
    assert names("--since", "1h", "--until", f"{between:.6f}") == {"one"}
    assert names("--since", f"{between:.6f}", "--until", "0s") == {"two"}
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(between + 60))
    assert names("--since", stamp, "--until", "0s") == set()


def test_waits_for_the_end(engine):
    before = time.monotonic()
    until = f"{time.time() + 0.5:.3f}"
    assert engine("events", "--until", until).succeeded().stdout == ""
    assert time.monotonic() - before >= 0.45


def test_follows(engine):
    """From now on, and from the first event of all."""
    followed = engine.start("events", *OF_CONTAINERS, "--format", "{{.Action}} {{.Actor.Attributes.name}}")
    # It is watching when it has its descriptor.
    wait.until(lambda: watches(followed.pid), "it watches")
    life(engine)
    assert [followed.line() for _ in range(4)] == ["create web", "start web", "die web", "destroy web"]
    followed.signal(signal.SIGINT)
    assert followed.exit_code() == -signal.SIGINT


def watches(pid):
    from pathlib import Path

    try:
        return any("inotify" in entry.read_text() for entry in Path(f"/proc/{pid}/fdinfo").iterdir())
    except OSError:
        return False


def test_follows_over_rotation(engine):
    engine("create", "--name", "first", engine.box, "true").succeeded()
    followed = engine.start("events", "--since", "1h", "--format", "{{.Action}} {{.Actor.Attributes.name}}")
    assert followed.line() == "create first"
    file = engine.state / "~events" / "events.json"
    # As if a million bytes had been written since: the next event moves the file away.
    with open(file, "a") as log:
        log.write("\n" * (1 << 20))
    engine("create", "--name", "second", engine.box, "true").succeeded()
    assert followed.line() == "create second"
    assert not file.exists()
    engine("create", "--name", "third", engine.box, "true").succeeded()
    assert followed.line() == "create third"
    # Both files are there for whoever comes later.
    assert len(past(engine)) == 3


@pytest.mark.needs("ordinary-machine")
@pytest.mark.parametrize(
    "flags, expected",
    [
        (["event=die"], "die"),
        (["event=die", "event=start"], "start die"),
        (["type=network"], "create connect disconnect"),
        (["type=container", "event=create"], "create"),
        (["type=volume"], ""),
        (["container=web", "event=start"], "start"),
        (["container=nobody"], ""),
        (["label=role=front", "event=start"], "start"),
        (["label=role=back"], ""),
    ],
)
def test_filters(engine, flags, expected):
    life(engine)
    words = [word for text in flags for word in ("--filter", text)]
    assert [line.split()[2] for line in past(engine, *words)] == expected.split()


def test_json(engine):
    life(engine)
    event = json.loads(past(engine, "--format", "json", "-f", "event=die")[0])
    assert list(event) == ["status", "id", "from", "Type", "Action", "Actor", "scope", "time", "timeNano"]
    assert (event["status"], event["from"], event["Type"]) == ("die", str(engine.box), "container")
    assert event["Actor"]["Attributes"]["exitCode"] == "0" and event["timeNano"] // 10**9 == event["time"]


@pytest.mark.parametrize(
    "flags, code, text",
    [
        (["--since", "yesterday"], 1, "--since yesterday: not a time"),
        (["--filter", "colour=red"], 1, "unknown filter 'colour'"),
        (["--format", "{{.Nothing}}"], 64, "template parsing error"),
    ],
)
def test_bad_words(engine, flags, code, text):
    result = engine("events", "--until", "0s", *flags)
    assert (result.code, result.stdout) == (code, "") and text in result.stderr


@pytest.mark.parametrize("flags, state", [([], "exited"), (["--restart", "on-failure"], "restarting")])
def test_an_end_is_told_after_it_is_written_down(engine, flags, state):
    """Whoever hears of it and looks finds it so."""
    # Without a network: that it is left is told before.
    identifier = engine.up(flags=["--network", "none", *flags])
    file = engine.state / "~events" / "events.json"
    former = file.rename(file.with_name("former"))
    # Who tells of something waits until somebody listens.
    os.mkfifo(file)
    os.kill(engine.pid(identifier), signal.SIGKILL)
    try:
        wait.until(lambda: engine.status(identifier)["state"] == state, "its end is written down")
    finally:
        listener = Output(os.open(file, os.O_RDONLY | os.O_NONBLOCK))
        event = json.loads(listener.line())
        former.rename(file)
    assert event["action"] == "die"
    engine("rm", "-f", identifier).succeeded()
    listener.close()


@pytest.mark.needs("memory")
class TestOutOfMemory:
    FLAGS = ["-m", "32m", "--memory-swap", "32m"]
    PAYLOAD = ["probe", "eat-memory", str(256 << 20)]

    def is_told(self, engine, identifier):
        wait.until(lambda: engine.events("die"), "its end")
        template = "{{.State.ExitCode}} {{.State.OOMKilled}}"
        assert engine("inspect", "-f", template, identifier).succeeded().stdout == "137 true\n"
        assert past(engine, "--filter", "event=oom", "--filter", f"container={identifier}") != []

    def test_of_the_payload(self, engine):
        self.is_told(engine, engine.up(*self.PAYLOAD, flags=self.FLAGS))

    def test_before_the_launch_is_over(self, engine, scratch, rootfs):
        """A hook after the payload's start holds up the launch until the payload has been killed."""
        bundle, state, gate = scratch / "bundle", scratch / "hook-state", scratch / "gate"
        shutil.copytree(rootfs, bundle / "rootfs", symlinks=True)
        made = config.template("", ["/bin/probe", *self.PAYLOAD[1:]])
        del made["linux"]["cgroupsPath"]
        script = f"cat > {state}.new && mv {state}.new {state} && read go < {gate}"
        hook = {"path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/bin:/usr/bin"]}
        made["hooks"] = {"poststart": [hook]}
        (bundle / "config.json").write_text(json.dumps(made))
        os.mkfifo(gate)
        launch = engine.start("run", "-d", *self.FLAGS, bundle)
        wait.until(state.exists, "the hook's state")
        wait.for_death(json.loads(state.read_text())["pid"])
        gate.write_text("go\n")
        assert launch.exit_code() == 0
        self.is_told(engine, launch.line())

    def test_that_kills_nobody(self, engine):
        """Want of memory alone, where the kernel was told to have the payload wait."""
        if host.is_v2("memory"):
            pytest.skip("cgroup v2 knows no --oom-kill-disable")
        identifier = engine.up(*self.PAYLOAD, flags=[*self.FLAGS, "--oom-kill-disable"])
        wait.until(lambda: engine.events("oom"), "the want of memory")
        engine("kill", identifier).succeeded()
        wait.until(lambda: engine.events("die"), "its end")
        template = "{{.State.ExitCode}} {{.State.OOMKilled}}"
        assert engine("inspect", "-f", template, identifier).succeeded().stdout == "137 false\n"
