"""list, ps, events, update, spec, features, and the command line itself: what people and engines type and read."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from harness import host, wait

MIB = 1 << 20


def file_of(container, controller, legacy, unified):
    """The text of a limit's file, wherever the controller is."""
    name = unified if host.is_v2(controller) else legacy
    return (container.cgroup(controller) / name).read_text().strip()


def memory_limit(container):
    return file_of(container, "memory", "memory.limit_in_bytes", "memory.max")


UNLIMITED = ("max", "9223372036854771712")


class TestList:
    def test_columns_are_aligned(self, containers, runtime, root):
        container = containers("pause").create()
        title, line = runtime.call("list", root=root).succeeded().stdout.splitlines()
        for name, value in (("ID", container.id), ("PID", str(container.pid)), ("STATUS", "created"),
                            ("BUNDLE", str(container.bundle)), ("OWNER", "root")):  # fmt: skip
            assert line[title.index(name) :].startswith(value)

    def test_stopped(self, containers, runtime, root):
        container = containers("exit", 0).create().start()
        container.wait_exit()
        [entry] = json.loads(runtime.call("list", "-f", "json", root=root).succeeded().stdout)
        assert (entry["status"], entry["pid"]) == ("stopped", 0)
        line = runtime.call("list", root=root).succeeded().stdout.splitlines()[1]
        assert line.split()[:3] == [container.id, "0", "stopped"]

    def test_json_fields(self, containers, runtime, root):
        container = containers("pause")
        container.config["annotations"] = {"key": "value"}
        container.create()
        [entry] = json.loads(runtime.call("list", "-f", "json", root=root).succeeded().stdout)
        assert entry["rootfs"] == str(container.rootfs)
        assert entry["annotations"] == {"key": "value"}
        assert entry["owner"] == "root"
        assert re.match(r"\d{4}-\d\d-\d\dT", entry["created"])
        assert "ociVersion" in entry

    def test_empty_json_is_null(self, runtime, root):
        assert runtime.call("list", "-f", "json", root=root).succeeded().stdout == "null\n"

    def test_broken_state_is_told(self, containers, runtime, root):
        container = containers("pause").create()
        (root / "broken").mkdir()
        (root / "broken" / "state.json").write_text("{")
        result = runtime.call("list", "-q", root=root).succeeded()
        assert result.stdout.split() == [container.id]
        assert "broken" in result.stderr

    def test_no_arguments(self, runtime, root):
        runtime.call("list", "something", root=root).failed()


class TestPs:
    def test_other_processes_are_left_out(self, containers):
        container, other = containers.up("fork", 1), containers.up()
        lines = container.call("ps", container.id, "-o", "ppid,pid").succeeded().stdout.splitlines()
        pids = {int(line.split()[1]) for line in lines[1:]}
        assert pids == set(container.pids())
        assert other.pid not in pids

    def test_exec_is_listed(self, containers):
        container = containers.up()
        result = container.launch("exec", "--detach", container.id, "/bin/probe", "pause")
        result.output.record("pause")
        pids = json.loads(container.call("ps", "-f", "json", container.id).succeeded().stdout)
        assert len(pids) == 2 and container.pid in pids
        result.output.close()

    def test_stopped(self, containers):
        container = containers("exit", 0).create().start()
        container.wait_exit()
        assert json.loads(container.call("ps", "-f", "json", container.id).succeeded().stdout) in ([], None)

    def test_without_a_column_of_pids(self, containers):
        container = containers.up()
        assert "PID" in container.call("ps", container.id, "-o", "comm").failed().stderr

    def test_ps_that_fails(self, containers):
        container = containers.up()
        container.call("ps", container.id, "--no-such-option").failed()

    def test_host_without_ps(self, containers, scratch):
        container = containers.up()
        empty = scratch / "no-programs"
        empty.mkdir()
        result = container.call("ps", container.id, env={"PATH": str(empty)}).failed()
        assert re.search("ps.*executable file not found", result.stderr)
        container.call("ps", "-f", "json", container.id, env={"PATH": str(empty)}).succeeded()

    def test_bad_format(self, containers):
        container = containers.up()
        container.call("ps", "--format", "xml", container.id).failed()


class Events:
    """`events` in the background; lines as they come."""

    def __init__(self, container, *flags):
        command = container.runtime.command("events", *flags, container.id, root=container.root)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def next(self):
        return json.loads(self.process.stdout.readline())

    def until_watching(self):
        """It waits for something to happen when it sleeps in poll(2)."""
        wait.until(lambda: "poll" in Path(f"/proc/{self.process.pid}/wchan").read_text(), "it watches")


