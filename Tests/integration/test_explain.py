"""What is explained is what is done: `--explain` held against strace, call by call.

The explanation comes from the plan and from what the init reports; strace sees the kernel's side. No call that
matters may be missing from one or invented in the other, and arguments are compared as strace writes them.
"""

import os
import re
import shutil
import subprocess

import pytest

from harness import host, strace
from harness.explained import Told, compare, explained, hold_against_strace, seen_by_init, told_of_init, trace
from harness.runtime import REPOSITORY


@pytest.fixture(autouse=True)
def strace_and_ours(runtime):
    if not shutil.which("strace"):
        pytest.skip("no strace")
    if runtime.kind != "swiftainer":
        pytest.skip(f"{runtime.name} tells no kernel calls")
    with host.ordinary_descriptors():
        yield


def run_and_compare(container, scratch, prefix=(), places=()):
    done, told, processes = trace(container, scratch, prefix)
    assert done.returncode == 0, done.stderr
    cgroups = {call.path for call in strace.Launch(processes).runtime
               if call.name == "mkdir" and container.cgroups_path in call.path}
    hold_against_strace(told, processes, cgroups, [container.root, *places])
    return told


def names(calls):
    return [text.split("(")[0] for text, _ in calls]


def without_id(text):
    """Each container has an ID of its own."""
    return re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b", "ID", text)


def shape(call):
    """A call without the numbers and names of descriptors, and what else is only known when it is made."""
    call = re.sub(r"\b(\w*fd|socket|\d+)(?=[,)\]])", "N", call)
    call = re.sub(r"(userns_fd|pidfd|parent_tid|cgroup|target_fd|attach_bpf_fd)=\[?\w+\]?", r"\1=N", call)
    call = re.sub(r'"[^"]*/swiftainer-init"', '"swiftainer-init"', call)
    call = re.sub(r'(?<="swiftainer-init", )"\w+"', '"N"', call)
    call = re.sub(r'^write\(N, ("\{.*|\.\.\..*|"EVENTFD CONTROLFD".*|"\d{1,2} \d{1,2}".*)', "write(N)", call)
    return re.sub(r"\.(\d+|PID)\.tmp", ".PID.tmp", call).replace('"//', '"/').replace("...", "N")


