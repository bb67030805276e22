"""`inspect`: the Docker Engine API's names, shapes and order."""

import json

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait

pytestmark = pytest.mark.needs("ordinary-machine")

NEVER = "0001-01-01T00:00:00Z"


def inspect(engine, word, *flags):
    [found] = json.loads(engine("inspect", *flags, word).succeeded().stdout)
    return found


class TestShape:
    def test_order(self, engine):
        engine.up(flags=["--name", "web"])
        found = inspect(engine, "web")
        assert list(found) == [
            "Id", "Created", "Path", "Args", "State", "Image", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath",
            "Name", "RestartCount", "Driver", "Platform", "MountLabel", "ProcessLabel", "AppArmorProfile", "ExecIDs",
            "HostConfig", "GraphDriver", "Mounts", "Config", "NetworkSettings",
        ]  # fmt: skip
        assert list(found["State"]) == [
            "Status", "Running", "Paused", "Restarting", "OOMKilled", "Dead", "Pid", "ExitCode", "Error", "StartedAt",
            "FinishedAt",
        ]  # fmt: skip
        assert list(found["HostConfig"])[:6] == [
            "Binds", "ContainerIDFile", "LogConfig", "NetworkMode", "PortBindings", "RestartPolicy",
        ]  # fmt: skip
        assert list(found["Config"])[:6] == [
            "Hostname", "Domainname", "User", "AttachStdin", "AttachStdout", "AttachStderr",
        ]  # fmt: skip

    def test_layout(self, engine):
        engine.up(flags=["--name", "web"])
        text = engine("inspect", "web").succeeded().stdout
        assert text.startswith('[\n    {\n        "Id": "') and text.endswith("\n    }\n]\n")
        assert engine("inspect", "-f", "json", "web").stdout.startswith('[{"Id":"')
        assert engine("container", "inspect", "web").stdout == text

    def test_values(self, engine):
        identifier = engine.up(
            "sh", "-c", "sleep 1000",
            flags=[
                "--name", "web", "-e", "A=1", "--label", "role=front", "-w", "/tmp", "-u", "1:2", "-m", "64m",
                "--cpus", "0.5", "--pids-limit", "50", "--restart", "on-failure:3", "-v", f"{engine.folder}:/srv:ro",
                "--tmpfs", "/scratch:size=1m", "--cap-add", "NET_ADMIN", "-h", "host", "--stop-signal", "USR1",
                "--read-only",
            ],
        )  # fmt: skip
        found = inspect(engine, "web")
        assert (found["Id"], found["Name"], found["Path"], found["Args"]) == (
            identifier, "/web", "sh", ["-c", "sleep 1000"],
        )  # fmt: skip
        assert found["Image"] == str(engine.box)
        assert found["LogPath"] == str(engine.data / "containers" / identifier / "log" / "container.log")
        state = found["State"]
        assert (state["Status"], state["Running"], state["Pid"]) == ("running", True, engine.pid(identifier))
        assert state["FinishedAt"] == NEVER and state["StartedAt"] > found["Created"]
        config = found["Config"]
        assert config["Env"] == ["A=1"] and config["Labels"] == {"role": "front"}
        assert (config["WorkingDir"], config["User"], config["Hostname"]) == ("/tmp", "1:2", "host")
        assert (config["StopSignal"], config["Cmd"], config["Entrypoint"]) == ("USR1", ["sh", "-c", "sleep 1000"], None)
        host = found["HostConfig"]
        assert (host["Memory"], host["MemorySwap"], host["NanoCpus"]) == (64 << 20, 128 << 20, 500_000_000)
        assert host["PidsLimit"] == 50 and host["ReadonlyRootfs"] is True and host["CapAdd"] == ["NET_ADMIN"]
        assert host["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}
        assert host["LogConfig"] == {"Type": "json-file", "Config": {}}
        bind, tmpfs = found["Mounts"]
        assert bind == {
            "Type": "bind", "Source": str(engine.folder), "Destination": "/srv", "Mode": "ro", "RW": False,
            "Propagation": "rprivate",
        }  # fmt: skip
        assert (tmpfs["Type"], tmpfs["Source"], tmpfs["Destination"]) == ("tmpfs", "", "/scratch")
        data = found["GraphDriver"]["Data"]
        assert (data["LowerDir"], data["UpperDir"]) == (
            str(engine.box), str(engine.data / "containers" / identifier / "upper"),
        )  # fmt: skip
        assert list(found["NetworkSettings"]["Networks"]) == ["bridge"]

    def test_states(self, engine):
        engine.up("sh", "-c", "exit 3", flags=["--name", "gone"])
        engine("wait", "gone").succeeded()
        state = inspect(engine, "gone")["State"]
        assert (state["Status"], state["Running"], state["Pid"], state["ExitCode"]) == ("exited", False, 0, 3)
        assert state["FinishedAt"] >= state["StartedAt"] > NEVER
        engine("create", "--name", "new", engine.box, "true").succeeded()
        state = inspect(engine, "new")["State"]
        assert (state["Status"], state["StartedAt"], state["FinishedAt"]) == ("created", NEVER, NEVER)
        engine.up(flags=["--name", "held"])
        engine("pause", "held").succeeded()
        state = inspect(engine, "held")["State"]
        assert (state["Status"], state["Running"], state["Paused"]) == ("paused", True, True)

    def test_size(self, engine):
        engine("run", "--name", "web", engine.box, "sh", "-c", "head -c 1000 /dev/zero > /file").succeeded()
        found = inspect(engine, "web", "-s")
        assert found["SizeRw"] == 1000 and found["SizeRootFs"] > 1000
        assert list(found).index("SizeRw") == list(found).index("GraphDriver") + 1


class TestTemplates:
    def test_one_liners(self, engine):
        """What scripts have."""
        engine.up(flags=["--name", "web", "--label", "a.b=c"])
        ask = lambda template: engine("inspect", "-f", template, "web").succeeded().stdout  # noqa: E731
        assert ask("{{.State.Status}} {{.NetworkSettings.IPAddress}}") == "running 172.17.0.2\n"
        assert ask("{{.Id}}") == ask("{{.ID}}")
        assert ask("{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}") == "0 0\n"
        assert ask('{{index .Config.Labels "a.b"}}') == "c\n"
        assert ask("{{range .Mounts}}{{.Source}}{{end}}") == "\n"
        assert ask("{{json .Config.Cmd}}") == '["sleep","1000"]\n'
        assert ask("{{range $name, $net := .NetworkSettings.Networks}}{{$name}}={{$net.IPAddress}}{{end}}") == "bridge=172.17.0.2\n"
        assert ask("{{if .State.Running}}up{{else}}down{{end}}") == "up\n"

    def test_health_in_order(self, engine):
        engine.up(flags=["--name", "web", "--health-cmd", "echo well", "--health-interval", "50ms"])

        def health():
            text = engine("inspect", "-f", "{{json .State.Health}}", "web").succeeded().stdout
            return text if '"healthy"' in text else None

        text = wait.until(health, "it is healthy")
        assert text.startswith('{"Status":"healthy","FailingStreak":0,"Log":[{"Start":"')
        entry = json.loads(text)["Log"][0]
        assert list(entry) == ["Start", "End", "ExitCode", "Output"] and entry["Output"] == "well\n"

    @pytest.mark.parametrize("template", ["{{.Id", "{{.NoSuch}}", "{{.State.Health.Status}}"])
    def test_bad(self, engine, template):
        engine("create", "--name", "web", engine.box, "true").succeeded()
        result = engine("inspect", "-f", template, "web")
        assert (result.code, result.stdout) == (64, "") and "template parsing error: template: " in result.stderr


class TestMissing:
    def test_alone(self, engine):
        result = engine("inspect", "nobody")
        assert (result.code, result.stdout, result.stderr) == (1, "[]\n", "error: no such object: nobody\n")

    def test_others_are_shown(self, engine):
        engine("create", "--name", "web", engine.box, "true").succeeded()
        result = engine("inspect", "nobody", "web", "noone")
        assert result.code == 1 and [found["Name"] for found in json.loads(result.stdout)] == ["/web"]
        assert result.stderr == "error: no such object: nobody\nerror: no such object: noone\n"
        result = engine("inspect", "-f", "{{.Name}}", "nobody", "web")
        assert (result.code, result.stdout) == (1, "/web\n")

    def test_of_a_kind(self, engine):
        engine("create", "--name", "web", engine.box, "true").succeeded()
        engine("inspect", "--type", "container", "web").succeeded()
        result = engine("inspect", "--type", "network", "web")
        assert (result.code, result.stderr) == (1, "swiftainer: network web not found\n")
        result = engine("inspect", "--type", "thing", "web")
        assert result.code == 125 and "thing" in result.stderr

    def test_volumes_are_found_as_well(self, engine):
        engine("volume", "create", "data").succeeded()
        assert inspect(engine, "data")["Driver"] == "local"
        assert inspect(engine, "data", "--type", "volume")["Name"] == "data"
        engine("volume", "rm", "data").succeeded()

    def test_damaged(self, engine):
        identifier = engine("create", "--name", "web", engine.box, "true").succeeded().stdout.strip()
        (engine.data / "containers" / identifier / "container.json").write_text("{")
        result = engine("inspect", "web")
        assert (result.code, result.stdout) == (1, "[]\n") and "container.json" in result.stderr
