"""--systemd-cgroup: units that systemd makes, and limits that hold when it reloads its configuration."""

import json
import os
import signal
import subprocess
import time

import pytest

from harness import host, systemd, wait
from harness.systemd import SystemdContainer

pytestmark = pytest.mark.needs("systemd")

MIB = 1 << 20
SLICE = f"swt{os.getpid()}-inner.slice"


@pytest.fixture(autouse=True, scope="module")
def slices():
    yield
    systemd.call("stop", SLICE.split("-")[0] + ".slice")


@pytest.fixture
def units(containers):
    """A factory of containers in a slice of this session's own."""

    def make(*arguments):
        container = containers(*arguments)
        made = SystemdContainer(container, SLICE)
        containers.made[containers.made.index(container)] = made
        return made

    return make


def paused(units):
    return units("pause")


class TestUnit:
    def test_scope(self, units):
        container = paused(units).up()
        assert container.show("Slice", "Delegate", "ActiveState", "ControlGroup", "Transient") == {
            "Slice": SLICE,
            "Delegate": "yes",
            "ActiveState": "active",
            "ControlGroup": container.cgroups_path,
            "Transient": "yes",
        }
        assert container.folder.joinpath("cgroup.procs").read_text().split() == [str(container.pid)]

    def test_path_of_a_slice(self, units):
        container = paused(units).up()
        outer = SLICE.split("-")[0]
        assert container.cgroups_path == f"/{outer}.slice/{SLICE}/{container.unit}"

    def test_without_a_slice(self, units):
        container = paused(units).use("system.slice", "swt", "default")
        container.linux["cgroupsPath"] = ":swt:default"
        container.up()
        assert container.show("Slice") == "system.slice"

    @pytest.mark.needs("swiftainer")
    def test_without_a_path(self, units):
        container = paused(units).use("system.slice", "swiftainer", "x")
        container.unit = f"swiftainer-{container.id}.scope"
        container.cgroups_path = f"/system.slice/{container.unit}"
        del container.linux["cgroupsPath"]
        container.up()
        assert container.folder.is_dir()

    def test_two_in_a_slice(self, units):
        first, second = paused(units).up(), paused(units).up()
        first.delete("--force").succeeded()
        assert second.status == "running"
        assert second.folder.is_dir() and not first.folder.exists()

    @pytest.mark.needs("swiftainer")
    def test_a_slice_of_its_own(self, units):
        container = paused(units)
        container.unit = SLICE.replace("inner", "own")
        container.cgroups_path = systemd.expand(container.unit)
        container.linux["cgroupsPath"] = f"{SLICE}:ignored:{container.unit}"
        container.up()
        assert container.value("cgroup.procs") == str(container.pid)
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    def test_end_of_the_payload(self, units):
        """Nobody has to call `delete` for systemd to let go of the scope."""
        container = units("exit", 3).create().start()
        assert container.wait_exit() == 3
        container.wait_collected()
        assert container.status == "stopped"
        container.delete().succeeded()

    def test_run(self, units):
        container = units("status", "--", "exit", 7)
        assert container.run().code == 7
        assert container.leftovers() == []

    def test_cgroup_namespace(self, units):
        container = units("read", "/proc/self/cgroup")
        container.linux["namespaces"].append({"type": "cgroup"})
        assert container.run().succeeded().record("read")["text"].splitlines()[-1] == "0::/"

    def test_writable_cgroup_of_a_user_namespace(self, units):
        """The payload may make cgroups of its own in its delegated scope; they go with it."""
        container = units("pause").map_users()
        container.linux["namespaces"].append({"type": "cgroup"})
        container.mount("/sys/fs/cgroup", "cgroup", "cgroup", options=())
        container.up()
        assert container.folder.stat().st_uid == 100000
        (container.folder / "inner" / "leaf").mkdir(parents=True)
        container.delete("--force").succeeded()
        assert container.leftovers() == []


