"""create, start, state, kill, delete, run: what an engine sees of a container's life."""

import json
import os
import re
import signal

import pytest

from harness import host, wait

UNKNOWN = "does not exist"  # containerd looks for these words


class TestCreated:
    def test_state_fields(self, containers):
        container = containers("pause")
        container.config["annotations"] = {"org.example.key": "value", "empty": ""}
        state = container.create().state()
        assert state["id"] == container.id
        assert state["status"] == "created"
        assert state["pid"] == container.pid
        assert state["bundle"] == str(container.bundle)
        assert state["rootfs"] == str(container.rootfs)
        assert state["annotations"] == {"org.example.key": "value", "empty": ""}
        assert re.match(r"\d+\.\d+\.\d+", state["ociVersion"])
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", state["created"])

    def test_payload_waits_for_start(self, containers):
        container = containers("print", "started").create()
        assert wait.is_alive(container.pid)
        assert os.stat(f"/proc/{container.pid}/exe").st_ino != (container.rootfs / "bin/probe").stat().st_ino
        container.start()
        assert container.output.rest() == "started\n"

    def test_init_is_reparented(self, containers):
        container = containers("exit", 7).create()
        container.start()
        assert container.wait_exit() == 7  # only its parent can learn this

    def test_pid_file_is_whole_and_bare(self, containers):
        container = containers("pause").create()
        text = (container.bundle / "pid").read_text()
        assert re.fullmatch(r"\d+", text)
        assert [name for name in os.listdir(container.bundle) if "pid" in name] == ["pid"]

    def test_relative_paths_follow_the_working_directory(self, containers):
        container = containers("exit", 0)
        container.write_config()
        result = container.launch(
            "create",
            "--bundle",
            container.bundle.name,
            "--pid-file",
            "here",
            container.id,
            cwd=container.bundle.parent,
        )
        container.output = result.output
        assert result.code == 0, str(result)
        container.pid = int((container.bundle.parent / "here").read_text())
        assert container.state()["bundle"] == str(container.bundle)

    def test_bundle_defaults_to_the_working_directory(self, containers):
        container = containers("exit", 0)
        container.write_config()
        result = container.launch("create", container.id, cwd=container.bundle)
        container.output = result.output
        assert result.code == 0, str(result)
        assert container.state()["bundle"] == str(container.bundle)

    def test_rootfs_may_be_an_absolute_path(self, containers):
        container = containers("exit", 5)
        container.config["root"]["path"] = str(container.rootfs)
        assert container.run().code == 5

    def test_config_changes_after_create_have_no_effect(self, containers):
        container = containers("print", "first").create()
        container.payload("print", "second").write_config()
        container.start()
        assert container.output.rest() == "first\n"

    def test_same_id_is_refused(self, containers):
        container = containers("pause").create()
        result = container.launch("create", "--bundle", container.bundle, container.id)
        result.output.close()
        assert result.code != 0
        assert "exist" in result.stderr
        assert container.status == "created"
        assert wait.is_alive(container.pid)

    def test_kill_before_start(self, containers):
        container = containers("pause").create()
        container.kill("KILL").succeeded()
        assert container.wait_exit() == 128 + 9
        assert container.status == "stopped"

    def test_delete_without_force_kills_it(self, containers):
        container = containers("pause").create()
        container.delete().succeeded()
        wait.for_death(container.pid)
        assert UNKNOWN in container.call("state", container.id).failed().stderr

    def test_start_of_a_dead_init_says_so(self, containers):
        container = containers("pause").create()
        os.kill(container.pid, signal.SIGKILL)
        wait.for_death(container.pid)
        result = container.call("start", container.id, timeout=10).failed()
        assert re.search("stopped|not running|dead|died|exited", result.stderr), str(result)
        assert container.status == "stopped"

    def test_missing_program_is_an_error_of_create(self, containers, runtime):
        container = containers()
        container.process["args"] = ["/bin/no-such-program"]
        result = container.try_create()
        if result.code == 0:  # the specification leaves it to start
            result = container.call("start", container.id)
        assert result.code != 0
        assert "no such file or directory" in result.stderr or "executable file not found" in result.stderr


