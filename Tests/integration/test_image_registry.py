"""Images and registries: Debian's docker-registry behind all that people put before it, and skopeo as the judge."""

import contextlib
import fcntl
import json
import os
import pty
import shutil
import signal
import subprocess
import termios

import pytest

from harness import registry as registries
from harness import wait
from harness.images import Image, Layer, entry
from harness.stalling import Stalling
from image_fixtures import archive, box, busybox, engine, good, leftovers, lines  # noqa: F401
from registry_fixtures import remote, serve, settings  # noqa: F401

pytestmark = [
    pytest.mark.needs("ordinary-machine"),
    pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason())),
]


class TestPull:
    def test_there_and_back(self, engine, remote):
        said = lines(engine("pull", remote))
        assert said[:2] == ["Using default tag: latest", "latest: Pulling from busybox"]
        assert [line.split(": ")[1] for line in said[2:-3]] == [
            "Pulling fs layer", "Verifying Checksum", "Download complete", "Pull complete",
        ]
        assert said[-3].startswith("Digest: sha256:")
        assert said[-2:] == [f"Status: Downloaded newer image for {remote}:latest", f"{remote}:latest"]
        assert lines(engine("pull", remote))[-2] == f"Status: Image is up to date for {remote}:latest"
        assert good(engine("run", "--rm", remote, "echo", "pulled")) == "pulled\n"
        assert leftovers(engine) == []

    def test_by_run(self, engine, remote):
        result = engine("run", "--rm", remote, "echo", "here")
        assert (result.code, result.stdout) == (0, "here\n"), str(result)
        said = result.stderr.splitlines()
        assert said[:2] == [f"Unable to find image '{remote}:latest' locally", "latest: Pulling from busybox"]
        assert said[-1] == f"Status: Downloaded newer image for {remote}:latest"
        assert good(engine("run", "--rm", remote, "echo", "again")) == "again\n"

    def test_by_digest(self, engine, remote):
        [digest] = [line.split()[1] for line in lines(engine("pull", remote)) if line.startswith("Digest: ")]
        good(engine("rmi", remote))
        assert lines(engine("pull", f"{remote}@{digest}"))[-1] == f"{remote}@{digest}"
        assert good(engine("run", "--rm", f"{remote}@{digest}", "echo", "it")) == "it\n"

    def test_what_is_not_there(self, engine, remote):
        result = engine("pull", f"{remote}:nope")
        assert result.code == 1 and "not found: manifest unknown" in result.stderr, str(result)
        result = engine("run", f"{remote}:nope", "true")
        assert result.code == 125 and result.stderr.count("swiftainer: ") == 1, str(result)
        result = engine("pull", "127.0.0.1:1/x")
        assert result.code == 1 and "127.0.0.1:1" in result.stderr and len(result.stderr.splitlines()) == 1

    def test_several_at_once(self, engine, remote):
        running = [engine.start("pull", "-q", remote) for _ in range(6)]
        for one in running:
            out, err = one.process.communicate(timeout=60)
            assert (one.process.returncode, out, err) == (0, f"{remote}:latest\n".encode(), b""), err
        assert good(engine("run", "--rm", remote, "echo", "whole")) == "whole\n"
        assert leftovers(engine) == []

    def test_one_layer_several_times(self, engine, settings, serve):
        """The uppermost waits for all below it, of which two are of one blob."""
        empty = Layer.of()
        layers = [empty, Layer.of(("below", b"1")), empty, Layer.of(("above", b"2"))]
        name = serve().push(Image(*layers), "repeated")
        said = lines(engine("pull", name))
        assert len([line for line in said if line.endswith(": Pull complete")]) == 3, said
        name = good(engine("create", name, "none")).strip()
        for file, content in (("below", "1"), ("above", "2")):
            good(engine("cp", f"{name}:/{file}", engine.folder / file))
            assert (engine.folder / file).read_text() == content

    def test_an_interrupted_one_leaves_nothing_unpacked(self, engine, settings, scratch):
        """All but a byte has come, and is still being unpacked: to be removed at the same time is luck."""
        layer = Layer.of(*(entry(f"file{number}") for number in range(30_000)))

        def is_unpacked():
            found = list((engine.data / "layers").glob(".new-*/fs"))
            return found and len(os.listdir(found[0])) > 20

        for _ in range(10):
            with contextlib.closing(Stalling(Image(layer), layer.blob)) as server:
                pull = engine.start("pull", "-q", f"{server.name}/many")
                wait.until(server.is_stalled.is_set, "the layer comes")
                wait.until(is_unpacked, "some of it is unpacked")
                pull.signal(signal.SIGINT)
                assert pull.exit_code() == 130
            assert [one for one in leftovers(engine) if "/layers/" in one] == []

    def test_a_mirror_of_the_usual_registry(self, engine, settings, serve, busybox):
        """What tutorials type."""
        mirror = serve()
        good(engine("tag", "busybox", f"{mirror.name}/library/busybox"))
        good(engine("push", "-q", f"{mirror.name}/library/busybox"))
        good(engine("rmi", "-f", busybox))
        settings(registries={"docker.io": {"mirrors": [mirror.name]}})
        result = engine("run", "--rm", "busybox", "echo", "hello")
        assert (result.code, result.stdout) == (0, "hello\n"), str(result)
        assert "latest: Pulling from library/busybox" in result.stderr
        assert lines(engine("images", "--format", "{{.Repository}}:{{.Tag}}")) == ["busybox:latest"]


