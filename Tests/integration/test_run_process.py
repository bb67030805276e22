"""`swiftainer run`: the command, its limits, and the forms in which flags are typed."""

import os

import pytest

from engine_fixtures import engine  # noqa: F401
from run_fixtures import box, everyday  # noqa: F401


class TestEntrypoint:
    def test_stands_before_the_command(self, everyday):
        assert everyday.run("--entrypoint", "echo", everyday.box, "a", "-b").stdout == "a -b\n"
        assert everyday.run("--entrypoint=/bin/echo", everyday.box).stdout == "\n"

    @pytest.mark.parametrize("words", [["--entrypoint", ""], ["--entrypoint="]], ids=repr)
    def test_emptied(self, everyday, words):
        assert everyday.run(*words, everyday.box, "echo", "a").stdout == "a\n"


class TestEnvironmentFiles:
    def test_file(self, everyday, scratch):
        (scratch / "a").write_text("# comment\nA=1\n\n  B=two words\nGIVEN\nMISSING\nC=\n")
        (scratch / "b").write_text("A=2\n")
        environment = {**os.environ, "GIVEN": "yes"}
        environment.pop("MISSING", None)
        flags = ["--env-file", scratch / "a", f"--env-file={scratch}/b", "-e", "C=3"]
        result = everyday.run(*flags, everyday.box, "env", env=environment).succeeded()
        found = dict(line.split("=", 1) for line in result.stdout.splitlines())
        assert [found.get(name) for name in ("A", "B", "C", "GIVEN", "MISSING")] == ["2", "two words", "3", "yes", None]

    def test_resolved_when_it_is_made(self, engine):
        """Whoever starts the container later has other variables."""
        made = engine("create", "-e", "GIVEN", engine.box, "sh", "-c", "echo $GIVEN", environment={"GIVEN": "early"})
        result = engine("start", "-a", made.stdout.strip(), environment={"GIVEN": "late"})
        assert result.stdout == "early\n"


class TestLimitsOfProcesses:
    def test_ulimits(self, everyday):
        flags = ["--ulimit", "nofile=100:200", "--ulimit", "core=0", "--ulimit", "nofile=150:200"]
        script = "ulimit -n; ulimit -Hn; ulimit -c"
        assert everyday.run(*flags, everyday.box, "sh", "-c", script).stdout.split() == ["150", "200", "0"]

    def test_is_felt(self, everyday):
        script = "exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null"
        result = everyday.run("--ulimit", "nofile=6", everyday.box, "sh", "-c", script)
        assert result.code != 0 and "Too many open files" in result.stderr

    def test_oom_score(self, everyday):
        assert everyday.run("--oom-score-adj", "500", everyday.box, "cat", "/proc/self/oom_score_adj").stdout == "500\n"

    def test_groups(self, everyday):
        flags = ["-u", "user", "--group-add", "77", "--group-add", "root"]
        status = everyday.probe("status", flags=flags).record("status")
        assert {77, 0} <= set(status["groups"])


class TestForms:
    """The ways in which people type the same."""

    @pytest.mark.parametrize(
        "flags",
        [["-e", "A=1"], ["-eA=1"], ["-e=A=1"], ["--env=A=1"], ["-ieA=1"], ["-ie", "A=1"], ["-ie=A=1"], ["-i=true", "-eA=1"]],
        ids=" ".join,
    )
    def test_variable(self, everyday, flags):
        assert everyday.run(*flags, everyday.box, "sh", "-c", "echo $A", stdin="").stdout == "1\n"

    def test_what_looks_like_flags_is_the_payloads(self, everyday):
        words = ["-it", "-eA=1", "-im64m", "--rm=true", "--explain=json", "--entrypoint=", "-p80:80", "--", "--help"]
        assert everyday.run(everyday.box, "echo", *words).stdout == " ".join(words) + "\n"

    @pytest.mark.parametrize("word", ["true", "1", "false", "0"])
    def test_switch_with_a_value(self, everyday, word):
        script = "touch /x && echo written"
        result = everyday.run(f"--read-only={word}", everyday.box, "sh", "-c", script)
        assert ("written" in result.stdout) == (word in ("false", "0"))

    def test_removal_switched_off(self, engine):
        engine("run", "--rm=false", "--name", "kept", engine.box, "true").succeeded()
        assert engine("rm", "kept").stdout == "kept\n"

    def test_annotations_of_other_engines_are_taken(self, everyday):
        everyday.run("--annotation", "org.example=1", "--pull", "never", "--platform", "linux", everyday.box, "true").succeeded()


class TestCreate:
    def test_prints_the_id(self, engine):
        made = engine("create", "--name", "made", "-e", "A=1", engine.box, "sh", "-c", "echo $A; exit 3")
        assert (made.code, made.stderr) == (0, "")
        assert engine.identifiers() == [made.stdout.strip()]
        result = engine("start", "-a", "made")
        assert (result.code, result.stdout) == (3, "1\n")

    def test_refuses_as_run_does(self, engine):
        result = engine("create", "--memory", "much", engine.box, "true")
        assert result.code == 125 and "--memory much" in result.stderr
        assert engine("create", "-d", engine.box, "true").code == 125
        assert engine.identifiers() == []

    def test_file_with_the_id(self, engine, scratch):
        made = engine("create", "--cidfile", scratch / "id", engine.box, "true").stdout.strip()
        assert (scratch / "id").read_text() == made
        result = engine("create", "--cidfile", scratch / "id", engine.box, "true")
        assert result.code == 125 and f"--cidfile {scratch}/id" in result.stderr
        assert engine.identifiers() == [made]
