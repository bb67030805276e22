"""Volumes: made, filled from the image, shared, kept and removed."""

import json
import os
import subprocess

import pytest

from harness import host, strike
from volume_fixtures import box, described, engine, image  # noqa: F401


def volume(engine, name):
    return engine.data / "volumes" / name / "_data"


def volumes(engine):
    folder = engine.data / "volumes"
    return sorted(entry.name for entry in folder.iterdir() if entry.name[0] != ".") if folder.exists() else []


def good(result):
    assert result.code == 0, str(result)
    return result.stdout


def bad(result, text, code=1):
    assert result.code == code, str(result)
    assert text in result.stderr, str(result)


@pytest.fixture
def stuck(engine):
    """Has a file in a volume that the kernel lets nobody remove: its name, and what shows where it is once the volume
    is removed."""
    folder = engine.data / "volumes"

    def make(name=None):
        name = name or good(engine("volume", "create")).strip()
        (volume(engine, name) / "file").write_text("")
        subprocess.run(["chattr", "+i", volume(engine, name) / "file"], check=True)
        return name, lambda: list(folder.glob(".old-*"))

    yield make
    for file in [*folder.glob("*/_data/file"), *folder.glob(".old-*/_data/file")]:
        subprocess.run(["chattr", "-i", file], check=True)
    engine("system", "check").succeeded()
    assert not list(folder.glob(".old-*"))


def told(remains):
    hint = "once that is mended, swiftainer system check removes it"
    return f"remove {remains}: something in it cannot be removed ({hint})"


class TestVerbs:
    def test_create_list_inspect_remove(self, engine):
        assert good(engine("volume", "create", "--label", "a=b", "--label", "c", "first")) == "first\n"
        anonymous = good(engine("volume", "create")).strip()
        assert len(anonymous) == 64 and set(anonymous) <= set("0123456789abcdef")
        assert good(engine("volume", "ls")).splitlines()[0].split() == ["DRIVER", "VOLUME", "NAME"]
        assert good(engine("volume", "ls", "-q")).split() == sorted(["first", anonymous])
        assert good(engine("volume", "ls", "--format", "{{.Name}} {{.Labels}}", "-f", "label=a=b")) == "first a=b,c=\n"
        [told] = json.loads(good(engine("volume", "inspect", "first")))
        assert list(told) == ["CreatedAt", "Driver", "Labels", "Mountpoint", "Name", "Options", "Scope"]
        assert told["Labels"] == {"a": "b", "c": ""} and told["Options"] is None and told["Driver"] == "local"
        assert told["Mountpoint"] == str(volume(engine, "first")) and os.path.isdir(told["Mountpoint"])
        assert good(engine("volume", "inspect", "-f", "{{.Name}}", "first")) == "first\n"
        assert good(engine("volume", "rm", "first", anonymous)) == f"first\n{anonymous}\n"
        assert volumes(engine) == []
        assert [event["action"] for event in engine.events("") if event["type"] == "volume"] == [
            "create", "create", "destroy", "destroy",
        ]

    def test_create_again_changes_nothing(self, engine):
        good(engine("volume", "create", "--label", "a=b", "one"))
        (volume(engine, "one") / "kept").write_text("x")
        assert good(engine("volume", "create", "--label", "c=d", "one")) == "one\n"
        assert json.loads(good(engine("volume", "inspect", "one")))[0]["Labels"] == {"a": "b"}
        assert (volume(engine, "one") / "kept").exists()

    @pytest.mark.parametrize("name", ["../x", "a/b", ".x", "x", "", "a b"])
    def test_names_are_checked(self, engine, name):
        bad(engine("volume", "create", name), "includes invalid characters for a local volume name")

    def test_missing_ones(self, engine):
        bad(engine("volume", "inspect", "nope"), "get nope: no such volume")
        bad(engine("volume", "rm", "nope"), "get nope: no such volume")
        bad(engine("volume", "rm", "../containers"), "no such volume")
        assert good(engine("volume", "rm", "-f", "nope")) == "nope\n"

    def test_bad_words(self, engine):
        bad(engine("volume", "create", "-d", "other", "x1"), "no driver")
        bad(engine("volume", "create", "-o", "size=1", "x1"), 'invalid option: "size"')
        bad(engine("volume", "create", "-o", "type=tmpfs", "x1"), 'missing required option: "device"')
        bad(engine("volume", "ls", "--filter", "x=y"), "unknown filter 'x'")
        bad(engine("volume", "ls", "--format", "{{.Nope"), "template parsing error", code=64)

    def test_dangling(self, engine):
        good(engine("volume", "create", "free"))
        good(engine("create", "-v", "used:/x", engine.box))
        assert good(engine("volume", "ls", "-qf", "dangling=true")).split() == ["free"]
        assert good(engine("volume", "ls", "-qf", "dangling=0")).split() == ["used"]
        assert good(engine("volume", "ls", "-qf", "name=^fr")).split() == ["free"]


