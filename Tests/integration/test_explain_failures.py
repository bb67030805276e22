"""What failed is explained as well: the very call that the kernel refused, or the rule that was broken."""

import json
import os
import shutil
import socket
import subprocess

import pytest

from harness import host, strace, wait
from harness.explained import (Told, compare, explained, hold_against_strace, seen_by_init, seen_by_runtime,
                               told_by_log, told_of_init, trace)
from harness.runtime import REPOSITORY
from harness.terminal import ConsoleSocket

CLI = REPOSITORY / "bin" / "swiftainer"
PLACES = ["/run/swiftainer", "/var/lib/swiftainer"]


@pytest.fixture(autouse=True)
def strace_and_ours(runtime):
    if not shutil.which("strace"):
        pytest.skip("no strace")
    if runtime.kind != "swiftainer":
        pytest.skip(f"{runtime.name} tells no kernel calls")
    with host.ordinary_descriptors():
        yield


def hold_failure(told, processes, places, init):
    """Everything told was seen; the last call told is the one that the kernel refused.

    What the runtime takes away again afterwards is told by nobody.
    """
    launch = strace.Launch(processes)
    made = [call.path for call in launch.runtime if call.name == "mkdir" and call.path.startswith("/sys/fs/cgroup/")]
    cgroups = {path for path in made if any(path in text for text, _ in told.runtime)}
    seen = seen_by_runtime(launch.processes[launch.maker], cgroups, places)
    compare(told.runtime, seen[:len(told.runtime)], "runtime")
    # One that was killed before it could speak has told nothing.
    if told.init:
        compare(told_of_init(told), seen_by_init(launch.init), "init")
    last = told.init[-1] if init else told.runtime[-1]
    witness = seen_by_init(launch.init, probes=True)[-1] if init else seen[len(told.runtime) - 1]
    assert last == witness
    return last


class TestRun:
    """`swiftainer run --explain`."""

    def fail(self, scratch, rootfs, *words, code=125, program=("/bin/probe", "exit", "0")):
        if not CLI.exists():
            pytest.skip("bin/swiftainer is not built")
        folder = scratch / "traced"
        folder.mkdir()
        command = [str(CLI), "run", "--explain=json", "--rm", "--network", "none", *map(str, words), str(rootfs), *program]
        done, processes = strace.run(command, folder)
        assert done.returncode == code, done.stderr
        steps = explained(done.stderr)
        *_, error = done.stderr.splitlines()
        assert [step["step"] for step in steps if "failure" in step] == [steps[-1]["step"]]
        assert error == f"swiftainer: {steps[-1]['failure']}"
        assert steps[-1]["why"] and steps[-1]["time_us"] > 0
        return steps, processes

    def test_limit_is_refused(self, scratch, rootfs):
        steps, processes = self.fail(scratch, rootfs, "--cpuset-cpus", "1000")
        text, result = hold_failure(Told(steps), processes, PLACES, init=False)
        assert text.startswith("write(") and '"1000", 4' in text and result in ("ERANGE", "EINVAL")
        call = steps[-1]["calls"][-1]
        assert (call["errno"], call["error"]) in ((34, "ERANGE"), (22, "EINVAL"))
        assert call["message"] == os.strerror(call["errno"])

    def test_program_is_missing(self, scratch, rootfs):
        """Every folder in which it was looked for is told."""
        steps, processes = self.fail(scratch, rootfs, code=127, program=["no-such-program"])
        hold_failure(Told(steps), processes, PLACES, init=True)
        assert steps[-1]["title"] == "find program no-such-program"
        looked = [entry["call"] for entry in steps[-1]["calls"] if entry["error"] == "ENOENT"]
        assert '"/bin/no-such-program"' in looked[-1] and len(looked) == len(steps[-1]["calls"]) == 6

    def test_program_is_not_executable(self, scratch, rootfs):
        file = scratch / "text"
        file.write_text("text")
        steps, processes = self.fail(scratch, rootfs, "-v", f"{file}:/text", code=126, program=["/text"])
        last = hold_failure(Told(steps), processes, PLACES, init=True)
        assert last == ('faccessat2(AT_FDCWD, "/text", X_OK, AT_EACCESS)', "EACCES")

    @pytest.mark.parametrize("flags", [[], ["--init"]], ids=["alone", "below the first process"])
    def test_program_is_no_program(self, scratch, rootfs, flags):
        file = scratch / "text"
        file.write_text("text")
        file.chmod(0o755)
        steps, processes = self.fail(scratch, rootfs, "-v", f"{file}:/text", *flags, code=126, program=["/text"])
        text, result = hold_failure(Told(steps), processes, PLACES, init=True)
        assert text.startswith('execve("/text", ["/text"]') and result == "ENOEXEC"
        # It was announced, which is not told where it did not happen.
        assert sum(entry["call"].startswith("execve(") for entry in steps[-1]["calls"]) == 1

    def test_program_is_a_folder(self, scratch, rootfs):
        """A rule of ours, and no call: the reason is told."""
        steps, _ = self.fail(scratch, rootfs, code=126, program=["/bin"])
        assert steps[-1]["title"] == "find program /bin" and steps[-1]["failure"].endswith("is a directory")
        assert steps[-1]["calls"] == []

    def test_source_does_not_fit(self, scratch, rootfs):
        steps, _ = self.fail(scratch, rootfs, "--mount", "type=bind,source=/tmp,target=/bin/probe")
        assert steps[-1]["failure"] == "bind /tmp on /bin/probe: not a directory"

    def test_folder_is_a_file(self, scratch, rootfs):
        steps, processes = self.fail(scratch, rootfs, "-w", "/bin/probe/x")
        last = hold_failure(Told(steps), processes, PLACES, init=True)
        assert last[1] == "ENOTDIR"

    def test_text(self, rootfs):
        """As strace writes it, with the words of the C library."""
        done = subprocess.run([CLI, "run", "--explain", "--rm", rootfs, "/bin/none"], capture_output=True, text=True)
        *_, step, last = done.stderr.strip().split("\n\n")
        assert step.splitlines()[0].endswith("find program /bin/none, failed")
        assert step.splitlines()[-2:] == [
            '      calls   openat(AT_FDCWD, "/bin/none", O_RDONLY|O_CLOEXEC|O_PATH)',
            "                = -1 ENOENT (No such file or directory)"]
        assert last == 'swiftainer: exec "/bin/none": no such file or directory'