class TestPush:
    def test_what_another_repository_has(self, engine, settings, serve, busybox):
        """A layer goes to a registry once; what has been there is known by its digest."""
        server = serve()
        said = []
        for repository in ("one", "two"):
            good(engine("tag", "busybox", f"{server.name}/{repository}"))
            said.append(lines(engine("push", f"{server.name}/{repository}")))
        assert said[0][:2] == ["Using default tag: latest", f"The push refers to repository [{server.name}/one]"]
        [layer] = json.loads(good(engine("inspect", "-f", "{{json .RootFS.Layers}}", busybox)))
        assert f"{layer[7:19]}: Pushed" in said[0], said
        assert f"{layer[7:19]}: Mounted from one" in said[1], said
        digest = said[0][-1].split()[2]
        assert said[1][-1].split()[2] == digest
        there = json.loads(good(engine("inspect", "-f", "{{json .RepoDigests}}", busybox)))
        assert sorted(there) == [f"{server.name}/{repository}@{digest}" for repository in ("one", "two")]
        # The digest is no name of its own.
        assert lines(engine("rmi", f"{server.name}/one")) == [
            f"Untagged: {server.name}/one:latest", f"Untagged: {server.name}/one@{digest}",
        ]


class TestBadWays:
    def test_connections_that_break(self, engine, settings, serve, busybox):
        way = serve(breaks=(300_000, 3))
        direct = f"127.0.0.1:{way.own_port}/busybox"
        good(engine("tag", "busybox", direct))
        good(engine("push", "-q", direct))
        good(engine("rmi", "-f", busybox))
        result = engine("pull", f"{way.name}/busybox")
        assert result.code == 0 and "Retrying in" in result.stdout, str(result)
        assert good(engine("run", "--rm", f"{way.name}/busybox", "echo", "whole")) == "whole\n"

    def test_content_that_is_another(self, engine, settings, serve, busybox):
        server = serve()
        name = f"{server.name}/busybox"
        good(engine("tag", "busybox", name))
        good(engine("push", "-q", name))
        manifest, _ = server.manifest("busybox")
        blob = server.blob("busybox", manifest["layers"][0]["digest"])
        good(engine("rmi", "-f", busybox))
        server.damage(blob)
        result = engine("pull", name)
        assert result.code == 1 and len(result.stderr.splitlines()) == 1, str(result)
        assert lines(engine("images", "-q")) == []
        assert [one for one in os.listdir(engine.data / "layers") if len(one) == 64] == []

    def test_certificates_of_strangers(self, engine, settings, serve, busybox):
        server, stranger = serve(tls=True), serve(tls=True)
        settings(registries={server.name: {"ca": str(stranger.ca)}})
        result = engine("pull", f"{server.name}/busybox")
        assert result.code == 1 and "certificate" in result.stderr, str(result)
        settings(registries={server.name: {"ca": str(server.ca)}})
        good(engine("tag", "busybox", f"{server.name}/busybox"))
        good(engine("push", "-q", f"{server.name}/busybox"))
        good(engine("rmi", "-f", busybox))
        good(engine("pull", "-q", f"{server.name}/busybox"))


