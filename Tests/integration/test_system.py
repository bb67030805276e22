"""`container prune`, `system df`, `system prune`, `info`, `version`, `port`, and the help."""

import json
import re

import pytest

from image_fixtures import archive, box, busybox, engine  # noqa: F401


@pytest.fixture
def mixed(engine):
    """One that runs and two that have ended, one of which has written 1,000 bytes."""
    engine.up(flags=["--name", "running"])
    engine("run", "--name", "ended", "--label", "keep=1", engine.box, "sh", "-c", "head -c 1000 /dev/zero > /file").succeeded()
    engine("create", "--name", "created", engine.box, "true").succeeded()
    return engine


def names(engine):
    return set(engine("ps", "-a", "--format", "{{.Names}}").succeeded().stdout.split())


@pytest.mark.needs("ordinary-machine")
class TestPrune:
    @pytest.mark.parametrize("noun", ["container", "system"])
    def test_what_does_not_run(self, mixed, noun):
        gone = {mixed("inspect", "-f", "{{.Id}}", name).stdout.strip() for name in ("ended", "created")}
        lines = mixed(noun, "prune", "-f").succeeded().stdout.splitlines()
        assert lines[0] == "Deleted Containers:" and set(lines[1:3]) == gone
        assert lines[3:] == ["", "Total reclaimed space: 1kB"]
        assert names(mixed) == {"running"}
        assert mixed(noun, "prune", "-f").succeeded().stdout == "Total reclaimed space: 0B\n"

    def test_asks(self, mixed):
        for answer in ("", "n\n", "yours\n"):
            result = mixed("container", "prune", stdin=answer).succeeded()
            assert result.stdout == (
                "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] "
            )
        assert names(mixed) == {"running", "ended", "created"}
        assert "  - all stopped containers\n" in mixed("system", "prune", stdin="n\n").succeeded().stdout
        mixed("container", "prune", stdin="y\n").succeeded()
        assert names(mixed) == {"running"}

    @pytest.mark.parametrize(
        "words, left",
        [
            (["label=keep"], {"running", "created"}),
            (["label!=keep"], {"running", "ended"}),
            (["until=1h"], {"running", "ended", "created"}),
            (["until=0s"], {"running"}),
        ],
    )
    def test_filters(self, mixed, words, left):
        flags = [word for text in words for word in ("--filter", text)]
        mixed("container", "prune", "-f", *flags).succeeded()
        assert names(mixed) == left

    def test_volumes(self, engine):
        """Those without a name, where they are asked for."""
        engine("volume", "create", "named").succeeded()
        engine("run", "--name", "one", "-v", "/data", engine.box, "true").succeeded()
        volumes = lambda: engine("volume", "ls", "-q").succeeded().stdout.split()  # noqa: E731
        [anonymous] = [name for name in volumes() if name != "named"]
        engine("system", "prune", "-f").succeeded()
        assert len(volumes()) == 2
        assert f"Deleted Volumes:\n{anonymous}\n" in engine("system", "prune", "-f", "--volumes").succeeded().stdout
        assert volumes() == ["named"]
        assert engine("system", "prune", "-f", "--volumes", "--filter", "until=1h").code == 1
        engine("volume", "rm", "named").succeeded()

    def test_damage_of_a_container(self, engine, busybox):
        """Which images it uses is not known: they stay, and what else there is goes all the same."""
        engine("create", "--name", "torn", engine.box, "true").succeeded()
        [torn] = engine.identifiers()
        volume = engine("volume", "create").succeeded().stdout.strip()
        (engine.data / "containers" / torn / "container.json").write_text("{")
        result = engine("system", "prune", "-f", "--volumes").succeeded()
        assert result.stdout == f"Deleted Volumes:\n{volume}\n\nTotal reclaimed space: 0B\n", str(result)
        assert "warning: " in result.stderr and "container.json" in result.stderr

    def test_bad_filter(self, mixed):
        result = mixed("container", "prune", "-f", "--filter", "name=ended")
        assert result.code == 1 and "unknown filter 'name'" in result.stderr
        assert names(mixed) == {"running", "ended", "created"}


class TestDiskUsage:
    def test_summary(self, mixed):
        lines = mixed("system", "df").succeeded().stdout.splitlines()
        rows = [re.split(r"\s{2,}", line.rstrip()) for line in lines]
        assert rows[0] == ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]
        assert rows[1] == ["Images", "0", "0", "0B", "0B"]
        assert rows[2] == ["Containers", "3", "1", "1kB", "1kB (100%)"]
        assert rows[3][0] == "Local Volumes"

    def test_formats(self, mixed):
        lines = mixed("system", "df", "--format", "json").succeeded().stdout.splitlines()
        assert json.loads(lines[1]) == {
            "Active": "1", "Reclaimable": "1kB (100%)", "Size": "1kB", "TotalCount": "3", "Type": "Containers",
        }  # fmt: skip
        verbose = json.loads(mixed("system", "df", "-v", "--format", "json").succeeded().stdout)
        assert {row["Names"]: row["Size"] for row in verbose["Containers"]}["ended"] == "1kB"
        text = mixed("system", "df", "-v").succeeded().stdout
        assert "Containers space usage:\n\nCONTAINER ID" in text and "Local Volumes space usage:\n\nVOLUME NAME" in text


