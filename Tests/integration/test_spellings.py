"""The forms in which people write flags, whatever the verb: joined values, several letters in one word, true and false."""

import json

import pytest

from harness import wait
from image_fixtures import archive, box, busybox, engine, good, lines  # noqa: F401

pytestmark = pytest.mark.needs("ordinary-machine")


@pytest.fixture
def said(engine):  # noqa: F811
    """Three lines of a container that has ended."""
    engine("run", "--name", "said", engine.box, "sh", "-c", "echo one; echo two; echo three").succeeded()
    return engine


def every_verb(command, words=()):
    """The words that lead to each verb, its flags (how each is typed, and whether it has a value), and words for it."""
    for verb in command["subcommands"]:
        if verb["commandName"] == "help" or not verb.get("shouldDisplay", True):
            continue
        here = [*words, verb["commandName"]]
        if verb.get("subcommands"):
            yield from every_verb(verb, here)
            continue
        flags = [
            (("-" if name["kind"] == "short" else "--") + name["name"], argument["kind"] == "option")
            for argument in verb.get("arguments", [])
            if argument["shouldDisplay"]
            for name in argument.get("names", [])
        ]
        flags = [flag for flag in flags if flag[0] not in ("-h", "--help", "--version") or flag[1]]
        wanted = [argument["valueName"] for argument in verb.get("arguments", []) if argument["kind"] == "positional"]
        # With these the payload's words would begin.
        yield here, flags, [] if here[-1] in ("run", "create", "exec") and here[0] not in ("network", "volume") else wanted


def test_every_flag_of_every_verb(engine):
    """All forms of all flags are understood: what is told is what comes last, and is none."""
    told = json.loads(engine("--experimental-dump-help").succeeded().stdout)
    verbs = list(every_verb(told["command"]))
    assert len(verbs) > 50
    for verb, flags, wanted in verbs:
        if verb[-1] == "top":
            continue  # its flags are those of ps
        forms = [f"{name}1" for name, has_value in flags if has_value and not name.startswith("--")]
        forms += [f"{name}={value}" for name, has_value in flags if not has_value for value in ("true", "false")]
        result = engine(*verb, *wanted, *forms, "--no-such-flag")
        assert result.code == 125, str(result)
        assert result.stderr.splitlines()[0].endswith(("unknown option '--no-such-flag'", "unknown flag --no-such-flag")), str(result)


class TestLetters:
    @pytest.mark.parametrize(
        "flags, text",
        [(["-n1"], "three\n"), (["-n=2"], "two\nthree\n"), (["-fn1"], "three\n"), (["-fn", "1"], "three\n"), (["-n0"], "")],
        ids=" ".join,
    )
    def test_of_logs(self, said, flags, text):
        assert good(said("logs", *flags, "said")) == text
        assert good(said("logs", "said", *flags)) == text

    def test_times(self, said):
        assert [line.split()[1] for line in lines(said("logs", "-tn2", "said"))] == ["two", "three"]

    def test_of_lists(self, said):
        [identifier] = said.identifiers()
        assert lines(said("ps", "-qn1")) == [identifier[:12]]
        assert lines(said("ps", "-aqfname=said")) == [identifier[:12]] and lines(said("ps", "-aqfname=nobody")) == []
        assert good(said("container", "inspect", "-f{{.State.ExitCode}}", "said")) == "0\n"

    @pytest.mark.parametrize("words", [["stop", "-t5"], ["restart", "-t5"], ["kill", "-sHUP"], ["stop", "-sHUP", "-t5"]], ids=" ".join)
    def test_of_whom_there_is_nobody(self, engine, words):
        result = engine(*words, "nobody")
        assert (result.code, result.stderr) == (1, "swiftainer: No such container: nobody\n"), str(result)

    def test_signal(self, engine):
        identifier = engine.up("sh", "-c", "trap 'exit 7' HUP; echo ready; while :; do sleep 0.05; done")
        wait.until(lambda: engine("logs", identifier).stdout == "ready\n", "the trap")
        good(engine("kill", "-sHUP", identifier))
        assert good(engine("wait", identifier)) == "7\n"

    def test_of_what_another_program_does(self, engine, busybox, scratch):
        """It is given them as they are understood."""
        good(engine("save", f"-o{scratch}/image.tar", "busybox"))
        assert lines(engine("load", f"-qi{scratch}/image.tar")) == ["Loaded image: busybox:latest"]


class TestSwitches:
    def test_without_a_contrary(self, said):
        identifier = said.up(flags=["--name", "up"])
        result = said("rm", "--force=false", "up")
        assert result.code == 1 and "running" in result.stderr, str(result)
        assert good(said("ps", "-q=true", "--no-trunc=true")) == identifier + "\n"
        assert good(said("rm", "--force=true", "up")) == "up\n"

    def test_with_one(self, engine, busybox):
        [size] = set(lines(engine("history", "--human=false", "--format", "{{.Size}}", "busybox")))
        assert size.isdigit()
        assert good(engine("history", "-H=false", "--format", "{{.Size}}", "busybox")) == size + "\n"
        assert good(engine("history", "-H=true", "--format", "{{.Size}}", "busybox")) != size + "\n"

    def test_values_stay_as_they_are(self, engine, busybox):
        good(engine("create", "--name", "made", "busybox"))
        good(engine("commit", "--pause=false", "-m", "--pause=true", "-athe author", "made", "from-it"))
        assert lines(engine("history", "--format", "{{.Comment}}", "from-it"))[0] == "--pause=true"
        assert good(engine("image", "inspect", "-f", "{{.Author}}", "from-it")) == "the author\n"

    @pytest.mark.parametrize(
        "words, text",
        [
            (["rm", "--force=yes", "x"], "the option '--force' does not take any value, but 'yes' was specified"),
            (["stop", "-tfive", "x"], "the value 'five' is invalid for '-t <seconds>'"),
            (["start", "--explain=json", "x"], "unknown option '--explain'"),
            (["ps", "-xn1"], "unknown option '-xn1'"),
            (["rm", "--", "--force=true"], "No such container: --force=true"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_bad_ones(self, engine, words, text):
        result = engine(*words)
        assert result.code != 0 and text in result.stderr.splitlines()[0], str(result)


class TestQuiet:
    @pytest.mark.parametrize("verb", ["run", "create"])
    def test_fetching(self, engine, verb):
        """What goes wrong is all that is told."""
        result = engine(verb, "-q", "localhost:1/nope", "true")
        assert (result.code, len(result.stderr.splitlines()), result.stdout) == (125, 1, ""), str(result)
        told = engine(verb, "localhost:1/nope", "true").stderr.splitlines()
        assert len(told) > 1 and told[-1] == result.stderr.strip()


class TestOlderForms:
    def test_version(self, engine):
        assert good(engine("-v")) == good(engine("--version"))

    def test_name_of_a_volume(self, engine):
        assert good(engine("volume", "create", "--name", "data")) == "data\n"
        assert engine("volume", "create", "--name", "data", "other").code == 1
        good(engine("volume", "rm", "data"))

    @pytest.mark.parametrize("words", [["build", "-t", "x", "."], ["image", "build", "."], ["buildx", "build", "."]], ids=" ".join)
    def test_build(self, engine, words):
        """What is not there is said, and how images are had."""
        result = engine(*words)
        assert result.code == 125 and "swiftainer load" in result.stderr.splitlines()[0], str(result)
