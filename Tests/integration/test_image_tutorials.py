"""What tutorials do with images: their commands as they stand there, with `swiftainer` for `docker`."""

import json
import re

import pytest

import server_images
from harness import wait
from harness.network import fetch
from harness.proxy import Proxy
from harness.registry import Registry
from server_images import INSIDE, box, engine, hub, prompt, rows, sh, terminal  # noqa: F401

pytestmark = [
    pytest.mark.skipif(server_images.reason() is not None, reason=str(server_images.reason())),
    pytest.mark.needs("ordinary-machine"),
    pytest.mark.timeout(180),  # whoever comes first makes the images
]


class TestNginx:
    def test_a_shell_in_each_new_one(self, sh, terminal):
        """What is written in one is not in the next, and is there when the first starts again."""
        terminal.type("swiftainer run -it nginx /bin/bash")
        prompt(terminal, INSIDE)
        terminal.type('echo "I am immutable" >> test.txt')
        terminal.type("cat test.txt")
        terminal.see("\nI am immutable")
        terminal.press("C-d")
        prompt(terminal)
        terminal.type("swiftainer run -it nginx /bin/bash")
        prompt(terminal, INSIDE)
        terminal.type("cat test.txt; exit")
        prompt(terminal)
        assert "No such file or directory" in terminal.screen()
        second, first = rows(sh("swiftainer ps -a"))
        assert second[1:3] == ["nginx", '"/bin/bash"'] and second[4].startswith("Exited (1)"), second
        assert first[4].startswith("Exited (0)"), first
        first = first[0]
        assert sh(f"swiftainer rm {second[0]}") == f"{second[0]}\n"
        assert sh(f"swiftainer start {first}") == f"{first}\n"
        [row] = rows(sh("swiftainer ps"))
        assert row[0] == first and row[5] == "80/tcp", row
        terminal.type(f"clear; swiftainer exec -it {first} /bin/bash")
        prompt(terminal, f"root@{first}:/#")
        terminal.type("cat test.txt; exit")
        prompt(terminal)
        terminal.see("\nI am immutable")
        assert sh(f"swiftainer rm -f {first}") == f"{first}\n"
        assert rows(sh("swiftainer ps -a")) == []

    def test_pages_of_the_host(self, sh):
        """A folder of this machine is what the server shows, and it cannot write there."""
        (sh.folder / "index.html").write_text("<h1>Hello World</h1>\n")
        sh(f"swiftainer run --rm --name mywebcontainer -p 80:80 -v {sh.folder}:/usr/share/nginx/html:ro -d nginx")
        assert fetch("http://localhost:80") == "<h1>Hello World</h1>\n"
        [row] = rows(sh("swiftainer ps"))
        assert row[1:3] == ["nginx", "\"nginx -g 'daemon of…\""] and row[-1] == "mywebcontainer", row
        assert row[5] == "0.0.0.0:80->80/tcp, [::]:80->80/tcp", row
        said = sh("swiftainer exec mywebcontainer touch /usr/share/nginx/html/it", 1)
        assert "Read-only file system" in said
        assert [row[:2] for row in rows(sh("swiftainer image list"))] == [["nginx", "latest"]]
        assert sh("swiftainer images") == sh("swiftainer image list") == sh("swiftainer image ls -a")
        assert sh("swiftainer stop mywebcontainer") == "mywebcontainer\n"
        wait.until(lambda: rows(sh("swiftainer ps -a")) == [], "its removal")

    def test_a_page_is_changed_and_kept(self, sh, terminal):
        assert "Status: Downloaded newer image for nginx:latest" in sh("swiftainer pull nginx:latest")
        sh("swiftainer run --name webserver -d -p 80:80 nginx")
        assert "Welcome to nginx!" in fetch("http://localhost")
        terminal.type("swiftainer exec -it webserver bash")
        prompt(terminal, INSIDE)
        terminal.type("echo '<h1>Hello, Docker!</h1>' > /usr/share/nginx/html/index.html")
        terminal.type("exit")
        prompt(terminal)
        assert fetch("http://localhost") == "<h1>Hello, Docker!</h1>\n"
        changes = sh("swiftainer diff webserver").splitlines()
        assert {"C /usr/share/nginx/html/index.html", "A /root/.bash_history", "A /run/nginx.pid"} <= set(changes), changes
        said = sh('swiftainer commit --author "wang" --message "改了首页" webserver nginx:v2')
        assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", said)
        short = said[7:19]
        latest = sh("swiftainer image ls -q nginx:latest").strip()
        assert {tuple(row[:3]) for row in rows(sh("swiftainer image ls"))} == {
            ("nginx", "v2", short), ("nginx", "latest", latest),
        }
        [top, *below] = rows(sh("swiftainer history nginx:v2"))
        assert top[0] == short and top[2] == "nginx -g 'daemon off;'" and top[-1] == "改了首页", top
        assert below[0][0] == latest and len(below) == len(rows(sh("swiftainer history nginx"))), below
        assert sh("swiftainer inspect -f '{{.Author}} {{.Comment}}' nginx:v2") == "wang 改了首页\n"
        sh("swiftainer run --name web2 -d -p 81:80 nginx:v2")
        assert fetch("http://localhost:81") == fetch("http://localhost")
        used = {row[0]: row[1:] for row in rows(sh("swiftainer system df"))}
        assert used["Images"][:2] == ["2", "2"] and used["Containers"][:2] == ["2", "2"], used
        self.images_go(sh, short)

    def images_go(self, sh, short):
        """A name is taken away as long as there is another; an image goes with its last name, and its containers before it."""
        said = sh("swiftainer image rm nginx:v2", 1)
        assert "conflict" in said and "container" in said, said
        sh("swiftainer tag nginx:v2 mine/site:1")
        assert sh("swiftainer image rm mine/site:1") == "Untagged: mine/site:1\n"
        sh("swiftainer rm -f web2")
        said = sh(f"swiftainer image rm {short}").splitlines()
        assert said[0] == "Untagged: nginx:v2" and said[1].startswith(f"Deleted: sha256:{short}"), said
        sh("swiftainer rm -f webserver")
        digest = sh("swiftainer inspect -f '{{index .RepoDigests 0}}' nginx").strip()
        said = sh("swiftainer image rm nginx").splitlines()
        assert said[:2] == ["Untagged: nginx:latest", f"Untagged: {digest}"] and said[2].startswith("Deleted: "), said
        assert rows(sh("swiftainer image ls")) == []


