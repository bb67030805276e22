"""Images between swiftainer and podman, buildah, skopeo and umoci: each runs what another one has made, and no digest changes."""

import json

import pytest

from harness import peers
from harness import registry as registries
from harness.images import TYPES, Image, Layer
from image_fixtures import archive, box, busybox, engine, good, leftovers, lines  # noqa: F401
from registry_fixtures import serve, settings  # noqa: F401

pytestmark = [
    pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason())),
    pytest.mark.needs("ordinary-machine"),
    pytest.mark.timeout(120),
]


def needs(*programs):
    return pytest.mark.skipif(peers.reason(*programs) is not None, reason=str(peers.reason(*programs)))


CHANGES = ["ENTRYPOINT [\"/bin/sh\", \"-c\"]", "CMD [\"echo $GREETING from $(id -un) in $(pwd)\"]", "ENV GREETING=hello",
           "USER user", "WORKDIR /home/user", "LABEL kind=box", "EXPOSE 80", "STOPSIGNAL SIGQUIT"]
SAYS = "hello from user in /home/user\n"


@pytest.fixture
def others(scratch):
    return peers.Peers(scratch / "peers")


@pytest.fixture
def server(serve, settings):  # noqa: F811
    return serve()


@pytest.fixture
def ours(engine, server, archive):  # noqa: F811
    """An image of two layers, in the registry and here; its name."""
    engine("import", archive, "base").succeeded()
    made = good(engine("create", "base", "true")).strip()
    (engine.folder / "motd").write_text("changed\n")
    good(engine("cp", engine.folder / "motd", f"{made}:/etc/motd"))
    name = f"{server.name}/team/ours"
    engine("commit", *[word for line in CHANGES for word in ("-c", line)], made, name).succeeded()
    good(engine("rm", made))
    good(engine("push", "-q", name))
    return name


def forget(engine):  # noqa: F811
    """Takes all images away, so that the next one has to come from somewhere."""
    good(engine("image", "rm", "-f", *set(lines(engine("image", "ls", "-q")))))
    assert lines(engine("image", "ls", "-q", "-a")) == []


def identifier(engine, name):  # noqa: F811
    return good(engine("inspect", "-f", "{{.Id}}", name)).strip()


@needs("podman")
class TestPodman:
    def test_runs_what_we_push(self, engine, others, ours):
        assert good(engine("run", "--rm", ours)) == SAYS
        others.podman("pull", ours)
        assert others.podman("run", "--rm", ours) == SAYS
        assert others.podman("run", "--rm", ours, "cat /etc/motd") == "changed\n"
        assert others.podman("images", "--no-trunc", "-q").strip() == identifier(engine, ours)

    @pytest.mark.parametrize("format", ["oci", "v2s2"])
    def test_pushes_what_we_run(self, engine, others, ours, server, format):
        others.podman("pull", ours)
        others.podman("push", "--format", format, ours, f"{server.name}/theirs")
        expected = identifier(engine, ours)
        forget(engine)
        assert engine("run", "--rm", f"{server.name}/theirs").succeeded().stdout == SAYS
        if format == "oci":
            assert identifier(engine, f"{server.name}/theirs") == expected

    def test_commits_what_we_run(self, engine, others, ours, server):
        others.podman("pull", ours)
        others.podman("create", "--name", "made", "--network", "none", ours)
        others.podman("commit", "-q", "-c", 'CMD ["cat /etc/motd"]', "made", f"{server.name}/theirs")
        others.podman("push", f"{server.name}/theirs")
        assert engine("run", "--rm", f"{server.name}/theirs").succeeded().stdout == "changed\n"

    @pytest.mark.parametrize("format", ["oci-archive", "docker-archive"])
    def test_saves_and_loads(self, engine, others, ours, scratch, format):
        others.podman("pull", ours)
        others.podman("save", "-q", "--format", format, "-o", scratch / "theirs.tar", ours)
        expected = identifier(engine, ours)
        forget(engine)
        assert lines(engine("load", "-i", scratch / "theirs.tar")) == [f"Loaded image: {ours}:latest"]
        assert good(engine("run", "--rm", ours)) == SAYS
        assert identifier(engine, ours) == expected or format == "docker-archive"
        good(engine("tag", ours, "example.com/ours:v1"))
        good(engine("save", "-o", scratch / "ours.tar", "example.com/ours:v1"))
        others.podman("load", "-q", "-i", scratch / "ours.tar")
        assert others.podman("run", "--rm", "example.com/ours:v1") == SAYS


