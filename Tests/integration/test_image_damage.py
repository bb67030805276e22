"""Images of which something is damaged on the disk: what brings them anew puts them right, and nothing is lost meanwhile."""

import json
import os
import subprocess

import pytest

from harness import host
from harness import registry as registries
from harness.engine import call
from harness.images import Image, Layer
from harness.registry import digest
from image_fixtures import archive, box, busybox, engine, good, layout, leftovers, lines  # noqa: F401
from registry_fixtures import remote, serve, settings  # noqa: F401

needs_registry = pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason()))


def contents(engine):  # noqa: F811
    """The files of the store's one image."""
    index = json.loads((engine.data / "images/index.json").read_text())

    def file(named):
        return engine.data / "images/blobs/sha256" / named["digest"].removeprefix("sha256:")

    manifest = file(index["manifests"][0])
    parts = json.loads(manifest.read_text())
    return {"manifest": manifest, "config": file(parts["config"]), "layer": file(parts["layers"][0])}


def truncated(file):
    os.truncate(file, 10)


def changed(file):
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def beginning_changed(file):
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def large(compression="gzip"):
    """An image with a layer of 5 MiB: more than a manifest may have, and than waits to be unpacked."""
    return Image(Layer.of(("large", os.urandom(5 << 20)), compression=compression))


def forget_layers(engine):  # noqa: F811
    """The unpacked ones."""
    for one in (engine.data / "layers").iterdir():
        if len(one.name) == 64:
            subprocess.run(["rm", "-r", one], check=True)


def is_whole(file):
    return digest(file.read_bytes()) == f"sha256:{file.name}"


# A layer that is unpacked is not read again: what has the right size is taken to be right.
DAMAGES = [
    ("layer", truncated), ("config", truncated), ("config", changed), ("manifest", truncated), ("manifest", changed),
]
each_damage = pytest.mark.parametrize("what, damage", DAMAGES, ids=lambda one: getattr(one, "__name__", one))


@pytest.mark.needs("ordinary-machine")
@needs_registry
class TestPulled:
    @each_damage
    def test_again(self, engine, remote, what, damage):
        good(engine("pull", "-q", remote))
        files = contents(engine)
        damage(files[what])
        good(engine("pull", "-q", remote))
        assert all(map(is_whole, files.values()))
        assert good(engine("run", "--rm", remote, "echo", "healed")) == "healed\n"

    @each_damage
    def test_by_run(self, engine, remote, what, damage):
        good(engine("pull", "-q", remote))
        files = contents(engine)
        damage(files[what])
        result = engine("run", "--rm", "--pull", "always", remote, "echo", "healed")
        assert (result.code, result.stdout) == (0, "healed\n"), str(result)
        assert all(map(is_whole, files.values()))

    def test_a_layer_that_was_wrong_comes_again(self, engine, remote):
        """Found out while it is unpacked from the store, it is thrown away as what came damaged is."""
        good(engine("pull", "-q", remote))
        files = contents(engine)
        changed(files["layer"])
        forget_layers(engine)
        assert engine("pull", "-q", remote).code == 1
        good(engine("pull", "-q", remote))
        assert all(map(is_whole, files.values()))
        assert good(engine("run", "--rm", remote, "echo", "healed")) == "healed\n"

    def test_a_large_layer_that_was_wrong_comes_again(self, engine, settings, serve):
        """Also where unpacking fails long before its digest is known."""
        name = serve().push(large(), "large")
        good(engine("pull", "-q", name))
        files = contents(engine)
        beginning_changed(files["layer"])
        forget_layers(engine)
        result = engine("pull", "-q", name)
        assert result.code == 1 and "its digest is" in result.stderr, str(result)
        good(engine("pull", "-q", name))
        assert all(map(is_whole, files.values()))

    @pytest.mark.parametrize("compression", ["gzip", "none"])
    def test_a_large_layer_that_came_wrong_comes_again(self, engine, settings, serve, compression):
        """Nobody goes on from what was wrong."""
        image = large(compression)
        server = serve()
        name = server.push(image, "large")
        file = server.damage(image.layers[0].blob)
        result = engine("pull", "-q", name)
        assert result.code == 1 and "its digest is" in result.stderr, str(result)
        assert leftovers(engine) == [] and not list((engine.data / "images/ingest").iterdir())
        file.write_bytes(image.layers[0].blob)
        good(engine("pull", "-q", name))
        assert all(map(is_whole, contents(engine).values()))


