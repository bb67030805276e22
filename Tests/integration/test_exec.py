"""exec: another process in a running container, the same in everything that was not asked otherwise."""

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from harness import config, host, wait
from harness.container import PROBE


@pytest.fixture
def running(containers):
    return containers.up()


def process(*arguments, **more):
    """An OCI process object for `exec --process`."""
    return {
        "args": [PROBE, *map(str, arguments)],
        "cwd": "/",
        "env": ["PATH=/bin"],
        "user": {"uid": 0, "gid": 0},
        **more,
    }


def detach(container, *arguments, flags=()):
    """`exec --detach`; returns the process and what it prints."""
    file = container.bundle / "exec-pid"
    result = container.launch("exec", "--detach", "--pid-file", file, *flags, container.id, PROBE, *arguments)
    assert result.code == 0, str(result)
    return wait.Orphan(int(file.read_text())), result.output


class TestResult:
    @pytest.mark.parametrize("code", [0, 1, 77, 255])
    def test_exit_code(self, running, code):
        assert running.exec("exit", code).code == code

    def test_death_by_signal(self, running):
        assert running.exec("signal-self", "KILL").code == 137

    def test_streams(self, running):
        result = running.exec("print", "out", "--", "print", "err", "stderr").succeeded()
        assert (result.stdout, result.stderr) == ("out\n", "err\n")

    def test_stdin(self, running):
        result = running.exec("stdin-hash", stdin="x" * 100_000).succeeded()
        assert result.record("stdin-hash")["bytes"] == 100_000

    def test_missing_program(self, running):
        result = running.exec(program="/bin/nothing").failed()
        assert "no such file or directory" in result.stderr or "executable file not found" in result.stderr

    def test_program_without_execute_bit(self, running):
        assert "permission denied" in running.exec(program="/etc/passwd").failed().stderr

    def test_container_outlives_it(self, running):
        running.exec("signal-self", "KILL").failed()
        assert running.status == "running"


class TestSameAsInit:
    def test_namespaces(self, running):
        found = running.exec("ns").succeeded().record("ns")
        for name in ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts"):
            assert found[name] == os.stat(f"/proc/{running.pid}/ns/{name}").st_ino

    def test_namespaces_with_a_user_namespace(self, containers):
        container = containers("pause").map_users().up()
        result = container.exec("ns", "--", "status").succeeded()
        assert result.record("ns")["user"] == os.stat(f"/proc/{container.pid}/ns/user").st_ino
        assert result.record("status")["uid"] == 0

    def test_cgroups(self, running):
        mine = running.exec("read", "/proc/self/cgroup").succeeded().record("read")["text"]
        init = running.exec("read", "/proc/1/cgroup").succeeded().record("read")["text"]
        assert mine == init

    def test_capabilities(self, running):
        found = running.exec("caps").succeeded().record("caps")
        assert set(found["effective"]) == set(config.DEFAULT_CAPABILITIES)
        assert found["inheritable"] == found["ambient"] == []

    def test_environment(self, containers):
        container = containers("pause")
        container.process["env"] = ["PATH=/bin", "FROM=config", "HOME=/root"]
        container.up()
        assert container.exec("env").succeeded().record("env")["env"] == container.process["env"]

    def test_user_and_folder(self, containers):
        container = containers("pause")
        container.process.update(user={"uid": 1000, "gid": 1000, "additionalGids": [50]}, cwd="/var/tmp")
        container.up()
        status = container.exec("status").succeeded().record("status")
        assert (status["uid"], status["gid"], status["groups"]) == (1000, 1000, [50])
        assert status["cwd"] == "/var/tmp"

    @pytest.mark.parametrize("locked", [True, False])
    def test_no_new_privileges(self, containers, locked):
        container = containers("pause")
        container.process["noNewPrivileges"] = locked
        container.up()
        assert container.exec("status").succeeded().record("status")["noNewPrivs"] == int(locked)

    def test_limits(self, containers):
        container = containers("pause")
        container.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}]
        container.up()
        assert container.exec("limits").succeeded().record("limits")["RLIMIT_NOFILE"] == [100, 200]

    def test_oom_score(self, containers):
        container = containers("pause")
        container.process["oomScoreAdj"] = 321
        container.up()
        assert container.exec("status").succeeded().record("status")["oomScoreAdj"] == 321

    def test_root_and_what_is_hidden(self, running):
        result = running.exec("ls", "/", "--", "read", "/proc/timer_list").succeeded()
        assert "etc" in result.record("ls")["names"]
        assert result.record("read")["text"] in ("", None)

    def test_hostname(self, running):
        assert running.exec("host").succeeded().record("host")["hostname"] == "probe"