class TestEngine:
    """The log of `swiftainer-oci --debug`."""

    def fail(self, container, scratch, flags=()):
        done, told, processes = trace(container, scratch, flags=flags)
        assert done.returncode != 0
        return told, processes, [container.root]

    def test_file_system_refuses_an_option(self, containers, scratch):
        container = containers("exit", "0")
        container.mount("/x", "tmpfs", kind="tmpfs", options=["nonsense=1"])
        text, result = hold_failure(*self.fail(container, scratch), init=True)
        assert '"nonsense", "1"' in text and result == "EINVAL"
        log = (scratch / "log.json").read_text()
        assert "= -1 EINVAL (Invalid argument)" in log and " failed: mount tmpfs on /x" in log

    def test_source_is_missing(self, containers, scratch):
        container = containers("exit", "0").mount("/x", "/no/such/source")
        text, result = hold_failure(*self.fail(container, scratch), init=True)
        assert text.startswith("open_tree(") and result == "ENOENT"

    def test_memory_node_is_refused(self, containers, scratch):
        container = containers("exit", "0")
        container.linux["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "77"}
        text, result = hold_failure(*self.fail(container, scratch), init=True)
        assert text.startswith("set_mempolicy(") and result == "EINVAL"

    def test_score_is_refused(self, containers, scratch):
        container = containers("exit", "0")
        container.process["oomScoreAdj"] = -1000
        done, told, processes = trace(container, scratch)
        if done.returncode == 0:
            pytest.skip("the tests run with CAP_SYS_RESOURCE")
        assert "CAP_SYS_RESOURCE" in done.stderr
        text, result = hold_failure(told, processes, [container.root], init=False)
        assert '"-1000", 5' in text and result == "EACCES"

    def test_nobody_listens(self, containers, scratch):
        container = containers("exit", "0")
        container.process["terminal"] = True
        path = scratch / "deaf"
        socket.socket(socket.AF_UNIX).bind(str(path))
        told, processes, places = self.fail(container, scratch, ["--console-socket", path])
        text, result = hold_failure(told, processes, places, init=False)
        assert text.startswith("connect(") and result == "ECONNREFUSED"
        assert len(told.runtime) == 1

    def test_hook_inside_is_missing(self, containers, scratch):
        container = containers("exit", "0")
        container.config["hooks"] = {"createContainer": [{"path": "/no/such/hook", "args": ["hook", "x"]}]}
        text, result = hold_failure(*self.fail(container, scratch), init=True)
        assert text.startswith('execve("/no/such/hook", ["hook", "x"]') and result == "ENOENT"

    def test_hook_outside_is_missing(self, containers, scratch):
        container = containers("exit", "0")
        container.config["hooks"] = {"createRuntime": [{"path": "/no/such/hook"}]}
        told, _, _ = self.fail(container, scratch)
        assert told.runtime[-1] == ('execve("/no/such/hook", ["/no/such/hook"], /* 0 vars */)', "ENOENT")

    @pytest.mark.parametrize("kind", ["createRuntime", "createContainer", "poststart"])
    def test_hook_says_no(self, containers, scratch, kind):
        container = containers("exit", "0")
        container.config["hooks"] = {kind: [{"path": "/bin/false"}]}
        self.fail(container, scratch)
        lines = [json.loads(line)["msg"] for line in (scratch / "log.json").read_text().splitlines()]
        made = [line for line in lines if line.startswith("step ") and 'execve("/bin/false"' in line]
        assert len(made) == 1 and made[0].endswith(" = 0")
        assert any(" failed: run hook hooks." + kind in line and "exit code 1" in line for line in lines)


class TestHandOver:
    """What the launch leaves where others can see it."""

    def test_delegated_cgroup(self, containers, scratch):
        container = containers("exit", "0").map_users()
        container.linux["namespaces"].append({"type": "cgroup"})
        container.mount("/sys/fs/cgroup", "cgroup", kind="cgroup", options=["rw"])
        done, told, processes = trace(container, scratch)
        assert done.returncode == 0, done.stderr
        cgroups = {call.path for call in strace.Launch(processes).runtime
                   if call.name == "mkdir" and container.cgroups_path in call.path}
        hold_against_strace(told, processes, cgroups, [container.root])
        given = [text for text, result in told.runtime if text.startswith("lchown(") and result == "0"]
        assert given[0].endswith('", 100000, -1)') and any("/cgroup.procs" in text for text in given)

    def test_console_socket(self, containers, scratch):
        container = containers("exit", "0")
        container.process["terminal"] = True
        console = ConsoleSocket(scratch / "console")
        try:
            done, told, processes = trace(container, scratch, flags=["--console-socket", console.path, "--detach"])
        finally:
            console.close()
        assert done.returncode == 0, done.stderr
        cgroups = {call.path for call in strace.Launch(processes).runtime
                   if call.name == "mkdir" and container.cgroups_path in call.path}
        hold_against_strace(told, processes, cgroups, [container.root])
        assert told.runtime[0][0].startswith("connect(")
        assert any("SCM_RIGHTS" in text and '"/dev/pts/ptmx"' in text for text, _ in told.runtime)

    def test_pid_file_and_pidfd(self, containers, scratch):
        container = containers("exit", "0")
        pid_file = scratch / "pid"
        listener = ConsoleSocket(scratch / "pidfd")
        try:
            done, told, processes = trace(
                container, scratch, flags=["--pid-file", pid_file, "--pidfd-socket", listener.path])
        finally:
            listener.close()
        assert done.returncode == 0, done.stderr
        cgroups = {call.path for call in strace.Launch(processes).runtime
                   if call.name == "mkdir" and container.cgroups_path in call.path}
        hold_against_strace(told, processes, cgroups, [container.root, pid_file, f"{pid_file}.{strace.Launch(processes).maker}.tmp"])
        assert any(text.startswith("rename(") and text.endswith(f'"{pid_file}")') for text, _ in told.runtime)

    def test_create_and_start(self, containers, scratch):
        """The gate: what is told by the two commands together is what the init did."""
        container = containers("exit", "0")
        container.config["hooks"] = {"startContainer": [{"path": "/bin/probe", "args": ["probe", "exit", "0"]}]}
        container.write_config()
        folders = {name: scratch / name for name in ("create", "start")}
        for folder in folders.values():
            folder.mkdir()
        words = {"create": ["create", "--bundle", container.bundle, container.id], "start": ["start", container.id]}

        def command(name):
            return [container.runtime.path, "--root", container.root, "--debug", "--log", folders[name] / "log.json",
                    "--log-format", "json", *words[name]]

        creation = strace.begin(command("create"), folders["create"])
        wait.until(lambda: (container.root / container.id / "state.json").exists() and container.status == "created",
                   "the container is created")
        # `create` itself may still be on its way out; what it told is complete only then.
        started = subprocess.run(list(map(str, command("start"))), capture_output=True, text=True, timeout=30)
        assert started.returncode == 0, started.stderr
        processes = strace.end(creation, folders["create"])
        created, start = (told_by_log(folder / "log.json") for folder in folders.values())
        launch = strace.Launch(processes)
        cgroups = {call.path for call in launch.runtime
                   if call.name == "mkdir" and container.cgroups_path in call.path}
        compare(created.runtime, seen_by_runtime(launch.runtime, cgroups, [container.root]), "create")
        created.init += start.init
        compare(told_of_init(created), seen_by_init(launch.init), "init")
        assert any("S_IFIFO|0600" in text and '/gate"' in text for text, _ in created.runtime)
        assert [text.split("(")[0] for text, _ in start.runtime] == ["openat", "write"]
        assert [text.split("(")[0] for text, _ in start.init] == ["clone", "execve", "execve"]

    def test_exec(self, containers, scratch):
        container = containers.up()
        log = scratch / "exec.json"
        container.runtime.call("--debug", "--log", log, "--log-format", "json", "exec", container.id, "/bin/probe",
                               "exit", "0", root=container.root).succeeded()
        told = told_by_log(log)
        assert told.init[-1][0].startswith('execve("/bin/probe"')
        assert any(text.startswith("setns(") for text, _ in told.init)
