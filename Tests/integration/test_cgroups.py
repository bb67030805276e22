"""linux.resources: limits as the kernel holds them, in v1 or v2, and what they do to the payload."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from harness import host, wait
from harness.unified import Unified

MIB = 1 << 20


def disk():
    """Major and minor of a disk that can be throttled."""
    for device in sorted(Path("/sys/block").iterdir()):
        if device.name.startswith(("vd", "sd", "nvme", "xvd")):
            return tuple(map(int, (device / "dev").read_text().split(":")))
    return None


def huge_page():
    """A size of huge pages, in kibibytes and as the kernel calls it."""
    kib = int(next(Path("/sys/kernel/mm/hugepages").iterdir()).name.split("-")[1][:-2])
    return kib, f"{kib >> 20}GB" if kib >> 20 else f"{kib >> 10}MB"


class Limit:
    """A piece of linux.resources, and the file that then holds a value, per cgroup version."""

    def __init__(self, name, resources, controller, v1, v2):
        self.name, self.resources, self.controller, self.v1, self.v2 = name, resources, controller, v1, v2

    def check(self, container):
        file, expected = self.v2 if host.is_v2(self.controller) else self.v1
        assert (container.cgroup(self.controller) / file).read_text().split() == str(expected).split()


LIMITS = [
    Limit(
        "memory-limit",
        {"memory": {"limit": 64 * MIB}},
        "memory",
        ("memory.limit_in_bytes", 64 * MIB),
        ("memory.max", 64 * MIB),
    ),
    Limit(
        "memory-unlimited",
        {"memory": {"limit": -1}},
        "memory",
        ("memory.limit_in_bytes", 9223372036854771712),
        ("memory.max", "max"),
    ),
    Limit(
        "memory-reservation",
        {"memory": {"reservation": 32 * MIB}},
        "memory",
        ("memory.soft_limit_in_bytes", 32 * MIB),
        ("memory.low", 32 * MIB),
    ),
    Limit(
        "memory-swap",
        {"memory": {"limit": 64 * MIB, "swap": 128 * MIB}},
        "memory",
        ("memory.memsw.limit_in_bytes", 128 * MIB),
        ("memory.swap.max", 64 * MIB),
    ),
    Limit(
        "cpu-quota",
        {"cpu": {"quota": 50000, "period": 100000}},
        "cpu",
        ("cpu.cfs_quota_us", 50000),
        ("cpu.max", "50000 100000"),
    ),
    Limit(
        "cpu-period",
        {"cpu": {"quota": 20000, "period": 40000}},
        "cpu",
        ("cpu.cfs_period_us", 40000),
        ("cpu.max", "20000 40000"),
    ),
    Limit(
        "cpu-unlimited", {"cpu": {"quota": -1}}, "cpu", ("cpu.cfs_quota_us", -1), ("cpu.max", "max 100000")
    ),
    Limit("cpuset-cpus", {"cpu": {"cpus": "0"}}, "cpuset", ("cpuset.cpus", "0"), ("cpuset.cpus", "0")),
    Limit("cpuset-mems", {"cpu": {"mems": "0"}}, "cpuset", ("cpuset.mems", "0"), ("cpuset.mems", "0")),
    Limit("pids", {"pids": {"limit": 17}}, "pids", ("pids.max", 17), ("pids.max", 17)),
    Limit("pids-unlimited", {"pids": {"limit": -1}}, "pids", ("pids.max", "max"), ("pids.max", "max")),
]
V1_LIMITS = [
    Limit("swappiness", {"memory": {"swappiness": 10}}, "memory", ("memory.swappiness", 10), None),
    Limit("cpu-shares", {"cpu": {"shares": 512}}, "cpu", ("cpu.shares", 512), None),
]
BURST = Limit(
    "cpu-burst",
    {"cpu": {"quota": 50000, "period": 100000, "burst": 20000}},
    "cpu",
    ("cpu.cfs_burst_us", 20000),
    ("cpu.max.burst", 20000),
)
IDLE = Limit("cpu-idle", {"cpu": {"idle": 1}}, "cpu", ("cpu.idle", 1), ("cpu.idle", 1))


def name_of(limit):
    return limit.name


class TestLimits:
    @pytest.mark.parametrize("limit", LIMITS, ids=name_of)
    def test_at_create(self, containers, limit):
        if not host.has_controller(limit.controller):
            pytest.skip(f"this machine has no {limit.controller} controller")
        container = containers("pause")
        container.resources.update(limit.resources)
        limit.check(container.create())

    @pytest.mark.parametrize("limit", V1_LIMITS, ids=name_of)
    def test_of_v1_only(self, containers, limit):
        if host.is_v2(limit.controller) or not host.has_controller(limit.controller):
            pytest.skip(f"{limit.controller} is not on v1 here")
        container = containers("pause")
        container.resources.update(limit.resources)
        limit.check(container.create())

    @pytest.mark.needs("cpu", "cpu-burst")
    def test_burst(self, containers):
        container = containers("pause")
        container.resources.update(BURST.resources)
        BURST.check(container.create())

    @pytest.mark.needs("cpu", "cpu-idle")
    def test_idle(self, containers):
        container = containers("pause")
        container.resources.update(IDLE.resources)
        IDLE.check(container.create())

    @pytest.mark.needs("cpu")
    def test_shares_become_a_weight(self, containers):
        if not host.is_v2("cpu"):
            pytest.skip("cpu is on v1 here")
        container = containers("pause")
        container.resources["cpu"] = {"shares": 512}
        assert 1 <= int((container.create().cgroup("cpu") / "cpu.weight").read_text()) < 100

    @pytest.mark.needs("blkio")
    @pytest.mark.parametrize(
        "key, v1, v2",
        [
            ("throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps"),
            ("throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps"),
            ("throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops"),
            ("throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops"),
        ],
    )
    def test_throttling(self, containers, key, v1, v2):
        if not disk():
            pytest.skip("this machine has no disk that can be throttled")
        major, minor = disk()
        container = containers("pause")
        container.resources["blockIO"] = {key: [{"major": major, "minor": minor, "rate": 123456}]}
        container.create()
        if host.is_v2("io"):
            assert f"{v2}=123456" in (container.cgroup("io") / "io.max").read_text()
        else:
            assert (container.cgroup("blkio") / v1).read_text().strip() == f"{major}:{minor} 123456"

    @pytest.mark.needs("blkio")
    def test_weight(self, containers):
        container = containers("pause")
        container.resources["blockIO"] = {"weight": 300}
        result = container.try_create()
        names = ("blkio.weight", "blkio.bfq.weight", "io.weight", "io.bfq.weight")
        folder = container.cgroup("io" if host.is_v2("io") else "blkio")
        files = [folder / name for name in names if (folder / name).exists()]
        if result.code == 0:
            assert any(file.read_text().split()[-1] in ("300", "2930") for file in files)
        else:  # this kernel knows no weights
            assert files == []

    @pytest.mark.needs("hugetlb-limits")
    def test_huge_pages(self, containers):
        kib, size = huge_page()
        container = containers("pause")
        container.resources["hugepageLimits"] = [{"pageSize": size, "limit": kib << 10}]
        container.create()
        assert (container.cgroup("hugetlb") / f"hugetlb.{size}.max").read_text().strip() == str(kib << 10)

    @pytest.mark.needs("unified")
    def test_unified(self, containers):
        container = containers("pause")
        container.resources["unified"] = {"cgroup.max.descendants": "5"}
        container.create()
        folder = Path(host.hierarchies()["unified"] + container.cgroups_path)
        assert (folder / "cgroup.max.descendants").read_text().strip() == "5"

    def test_payload_is_a_member_everywhere(self, containers):
        container = containers("pause")
        for limit in LIMITS:
            if host.has_controller(limit.controller):
                for field, values in limit.resources.items():  # cpu and cpuset share a field
                    container.resources.setdefault(field, {}).update(values)
        container.create()
        for controller in {limit.controller for limit in LIMITS if host.has_controller(limit.controller)}:
            assert str(container.pid) in (container.cgroup(controller) / "cgroup.procs").read_text().split()

    @pytest.mark.parametrize(
        "resources, words",
        [
            ({"cpu": {"cpus": "4096"}}, ""),
            ({"cpu": {"cpus": "first"}}, ""),
            ({"cpu": {"quota": 1}}, ""),
            ({"cpu": {"quota": 1000, "period": 1}}, ""),
            ({"memory": {"limit": 64 * MIB, "swap": 32 * MIB}}, ""),
            ({"memory": {"swappiness": 1000}}, ""),
            ({"hugepageLimits": [{"pageSize": "3MB", "limit": 0}]}, ""),
            ({"blockIO": {"throttleReadBpsDevice": [{"major": 4000, "minor": 0, "rate": 1}]}}, ""),
            ({"network": {"classID": 1048577}}, ""),
            ({"network": {"priorities": [{"name": "nosuch0", "priority": 1}]}}, ""),
            ({"rdma": {"mlx5_1": {"hcaHandles": 3}}}, ""),
            ({"unified": {"no.such.file": "1"}}, ""),
        ],
        ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else "",
    )
    def test_what_cannot_be_applied_is_an_error(self, containers, runtime, resources, words):
        key = next(iter(resources))
        if runtime.kind == "runc" and key in ("network", "rdma", "hugepageLimits"):
            pytest.skip(f"runc {runtime.version} ignores {key} where the controller is missing")
        container = containers("exit", 0)
        container.resources.update(resources)
        container.run().failed()
        assert container.leftovers() == []


class TestEffect:
    @pytest.mark.needs("memory")
    def test_memory(self, containers):
        container = containers("eat-memory", 256 * MIB)
        container.resources["memory"] = {"limit": 32 * MIB, "swap": 32 * MIB}
        result = container.run()
        assert result.code == 137
        assert all(record["probe"] == "eaten" for record in result.records)

    @pytest.mark.needs("memory")
    def test_memory_that_suffices(self, containers):
        container = containers("eat-memory", 16 * MIB)
        container.resources["memory"] = {"limit": 64 * MIB}
        assert container.run().succeeded().record("eat-memory")["errno"] == 0

    @pytest.mark.needs("memory")
    def test_memory_of_an_exec_counts(self, containers):
        container = containers("pause")
        container.resources["memory"] = {"limit": 32 * MIB, "swap": 32 * MIB}
        container.up()
        assert container.exec("eat-memory", 256 * MIB).code == 137

    @pytest.mark.needs("memory")
    def test_small_limit_is_enough_to_start(self, containers):
        """The runtime's own memory must not be charged to the container."""
        container = containers("status")
        container.resources["memory"] = {"limit": 6 * MIB}
        container.run().succeeded()

    @pytest.mark.needs("pids")
    def test_pids(self, containers):
        container = containers("fork", 40)
        container.resources["pids"] = {"limit": 10}
        forked = container.run().succeeded().record("fork")
        assert forked["errno"] == "EAGAIN"
        assert len(forked["pids"]) <= 9

    @pytest.mark.needs("cpu")
    def test_cpu_quota(self, containers):
        container = containers("burn-cpu", 0.1, "--", "burn-cpu", 0.8)
        container.resources["cpu"] = {"quota": 10000, "period": 100000}
        # A process that became the payload by an exec has used some before.
        before, after = (record["usedMicroseconds"] for record in container.run().succeeded().records)
        assert after - before < 300_000

    @pytest.mark.needs("swiftainer", "cpu", "cpuset")
    @pytest.mark.skipif(host.kernel() < (6, 6), reason="a new weight makes no difference before the next turn")
    def test_who_starves_can_be_deleted(self, containers):
        """Nobody ends without processor time, not even by a KILL."""
        poor, rich = containers("spin"), containers("spin")
        for container, shares in ((poor, 2), (rich, 262_144)):
            container.resources["cpu"] = {"cpus": str(max(os.sched_getaffinity(0))), "shares": shares}
            container.create().start()
            container.output.record("spin")
        Unified(rich).burns(1_000_000)
        poor.delete("--force").succeeded()
        assert poor.leftovers() == []

    @pytest.mark.needs("cpuset")
    def test_cpuset(self, containers):
        last = max(os.sched_getaffinity(0))
        container = containers("status")
        container.resources["cpu"] = {"cpus": str(last)}
        assert container.run().succeeded().record("status")["affinity"] == [last]