class TestProcess:
    def test_its_parent_is_outside_and_it_leads_a_session(self, running):
        status = running.exec("status").succeeded().record("status")
        assert status["ppid"] == 0
        assert status["session"] == status["pid"] == status["pgid"]

    def test_signal_state_is_clean(self, running):
        status = running.exec("status").succeeded().record("status")
        assert status["blocked"] == status["ignored"] == []
        assert status["pdeathsig"] == 0

    def test_init_sees_it(self, containers):
        container = containers.up()
        orphan, output = detach(container, "pause")
        output.record("pause")
        assert orphan.pid in container.pids()
        os.kill(orphan.pid, signal.SIGKILL)
        assert orphan.exit_code() == 137
        output.close()

    def test_only_standard_descriptors(self, running):
        found = running.exec("fds").succeeded().record("fds")["fds"]
        assert [entry["fd"] for entry in found] == [0, 1, 2]


class TestFlags:
    def test_cwd(self, running):
        status = running.exec("status", flags=["--cwd", "/var/tmp"]).succeeded().record("status")
        assert status["cwd"] == "/var/tmp"

    def test_env_is_added(self, running):
        variables = running.exec("env", flags=["-e", "A=1", "-e", "B=2=3"]).succeeded().record("env")["env"]
        assert {"PATH=/bin", "A=1", "B=2=3"} <= set(variables)

    @pytest.mark.parametrize(
        "text, uid, gid", [("1000", 1000, 0), ("1000:50", 1000, 50), ("0", 0, 0), ("1", 1, 0)]
    )
    def test_user(self, running, text, uid, gid):
        status = running.exec("status", flags=["--user", text]).succeeded().record("status")
        assert (status["uid"], status["gid"]) == (uid, gid)

    @pytest.mark.parametrize(
        "text",
        [
            "x",
            "1x",
            "-1",
            "1:x",
            "1:-2",
            ":",
            "1:2:3x",
            "0x10",
            " 1",
            pytest.param("4294967296", marks=pytest.mark.needs("swiftainer")),
        ],
    )
    def test_user_that_is_none(self, running, text):
        running.exec("status", flags=["--user", text]).failed()

    def test_additional_groups(self, running):
        status = (
            running.exec("status", flags=["--additional-gids", "5", "--additional-gids", "50"])
            .succeeded()
            .record("status")
        )
        assert sorted(status["groups"]) == [5, 50]

    def test_capability(self, running):
        found = running.exec("caps", flags=["--cap", "CAP_SYS_ADMIN"]).succeeded().record("caps")
        assert "CAP_SYS_ADMIN" in found["effective"]
        assert set(config.DEFAULT_CAPABILITIES) <= set(found["effective"])

    def test_capability_of_a_user(self, running):
        flags = ["--user", "1000:1000", "--cap", "CAP_NET_RAW"]
        found = running.exec("caps", flags=flags).succeeded().record("caps")
        assert set(found["effective"]) <= {"CAP_NET_RAW"}

    def test_unknown_capability(self, running, runtime):
        if runtime.kind == "runc":
            pytest.skip(f"runc {runtime.version} only warns")
        assert "CAP_NOTHING" in running.exec("caps", flags=["--cap", "CAP_NOTHING"]).failed().stderr

    def test_no_new_privileges(self, containers):
        container = containers("pause")
        container.process["noNewPrivileges"] = False
        container.up()
        status = container.exec("status", flags=["--no-new-privs"]).succeeded().record("status")
        assert status["noNewPrivs"] == 1

    def test_flags_of_the_program_are_its_own(self, running):
        result = running.exec("print", "--cwd", "--", "print", "-u").succeeded()
        assert result.stdout == "--cwd\n-u\n"

    def test_id_after_two_dashes(self, running):
        result = running.call("exec", "--", running.id, PROBE, "exit", 5)
        assert result.code == 5

    def test_unknown_flag(self, running):
        running.exec("exit", 0, flags=["--no-such-flag"]).failed()

    def test_no_program(self, running):
        running.call("exec", running.id).failed()

    def test_sub_cgroup(self, running):
        for folder in running.cgroups():
            (folder / "sub").mkdir()
            for name in ("cpuset.cpus", "cpuset.mems"):
                # v1's cpuset starts empty in a new folder; v2's has no such file there, or one that may stay empty.
                if (folder / "sub" / name).exists() and not (folder / "sub" / name).read_text().strip():
                    (folder / "sub" / name).write_text((folder / name).read_text())
        result = running.exec("read", "/proc/self/cgroup", flags=["--cgroup", "sub"])
        text = result.succeeded().record("read")["text"]
        assert f"{running.cgroups_path}/sub" in text

    def test_sub_cgroup_outside_is_refused(self, running):
        running.exec("exit", 0, flags=["--cgroup", "../.."]).failed()

    @pytest.mark.parametrize("flag", ["--process-label", "--apparmor"])
    def test_security_modules_that_are_off(self, running, flag):
        enabled = Path("/sys/kernel/security/lsm")
        if enabled.exists() and ("apparmor" in enabled.read_text() or "selinux" in enabled.read_text()):
            pytest.skip("a security module is on")
        running.exec("exit", 0, flags=[flag, "some-label"]).failed()


