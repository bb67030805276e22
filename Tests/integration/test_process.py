"""process: what the payload is given, as the payload itself sees it."""

import os
import resource

import pytest

from harness import host, wait


def status_of(container, **options):
    return container.payload("status").run(**options).succeeded().record("status")


class TestArguments:
    def test_args(self, containers):
        arguments = [
            "args",
            "--",
            "print",
            "a b",
            "--",
            "print",
            "ünïcode",
            "--",
            "print",
            "",
            "--",
            "print",
            "\t\n",
        ]
        result = containers(*arguments).run().succeeded()
        assert result.record("args")["args"] == ["/bin/probe", *arguments]

    def test_many(self, containers):
        many = [f"argument-{number}" for number in range(5000)]
        result = containers("args", *many).run().succeeded()
        assert result.record("args")["args"][2:] == many

    def test_a_long_one(self, containers):
        long = "x" * 100_000
        assert containers("args", long).run().succeeded().record("args")["args"][2] == long

    def test_program_is_found_on_the_payloads_path(self, containers):
        container = containers()
        container.process["args"] = ["probe", "args"]
        container.process["env"] = ["PATH=/nowhere:/bin"]
        assert container.run().succeeded().record("args")["args"] == ["probe", "args"]

    def test_program_is_not_found_on_the_callers_path(self, containers):
        (folder := containers.scratch / "path").mkdir()
        container = containers("exit", 0)
        container.process["args"] = ["probe", "exit", "0"]
        container.process["env"] = ["PATH=/nowhere"]
        os.symlink("/bin/true", folder / "probe")
        result = container.run(env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}).failed()
        assert "executable file not found" in result.stderr or "no such file" in result.stderr

    def test_relative_program_starts_at_cwd(self, containers):
        container = containers()
        container.process["args"] = ["./probe", "exit", "11"]
        container.process["cwd"] = "/bin"
        assert container.run().code == 11

    def test_script(self, containers):
        container = containers()
        script = container.rootfs / "bin/script"
        script.write_text("#!/bin/probe print\n")
        script.chmod(0o755)
        container.process["args"] = ["/bin/script"]
        assert container.run().succeeded().stdout == "/bin/script\n"

    @pytest.mark.parametrize(
        "make, words",
        [
            (lambda path: path.mkdir(), "permission denied|is a directory"),
            (lambda path: (path.write_text("data"), path.chmod(0o644)), "permission denied"),
            (lambda path: (path.write_text("not a program"), path.chmod(0o755)), "exec format error"),
            (lambda path: path.symlink_to("/nowhere"), "no such file or directory"),
            (lambda path: (path.write_text("#!/nowhere\n"), path.chmod(0o755)), "no such file or directory"),
        ],
        ids=["folder", "mode", "format", "dangling", "interpreter"],
    )
    def test_program_that_cannot_run(self, containers, make, words):
        container = containers()
        make(container.rootfs / "bin/bad")
        container.process["args"] = ["/bin/bad"]
        result = container.run().failed()
        assert any(word in result.stderr for word in words.split("|")), str(result)


class TestEnvironment:
    def test_exact(self, containers):
        container = containers("env")
        container.process["env"] = ["PATH=/bin", "HOME=/x", "EMPTY=", "SPACES=a b", "EQUALS=a=b", "Ü=ß"]
        result = container.run(env={**os.environ, "LEAK": "1"}).succeeded()
        assert result.record("env")["env"] == container.process["env"]

    @pytest.mark.parametrize("uid, home", [(0, "/root"), (1000, "/home/user"), (4321, "/")])
    def test_home_is_set_where_absent(self, containers, uid, home):
        container = containers("env")
        container.process["user"] = {"uid": uid, "gid": 0}
        container.process["env"] = ["PATH=/bin"]
        assert f"HOME={home}" in container.run().succeeded().record("env")["env"]

    def test_the_last_of_two_wins(self, containers):
        container = containers()
        container.process["env"] = ["PATH=/nowhere", "A=1", "PATH=/bin", "A=2"]
        container.process["args"] = ["probe", "env"]
        assert "A=2" in container.run().succeeded().record("env")["env"]

    def test_large(self, containers):
        container = containers("env")
        container.process["env"] = [f"V{number}={'x' * 500}" for number in range(1000)] + ["HOME=/"]
        assert container.run().succeeded().record("env")["env"] == container.process["env"]

    def test_runtime_variables_do_not_leak(self, containers):
        container = containers("env")
        variables = container.run().succeeded().record("env")["env"]
        assert {entry.split("=")[0] for entry in variables} <= {"PATH", "HOME"}