class TestRunning:
    def test_status_and_pid(self, containers):
        container = containers.up()
        state = container.state()
        assert state["status"] == "running"
        assert state["pid"] == container.pid

    def test_start_again_is_refused(self, containers):
        container = containers.up()
        container.call("start", container.id).failed()
        assert container.status == "running"

    def test_delete_is_refused(self, containers):
        container = containers.up()
        result = container.delete().failed()
        assert re.search("running|not stopped", result.stderr), str(result)
        assert container.status == "running"

    def test_delete_force(self, containers):
        container = containers.up()
        container.delete("--force").succeeded()
        assert not wait.is_alive(container.pid)
        assert container.leftovers() == []

    def test_delete_force_reaches_every_process(self, containers):
        container = containers.up("fork", 3, "--", "daemons", 3)
        assert len(container.pids()) == 7
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    def test_delete_force_without_pid_namespace(self, containers):
        container = containers("fork", 2, "--", "daemons", 2, "--", "pause")
        container.without("pid")
        container.up()
        pids = container.pids()
        assert len(pids) == 5
        container.delete("--force").succeeded()
        for pid in pids:
            wait.for_death(pid)
        assert container.leftovers() == []

    def test_two_at_once_do_not_meet(self, containers):
        first, second = containers.up(), containers.up()
        first.delete("--force").succeeded()
        assert second.status == "running"
        assert wait.is_alive(second.pid)


class TestStopped:
    @pytest.fixture
    def stopped(self, containers):
        container = containers("exit", 3).create().start()
        assert container.wait_exit() == 3
        return container

    def test_state(self, stopped):
        state = stopped.state()
        assert state["status"] == "stopped"
        assert state.get("pid", 0) == 0

    def test_zombie_counts_as_stopped(self, containers):
        container = containers("exit", 0).create().start()
        wait.for_death(container.pid)  # dead, but its parent has not asked yet
        assert container.status == "stopped"

    def test_start_is_refused(self, stopped):
        stopped.call("start", stopped.id).failed()

    def test_kill_says_not_running(self, stopped):
        assert "container not running" in stopped.kill("TERM").failed().stderr

    def test_exec_is_refused(self, stopped):
        stopped.exec("exit", 0).failed()

    @pytest.mark.parametrize("verb", ["pause", "resume"])
    def test_freezing_is_refused(self, stopped, verb):
        stopped.call(verb, stopped.id).failed()

    def test_delete(self, stopped):
        stopped.delete().succeeded()
        assert stopped.leftovers() == []

    def test_id_is_free_after_delete(self, stopped):
        stopped.delete().succeeded()
        stopped.output.close()
        stopped.payload("exit", 4).create().start()
        assert stopped.wait_exit() == 4


class TestUnknown:
    @pytest.mark.parametrize(
        "verb", ["state", "start", "delete", "pause", "resume", "ps", "events", "update"]
    )
    def test_verb(self, runtime, root, verb):
        result = runtime.call(verb, "no-such-container", root=root).failed()
        assert UNKNOWN in result.stderr

    def test_kill(self, runtime, root):
        assert UNKNOWN in runtime.call("kill", "nobody", "TERM", root=root).failed().stderr

    def test_exec(self, runtime, root):
        assert UNKNOWN in runtime.call("exec", "nobody", "/bin/true", root=root).failed().stderr

    def test_delete_force_is_content(self, runtime, root):
        runtime.call("delete", "--force", "nobody", root=root).succeeded()

    def test_root_folder_may_be_missing(self, runtime, scratch):
        assert UNKNOWN in runtime.call("state", "nobody", root=scratch / "nothing").failed().stderr
        assert runtime.call("list", "-q", root=scratch / "nothing").succeeded().stdout == ""


class TestRun:
    @pytest.mark.parametrize("code", [0, 1, 42, 255])
    def test_exit_code(self, containers, code):
        assert containers("exit", code).run().code == code

    def test_death_by_signal(self, containers):
        container = containers("signal-self", "KILL")
        container.without("pid")
        assert container.run().code == 128 + 9

    def test_nothing_is_kept(self, containers):
        container = containers("exit", 0)
        container.run().succeeded()
        assert container.leftovers() == []

    @pytest.mark.needs("run-keep")
    def test_keep(self, containers):
        container = containers("exit", 9)
        assert container.run("--keep").code == 9
        assert container.status == "stopped"
        container.delete().succeeded()

    def test_streams_are_apart(self, containers):
        result = containers("print", "to-out", "--", "print", "to-err", "stderr").run().succeeded()
        assert result.stdout == "to-out\n"
        assert result.stderr == "to-err\n"

    def test_stdin_is_passed(self, containers):
        result = containers("stdin-hash").run(stdin="x" * 200_000).succeeded()
        assert result.record("stdin-hash")["bytes"] == 200_000

    def test_pid_file(self, containers, scratch):
        container = containers("line")
        container.write_config()
        result = container.run("--pid-file", scratch / "pid", stdin="go\n").succeeded()
        assert result.record("line")["text"] == "go"
        assert (scratch / "pid").read_text().isdigit()

    def test_detach(self, containers):
        container = containers("pause")
        container.write_config()
        result = container.launch(
            "run",
            "--detach",
            "--bundle",
            container.bundle,
            "--pid-file",
            container.bundle / "pid",
            container.id,
        )
        container.output = result.output
        assert result.code == 0, str(result)
        container.output.record("pause")
        container.pid = int((container.bundle / "pid").read_text())
        assert container.state()["pid"] == container.pid
        assert container.status == "running"
        container.kill("KILL").succeeded()
        assert container.wait_exit() == 137

    def test_processes_left_in_a_shared_pid_namespace_are_ended(self, containers):
        container = containers("daemons", 2, "--", "exit", 0)
        container.without("pid")
        container.write_config()
        result = container.launch("run", "--bundle", container.bundle, container.id)
        container.output = result.output
        assert result.code == 0, str(result)
        for pid in container.output.record("daemons")["pids"]:
            wait.for_death(pid)