@pytest.mark.needs("ordinary-machine")
@each_damage
def test_loaded_again(engine, busybox, scratch, what, damage):
    good(engine("save", "-o", scratch / "image.tar", "busybox"))
    files = contents(engine)
    damage(files[what])
    good(engine("load", "-i", scratch / "image.tar"))
    assert all(map(is_whole, files.values()))
    assert good(engine("run", "--rm", "busybox", "echo", "healed")) == "healed\n"


@pytest.mark.needs("ordinary-machine")
@pytest.mark.parametrize("compression", ["gzip", "none"])
@pytest.mark.parametrize("damage", [changed, beginning_changed])
def test_a_large_layer_is_loaded_again(engine, layout, compression, damage):
    """That it is wrong is found out only by unpacking it."""
    folder = layout(large(compression))
    good(engine("load", "-i", folder))
    files = contents(engine)
    damage(files["layer"])
    forget_layers(engine)
    good(engine("load", "-i", folder))
    assert all(map(is_whole, files.values()))


@pytest.mark.needs("ordinary-machine")
def test_a_large_layer_comes_through_a_pipe_the_next_time(engine, layout, scratch):
    """Which cannot be read twice."""
    file = scratch / "layout.tar"
    subprocess.run(["tar", "-C", layout(large()), "-cf", file, "."], check=True)
    good(engine("load", "-i", file))
    files = contents(engine)
    changed(files["layer"])
    forget_layers(engine)
    pipe = ["sh", "-c", 'cat "$1" | "$0" load', engine.program, file]
    result = call(pipe, env=engine.environment)
    assert result.code == 1 and "it was damaged in the store: load or pull its image again" in result.stderr, str(result)
    good(call(pipe, env=engine.environment))
    assert all(map(is_whole, files.values()))


@pytest.mark.needs("ordinary-machine")
@pytest.mark.parametrize("what", ["config", "manifest"])
def test_what_cannot_be_read_just_now_is_kept(engine, busybox, scratch, what):
    """It may be whole, and what an archive has instead is not known before its end."""
    good(engine("save", "-o", scratch / "image.tar", "busybox"))
    file = contents(engine)[what]
    before = file.stat().st_mtime_ns
    trace = ["strace", "-f", "-o", "/dev/null", "-P", file, "-e", "inject=openat:error=EIO"]
    result = call([*trace, engine.program, "load", "-i", scratch / "image.tar"], env=engine.environment)
    assert result.code == 1 and "input/output error" in result.stderr, str(result)
    assert file.stat().st_mtime_ns == before and is_whole(file)


def test_a_container_that_cannot_be_read_keeps_its_image(engine, busybox):
    """Or what it runs on would be removed below it."""
    name = good(engine("run", "-d", "busybox", "sleep", "1000")).strip()
    file = engine.data / "containers" / name / "container.json"
    text = file.read_text()
    file.write_text("{")
    for words in (["rmi", "-f", "busybox"], ["image", "prune", "-a", "-f"]):
        result = engine(*words)
        assert result.code == 1 and f"container {name[:12]} cannot be read" in result.stderr, str(result)
    assert name[:12] in engine("system", "check").stdout
    assert lines(engine("images", "-q", "--no-trunc")) == [busybox]
    file.write_text(text)
    assert good(engine("exec", name, "echo", "up")) == "up\n"


@pytest.mark.skipif(not host.is_test_machine(), reason="it changes what all overlays of the machine are mounted with")
@pytest.mark.parametrize("parameter", ["redirect_dir", "metacopy"])
def test_folders_that_were_moved_are_committed(engine, busybox, parameter):
    """Whatever the kernel would rather do with them."""
    file = f"/sys/module/overlay/parameters/{parameter}"
    with open(file) as opened:
        before = opened.read()
    try:
        with open(file, "w") as opened:
            opened.write("Y")
        name = good(engine("create", "busybox", "sh", "-c", "mv /bin /moved; /moved/chmod 700 /moved/vi")).strip()
        good(engine("start", "-a", name))
    finally:
        with open(file, "w") as opened:
            opened.write(before)
    good(engine("commit", name, "moved"))
    assert good(engine("run", "--rm", "moved", "/moved/sh", "-c", "/moved/ls -d /moved")) == "/moved\n"
