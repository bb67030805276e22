"""The rest of linux.resources on cgroup v2: processes, huge pages, files by name, devices; and the core's own
abilities: freezing, killing all at once, handing a cgroup over to the payload."""


import pytest

from harness import host, wait
from harness.container import PROBE
from harness.unified import Unified, stats, update

MIB = 1 << 20


@pytest.mark.needs("v2-pids")
class TestPids:
    def test_fork_is_refused(self, containers):
        container = containers("fork", 60, "--", "pause")
        container.resources["pids"] = {"limit": 24}
        container.create().start()
        cgroup = Unified(container)
        assert cgroup.number("pids.max") == 24
        forked = container.output.record("fork")
        assert (forked["errno"], len(forked["pids"])) == ("EAGAIN", 23)
        container.output.record("pause")
        assert cgroup.number("pids.current") == 24
        assert cgroup.table("pids.events")["max"] >= 1

    def test_update(self, containers):
        container = containers.up()
        cgroup = Unified(container)
        assert cgroup.text("pids.max") == "max"
        update(container, pids={"limit": 24}).succeeded()
        assert cgroup.number("pids.max") == 24
        assert self.fork(container) == "EAGAIN"
        update(container, pids={"limit": 200}).succeeded()
        assert cgroup.number("pids.max") == 200
        assert self.fork(container) == 0
        update(container, pids={"limit": -1}).succeeded()
        assert cgroup.text("pids.max") == "max"

    def fork(self, container):
        """By an exec whose children stay: they keep its output open, which a runtime may wait for."""
        result = container.launch("exec", "--detach", container.id, PROBE, "fork", 60)
        try:
            assert result.code == 0, str(result)
            return result.output.record("fork")["errno"]
        finally:
            result.output.close()

    @pytest.mark.needs("events")
    def test_statistics_agree_with_the_files(self, containers):
        container = containers("fork", 3, "--", "pause")
        container.resources["pids"] = {"limit": 100}
        container.up()
        told = stats(container)["pids"]
        assert told["current"] == Unified(container).number("pids.current") == 4
        assert told["limit"] == 100


@pytest.mark.needs("v2-hugetlb", "huge-pages")
class TestHugePages:
    def limited(self, containers, pages, *arguments):
        container = containers(*arguments)
        container.resources["hugepageLimits"] = [{"pageSize": "2MB", "limit": pages * 2 * MIB}]
        return container

    def test_payload_gets_no_more(self, containers):
        container = self.limited(containers, 2, "huge-pages", 4, "--", "pause").create().start()
        cgroup = Unified(container)
        assert cgroup.number("hugetlb.2MB.max") == 4 * MIB
        found = container.output.record("huge-pages")
        assert found["got"] == 2
        assert cgroup.number("hugetlb.2MB.current") == 4 * MIB

    @pytest.mark.needs("huge-page-reservations")
    def test_excess_is_refused_and_no_bus_error(self, containers):
        container = self.limited(containers, 1, "huge-pages", 2).run().succeeded()
        found = container.record("huge-pages")
        assert (found["got"], found["errno"], found["bus"]) == (1, "ENOMEM", False)

    @pytest.mark.needs("update-hugepages")
    def test_update(self, containers):
        container = containers.up()
        limits = lambda pages: [{"pageSize": "2MB", "limit": pages * 2 * MIB}]
        update(container, hugepageLimits=limits(1)).succeeded()
        assert Unified(container).number("hugetlb.2MB.max") == 2 * MIB
        assert container.exec("huge-pages", 3).record("huge-pages")["got"] == 1
        update(container, hugepageLimits=limits(3)).succeeded()
        assert container.exec("huge-pages", 3).record("huge-pages")["got"] == 3

    @pytest.mark.needs("events")
    def test_statistics_agree_with_the_files(self, containers):
        container = self.limited(containers, 2, "huge-pages", 3, "--", "pause").up()
        told = stats(container)["hugetlb"]["2MB"]
        cgroup = Unified(container)
        assert told["usage"] == cgroup.number("hugetlb.2MB.current") == 4 * MIB
        assert told["failcnt"] == cgroup.table("hugetlb.2MB.events")["max"]


