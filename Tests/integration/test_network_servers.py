"""Servers that people run, behind published ports and behind names."""

import json
import subprocess

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait
from harness.network import fetch
from harness.runtime import REPOSITORY
from network_fixtures import inside, made, other, serve  # noqa: F401

SERVERS = REPOSITORY / "rootfs-fixtures/out/servers"

pytestmark = pytest.mark.skipif(
    not (SERVERS.parent / ".servers").exists(), reason="no out/servers; make -C rootfs-fixtures servers"
)

NGINX = """
daemon off; user root; error_log stderr;
events {}
http {
  access_log off;
  server { listen 80; listen [::]:80; location / { return 200 "$remote_addr\\n"; } }
  server { listen 8080; location / { proxy_pass http://backend/; } }
  upstream backend { server api:80; }
}
"""


def up(engine, *words, flags=()):
    return engine("run", "-d", *flags, SERVERS, *words, timeout=60).succeeded().stdout.strip()


@pytest.fixture
def nginx(engine, made):
    made("mynet", "--subnet", "10.66.0.0/24")
    (engine.folder / "nginx.conf").write_text(NGINX)
    flags = ["-v", f"{engine.folder}/nginx.conf:/etc/nginx/nginx.conf:ro", "--network", "mynet"]
    return lambda *more: up(engine, "/usr/sbin/nginx", flags=[*flags, *more])


class TestNginx:
    def test_published(self, engine, nginx, other):
        nginx("--name", "api", "-p", "8000:80")
        assert fetch("http://127.0.0.1:8000/") == "10.66.0.1\n"
        with other.inside():
            assert fetch(f"http://{other.here}:8000/") == f"{other.address}\n"

    def test_in_front_of_another_one(self, engine, nginx):
        """It asks for the name of what is behind it when it starts, and comes up when that is there."""
        nginx("--name", "api")
        nginx("--name", "front", "-p", "8000:8080")
        assert fetch("http://127.0.0.1:8000/") == "10.66.0.3\n"
        # What is behind starts anew at the same address.
        engine("restart", "-t", "0", "api").succeeded()
        assert fetch("http://127.0.0.1:8000/") == "10.66.0.3\n"


@pytest.mark.needs("ordinary-machine")
class TestDatabase:
    def test_client_asks_by_name(self, engine, made):
        made("mynet", "--subnet", "10.66.0.0/24")
        volume = ["-v", "data:/var/lib/mysql"]
        up(engine, "/usr/sbin/mariadbd", flags=["--name", "db", "--network", "mynet", "--network-alias", "database", *volume])

        def local(text):
            return engine("exec", "db", "/usr/bin/mariadb", "-e", text)

        wait.until(lambda: local("select 1").code == 0, "the database answers", 60)
        local("create user app@'10.66.0.%' identified by 'secret'; create database shop; grant all on shop.* to app@'10.66.0.%';"
              " create table shop.goods (name text); insert into shop.goods values ('pear')").succeeded()
        client = ["/usr/bin/mariadb", "-h", "database", "-u", "app", "-psecret", "-N", "-e"]
        asked = "select name, substring_index(user(), '@', -1) from shop.goods"
        run = ["run", "--rm", "--network", "mynet", SERVERS]
        assert engine(*run, *client, asked).succeeded().stdout == "pear\t10.66.0.3\n"
        # Whoever is on another network does not even know its name.
        made("elsewhere", "--subnet", "10.66.1.0/24")
        alone = engine("run", "--rm", "--network", "elsewhere", SERVERS, *client, asked)
        assert alone.code != 0 and "Unknown server host 'database'" in alone.stderr
        engine("restart", "db", timeout=60).succeeded()
        wait.until(lambda: local("select 1").code == 0, "the database answers again", 60)
        assert engine(*run, *client, asked).succeeded().stdout == "pear\t10.66.0.3\n"


@pytest.mark.timeout(300)
def test_throughput_and_udp(engine, made):
    """A second of iperf3 each way through a published port: no stall, nothing lost of a slow stream of datagrams."""
    made("mynet", "--subnet", "10.66.0.0/24")
    up(engine, "/usr/bin/iperf3", "-s", flags=["--name", "iperf", "--network", "mynet", "-p", "5201:5201", "-p", "5201:5201/udp"])

    def measured(*words):
        client = [f"{SERVERS}/lib64/ld-linux-x86-64.so.2", "--library-path", f"{SERVERS}/usr/lib/x86_64-linux-gnu",
                  f"{SERVERS}/usr/bin/iperf3", "-c", "127.0.0.1", "-t", "1", "-J", *words]
        done = subprocess.run(client, capture_output=True, text=True, timeout=60)
        return json.loads(done.stdout)["end"] if done.returncode == 0 else None

    def measured_inside():
        done = engine("run", "--rm", "--network", "mynet", SERVERS, "/usr/bin/iperf3", "-c", "iperf", "-t", "1", "-J")
        return json.loads(done.stdout)["end"] if done.code == 0 else None

    # Between two of them the server listens anew.
    first = lambda measure, *words: wait.until(lambda: measure(*words), "a measurement", 60)  # noqa: E731
    assert first(measured)["sum_received"]["bits_per_second"] > 1e8
    assert first(measured, "-R")["sum_received"]["bits_per_second"] > 1e8
    assert first(measured, "-u", "-b", "5M")["sum"]["lost_percent"] < 5
    assert first(measured_inside)["sum_received"]["bits_per_second"] > 1e8
