"""Whole conversations, word for word as engines hold them."""

import json
import os
import re

import pytest

from harness import wait


class Shim:
    """containerd's runc shim, and Docker through it: the global flags come first, each time."""

    def __init__(self, container):
        self.container = container
        self.log = container.bundle / "log.json"
        self.flags = ["--log", self.log, "--log-format", "json"]

    def call(self, *arguments, **options):
        return self.container.call(*self.flags, *arguments, **options)

    def create(self):
        self.container.write_config()
        pid_file = self.container.bundle / "init.pid"
        result = self.container.launch(
            *self.flags,
            "create",
            "--bundle",
            self.container.bundle,
            "--pid-file",
            pid_file,
            self.container.id,
        )
        self.container.output = result.output
        if result.code == 0:
            self.container.pid = int(pid_file.read_text())
            self.container.started = wait.start_time(self.container.pid)
        return result

    def last_error(self):
        """What the shim shows a person: the last message of level error."""
        found = None
        for line in self.log.read_text().splitlines():
            entry = json.loads(line)
            if entry["level"] == "error":
                found = entry["msg"]
        return found


class TestContainerd:
    def test_a_whole_life(self, containers):
        container = containers("handle-signals", "TERM", "--", "exit", 3)
        shim = Shim(container)
        assert shim.create().code == 0
        shim.call("start", container.id).succeeded()
        container.output.record("handle-signals")
        state = json.loads(shim.call("state", container.id).succeeded().stdout)
        assert state["status"] == "running"
        pids = json.loads(shim.call("ps", "--format", "json", container.id).succeeded().stdout)
        assert pids == [container.pid]
        resources = json.dumps({"pids": {"limit": 20}, "cpu": {}, "memory": {}})
        shim.call("update", "--resources=-", container.id, stdin=resources).succeeded()
        shim.call("pause", container.id).succeeded()
        shim.call("resume", container.id).succeeded()
        shim.call("kill", container.id, "15").succeeded()
        assert container.wait_exit() == 3
        shim.call("kill", "--all", container.id, "9")
        shim.call("delete", container.id).succeeded()
        assert container.leftovers() == []

    def test_exec(self, containers):
        container = containers("pause")
        shim = Shim(container)
        assert shim.create().code == 0
        shim.call("start", container.id).succeeded()
        container.output.record("pause")
        process = container.bundle / "process.json"
        process.write_text(
            json.dumps(
                {"args": ["/bin/probe", "exit", "5"], "cwd": "/", "user": {"uid": 0, "gid": 0}, "env": []}
            )
        )
        pid_file = container.bundle / "exec.pid"
        result = container.launch(
            *shim.flags, "exec", "--process", process, "--detach", "--pid-file", pid_file, container.id
        )
        result.output.close()
        assert result.code == 0, str(result)
        assert wait.Orphan(int(pid_file.read_text())).exit_code() == 5

    def test_features_without_global_flags(self, runtime):
        assert json.loads(runtime.call("features").succeeded().stdout)["ociVersionMin"]

    @pytest.mark.parametrize(
        "arguments, words",
        [
            (["/bin/nothing"], "no such file or directory|executable file not found"),
            (["nothing"], "executable file not found|no such file or directory"),
            (["/etc"], "permission denied|is a directory"),
            (["/etc/passwd"], "permission denied"),
        ],
    )
    def test_words_that_docker_turns_into_126_and_127(self, containers, arguments, words):
        container = containers()
        container.process["args"] = arguments
        shim = Shim(container)
        result = shim.create()
        if result.code == 0:
            result = shim.call("start", container.id)
        assert result.code != 0
        assert re.search(words, shim.last_error()), shim.last_error()

    def test_words_after_the_end(self, containers):
        container = containers("exit", 0)
        shim = Shim(container)
        assert shim.create().code == 0
        shim.call("start", container.id).succeeded()
        container.wait_exit()
        shim.call("kill", container.id, "9").failed()
        known = "container not running|no such process|os: process already finished"
        assert re.search(known, shim.last_error())
        shim.call("delete", container.id).succeeded()
        shim.call("delete", container.id).failed()
        assert "does not exist" in shim.last_error()


class TestPodman:
    """conmon, and Podman beside it."""

    def test_a_whole_life(self, containers):
        container = containers("pause")
        container.write_config()
        pid_file = container.bundle / "pidfile"
        result = container.launch(
            "create", "--bundle", container.bundle, "--pid-file", pid_file, "--no-new-keyring", container.id
        )
        container.output = result.output
        assert result.code == 0, str(result)
        container.pid = int(pid_file.read_text())
        container.started = wait.start_time(container.pid)
        container.call("start", container.id).succeeded()
        container.output.record("pause")
        resources = container.bundle / "resources.json"
        resources.write_text(json.dumps({"pids": {"limit": 20}}))
        container.call("update", f"--resources={resources}", container.id).succeeded()
        # For kill there may be no other variable in the environment.
        container.call("kill", container.id, "9", env={"XDG_RUNTIME_DIR": "/run/user/0"}).succeeded()
        assert container.wait_exit() == 137
        container.call("delete", "--force", container.id).succeeded()
        assert container.leftovers() == []

    def test_an_empty_environment(self, containers):
        container = containers("exit", 4)
        assert container.run(env={}).code == 4


class TestFlags:
    def test_of_run(self, containers):
        assert containers("exit", 4).run("--no-subreaper", "--no-pivot", "--no-new-keyring").code == 4

    def test_debug(self, containers, scratch):
        container = containers("exit", 4)
        container.write_config()
        log = scratch / "log"
        result = container.call("--debug", "--log", log, "run", "--bundle", container.bundle, container.id)
        assert result.code == 4

    @pytest.mark.skipif(os.path.exists("/run/systemd/system"), reason="systemd manages this machine")
    def test_systemd_cgroup_without_systemd(self, containers):
        container = containers("exit", 0)
        container.linux["cgroupsPath"] = f"system.slice:swiftainer-test:{container.id}"
        container.write_config()
        result = container.call(
            "--systemd-cgroup", "run", "--bundle", container.bundle, container.id
        ).failed()
        if container.runtime.kind == "swiftainer":
            assert "--systemd-cgroup: systemd is not running here" in result.stderr
        assert "systemd" in result.stderr
        assert container.leftovers() == []