class TestWorkingDirectory:
    def test_cwd(self, containers):
        container = containers("status")
        container.process["cwd"] = "/var/tmp"
        assert status_of(container)["cwd"] == "/var/tmp"

    def test_missing_one_is_made(self, containers):
        container = containers("status")
        container.process["cwd"] = "/not/yet/there"
        assert status_of(container)["cwd"] == "/not/yet/there"

    def test_link_inside_the_rootfs(self, containers):
        container = containers("status")
        os.symlink("/var/tmp", container.rootfs / "link")
        container.process["cwd"] = "/link"
        assert status_of(container)["cwd"] == "/var/tmp"

    def test_folder_that_only_the_user_may_enter(self, containers):
        """The payload's identity decides, as runc has it: both before and after the change of user work."""
        container = containers("status")
        private = container.rootfs / "private"
        private.mkdir(mode=0o700)
        os.chown(private, 1000, 1000)
        container.process["user"] = {"uid": 1000, "gid": 1000}
        container.process["cwd"] = "/private"
        for kind in ("bounding", "effective", "permitted"):
            container.process["capabilities"][kind] = []
        assert status_of(container)["cwd"] == "/private"

    def test_a_file_is_refused(self, containers):
        container = containers("status")
        container.process["cwd"] = "/bin/probe"
        assert "not a directory" in container.run().failed().stderr


class TestUser:
    def test_ids(self, containers):
        container = containers("status")
        container.process["user"] = {"uid": 1000, "gid": 2000}
        status = status_of(container)
        assert [status[key] for key in ("uid", "euid", "suid")] == [1000] * 3
        assert [status[key] for key in ("gid", "egid", "sgid")] == [2000] * 3
        assert status["groups"] == []

    def test_additional_groups(self, containers):
        container = containers("status")
        container.process["user"] = {"uid": 1000, "gid": 1000, "additionalGids": [5, 50, 70000]}
        assert sorted(status_of(container)["groups"]) == [5, 50, 70000]

    def test_callers_groups_are_dropped(self, containers):
        container = containers("status")
        groups = os.getgroups()
        os.setgroups([1234])
        try:
            assert status_of(container)["groups"] == []
        finally:
            os.setgroups(groups)

    @pytest.mark.needs("large-ids")
    def test_large_ids(self, containers):
        container = containers("status")
        container.process["user"] = {"uid": 4_000_000_000, "gid": 4_000_000_001}
        status = status_of(container)
        assert (status["uid"], status["gid"]) == (4_000_000_000, 4_000_000_001)

    @pytest.mark.parametrize("umask", [0, 0o027, 0o777])
    def test_umask(self, containers, umask):
        container = containers("status")
        container.process["user"]["umask"] = umask
        assert status_of(container)["umask"] == umask

    def test_umask_does_not_come_from_the_caller(self, containers):
        container = containers("status")
        before = os.umask(0o077)
        try:
            assert status_of(container)["umask"] == 0o022
        finally:
            os.umask(before)

    def test_no_way_back_to_root(self, containers):
        container = containers("setuid", 0, "--", "setgid", 0)
        container.process["user"] = {"uid": 1000, "gid": 1000}
        result = container.run().succeeded()
        assert result.record("setuid")["errno"] == "EPERM"
        assert result.record("setgid")["errno"] == "EPERM"

    def test_root_in_the_container_can_change(self, containers):
        result = (
            containers("setgroups", 7, "--", "setgid", 8, "--", "setuid", 9, "--", "status").run().succeeded()
        )
        status = result.record("status")
        assert (status["uid"], status["gid"], status["groups"]) == (9, 8, [7])


