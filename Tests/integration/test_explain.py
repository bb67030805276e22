"""What is explained is what is done: `--explain` held against strace, call by call.

The explanation comes from the plan and from what the init reports; strace sees the kernel's side. No call that
matters may be missing from one or invented in the other, and arguments are compared as strace writes them.
"""

import json
import os
import re
import shutil

import pytest

from harness import strace
from harness.runtime import REPOSITORY


@pytest.fixture(autouse=True)
def strace_and_ours(runtime):
    if not shutil.which("strace"):
        pytest.skip("no strace")
    if runtime.kind != "swiftainer":
        pytest.skip(f"{runtime.name} tells no kernel calls")


# Both sides in one notation

def plain(text):
    """A call without what strace cannot know or we do not tell: addresses, and the environment's values."""
    text = re.sub(r"pidfd=[^,}]*", "pidfd=P", text)
    text = re.sub(r" => \{[^}]*\}", "", text)
    text = re.sub(r", parent_tid=\[\w*\]", "", text)
    text = re.sub(r"stack=(0x[0-9a-f]+|NULL|stack)", "stack=S", text)
    text = re.sub(r"filter=(0x[0-9a-f]+|filter)", "filter=F", text)
    text = re.sub(r"(0x[0-9a-f]+|\[)(?= ?/\* \d+ vars? \*/)\s*(/\* \d+ vars? \*/)\]?", r"\2", text)
    return text


def plain_result(call, result):
    if result is None:
        return None
    result = re.sub(r" \(.*\)$", "", str(result))
    return result.split(" ")[1] if result.startswith("-1 ") else result


def told_call(entry):
    """`(call, result)` of an entry in `calls` of the JSON form."""
    text, result = entry["call"], entry.get("result")
    if result is not None and result < 0:
        result = f"-1 {entry['error']}"
    elif result is not None and text.startswith("umask("):
        result = f"{result:03o}" if result < 0o100 else f"0{result:o}"
    return plain(text), plain_result(text, result)


class Told:
    """What the runtime says it did: the calls of each side, in order."""

    def __init__(self, steps):
        self.steps = steps
        self.runtime, self.init = [], []
        for step in steps:
            for entry in step["calls"]:
                side = self.runtime if entry.get("by", step["actor"]) == "runtime" else self.init
                side.append(told_call(entry))


# The witness, cut down to what matters

def seen_by_runtime(calls, cgroups):
    """Calls on the kernel's own files, and those that make namespaces, mounts and processes."""
    files, seen = {}, []
    for call in calls:
        keep = call.name in strace.RUNTIME
        if call.name == "openat":
            writable = "O_WRONLY" in call.text or "O_RDWR" in call.text
            kernel = is_kernel_file(call.path, cgroups)
            if call.succeeded:
                files[call.number] = call.path if kernel else None
            keep = writable and kernel or call.path in cgroups or "/ns/" in call.path
            keep = keep or call.path.endswith("/swiftainer-init")
        elif call.name == "close":
            files.pop(call.first_descriptor, None)
            keep = False
        elif call.name == "write":
            keep = bool(files.get(call.first_descriptor))
        elif call.name == "memfd_create":
            keep = call.path in ("swiftainer-init", "state")
        elif call.name in ("mkdir", "mkdirat"):
            keep = call.path.startswith("/sys/fs/cgroup/")
        elif call.name == "fcntl":
            keep = "F_ADD_SEALS" in call.text
        elif call.name == "fchown":
            keep = call.first_descriptor in (0, 1, 2)
        elif call.name == "socketpair":
            keep = "SOCK_STREAM" in call.text
        elif call.name == "bpf":
            keep = "BPF_PROG_LOAD" in call.text or "BPF_PROG_ATTACH" in call.text
        elif call.name == "clone3":
            keep = "CLONE_VFORK" not in call.text  # posix_spawn's
        if keep:
            seen.append((plain(call.text), plain_result(call.text, call.result)))
    return seen


def is_kernel_file(path, cgroups):
    # Other cgroups are not the launch's: those above are told where they had to be changed.
    if path.startswith("/sys/fs/cgroup/"):
        return any(folder.startswith(os.path.dirname(path)) for folder in cgroups)
    return re.match(r"/proc/\d+/\w+$", path) is not None