class TestLimits:
    RESOURCES = {
        "memory": {"limit": 64 * MIB, "reservation": 32 * MIB, "swap": 96 * MIB},
        "cpu": {"shares": 2048, "quota": 30000, "period": 60000, "cpus": "0", "mems": "0"},
        "pids": {"limit": 17},
    }
    FILES = {
        "memory.max": str(64 * MIB),
        "memory.low": str(32 * MIB),
        "cpu.max": "30000 60000",
        "cpuset.cpus": "0",
        "cpuset.mems": "0",
        "pids.max": "17",
    }
    PROPERTIES = {
        "MemoryMax": str(64 * MIB),
        "MemoryLow": str(32 * MIB),
        "CPUQuotaPerSecUSec": "500ms",
        "CPUQuotaPeriodUSec": "60ms",
        "AllowedCPUs": "0",
        "AllowedMemoryNodes": "0",
        "TasksMax": "17",
    }

    pytestmark = [pytest.mark.needs(name) for name in ("v2-memory", "v2-cpu", "v2-cpuset", "v2-pids")]

    @staticmethod
    def files(container, names):
        return {name: container.value(name) for name in names}

    def limited(self, units, *arguments):
        container = units(*(arguments or ["pause"]))
        container.resources.update(json.loads(json.dumps(self.RESOURCES)))
        return container

    def test_files_and_properties(self, units):
        container = self.limited(units).up()
        assert self.files(container, self.FILES) == self.FILES
        assert container.show(*self.PROPERTIES) == self.PROPERTIES
        weight = container.value("cpu.weight")
        assert container.show("CPUWeight") == weight

    def test_daemon_reload_keeps_them(self, units):
        container = self.limited(units).up()
        before = self.files(container, [*self.FILES, "cpu.weight"])
        assert systemd.call("daemon-reload").returncode == 0
        # An unrelated change has systemd write everything anew.
        assert systemd.call("set-property", "--runtime", container.unit, "MemoryHigh=60M").returncode == 0
        assert container.value("memory.high") == str(60 * MIB)
        assert self.files(container, [*self.FILES, "cpu.weight"]) == before

    @pytest.mark.needs("swiftainer")
    def test_fraction_of_a_percent(self, units):
        """systemd keeps whole percents; the kernel has what was asked for, and after a reload never less."""
        container = paused(units)
        container.resources["cpu"] = {"quota": 12345, "period": 100000}
        container.up()
        assert container.value("cpu.max") == "12345 100000"
        assert container.show("CPUQuotaPerSecUSec") == "130ms"

    def test_unified(self, units):
        container = paused(units)
        container.resources["unified"] = {"memory.high": str(50 * MIB), "pids.max": "13", "cpu.weight": "77"}
        container.up()
        assert systemd.call("daemon-reload").returncode == 0
        assert systemd.call("set-property", "--runtime", container.unit, "MemoryLow=1M").returncode == 0
        assert self.files(container, ["memory.high", "pids.max", "cpu.weight"]) == {
            "memory.high": str(50 * MIB),
            "pids.max": "13",
            "cpu.weight": "77",
        }
        assert container.show("MemoryHigh") == str(50 * MIB)

    def test_memory_is_limited(self, units):
        container = units("eat-memory", 200 * MIB)
        container.resources["memory"] = {"limit": 40 * MIB, "swap": 40 * MIB}
        assert container.run().code == 137

    @pytest.mark.needs("swiftainer")
    def test_one_process(self, units):
        """The placeholder that holds the scope is not counted against the payload, nor is there room for another."""
        container = paused(units)
        container.resources["pids"] = {"limit": 1}
        container.up()
        assert container.value("pids.max") == "1"
        assert container.value("pids.current") == "1"
        assert container.show("TasksMax") == "1"

    @pytest.mark.needs("swiftainer")
    def test_one_process_and_a_user_namespace(self, units):
        """The init forks here, with the placeholder gone."""
        container = paused(units).map_users()
        container.resources["pids"] = {"limit": 2}
        container.up()
        assert container.value("pids.current") == "1"

    def test_update(self, units):
        container = self.limited(units).up()
        container.call(
            "update", "--memory", 80 * MIB, "--memory-swap", 90 * MIB, "--pids-limit", 21, "--cpu-quota", 24000,
            container.id,
        ).succeeded()
        expected = {"memory.max": str(80 * MIB), "pids.max": "21", "cpu.max": "24000 60000"}
        assert self.files(container, expected) == expected
        assert container.show("MemoryMax", "TasksMax", "CPUQuotaPerSecUSec", "MemoryLow") == {
            "MemoryMax": str(80 * MIB),
            "TasksMax": "21",
            "CPUQuotaPerSecUSec": "400ms",
            "MemoryLow": str(32 * MIB),
        }
        assert systemd.call("daemon-reload").returncode == 0
        assert systemd.call("set-property", "--runtime", container.unit, "MemoryHigh=60M").returncode == 0
        assert self.files(container, expected) == expected

    def test_bad_update(self, units):
        container = self.limited(units).up()
        names = ["memory.max", "memory.swap.max", "cpu.max", "pids.max"]
        before = self.files(container, names)
        properties = container.show("MemoryMax", "TasksMax", "CPUQuotaPerSecUSec")
        bad = ["--memory", 80 * MIB, "--memory-swap", 90 * MIB, "--cpu-quota", 24000, "--cpuset-cpus", "4000"]
        container.call("update", *bad, container.id).failed()
        assert self.files(container, names) == before
        assert container.show(*properties) == properties
        assert systemd.call("daemon-reload").returncode == 0
        assert self.files(container, names) == before
        assert container.status == "running"

    @pytest.mark.needs("v2-hugetlb")
    def test_limit_that_systemd_does_not_know(self, units):
        size = host.sysfs("kernel/mm/hugepages")[0].name
        kilobytes = int(size.removeprefix("hugepages-").removesuffix("kB"))
        name = f"{kilobytes // 1024}MB" if kilobytes < 1 << 20 else f"{kilobytes >> 20}GB"
        container = paused(units)
        container.resources["hugepageLimits"] = [{"pageSize": name, "limit": kilobytes << 10}]
        container.up()
        assert container.value(f"hugetlb.{name}.max") == str(kilobytes << 10)
        assert systemd.call("daemon-reload").returncode == 0
        assert container.value(f"hugetlb.{name}.max") == str(kilobytes << 10)