class TestUse:
    def test_named_volume_outlives_its_container(self, engine):
        good(engine("run", "--rm", "-v", "kept:/x", engine.box, "sh", "-c", "echo one > /x/file"))
        assert good(engine("run", "--rm", "-v", "kept:/y:ro", engine.box, "cat", "/y/file")) == "one\n"
        result = engine("run", "--rm", "--mount", "type=volume,src=kept,dst=/y,readonly", engine.box, "touch", "/y/new")
        assert result.code != 0 and "Read-only" in result.stderr
        assert volumes(engine) == ["kept"]

    def test_in_use_by_a_stopped_container(self, engine):
        identifier = good(engine("create", "-v", "held:/x", engine.box)).strip()
        bad(engine("volume", "rm", "held"), f"remove held: volume is in use - [{identifier}]")
        assert good(engine("volume", "rm", "-f", "nope")) and volumes(engine) == ["held"]
        bad(engine("volume", "rm", "-f", "held"), "volume is in use")
        good(engine("rm", "-v", identifier))
        assert volumes(engine) == ["held"], "rm -v has removed a volume with a name"
        good(engine("volume", "rm", "held"))

    def test_anonymous_ones_go_with_rm(self, engine):
        good(engine("run", "--rm", "-v", "/x", "-v", "named:/y", engine.box, "touch", "/x/a", "/y/a"))
        assert volumes(engine) == ["named"]
        identifier = good(engine("run", "-d", "-v", "/x", engine.box, "true")).strip()
        good(engine("wait", identifier))
        [anonymous] = [name for name in volumes(engine) if name != "named"]
        good(engine("rm", identifier))
        assert anonymous in volumes(engine), "rm without -v has removed a volume"
        assert good(engine("volume", "prune", "-f")).splitlines()[:2] == ["Deleted Volumes:", anonymous]
        assert volumes(engine) == ["named"]
        assert good(engine("volume", "prune", "-f")) == "Total reclaimed space: 0B\n"
        assert "named" in good(engine("volume", "prune", "-af"))
        assert volumes(engine) == []

    def test_anonymous_one_used_by_another_stays(self, engine):
        first = good(engine("create", "-v", "/x", engine.box)).strip()
        second = good(engine("create", "--volumes-from", first, engine.box)).strip()
        [name] = volumes(engine)
        good(engine("rm", "-v", first))
        assert volumes(engine) == [name]
        good(engine("rm", "-v", second))
        assert volumes(engine) == []

    def test_volumes_from(self, engine, tmp_path):
        (tmp_path / "bound").mkdir()
        flags = ["-v", "one:/one", "-v", "/two", "-v", f"{tmp_path}/bound:/bound"]
        good(engine("run", "--name", "giver", *flags, engine.box, "touch", "/one/a", "/two/b", "/bound/c"))
        seen = good(engine("run", "--rm", "--volumes-from", "giver", engine.box, "ls", "/one", "/two", "/bound"))
        assert seen.split() == ["/bound:", "c", "/one:", "a", "/two:", "b"]
        result = engine("run", "--rm", "--volumes-from", "giver:ro", engine.box, "touch", "/bound/d")
        assert result.code != 0 and not (tmp_path / "bound/d").exists()
        own = good(engine("run", "--rm", "--volumes-from", "giver", "-v", "mine:/one", engine.box, "ls", "/one"))
        assert own == ""
        bad(engine("run", "--volumes-from", "nobody", engine.box), "No such container: nobody", code=125)

    def test_volumes_from_one_that_was_never_started(self, engine, image):
        """The other's are filled once it is made, and not again."""
        good(engine("create", "--name", "giver", "-v", "/data", image))
        assert "file" in good(engine("run", "--rm", "--volumes-from", "giver", engine.box, "ls", "/data")).split()
        good(engine("run", "--rm", "--volumes-from", "giver", engine.box, "rm", "/data/file"))
        assert "file" not in good(engine("start", "-a", "giver")) + good(
            engine("run", "--rm", "--volumes-from", "giver", engine.box, "ls", "/data")
        )

    def test_what_is_borrowed_is_not_filled(self, engine, image):
        """It is the other's, who has filled it or has left it empty."""
        good(engine("create", "--name", "giver", "-v", "given:/data", engine.box))
        assert good(engine("run", "--rm", "--volumes-from", "giver", image, "ls", "/data")) == ""
        assert "file" in good(engine("run", "--rm", "-v", "given:/data", image, "ls", "/data"))

    def test_deep_folders_go_with_it(self, engine):
        """Their paths are longer than the kernel takes."""
        words = "cd /x; D=$(printf '%0200d' 0); for i in $(seq 30); do mkdir $D; cd $D; done; echo > file"
        good(engine("run", "--rm", "-v", "deep:/x", engine.box, "sh", "-c", words))
        good(engine("volume", "rm", "deep"))
        assert list((engine.data / "volumes").iterdir()) == []

    def test_prune_asks(self, engine):
        good(engine("volume", "create"))
        result = engine("volume", "prune", stdin="n\n")
        assert result.code == 0 and "WARNING! This will remove anonymous local volumes" in result.stdout
        assert len(volumes(engine)) == 1
        assert "Deleted Volumes" in good(engine("volume", "prune", stdin="y\n"))

    def test_what_stays_is_told(self, engine, stuck):
        """It hides neither what else was removed, nor what is removed later."""
        other = good(engine("volume", "create")).strip()
        name, remains = stuck()
        result = engine("volume", "prune", "-f").succeeded()
        assert set(result.stdout.splitlines()) == {"Deleted Volumes:", name, other, "", "Total reclaimed space: 0B"}
        [left] = remains()
        assert result.stderr.splitlines() == [f"swiftainer: warning: {told(left)}"]
        another = good(engine("volume", "create")).strip()
        result = engine("system", "prune", "-f", "--volumes").succeeded()
        assert result.stdout == f"Deleted Volumes:\n{another}\n\nTotal reclaimed space: 0B\n"
        assert f"swiftainer: warning: {told(left)}\n" in result.stderr

    def test_what_stays_of_a_container_is_told(self, engine, stuck):
        engine("run", "--name", "web", "-v", "/x", "-v", "/y", engine.box, "true").succeeded()
        name, remains = stuck(volumes(engine)[0])
        result = engine("rm", "-f", "-v", "web")
        [left] = remains()
        bad(result, told(left))
        assert volumes(engine) == [] and engine.identifiers() == []

    def test_mount_events(self, engine):
        identifier = good(engine("run", "-d", "-v", "watched:/x:ro", engine.box, "true")).strip()
        good(engine("wait", identifier))
        found = {event["action"]: event for event in engine.events("") if event["type"] == "volume"}
        assert list(found) == ["create", "mount", "unmount"]
        assert found["mount"]["actor"] == "watched"
        attributes = found["mount"]["attributes"]
        assert attributes == {
            "container": identifier, "destination": "/x", "driver": "local", "propagation": "", "read/write": "false",
        }

    def test_tmpfs_volume_lives_as_long_as_a_container_uses_it(self, engine):
        good(engine("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m,mode=700", "memory"))
        first = engine.up(flags=["-v", "memory:/x"])
        [mount] = [mount for mount in host.mounts() if mount.point == str(volume(engine, "memory"))]
        assert mount.kind == "tmpfs"
        good(engine("run", "--rm", "-v", "memory:/x", engine.box, "touch", "/x/shared"))
        assert (volume(engine, "memory") / "shared").exists()
        good(engine("rm", "-f", first))
        assert not [mount for mount in host.mounts() if mount.point == str(volume(engine, "memory"))]
        good(engine("volume", "rm", "memory"))

    def test_bound_volume(self, engine, tmp_path):
        (tmp_path / "there").mkdir()
        (tmp_path / "there/file").write_text("x")
        good(engine("volume", "create", "-o", "type=none", "-o", f"device={tmp_path}/there", "-o", "o=bind", "bound"))
        assert good(engine("run", "--rm", "-v", "bound:/x", engine.box, "ls", "/x")) == "file\n"
        good(engine("volume", "rm", "bound"))
        assert (tmp_path / "there/file").exists(), "what was bound has been removed with the volume"


