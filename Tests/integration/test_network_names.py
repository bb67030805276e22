"""Names of containers on networks that people make, as the payload asks for them."""

import os
import signal
import socket
from pathlib import Path

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait
from harness.dns import OWN, Upstream, addresses, ask, question
from harness.network import Namespace
from network_fixtures import inside, made, other, serve  # noqa: F401

DIG = Path("/usr/bin/dig")


@pytest.fixture
def mynet(made):
    return made("mynet", "--subnet", "10.66.0.0/24")


@pytest.fixture
def pair(engine, mynet):
    """Two containers on one network: the numbers of the one that asks, and of the one that is asked for."""
    web = engine.up(flags=["--name", "Web", "--network", "mynet", "--network-alias", "www", "-h", "shop"])
    return engine.pid(engine.up(flags=["--name", "client", "--network", "mynet"])), web


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
class TestNames:
    def test_of_a_container(self, engine, pair, tcp):
        client, web = pair
        for name in ("Web", "web", "WEB", "www", web[:12], "web.mynet", "www.mynet", web[:12] + ".mynet", "web."):
            found = ask(client, name, tcp=tcp)
            assert (found.outcome, found.addresses, found.lifetimes) == ("NOERROR", ["10.66.0.2"], [0]), name
        # Itself as well.
        assert ask(client, "client", tcp=tcp).addresses == ["10.66.0.3"]

    def test_of_nobody(self, engine, pair, tcp):
        """A name without a point is answered at once: no server of the world's is asked."""
        for name in ("nobody", "web2", "wweb", "mynet", pair[1][:11]):
            assert ask(pair[0], name, tcp=tcp, timeout=2).outcome == "NXDOMAIN", name

    def test_another_kind_of_address(self, engine, pair, tcp):
        """Known, but without such an address: whoever hears that there is no such name asks no further."""
        for kind in ("AAAA", "MX", "TXT"):
            found = ask(pair[0], "web", kind, tcp=tcp)
            assert (found.outcome, found.addresses) == ("NOERROR", []), kind

    def test_of_an_address(self, engine, pair, tcp):
        found = ask(pair[0], "2.0.66.10.in-addr.arpa", "PTR", tcp=tcp)
        assert (found.outcome, found.addresses, found.lifetimes) == ("NOERROR", ["web.mynet"], [0])

    def test_of_the_world(self, engine, pair, made, tcp):
        """What is no name here is asked for where the host asks, from the host, by way of the same transport."""
        names = {"example.org": ["192.0.2.80"], "long.example.org": [f"192.0.2.{n}" for n in range(1, 101)]}
        with Upstream("10.66.0.1", names, port=53) as upstream:
            client = engine.pid(engine.up(flags=["--network", "mynet", "--dns", "10.66.0.1"]))
            assert ask(client, "example.org", tcp=tcp).addresses == ["192.0.2.80"]
            assert ask(client, "nothing.example.org", tcp=tcp).outcome == "NXDOMAIN"
            long = ask(client, "long.example.org", tcp=tcp)
            assert (long.is_cut, len(long.addresses)) == ((False, 100) if tcp else (True, 0))
            assert all(caller == "10.66.0.1" for _, caller, _ in upstream.asked)
            # Names of containers leave the machine by no way.
            assert ask(client, "web", tcp=tcp).addresses == ["10.66.0.2"]
            assert "web" not in [name for name, _, _ in upstream.asked]


class TestWhoHasThem:
    def test_each_network_by_itself(self, engine, made):
        """Who shares no network with somebody does not know them; a name that two have stands for both."""
        made("one", "--subnet", "10.66.1.0/24")
        made("two", "--subnet", "10.66.2.0/24")
        both = engine.up(flags=["--name", "both", "--network", "name=one,alias=db", "--network", "name=two,alias=db"])
        first = engine.pid(engine.up(flags=["--name", "first", "--network", "name=one,alias=db"]))
        second = engine.pid(engine.up(flags=["--name", "second", "--network", "two"]))
        assert addresses(first, "db") == ["10.66.1.2", "10.66.1.3"] and addresses(second, "db") == ["10.66.2.2"]
        assert addresses(first, "second") == [] == addresses(second, "first")
        assert addresses(first, "db.two") == []
        assert addresses(engine.pid(both), "db.two") == ["10.66.2.2"]
        assert addresses(engine.pid(both), "first") == ["10.66.1.3"]
        # Each of those who have a name comes first from time to time.
        assert len({ask(first, "db").addresses[0] for _ in range(4)}) == 2

    def test_come_and_go(self, engine, pair):
        client, web = pair
        engine("stop", "-t", "0", web).succeeded()
        assert ask(client, "web").outcome == "NXDOMAIN"
        late = engine.up(flags=["--name", "late", "--network", "mynet"])
        assert addresses(client, "late") == ["10.66.0.2"]
        engine("start", web).succeeded()
        assert addresses(client, "web") == ["10.66.0.4"]
        engine("rm", "-f", late).succeeded()
        assert ask(client, "late").outcome == "NXDOMAIN"

    def test_of_ipv6(self, engine, made):
        made("six", "--ipv6", "--subnet", "10.66.6.0/24", "--subnet", "2001:db8:66::/64")
        engine.up(flags=["--name", "web", "--network", "six", "--ip6", "2001:db8:66::9"])
        client = engine.pid(engine.up(flags=["--network", "six"]))
        assert ask(client, "web", "AAAA").addresses == ["2001:db8:66::9"] and addresses(client, "web") == ["10.66.6.2"]
        nibbles = ".".join(reversed("20010db8006600000000000000000009")) + ".ip6.arpa"
        assert ask(client, nibbles, "PTR").addresses == ["web.six"]

    def test_none_on_the_usual_network(self, engine):
        engine.up(flags=["--name", "web"])
        client = engine.pid(engine.up())
        with pytest.raises(ConnectionRefusedError):
            ask(client, "web")

    def test_of_who_was_killed(self, engine, pair):
        """The lease of one whose monitor was killed is no name any more, before anybody has swept it away."""
        client, web = pair
        payload = engine.pid(web)
        [monitor] = [pid for pid, line in engine.processes() if line.startswith("swiftainer-monitor") and web in line]
        os.kill(monitor, signal.SIGKILL)
        wait.for_death(payload)
        wait.until(lambda: ask(client, "web").outcome == "NXDOMAIN", "its name is forgotten")

    def test_internal_network_asks_nobody(self, engine, made):
        made("inner", "--internal", "--subnet", "10.66.3.0/24")
        engine.up(flags=["--name", "web", "--network", "inner"])
        client = engine.pid(engine.up(flags=["--network", "inner"]))
        assert addresses(client, "web") == ["10.66.3.2"]
        assert ask(client, "example.org", timeout=5).outcome == "SERVFAIL"