class TestEvents:
    def test_ends_with_the_container(self, containers):
        container = containers.up()
        with Events(container, "--interval", "50ms") as events:
            assert events.next()["type"] == "stats"
            container.kill("KILL").succeeded()
            container.wait_exit()
            container.delete().succeeded()
            assert events.process.wait(wait.PATIENCE) == 0

    @pytest.mark.needs("swiftainer")
    def test_ends_before_the_container_is_deleted(self, containers):
        container = containers.up()
        with Events(container, "--interval", "1h") as events:
            events.until_watching()
            container.kill("KILL").succeeded()
            assert events.process.wait(wait.PATIENCE) == 0
            assert events.process.stdout.read() == ""

    def test_nobody_reads_any_more(self, containers):
        container = containers.up()
        with Events(container, "--interval", "20ms") as events:
            events.next()
            events.process.stdout.close()
            assert events.process.wait(wait.PATIENCE) != 0

    @pytest.mark.needs("memory")
    def test_out_of_memory_that_ends_the_container(self, containers):
        container = containers("line", "--", "eat-memory", 256 * MIB)
        container.resources["memory"] = {"limit": 32 * MIB, "swap": 32 * MIB}
        container.create(stdin=True).start()
        with Events(container, "--interval", "50ms") as events:
            assert events.next()["type"] == "stats"  # it listens by now
            container.stdin.write(b"\n")
            container.stdin.flush()
            assert container.wait_exit() == 137
            wait.until(lambda: events.next()["type"] == "oom", "an oom event")
            if container.runtime.kind == "runc":
                container.delete()  # only then it ends
            assert events.process.wait(wait.PATIENCE) == 0

    @pytest.mark.needs("memory", "swiftainer")
    def test_no_memory_event_without_reason(self, containers):
        container = containers("pause")
        container.resources["memory"] = {"limit": 64 * MIB}
        container.up()
        with Events(container, "--interval", "1h") as events:
            events.until_watching()
            container.kill("KILL").succeeded()
            container.wait_exit()
            container.delete().succeeded()
            assert events.process.wait(wait.PATIENCE) == 0
            assert events.process.stdout.read() == ""

    @pytest.mark.needs("memory", "swiftainer")
    def test_limit_that_comes_later_is_watched(self, containers):
        """On a hybrid host the container joins the memory hierarchy by the update."""
        container = containers("line", "--", "spawn", "/bin/probe", "eat-memory", 256 * MIB, "--", "pause")
        container.create(stdin=True).start()
        with Events(container, "--interval", "50ms") as events:
            events.next()
            container.call("update", "--memory", "32m", "--memory-swap", "32m", container.id).succeeded()
            wait.until(lambda: "usage" in events.next()["data"]["memory"], "statistics of memory")
            events.next()
            container.stdin.write(b"\n")
            container.stdin.flush()
            wait.until(lambda: events.next()["type"] == "oom", "an oom event")

    def test_counters_grow(self, containers):
        container = containers.up()
        read = lambda: json.loads(container.call("events", "--stats", container.id).succeeded().stdout)
        first = read()["data"]["cpu"]["usage"]["total"]
        container.exec("burn-cpu", 0.1).succeeded()
        assert read()["data"]["cpu"]["usage"]["total"] >= first + 1_000_000

    @pytest.mark.parametrize("text", ["0", "0s", "-1s", "5", "soon", "s"])
    def test_bad_interval(self, containers, text):
        container = containers.up()
        container.call("events", "--interval", text, container.id, timeout=10).failed()

    def test_of_a_stopped_container(self, containers):
        container = containers("exit", 0).create().start()
        container.wait_exit()
        assert "running" in container.call("events", container.id, timeout=10).failed().stderr


