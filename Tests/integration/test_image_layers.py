"""What an image's layers become: one above the other, many of them, and such as are meant to do harm."""

import io
import json
import os
import tarfile

import pytest

from harness.images import Image, Layer, entry
from harness.registry import digest
from image_fixtures import archive, box, engine, good, layout, leftovers, lines  # noqa: F401


@pytest.fixture(scope="module")
def base(rootfs):
    """A layer with a shell."""
    return Layer.of(folder=rootfs.parent / "busybox", compression="none")


def run(engine, layout, image, script):  # noqa: F811
    return lines(engine("run", "--rm", "--network", "none", layout(image), "sh", "-c", script))


class TestLayers:
    def test_upper_ones_hide_lower_ones(self, engine, layout, base):
        image = Image(
            base,
            Layer.of(("a/one", b"1"), ("a/two", b"2"), ("b/three", b"3"), ("file", b"a file")),
            Layer.of(("a/.wh.one", b""), ("b/.wh..wh..opq", b""), ("b/four", b"4"), ("file/now/a", b"folder"), compression="zstd"),
        )
        said = run(engine, layout, image, "ls a b file; cat file/now/a")
        assert said == ["a:", "two", "", "b:", "four", "", "file:", "now", "folder"]

    def test_whiteouts_spare_their_own_layer(self, engine, layout, base):
        """Wherever they stand in it."""
        image = Image(
            base, Layer.of(("a/old", b""), ("c", b"old")),
            Layer.of(("a/new", b""), ("a/.wh..wh..opq", b""), ("c", b"new"), (".wh.c", b"")),
        )
        assert run(engine, layout, image, "ls a; cat c") == ["new", "new"]

    def test_links_into_lower_layers(self, engine, layout, base):
        image = Image(base, Layer.of(entry("bin/again", type=tarfile.LNKTYPE, linkname="bin/busybox")))
        assert run(engine, layout, image, "cmp /bin/again /bin/busybox && echo same") == ["same"]

    def test_folders_keep_what_lower_layers_say(self, engine, layout, base):
        folder = entry("secret", type=tarfile.DIRTYPE, mode=0o700, uid=42, gid=43)
        image = Image(base, Layer.of(folder), Layer.of(("secret/file", b"x")))
        assert run(engine, layout, image, "stat -c '%a %u %g' /secret") == ["700 42 43"]

    def test_owners_modes_and_times(self, engine, layout, base):
        made = entry("set-uid", size=1, mode=0o4755, uid=7, gid=8, mtime=1_000_000_000)
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            tar.addfile(made, io.BytesIO(b"x"))
        said = run(engine, layout, Image(base, Layer(stream.getvalue())), "stat -c '%a %u %g %Y' /set-uid")
        assert said == ["4755 7 8 1000000000"]

    def test_a_hundred_and_twenty(self, engine, layout, base):
        image = Image(base, *[Layer.of((f"layers/{n}", b""), ("top", str(n).encode())) for n in range(119)])
        assert run(engine, layout, image, "ls /layers | wc -l; cat /top") == ["119", "118"]
        # A second one shares all of them.
        name = good(engine("create", "example.com/made:v1", "sh")).strip()
        assert good(engine("cp", f"{name}:/top", "-"))[:3] == "top"
        assert lines(engine("diff", name)) == []

    def test_shared_ones_are_there_once(self, engine, layout, base, scratch):
        good(engine("load", "-q", "-i", layout(Image(base, Layer.of(("one", b"1"))), "example.com/one:v1")))
        os.rename(scratch / "layout", scratch / "first")
        good(engine("load", "-q", "-i", layout(Image(base, Layer.of(("two", b"2"))), "example.com/two:v1")))
        assert len([name for name in os.listdir(engine.data / "layers") if len(name) == 64]) == 3
        sizes = lines(engine("system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Size}}"))
        assert sizes[0].startswith("Images 2 ")
        good(engine("rmi", "example.com/one:v1"))
        assert good(engine("run", "--rm", "example.com/two:v1", "cat", "/two")) == "2"


