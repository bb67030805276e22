"""`ps` and `container ls`: what is listed, in which order, in which words."""

import json
import re
import resource
import shutil

import pytest

from image_fixtures import archive, box, busybox, engine  # noqa: F401
from harness import wait

pytestmark = pytest.mark.needs("ordinary-machine")


def create(engine, *words, flags=()):
    return engine("create", *flags, engine.box, *(words or ("true",))).succeeded().stdout.strip()


def names(engine, *flags):
    return engine("ps", "--format", "{{.Names}}", *flags).succeeded().stdout.split()


class TestTable:
    def test_empty(self, engine):
        result = engine("ps").succeeded()
        assert result.stdout == "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n"
        assert result.stderr == ""

    def test_a_running_one(self, engine):
        identifier = engine.up("sh", "-c", "sleep 1000", "days of rest", flags=["--name", "web"])
        header, line = engine("ps").succeeded().stdout.splitlines()
        assert re.split(r"\s{2,}", header) == [
            "CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES",
        ]
        cells = re.split(r"\s{2,}", line)
        assert cells[:3] == [identifier[:12], str(engine.box), '"sh -c \'sleep 1000\' …"']
        assert re.fullmatch(r"(Less than a second|\d+ seconds?) ago", cells[3])
        assert re.fullmatch(r"Up (Less than a second|\d+ seconds?)", cells[4])
        assert cells[5:] == ["web"]
        # Columns stand where their names do.
        assert line.index("web") == header.index("NAMES")

    def test_states(self, engine):
        """Each in the words that people look for."""
        exited = engine.up("sh", "-c", "exit 3", flags=["--name", "exited"])
        engine("wait", exited).succeeded()
        create(engine, flags=["--name", "created"])
        engine.up(flags=["--name", "paused"])
        engine("pause", "paused").succeeded()
        engine.up("false", flags=["--name", "restarting", "--restart", "always"])
        engine.up(flags=["--name", "probed", "--health-cmd", "true", "--health-interval", "1h"])

        def status():
            lines = engine("ps", "-a", "--format", "{{.Names}}|{{.State}}|{{.Status}}").succeeded().stdout.splitlines()
            return {name: (state, text) for name, state, text in (line.split("|") for line in lines)}

        found = wait.until(lambda: (now := status())["restarting"][0] == "restarting" and now, "a restart that waits")
        assert found["created"] == ("created", "Created")
        assert re.fullmatch(r"Exited \(3\) .* ago", found["exited"][1])
        assert re.fullmatch(r"Up .* \(Paused\)", found["paused"][1])
        assert re.fullmatch(r"Restarting \(1\) .* ago", found["restarting"][1])
        assert re.fullmatch(r"Up .* \(health: starting\)", found["probed"][1])

    def test_size(self, engine):
        engine.up("sh", "-c", "head -c 1234 /dev/zero > /file; echo done; sleep 1000", flags=["--name", "web"])
        size = lambda: engine("ps", "--format", "{{.Size}}").succeeded().stdout  # noqa: E731
        wait.until(lambda: size().startswith("1.23kB (virtual "), "the file")
        header, line = engine("ps", "-s").succeeded().stdout.splitlines()
        assert header.endswith("SIZE") and "1.23kB (virtual" in line

    def test_nothing_is_cut_off(self, engine):
        identifier = engine.up("sleep", "1000", "and a long comment that is an error")
        line = engine("ps", "-a", "--no-trunc").succeeded().stdout.splitlines()[1]
        assert identifier in line and "\"sleep 1000 'and a long comment that is an error'\"" in line