class TestDelete:
    def test_leftover_processes_of_a_stopped_container(self, containers):
        """Without a pid namespace children outlive the payload; delete must still free the cgroup."""
        container = containers("daemons", 2, "--", "exit", 0)
        container.without("pid")
        container.create().start()
        pids = container.output.record("daemons")["pids"]
        container.wait_exit()
        assert container.status == "stopped"
        container.delete("--force").succeeded()
        for pid in pids:
            wait.for_death(pid)
        assert container.leftovers() == []

    def test_twice(self, containers):
        container = containers("exit", 0).create()
        container.delete("--force").succeeded()
        assert UNKNOWN in container.delete().failed().stderr
        container.delete("--force").succeeded()

    def test_after_the_bundle_is_gone(self, containers):
        container = containers.up()
        (container.bundle / "config.json").unlink()
        assert container.status == "running"
        container.kill("KILL").succeeded()
        container.wait_exit()
        container.delete().succeeded()
        assert container.leftovers() == []


class TestKill:
    @pytest.mark.parametrize("spelling", ["TERM", "SIGTERM", "15", "term"])
    def test_spelling(self, containers, spelling):
        container = containers("handle-signals", "TERM").create().start()
        container.output.record("handle-signals")
        container.kill(spelling).succeeded()
        assert container.output.record("signal")["name"] == "TERM"
        assert container.wait_exit() == 0

    def test_default_is_term(self, containers):
        container = containers("handle-signals", "TERM").create().start()
        container.output.record("handle-signals")
        container.call("kill", container.id).succeeded()
        assert container.output.record("signal")["name"] == "TERM"

    @pytest.mark.parametrize("bad", ["NOSUCH", "-1", "100", "9x", "SIG"])
    def test_bad_signal(self, containers, bad):
        container = containers.up()
        container.call("kill", "--", container.id, bad).failed()
        assert container.status == "running"

    def test_all(self, containers):
        container = containers("fork", 2, "--", "handle-signals", "HUP")
        container.without("pid")
        container.create().start()
        pids = container.output.record("fork")["pids"]
        container.output.record("handle-signals")
        container.kill("HUP", "--all").succeeded()
        assert container.output.record("signal")["name"] == "HUP"
        for pid in pids:
            wait.until(lambda: not wait.is_alive(pid), f"end of {pid}")

    def test_without_all_only_init(self, containers):
        container = containers("fork", 1, "--", "handle-signals", "HUP", "--", "pause")
        container.without("pid")
        container.create().start()
        [child] = container.output.record("fork")["pids"]
        container.output.record("handle-signals")
        container.kill("HUP").succeeded()
        container.output.record("pause")
        assert wait.is_alive(child)