class TestServers:
    def test_payload_with_a_server_of_its_own(self, engine, pair, inside):
        """At port 53 of all addresses, by UDP and TCP: it starts, is reached, and names work all the same."""
        client, web = pair
        pid = engine.pid(web)
        with Namespace.of(pid) as namespace, namespace.inside():
            own = Upstream("0.0.0.0", {"own.example": ["192.0.2.1"]})
        with own:
            for tcp in (False, True):
                assert ask(pid, "client", tcp=tcp).addresses == ["10.66.0.3"]
                assert ask(client, "own.example", tcp=tcp, server="10.66.0.2").addresses == ["192.0.2.1"]
                assert ask(pid, "own.example", tcp=tcp, server="127.0.0.1").addresses == ["192.0.2.1"]

    def test_nobody_else_can_ask(self, engine, pair, other):
        for namespace, server in [(Namespace.current(), "10.66.0.2"), (Namespace.of(pair[0]), "10.66.0.2")]:
            with namespace, namespace.inside(), socket.socket() as asking, pytest.raises(OSError):
                asking.settimeout(1)
                asking.connect((server, 53))

    def test_that_is_slow_holds_up_nobody(self, engine, mynet):
        """While a server of the world's says nothing, names of containers are answered, and in the end it fails."""
        with_web = engine.up(flags=["--name", "web", "--network", "mynet"])
        with Upstream("10.66.0.1", {}, silent=True):
            client = engine.pid(engine.up(flags=["--network", "mynet", "--dns", "10.66.0.1"]))
            with Namespace.of(client) as namespace, namespace.inside():
                asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with asking:
                asking.connect((OWN, 53))
                for number in range(20):
                    asking.send(question(f"slow{number}.example.org"))
                assert ask(client, "web", timeout=2).addresses == ["10.66.0.2"]
        assert engine.status(with_web)["state"] == "running"

    def test_what_is_no_question_harms_nobody(self, engine, pair):
        client, _ = pair
        with Namespace.of(client) as namespace, namespace.inside():
            strange = [b"", b"x", b"\0" * 12, b"\xff" * 512, question("web")[:-3], b"\xc0\x0c" * 40,
                       question("a" * 63 + "." + "b" * 63), question("web") + b"\0" * 3000]
            for text in strange:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                    asking.connect((OWN, 53))
                    asking.send(text)
                with socket.create_connection((OWN, 53), 5) as asking:
                    asking.sendall(text)
        assert addresses(client, "web") == ["10.66.0.2"]
        assert ask(client, "web", tcp=True).addresses == ["10.66.0.2"]


class TestTools:
    def test_busybox(self, engine, pair):
        result = engine("exec", "client", "ping", "-c", "1", "-W", "2", "www")
        assert "PING www (10.66.0.2)" in result.succeeded().stdout
        assert "web.mynet" in engine("exec", "client", "nslookup", "10.66.0.2").succeeded().stdout

    @pytest.mark.skipif(not DIG.exists(), reason="no dig; Debian's bind9-dnsutils has it")
    def test_dig(self, engine, mynet):
        """With the host's own tools and libraries: their resolver, their EDNS, their cookies."""
        engine.up(flags=["--name", "web", "--network", "mynet"])
        folders = [flag for name in ("usr", "lib", "lib64") for flag in ("-v", f"/{name}:/{name}:ro")]

        script = "dig +tcp +short web; dig +short -x 10.66.0.2; getent hosts web; dig web AAAA; dig web"
        words = ["run", "--rm", "--network", "mynet", "-e", "PATH=/usr/bin:/bin", *folders, engine.box, "sh", "-c", script]
        short, pointer, hosts, *rest = engine(*words).succeeded().stdout.splitlines()
        assert (short, pointer, hosts.split()) == ("10.66.0.2", "web.mynet.", ["10.66.0.2", "web"])
        none, one = "\n".join(rest).split("MSG SIZE")[:2]
        assert "status: NOERROR" in none and "ANSWER: 0," in none and "SERVER: 127.0.0.11#53(127.0.0.11) (UDP)" in none
        assert "flags: qr aa rd ra" in one and "ANSWER: 1," in one and "EDNS: version: 0" in one and "WARNING" not in one
