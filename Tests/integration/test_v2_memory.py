"""linux.resources.memory on cgroup v2: what the files say, and who is reclaimed, swapped out or killed."""

import os

import pytest

from harness import host
from harness.unified import Unified, stats, update

MIB = 1 << 20
pytestmark = pytest.mark.needs("v2-memory")


def limited(containers, *arguments, **memory):
    container = containers(*arguments)
    container.resources["memory"] = memory
    return container


class TestMaximum:
    def test_payload_is_killed(self, containers):
        container = limited(containers, "eat-memory", 96 * MIB, limit=24 * MIB, swap=24 * MIB)
        container.create().start()
        assert container.wait_exit() == 137
        assert Unified(container).table("memory.events")["oom_kill"] == 1
        assert container.status == "stopped"

    def test_exec_is_killed_until_the_limit_is_raised(self, containers):
        container = limited(containers, "pause", limit=32 * MIB, swap=32 * MIB).up()
        cgroup = Unified(container)
        assert cgroup.number("memory.max") == 32 * MIB
        assert container.exec("eat-memory", 96 * MIB).code == 137
        assert cgroup.table("memory.events")["oom_kill"] == 1
        assert container.status == "running"

        update(container, memory={"limit": 160 * MIB, "swap": 160 * MIB}).succeeded()
        assert cgroup.number("memory.max") == 160 * MIB
        assert container.exec("eat-memory", 96 * MIB).succeeded().record("eat-memory")["errno"] == 0
        assert cgroup.table("memory.events")["oom_kill"] == 1

        update(container, memory={"limit": -1}).succeeded()
        assert cgroup.text("memory.max") == "max"

    @pytest.mark.needs("swap")
    def test_lowered_below_what_is_used(self, containers):
        """Swap takes what has to go, and nobody is killed."""
        container = limited(containers, "eat-memory", 48 * MIB, "--", "pause", limit=96 * MIB, swap=-1).up()
        cgroup = Unified(container)
        assert cgroup.number("memory.current") >= 48 * MIB
        update(container, memory={"limit": 16 * MIB, "swap": -1}).succeeded()
        assert cgroup.number("memory.max") == 16 * MIB
        assert cgroup.number("memory.current") <= 16 * MIB
        assert cgroup.number("memory.swap.current") >= 24 * MIB
        assert container.status == "running"

    @pytest.mark.needs("check-before-update")
    def test_lowered_below_what_is_used_is_refused_on_demand(self, containers):
        container = limited(containers, "eat-memory", 48 * MIB, "--", "pause", limit=96 * MIB, swap=-1).up()
        result = update(container, memory={"limit": 16 * MIB, "swap": -1, "checkBeforeUpdate": True})
        assert "limit" in result.failed().stderr
        assert Unified(container).number("memory.max") == 96 * MIB


@pytest.mark.needs("swap")
class TestSwap:
    def test_what_fits_with_swap(self, containers):
        container = limited(
            containers, "eat-memory", 48 * MIB, "--", "pause", limit=24 * MIB, swap=88 * MIB
        ).up()
        cgroup = Unified(container)
        assert cgroup.number("memory.swap.max") == 64 * MIB
        assert cgroup.number("memory.swap.current") >= 20 * MIB
        assert cgroup.table("memory.events")["oom_kill"] == 0

    def test_more_swap_by_update(self, containers):
        container = limited(containers, "pause", limit=24 * MIB, swap=24 * MIB).up()
        cgroup = Unified(container)
        assert cgroup.number("memory.swap.max") == 0
        assert container.exec("eat-memory", 48 * MIB).code == 137
        update(container, memory={"limit": 24 * MIB, "swap": 88 * MIB}).succeeded()
        assert cgroup.number("memory.swap.max") == 64 * MIB
        assert container.exec("eat-memory", 48 * MIB).code == 0
        update(container, memory={"limit": 24 * MIB, "swap": -1}).succeeded()
        assert cgroup.text("memory.swap.max") == "max"


