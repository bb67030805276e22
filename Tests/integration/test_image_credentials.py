"""Who learns names and passwords, who keeps them, and which way requests go."""

import json
import os

import pytest

from harness import redirects
from harness import registry as registries
from harness.images import Image, Layer
from harness.proxy import Proxy
from image_fixtures import archive, box, busybox, engine, good, leftovers, lines  # noqa: F401

pytestmark = pytest.mark.needs("ordinary-machine")

needs_registry = pytest.mark.skipif(registries.reason() is not None, reason=str(registries.reason()))


@pytest.fixture
def image():
    return Image(Layer.of(("one", b"1")), Layer.of(("two", b"2")))


@pytest.fixture(autouse=True)
def docker(engine, scratch):  # noqa: F811
    """The folder of `config.json`."""
    engine.environment["DOCKER_CONFIG"] = str(scratch / "docker")
    engine.environment.pop("SWIFTAINER_REGISTRIES", None)
    return scratch / "docker"


class TestRedirects:
    @pytest.mark.parametrize("scheme", ["Basic", "Bearer"])
    @pytest.mark.parametrize(
        "host, address", [("127.0.0.2", "127.0.0.2"), ("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1")]
    )
    def test_nobody_else_learns_who_we_are(self, engine, docker, image, scheme, host, address):
        """Another address, another name of the same, and another port."""
        with redirects.Redirecting(image, scheme, host, address) as there:
            redirects.login(docker, there.name)
            good(engine("pull", "-q", there.name))
            assert lines(engine("images", "-q", "--no-trunc")) == [image.id]
            assert len(there.storage.asked) == 3
            for path, headers in there.storage.asked:
                assert path.endswith("?signature=1")
                assert {name.lower() for name in headers} & {"authorization", "cookie", "proxy-authorization"} == set()
            assert any("Authorization" in headers for _, headers in there.registry.asked)

    def test_who_asks_for_it_gets_nothing(self, engine, docker, image):
        with redirects.Redirecting(image, is_greedy=True) as there:
            redirects.login(docker, there.name)
            result = engine("pull", "-q", there.name)
            assert result.code == 1 and len(result.stderr.splitlines()) == 1, str(result)
            assert "Authorization" not in str(there.storage.asked) and there.storage.asked
            assert leftovers(engine) == [] and lines(engine("images", "-q")) == []

    def test_to_plain_http_of_others(self, engine, docker, image):
        with redirects.Redirecting(image, elsewhere="storage.example.com") as there:
            redirects.login(docker, there.name)
            result = engine("pull", "-q", there.name)
            assert result.code == 1 and "redirected to plain http: " in result.stderr, str(result)
            assert len(result.stderr.splitlines()) == 1 and there.storage.asked == []


HELPER = """#!/bin/sh
cd "$(dirname "$0")"
input=$(cat)
echo "$1 $input" >> calls
case $1 in
store) echo "$input" > kept ;;
get) if [ -f kept ]; then cat kept; else echo credentials not found in native keychain; exit 1; fi ;;
erase) rm kept ;;
esac
"""