class TestProcessFile:
    def test_everything(self, running):
        asked = process(
            "args",
            "--",
            "env",
            "--",
            "status",
            "--",
            "caps",
            "--",
            "limits",
            cwd="/var/tmp",
            env=["X=1", "HOME=/x"],
            user={"uid": 12, "gid": 13, "additionalGids": [14]},
            capabilities={"bounding": ["CAP_KILL"], "effective": [], "permitted": [], "inheritable": []},
            rlimits=[{"type": "RLIMIT_NOFILE", "soft": 50, "hard": 60}],
            noNewPrivileges=True,
        )
        result = running.exec_process(asked).succeeded()
        status = result.record("status")
        assert result.record("args")["args"] == asked["args"]
        assert result.record("env")["env"] == ["X=1", "HOME=/x"]
        assert (status["uid"], status["gid"], status["groups"]) == (12, 13, [14])
        assert (status["cwd"], status["noNewPrivs"]) == ("/var/tmp", 1)
        assert result.record("caps")["bounding"] == ["CAP_KILL"]
        assert result.record("limits")["RLIMIT_NOFILE"] == [50, 60]

    @pytest.mark.needs("exec-umask")
    def test_umask_and_oom_score(self, running):
        asked = process("status", user={"uid": 0, "gid": 0, "umask": 0o077}, oomScoreAdj=600)
        status = running.exec_process(asked).succeeded().record("status")
        assert (status["umask"], status["oomScoreAdj"]) == (0o077, 600)

    def test_nothing_of_the_config_is_mixed_in(self, containers):
        container = containers("pause")
        container.process["env"] = ["PATH=/bin", "FROM=config"]
        container.up()
        variables = container.exec_process(process("env")).succeeded().record("env")["env"]
        assert "FROM=config" not in variables

    @pytest.mark.needs("scheduler")
    def test_scheduler(self, running):
        asked = process("status", scheduler={"policy": "SCHED_BATCH", "nice": 4})
        found = running.exec_process(asked).succeeded().record("status")["scheduler"]
        assert (found["policy"], found["nice"]) == (3, 4)

    @pytest.mark.needs("io-priority")
    def test_io_priority(self, running):
        asked = process("status", ioPriority={"class": "IOPRIO_CLASS_IDLE", "priority": 0})
        assert running.exec_process(asked).succeeded().record("status")["ioprioClass"] == 3

    @pytest.mark.needs("exec-cpu-affinity")
    def test_cpu_affinity(self, running):
        asked = process("status", execCPUAffinity={"initial": "0", "final": "0"})
        assert running.exec_process(asked).succeeded().record("status")["affinity"] == [0]

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[]", "null", '{"args": []}', '{"args": ["/bin/probe"]}', '{"args": "x", "cwd": "/"}'],
    )
    def test_broken(self, running, text):
        file = running.bundle / "broken.json"
        file.write_text(text)
        running.call("exec", "--process", file, running.id, timeout=10).failed()

    def test_missing_file(self, running):
        running.call("exec", "--process", "/nowhere", running.id).failed()

    def test_relative_cwd(self, running):
        running.exec_process(process("exit", 0, cwd="tmp")).failed()