class TestHigh:
    """There is no field for it: `unified` names the file."""

    @pytest.mark.needs("swap", "unified")
    def test_payload_is_reclaimed(self, containers):
        container = containers("eat-memory", 64 * MIB, "--", "pause")
        container.resources["unified"] = {"memory.high": str(24 * MIB)}
        container.up()
        cgroup = Unified(container)
        assert cgroup.number("memory.high") == 24 * MIB
        events = cgroup.table("memory.events")
        assert events["high"] > 0
        assert events["oom_kill"] == 0
        # Not a wall as memory.max is: what was taken since the last reclaim may be above it.
        assert cgroup.number("memory.current") <= 32 * MIB
        assert cgroup.number("memory.swap.current") >= 28 * MIB

    @pytest.mark.needs("swap", "unified")
    def test_by_update(self, containers):
        container = containers.up("eat-memory", 64 * MIB)
        cgroup = Unified(container)
        assert cgroup.text("memory.high") == "max"
        update(container, unified={"memory.high": str(24 * MIB)}).succeeded()
        assert cgroup.number("memory.high") == 24 * MIB
        assert cgroup.number("memory.current") <= 32 * MIB
        assert cgroup.table("memory.events")["oom_kill"] == 0


class TestLow:
    @pytest.mark.needs("swap")
    def test_payload_is_spared(self, containers):
        """Two that together need more than their parent has: only the one without a reservation gives way."""
        spared, other = containers("eat-memory", 40 * MIB, "--", "pause"), containers("pause")
        parent = spared.cgroups_path
        for container in (spared, other):
            container.cgroups_path = f"{parent}/{container.id}"
            container.linux["cgroupsPath"] = container.cgroups_path
        spared.resources["memory"] = {"reservation": 48 * MIB}
        spared.up()
        other.up()
        assert Unified(spared).number("memory.low") == 48 * MIB
        (Unified(spared).folder.parent / "memory.max").write_text(str(80 * MIB))
        assert other.exec("eat-memory", 64 * MIB).code == 0
        assert Unified(spared).number("memory.swap.current") <= 4 * MIB
        assert Unified(spared).number("memory.current") >= 36 * MIB

    def test_by_update(self, containers):
        container = containers.up()
        update(container, memory={"reservation": 48 * MIB}).succeeded()
        assert Unified(container).number("memory.low") == 48 * MIB
        container.call("update", "--memory-reservation", 24 * MIB, container.id).succeeded()
        assert Unified(container).number("memory.low") == 24 * MIB


@pytest.mark.needs("events")
class TestStatistics:
    def test_agree_with_the_files(self, containers):
        container = limited(
            containers, "eat-memory", 16 * MIB, "--", "pause", limit=32 * MIB, swap=40 * MIB
        ).up()
        cgroup = Unified(container)
        container.call("pause", container.id).succeeded()
        memory = stats(container)["memory"]
        assert memory["usage"]["limit"] == 32 * MIB
        # Each processor keeps some charged pages in reserve, and gives them back whenever it likes.
        assert memory["usage"]["usage"] == pytest.approx(cgroup.number("memory.current"), abs=MIB)
        assert memory["usage"]["usage"] >= 16 * MIB
        assert memory["usage"]["failcnt"] == cgroup.table("memory.events")["max"]
        assert memory["raw"]["anon"] == cgroup.table("memory.stat")["anon"] >= 16 * MIB
        assert memory["swap"]["limit"] == 40 * MIB
        container.call("resume", container.id).succeeded()

    @pytest.mark.needs("oom-count")
    def test_kills_are_counted(self, containers):
        container = limited(containers, "pause", limit=32 * MIB, swap=32 * MIB).up()
        for kills in range(2):
            assert stats(container)["memory"]["event_count"]["oom_kill"] == kills
            assert container.exec("eat-memory", 96 * MIB).code == 137
        memory = stats(container)["memory"]
        assert memory["event_count"]["oom_kill"] == Unified(container).table("memory.events")["oom_kill"] == 2
        assert memory["usage"]["failcnt"] > 0