@needs_registry
class TestHelpers:
    @pytest.fixture
    def keeper(self, engine, scratch):
        """The program `docker-credential-test`; its folder."""
        folder = scratch / "programs"
        folder.mkdir()
        (folder / "docker-credential-test").write_text(HELPER)
        (folder / "docker-credential-test").chmod(0o755)
        engine.environment["PATH"] = f"{folder}:{os.environ['PATH']}"
        return folder

    @pytest.fixture
    def server(self, scratch):
        with registries.Registry(scratch / "registry", users={"me": "secret"}) as made:
            yield made

    def write(self, docker, **config):
        docker.mkdir(exist_ok=True)
        (docker / "config.json").write_text(json.dumps(config))

    @pytest.mark.parametrize("way", ["credsStore", "credHelpers"])
    def test_keep_what_a_login_shows(self, engine, docker, keeper, server, image, way):
        name = server.push(image, "box")
        self.write(docker, **{way: "test" if way == "credsStore" else {server.name: "test"}})
        result = engine("login", "-u", "me", "--password-stdin", server.name, stdin="secret\n")
        assert (result.code, result.stdout, result.stderr) == (0, "Login Succeeded\n", ""), str(result)
        assert json.loads((keeper / "kept").read_text()) == {
            "ServerURL": server.name, "Username": "me", "Secret": "secret",
        }
        config = json.loads((docker / "config.json").read_text())
        assert config[way] and config["auths"] == {server.name: {}}
        good(engine("pull", "-q", name))
        assert good(engine("logout", server.name)) == f"Removing login credentials for {server.name}\n"
        assert not (keeper / "kept").exists()
        calls = [line.split()[0] for line in (keeper / "calls").read_text().splitlines()]
        assert calls[-2:] == ["get", "erase"] and "store" in calls and "get" in calls[2:-2]
        good(engine("rmi", name))
        assert engine("pull", "-q", name).code == 1

    def test_that_are_not_there(self, engine, docker, server, image, busybox, scratch):
        """What is for all can be had all the same, and whoever is refused is told why."""
        self.write(docker, credsStore="gone")
        result = engine("pull", "-q", server.push(image, "box"))
        assert result.code == 1 and "access denied" in result.stderr, str(result)
        assert "docker-credential-gone" in result.stderr.splitlines()[0], str(result)
        with registries.Registry(scratch / "open", users={"me": "secret"}, tokens=True) as for_all:
            name = for_all.push(image, "box")
            result = engine("pull", "-q", name)
            assert (result.code, result.stdout) == (0, f"{name}\n"), str(result)
            assert result.stderr == (
                f"warning: docker-credential-gone, which {docker}/config.json names, is not in PATH: going on without a login\n"
            )
        result = engine("login", "-u", "me", "--password-stdin", server.name, stdin="secret")
        assert result.code == 1 and "docker-credential-gone" in result.stderr, str(result)
        assert "Login Succeeded" not in result.stdout

    def test_that_fail(self, engine, docker, keeper, server, image):
        self.write(docker, credsStore="test")
        (keeper / "docker-credential-test").write_text("#!/bin/sh\necho the keychain is locked; exit 1\n")
        result = engine("pull", "-q", server.push(image, "box"))
        assert result.code == 1, str(result)
        assert result.stderr == "swiftainer: docker-credential-test get: the keychain is locked\n"


@needs_registry
class TestProxies:
    NAME = "registry.example.com"

    @pytest.fixture
    def server(self, scratch):
        with registries.Registry(scratch / "registry", tls=True) as made:
            yield made

    @pytest.fixture
    def proxy(self, engine, server, scratch):
        """Leads to the registry, whose name nobody else knows."""
        settings = {"registries": {self.NAME: {"insecure": True}, f"other.{self.NAME}": {"insecure": True}}}
        (scratch / "registries.json").write_text(json.dumps(settings))
        engine.environment["SWIFTAINER_REGISTRIES"] = str(scratch / "registries.json")
        for variable in ("http_proxy", "https_proxy", "no_proxy"):
            engine.environment.pop(variable, None)
            engine.environment.pop(variable.upper(), None)
        made = Proxy(server.own_port)
        yield made
        made.stop()

    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
    def test_tunnel(self, engine, server, proxy, image, variable):
        server.push(image, "box")
        engine.environment[variable] = f"http://who:p%40ss@127.0.0.1:{proxy.port}"
        good(engine("pull", "-q", f"{self.NAME}/box"))
        assert lines(engine("images", "-q", "--no-trunc")) == [image.id]
        assert set(proxy.asked) == {f"CONNECT {self.NAME}:443 HTTP/1.1"}
        assert set(proxy.credentials) == {"who:p@ss"}

    def test_plain(self, engine, proxy, image, scratch):
        """TLS first, of which there is none; then plain http, by the proxy for that."""
        with registries.Registry(scratch / "plain") as plain:
            plain.push(image, "box")
            proxy.ports = plain.own_port
            engine.environment["HTTP_PROXY"] = engine.environment["HTTPS_PROXY"] = f"http://127.0.0.1:{proxy.port}"
            good(engine("pull", "-q", f"{self.NAME}/box"))
            assert set(proxy.asked) == {f"CONNECT {self.NAME}:{port} HTTP/1.1" for port in (443, 80)}

    @pytest.mark.parametrize("exceptions", [NAME, f"x.test,.{NAME}", "*", f"{NAME}:443"])
    def test_exceptions(self, engine, server, proxy, image, exceptions):
        """Whoever is named is asked directly, and this machine always is."""
        engine.environment |= {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": exceptions}
        name = f"other.{self.NAME}" if exceptions.endswith("." + self.NAME) else self.NAME
        result = engine("pull", "-q", f"{name}/box")
        assert result.code == 1 and name in result.stderr, str(result)
        good(engine("pull", "-q", server.push(image, "box")))
        assert proxy.asked == []

    def test_that_do_not_answer(self, engine, proxy):
        engine.environment["HTTPS_PROXY"] = f"http://who:secret@127.0.0.1:{registries.free_port()}"
        result = engine("pull", "-q", f"{self.NAME}/box")
        assert result.code == 1 and len(result.stderr.splitlines()) == 1, str(result)
        assert "secret" not in result.stderr