HOSTILE = {
    "climbs": [("../../escaped", b"x")],
    "climbs inside": [("a/../../../escaped", b"x")],
    "link up": [entry("up", type=tarfile.SYMTYPE, linkname="../../../../../.."), ("up/escaped", b"x")],
    "absolute link": [entry("abs", type=tarfile.SYMTYPE, linkname="{scratch}"), ("abs/escaped", b"x")],
    "chained links": [
        entry("one", type=tarfile.SYMTYPE, linkname="{scratch}"), entry("two", type=tarfile.SYMTYPE, linkname="one"),
        ("two/escaped", b"x"),
    ],
    "hard link out": [entry("hard", type=tarfile.LNKTYPE, linkname="../../../../../../etc/passwd")],
    "hard link through a link": [
        entry("out", type=tarfile.SYMTYPE, linkname="/etc"), entry("hard", type=tarfile.LNKTYPE, linkname="out/passwd"),
    ],
    "whiteout of the root": [(".wh.", b""), (".wh..", b"")],
    "whiteout that climbs": [(".wh.../escaped", b"")],
    "long name": [("n" * 5000, b"x")],
    "whiteout device": [entry("dev0", type=tarfile.CHRTYPE, devmajor=0, devminor=0)],
}


class TestHostile:
    @pytest.mark.parametrize("kind", HOSTILE)
    def test_nothing_outside_is_touched(self, engine, layout, base, scratch, kind):
        members = []
        for member in HOSTILE[kind]:
            if isinstance(member, tarfile.TarInfo) and "{scratch}" in member.linkname:
                member = entry(member.name, type=member.type, linkname=str(scratch))
            members.append(member)
        before = (os.stat("/etc/passwd").st_nlink, open("/etc/passwd", "rb").read())
        result = engine("load", "-i", layout(Image(base, Layer.of(*members))))
        assert (os.stat("/etc/passwd").st_nlink, open("/etc/passwd", "rb").read()) == before
        assert not (scratch / "escaped").exists() and not os.path.exists("/escaped")
        if result.code != 0:
            assert result.code == 1 and len(result.stderr.splitlines()) == 1, str(result)
            assert lines(engine("images", "-q")) == []
        assert leftovers(engine) == []

    @pytest.mark.parametrize("cut", [0.1, 0.5, 0.99])
    def test_cut_short(self, engine, layout, base, cut):
        image = Image(base, Layer.of(("big", os.urandom(1 << 20))))
        folder = layout(image)
        blob = image.layers[1].blob
        (folder / "blobs/sha256" / digest(blob).removeprefix("sha256:")).write_bytes(blob[: int(len(blob) * cut)])
        result = engine("load", "-i", folder)
        assert result.code == 1 and len(result.stderr.splitlines()) == 1, str(result)
        assert lines(engine("images", "-q")) == [] and leftovers(engine) == []

    def test_a_date_beyond_all_dates(self, engine, layout, base):
        """The last second that 64 bits of nanoseconds have is cut off by its fraction."""
        good(engine("load", "-i", layout(Image(base, created="2262-04-11T23:47:16.9Z"))))
        assert len(lines(engine("images", "-q"))) == 1
        good(engine("image", "prune", "-af", "--filter", "until=1h"))

    def test_probes_without_pause(self, engine, layout, base):
        check = {"Test": ["CMD", "true"], "Interval": 1, "Timeout": 1}
        folder = layout(Image(base, config={"Healthcheck": check, "Cmd": ["true"]}))
        result = engine("run", "--rm", folder)
        assert result.code == 125 and "Healthcheck.Interval" in result.stderr, str(result)
        assert "less than a millisecond" in result.stderr
        assert engine.identifiers() == []
        good(engine("run", "--rm", "--no-healthcheck", folder))

    def test_another_content_than_the_configuration_says(self, engine, layout, base):
        image = Image(base, Layer.of(("right", b"")))
        wrong = Layer.of(("wrong", b""))
        wrong.diff_id = image.layers[1].diff_id
        result = engine("load", "-i", layout(Image(base, wrong)))
        assert result.code == 1 and "configuration says" in result.stderr, str(result)
        assert lines(engine("images", "-q")) == []
