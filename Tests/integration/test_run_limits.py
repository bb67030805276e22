"""`swiftainer run`: limits as the kernel has them, and as the payload experiences them."""

import os
import signal

import pytest

from harness import host
from harness.everyday import container_id
from run_fixtures import box, everyday  # noqa: F401


def cgroup_file(controller, name, v1, v2):
    """A limit as the kernel has it."""
    folder = host.cgroup_folder(controller, f"/swiftainer/{container_id(name)}")
    return (folder / (v2 if host.is_v2(controller) else v1)).read_text().strip()


class TestLimits:
    @pytest.mark.needs("memory")
    def test_memory_is_written(self, everyday):
        running = everyday.start("line", flags=["-m", "64m"])
        running.close_input()
        assert running.exit_code() == 0
        running = everyday.start("pause", flags=["-m", "64m", "--memory-swap", "96m"])
        running.record("pause")
        assert cgroup_file("memory", running.name, "memory.limit_in_bytes", "memory.max") == str(64 << 20)
        if not host.is_v2("memory"):
            assert cgroup_file("memory", running.name, "memory.memsw.limit_in_bytes", "") == str(96 << 20)
        self.end(everyday, running)

    @pytest.mark.needs("memory")
    def test_swap_is_as_much_again(self, everyday):
        if host.is_v2("memory"):
            pytest.skip("memory is on v2")
        running = everyday.start("pause", flags=["-m64m"])
        running.record("pause")
        assert cgroup_file("memory", running.name, "memory.memsw.limit_in_bytes", "") == str(128 << 20)
        self.end(everyday, running)

    @pytest.mark.needs("memory")
    def test_too_much_memory_kills(self, everyday):
        result = everyday.probe("eat-memory", 256 << 20, flags=["-m", "32m", "--memory-swap", "32m"])
        assert result.code == 137
        assert result.stderr == ""
        eaten = max((record["bytes"] for record in result.records if record["probe"] == "eaten"), default=0)
        assert eaten <= 32 << 20

    @pytest.mark.needs("memory")
    def test_enough_memory_does_not(self, everyday):
        assert everyday.probe("eat-memory", 8 << 20, flags=["-m", "32m"]).code == 0

    @pytest.mark.needs("memory")
    def test_only_a_child_is_killed(self, everyday):
        """The first process lives on and can tell."""
        script = f"probe eat-memory {128 << 20} > /dev/null; echo child $?"
        result = everyday.run("-m", "24m", "--memory-swap", "24m", everyday.box, "sh", "-c", script)
        assert result.code in (0, 137)
        if result.code == 0:
            assert "child 137" in result.stdout

    @pytest.mark.needs("cpu")
    def test_processor_time_is_written(self, everyday):
        running = everyday.start("pause", flags=["--cpus", "1.5"])
        running.record("pause")
        if host.is_v2("cpu"):
            assert cgroup_file("cpu", running.name, "", "cpu.max") == "150000 100000"
        else:
            assert cgroup_file("cpu", running.name, "cpu.cfs_quota_us", "") == "150000"
            assert cgroup_file("cpu", running.name, "cpu.cfs_period_us", "") == "100000"
        self.end(everyday, running)

    @pytest.mark.needs("cpu")
    def test_processor_time_is_felt(self, everyday):
        used = everyday.probe("burn-cpu", 1, flags=["--cpus", "0.2"]).record("burn-cpu")["usedMicroseconds"]
        assert 50_000 < used < 400_000

    @pytest.mark.needs("cpuset")
    def test_processors(self, everyday):
        last = max(os.sched_getaffinity(0))
        status = everyday.probe("status", flags=["--cpuset-cpus", last]).record("status")
        assert status["affinity"] == [last]

    @pytest.mark.needs("pids")
    def test_processes(self, everyday):
        forked = everyday.probe("fork", 20, flags=["--pids-limit", 8]).record("fork")
        assert forked["errno"] == "EAGAIN"
        assert len(forked["pids"]) == 7

    @pytest.mark.needs("pids")
    @pytest.mark.parametrize("value", ["-1", "0"])
    def test_no_limit_of_processes(self, everyday, value):
        running = everyday.start("pause", flags=["--pids-limit", value])
        running.record("pause")
        assert cgroup_file("pids", running.name, "pids.max", "pids.max") == "max"
        self.end(everyday, running)

    @pytest.mark.needs("memory")
    def test_finer_limits_of_memory(self, everyday):
        flags = ["-m", "64m", "--memory-reservation", "32m"]
        if not host.is_v2("memory"):
            flags += ["--memory-swappiness", "10", "--oom-kill-disable"]
        running = everyday.start("pause", flags=flags)
        running.record("pause")
        assert cgroup_file("memory", running.name, "memory.soft_limit_in_bytes", "memory.low") == str(32 << 20)
        if not host.is_v2("memory"):
            assert cgroup_file("memory", running.name, "memory.swappiness", "") == "10"
            assert "oom_kill_disable 1" in cgroup_file("memory", running.name, "memory.oom_control", "")
        self.end(everyday, running)

    @pytest.mark.needs("cpu")
    @pytest.mark.parametrize("flag", [["--cpu-shares", "512"], ["-c512"]])
    def test_shares(self, everyday, flag):
        running = everyday.start("pause", flags=[*flag, "--cpu-period", "50000", "--cpu-quota", "25000"])
        running.record("pause")
        if host.is_v2("cpu"):
            assert cgroup_file("cpu", running.name, "", "cpu.max") == "25000 50000"
        else:
            assert cgroup_file("cpu", running.name, "cpu.shares", "") == "512"
            assert cgroup_file("cpu", running.name, "cpu.cfs_quota_us", "") == "25000"
            assert cgroup_file("cpu", running.name, "cpu.cfs_period_us", "") == "50000"
        self.end(everyday, running)

    @pytest.mark.needs("cpuset")
    def test_memory_nodes(self, everyday):
        running = everyday.start("pause", flags=["--cpuset-mems", "0"])
        running.record("pause")
        assert cgroup_file("cpuset", running.name, "cpuset.mems", "cpuset.mems") == "0"
        self.end(everyday, running)

    @pytest.mark.needs("blkio")
    def test_rates_of_devices(self, everyday):
        devices = [path for path in ("/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/loop0") if os.path.exists(path)]
        if not devices:
            pytest.skip("no block device")
        device = devices[0]
        number = os.stat(device).st_rdev
        flags = [f"--device-{kind}={device}:{rate}" for kind, rate in RATES.items()]
        running = everyday.start("pause", flags=flags)
        running.record("pause")
        device = f"{os.major(number)}:{os.minor(number)}"
        if host.is_v2("io"):
            limits = f"{device} rbps=1048576 wbps=2097152 riops=30 wiops=40"
            assert cgroup_file("io", running.name, "", "io.max") == limits
        else:
            for kind, rate in RATES.items():
                value = {"1mb": 1 << 20, "2mb": 2 << 20}.get(rate, rate)
                file = f"blkio.throttle.{kind.replace('-', '_')}_device"
                assert cgroup_file("blkio", running.name, file, "") == f"{device} {value}"
        self.end(everyday, running)

    def test_shared_memory(self, everyday):
        found = everyday.probe("stat", "/dev/shm", flags=["--shm-size", "1m"]).record("stat")
        assert found["bytes"] == 1 << 20

    @staticmethod
    def end(everyday, running):
        running.signal(signal.SIGKILL)
        running.exit_code()
        everyday.remove(running.name)


RATES = {"read-bps": "1mb", "write-bps": "2mb", "read-iops": "30", "write-iops": "40"}