class TestFirstSteps:
    def test_hello(self, sh):
        said = sh("swiftainer run hello-world")
        assert said.startswith("Hello from Docker!\n") and "Unable to find image 'hello-world:latest' locally" in said
        assert sh("swiftainer run hello-world") == "Hello from Docker!\n"
        assert [row[1] for row in rows(sh("swiftainer container ls -a"))] == ["hello-world"] * 2
        said = sh("swiftainer image rm hello-world", 1)
        assert "conflict" in said, said
        sh("swiftainer container rm $(swiftainer container ls -a -q)")
        assert sh("swiftainer image rm $(swiftainer image ls -a -q)").startswith("Untagged: hello-world:latest\n")

    def test_by_short_and_long_names(self, sh, hub):
        """An image is called by its name, by its registry's as well, by its digest, or by what begins its ID."""
        sh("swiftainer pull docker.io/library/busybox:latest")
        for word in ("busybox", "library/busybox", "docker.io/busybox:latest", "index.docker.io/library/busybox"):
            assert sh(f"swiftainer run --rm {word} echo it") == "it\n"
        long = sh("swiftainer image ls -q --no-trunc").strip()
        digest = sh("swiftainer image ls --digests --format '{{.Digest}}'").strip()
        for word in (long, long[7:], long[7:10], f"busybox@{digest}"):
            assert sh(f"swiftainer inspect -f '{{{{.Id}}}}' {word}") == f"{long}\n"
        said = sh(f"swiftainer image rm {long[7:10]}").splitlines()
        assert said[0] == "Untagged: busybox:latest" and f"Deleted: {long}" in said, said
        sh(f"swiftainer pull busybox@{digest}")
        assert sh(f"swiftainer image rm busybox@{digest}").splitlines()[0] == f"Untagged: busybox@{digest}"

    def test_health_is_in_the_image(self, sh):
        """What a Dockerfile's HEALTHCHECK would say, and where people look for it."""
        sh("swiftainer create --name made nginx")
        sh("swiftainer commit -c 'HEALTHCHECK --interval=1s CMD test -e /healthy' made checked && swiftainer rm made")
        sh("swiftainer run -d --name flask-app --health-start-period 0s --health-retries 1 checked")

        def status():
            return sh("swiftainer inspect --format='{{json .State.Health.Status}}' flask-app").strip()

        wait.until(lambda: status() == '"unhealthy"', "the first failure")
        assert '"Status": "unhealthy"' in sh("swiftainer inspect flask-app | grep -i -A1 health")
        sh("swiftainer exec flask-app touch /healthy")
        wait.until(lambda: status() == '"healthy"', "its health")
        assert "(healthy)" in rows(sh("swiftainer ps"))[0][4]


class TestAccount:
    @pytest.fixture
    def account(self, engine, hub, scratch):  # noqa: F811
        """The usual registry itself, where john has an account: behind its name, and a proxy."""
        settings = json.loads((scratch / "registries.json").read_text())
        with Registry(scratch / "usual", tls=True, users={"john": "secret"}) as server:
            proxy = Proxy({"index.docker.io:443": server.port})
            settings["registries"]["docker.io"]["ca"] = str(server.ca)
            (scratch / "registries.json").write_text(json.dumps(settings))
            engine.environment["https_proxy"] = proxy.address
            yield server
            proxy.stop()

    def test_an_image_is_published(self, account, sh, terminal):
        terminal.type("swiftainer login")
        terminal.see("Username:")
        terminal.type("john")
        terminal.see("Password:")
        terminal.type("secret")
        terminal.see("Login Succeeded")
        assert "secret" not in terminal.screen()
        sh("swiftainer tag $(swiftainer pull -q busybox) john/get-started:part2")
        said = sh("swiftainer push john/get-started:part2").splitlines()
        assert said[0] == "The push refers to repository [docker.io/john/get-started]", said
        assert said[-1].startswith("part2: digest: sha256:"), said
        sh("swiftainer image rm -f $(swiftainer image ls -q)")
        said = sh("swiftainer run john/get-started:part2 echo again")
        assert said.startswith("again\n") and "part2: Pulling from john/get-started" in said, said
        assert [row[:2] for row in rows(sh("swiftainer image ls"))] == [["john/get-started", "part2"]]
        assert sh("swiftainer logout") == "Removing login credentials for https://index.docker.io/v1/\n"
        said = sh("swiftainer pull john/get-started:other", 1)
        assert "denied" in said or "unauthorized" in said, said