ALLOWED = {
    "allow": True,
    "type": "c",
    "major": 240,
    "minor": 7,
    "access": "r",
}


class TestDevices:
    """A node without a driver answers ENXIO where the filter lets it pass, EPERM where it does not."""

    def access(self, containers, rules, *commands):
        container = containers("mknod", "/dev/it", "c", 240, 7, "--", *commands)
        container.resources["devices"] = rules
        return container.run().succeeded()

    def test_denied_by_default_rule(self, containers):
        result = self.access(containers, [{"allow": False, "access": "rwm"}], "open", "/dev/it", "r")
        assert result.record("mknod")["errno"] in (0, "EPERM")
        container = containers("open", "/dev/it", "r")
        container.linux["devices"] = [{"path": "/dev/it", "type": "c", "major": 240, "minor": 7}]
        assert container.run().succeeded().record("open")["errno"] == "EPERM"

    @pytest.mark.parametrize(
        "access, flags, expected",
        [
            ("r", "r", "ENXIO"),
            ("r", "w", "EPERM"),
            ("r", "rw", "EPERM"),
            ("w", "w", "ENXIO"),
            ("rw", "rw", "ENXIO"),
        ],
    )
    def test_access(self, containers, access, flags, expected):
        container = containers("open", "/dev/it", flags)
        container.linux["devices"] = [{"path": "/dev/it", "type": "c", "major": 240, "minor": 7}]
        container.resources["devices"].append({**ALLOWED, "access": access})
        assert container.run().succeeded().record("open")["errno"] == expected

    def test_mknod_needs_m(self, containers):
        """runc adds a rule by which any node may be made; used it may not be."""
        rules = [{"allow": False, "access": "rwm"}, {**ALLOWED, "access": "rwm"}]
        result = self.access(containers, rules, "open", "/dev/it", "r")
        assert result.record("mknod")["errno"] == 0
        assert result.record("open")["errno"] in ("ENXIO", "EACCES")  # EACCES: /dev is nodev

    def test_wildcard_minor(self, containers):
        container = containers("open", "/dev/it", "r")
        container.linux["devices"] = [{"path": "/dev/it", "type": "c", "major": 240, "minor": 7}]
        container.resources["devices"].append({"allow": True, "type": "c", "major": 240, "access": "rwm"})
        assert container.run().succeeded().record("open")["errno"] == "ENXIO"

    def test_block_and_character_are_apart(self, containers):
        container = containers("open", "/dev/it", "r")
        container.linux["devices"] = [{"path": "/dev/it", "type": "c", "major": 240, "minor": 7}]
        container.resources["devices"].append(
            {"allow": True, "type": "b", "major": 240, "minor": 7, "access": "rwm"}
        )
        assert container.run().succeeded().record("open")["errno"] == "EPERM"

    def test_all_allowed(self, containers):
        container = containers("open", "/dev/it", "rw")
        container.linux["devices"] = [{"path": "/dev/it", "type": "c", "major": 240, "minor": 7}]
        container.resources["devices"] = [{"allow": True, "access": "rwm"}]
        assert container.run().succeeded().record("open")["errno"] == "ENXIO"

    @pytest.mark.needs("device-exceptions")
    def test_later_rules_win(self, containers):
        container = containers("open", "/dev/it", "r", "--", "open", "/dev/other", "r")
        container.linux["devices"] = [
            {"path": "/dev/it", "type": "c", "major": 240, "minor": 7},
            {"path": "/dev/other", "type": "c", "major": 240, "minor": 8},
        ]
        container.resources["devices"] = [
            {"allow": True, "access": "rwm"},
            {"allow": False, "type": "c", "major": 240, "minor": 7, "access": "rwm"},
        ]
        result = container.run().succeeded()
        assert [record["errno"] for record in result.records] == ["EPERM", "ENXIO"]

    def test_default_devices_work_although_all_is_denied(self, containers):
        result = containers(
            "open", "/dev/null", "rw", "--", "open", "/dev/ptmx", "rw", "--", "open", "/dev/urandom", "r"
        )
        assert [record["errno"] for record in result.run().succeeded().records] == [0, 0, 0]

    def test_exec_is_filtered_too(self, containers):
        container = containers("pause")
        container.linux["devices"] = [{"path": "/dev/it", "type": "c", "major": 240, "minor": 7}]
        container.up()
        assert container.exec("open", "/dev/it", "r").succeeded().record("open")["errno"] == "EPERM"


