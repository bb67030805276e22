"""Published ports: from where they are reached, from where not, and whom the server sees."""

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import config, network, wait
from harness.network import UNREACHED, call, fetch
from network_fixtures import inside, made, other, serve  # noqa: F401

GATEWAY = "172.17.0.1"


def address_of_the_link(ip, device):
    """A device's own, once all its addresses are known to be nobody else's; the kernel gives it some time after the
    device is up."""

    def settled():
        found = [address for one in ip("-6", "address", "show", "dev", device) for address in one.get("addr_info", [])]
        if any("tentative" in one for one in found):
            return []
        return [one["local"] for one in found if one["scope"] == "link"]

    [address] = wait.until(settled, f"the addresses of {device}")
    return address


@pytest.fixture
def web(engine, serve):
    """A server on the usual network, published at 8080."""
    identifier = engine.up(flags=["--name", "web", "-p", "8080:80"])
    serve(identifier, 80, "web")
    return identifier


class TestReach:
    @pytest.mark.parametrize("datagrams", [False, True], ids=["tcp", "udp"])
    def test_from_everywhere(self, engine, inside, made, serve, other, datagrams):
        made("one", "--subnet", "10.66.1.0/24")
        made("two", "--subnet", "10.66.2.0/24")
        suffix = "/udp" if datagrams else ""
        server = engine.up(flags=["--network", "one", "-p", f"8080:80{suffix}", "-p", f"8081:80{suffix}"])
        same, stranger, usual = (inside(engine.up(flags=["--network", name])) for name in ("one", "two", "bridge"))
        serve(server, 80, "web")
        to = {"datagrams": datagrams}
        # The host itself, at each of its addresses.
        for address in ("127.0.0.1", "127.0.0.5", "10.66.1.1", "10.66.2.1", other.here):
            assert call(address, 8080, **to) == "web 10.66.1.1", address
        # Another machine is seen under its own address.
        assert call(other.here, 8080, other.namespace, **to) == f"web {other.address}"
        assert call(other.here, 8081, other.namespace, **to) == f"web {other.address}"
        # Its neighbours, and strangers.
        assert same.call("10.66.1.1", 8080, **to) == "web 10.66.1.1"
        for one in (stranger, usual):
            assert (one.call(other.here, 8080, **to) or "").startswith("web ")
            assert (one.call("10.66.1.1", 8080, **to) or "").startswith("web ")
            # Not past the port, though.
            assert one.call("10.66.1.2", 80, timeout=UNREACHED, **to) is None

    @pytest.mark.parametrize("is_filtered", ["0", "1"], ids=["bridged", "bridged-through-the-filter"])
    def test_by_the_container_itself(self, engine, made, inside, serve, other, is_filtered):
        """Also where the packet filter sees what bridges hand on, as on hosts with Docker or Kubernetes."""
        settings = [Path(f"/proc/sys/net/bridge/bridge-nf-call-{tables}") for tables in ("iptables", "ip6tables")]
        if not settings[0].exists():
            pytest.skip("this kernel has no br_netfilter")
        for setting in settings:
            setting.write_text(is_filtered)
        made("six", "--ipv6", "--subnet", "10.66.6.0/24", "--subnet", "2001:db8:66::/64")
        server = engine.up(flags=["--network", "six", "-p", "8080:80", "-p", "8080:80/udp"])
        serve(server, 80, "web")
        for address in ("10.66.6.1", other.here, "2001:db8:66::1", other.here6):
            for datagrams in (False, True):
                told = inside(server).call(address, 8080, datagrams=datagrams, timeout=3)
                assert (told or "").startswith("web "), (address, datagrams)

    def test_the_other_transport_is_not_published(self, engine, web):
        assert call("127.0.0.1", 8080, datagrams=True, timeout=UNREACHED) is None

    def test_only_what_is_published(self, engine, web, serve, other):
        serve(web, 81, "hidden")
        assert call("172.17.0.2", 81) is not None
        for address, port in [("172.17.0.2", 80), ("172.17.0.2", 81), (other.here, 80), (other.here, 81)]:
            assert call(address, port, other.namespace, UNREACHED) is None, (address, port)
        assert call(other.here, 8080, other.namespace) == f"web {other.address}"

    def test_what_the_host_sends_elsewhere_goes_there(self, engine, web, serve, other):
        """Somebody else's port of the same number is somebody else's, from the host and from containers."""
        with serve(None, 8080, "world", namespace=other.namespace):
            assert call(other.address, 8080) == f"world {other.here}"
            assert network.call_from(engine.pid(web), other.address, 8080) == f"world {other.here}"

    def test_one_address_alone(self, engine, serve, inside, other):
        flags = ["-p", "127.0.0.1:8080:80", "-p", f"{other.here}:8081:80", "-p", "127.0.0.1:5353:53/udp"]
        identifier = engine.up(flags=flags)
        stranger = inside(engine.up())
        serve(identifier, 80, "web")
        serve(identifier, 53, "names")
        assert call("127.0.0.1", 8080) == f"web {GATEWAY}"
        assert call("127.0.0.1", 5353, datagrams=True) == f"names {GATEWAY}"
        assert call("127.0.0.1", 8081, timeout=UNREACHED) is None
        assert call(other.here, 8080, timeout=UNREACHED) is None
        assert call(other.here, 8081, other.namespace) == f"web {other.address}"
        assert call(other.here, 8080, other.namespace, UNREACHED) is None
        assert stranger.call(GATEWAY, 8080, timeout=UNREACHED) is None

    def test_the_host_s_loopback_is_its_own(self, engine, serve, other):
        """Whoever sends packets for 127.0.0.1 over a cable does not come to what is published there, though the
        cable's end takes them, as our bridges do."""
        with open(f"/proc/sys/net/ipv4/conf/{other.device}/route_localnet", "w") as file:
            file.write("1")
        identifier = engine.up(flags=["-p", "127.0.0.1:8080:80"])
        serve(identifier, 80, "web")
        with other.inside():
            with open("/proc/sys/net/ipv4/conf/all/route_localnet", "w") as file:
                file.write("1")
            network.ip("address", "delete", "127.0.0.1/8", "dev", "lo")
            network.ip("route", "add", "127.0.0.1/32", "via", other.here, "src", other.address)
        assert call("127.0.0.1", 8080, other.namespace, UNREACHED) is None
        assert call("127.0.0.1", 8080) is not None

    def test_a_server_of_the_payload(self, engine):
        """And not one of ours: in all starts, also where the container restarts itself."""
        words = ["httpd", "-f", "-p", "80", "-h", "/etc"]
        engine.up(*words, flags=["--name", "web", "-p", "8080:80"])
        for _ in range(2):
            assert "root:" in fetch("http://127.0.0.1:8080/passwd")
            engine("restart", "-t", "0", "web").succeeded()
        assert "root:" in fetch("http://127.0.0.1:8080/passwd")