def seen_by_init(calls):
    """Everything but the reports to the runtime, and looks at what is not there."""
    report, states = None, set()
    seen = []
    for call in calls:
        if call.name == "memfd_create":
            states.add(call.number)
        if call.name == "execveat":
            report = int(re.search(r'"swiftainer-init", "(\d+)"', call.text).group(1))
        if call.name == "write" and call.first_descriptor in {report, *states}:
            continue  # what the runtime and hooks are told
        if call.name == "ioctl" and ("SIOCGIFFLAGS" in call.text or "TIOCSPGRP" in call.text):
            continue  # a look, and the foreground of a terminal, if there is one
        if call.name not in strace.INIT:
            continue  # plumbing of descriptors
        seen.append((plain(call.text), plain_result(call.text, call.result)))
    return without_probes(seen)


def without_probes(calls):
    """`openat2` answered with "nothing there": the text form leaves it out, as strace's side does here."""
    return [(text, result) for text, result in calls
            if not (text.startswith("openat2(") and result in ("ENOENT", "EAGAIN"))]


def compare(told, seen, side):
    """Equal one by one; what differs is shown with what stands around it."""
    for index in range(max(len(told), len(seen))):
        ours = told[index] if index < len(told) else None
        kernel = seen[index] if index < len(seen) else None
        if not same(ours, kernel):
            around = "\n".join(f"    {'told' if which is told else 'seen'} {position}: {which[position]}"
                               for which in (told, seen)
                               for position in range(max(0, index - 2), min(len(which), index + 3)))
            pytest.fail(f"{side}, call {index}:\n  told: {ours}\n  seen: {kernel}\n{around}")
    assert seen, f"{side}: strace saw nothing, so nothing was compared"


def same(ours, kernel):
    if ours is None or kernel is None:
        return False
    (text, result), (seen, seen_result) = ours, kernel
    if result is not None and result != seen_result:
        return False
    if text.startswith("bpf("):
        # Abbreviated: the filter is long, and the attribute's size is the kernel header's.
        fields = re.findall(r"(\w+)=([^,}]+)", text)
        return text.split(",")[0] == seen.split(",")[0] and all(
            f"{name}={value}" in seen for name, value in fields if name != "insns")
    return text == seen


def hold_against_strace(told, processes, cgroups):
    launch = strace.Launch(processes)
    compare(told.runtime, seen_by_runtime(launch.runtime, cgroups), "runtime")
    compare(told_of_init(told), seen_by_init(launch.init), "init")
    return launch


def told_of_init(told):
    # Descriptors' flags are told for the birth only, and strace's side leaves them out.
    return [call for call in without_probes(told.init) if not call[0].startswith("fcntl(")]


# The OCI runtime, which tells its calls in its log with --debug

def told_by_log(path):
    steps = []
    for line in path.read_text().splitlines():
        match = re.match(r"step (\d+), (\w+): (\w+\(.*\))(?: = (.*))?$", json.loads(line)["msg"])
        if not match:
            continue
        number, actor, call, result = match.groups()
        entry = {"call": call, "by": actor}
        if result and result.startswith("-1 "):
            entry |= {"result": -1, "error": result[3:]}
        elif result:
            entry["result"] = int(result, 8) if call.startswith("umask(") else int(result)
        steps.append({"step": int(number), "actor": actor, "calls": [entry]})
    return Told(steps)


def run_and_compare(container, scratch, *flags, code=0):
    container.write_config()
    log = scratch / "log.json"
    command = [container.runtime.path, "--root", container.root, "--debug", "--log", log, "--log-format", "json",
               "run", "--bundle", container.bundle, *flags, container.id]
    done, processes = strace.run(map(str, command), container.bundle)
    assert done.returncode == code, done.stderr + (log.read_text() if log.exists() else "")
    told = told_by_log(log)
    cgroups = {call.path for call in strace.Launch(processes).runtime
               if call.name == "mkdir" and container.cgroups_path in call.path}
    hold_against_strace(told, processes, cgroups)
    return told


