"""linux.intelRdt: the errors of a machine without resctrl, and the whole way on one that seems to have it.

What seems to be resctrl is a folder on a cgroup v1 hierarchy: there too a folder has a file `tasks` from birth that
takes and lists processes, which the kernel keeps. The mount table that says otherwise is bound over the runtime's
own, in a mount namespace of its own. Schemata are ordinary files where a test puts them.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import host, wait
from harness.runtime import Runtime

pytestmark = pytest.mark.needs("swiftainer")

WRAPPER = """#!/bin/sh
# mount(8) is a child, the runtime takes this shell's place and with it its number.
[ "$INSIDE" ] || INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
unset INSIDE
mount --bind {table} /proc/$$/mountinfo && exec {runtime} "$@"
"""


class FakeResctrl:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        (folder / "mon_groups").mkdir()

    def group(self, name):
        return self.folder / name

    def members(self, name):
        return [int(pid) for pid in (self.folder / name / "tasks").read_text().split()]

    def names(self):
        """Every group below."""
        return sorted(str(Path(parent, name).relative_to(self.folder))
                      for parent, folders, _ in os.walk(self.folder) for name in folders)

    def remove(self):
        for parent, _, _ in os.walk(self.folder, topdown=False):
            wait.until(lambda: not Path(parent, "tasks").read_text(), f"an empty {parent}")
            os.rmdir(parent)


@pytest.fixture
def resctrl(containers, runtime, scratch):
    """A resctrl file system for the containers of the test, whose runtime comes to believe in it."""
    points = [point for name, point in host.hierarchies().items() if name != "unified"]
    if not points:
        pytest.skip("no cgroup v1 hierarchy to stand for resctrl")
    named = host.hierarchies().get("name=systemd", points[0])
    fake = FakeResctrl(Path(named) / f"swiftainer-test-resctrl-{os.getpid()}")
    table, wrapper = scratch / "mountinfo", scratch / "wrapper"
    table.write_text(
        Path("/proc/self/mountinfo").read_text() + f"999 1 0:99 / {fake.folder} rw - resctrl resctrl rw\n")
    wrapper.write_text(WRAPPER.format(table=table, runtime=runtime.path))
    wrapper.chmod(0o755)
    containers.runtime = Runtime(wrapper)
    yield fake
    for container in containers.made:
        container.delete_while_reaping()
    fake.remove()


def ask(container, **field):
    container.linux["intelRdt"] = field
    return container


@pytest.mark.skipif("resctrl" in Path("/proc/filesystems").read_text(), reason="this machine has resctrl")
class TestWithoutResctrl:
    def test_error_names_field_and_reason(self, containers):
        container = ask(containers(), closID="x", l3CacheSchema="L3:0=f")
        error = container.try_create().failed().stderr
        assert "linux.intelRdt: this " in error and "has no resctrl" in error
        assert not (container.root / container.id).exists()

    def test_unasked_is_no_error(self, containers):
        containers("exit", "0").run().succeeded()


class TestGroups:
    def test_own_group_from_create_to_delete(self, containers, resctrl):
        container = ask(containers("pause")).create()
        assert resctrl.members(container.id) == [container.pid]
        container.start()
        container.output.record("pause")
        container.exec("status").succeeded()
        assert resctrl.members(container.id) == [container.pid]
        container.kill().succeeded()
        container.wait_exit()
        container.delete().succeeded()
        assert resctrl.names() == ["mon_groups"]

    def test_all_processes_are_members(self, containers, resctrl):
        """With a time namespace the init goes on as a child of itself; a process of `exec` is a child of ours."""
        container = ask(containers("pause"))
        container.linux["namespaces"].append({"type": "time"})
        container.create().start()
        container.output.record("pause")
        pid_file = container.bundle / "exec-pid"
        container.launch("exec", "--detach", "--pid-file", pid_file, container.id, "/bin/probe", "pause").succeeded()
        assert sorted(resctrl.members(container.id)) == sorted([container.pid, int(pid_file.read_text())])

    def test_group_that_was_there_stays(self, containers, resctrl):
        container = ask(containers("exit", "0"))
        resctrl.group(container.id).mkdir()
        container.run().succeeded()
        container.delete("--force")
        assert resctrl.names() == sorted(["mon_groups", container.id])

    def test_shared_group_stays(self, containers, resctrl):
        resctrl.group("gold").mkdir()
        container = ask(containers("pause"), closID="gold").up()
        assert resctrl.members("gold") == [container.pid]
        container.delete("--force").succeeded()
        assert resctrl.names() == ["gold", "mon_groups"]

    def test_shared_group_must_be_there(self, containers, resctrl):
        container = ask(containers(), closID="gold")
        assert "linux.intelRdt.closID: there is no class of service" in container.try_create().failed().stderr
        assert resctrl.names() == ["mon_groups"] and not (container.root / container.id).exists()

    def test_default_class(self, containers, resctrl):
        container = ask(containers("pause"), closID="/").up()
        assert resctrl.members(".") == [container.pid]

    def test_monitoring_group(self, containers, resctrl):
        container = ask(containers("pause"), closID="/", enableMonitoring=True).up()
        assert resctrl.members(f"mon_groups/{container.id}") == [container.pid]
        container.exec("status").succeeded()
        container.delete("--force").succeeded()
        assert resctrl.names() == ["mon_groups"]

    def test_failed_schemata_leave_nothing(self, containers, resctrl):
        container = ask(containers(), schemata=["L3:0=f"])  # what stands for resctrl has no such file
        assert "linux.intelRdt.schemata: write L3:0=f to" in container.try_create().failed().stderr
        assert resctrl.names() == ["mon_groups"] and not (container.root / container.id).exists()

    def test_failed_launch_leaves_nothing(self, containers, resctrl):
        container = ask(containers())
        container.process["args"] = ["/bin/none"]
        container.try_create().failed()
        assert resctrl.names() == ["mon_groups"]

    def test_exec_when_the_group_is_gone(self, containers, resctrl):
        """The kernel has put its processes into the default class: the container goes on, and says so."""
        resctrl.group("gold").mkdir()
        container = ask(containers("pause"), closID="gold").up()
        (resctrl.folder / "tasks").write_text(str(container.pid))
        resctrl.group("gold").rmdir()
        log = container.bundle / "log"
        container.call("--log", log, "exec", container.id, "/bin/probe", "status").succeeded()
        assert "linux.intelRdt: the resctrl groups" in log.read_text()


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
class TestKilled:
    @pytest.mark.parametrize("call", ["mkdir", "write"])
    @pytest.mark.parametrize("field", [{}, {"closID": "/", "enableMonitoring": True}], ids=["own", "monitoring"])
    def test_at_any_instant(self, containers, resctrl, field, call):
        """`create` killed at the n-th call that makes or writes something: `delete` finds all of it."""
        number, survived = 0, False
        while not survived:
            number += 1
            assert number < 60, "create never came to its end"
            container = ask(containers("pause"), **field)
            container.write_config()
            with open(container.bundle / "out", "w") as out:
                done = subprocess.run(
                    ["strace", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                     f"inject={call}:signal=SIGKILL:when={number}",
                     *container.runtime.command("create", "--bundle", container.bundle, container.id, root=container.root)],
                    stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=30)
            survived = done.returncode == 0
            container.delete_while_reaping()
            assert resctrl.names() == ["mon_groups"], f"killed at {call} number {number}"
        assert number > 2


class TestExplained:
    def test_calls_are_told(self, containers, resctrl):
        container = ask(containers("exit", "0"), enableMonitoring=True, closID="/")
        container.write_config()
        log = container.bundle / "log"
        container.call("--debug", "--log", log, "--log-format", "json", "run", "--bundle", container.bundle,
                       container.id).succeeded()
        told = [json.loads(line)["msg"] for line in log.read_text().splitlines()]
        folder = f"{resctrl.folder}/mon_groups/{container.id}"
        assert any(f'mkdir("{folder}", 0755) = 0' in line for line in told)
        assert any(f'openat(AT_FDCWD, "{folder}/tasks", O_WRONLY|O_CLOEXEC)' in line for line in told)