class TestRuntimeLog:
    def test_plain(self, containers, scratch):
        container = containers("exit", "0")
        container.resources.update(memory={"limit": 64 << 20}, pids={"limit": 50}, cpu={"quota": 50000, "period": 100000})
        container.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 512, "hard": 1024},
                                        {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]
        container.linux["sysctl"] = {"net.ipv4.ip_forward": "1"}
        container.config["root"]["readonly"] = True
        container.process["oomScoreAdj"] = 500
        told = run_and_compare(container, scratch)
        # What the comparison would miss if both sides were silent.
        assert {"mkdir", "bpf", "clone3"} <= set(names(told.runtime))
        assert {"execveat", "pivot_root", "capset", "mknodat", "execve"} <= set(names(told.init))

    def test_another_user(self, containers, scratch):
        container = containers("exit", "0")
        container.process["user"] = {"uid": 1000, "gid": 1000, "additionalGids": [5, 20], "umask": 0o27}
        container.process["capabilities"]["inheritable"] = ["CAP_NET_BIND_SERVICE"]
        container.process["capabilities"]["ambient"] = ["CAP_NET_BIND_SERVICE"]
        container.process["cwd"] = "/tmp"
        told = run_and_compare(container, scratch)
        assert ("setgroups(2, [5, 20])", "0") in told.init

    def test_mounts(self, containers, scratch, tmp_path):
        container = containers("exit", "0")
        (container.rootfs / "etc" / "kept").write_text("kept")
        file = tmp_path / "file"
        file.write_text("x")
        container.mount("/bound/here", tmp_path, options=["rbind", "ro", "nosuid", "rslave"])
        container.mount("/file", file, options=["bind"])
        container.mount("/atimes", tmp_path, options=["bind", "noatime", "nodev", "noexec"])
        container.mount("/tmp/fs", "tmpfs", kind="tmpfs", options=["size=1m", "noexec", "private"])
        container.mount("/bound/here", "none", kind="none", options=["remount", "bind", "noexec", "rnodev"])
        container.mount("/tmp/fs", "tmpfs", kind="tmpfs", options=["remount", "size=2m", "ro"])
        container.linux["devices"] = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o660, "gid": 5},
                                      {"path": "/dev/deep/fifo", "type": "p"}]
        told = run_and_compare(container, scratch)
        assert any("FSPICK_CLOEXEC|FSPICK_EMPTY_PATH" in text for text, _ in told.init)
        assert any("FSCONFIG_CMD_RECONFIGURE" in text for text, _ in told.init)

    def test_user_namespace(self, containers, scratch):
        container = containers("exit", "0").map_users()
        container.process["user"] = {"uid": 5, "gid": 6, "additionalGids": [7]}
        told = run_and_compare(container, scratch)
        assert any(text.startswith("write(") and "0 100000 65536" in text for text, _ in told.runtime)

    def test_idmapped_mount(self, containers, scratch, tmp_path):
        container = containers("exit", "0")
        mapping = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        container.mount("/mapped", tmp_path, options=["rbind", "ridmap"], uidMappings=mapping, gidMappings=mapping)
        told = run_and_compare(container, scratch)
        assert any("MOUNT_ATTR_IDMAP" in text for text, _ in told.runtime)

    def test_joined_and_time_namespaces(self, containers, scratch):
        holder = containers.up()
        container = containers("exit", "0").without("pid", "network")
        container.linux["namespaces"] += [
            {"type": "pid", "path": f"/proc/{holder.pid}/ns/pid"},
            {"type": "network", "path": f"/proc/{holder.pid}/ns/net"},
            {"type": "time"}, {"type": "cgroup"},
        ]
        container.linux["timeOffsets"] = {"boottime": {"secs": 3600}}
        told = run_and_compare(container, scratch)
        assert {"setns", "unshare", "clone3"} <= set(names(told.init))

    def test_scheduling(self, containers, scratch):
        container = containers("exit", "0")
        container.process["scheduler"] = {"policy": "SCHED_BATCH", "nice": 3}
        container.process["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 6}
        container.linux["personality"] = {"domain": "LINUX32"}
        told = run_and_compare(container, scratch)
        assert {"sched_setattr", "ioprio_set", "personality"} <= set(names(told.init))

    @pytest.mark.parametrize("forbids", [False, True])
    def test_seccomp(self, containers, scratch, forbids):
        container = containers("exit", "0")
        container.process["noNewPrivileges"] = forbids
        container.linux["seccomp"] = {
            "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
            "syscalls": [{"names": ["mknod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}],
        }
        told = run_and_compare(container, scratch)
        assert any(text.startswith("seccomp(SECCOMP_SET_MODE_FILTER") for text, _ in told.init)

    def test_hooks(self, containers, scratch, tmp_path):
        container = containers("exit", "0")
        container.config["hooks"] = {
            "createRuntime": [{"path": "/bin/true", "args": ["true"]}],
            "createContainer": [{"path": "/bin/true", "args": ["true"]}],
        }
        done, told, processes = trace(container, scratch)
        assert done.returncode == 0, done.stderr
        assert any(text.startswith('execve("/bin/true", ["true"]') for text, _ in told.runtime)
        launch = strace.Launch(processes)
        compare(told_of_init(told), seen_by_init(launch.init), "init")

    def test_network_device(self, containers, scratch):
        name = f"swt-{os.getpid()}-explain"
        host = f"/run/netns/{name}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        try:
            enter = ["nsenter", f"--net={host}"]
            subprocess.run([*enter, "ip", "link", "add", "outer0", "type", "veth", "peer", "name", "peer0"], check=True)
            subprocess.run([*enter, "ip", "address", "add", "10.9.8.7/24", "dev", "outer0"], check=True)
            container = containers("exit", "0")
            container.linux["netDevices"] = {"outer0": {"name": "eth0"}}
            told = run_and_compare(container, scratch, enter)
        finally:
            subprocess.run(["ip", "netns", "del", name], check=True)
        assert any("RTM_NEWADDR" in text and "10.9.8.7" in text for text, _ in told.runtime)

    def test_failure_is_told(self, containers, scratch):
        """The last call told is the one that failed, and the kernel saw it fail."""
        container = containers("exit", "0")
        container.mount("/x", "tmpfs", kind="tmpfs", options=["nonsense=1"])
        done, told, processes = trace(container, scratch)
        assert done.returncode != 0
        text, result = told.init[-1]
        assert '"nonsense", "1"' in text and result == "EINVAL"
        launch = strace.Launch(processes)
        assert seen_by_init(launch.init)[-1] == (text, result)


# The everyday command line

CLI = REPOSITORY / "bin" / "swiftainer"
PLACES = ["/run/swiftainer", "/var/lib/swiftainer"]


@pytest.fixture
def cli(strace_and_ours):
    """The command line of `swiftainer`."""
    if not CLI.exists():
        pytest.skip("bin/swiftainer is not built")
    return lambda *arguments: [str(CLI), *map(str, arguments)]


class TestExplain:
    def explain(self, cli, scratch, rootfs, *flags):
        folder = scratch / "traced"
        folder.mkdir()
        # What networks do is compared elsewhere.
        apart = () if "--network" in flags else ("--network", "none")
        command = cli("run", "--explain=json", "--rm", *apart, *flags, rootfs, "/bin/probe", "exit", "0")
        done, processes = strace.run(command, folder)
        assert done.returncode == 0, done.stderr
        steps = explained(done.stderr)
        assert steps, f"no explanation in: {done.stderr}"
        return steps, processes

    @pytest.mark.parametrize("flags", [
        ["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50"],
        ["--init", "--user", "1000:5", "--read-only", "--hostname", "seen"],
        ["--network", "host", "--cap-drop", "ALL", "--cap-add", "CHOWN", "--workdir", "/made/here"],
        ["--tty", "--user", "1000"],
        ["--privileged", "--volume", "/etc:/host-etc:ro", "--mount", "type=tmpfs,target=/scratch"],
    ], ids=["limits", "init-and-user", "capabilities", "terminal", "privileged"])
    def test_against_strace(self, cli, scratch, rootfs, flags):
        steps, processes = self.explain(cli, scratch, rootfs, *flags)
        launch = strace.Launch(processes)
        made = [call.path for call in launch.runtime if call.name == "mkdir" and call.path.startswith("/sys/fs/cgroup/")]
        told = Told(steps)
        cgroups = {path for path in made if any(path in text for text, _ in told.runtime)}
        hold_against_strace(told, processes, cgroups, PLACES)

    def test_every_step_is_told_once_and_in_order(self, cli, scratch, rootfs):
        steps, _ = self.explain(cli, scratch, rootfs)
        numbers = [step["step"] for step in steps if not step.get("continued")]
        assert numbers == list(range(1, len(numbers) + 1))
        for step in steps:
            assert step["title"] and step["why"], step
            assert step["actor"] in ("runtime", "init")
        # Runtime and init are at work at once: each has an order of its own.
        for side in ("runtime", "init"):
            times = [step["time_us"] for step in steps if "time_us" in step
                     and (step["calls"][-1].get("by", step["actor"]) if step["calls"] else step["actor"]) == side]
            assert times == sorted(times) and times[-1] < 10_000_000

    # What depends on what is there: whether a path exists, is a folder, or a descriptor is kept.
    DEPENDS = ("mask ", "make /proc", "make folder", "close descriptors")

    def test_dry_run_foresees_the_calls(self, cli, scratch, rootfs):
        """Each step makes the very calls that were foreseen; only descriptors had names instead of numbers."""
        flags = ["--name", f"swt-{os.getpid()}", "--init", "--read-only"]
        done_steps, _ = self.explain(cli, scratch, rootfs, *flags)
        command = cli("run", "--dry-run", "--explain=json", "--network", "none", *flags, rootfs,
                      "/bin/probe", "exit", "0")
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        foreseen = explained(done.stdout)
        assert len(foreseen) == sum(not step.get("continued") for step in done_steps)
        for before in foreseen:
            if before["title"].startswith(self.DEPENDS):
                continue
            calls = [entry["call"] for step in done_steps if step["step"] == before["step"] for entry in step["calls"]]
            if any(call.startswith("mkdirat(") or "O_EXCL" in call for call in calls):
                # The folder or file was missing: the walk to it, and its making, are not foreseen; its opening is.
                opened = [call for call in calls if call.startswith("openat2(")]
                calls = [call for call in calls if not call.startswith("mkdirat(") and call not in opened[:-1]]
            made = list(dict.fromkeys(without_id(shape(call)) for call in calls))
            wanted = list(dict.fromkeys(without_id(shape(entry["call"])) for entry in before["calls"]))
            assert made == wanted, before["title"]

    def test_dry_run_changes_nothing(self, cli, scratch, rootfs):
        """The same steps as when it is done, with no process, mount or cgroup made."""
        done_steps, _ = self.explain(cli, scratch, rootfs)
        folder = scratch / "dry"
        folder.mkdir()
        command = cli("run", "--dry-run", "--explain=json", "--network", "none", rootfs, "/bin/probe", "exit", "0")
        done, processes = strace.run(command, folder)
        assert done.returncode == 0, done.stderr
        steps = explained(done.stdout)
        assert [step["actor"] for step in steps] == [step["actor"] for step in done_steps if not step.get("continued")]
        for calls in processes.values():
            for call in calls:
                assert call.name not in ("mount", "move_mount", "fsopen", "pivot_root", "unshare", "setns", "bpf"), call
                assert not (call.name == "mkdir" and call.path.startswith("/sys/fs/cgroup")), call
