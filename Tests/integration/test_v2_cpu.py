"""linux.resources.cpu on cgroup v2: how much processor time a payload gets, when, and on which processors."""

import os

import pytest

from harness import wait
from harness.unified import Unified, stats, update

PERIOD = 100_000
"""Microseconds."""


def spinning(containers, **cpu):
    container = containers("spin")
    container.resources["cpu"] = cpu
    container.create().start()
    container.output.record("spin")
    return container


@pytest.mark.needs("v2-cpu")
class TestMaximum:
    def test_payload_is_throttled(self, containers):
        container = spinning(containers, quota=20_000, period=PERIOD)
        cgroup = Unified(container)
        assert cgroup.text("cpu.max") == "20000 100000"
        self.stays_below(cgroup, 0.2)

        update(container, cpu={"quota": 8_000, "period": 40_000}).succeeded()
        assert cgroup.text("cpu.max") == "8000 40000"
        self.stays_below(cgroup, 0.2)

        update(container, cpu={"quota": 5_000, "period": PERIOD}).succeeded()
        assert cgroup.text("cpu.max") == "5000 100000"
        self.stays_below(cgroup, 0.05)

        # With a period, since crun takes a quota of -1 alone for no wish at all.
        update(container, cpu={"quota": -1, "period": PERIOD}).succeeded()
        assert cgroup.text("cpu.max") == "max 100000"
        wait.until(lambda: self.is_free(cgroup), "a period that is not throttled")

    def stays_below(self, cgroup, share):
        throttled = cgroup.table("cpu.stat")["nr_throttled"]
        cgroup.burns()  # what was saved up before is used up
        # The kernel keeps to it in the long run: one measurement may begin or end at a bad moment.
        wait.until(lambda: cgroup.usage_rate(1.5) < 1.6 * share, f"no more than {share} processors used")
        assert cgroup.table("cpu.stat")["nr_throttled"] > throttled

    def is_free(self, cgroup):
        before = cgroup.table("cpu.stat")
        cgroup.burns(2 * PERIOD)
        return cgroup.table("cpu.stat")["throttled_usec"] == before["throttled_usec"]

    @pytest.mark.needs("update-quota-alone")
    def test_unlimited_by_update(self, containers):
        container = containers("pause")
        container.resources["cpu"] = {"quota": 20_000, "period": 40_000}
        container.up()
        update(container, cpu={"quota": -1}).succeeded()
        assert Unified(container).text("cpu.max") == "max 40000"

    def test_exec_shares_the_quota(self, containers):
        container = containers("pause")
        container.resources["cpu"] = {"quota": 10_000, "period": PERIOD}
        container.up()
        result = container.exec("burn-cpu", 0.1, "--", "burn-cpu", 1.5).succeeded()
        # A process that became the payload by an exec has used some before.
        before, after = (record["usedMicroseconds"] for record in result.records)
        assert after - before < 400_000

    @pytest.mark.needs("cpu-burst")
    def test_burst(self, containers):
        """Who rested may use more than its quota for once: without a burst the kernel counts none."""
        container = containers(*["sleep", 0.3, "--", "burn-cpu", 0.15, "--"] * 12, "pause")
        container.resources["cpu"] = {"quota": 20_000, "period": PERIOD, "burst": 20_000}
        container.create().start()
        cgroup = Unified(container)
        assert cgroup.number("cpu.max.burst") == 20_000
        wait.until(lambda: cgroup.table("cpu.stat")["nr_bursts"] > 0, "a burst")

    @pytest.mark.needs("cpu-burst")
    def test_burst_by_update(self, containers):
        container = containers(*["sleep", 0.3, "--", "burn-cpu", 0.15, "--"] * 40, "pause")
        container.resources["cpu"] = {"quota": 20_000, "period": PERIOD}
        container.create().start()
        cgroup = Unified(container)
        wait.until(lambda: cgroup.table("cpu.stat")["nr_throttled"] > 0, "a throttled period")
        assert cgroup.table("cpu.stat")["nr_bursts"] == 0
        update(container, cpu={"burst": 20_000}).succeeded()
        assert cgroup.number("cpu.max.burst") == 20_000
        assert cgroup.text("cpu.max") == "20000 100000"
        wait.until(lambda: cgroup.table("cpu.stat")["nr_bursts"] > 0, "a burst")


