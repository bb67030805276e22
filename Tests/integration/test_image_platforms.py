"""Images for several platforms under one name: which of them comes, and what is said where there is none."""

import json

import pytest

from harness import peers
from harness import registry as registries
from harness.images import ARCHITECTURE, Image, Index, Layer
from image_fixtures import archive, box, busybox, engine, good, leftovers, lines  # noqa: F401
from registry_fixtures import serve, settings  # noqa: F401

pytestmark = [
    pytest.mark.needs("ordinary-machine"),
    pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason())),
]

OTHER = "arm64" if ARCHITECTURE != "arm64" else "amd64"


def image(folder, architecture, kind):
    """One that tells which it is, by programs of this machine."""
    told = Layer.of(("platform", architecture.encode()))
    return Image(Layer.of(folder=folder), told, kind=kind, architecture=architecture, config={"Cmd": ["cat", "/platform"]})


@pytest.fixture(params=["oci", "docker"])
def images(request, box):  # noqa: F811
    """By architecture; this machine's is the last in a list of them."""
    return {one: image(box, one, request.param) for one in ("s390x", OTHER, ARCHITECTURE)}


@pytest.fixture
def name(serve, settings, images):  # noqa: F811
    """What the list of all but one is called in a registry."""
    kind = "oci" if "oci" in images[OTHER].type else "docker"
    listed = [images[OTHER], images[ARCHITECTURE]]
    return serve().push(Index(*listed, kind=kind), "multi").removesuffix(":latest")


def fields(engine, name):  # noqa: F811
    return good(engine("inspect", "-f", "{{.Id}} {{.Os}}/{{.Architecture}}", name)).split()


class TestLists:
    def test_this_machine_s_own(self, engine, name, images):
        assert good(engine("pull", "-q", name)) == f"{name}:latest\n"
        assert fields(engine, name) == [images[ARCHITECTURE].id, f"linux/{ARCHITECTURE}"]
        assert good(engine("run", "--rm", name)) == ARCHITECTURE
        # Nothing of the other one has come.
        blobs = {f"sha256:{file.name}" for file in (engine.data / "images/blobs/sha256").iterdir()}
        assert images[ARCHITECTURE].id in blobs and images[OTHER].id not in blobs
        assert images[OTHER].layers[1].diff_id not in {f"sha256:{one.name}" for one in (engine.data / "layers").iterdir()}

    def test_the_one_that_was_asked_for(self, engine, name, images):
        good(engine("pull", "-q", "--platform", f"linux/{OTHER}", name))
        assert fields(engine, name) == [images[OTHER].id, f"linux/{OTHER}"]
        assert good(engine("run", "--rm", name)) == OTHER
        # Under one name there is one: asking for the other takes the name.
        good(engine("pull", "-q", "--platform", f"linux/{ARCHITECTURE}", name))
        assert fields(engine, name) == [images[ARCHITECTURE].id, f"linux/{ARCHITECTURE}"]
        assert set(lines(engine("image", "ls", "-q", "--no-trunc"))) == {images[ARCHITECTURE].id, images[OTHER].id}

    def test_by_the_digest_of_the_list(self, engine, name, images):
        [digest] = [line.split()[1] for line in lines(engine("pull", name)) if line.startswith("Digest: ")]
        forgotten = engine("rmi", "-f", images[ARCHITECTURE].id)
        assert forgotten.code == 0, str(forgotten)
        assert engine("run", "--rm", f"{name}@{digest}").succeeded().stdout == ARCHITECTURE

    def test_one_that_is_not_there(self, engine, name, images):
        result = engine("pull", "--platform", "linux/s390x", name)
        assert result.code == 1 and len(result.stderr.splitlines()) <= 2, str(result)
        assert "no matching manifest for linux/s390x in the manifest list entries" in result.stderr, str(result)
        assert f"linux/{OTHER}" in result.stderr and f"linux/{ARCHITECTURE}" in result.stderr, str(result)
        assert lines(engine("image", "ls", "-q")) == [] and leftovers(engine) == []

    def test_of_a_single_image(self, engine, name, images):
        """No list, but its configuration tells what it is for."""
        there = name.replace("/multi", "")
        result = engine("pull", "--platform", f"linux/{ARCHITECTURE}", f"{there}/multi@{images[OTHER].digest}")
        assert result.code == 1 and "does not match the specified platform" in result.stderr, str(result)
        assert f"wanted linux/{ARCHITECTURE}, actual: linux/{OTHER}" in result.stderr, str(result)
        assert lines(engine("image", "ls", "-q")) == []


@pytest.mark.skipif(peers.reason("buildah", "skopeo") is not None, reason=str(peers.reason("buildah", "skopeo")))
def test_a_list_that_buildah_has_made(engine, serve, settings, scratch, box):  # noqa: F811
    server, others = serve(), peers.Peers(scratch / "peers")
    others.buildah("manifest", "create", "multi")
    for architecture in (OTHER, ARCHITECTURE):
        single = server.push(image(box, architecture, "oci"), architecture)
        others.buildah("manifest", "add", "--tls-verify=false", "multi", f"docker://{single}")
    others.buildah("manifest", "push", "--tls-verify=false", "--all", "multi", f"docker://{server.name}/multi")
    for architecture in (OTHER, ARCHITECTURE):
        good(engine("pull", "-q", "--platform", f"linux/{architecture}", f"{server.name}/multi"))
        assert good(engine("run", "--rm", f"{server.name}/multi")) == architecture
    # Skopeo sees the same two.
    raw = json.loads(others.run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{server.name}/multi"))
    assert {one["platform"]["architecture"] for one in raw["manifests"]} == {OTHER, ARCHITECTURE}
