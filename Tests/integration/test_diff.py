"""`diff`: what a container has changed in its image."""

import os

from volume_fixtures import box, engine, image  # noqa: F401


def changes(engine, *script, flags=(), image=None):
    result = engine("create", *flags, image or engine.box, "sh", "-c", "; ".join(script))
    assert result.code == 0, str(result)
    identifier = result.stdout.strip()
    result = engine("start", "-a", identifier)
    assert result.code == 0, str(result)
    result = engine("diff", identifier)
    assert result.code == 0, str(result)
    return result.stdout.splitlines()


def test_added_changed_deleted(engine, image):
    assert changes(
        engine,
        "mkdir -p /new/below",
        "echo x > /new/below/file",
        "echo more >> /data/sub/script",
        "rm /data/link",
        "ln -s nowhere /data/other",
        image=image,
    ) == [
        "C /data",
        "D /data/link",
        "A /data/other",
        "C /data/sub",
        "C /data/sub/script",
        "A /new",
        "A /new/below",
        "A /new/below/file",
    ]


def test_nothing(engine):
    assert changes(engine, "true") == []
    result = engine("create", engine.box)
    assert engine("diff", result.stdout.strip()).stdout == ""


def test_replaced_folder(engine, image):
    """A folder that was removed and made anew hides all that was in it."""
    lines = changes(engine, "rm -r /data", "mkdir /data", "echo x > /data/file", image=image)
    assert lines[0] == "C /data" and "C /data/file" in lines
    assert {"D /data/link", "D /data/pipe", "D /data/sparse", "D /data/sub"} <= set(lines)
    assert "D /data/sub/script" not in lines, "what was in a deleted folder is deleted with it"


def test_file_in_the_place_of_a_folder(engine, image):
    assert changes(engine, "rm -r /data/sub", "echo x > /data/sub", image=image) == ["C /data", "C /data/sub"]


def test_owner_and_mode(engine, image):
    assert changes(engine, "chown 5 /data/file", "chmod 700 /data/sub", image=image) == [
        "C /data", "C /data/file", "C /data/sub",
    ]


def test_only_read_or_opened(engine, image):
    assert changes(engine, "cat /data/file", ": >> /data/file", image=image) == []


def test_mount_points_are_not_listed(engine):
    flags = ["-v", "some:/volume/deep", "--tmpfs", "/memory", "-v", "/anonymous"]
    assert changes(engine, "touch /volume/deep/x /memory/x /anonymous/x", flags=flags) == []
    assert changes(engine, "touch /volume/y", flags=flags) == ["A /volume", "A /volume/y"]


def test_running(engine):
    identifier = engine.up("sh", "-c", "touch /made; sleep 1000")
    for _ in range(100):
        lines = engine("diff", identifier).stdout.splitlines()
        if lines:
            break
    assert lines == ["A /made"]


def test_name_that_is_not_utf8(engine):
    result = engine("run", "--name", "odd", engine.box, "sh", "-c", r"touch $(printf '/odd-\377')")
    assert result.code == 0, str(result)
    assert os.fsencode(engine("diff", "odd").stdout) == b"A /odd-\xff\n"


def test_without_an_overlay_it_is_refused(engine, image):
    result = engine("run", "--name", "direct", "--rw-rootfs", image, "true")
    assert result.code == 0, str(result)
    result = engine("diff", "direct")
    assert result.code == 1 and "nothing to compare with" in result.stderr
    assert "No such container: nobody" in engine("diff", "nobody").stderr