@needs("buildah")
class TestBuildah:
    @pytest.mark.parametrize("format", ["oci", "docker"])
    def test_builds_upon_ours(self, engine, others, ours, server, format):
        made = others.buildah("from", ours)
        assert others.buildah("run", made, "cat", "/etc/motd") == "changed"
        others.buildah("run", "--user", "root", made, "sh", "-c", "echo built >/etc/motd; rm /bin/wget")
        others.buildah("config", "--entrypoint", '["cat"]', "--cmd", "/etc/motd", made)
        others.buildah("config", "--label", "kind=built", "--env", "GREETING=hi", made)
        others.buildah("commit", "-q", "--format", format, made, "built")
        others.buildah("push", "built", f"docker://{server.name}/built")
        name = f"{server.name}/built"
        result = engine("run", "--rm", name).succeeded()
        assert result.stdout == "built\n"
        # Of ours it only had to get what is new.
        there = json.loads(good(engine("image", "inspect", name, ours)))
        assert there[0]["RootFS"]["Layers"][:-1] == there[1]["RootFS"]["Layers"]
        assert there[0]["Config"]["Labels"]["kind"] == "built" and "GREETING=hi" in there[0]["Config"]["Env"]
        assert "can't open '/bin/wget': No such file" in engine("run", "--rm", name, "/bin/wget").stderr
        assert leftovers(engine) == []
        # What we send back is what came.
        good(engine("tag", name, f"{server.name}/back"))
        good(engine("push", "-q", f"{server.name}/back"))
        assert server.manifest("back") == server.manifest("built")


@needs("skopeo", "umoci")
class TestUmoci:
    def test_changes_what_we_push(self, engine, others, ours, server, scratch):
        layout = f"{scratch}/layout"
        others.skopeo(f"docker://{ours}", f"oci:{layout}:ours")
        others.umoci("unpack", "--image", f"{layout}:ours", scratch / "bundle")
        assert (scratch / "bundle/rootfs/etc/motd").read_text() == "changed\n"
        (scratch / "bundle/rootfs/etc/motd").write_text("repacked\n")
        others.umoci("repack", "--image", f"{layout}:theirs", scratch / "bundle")
        others.umoci("config", "--image", f"{layout}:theirs", "--config.cmd", "cat /etc/motd")
        others.skopeo(f"oci:{layout}:theirs", f"docker://{server.name}/theirs")
        forget(engine)
        assert engine("run", "--rm", f"{server.name}/theirs").succeeded().stdout == "repacked\n"

    def test_makes_layouts_that_we_run(self, engine, others, busybox, scratch):
        good(engine("save", "-o", scratch / "box.tar", "busybox"))
        others.skopeo(f"oci-archive:{scratch}/box.tar", f"oci:{scratch}/layout:box")
        others.umoci("config", "--image", f"{scratch}/layout:box", "--config.cmd", "echo", "--config.cmd", "theirs")
        others.umoci("gc", "--layout", scratch / "layout")
        assert engine("run", "--rm", scratch / "layout").succeeded().stdout == "theirs\n"


class TestDigests:
    def manifest(self, server, repository):
        accepted = ", ".join(words["manifest"] for words in TYPES.values())
        status, headers, body = server.request("GET", f"/v2/{repository}/manifests/latest", Accept=accepted)
        assert status == 200, body
        return headers["Docker-Content-Digest"], body

    @pytest.mark.parametrize("kind", ["oci", "docker"])
    @pytest.mark.parametrize("compression", ["gzip", "zstd", None])
    def test_there_and_back(self, engine, server, others, kind, compression, scratch):
        """Pulled, pushed elsewhere, saved, loaded and pushed again: it stays what somebody else has made."""
        image = Image(Layer.of(("a", b"a"), compression=compression), Layer.of(("b", b"b")), kind=kind, config={"Cmd": ["/a"]})
        name = server.push(image, "first")
        good(engine("pull", "-q", name))
        good(engine("tag", name, f"{server.name}/second"))
        good(engine("push", "-q", f"{server.name}/second"))
        good(engine("save", "-o", scratch / "one.tar", f"{server.name}/second"))
        forget(engine)
        good(engine("load", "-q", "-i", scratch / "one.tar"))
        good(engine("save", "-o", scratch / "two.tar", f"{server.name}/second"))
        assert (scratch / "one.tar").read_bytes() == (scratch / "two.tar").read_bytes()
        good(engine("tag", f"{server.name}/second", f"{server.name}/third"))
        good(engine("push", "-q", f"{server.name}/third"))
        first = self.manifest(server, "first")
        assert first == self.manifest(server, "second") == self.manifest(server, "third")
        assert first[0] == image.digest

    @needs("skopeo")
    def test_copied_there_and_back(self, engine, others, ours, server, scratch):
        """What skopeo carries through a folder is the same image to us."""
        digest = self.manifest(server, "team/ours")[0]
        for source, target in (
            (f"docker://{ours}", f"dir:{scratch}/copy"),
            (f"dir:{scratch}/copy", f"oci:{scratch}/layout:it"),
            (f"oci:{scratch}/layout:it", f"docker://{server.name}/copied"),
        ):
            others.skopeo(source, target)
        expected = identifier(engine, ours)
        forget(engine)
        assert f"Digest: {digest}" in lines(engine("pull", f"{server.name}/copied"))
        assert identifier(engine, f"{server.name}/copied") == expected
        assert good(engine("run", "--rm", f"{server.name}/copied")) == SAYS
