"""Many containers on one network, and as many as fit."""

import statistics
import subprocess

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import dns, host, network, wait
from network_fixtures import inside, made  # noqa: F401


def at_once(engine, commands, timeout=300):
    """Runs commands side by side; for each its exit code, what it said, and its errors."""
    started = [
        subprocess.Popen([str(engine.program), *map(str, words)], env=engine.environment, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for words in commands
    ]
    ends = [process.communicate(timeout=timeout) for process in started]
    return [(process.returncode, *end) for process, end in zip(started, ends)]


def run(engine, name, *flags):
    return ["run", "-d", "--name", name, "--network", "mynet", *flags, engine.box, "sleep", "1000"]


@pytest.mark.needs("ordinary-machine")
def test_thirty_two_at_once(engine, made, inside):
    """The first ones also make bridge and rules at once; each gets an address and a device of its own."""
    made("mynet", "--subnet", "10.66.0.0/24")
    ends = at_once(engine, [run(engine, f"one{number}") for number in range(32)])
    assert [end[0] for end in ends] == [0] * 32, ends
    leases = engine.leases("mynet")
    assert sorted(int(lease["ip4"].split(".")[3]) for lease in leases) == list(range(2, 34))
    for field in ("mac", "device"):
        assert len({lease[field] for lease in leases}) == 32
    for lease in leases:
        assert inside(lease["container"]).addresses() == [lease["ip4"] + "/24"]
    bridge = engine.networks()["mynet"]["bridge"]
    assert {one["ifname"] for one in network.ip("link", "show", "master", bridge)} == {one["device"] for one in leases}
    assert [end[0] for end in at_once(engine, [["rm", "-f", one] for one in engine.identifiers()])] == [0] * 32
    assert engine.leases("mynet") == []


def test_as_many_as_fit(engine, made):
    made("mynet", "--subnet", "10.66.7.0/29")
    ends = at_once(engine, [run(engine, f"one{number}") for number in range(7)])
    assert sorted(end[0] for end in ends) == [0] * 5 + [125] * 2
    full = "swiftainer: network mynet: no available IPv4 addresses in 10.66.7.0/29\n"
    assert [end[2] for end in ends if end[0]] == [full] * 2
    # Who was refused is a container all the same, and can have the next one's place.
    names = engine("ps", "-a", "--filter", "status=created", "--format", "{{.Names}}").stdout.split()
    assert len(names) == 2 and len(engine.leases("mynet")) == 5
    assert engine("start", names[0]).stderr == full
    running = engine("ps", "--format", "{{.Names}}").stdout.split()
    engine("rm", "-f", running[0]).succeeded()
    engine("start", names[0]).succeeded()
    # Those of the dead are nobody's.
    [monitor, *_] = [pid for pid, line in engine.processes() if line.startswith("swiftainer-monitor")]
    subprocess.run(["kill", "-9", str(monitor)], check=True)
    wait.for_death(monitor)
    engine("start", names[1]).succeeded()
    assert len(engine.leases("mynet")) == 5


def one_more(engine):
    """How many seconds another one takes to start; it is removed."""
    seconds = engine(*run(engine, "more")).succeeded().seconds
    engine("rm", "-f", "more").succeeded()
    return seconds


@pytest.mark.timeout(900)
@pytest.mark.skipif(host.is_test_machine(), reason="it would take a quarter of an hour there")
def test_two_hundred(engine, made):
    """All resolve each other, and the last one starts as fast as the first one."""
    made("mynet", "--subnet", "10.66.0.0/24")
    usual = lambda: statistics.median(one_more(engine) for _ in range(5))  # noqa: E731
    engine(*run(engine, "one0")).succeeded()
    first = usual()
    for begin in range(1, 200, 20):
        ends = at_once(engine, [run(engine, f"one{number}") for number in range(begin, min(begin + 20, 200))])
        assert all(end[0] == 0 for end in ends), ends
    leases = {lease["name"]: lease for lease in engine.leases("mynet")}
    assert len({lease["ip4"] for lease in leases.values()}) == 200
    for asking in ("one0", "one77", "one199"):
        pid = engine.pid(leases[asking]["container"])
        for asked in range(0, 200, 7):
            assert dns.addresses(pid, f"one{asked}") == [leases[f"one{asked}"]["ip4"]]
    last = usual()
    assert last < 3 * first + 0.5
    engine("rm", "-f", *engine.identifiers(), timeout=600).succeeded()
    assert engine.leases("mynet") == []