class TestPath:
    @pytest.mark.needs("pids")
    def test_default_is_named_after_the_container(self, containers):
        container = containers("read", "/proc/self/cgroup")
        del container.linux["cgroupsPath"]
        text = container.run().succeeded().record("read")["text"]
        assert any(line.endswith(f"/{container.id}") for line in text.splitlines())
        for point in set(host.hierarchies().values()):
            assert not (Path(point) / container.id).exists()

    @pytest.mark.needs("pids")
    def test_several_levels(self, containers):
        container = containers("pause")
        container.cgroups_path += "/deep/er"
        container.linux["cgroupsPath"] = container.cgroups_path
        container.create()
        assert container.pids() == [container.pid]

    def test_what_the_payload_made_below_is_removed(self, containers):
        container = containers.up()
        for folder in container.cgroups():
            (folder / "below").mkdir()
            (folder / "below" / "deeper").mkdir()
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    def test_processes_below_are_killed(self, containers):
        container = containers.up("fork", 1)
        child = next(pid for pid in container.pids() if pid != container.pid)
        for folder in container.cgroups():
            (folder / "below").mkdir()
            try:
                (folder / "below" / "cgroup.procs").write_text(str(child))
            except OSError:
                pass  # a cpuset without cpus yet
        container.delete("--force").succeeded()
        assert not wait.is_alive(child)
        assert container.leftovers() == []

    @pytest.mark.needs("swiftainer")
    def test_cgroup_of_another_container(self, containers):
        """Refused, and the clean-up of the refused one leaves it alone."""
        first = containers.up()
        second = containers("pause")
        second.linux["cgroupsPath"] = first.linux["cgroupsPath"]
        assert "in use" in second.try_create().failed().stderr
        assert first.status == "running"