@pytest.mark.needs("v2-memory", "v2-pids", "unified")
class TestUnified:
    def test_any_file(self, containers):
        container = containers("fork", 60, "--", "pause")
        container.resources["unified"] = {
            "pids.max": "24",
            "memory.min": str(MIB),
            "memory.oom.group": "1",
            "cgroup.max.depth": "3",
        }
        container.up()
        cgroup = Unified(container)
        for name, value in container.resources["unified"].items():
            assert cgroup.text(name) == value
        assert cgroup.number("pids.current") == 24

    def test_group_is_killed_as_one(self, containers):
        container = containers("fork", 1, "--", "pause")
        container.resources["memory"] = {"limit": 32 * MIB, "swap": 32 * MIB}
        container.resources["unified"] = {"memory.oom.group": "1"}
        container.up()
        assert container.exec("eat-memory", 96 * MIB).code == 137
        assert container.wait_exit() == 137
        assert Unified(container).table("memory.events")["oom_group_kill"] == 1

    def test_wins_over_the_field(self, containers):
        container = containers("pause")
        container.resources["pids"] = {"limit": 17}
        container.resources["unified"] = {"pids.max": "18"}
        assert Unified(container.create()).number("pids.max") == 18

    @pytest.mark.needs("clean-failure")
    @pytest.mark.parametrize("name", ["memory.no-such", "nosuch.max", "pids.max/../../cgroup.procs", "max"])
    def test_what_is_no_file_is_refused(self, containers, name):
        container = containers("exit", 0)
        container.resources["unified"] = {name: "1"}
        container.run().failed()
        assert container.leftovers() == []

    def test_update(self, containers):
        container = containers.up()
        update(container, unified={"pids.max": "24", "memory.min": str(MIB)}).succeeded()
        assert Unified(container).number("pids.max") == 24
        assert Unified(container).number("memory.min") == MIB


@pytest.mark.needs("v2-pids")
class TestFreezer:
    def test_payload_makes_no_progress(self, containers):
        container = containers("fork", 1, "--", "spin").create().start()
        container.output.record("spin")
        cgroup = Unified(container)
        cgroup.burns()
        container.call("pause", container.id).succeeded()
        assert cgroup.number("cgroup.freeze") == cgroup.table("cgroup.events")["frozen"] == 1
        assert container.status == "paused"
        assert cgroup.usage_rate(0.3) == 0
        container.call("resume", container.id).succeeded()
        assert cgroup.number("cgroup.freeze") == cgroup.table("cgroup.events")["frozen"] == 0
        cgroup.burns()

    def test_answers_come_after_the_resumption(self, containers):
        container = containers("print", "ready", "--", "line", "--", "pause").create(stdin=True).start()
        assert container.output.line() == "ready"
        container.call("pause", container.id).succeeded()
        container.stdin.write(b"word\n")
        container.stdin.flush()
        with pytest.raises(AssertionError, match="said nothing more"):
            container.output.record("line", timeout=0.5)
        container.call("resume", container.id).succeeded()
        assert container.output.record("line")["text"] == "word"

    def test_frozen_container_is_killed(self, containers):
        container = containers.up("fork", 3)
        container.call("pause", container.id).succeeded()
        container.delete("--force").succeeded()
        assert container.leftovers() == []


@pytest.mark.needs("v2-pids")
class TestKill:
    def test_fork_bomb(self, containers):
        """It forks faster than a list of its processes could be read and signalled."""
        container = containers("fork-bomb")
        container.resources["pids"] = {"limit": 60}
        container.create().start()
        cgroup = Unified(container)
        wait.until(lambda: cgroup.table("pids.events")["max"] > 0, "a refused fork")
        container.delete("--force").succeeded()
        assert container.leftovers() == []
        assert not cgroup.folder.exists()

    @pytest.mark.needs("kill-without-pid-namespace")
    def test_fork_bomb_that_shares_the_hosts_pids(self, containers):
        """Here the death of the first process takes nobody with it."""
        container = containers("fork-bomb").without("pid")
        container.resources["pids"] = {"limit": 60}
        container.create().start()
        cgroup = Unified(container)
        wait.until(lambda: cgroup.table("pids.events")["max"] > 0, "a refused fork")
        container.delete("--force").succeeded()
        assert container.leftovers() == []