class TestVerbs:
    def test_exec(self, units):
        container = paused(units).up()
        process = subprocess.Popen(
            container.runtime.command("exec", container.id, "/bin/probe", "pause", root=container.root),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        assert len(container.value("cgroup.procs").split()) == 2
        container.delete("--force").succeeded()
        process.wait(30)
        process.stdin.close()
        process.stdout.close()

    def test_pause(self, units):
        container = paused(units).up()
        container.call("pause", container.id).succeeded()
        assert container.status == "paused"
        assert systemd.call("daemon-reload").returncode == 0
        assert container.value("cgroup.freeze") == "1"
        container.call("resume", container.id).succeeded()
        assert container.status == "running"

    def test_delete_of_a_paused_one(self, units):
        container = paused(units).up()
        container.call("pause", container.id).succeeded()
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    def test_delete_of_a_created_one(self, units):
        container = paused(units).create()
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    def test_kill_all(self, units):
        container = paused(units).without("pid").up()
        container.kill("KILL", "--all").succeeded()
        assert container.wait_exit() == 128 + signal.SIGKILL
        container.delete().succeeded()
        assert container.leftovers() == []

    def test_state_keeps_who_made_it(self, units):
        container = paused(units).up()
        state = json.loads((container.root / container.id / "state.json").read_text())
        assert state.get("systemd") or state["config"]["cgroups"]["Systemd"]

    @pytest.mark.needs("swiftainer")
    def test_features(self, runtime):
        features = json.loads(runtime.call("features").succeeded().stdout)
        assert features["linux"]["cgroup"]["systemd"] is True
        assert "org.systemd.property." in features["potentiallyUnsafeConfigAnnotations"]

    @pytest.mark.needs("swiftainer")
    def test_debug_tells_of_it(self, units, scratch):
        container = units("exit", 0)
        container.write_config()
        container.call(
            "--debug", "--log", scratch / "log", "--systemd-cgroup", "run", "--bundle", container.bundle, container.id
        ).succeeded()
        assert "swiftainer-systemd" in (scratch / "log").read_text()


class TestAnnotations:
    def test_properties(self, units):
        container = paused(units).annotate(
            Description="'my text'", TimeoutStopUSec="uint64 7000000", CollectMode="'inactive'",
            IPAccounting="true", Before="['shutdown.target']", KillMode="'mixed'",
        ).up()
        assert container.show(
            "Description", "TimeoutStopUSec", "CollectMode", "IPAccounting", "Before", "KillMode"
        ) == {
            "Description": "my text",
            "TimeoutStopUSec": "7s",
            "CollectMode": "inactive",
            "IPAccounting": "yes",
            "Before": "shutdown.target",
            "KillMode": "mixed",
        }

    def test_seconds(self, units):
        container = paused(units).annotate(TimeoutStopSec="2.0").up()
        assert container.show("TimeoutStopUSec") == "2s"

    @pytest.mark.parametrize(
        "name, text, words",
        [
            ("CollectMode", "inactive", "org.systemd.property.CollectMode"),
            ("TimeoutStopUSec", "uint64 'a'", "org.systemd.property.TimeoutStopUSec"),
            ("A", "true", "org.systemd.property.A"),
            ("NoSuchProperty", "true", "NoSuchProperty"),
            ("CollectMode", "'nonsense'", ""),
            ("CollectMode", "uint64 5", ""),
        ],
    )
    def test_mistakes(self, units, name, text, words):
        container = paused(units).annotate(**{name: text})
        result = container.try_create().failed()
        assert words in result.stderr
        assert container.leftovers() == []

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize("name", ["Delegate", "PIDs", "Slice"])
    def test_what_the_runtime_decides(self, units, name):
        container = paused(units).annotate(**{name: "true"})
        assert f"org.systemd.property.{name}" in container.try_create().failed().stderr

    @pytest.mark.needs("swiftainer")
    def test_failed_unit_goes_with_delete(self, units):
        """It would stay for people to look at, and stand in the way of the next one of its name."""
        container = paused(units).annotate(
            CollectMode="'inactive'", RuntimeMaxUSec="uint64 3000000", TimeoutStopUSec="uint64 300000"
        )
        container.up()
        wait.until(lambda: container.show("ActiveState") == "failed", "the unit's failure")
        container.wait_exit()
        container.delete().succeeded()
        assert container.leftovers() == []


class TestNames:
    @pytest.mark.parametrize(
        "path",
        [
            "/kubepods/pod1",
            "a.slice:b",
            "a.slice:b:c:d",
            "no-slice:b:c",
            "a--b.slice:p:n",
            "../../x.slice:p:n",
            "system.slice:p:../../etc",
            "system.slice:p:a/b",
            "system.slice:p:a b",
            "system.slice:p@q:a",
            "system.slice:p:a\nb",
            "system.slice:p:" + "x" * 300,
        ],
    )
    def test_refused(self, units, path):
        container = paused(units)
        container.linux["cgroupsPath"] = path
        result = container.try_create().failed()
        if container.runtime.kind == "swiftainer":
            assert "linux.cgroupsPath" in result.stderr
        assert container.leftovers() == []

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize("prefix", ["memory.max", "io"])
    def test_folder_that_depends_on_the_version(self, units, prefix):
        """systemd marks some names in its folders, and which has changed."""
        container = paused(units)
        container.linux["cgroupsPath"] = f"system.slice:{prefix}.x:a"
        assert "linux.cgroupsPath" in container.try_create().failed().stderr
        assert container.leftovers() == []

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize("prefix, name", [("cgroup.x", "y"), ("_a", "b")])
    def test_like_files_of_cgroupfs(self, units, prefix, name):
        container = paused(units).use(SLICE, prefix, name)
        container.cgroups_path = f"{systemd.expand(SLICE)}/_{container.unit}"
        container.up()
        assert container.folder.is_dir()
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    @pytest.mark.needs("swiftainer")
    def test_a_name_that_is_taken(self, units):
        """The other container is not touched, neither now nor by a later delete."""
        first = paused(units).use(SLICE, "swt", "same").up()
        second = paused(units).use(SLICE, "swt", "same")
        result = second.try_create().failed()
        assert second.unit in result.stderr
        assert first.status == "running"
        assert not (second.root / second.id).exists()

    @pytest.mark.needs("swiftainer")
    def test_delete_knows_its_own_unit(self, units):
        """A unit of the same name that came later is somebody else's."""
        first = paused(units).use(SLICE, "swt", "again").up()
        first.kill().succeeded()
        first.wait_exit()
        first.wait_collected()
        second = paused(units).use(SLICE, "swt", "again").up()
        first.kill("KILL", "--all")
        first.delete("--force").succeeded()
        assert second.status == "running"
        first.use(SLICE, "swt", "gone")  # what is left under its former name is the second's


class TestKilled:
    @pytest.mark.needs("swiftainer")
    def test_at_every_instant(self, units, monkeypatch):
        """Whenever the runtime is killed, systemd collects the scope, or a delete removes it."""
        seconds = self.duration(units)
        instants = int(os.environ.get("SWIFTAINER_INSTANTS", "20"))
        for instant in range(instants):
            container = paused(units)
            container.write_config()
            process = subprocess.Popen(
                container.runtime.command(
                    "--systemd-cgroup", "create", "--bundle", container.bundle, container.id, root=container.root
                ),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            # Killing at a moment is the point here: nothing is waited for.
            time.sleep(seconds * 1.2 * instant / instants)
            process.kill()
            process.wait()
            wait.reap_orphans()
            # One that comes while systemd is at the unit may fail, which has been seen once; the next must not.
            said = []
            while (container.root / container.id).exists() and len(said) < 2:
                said.append(container.delete_while_reaping())
            assert not (container.root / container.id).exists(), said
            container.wait_collected()

    @staticmethod
    def duration(units):
        begin = time.monotonic()
        paused(units).create().delete("--force")
        return time.monotonic() - begin


class TestUnreachable:
    @pytest.mark.needs("swiftainer")
    def test_program_is_missing(self, units, scratch):
        """Those who do not ask for systemd need neither the program nor its libraries."""
        for name in ("swiftainer-oci", "swiftainer-init"):
            source = os.path.join(os.path.dirname(units("exit", 0).runtime.path), name)
            subprocess.run(["cp", source, scratch / name], check=True)
        container = units("exit", 0)
        container.write_config()
        command = [scratch / "swiftainer-oci", "--root", container.root]
        arguments = ["run", "--bundle", container.bundle, container.id]
        result = subprocess.run([*command, "--systemd-cgroup", *arguments], capture_output=True, text=True)
        assert result.returncode != 0
        assert "swiftainer-systemd" in result.stderr and "no such file" in result.stderr
        container.linux["cgroupsPath"] = "/swiftainer/direct"
        container.write_config()
        assert subprocess.run([*command, *arguments]).returncode == 0