class TestChoice:
    @pytest.fixture
    def three(self, engine):
        """The latest last."""
        create(engine, flags=["--name", "one", "--label", "tier=1"])
        engine.up(flags=["--name", "two", "--label", "tier=2", "--label", "front"])
        create(engine, "false", flags=["--name", "three"])
        return engine

    def test_flags(self, three):
        assert names(three) == ["two"]
        assert names(three, "-a") == ["three", "two", "one"]
        assert names(three, "-l") == ["three"]
        assert names(three, "-n", "2") == ["three", "two"]
        assert names(three, "-n2") == ["three", "two"]
        assert names(three, "--last=-1") == ["two"]
        assert len(three("ps", "-aq").succeeded().stdout.split()) == 3
        assert all(len(word) == 64 for word in three("ps", "-aq", "--no-trunc").stdout.split())

    def test_both_spellings(self, three):
        texts = {three(*words, "-aq").succeeded().stdout for words in (["ps"], ["container", "ls"], ["container", "list"], ["container", "ps"])}
        assert len(texts) == 1 and len(texts.pop().split()) == 3

    @pytest.mark.parametrize(
        "filters, expected",
        [
            (["name=t"], "three two"),
            (["name=^two$"], "two"),
            (["label=tier"], "two one"),
            (["label=tier", "label=front"], "two"),
            (["label=tier=1"], "one"),
            (["status=created"], "three one"),
            (["status=running", "status=created"], "three two one"),
            (["before=two"], "one"),
            (["since=one"], "three two"),
            (["health=none"], "three two one"),
            (["network=host"], ""),
            (["volume=/nowhere"], ""),
        ],
    )
    def test_filters(self, three, filters, expected):
        flags = [word for text in filters for word in ("--filter", text)]
        assert names(three, "-a", *flags) == expected.split()

    def test_filters_of_states_look_at_all(self, three):
        """What asks for containers that have ended need not say -a."""
        assert names(three, "-f", "status=created") == ["three", "one"]
        three("start", "-a", "three")
        assert names(three, "-f", "exited=1") == ["three"]
        assert names(three, "-f", "ancestor=" + str(three.box)) == ["two"]

    def test_ancestors(self, engine, busybox):
        """By whatever name an image is called, and those made from it."""
        engine("create", "--name", "first", "busybox").succeeded()
        engine("commit", "first", "made").succeeded()
        engine("create", "--name", "second", "made").succeeded()
        engine("tag", "busybox", "again:v2").succeeded()
        create(engine, flags=["--name", "none"])
        for word in ("busybox", "busybox:latest", "docker.io/library/busybox", "again:v2", busybox, busybox[7:19]):
            assert names(engine, "-a", "-f", f"ancestor={word}") == ["second", "first"], word
        assert names(engine, "-a", "-f", "ancestor=made") == ["second"]
        assert names(engine, "-a", "-f", "ancestor=made", "-f", f"ancestor={engine.box}") == ["none", "second"]
        assert names(engine, "-a", "-f", "ancestor=nope") == []
        # By the name it was made with, once nothing else is known of it.
        engine("rmi", "-f", "again:v2", "busybox").succeeded()
        assert names(engine, "-a", "-f", "ancestor=busybox") == ["first"]

    @pytest.mark.parametrize(
        "word, text",
        [
            ("colour=red", "unknown filter 'colour'"),
            ("name", "not KEY=VALUE"),
            ("status=up", "unknown status 'up'"),
            ("exited=x", "not an exit code"),
            ("name=(", "not a regular expression"),
            ("since=nobody", "No such container: nobody"),
        ],
    )
    def test_bad_filters(self, three, word, text):
        result = three("ps", "-a", "--filter", word)
        assert result.code == 1 and text in result.stderr and result.stdout == ""