class TestLimits:
    @pytest.mark.parametrize(
        "name, soft, hard",
        [
            ("RLIMIT_NOFILE", 512, 1024),
            ("RLIMIT_CORE", 0, 0),
            ("RLIMIT_STACK", 4 << 20, 64 << 20),
            ("RLIMIT_AS", 1 << 33, 1 << 34),
            ("RLIMIT_NPROC", 100, 200),
            ("RLIMIT_CPU", 10, 20),
            ("RLIMIT_DATA", 1 << 30, 1 << 31),
            ("RLIMIT_FSIZE", 1 << 20, 1 << 21),
            ("RLIMIT_MEMLOCK", 4096, 8192),
            ("RLIMIT_MSGQUEUE", 1000, 2000),
            ("RLIMIT_RSS", 1 << 30, 1 << 31),
            ("RLIMIT_SIGPENDING", 10, 20),
            ("RLIMIT_LOCKS", 10, 20),
            ("RLIMIT_RTTIME", 1000, 2000),
        ],
    )
    def test_lowered(self, containers, name, soft, hard):
        container = containers("limits")
        container.process["rlimits"] = [{"type": name, "soft": soft, "hard": hard}]
        assert container.run().succeeded().record("limits")[name] == [soft, hard]

    def test_infinity(self, containers):
        container = containers("limits")
        infinity = 2**64 - 1
        container.process["rlimits"] = [{"type": "RLIMIT_DATA", "soft": infinity, "hard": infinity}]
        assert container.run().succeeded().record("limits")["RLIMIT_DATA"] == [infinity, infinity]

    def test_soft_may_be_raised_to_hard(self, containers):
        container = containers("limits")
        container.process["rlimits"] = [{"type": "RLIMIT_DATA", "soft": 2 << 30, "hard": 2 << 30}]
        lower = lambda: resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 2 << 30))
        limits = container.run(preexec_fn=lower).succeeded().record("limits")
        assert limits["RLIMIT_DATA"] == [2 << 30, 2 << 30]

    def test_unset_ones_are_inherited(self, containers):
        limits = containers("limits").run().succeeded().record("limits")
        assert limits["RLIMIT_NOFILE"] == list(resource.getrlimit(resource.RLIMIT_NOFILE))

    def test_runtimes_own_descriptors_do_not_count(self, containers):
        """A small NOFILE must not keep the runtime from finishing the set-up."""
        container = containers("exit", 0)
        container.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 8, "hard": 8}]
        container.run().succeeded()

    @pytest.mark.needs("sys-resource")
    def test_raised(self, containers):
        container = containers("limits")
        _, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
        container.process["rlimits"] = [{"type": "RLIMIT_MEMLOCK", "soft": hard + 1, "hard": hard + 1}]
        assert container.run().succeeded().record("limits")["RLIMIT_MEMLOCK"] == [hard + 1] * 2

    def test_raising_without_the_capability_names_the_limit(self, containers, runtime):
        if host.has_capability(24):
            pytest.skip("the tests run with CAP_SYS_RESOURCE")
        container = containers("limits")
        _, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
        container.process["rlimits"] = [{"type": "RLIMIT_MEMLOCK", "soft": hard + 1, "hard": hard + 1}]
        result = container.run().failed()
        assert "operation not permitted" in result.stderr
        if runtime.kind == "swiftainer":
            assert "CAP_SYS_RESOURCE" in result.stderr


class TestFlags:
    @pytest.mark.parametrize("wanted", [True, False])
    def test_no_new_privileges(self, containers, wanted):
        container = containers("status")
        container.process["noNewPrivileges"] = wanted
        assert status_of(container)["noNewPrivs"] == int(wanted)

    def test_no_new_privileges_is_off_by_default(self, containers):
        container = containers("status")
        del container.process["noNewPrivileges"]
        assert status_of(container)["noNewPrivs"] == 0

    @pytest.mark.parametrize("score", [0, 500, 1000])
    def test_oom_score(self, containers, score):
        container = containers("status")
        container.process["oomScoreAdj"] = score
        assert status_of(container)["oomScoreAdj"] == score

    def test_oom_score_is_inherited_where_absent(self, containers):
        own = int(open("/proc/self/oom_score_adj").read())
        assert status_of(containers())["oomScoreAdj"] == own

    def test_payload_leads_its_session(self, containers):
        status = status_of(containers())
        assert status["session"] == status["pid"] == status["pgid"] == 1

    def test_no_parent_death_signal_remains(self, containers):
        """A detached payload must outlive the command that made it."""
        assert status_of(containers())["pdeathsig"] == 0

    def test_signal_state_is_clean(self, containers):
        status = status_of(containers())
        assert status["blocked"] == []
        assert status["ignored"] == []

    def test_no_securebits(self, containers):
        assert status_of(containers())["securebits"] == 0

    def test_dumpable_by_its_owner(self, containers):
        container = containers("status")
        container.process["user"] = {"uid": 1000, "gid": 1000}
        assert status_of(container)["dumpable"] == 1