class TestIPv6:
    def test_from_everywhere(self, engine, made, inside, serve, other):
        made("six", "--ipv6", "--subnet", "10.66.6.0/24", "--subnet", "2001:db8:66::/64")
        server = engine.up(flags=["--network", "six", "-p", "8080:80"])
        neighbour = inside(engine.up(flags=["--network", "six"]))
        serve(server, 80, "web")
        assert call(other.here6, 8080, other.namespace) == f"web {other.address6}"
        assert call(other.here6, 8080, other.namespace, datagrams=True, timeout=UNREACHED) is None
        for address in (other.here6, "2001:db8:66::1"):
            assert (call(address, 8080) or "").startswith("web "), address
            assert (neighbour.call(address, 8080) or "").startswith("web "), address
        assert call("127.0.0.1", 8080) == "web 10.66.6.1"

    def test_at_the_loopback_address(self, engine, made, serve):
        made("six", "--ipv6", "--subnet", "10.66.6.0/24", "--subnet", "2001:db8:66::/64")
        server = engine.up(flags=["--network", "six", "-p", "8080:80"])
        serve(server, 80, "web")
        assert (call("::1", 8080) or "").startswith("web ")

    def test_into_a_container_without_it(self, engine, web, other):
        """`[::]:8080` is shown, so it is there: whoever says `localhost` may come by IPv6."""
        assert (call("::1", 8080) or "").startswith("web ")
        assert (call(other.here6, 8080, other.namespace) or "").startswith("web ")

    def test_handed_on_connections_are_looked_after(self, engine):
        """Clients that vanish without a word would else keep the port busy for ever."""
        web = engine.up(flags=["-p", "8080:80"])
        with network.Namespace.of(engine.pid(web)) as namespace, namespace.inside():
            server = socket.create_server(("0.0.0.0", 80))
        with server, socket.create_connection(("::1", 8080)), server.accept()[0]:
            told = subprocess.run(["ss", "-Htno", "( sport = :8080 or dport = :80 )"], capture_output=True, text=True)
        lines = told.stdout.splitlines()
        assert len(lines) == 2 and all("timer:(keepalive," in line for line in lines), told.stdout

    def test_nobody_from_an_internal_network(self, engine, made, inside, serve):
        """The monitor would hand on what the packet filter keeps from leaving such a network."""
        server = engine.up(flags=["-p", "8080:80", "-p", "8080:80/udp"])
        serve(server, 80, "web")
        made("closed", "--internal", "--ipv6", "--subnet", "10.66.7.0/24", "--subnet", "2001:db8:67::/64")
        caller = inside(engine.up(flags=["--network", "closed"]))
        bridge = engine.networks()["closed"]["bridge"]
        local = address_of_the_link(network.ip, bridge)
        [device] = caller.ip("link", "show", "dev", "eth0")
        link = f"{local}%{device['ifindex']}"
        # The host itself is to be reached there, once both ends' addresses are known to be nobody else's: before, a datagram
        # comes from another address of the caller's, and its answer from another one of the host's.
        serve(None, 8081, "host")
        wait.until(lambda: caller.call(link, 8081, timeout=1, datagrams=True), f"an answer from {link}")
        for address in ("2001:db8:67::1", link):
            for datagrams in (False, True):
                assert (caller.call(address, 8081, datagrams=datagrams) or "").startswith("host "), address
                assert caller.call(address, 8080, datagrams=datagrams, timeout=UNREACHED) is None, address
        assert (call("2001:db8:67::1", 8080) or "").startswith("web ")

    def test_nobody_who_hides_where_they_are(self, engine, made, inside):
        """Behind an address of the link, one that is made up, or a connection that is gone before it is looked at."""
        server = engine.up(flags=["-p", "8080:80", "-p", "8080:80/udp"])
        made("closed", "--internal", "--ipv6", "--subnet", "10.66.7.0/24", "--subnet", "2001:db8:67::/64")
        caller = inside(engine.up(flags=["--network", "closed"]))
        caller.ip("-6", "address", "add", "2001:db8:99::1/128", "dev", "eth0", "nodad")
        link = address_of_the_link(caller.ip, "eth0")
        [device] = caller.ip("link", "show", "dev", "eth0")
        there = ("2001:db8:67::1", 8080)
        with network.Namespace.of(engine.pid(server)) as namespace, namespace.inside():
            streams = socket.create_server(("0.0.0.0", 80))
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            datagrams.bind(("0.0.0.0", 80))
        with streams, datagrams, network.Namespace.of(caller.pid) as namespace:
            streams.settimeout(wait.PATIENCE)
            datagrams.settimeout(wait.PATIENCE)
            for own in ((link, 0, 0, device["ifindex"]), ("2001:db8:99::1", 0)):
                with namespace.inside(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asking:
                    asking.bind(own)
                    assert asking.sendto(b"from a closed one", there)
            with stopped(engine), namespace.inside():
                with socket.create_connection(there) as asking:
                    asking.sendall(b"from a closed one")
                    asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # What comes first is what was let through.
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asking, socket.create_connection(("::1", 8080)) as other:
                asking.sendto(b"from the host", ("::1", 8080))
                assert datagrams.recv(99) == b"from the host"
                other.sendall(b"from the host")
                with streams.accept()[0] as accepted:
                    assert accepted.recv(99) == b"from the host"


class TestDescriptors:
    """The monitor needs as many as it may have, whatever its starter has; what it starts gets as many as that."""

    @staticmethod
    @contextlib.contextmanager
    def limited(count):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)

    def test_many_ports(self, engine, inside):
        flags = ["-p", "20000-20199:20000-20199", "--health-cmd", "ulimit -Sn > /probe", "--health-interval", "1s"]
        with self.limited(256):
            identifier = engine.up("sh", "-c", "ulimit -Sn > /limit; exec sleep 1000", flags=flags)
        seen = inside(identifier)
        for path in ("/limit", "/probe"):
            wait.until(lambda: Path(f"/proc/{seen.pid}/root{path}").exists() and seen.read(path), path)  # noqa: B023
            assert seen.read(path) == "256\n", path
        [line] = [line for line in Path(f"/proc/{monitor(engine)}/limits").read_text().splitlines() if "files" in line]
        assert int(line.split()[3]) == int(line.split()[4]) > 256

    def test_hooks(self, engine, scratch, rootfs):
        shutil.copytree(rootfs, scratch / "rootfs", symlinks=True)
        made = config.template("/swiftainer-bundle", ["/bin/probe", "pause"])
        del made["linux"]["cgroupsPath"]
        told = scratch / "told"
        hook = {"path": "/bin/sh", "args": ["sh", "-c", f"ulimit -Sn > {told}"]}
        made["hooks"] = {"createRuntime": [hook]}
        (scratch / "config.json").write_text(json.dumps(made))
        with self.limited(256):
            engine("run", "-d", scratch).succeeded()
        assert told.read_text() == "256\n"


def monitors(engine):
    return [pid for pid, line in engine.processes() if line.startswith("swiftainer-monitor")]


def monitor(engine):
    [pid] = monitors(engine)
    return pid


@contextlib.contextmanager
def stopped(engine):
    """Monitors that look at nothing until this ends."""
    pids = monitors(engine)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