class TestUpdate:
    @pytest.mark.needs("memory")
    @pytest.mark.parametrize(
        "text, limit",
        [("64m", 64 * MIB), ("64M", 64 * MIB), ("65536k", 64 * MIB), ("64mb", 64 * MIB), ("64MiB", 64 * MIB),
         ("0.0625g", 64 * MIB), ("67108864b", 64 * MIB)],
    )  # fmt: skip
    def test_units(self, containers, text, limit):
        container = containers.up()
        container.call("update", "--memory", text, container.id).succeeded()
        assert memory_limit(container) == str(limit)

    @pytest.mark.needs("memory")
    @pytest.mark.parametrize("flags", [["--memory", "-1"], ["--memory=-1"], ["-memory", "-1"]], ids=" ".join)
    def test_unlimited(self, containers, flags):
        container = containers("pause")
        container.resources["memory"] = {"limit": 64 * MIB}
        container.up()
        container.call("update", *flags, container.id).succeeded()
        assert memory_limit(container) in UNLIMITED

    @pytest.mark.needs("memory")
    def test_swap_alone(self, containers):
        container = containers("pause")
        container.resources["memory"] = {"limit": 64 * MIB, "swap": 64 * MIB}
        container.up()
        container.call("update", "--memory-swap", "128m", container.id).succeeded()
        legacy, unified = str(128 * MIB), str(64 * MIB)
        found = file_of(container, "memory", "memory.memsw.limit_in_bytes", "memory.swap.max")
        assert found == (unified if host.is_v2("memory") else legacy)

    @pytest.mark.needs("cpu")
    def test_quota_is_taken_away(self, containers):
        container = containers("pause")
        container.resources["cpu"] = {"quota": 50000, "period": 100000}
        container.up()
        container.call("update", "--cpu-quota", "-1", container.id).succeeded()
        assert file_of(container, "cpu", "cpu.cfs_quota_us", "cpu.max").split()[0] in ("-1", "max")

    @pytest.mark.needs("pids")
    def test_pids_without_limit(self, containers):
        container = containers("pause")
        container.resources["pids"] = {"limit": 17}
        container.up()
        container.call("update", "--pids-limit", "-1", container.id).succeeded()
        assert file_of(container, "pids", "pids.max", "pids.max") == "max"

    @pytest.mark.needs("memory", "pids", "swiftainer")
    def test_flags_win_over_resources(self, containers):
        container = containers.up()
        text = json.dumps({"memory": {"limit": 32 * MIB}, "pids": {"limit": 17}})
        container.call("update", "-r", "-", "--memory", "64m", container.id, stdin=text).succeeded()
        assert memory_limit(container) == str(64 * MIB)
        assert file_of(container, "pids", "pids.max", "pids.max") == "17"

    def test_stopped(self, containers):
        container = containers("exit", 0).create().start()
        container.wait_exit()
        assert "container not running" in container.call("update", "--pids-limit", "17", container.id).failed().stderr

    @pytest.mark.needs("pids", "swiftainer")
    def test_same_devices_as_before(self, containers):
        """Engines send all limits with those that change."""
        container = containers.up()
        resources = {"devices": container.resources["devices"], "pids": {"limit": 17}}
        container.call("update", "-r", "-", container.id, stdin=json.dumps(resources)).succeeded()
        assert file_of(container, "pids", "pids.max", "pids.max") == "17"
        assert container.exec("write", "/dev/null", "x").succeeded().record("write")["errno"] == 0

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize(
        "flags, word",
        [(["--memory", "lots"], "--memory"), (["--cpu-idle", "2"], "--cpu-idle"), (["--pids-limit", "-2"], "--pids-limit"),
         (["--blkio-weight", "5"], "--blkio-weight"), (["--cpu-share", "1"], "cpu.shares"),
         (["--cpuset-cpus", "x"], "cpu.cpus"), (["--cpu-quota", ""], None)],
    )  # fmt: skip
    def test_error_names_the_flag(self, containers, flags, word):
        container = containers.up()
        result = container.call("update", *flags, container.id)
        if word is None:
            result.succeeded()  # an empty value is none
        else:
            assert word in result.failed().stderr