class TestLogin:
    @pytest.mark.parametrize("tokens", [False, True], ids=["basic", "tokens"])
    def test_in_and_out(self, engine, settings, serve, busybox, scratch, tokens):
        server = serve(users={"me": "secret"}, tokens=tokens)
        name = f"{server.name}/team/busybox"
        good(engine("tag", "busybox", name))
        assert engine("push", name).code == 1
        result = engine("login", "-u", "me", "--password-stdin", server.name, stdin="wrong")
        assert result.code == 1 and "Login Succeeded" not in result.stdout, str(result)
        assert not (scratch / "docker/config.json").exists()
        result = engine("login", "-u", "me", "--password-stdin", server.name, stdin="secret\n")
        assert (result.code, result.stdout) == (0, "Login Succeeded\n"), str(result)
        assert (scratch / "docker/config.json").stat().st_mode & 0o777 == 0o600
        good(engine("push", "-q", name))
        good(engine("rmi", "-f", busybox))
        good(engine("pull", "-q", name))
        assert good(engine("logout", server.name)) == f"Removing login credentials for {server.name}\n"
        assert good(engine("logout", server.name)) == f"Not logged in to {server.name}\n"
        result = engine("pull", f"{name}:other")
        assert result.code == 1, str(result)

    def test_by_an_address(self, engine, settings, serve):
        name = serve(users={"me": "secret"}).name
        result = engine("login", "-u", "me", "--password-stdin", f"https://{name}/v1/", stdin="secret")
        assert (result.code, result.stdout) == (0, "Login Succeeded\n"), str(result)
        assert good(engine("logout", f"https://{name}")) == f"Removing login credentials for {name}\n"
        said = good(engine("logout", "https://index.docker.io/v1/"))
        assert said == "Not logged in to https://index.docker.io/v1/\n"

    @pytest.fixture
    def terminal(self):
        """Both ends of one."""
        ends = pty.openpty()
        yield ends
        for end in ends:
            os.close(end)

    def asks_in_silence(self, end):
        wait.until(lambda: not termios.tcgetattr(end)[3] & termios.ECHO, "the password is asked for")

    def test_a_person(self, engine, settings, serve, terminal):
        near, far = terminal
        login = engine.start("login", serve(users={"me": "secret"}).name, stdin=far)
        os.write(near, b"me\n")
        self.asks_in_silence(far)
        os.write(near, b"secret\n")
        assert login.exit_code() == 0, login.process.stderr.read()
        assert termios.tcgetattr(far)[3] & termios.ECHO

    def test_silence_comes_before_the_question(self, engine, settings, terminal):
        """What is typed in between would be shown."""
        _, far = terminal
        reader, full = os.pipe()
        os.write(full, bytes(fcntl.fcntl(full, fcntl.F_SETPIPE_SZ, 4096)))
        # Nothing can be asked as long as nobody reads.
        login = subprocess.Popen(
            [engine.program, "login", "-u", "me", "127.0.0.1:1"], stdin=far, stdout=full, env=engine.environment,
            start_new_session=True)  # fmt: skip
        try:
            self.asks_in_silence(far)
        finally:
            login.kill()
            login.wait()
            os.close(reader)
            os.close(full)

    def test_a_person_who_thinks_better_of_it(self, engine, settings, terminal):
        near, far = terminal
        before = termios.tcgetattr(far)
        login = engine.start("login", "-u", "me", "127.0.0.1:1", stdin=far)
        self.asks_in_silence(far)
        login.signal(signal.SIGINT)
        assert login.exit_code() == 130
        assert termios.tcgetattr(far) == before


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed")
class TestPeers:
    def copy(self, *words):
        done = subprocess.run(["skopeo", "copy", "-q", *map(str, words)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def test_what_we_push_and_keep(self, engine, remote, scratch):
        self.copy("--src-tls-verify=false", f"docker://{remote}", f"dir:{scratch}/copy")
        good(engine("pull", "-q", remote))
        self.copy(f"oci:{engine.data}/images:{remote}:latest", f"dir:{scratch}/kept")
        names = [{one.name for one in (scratch / folder).iterdir()} for folder in ("copy", "kept")]
        assert names[0] == names[1]

    @pytest.mark.parametrize("kind", ["docker-archive", "oci-archive"])
    def test_what_they_save(self, engine, remote, scratch, kind):
        file = scratch / "image.tar"
        self.copy("--src-tls-verify=false", f"docker://{remote}", f"{kind}:{file}:example.com/theirs:v1")
        [said] = lines(engine("load", "-i", file))
        assert said == "Loaded image: example.com/theirs:v1"
        assert good(engine("run", "--rm", "example.com/theirs:v1", "echo", "theirs")) == "theirs\n"

    def test_what_we_save(self, engine, busybox, scratch):
        file = scratch / "image.tar"
        good(engine("save", "-o", file, "busybox"))
        for kind in ("docker-archive", "oci-archive"):
            self.copy(f"{kind}:{file}", f"dir:{scratch}/{kind}")


class TestSearch:
    def test_in_a_registry(self, engine, remote):
        assert lines(engine("search", remote.replace("/busybox", "/busy")))[1].split()[0] == "busybox"