@pytest.mark.needs("v2-cpu", "v2-cpuset")
class TestCompetition:
    """Two that spin on one processor."""

    def compete(self, containers, first, second):
        """The first one is deleted first: an idle one gets no processor, and so does not end, beside it."""
        cpu = str(max(os.sched_getaffinity(0)))
        return [Unified(spinning(containers, cpus=cpu, **asked)) for asked in (first, second)]

    def ratio(self, one, other):
        """Of the processor time that both got, from now until it is enough to judge by."""
        before = one.cpu_time, other.cpu_time
        used = lambda: (one.cpu_time - before[0], other.cpu_time - before[1])
        wait.until(lambda: sum(used()) > 1_200_000, "1.2 s of processor time")
        mine, theirs = used()
        return mine / max(1, theirs)

    def test_weight(self, containers):
        heavy, light = self.compete(containers, {"shares": 8192}, {"shares": 1024})
        expected = heavy.number("cpu.weight") / light.number("cpu.weight")
        assert expected > 4  # whatever the runtime's curve from shares to weights is
        wait.until(lambda: expected / 2 < self.ratio(heavy, light) < expected * 2, "a share as the weights are")

        update(heavy.container, cpu={"shares": 1024}).succeeded()
        assert heavy.number("cpu.weight") == light.number("cpu.weight")
        wait.until(lambda: 0.5 < self.ratio(heavy, light) < 2, "equal shares")

    @pytest.mark.needs("cpu-idle")
    def test_idle(self, containers):
        busy, idle = self.compete(containers, {}, {"idle": 1})
        assert (idle.number("cpu.idle"), busy.number("cpu.idle")) == (1, 0)
        assert self.ratio(idle, busy) < 0.2
        # It then waits until the other has caught up with what it was charged as an idle one: only the file tells.
        update(idle.container, cpu={"idle": 0}).succeeded()
        assert idle.number("cpu.idle") == 0

    @pytest.mark.needs("cpu-idle")
    def test_idle_by_update(self, containers):
        busy, idle = self.compete(containers, {}, {})
        assert 0.5 < self.ratio(idle, busy) < 2
        update(idle.container, cpu={"idle": 1}).succeeded()
        assert idle.number("cpu.idle") == 1
        assert self.ratio(idle, busy) < 0.2


@pytest.mark.needs("v2-cpuset", "two-cpus")
class TestPlacement:
    def test_cpus(self, containers):
        first, *_, last = sorted(os.sched_getaffinity(0))
        container = containers("status", "--", "pause")
        container.resources["cpu"] = {"cpus": str(last), "mems": "0"}
        container.create().start()
        cgroup = Unified(container)
        assert cgroup.text("cpuset.cpus") == cgroup.text("cpuset.cpus.effective") == str(last)
        assert cgroup.text("cpuset.mems") == cgroup.text("cpuset.mems.effective") == "0"
        assert container.output.record("status")["affinity"] == [last]
        assert container.exec("status").record("status")["affinity"] == [last]

        update(container, cpu={"cpus": str(first)}).succeeded()
        assert cgroup.text("cpuset.cpus") == str(first)
        assert os.sched_getaffinity(container.pid) == {first}
        assert container.exec("status").record("status")["affinity"] == [first]

        container.call("update", "--cpuset-cpus", f"{first},{last}", container.id).succeeded()
        assert os.sched_getaffinity(container.pid) == {first, last}

    def test_absent_processor_is_refused_and_changes_nothing(self, containers):
        last = max(os.sched_getaffinity(0))
        container = containers("pause")
        container.resources["cpu"] = {"cpus": str(last)}
        container.up()
        update(container, cpu={"cpus": "900"}).failed()
        assert Unified(container).text("cpuset.cpus") == str(last)
        assert os.sched_getaffinity(container.pid) == {last}


@pytest.mark.needs("v2-cpu", "events")
def test_statistics_agree_with_the_files(containers):
    container = spinning(containers, quota=5_000, period=20_000)
    cgroup = Unified(container)
    wait.until(lambda: cgroup.table("cpu.stat")["nr_throttled"] > 2, "three throttled periods")
    container.call("pause", container.id).succeeded()
    # A frozen container uses nothing, but periods are counted for a while.
    before, told, after = cgroup.table("cpu.stat"), stats(container)["cpu"], cgroup.table("cpu.stat")
    for value, key in (
        (told["usage"]["total"], "usage_usec"),
        (told["usage"]["user"], "user_usec"),
        (told["usage"]["kernel"], "system_usec"),
        (told["throttling"]["throttledTime"], "throttled_usec"),
    ):
        assert before[key] * 1000 <= value <= after[key] * 1000
    assert before["nr_periods"] <= told["throttling"]["periods"] <= after["nr_periods"]
    assert 2 < before["nr_throttled"] <= told["throttling"]["throttledPeriods"] <= after["nr_throttled"]
    assert told["usage"]["total"] > 0
    container.call("resume", container.id).succeeded()