@pytest.mark.needs("v2-pids", "v2-memory")
class TestDelegation:
    """config-linux.md, "Cgroup ownership": a cgroup namespace, and cgroup2 mounted writable."""

    TOP = "/sys/fs/cgroup"

    def delegated(self, containers, *arguments, options=("rw", "nosuid", "nodev", "noexec")):
        container = containers(*arguments).map_users(100000)
        container.linux["namespaces"].append({"type": "cgroup"})
        return container.mount(self.TOP, "cgroup", "cgroup", options)

    @pytest.mark.needs("delegation")
    def test_root_of_a_user_namespace_makes_cgroups(self, containers):
        top, inner = self.TOP, f"{self.TOP}/inner"
        container = self.delegated(
            containers,
            *["mkdir", inner, "--", "write", f"{inner}/cgroup.procs", "0", "--"],
            *["write", f"{top}/cgroup.subtree_control", "+pids", "--"],
            *["write", f"{inner}/pids.max", "9", "--", "read", "/proc/self/cgroup", "--"],
            *["write", f"{top}/pids.max", "max", "--", "write", f"{top}/memory.max", "max", "--"],
            *["fork", "20", "--", "pause"],
        )
        container.resources["pids"] = {"limit": 100}
        container.create().start()
        cgroup = Unified(container)
        done = [container.output.record(name)["errno"] for name in ("mkdir", "write", "write", "write")]
        assert done == [0, 0, 0, 0]
        assert container.output.record("read")["text"] == "0::/inner\n"
        for _ in range(2):  # the limits above it are not its own
            assert container.output.record("write")["errno"] == "EACCES"
        forked = container.output.record("fork")
        assert (forked["errno"], len(forked["pids"])) == ("EAGAIN", 8)
        owners = {name: (cgroup.folder / name).stat().st_uid for name in ("cgroup.procs", "pids.max")}
        assert owners == {"cgroup.procs": 100000, "pids.max": 0}
        assert (cgroup.folder / "inner/pids.max").read_text() == "9\n"
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    @pytest.mark.needs("delegation")
    def test_exec_after_the_payload_has_moved(self, containers):
        """A cgroup that hands out controllers takes no processes: it goes where the first process is."""
        top, inner = self.TOP, f"{self.TOP}/inner"
        container = self.delegated(
            containers,
            *["mkdir", inner, "--", "write", f"{inner}/cgroup.procs", "0", "--"],
            *["write", f"{top}/cgroup.subtree_control", "+pids", "--", "pause"],
        ).up()
        found = container.exec("read", "/proc/self/cgroup").succeeded()
        assert found.record("read")["text"] == "0::/inner\n"

    @pytest.mark.needs("delegation-on-demand")
    def test_nothing_is_handed_over_where_it_is_mounted_read_only(self, containers):
        container = self.delegated(
            containers, "mkdir", f"{self.TOP}/inner", "--", "pause", options=("ro", "nosuid", "nodev", "noexec")
        )
        container.create().start()
        assert container.output.record("mkdir")["errno"] == "EROFS"
        assert Unified(container).folder.stat().st_uid == 0


@pytest.mark.needs("v2-pids")
class TestDevices:
    """There is no devices controller on v2: a program of the kernel decides. A node without a driver answers
    ENXIO where it lets the payload pass."""

    NODE = {"type": "c", "major": 240, "minor": 7}

    @pytest.mark.needs("update-devices")
    def test_update_denies_and_allows(self, containers):
        container = containers("pause")
        container.linux["devices"] = [{"path": "/dev/it", **self.NODE}]
        allow = {"allow": True, "access": "rwm", **self.NODE}
        deny = {"allow": False, "access": "rwm"}
        container.resources["devices"] = [deny, allow]
        container.up()
        assert self.open(container) == "ENXIO"
        update(container, devices=[deny]).succeeded()
        assert self.open(container) == "EPERM"
        update(container, devices=[deny, {**allow, "access": "r"}]).succeeded()
        assert (self.open(container, "r"), self.open(container, "w")) == ("ENXIO", "EPERM")
        update(container, pids={"limit": 100}).succeeded()  # which leaves the filter as it is
        assert (self.open(container, "r"), self.open(container, "w")) == ("ENXIO", "EPERM")

    def open(self, container, how="r"):
        return container.exec("open", "/dev/it", how).succeeded().record("open")["errno"]

    @pytest.mark.needs("scratch-disk")
    def test_disk_for_reading(self, containers):
        disk = host.device_number(host.scratch_disk())
        container = containers(
            *["read-disk", "/dev/scratch", 4096, 4096, "--", "write-disk", "/dev/scratch", 4096, 4096]
        )
        numbers = {"type": "b", "major": disk[0], "minor": disk[1]}
        container.linux["devices"] = [{"path": "/dev/scratch", **numbers}]
        container.resources["devices"].append({"allow": True, "access": "r", **numbers})
        read, written = container.run().succeeded().records
        assert (read["errno"], read["bytes"]) == (0, 4096)
        assert written["errno"] == "EPERM"