class TestFormat:
    def test_fields(self, engine):
        engine.up(flags=["--name", "web", "--label", "b=2", "--label", "a=1", "-v", f"{engine.folder}:/srv/data"])
        template = "{{.ID}} {{.Image}} {{.Command}} {{.State}} {{.Names}} {{.Labels}} {{.Label \"b\"}} {{.Mounts}} {{.Networks}} {{.LocalVolumes}} {{.Ports}}"
        text = engine("ps", "--no-trunc", "--format", template).succeeded().stdout
        [identifier] = engine.identifiers()
        assert text == f'{identifier} {engine.box} "sleep 1000" running web a=1,b=2 2 {engine.folder} bridge 0 \n'
        created, running_for = engine("ps", "--format", "{{.CreatedAt}}|{{.RunningFor}}").stdout.strip().split("|")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} \w+", created)
        assert running_for.endswith(" ago")

    def test_json(self, engine):
        create(engine, flags=["--name", "one", "--label", "text=<&>"])
        [line] = engine("ps", "-a", "--format", "json").succeeded().stdout.splitlines()
        row = json.loads(line)
        assert list(row) == sorted(row)
        assert (row["Names"], row["State"], row["Status"], row["Size"]) == ("one", "created", "Created", "0B")
        assert row["Labels"] == "text=<&>" and "\\u003c" in line

    def test_table(self, engine):
        create(engine, flags=["--name", "one", "--label", "com.example.role=front"])
        result = engine("ps", "-a", "--format", "table {{.Names}}\\t{{.Label \"com.example.role\"}}").succeeded()
        assert result.stdout == "NAMES     role\none       front\n"

    @pytest.mark.parametrize("template", ["{{.ID", "{{.Nothing}}", "{{nofunction .ID}}"])
    def test_bad_template(self, engine, template):
        create(engine)
        result = engine("ps", "-a", "--format", template)
        assert (result.code, result.stdout) == (64, "")
        assert "template parsing error: template: " in result.stderr


class TestDamaged:
    def test_others_are_listed(self, engine):
        create(engine, flags=["--name", "whole"])
        broken = create(engine, flags=["--name", "broken"])
        torn = create(engine, flags=["--name", "torn"])
        (engine.data / "containers" / broken / "container.json").write_text('{"version":1,')
        (engine.data / "containers" / torn / "status.json").write_text("[]")
        result = engine("ps", "-a", "--format", "{{.Names}} {{.Status}} {{.Image}}").succeeded()
        assert set(result.stdout.splitlines()) == {
            f"whole Created {engine.box}",
            "broken Dead <no image>",
            f"torn Dead {engine.box}",
        }
        warnings = result.stderr.splitlines()
        assert len(warnings) == 2 and all(line.startswith("swiftainer: warning: container ") for line in warnings)
        assert engine("rm", "-f", "broken", "torn").succeeded()
        assert names(engine, "-a") == ["whole"]

    def test_what_is_being_made_or_removed_is_not_listed(self, engine):
        create(engine, flags=["--name", "whole"])
        for name in (".new-" + "a" * 64, ".old-" + "b" * 64, "not-an-id"):
            (engine.data / "containers" / name).mkdir()
        result = engine("ps", "-a", "--format", "{{.Names}}").succeeded()
        assert (result.stdout, result.stderr) == ("whole\n", "")
        for name in (".new-" + "a" * 64, ".old-" + "b" * 64, "not-an-id"):
            (engine.data / "containers" / name).rmdir()


def processor_time():
    """Seconds that the commands called so far have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_thousand(engine):
    first = create(engine, flags=["--name", "first"])
    folder = engine.data / "containers"
    text = (folder / first / "container.json").read_text()
    made = [f"{number:064x}" for number in range(1, 1000)]
    try:
        for identifier in made:
            (folder / identifier).mkdir()
            (folder / identifier / "container.json").write_text(
                text.replace(first, identifier).replace('"name":"first"', f'"name":"n{int(identifier, 16)}"')
            )
        before = processor_time()
        result = engine("ps", "-a").succeeded()
        assert len(result.stdout.splitlines()) == 1001 and result.stderr == ""
        # Some tens of milliseconds; nobody may read every file twice.
        assert processor_time() - before < 1
    finally:
        for identifier in made:
            shutil.rmtree(folder / identifier, ignore_errors=True)