class TestDetached:
    def test_returns_at_once_and_is_ours_to_reap(self, running):
        orphan, output = detach(running, "print", "here", "--", "exit", 9)
        assert orphan.exit_code() == 9
        assert output.rest() == "here\n"
        output.close()

    def test_missing_program_is_told(self, running):
        result = running.launch("exec", "--detach", running.id, "/bin/nothing")
        result.output.close()
        assert result.code != 0
        assert "no such file" in result.stderr or "not found" in result.stderr

    def test_pid_file_of_a_foreground_one(self, running, scratch):
        running.exec("exit", 0, flags=["--pid-file", scratch / "pid"]).succeeded()
        assert (scratch / "pid").read_text().isdigit()

    def test_dies_with_the_container(self, running):
        orphan, output = detach(running, "pause")
        output.record("pause")
        running.kill("KILL").succeeded()
        running.wait_exit()
        assert orphan.exit_code() == 137
        output.close()

    def test_dies_with_delete_in_a_shared_pid_namespace(self, containers):
        container = containers("pause").without("pid").up()
        orphan, output = detach(container, "pause")
        output.record("pause")
        container.delete("--force").succeeded()
        assert orphan.exit_code() == 137
        output.close()

    @pytest.mark.needs("pidfd-socket")
    def test_pidfd_socket(self, running, scratch):
        path = scratch / "pidfd"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            orphan, output = detach(running, "pause", flags=["--pidfd-socket", path])
            peer, _ = listener.accept()
            _, [descriptor], _, _ = socket.recv_fds(peer, 100, 1)
            peer.close()
        assert f"Pid:\t{orphan.pid}\n" in Path(f"/proc/self/fdinfo/{descriptor}").read_text()
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        assert orphan.exit_code() == 137
        os.close(descriptor)
        output.close()


class TestForeground:
    def test_ends_when_the_container_ends(self, running):
        done = []
        thread = threading.Thread(target=lambda: done.append(running.exec("pause")))
        thread.start()
        # Executed, and not still on its way: then it would be the launch that fails.
        wait.until(
            lambda: [host.executable(pid) for pid in running.pids()].count("probe") == 2, "the process is in"
        )
        running.kill("KILL").succeeded()
        thread.join(wait.PATIENCE)
        assert done[0].code == 137

    def test_many_at_once(self, running):
        results = [None] * 12

        def one(number):
            results[number] = running.exec("print", number, "--", "exit", number)

        threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [result.code for result in results] == list(range(12))
        assert [result.stdout for result in results] == [f"{number}\n" for number in range(12)]

    def test_one_after_the_other(self, running):
        """A health probe does this for ever: nothing may add up."""
        before = sorted(os.listdir(running.root / running.id))
        for number in range(15):
            running.exec("exit", number).failed() if number else running.exec("exit", 0).succeeded()
        assert sorted(os.listdir(running.root / running.id)) == before
        assert running.pids() == [running.pid]


class TestState:
    def test_in_a_created_container(self, containers):
        container = containers("pause").create()
        result = container.exec("status", timeout=10)
        if result.code == 0:  # allowed, but then it is a full member
            assert result.record("status")["uid"] == 0
        container.start()
        container.output.record("pause")

    def test_after_the_end(self, containers):
        container = containers("exit", 0).create().start()
        container.wait_exit()
        container.exec("exit", 0).failed()

    def test_ignore_paused(self, running):
        """It joins the frozen cgroup, and goes on when that is thawed."""
        running.call("pause", running.id).succeeded()
        done = []
        thread = threading.Thread(
            target=lambda: done.append(running.exec("print", "woke", flags=["--ignore-paused"]))
        )
        thread.start()
        thread.join(0.3)
        running.call("resume", running.id).succeeded()
        thread.join(wait.PATIENCE)
        assert done[0].succeeded().stdout == "woke\n"