class TestFeatures:
    @pytest.fixture
    def features(self, runtime):
        return json.loads(runtime.call("features").succeeded().stdout)

    def test_touches_no_state(self, runtime, scratch):
        runtime.call("features", root=scratch / "nothing").succeeded()
        assert not (scratch / "nothing").exists()

    def test_versions(self, features):
        assert features["ociVersionMin"] == "1.0.0"
        assert re.match(r"1\.\d+\.\d+", features["ociVersionMax"])
        assert re.match(r"2\.\d+\.\d+$", features["annotations"]["io.github.seccomp.libseccomp.version"])

    def test_hooks_in_their_order(self, features):
        assert features["hooks"] == [
            "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
        ]  # fmt: skip

    def test_known_everywhere(self, features):
        linux = features["linux"]
        assert {"cgroup", "ipc", "mount", "network", "pid", "user", "uts"} <= set(linux["namespaces"])
        assert {"ro", "rro", "nosuid", "bind", "rbind", "tmpcopyup", "rslave"} <= set(features["mountOptions"])
        assert linux["cgroup"]["v1"] is True and linux["cgroup"]["v2"] is True
        assert linux["seccomp"]["enabled"] is True
        assert {"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"} <= set(linux["seccomp"]["archs"])
        assert "SCMP_CMP_MASKED_EQ" in linux["seccomp"]["operators"]
        assert "SCMP_ACT_NOTIFY" in linux["seccomp"]["actions"]
        assert linux["apparmor"]["enabled"] is True and linux["selinux"]["enabled"] is True

    @pytest.mark.needs("swiftainer")
    def test_of_the_newest_specification(self, features):
        linux = features["linux"]
        assert features["potentiallyUnsafeConfigAnnotations"] == ["org.systemd.property."]
        assert "time" in linux["namespaces"]
        assert linux["intelRdt"] == {"enabled": True, "schemata": True, "monitoring": True}
        assert linux["cgroup"]["systemd"] is True
        assert linux["mountExtensions"] == {"idmap": {"enabled": True}}
        assert "MPOL_BIND" in linux["memoryPolicy"]["modes"]
        assert set(linux["seccomp"]["supportedFlags"]) <= set(linux["seccomp"]["knownFlags"])

    @pytest.mark.needs("swiftainer")  # runc fails where this machine withholds one
    def test_every_capability_can_be_asked_for(self, containers, features):
        container = containers("caps")
        names = features["linux"]["capabilities"]
        container.process["capabilities"] = {"bounding": names, "effective": names, "permitted": names}
        assert set(container.run().succeeded().record("caps")["bounding"]) <= set(names)

    @pytest.mark.needs("swiftainer")
    def test_every_namespace_can_be_asked_for(self, containers, features):
        container = containers("ns")
        container.map_users()
        container.linux["namespaces"] = [{"type": kind} for kind in features["linux"]["namespaces"]]
        found = container.run().succeeded().record("ns")
        for kind in ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts"):
            assert found[kind] != os.stat(f"/proc/self/ns/{kind}").st_ino

    def test_no_arguments(self, runtime):
        runtime.call("features", "all").failed()


class TestSpec:
    def test_what_it_says(self, runtime, scratch):
        runtime.call("spec", cwd=scratch).succeeded()
        made = json.loads((scratch / "config.json").read_text())
        process = made["process"]
        assert process["terminal"] is True
        assert process["args"] == ["sh"]
        assert process["noNewPrivileges"] is True
        assert process["capabilities"]["bounding"] == ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
        assert "inheritable" not in process["capabilities"]
        assert made["root"] == {"path": "rootfs", "readonly": True}
        kinds = [entry["type"] for entry in made["linux"]["namespaces"]]
        assert {"pid", "network", "ipc", "uts", "mount"} <= set(kinds)
        assert [mount["destination"] for mount in made["mounts"]] == [
            "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys", "/sys/fs/cgroup",
        ]  # fmt: skip
        assert "/proc/kcore" in made["linux"]["maskedPaths"]
        assert "/proc/sys" in made["linux"]["readonlyPaths"]

    def test_rootless(self, runtime, scratch):
        runtime.call("spec", "--rootless", "-b", scratch).succeeded()
        made = json.loads((scratch / "config.json").read_text())
        linux = made["linux"]
        kinds = [entry["type"] for entry in linux["namespaces"]]
        assert "user" in kinds and "network" not in kinds
        assert linux["uidMappings"] == [{"containerID": 0, "hostID": os.geteuid(), "size": 1}]
        assert linux["gidMappings"] == [{"containerID": 0, "hostID": os.getegid(), "size": 1}]
        assert "resources" not in linux
        options = [option for mount in made["mounts"] for option in mount.get("options", [])]
        assert not [option for option in options if option.startswith(("gid=", "uid="))]
        sys = next(mount for mount in made["mounts"] if mount["destination"] == "/sys")
        assert sys["source"] == "/sys" and "rbind" in sys["options"]

    def test_rootless_can_be_run(self, containers, runtime):
        container = containers("status")
        runtime.call("spec", "--rootless", "-b", container.bundle).succeeded()
        made = json.loads((container.bundle / "config.json").read_text())
        made["process"].update(terminal=False, args=["/bin/probe", "status"])
        made["process"].pop("rlimits", None)  # raising them needs CAP_SYS_RESOURCE
        made["linux"]["cgroupsPath"] = container.cgroups_path
        container.config = made
        assert container.run().succeeded().record("status")["uid"] == 0

    def test_no_such_bundle(self, runtime, scratch):
        assert "no such file or directory" in runtime.call("spec", "-b", scratch / "nowhere").failed().stderr

    def test_no_arguments(self, runtime, scratch):
        if runtime.kind == "runc":
            runtime.call("spec", "bundle", cwd=scratch).failed()
        else:
            assert "too many" in runtime.call("spec", "bundle", cwd=scratch).failed().stderr
        assert list(scratch.iterdir()) == []