class TestKeyring:
    def test_a_new_one(self, containers):
        first, second = containers("status"), containers("status")
        assert status_of(first)["sessionKeyring"] != status_of(second)["sessionKeyring"]

    def test_no_new_keyring(self, containers):
        first, second = containers("status"), containers("status")
        flags = ("--no-new-keyring",)
        one = first.run(*flags).succeeded().record("status")["sessionKeyring"]
        two = second.run(*flags).succeeded().record("status")["sessionKeyring"]
        assert one == two


class TestScheduling:
    @pytest.mark.needs("scheduler")
    @pytest.mark.parametrize(
        "scheduler, policy, nice, priority",
        [
            ({"policy": "SCHED_OTHER", "nice": 7}, 0, 7, 0),
            ({"policy": "SCHED_BATCH", "nice": 3}, 3, 3, 0),
            ({"policy": "SCHED_IDLE"}, 5, 0, 0),
        ],
    )
    def test_policy(self, containers, scheduler, policy, nice, priority):
        container = containers("status")
        container.process["scheduler"] = scheduler
        found = status_of(container)["scheduler"]
        assert (found["policy"], found["nice"], found["priority"]) == (policy, nice, priority)

    @pytest.mark.needs("scheduler")
    def test_flags(self, containers):
        container = containers("status")
        container.process["scheduler"] = {
            "policy": "SCHED_OTHER",
            "nice": 2,
            "flags": ["SCHED_FLAG_RESET_ON_FORK"],
        }
        # The payload is forked no more after it is set, so the flag is still seen.
        assert status_of(container)["scheduler"]["flags"] & 1

    @pytest.mark.needs("io-priority")
    @pytest.mark.parametrize(
        "name, number, level",
        [("IOPRIO_CLASS_BE", 2, 6), ("IOPRIO_CLASS_IDLE", 3, 0), ("IOPRIO_CLASS_RT", 1, 3)],
    )
    def test_io_priority(self, containers, name, number, level):
        container = containers("status")
        container.process["ioPriority"] = {"class": name, "priority": level}
        status = status_of(container)
        assert (status["ioprioClass"], status["ioprioLevel"]) == (number, level)

    @pytest.mark.needs("personality")
    def test_personality(self, containers):
        container = containers("status", "--", "host")
        container.linux["personality"] = {"domain": "LINUX32"}
        result = container.run().succeeded()
        assert result.record("status")["personality"] & 0xFF == 0x08
        assert result.record("host")["machine"] in ("i686", "armv8l")

    @pytest.mark.needs("memory-policy")
    def test_memory_policy(self, containers):
        container = containers("status")
        container.linux["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0"}
        status = status_of(container)
        assert status["memoryPolicy"] == 2
        assert status["memoryNodes"] == 1


class TestHost:
    def test_hostname(self, containers):
        container = containers("host")
        container.config["hostname"] = "a-container"
        assert container.run().succeeded().record("host")["hostname"] == "a-container"
        assert os.uname().nodename != "a-container"

    @pytest.mark.needs("domainname")
    def test_domainname(self, containers):
        container = containers("host")
        container.config["domainname"] = "example.internal"
        assert container.run().succeeded().record("host")["domainname"] == "example.internal"

    def test_unset_hostname_is_the_hosts(self, containers):
        container = containers("host")
        del container.config["hostname"]
        assert container.run().succeeded().record("host")["hostname"] == os.uname().nodename


class TestPid:
    def test_payload_is_pid_one(self, containers):
        status = status_of(containers())
        assert (status["pid"], status["ppid"]) == (1, 0)

    def test_orphans_belong_to_the_payload(self, containers):
        result = containers("orphans", 3, "--", "reap").run().succeeded()
        assert result.record("reap")["reaped"] == 3

    def test_payload_sees_no_other_processes(self, containers):
        names = containers("ls", "/proc").run().succeeded().record("ls")["names"]
        assert [name for name in names if name.isdigit()] == ["1"]

    def test_children_die_with_it(self, containers):
        container = containers.up("daemons", 3)
        pids = container.pids()
        container.kill("KILL").succeeded()
        for pid in pids:
            wait.for_death(pid)