class TestUpdate:
    @pytest.mark.parametrize(
        "flags, limit",
        [
            (["--memory", str(64 * MIB)], LIMITS[0]),
            (["--memory-reservation", str(32 * MIB)], LIMITS[2]),
            (["--memory", str(64 * MIB), "--memory-swap", str(128 * MIB)], LIMITS[3]),
            (["--cpu-quota", "50000", "--cpu-period", "100000"], LIMITS[4]),
            (["--cpu-quota", "20000", "--cpu-period", "40000"], LIMITS[5]),
            (["--cpuset-cpus", "0"], LIMITS[7]),
            (["--cpuset-mems", "0"], LIMITS[8]),
            (["--pids-limit", "17"], LIMITS[9]),
            (["--cpu-share", "512"], V1_LIMITS[1]),
        ],
        ids=lambda value: "+".join(value[::2]) if isinstance(value, list) else value.name,
    )
    def test_flag(self, containers, flags, limit):
        if not host.has_controller(limit.controller) or (limit.v2 is None and host.is_v2(limit.controller)):
            pytest.skip(f"no {limit.controller} here")
        container = containers.up()
        container.call("update", *flags, container.id).succeeded()
        limit.check(container)

    @pytest.mark.needs("cpu", "cpu-burst")
    def test_burst_and_idle(self, containers):
        container = containers.up()
        container.call("update", "--cpu-quota", "50000", "--cpu-burst", "20000", container.id).succeeded()
        BURST.check(container)
        container.call("update", "--cpu-idle", "1", container.id).succeeded()
        IDLE.check(container)

    @pytest.mark.parametrize("how", ["file", "stdin", "equals"])
    @pytest.mark.needs("memory", "pids")
    def test_resources(self, containers, how):
        container = containers.up()
        text = json.dumps({"memory": {"limit": 64 * MIB}, "pids": {"limit": 17}})
        if how == "file":
            file = container.bundle / "resources.json"
            file.write_text(text)
            container.call("update", "--resources", file, container.id).succeeded()
        elif how == "stdin":
            container.call("update", "-r", "-", container.id, stdin=text).succeeded()
        else:
            container.call("update", "--resources=-", container.id, stdin=text).succeeded()
        LIMITS[0].check(container)
        LIMITS[9].check(container)

    @pytest.mark.needs("memory", "pids")
    def test_other_limits_stay(self, containers):
        container = containers("pause")
        container.resources.update({"pids": {"limit": 17}, "memory": {"limit": 64 * MIB}})
        container.up()
        container.call("update", "--cpu-quota", "50000", "--cpu-period", "100000", container.id).succeeded()
        for number in (0, 4, 9):
            LIMITS[number].check(container)

    @pytest.mark.needs("memory")
    def test_of_a_created_container(self, containers):
        container = containers("pause").create()
        container.call("update", "--memory", str(64 * MIB), container.id).succeeded()
        LIMITS[0].check(container)

    @pytest.mark.needs("pids")
    def test_of_a_paused_container_leaves_it_paused(self, containers):
        container = containers.up()
        container.call("pause", container.id).succeeded()
        container.call("update", "--pids-limit", "17", container.id).succeeded()
        LIMITS[9].check(container)
        assert container.status == "paused"
        container.call("resume", container.id).succeeded()

    @pytest.mark.parametrize(
        "flags",
        [
            ["--memory", "lots"],
            ["--memory", "-5x"],
            ["--cpu-quota", "1"],
            ["--cpuset-cpus", "9999"],
            ["--pids-limit", "many"],
            ["--no-such-flag", "1"],
            ["--resources", "/nowhere"],
        ],
        ids=" ".join,
    )
    def test_refused(self, containers, flags):
        container = containers.up()
        container.call("update", *flags, container.id).failed()
        assert container.status == "running"

    @pytest.mark.needs("memory", "cpu", "cpuset", "update-undone")
    def test_one_refused_limit_leaves_all_as_they_were(self, containers):
        """Those that the kernel has already taken are put back."""
        container = containers("pause")
        limits = {"memory": {"limit": 64 * MIB, "swap": 128 * MIB}, "cpu": {"cpus": "0", "shares": 256}}
        container.resources.update(limits)
        container.up()
        files = [
            container.cgroup(controller) / file
            for controller, *versions in [
                ("memory", ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"], ["memory.max", "memory.swap.max"]),
                ("cpu", ["cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us"], ["cpu.weight", "cpu.max"]),
                ("cpuset", ["cpuset.cpus"], ["cpuset.cpus"]),
            ]
            for file in versions[host.is_v2(controller)]
        ]
        before = [file.read_text() for file in files]
        for memory in (32 * MIB, 256 * MIB):
            refused = {
                "memory": {"limit": memory, "swap": 2 * memory},
                "cpu": {"shares": 512, "quota": 20000, "period": 40000, "cpus": "4000"},
            }
            result = container.call("update", "-r", "-", container.id, stdin=json.dumps(refused)).failed()
            assert "keeps its new value" not in result.stderr
            assert [file.read_text() for file in files] == before

    @pytest.mark.needs("cpu", "cpuset", "cpu-idle", "update-undone")
    @pytest.mark.parametrize("idle", [0, 1])
    def test_refused_limit_beside_a_change_of_idleness(self, containers, idle):
        """The kernel forgets the weight of what was idle for a moment, and takes none for what is."""
        container = containers("pause")
        container.resources["cpu"] = {"shares": 512, "idle": idle}
        container.up()
        names = ["cpu.idle", "cpu.weight" if host.is_v2("cpu") else "cpu.shares"]
        before = [(container.cgroup("cpu") / name).read_text() for name in names]
        refused = json.dumps({"cpu": {"idle": 1 - idle, "cpus": "4000"}})
        result = container.call("update", "-r", "-", container.id, stdin=refused).failed()
        assert "keeps its new value" not in result.stderr
        assert [(container.cgroup("cpu") / name).read_text() for name in names] == before

    @pytest.mark.needs("hugetlb-limits", "unified", "update-hugepages", "update-undone")
    def test_refused_limit_beside_one_of_a_controller_that_was_not_enabled(self, containers):
        container = containers("pause")
        # Where the parent has the controller, so has the container.
        container.cgroups_path += "/apart"
        container.linux["cgroupsPath"] = container.cgroups_path
        container.up()
        kib, size = huge_page()
        file = container.cgroup("hugetlb") / f"hugetlb.{size}.max"
        if host.is_v2("hugetlb") and file.exists():
            pytest.skip("on cgroup v2 alone every controller is enabled, for what is counted")
        refused = {
            "hugepageLimits": [{"pageSize": size, "limit": kib << 10}], "unified": {"cgroup.max.depth": "little"}
        }
        result = container.call("update", "-r", "-", container.id, stdin=json.dumps(refused)).failed()
        assert "cgroup.max.depth" in result.stderr
        if host.is_v2("hugetlb"):
            # Some kernels round down to whole pages what means no limit.
            limit = file.read_text().strip()
            assert limit == "max" or int(limit) > 1 << 60

    @pytest.mark.needs("memory", "cpuset", "update-undone")
    def test_refused_limit_on_a_hierarchy_that_was_not_joined(self, containers):
        """The next update still finds that it has to join it."""
        if host.is_v2("memory"):
            pytest.skip("cgroup v2 has one hierarchy")
        container = containers("pause")
        # Where the parent is on a hierarchy, so is the container.
        container.cgroups_path += "/apart"
        container.linux["cgroupsPath"] = container.cgroups_path
        container.up()
        folder = container.cgroup("memory")
        assert not folder.exists()
        bad = json.dumps({"memory": {"limit": 64 * MIB}, "cpu": {"cpus": "4000"}})
        container.call("update", "-r", "-", container.id, stdin=bad).failed()
        assert not folder.exists()
        container.call("update", "--memory", str(64 * MIB), container.id).succeeded()
        assert str(container.pid) in (folder / "cgroup.procs").read_text().split()
        LIMITS[0].check(container)

    def test_broken_json(self, containers):
        container = containers.up()
        container.call("update", "-r", "-", container.id, stdin='{"memory": ').failed()

    @pytest.mark.needs("memory")
    def test_limit_below_usage(self, containers):
        container = containers("eat-memory", 32 * MIB, "--", "pause")
        container.resources["memory"] = {"limit": 128 * MIB, "swap": 128 * MIB}
        container.up()
        text = json.dumps({"memory": {"limit": 4096, "swap": 128 * MIB}})
        result = container.call("update", "-r", "-", container.id, stdin=text)
        if not host.is_v2("memory"):
            assert re.search("busy|memory limit", result.failed().stderr)
            assert container.status == "running"


class TestFreeze:
    def test_kernel_says_frozen(self, containers):
        container = containers.up("fork", 2)
        container.call("pause", container.id).succeeded()
        unified = Path(
            host.hierarchies().get("unified", "/nowhere") + container.cgroups_path, "cgroup.events"
        )
        legacy = Path(host.hierarchies().get("freezer", "/nowhere") + container.cgroups_path, "freezer.state")
        states = []
        if unified.exists():
            states.append("frozen 1" in unified.read_text())
        if legacy.exists():
            states.append(legacy.read_text().strip() == "FROZEN")
        assert any(states)
        container.call("resume", container.id).succeeded()


class TestStatistics:
    @pytest.mark.needs("memory", "pids")
    def test_once(self, containers):
        container = containers("eat-memory", 8 * MIB, "--", "burn-cpu", 0.05, "--", "fork", 2, "--", "pause")
        container.resources["memory"] = {"limit": 64 * MIB}
        container.resources["pids"] = {"limit": 17}
        container.up()
        event = json.loads(container.call("events", "--stats", container.id).succeeded().stdout)
        assert event["type"] == "stats"
        assert event["id"] == container.id
        data = event["data"]
        assert data["memory"]["usage"]["limit"] == 64 * MIB
        assert data["memory"]["usage"]["usage"] >= 8 * MIB
        assert data["memory"]["raw"]
        assert (
            data["cpu"]["usage"]["total"] >= 1_000_000
        )  # nanoseconds; how much it got is the scheduler's affair
        assert data["pids"]["current"] == 3
        assert data["pids"]["limit"] == 17

    def test_stream(self, containers, runtime):
        container = containers.up()
        process = subprocess.Popen(
            runtime.command("events", "--interval", "100ms", container.id, root=container.root),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            for _ in range(2):
                assert json.loads(process.stdout.readline())["type"] == "stats"
            container.kill("KILL").succeeded()
            container.wait_exit()
            container.delete("--force")
        finally:
            process.terminate()
            process.wait(wait.PATIENCE)
            process.stdout.close()

    @pytest.mark.needs("memory")
    def test_out_of_memory(self, containers, runtime):
        container = containers("line", "--", "spawn", "/bin/probe", "eat-memory", 256 * MIB, "--", "pause")
        container.resources["memory"] = {"limit": 32 * MIB, "swap": 32 * MIB}
        container.create(stdin=True).start()
        process = subprocess.Popen(
            runtime.command("events", "--interval", "50ms", container.id, root=container.root),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert json.loads(process.stdout.readline())["type"] == "stats"  # it listens by now
            container.stdin.write(b"\n")
            container.stdin.flush()
            wait.until(lambda: json.loads(process.stdout.readline())["type"] == "oom", "an oom event")
        finally:
            process.terminate()
            process.wait(wait.PATIENCE)
            process.stdout.close()

    def test_of_a_stopped_container(self, containers):
        container = containers("exit", 0).create().start()
        container.wait_exit()
        container.call("events", "--stats", container.id, timeout=10).failed()