def names(calls):
    return [text.split("(")[0] for text, _ in calls]


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
        container.linux["devices"] = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o660, "gid": 5},
                                      {"path": "/dev/deep/fifo", "type": "p"}]
        run_and_compare(container, scratch)

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
        container.process["execCPUAffinity"] = {"initial": "0", "final": "0-1"}
        container.linux["personality"] = {"domain": "LINUX32"}
        told = run_and_compare(container, scratch)
        assert {"sched_setattr", "ioprio_set", "sched_setaffinity", "personality"} <= set(names(told.init))

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
        container.write_config()
        log = scratch / "log.json"
        command = [container.runtime.path, "--root", container.root, "--debug", "--log", log, "--log-format", "json",
                   "run", "--bundle", container.bundle, container.id]
        done, processes = strace.run(map(str, command), container.bundle)
        assert done.returncode == 0, done.stderr
        told = told_by_log(log)
        assert any(text.startswith('execve("/bin/true", ["true"]') for text, _ in told.runtime)
        launch = strace.Launch(processes)
        compare(told_of_init(told), seen_by_init(launch.init), "init")

    def test_failure_is_told(self, containers, scratch):
        """The last call told is the one that failed, and the kernel saw it fail."""
        container = containers("exit", "0")
        container.mount("/x", "tmpfs", kind="tmpfs", options=["nonsense=1"])
        container.write_config()
        log = scratch / "log.json"
        command = [container.runtime.path, "--root", container.root, "--debug", "--log", log, "--log-format", "json",
                   "run", "--bundle", container.bundle, container.id]
        done, processes = strace.run(map(str, command), container.bundle)
        assert done.returncode != 0
        text, result = told_by_log(log).init[-1]
        assert '"nonsense", "1"' in text and result == "EINVAL"
        launch = strace.Launch(processes)
        assert seen_by_init(launch.init)[-1] == (text, result)


# The everyday command line

CLI = REPOSITORY / "bin" / "swiftainer"


@pytest.fixture
def cli(strace_and_ours):
    """The command line of `swiftainer`."""
    if not CLI.exists():
        pytest.skip("bin/swiftainer is not built")
    return lambda *arguments: [str(CLI), *map(str, arguments)]


def explained(text):
    """The explanation's lines among what a command wrote."""
    steps = []
    for line in text.splitlines():
        if line.startswith('{"step"'):
            steps.append(json.loads(line))
    return steps


class TestExplain:
    def explain(self, cli, scratch, rootfs, *flags):
        folder = scratch / "traced"
        folder.mkdir()
        command = cli("run", "--explain=json", "--rm", *flags, rootfs, "/bin/probe", "exit", "0")
        done, processes = strace.run(command, folder)
        assert done.returncode == 0, done.stderr
        steps = explained(done.stderr)
        assert steps, f"no explanation in: {done.stderr}"
        return steps, processes

    @pytest.mark.parametrize("flags", [
        ["--memory", "64m", "--cpus", "0.5", "--pids-limit", "50"],
        ["--init", "--user", "1000:5", "--read-only", "--hostname", "seen"],
        ["--network", "host", "--cap-drop", "ALL", "--cap-add", "CHOWN", "--workdir", "/made/here"],
        ["--privileged", "--volume", "/etc:/host-etc:ro", "--mount", "type=tmpfs,target=/scratch"],
    ], ids=["limits", "init-and-user", "capabilities", "privileged"])
    def test_against_strace(self, cli, scratch, rootfs, flags):
        steps, processes = self.explain(cli, scratch, rootfs, *flags)
        launch = strace.Launch(processes)
        made = [call.path for call in launch.runtime if call.name == "mkdir" and call.path.startswith("/sys/fs/cgroup/")]
        told = Told(steps)
        cgroups = {path for path in made if any(path in text for text, _ in told.runtime)}
        hold_against_strace(told, processes, cgroups)

    def test_every_step_is_told_once_and_in_order(self, cli, scratch, rootfs):
        steps, _ = self.explain(cli, scratch, rootfs)
        numbers = [step["step"] for step in steps if not step.get("continued")]
        assert numbers == list(range(1, len(numbers) + 1))
        for step in steps:
            assert step["title"] and step["why"], step
            assert step["actor"] in ("runtime", "init")
        times = [step["time_us"] for step in steps if "time_us" in step]
        assert times == sorted(times) and times[-1] < 10_000_000

    def test_dry_run_changes_nothing(self, cli, scratch, rootfs):
        """The same steps as when it is done, with no process, mount or cgroup made."""
        done_steps, _ = self.explain(cli, scratch, rootfs)
        folder = scratch / "dry"
        folder.mkdir()
        command = cli("run", "--dry-run", "--explain=json", rootfs, "/bin/probe", "exit", "0")
        done, processes = strace.run(command, folder)
        assert done.returncode == 0, done.stderr
        steps = explained(done.stdout)
        assert [step["actor"] for step in steps] == [step["actor"] for step in done_steps if not step.get("continued")]
        for calls in processes.values():
            for call in calls:
                assert call.name not in ("mount", "move_mount", "fsopen", "pivot_root", "unshare", "setns", "bpf"), call
                assert not (call.name == "mkdir" and call.path.startswith("/sys/fs/cgroup")), call