class TestFreeze:
    def test_pause_and_resume(self, containers):
        container = containers.up()
        container.call("pause", container.id).succeeded()
        assert container.status == "paused"
        container.call("resume", container.id).succeeded()
        assert container.status == "running"

    def test_paused_payload_does_nothing(self, containers):
        container = containers("handle-signals", "TERM").create().start()
        container.output.record("handle-signals")
        container.call("pause", container.id).succeeded()
        os.kill(container.pid, signal.SIGUSR1)
        with pytest.raises(AssertionError, match="said nothing more"):
            container.output.record("signal", timeout=0.2)
        container.call("resume", container.id).succeeded()
        assert container.output.record("signal")["name"] == "USR1"

    def test_delete_force_of_a_paused_one(self, containers):
        container = containers.up("fork", 1)
        container.call("pause", container.id).succeeded()
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    def test_kill_of_a_paused_one_ends_it(self, containers):
        container = containers.up()
        container.call("pause", container.id).succeeded()
        container.kill("KILL").succeeded()
        assert container.wait_exit() == 137

    def test_resume_of_a_running_one_is_refused(self, containers):
        container = containers.up()
        container.call("resume", container.id).failed()
        assert container.status == "running"

    def test_before_start(self, containers):
        """A paused one is not started, since nobody would answer; resumed, it is what it was."""
        container = containers("pause").create()
        container.call("pause", container.id).succeeded()
        assert container.status == "paused"
        container.call("start", container.id, timeout=10).failed()
        container.call("resume", container.id).succeeded()
        assert container.status == "created"
        container.start()
        container.output.record("pause")
        assert container.status == "running"

    def test_exec_into_a_paused_one_is_refused(self, containers):
        container = containers.up()
        container.call("pause", container.id).succeeded()
        container.exec("exit", 0, timeout=10).failed()
        container.call("resume", container.id).succeeded()


class TestList:
    def test_empty(self, runtime, root):
        assert runtime.call("list", "-q", root=root).succeeded().stdout == ""
        table = runtime.call("list", root=root).succeeded().stdout.splitlines()
        assert len(table) == 1
        assert table[0].split() == ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]

    def test_json(self, containers, runtime, root):
        first, second = containers("pause").create(), containers.up()
        found = json.loads(runtime.call("list", "--format", "json", root=root).succeeded().stdout)
        by_id = {entry["id"]: entry for entry in found}
        assert set(by_id) == {first.id, second.id}
        assert by_id[first.id]["status"] == "created"
        assert by_id[second.id]["status"] == "running"
        assert by_id[second.id]["pid"] == second.pid
        assert by_id[second.id]["bundle"] == str(second.bundle)

    def test_empty_json(self, runtime, root):
        text = runtime.call("list", "-f", "json", root=root).succeeded().stdout
        assert json.loads(text) in ([], None)

    def test_quiet(self, containers, runtime, root):
        made = [containers("pause").create() for _ in range(2)]
        listed = runtime.call("list", "--quiet", root=root).succeeded().stdout.split()
        assert sorted(listed) == sorted(container.id for container in made)

    def test_table(self, containers, runtime, root):
        container = containers.up()
        lines = runtime.call("list", root=root).succeeded().stdout.splitlines()
        assert lines[1].split()[:4] == [container.id, str(container.pid), "running", str(container.bundle)]

    def test_bad_format(self, runtime, root):
        runtime.call("list", "--format", "xml", root=root).failed()

    def test_strange_entries_do_not_break_it(self, containers, runtime, root):
        container = containers.up()
        (root / "a-file").write_text("no container")
        (root / "an-empty-folder").mkdir()
        (root / "broken").mkdir()
        (root / "broken" / "state.json").write_text("{")
        result = runtime.call("list", "-q", root=root)
        assert container.id in result.stdout.split()


class TestPs:
    def test_json_is_an_array_of_pids(self, containers):
        container = containers.up("fork", 2)
        pids = json.loads(container.call("ps", "--format", "json", container.id).succeeded().stdout)
        assert container.pid in pids
        assert len(pids) == 3

    def test_table(self, containers):
        container = containers.up()
        lines = container.call("ps", container.id).succeeded().stdout.splitlines()
        assert "PID" in lines[0].split()
        assert len(lines) == 2
        assert str(container.pid) in lines[1].split()

    def test_options_go_to_ps(self, containers):
        container = containers.up()
        lines = container.call("ps", container.id, "-o", "pid,comm").succeeded().stdout.splitlines()
        assert lines[0].split() == ["PID", "COMMAND"]
        assert lines[1].split() == [str(container.pid), "probe"]