@pytest.mark.needs("ordinary-machine")
class TestCopyUp:
    def test_everything_is_kept(self, engine, image):
        good(engine("run", "--rm", "-v", "filled:/data", image, "true"))
        assert described(volume(engine, "filled")) == described(image / "data")
        assert os.stat(volume(engine, "filled") / "sparse").st_blocks < 100
        assert not (volume(engine, "filled").parent / "_copy").exists()

    def test_only_the_first_time(self, engine, image):
        identifier = good(engine("create", "-v", "filled:/data", image, "true")).strip()
        good(engine("start", "-a", identifier))
        for entry in ("file", "link"):
            (volume(engine, "filled") / entry).unlink()
        good(engine("start", "-a", identifier))
        assert not (volume(engine, "filled") / "file").exists()

    def test_not_into_one_that_has_something(self, engine, image):
        good(engine("volume", "create", "mine"))
        (volume(engine, "mine") / "own").write_text("x")
        assert good(engine("run", "--rm", "-v", "mine:/data", image, "ls", "/data")) == "own\n"

    @pytest.mark.parametrize("flag", ["-v=plain:/data:nocopy", "--mount=type=volume,src=plain,dst=/data,volume-nocopy"])
    def test_nocopy(self, engine, image, flag):
        assert good(engine("run", "--rm", flag, image, "ls", "/data")) == ""
        assert os.stat(volume(engine, "plain")).st_uid == 0

    def test_empty_folder_gives_its_owner_and_mode(self, engine, image):
        (image / "empty").mkdir()
        os.chown(image / "empty", 12, 34)
        (image / "empty").chmod(0o1770)
        before = os.stat(image / "empty")
        good(engine("run", "--rm", "-v", "owned:/empty", image, "true"))
        info = os.stat(volume(engine, "owned"))
        assert (info.st_uid, info.st_gid, info.st_mode) == (12, 34, before.st_mode)

    def test_links_of_the_image_stay_in_it(self, engine, image, tmp_path):
        secret = tmp_path / "secret"
        secret.mkdir()
        (secret / "key").write_text("host's")
        (image / "trap").symlink_to(secret)
        (image / "climb").symlink_to("../" * 30 + str(secret)[1:])
        for number, target in enumerate(["/trap", "/climb", "/trap/.."]):
            result = engine("run", "--rm", "-v", f"caught{number}:{target}", image, "true")
            assert result.code in (0, 125), str(result)
            if volume(engine, f"caught{number}").exists():
                assert "key" not in os.listdir(volume(engine, f"caught{number}"))
        (image / "real").mkdir()
        (image / "real/inside").write_text("x")
        (image / "indirect").symlink_to("/real")
        good(engine("run", "--rm", "-v", "led:/indirect", image, "true"))
        assert os.listdir(volume(engine, "led")) == ["inside"]

    def test_many_at_once_make_it_once(self, engine, image):
        running = [engine.start("run", "--rm", "-v", "raced:/data", image, "ls", "/data") for _ in range(16)]
        expected = sorted(os.listdir(image / "data"))
        for one in running:
            out, err = one.process.communicate(timeout=120)
            assert one.process.returncode == 0, err
            assert len(out.split()) == len(expected), out
        assert len([event for event in engine.events("create") if event["type"] == "volume"]) == 1
        assert described(volume(engine, "raced")) == described(image / "data")

    @pytest.mark.skipif(strike.reason() is not None, reason=str(strike.reason()))
    def test_killed_on_the_way(self, engine, image, tmp_path):
        """Whoever is killed while filling leaves no half of a copy to be taken for the whole."""
        for number in range(100):
            (image / f"data/many-{number}").write_text("x")
        draft = volume(engine, "torn").parent / "_copy"
        command = [engine.program, "create", "--name", "torn", "-v", "torn:/data", image, "true"]
        struck = strike.run(command, [draft], tmp_path / "calls", at=100, env=engine.environment)
        assert len(struck.calls) == 100 and draft.exists(), str(struck)
        assert os.listdir(volume(engine, "torn")) == []
        good(engine("start", "-a", "torn"))
        assert described(volume(engine, "torn")) == described(image / "data")
        assert not draft.exists()

    def test_killed_while_removing(self, engine):
        good(engine("volume", "create", "old"))
        left = engine.data / "volumes/.old-remains"
        left.mkdir()
        (left / "x").write_text("")
        (engine.data / "volumes/.new-old2").mkdir()
        good(engine("volume", "create", "old2"))
        assert good(engine("volume", "ls", "-q")).split() == ["old", "old2"]
        good(engine("volume", "rm", "old"))
        assert not left.exists()
