"""`rename` and `update`: what a container is called, and what it may use, while it runs and after."""

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import host, wait


def ask(engine, template, word="web"):
    return engine("inspect", "-f", template, word).succeeded().stdout.strip()


def limit(identifier, controller, v2, v1):
    """A limit as the kernel has it."""
    name = v2 if host.is_v2(controller) else v1
    return (host.cgroup_folder(controller, f"/swiftainer/{identifier}") / name).read_text().strip()


class TestRename:
    def test_of_one_that_runs(self, engine):
        identifier = engine.up(flags=["--name", "web"])
        result = engine("rename", "web", "front").succeeded()
        assert (result.stdout, result.stderr) == ("", "")
        assert ask(engine, "{{.Name}} {{.Id}}", "front") == f"/front {identifier}"
        assert "No such container: web" in engine("stop", "web").stderr
        # The former name is free again.
        engine("create", "--name", "web", engine.box, "true").succeeded()
        [event] = engine.events("rename")
        assert (event["attributes"]["name"], event["attributes"]["oldName"]) == ("front", "/web")
        # Its monitor tells of it by its new name.
        engine("kill", "front").succeeded()
        wait.until(lambda: engine.events("die"), "its end")
        assert engine.events("die")[0]["attributes"]["name"] == "front"

    def test_to_a_name_that_is_taken(self, engine):
        engine("create", "--name", "one", engine.box, "true").succeeded()
        other = engine("create", "--name", "two", engine.box, "true").succeeded().stdout.strip()
        result = engine("rename", "one", "two")
        assert result.code == 1
        assert f'Conflict. The container name "/two" is already in use by container "{other}"' in result.stderr
        assert ask(engine, "{{.Name}}", "one") == "/one"

    @pytest.mark.parametrize("name, text", [("one", "that name already"), ("a/b", "invalid container name"), ("x", "invalid")])
    def test_to_a_bad_name(self, engine, name, text):
        engine("create", "--name", "one", engine.box, "true").succeeded()
        result = engine("rename", "one", name)
        assert result.code == 1 and text in result.stderr
        assert ask(engine, "{{.Name}}", "one") == "/one"

    def test_that_was_cut_short(self, engine):
        """The new name was taken and nothing else was done."""
        identifier = engine("create", "--name", "one", engine.box, "true").succeeded().stdout.strip()
        (engine.data / "names" / "two").symlink_to(identifier)
        engine("rename", "one", "two").succeeded()
        assert ask(engine, "{{.Name}}", "two") == "/two"


class TestUpdate:
    def test_of_one_that_runs(self, engine):
        identifier = engine.up(flags=["--name", "web", "-m", "64m", "--cpus", "0.5", "--pids-limit", "20"])
        result = engine("update", "-m", "96m", "--cpus", "0.75", "--pids-limit", "30", "web").succeeded()
        assert (result.stdout, result.stderr) == ("web\n", "")
        assert limit(identifier, "memory", "memory.max", "memory.limit_in_bytes") == str(96 << 20)
        assert limit(identifier, "pids", "pids.max", "pids.max") == "30"
        quota = limit(identifier, "cpu", "cpu.max", "cpu.cfs_quota_us").split()[0]
        assert quota == "75000"
        template = "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}"
        assert ask(engine, template) == f"{96 << 20} {192 << 20} 750000000 30"
        assert engine.events("update")

    def test_lasts(self, engine):
        """What was changed while it did not run holds when it does."""
        engine.up(flags=["--name", "web", "--pids-limit", "20"])
        engine("kill", "web").succeeded()
        wait.until(lambda: ask(engine, "{{.State.Status}}") == "exited", "its end")
        engine("update", "--pids-limit", "25", "web").succeeded()
        engine("start", "web").succeeded()
        [identifier] = engine.identifiers()
        assert limit(identifier, "pids", "pids.max", "pids.max") == "25"

    def test_restart_policy_of_one_that_runs(self, engine):
        identifier = engine.up("sh", "-c", "while [ ! -e /go ]; do sleep 0.02; done; exit 1", flags=["--name", "web"])
        engine("update", "--restart", "on-failure:2", "web").succeeded()
        assert ask(engine, "{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}") == "on-failure:2"
        # The end that it causes may come before its own, and end it.
        assert engine("exec", "web", "touch", "/go").code in (0, 137)
        wait.until(lambda: engine.status(identifier)["state"] == "exited", "its last end")
        assert ask(engine, "{{.RestartCount}}") == "2"

    def test_several(self, engine):
        for name in ("one", "two"):
            engine("create", "--name", name, engine.box, "true").succeeded()
        result = engine("update", "--pids-limit", "25", "one", "nobody", "two")
        assert (result.code, result.stdout) == (1, "one\ntwo\n") and "No such container: nobody" in result.stderr
        assert ask(engine, "{{.HostConfig.PidsLimit}}", "two") == "25"

    def test_one_way_of_limiting_takes_the_other_s_place(self, engine):
        engine("create", "--name", "web", "--cpus", "0.5", engine.box, "true").succeeded()
        engine("update", "--cpu-quota", "20000", "web").succeeded()
        assert ask(engine, "{{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}}") == "0 20000"
        engine("update", "--cpus", "1", "web").succeeded()
        assert ask(engine, "{{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}}") == "1000000000 0"

    @pytest.mark.needs("ordinary-machine")
    @pytest.mark.parametrize(
        "flags, code, text",
        [
            ([], 125, "you must provide one or more flags"),
            (["-m", "lots"], 1, "--memory lots: not a size"),
            (["--memory-swap", "1m"], 1, "--memory-swap: it counts memory and swap"),
            (["--cpus", "1", "--cpu-quota", "5000"], 1, "--cpus: it cannot be given together"),
            (["--restart", "sometimes"], 1, "--restart sometimes: unknown policy"),
            (["--blkio-weight", "5"], 1, "--blkio-weight 5: not a number from 10 to 1000"),
            (["--shm-size", "1m"], 1, "--shm-size: it is set when a container is made"),
            (["--cpuset-cpus", "9999"], 1, "--cpuset-cpus"),
        ],
    )
    def test_refused(self, engine, flags, code, text):
        """Nothing changes, neither what is kept nor what holds."""
        identifier = engine.up(flags=["--name", "web", "-m", "64m"])
        before = (engine.data / "containers" / identifier / "container.json").read_text()
        result = engine("update", *flags, "web")
        assert result.code == code and text in result.stderr
        assert (engine.data / "containers" / identifier / "container.json").read_text() == before
        assert limit(identifier, "memory", "memory.max", "memory.limit_in_bytes") == str(64 << 20)

    def test_help_offers_nothing_that_is_always_refused(self, engine):
        assert "--shm-size" in engine("run", "--help").stdout
        assert "--shm-size" not in engine("update", "--help").stdout

    def test_restart_of_one_that_removes_itself(self, engine):
        engine.up(flags=["--name", "web", "--rm"])
        result = engine("update", "--restart", "always", "web")
        assert result.code == 1 and "is removed when it ends" in result.stderr