class TestProgram:
    def test_version(self, runtime):
        text = runtime.call("--version").succeeded().stdout
        assert re.match(r"\S+ version \S+\n", text)
        assert re.search(r"^spec: 1\.\d+\.\d+", text, re.M)

    def test_help(self, runtime):
        text = runtime.call("--help").succeeded().stdout
        for verb in ("create", "start", "state", "kill", "delete", "run", "exec", "features"):
            assert re.search(rf"^\s*{verb}\b", text, re.M), verb

    def test_features(self, runtime):
        features = json.loads(runtime.call("features").succeeded().stdout)
        assert "createRuntime" in features["hooks"]
        assert "rbind" in features["mountOptions"]
        assert "pid" in features["linux"]["namespaces"]
        assert "CAP_SYS_ADMIN" in features["linux"]["capabilities"]
        assert "SCMP_ACT_ERRNO" in features["linux"]["seccomp"]["actions"]

    def test_spec_can_be_run(self, containers, runtime):
        container = containers("exit", 6)
        runtime.call("spec", "--bundle", container.bundle).succeeded()
        made = json.loads((container.bundle / "config.json").read_text())
        made["process"]["terminal"] = False
        made["process"]["args"] = ["/bin/probe", "exit", "6"]
        made["process"].pop("rlimits", None)  # raising them needs CAP_SYS_RESOURCE
        made["linux"]["cgroupsPath"] = container.cgroups_path
        container.config = made
        assert container.run().code == 6

    def test_spec_does_not_overwrite(self, runtime, scratch):
        (scratch / "config.json").write_text("mine")
        assert "exist" in runtime.call("spec", "-b", scratch).failed().stderr
        assert (scratch / "config.json").read_text() == "mine"

    def test_spec_rootless(self, runtime, scratch):
        runtime.call("spec", "--rootless", "--bundle", scratch).succeeded()
        made = json.loads((scratch / "config.json").read_text())
        assert {"type": "user"} in made["linux"]["namespaces"]
        assert made["linux"]["uidMappings"]

    def test_single_dash_spelling(self, runtime, root):
        runtime.call("-root", root, "list", "-quiet").succeeded()

    def test_flag_with_equals_sign(self, runtime, root):
        runtime.call(f"--root={root}", "list", "--format=json").succeeded()


class TestLog:
    def test_json_lines(self, runtime, root, scratch):
        log = scratch / "log.json"
        runtime.call("--log", log, "--log-format", "json", "state", "nobody", root=root).failed()
        entries = [json.loads(line) for line in log.read_text().splitlines()]
        errors = [entry for entry in entries if entry["level"] == "error"]
        assert UNKNOWN in errors[-1]["msg"]
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", errors[-1]["time"])

    def test_the_file_is_appended_to(self, runtime, root, scratch):
        log = scratch / "log.json"
        for _ in range(2):
            runtime.call("--log", log, "--log-format", "json", "state", "nobody", root=root).failed()
        assert len([line for line in log.read_text().splitlines() if '"error"' in line]) >= 2

    def test_text(self, runtime, root, scratch):
        log = scratch / "log"
        runtime.call("--log", log, "--log-format", "text", "state", "nobody", root=root).failed()
        assert UNKNOWN in log.read_text()

    def test_text_with_quotes_and_newlines_stays_json(self, containers, scratch):
        log = scratch / "log.json"
        container = containers()
        container.process["args"] = ['/bin/"quoted"\nprogram\t\\']
        container.write_config()
        container.call(
            "--log", log, "--log-format", "json", "run", "--bundle", container.bundle, container.id
        ).failed()
        for line in log.read_text().splitlines():
            json.loads(line)

    def test_errors_of_the_init_reach_the_log(self, containers, scratch):
        log = scratch / "log.json"
        container = containers()
        container.process["args"] = ["/bin/no-such-program"]
        container.write_config()
        container.call(
            "--log", log, "--log-format", "json", "run", "--bundle", container.bundle, container.id
        ).failed()
        messages = [json.loads(line)["msg"] for line in log.read_text().splitlines()]
        assert any("no such file or directory" in text or "not found" in text for text in messages)

    def test_bad_format(self, runtime, root):
        runtime.call("--log-format", "xml", "list", root=root).failed()


class TestIdentifier:
    @pytest.mark.parametrize("identifier", ["a", "A.b-c_d+e", "0", "-x", "..a", "a" * 200])
    def test_accepted(self, containers, identifier):
        container = containers("exit", 8, identifier=identifier)
        container.write_config()
        assert container.call("run", "--bundle", container.bundle, "--", identifier).code == 8

    @pytest.mark.parametrize(
        "identifier", ["", ".", "..", "../x", "a/b", "/", "a b", "a\nb", "é", "a:b", "x" * 1025, "%s", "a*"]
    )
    def test_refused(self, containers, root, identifier):
        container = containers("exit", 0)
        container.write_config()
        before = sorted(os.listdir(root.parent))
        container.call("run", "--bundle", container.bundle, "--", identifier).failed()
        assert sorted(os.listdir(root.parent)) == before
        assert list(root.iterdir()) == []
        assert host.cgroup_folders(container.cgroups_path) == []