class TestCommandLine:
    def test_switch_with_a_value(self, containers, runtime, root):
        container = containers("pause").create()
        assert container.id in runtime.call("list", "--quiet=true", root=root).succeeded().stdout.splitlines()
        assert runtime.call("list", "--quiet=false", root=root).succeeded().stdout.startswith("ID ")
        assert runtime.call("list", "-q=1", root=root).succeeded().stdout == container.id + "\n"
        runtime.call("list", "--quiet=maybe", root=root).failed()

    def test_last_of_several_counts(self, runtime, root):
        assert runtime.call("list", "--format", "json", "--format", "table", root=root).succeeded().stdout.startswith("ID")

    @pytest.mark.parametrize("words", [["list", "--no-such-flag"], ["no-such-verb"], ["list", "---quiet"], ["list", "--format"]],
                             ids=" ".join)  # fmt: skip
    def test_refused(self, runtime, root, words):
        runtime.call(*words, root=root).failed()

    @pytest.mark.parametrize("verb", ["create", "start", "state", "kill", "delete", "ps", "events", "update", "exec"])
    def test_id_is_needed(self, runtime, root, verb):
        assert runtime.call(verb, root=root).failed().stderr

    @pytest.mark.parametrize("verb", ["create", "run", "exec", "kill", "delete", "list", "ps", "events", "update", "spec", "features"])
    def test_help_of_a_verb(self, runtime, verb):
        assert verb in runtime.call(verb, "--help").succeeded().stdout
        assert verb in runtime.call("help", verb).succeeded().stdout

    def test_no_subreaper(self, containers):
        container = containers("exit", 4)
        assert container.run("-no-subreaper").code == 4

    def test_empty_values_are_none(self, containers):
        container = containers("exit", 4)
        assert container.run("--pid-file", "", "--console-socket=").code == 4


class TestDescriptors:
    def test_listen_fds_for_somebody_else(self, containers):
        environment = dict(os.environ, LISTEN_FDS="2", LISTEN_PID="1")
        result = containers("fds", "--", "env").run(env=environment).succeeded()
        assert [entry["fd"] for entry in result.record("fds")["fds"]] == [0, 1, 2]
        assert not [entry for entry in result.record("env")["env"] if entry.startswith("LISTEN_")]

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize("log", [False, True], ids=["", "log"])
    def test_preserved_one_that_is_not_open(self, containers, scratch, log):
        """Nor may a file of the runtime's own take its number."""
        container = containers("fds")
        container.write_config()
        flags = ["--log", scratch / "log"] if log else []
        container.call(*flags, "run", "--bundle", container.bundle, "--preserve-fds", "1", container.id).failed()


class TestExecFlags:
    def test_user_without_a_group_keeps_it(self, containers):
        container = containers("pause")
        container.process["user"] = {"uid": 12, "gid": 13}
        container.up()
        status = container.exec("status", flags=["--user", "1000"]).succeeded().record("status")
        assert (status["uid"], status["gid"]) == (1000, 13)

    def test_env_replaces(self, containers):
        container = containers("pause")
        container.process["env"] += ["A=old"]
        container.up()
        variables = container.exec("env", flags=["-e", "A=new"]).succeeded().record("env")["env"]
        assert [entry for entry in variables if entry.startswith("A=")] == ["A=new"]

    @pytest.mark.needs("swiftainer")
    def test_two_dashes_after_the_id(self, containers):
        container = containers.up()
        assert container.call("exec", container.id, "--", "/bin/probe", "exit", "7").code == 7

    @pytest.mark.needs("swiftainer")
    def test_flags_change_the_process_of_a_file(self, containers):
        container = containers.up()
        process = {"args": ["/bin/probe", "status", "--", "env"], "cwd": "/", "env": ["A=1"], "user": {"uid": 1, "gid": 2}}
        result = container.exec_process(process, ["-e", "B=2", "--cwd", "/tmp", "--user", "5"]).succeeded()
        status = result.record("status")
        assert (status["uid"], status["gid"], status["cwd"]) == (5, 2, "/tmp")
        assert {"A=1", "B=2"} <= set(result.record("env")["env"])

    def test_file_and_command(self, containers):
        container = containers.up()
        file = container.bundle / "p.json"
        file.write_text(json.dumps({"args": ["/bin/probe", "exit", "3"], "cwd": "/", "user": {"uid": 0, "gid": 0}}))
        if container.runtime.kind == "runc":
            pytest.skip("runc ignores the command")
        container.call("exec", "--process", file, container.id, "/bin/probe").failed()