class TestInfo:
    def test_text(self, mixed):
        lines = mixed("info").succeeded().stdout.splitlines()
        assert lines[:4] == ["Containers: 3", " Running: 1", " Paused: 0", " Stopped: 2"]
        assert f"Root Dir: {mixed.data}" in lines
        assert lines[4] == "Images: 0"
        assert mixed("system", "info").succeeded().stdout.splitlines()[:4] == lines[:4]

    def test_images(self, engine, busybox):
        """Each once, whatever the number of its names."""
        engine("tag", "busybox", "second").succeeded()
        assert "Images: 1" in engine("info").succeeded().stdout.splitlines()
        assert engine("info", "-f", "{{.Images}}").stdout == "1\n"

    def test_format(self, mixed):
        assert mixed("info", "-f", "{{.ContainersRunning}} {{.OSType}} {{.DockerRootDir}}").stdout == f"1 linux {mixed.data}\n"
        assert json.loads(mixed("info", "--format", "json").succeeded().stdout)["Containers"] == 3
        assert mixed("info", "--format", "{{.Nothing}}").code == 64


class TestVersion:
    def test_text_and_format(self, engine):
        number = engine("--version").succeeded().stdout.strip()
        assert f" Version:      {number}\n" in engine("version").succeeded().stdout
        assert engine("version", "-f", "{{.Client.Version}} {{.Server.Version}}").stdout == f"{number} {number}\n"
        assert list(json.loads(engine("version", "--format", "json").stdout)) == ["Client", "Server"]
        assert engine("version", "-f", "{{.Client").code == 64


class TestPort:
    def test_of_one_without(self, engine):
        engine.up(flags=["--name", "web"])
        assert engine("port", "web").succeeded().stdout == ""
        result = engine("port", "web", "80")
        assert result.code == 1 and "no public port '80/tcp' published for web" in result.stderr
        assert "No such container: nobody" in engine("port", "nobody").stderr


class TestNouns:
    @pytest.mark.parametrize("verb", ["run", "create", "start", "stop", "rm", "logs", "exec", "rename", "update", "port", "wait"])
    def test_every_verb_is_there_twice(self, engine, verb):
        short, long = engine(verb, "--help").succeeded(), engine("container", verb, "--help").succeeded()
        assert short.stdout.splitlines()[0] == long.stdout.splitlines()[0]

    def test_exit_codes_are_those_of_the_verb(self, engine):
        assert engine("container", "run", engine.box, "sh", "-c", "exit 7").code == 7
        assert engine("container", "run", engine.box, "no-such-command").code == 127
        assert engine("container", "run", "--no-such-flag", engine.box).code == 125
        assert engine("container", "stop", "nobody").code == 1

    def test_unknown_ones(self, engine):
        result = engine("container", "frobnicate")
        assert result.code == 125 and "unknown command container frobnicate" in result.stderr

    @pytest.mark.parametrize(
        "words, typed, see",
        [
            (["network", "conect", "a", "b"], "network conect", "network "),
            (["system", "chek"], "system chek", "system "),
            (["network", "conect", "--help"], "network conect", "network "),
            (["help", "network", "conect"], "network conect", "network "),
            (["rum", "--help"], "rum", ""),
            (["help", "nonsense"], "nonsense", ""),
        ],
        ids=lambda one: " ".join(one) if isinstance(one, list) else "",
    )
    def test_misspelt_ones(self, engine, words, typed, see):
        """Told where those that there are can be read, and no success."""
        result = engine(*words)
        assert (result.code, result.stdout) == (125, "")
        assert result.stderr == f"swiftainer: unknown command {typed}\nsee 'swiftainer {see}--help'\n"

    def test_nouns_alone(self, engine):
        for words in (["network"], ["network", "--help"], ["help", "network"]):
            assert "Make, list and remove networks" in engine(*words).succeeded().stdout
        result = engine("network", "--nothing")
        assert (result.code, result.stderr) == (
            125, "swiftainer: unknown option '--nothing'\nsee 'swiftainer network --help'\n"
        )

    def test_help_is_grouped(self, engine):
        text = engine("--help").succeeded().stdout
        assert re.search(r"(?s)TO MAKE CONTAINERS.*\n  run .*TO LOOK AT THEM.*\n  ps .*\n  inspect .*THIS MACHINE.*\n  info ", text)
