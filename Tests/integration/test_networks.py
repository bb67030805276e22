"""What a container is connected to where nothing is said, and the words that say something else."""

import os
import socket
import subprocess

import pytest

from engine_fixtures import box, engine, nothing_is_left  # noqa: F401
from harness import network
from harness.network import UNREACHED, Namespace, call
from network_fixtures import inside, other, serve  # noqa: F401

GATEWAY = "172.17.0.1"


def name_servers(text):
    return [line.split()[1] for line in text.splitlines() if line.startswith("nameserver")]


class TestUsual:
    def test_what_a_container_has(self, engine, inside):
        identifier = engine.up()
        seen = inside(identifier)
        assert sorted(seen.devices()) == ["eth0"]
        assert "UP" in seen.ip("link", "show", "dev", "lo")[0]["flags"]
        assert seen.addresses() == ["172.17.0.2/16"]
        assert seen.gateways() == [(GATEWAY, "eth0")]
        assert seen.hardware_address() == "02:42:ac:11:00:02"
        assert seen.read("/etc/hosts").splitlines()[-1] == f"172.17.0.2\t{identifier[:12]}"
        assert seen.read("/etc/hostname") == identifier[:12] + "\n"
        assert "127.0.0.11" not in seen.read("/etc/resolv.conf")

    def test_without_its_own_name_server(self, engine, inside):
        seen = inside(engine.up(flags=["--dns", "192.0.2.53"]))
        assert name_servers(seen.read("/etc/resolv.conf")) == ["192.0.2.53"]
        with Namespace.of(seen.pid) as namespace, namespace.inside():
            with socket.socket() as asking, pytest.raises(ConnectionRefusedError):
                asking.connect(("127.0.0.11", 53))

    def test_the_host_and_other_containers(self, engine, inside, serve):
        server, client = engine.up(), inside(engine.up())
        serve(server, 7777, "container")
        assert client.call("172.17.0.2", 7777) == "container 172.17.0.3"
        assert call("172.17.0.2", 7777) == f"container {GATEWAY}"
        serve(None, 7778, "host")
        assert client.call(GATEWAY, 7778) == "host 172.17.0.3"
        assert client.call(GATEWAY, 7778, datagrams=True) == "host 172.17.0.3"

    def test_the_world_sees_the_host(self, engine, inside, serve, other):
        """What leaves the machine has an address of the machine's."""
        client = inside(engine.up())
        with serve(None, 80, "world", namespace=other.namespace):
            assert client.call(other.address, 80) == f"world {other.here}"
            assert client.call(other.address, 80, datagrams=True) == f"world {other.here}"
        # And nobody there can come in who was not called.
        serve(engine.identifiers()[0], 80)
        assert call("172.17.0.2", 80) is not None
        assert call("172.17.0.2", 80, other.namespace, UNREACHED) is None

    def test_addresses_that_the_host_reaches_otherwise(self, engine, inside, other):
        """A VPN's subnet is not taken from it."""
        network.ip("address", "add", "172.17.9.1/24", "dev", other.device)
        assert inside(engine.up()).addresses() == ["172.18.0.2/16"]

    def test_it_stays_where_it_is(self, engine, inside):
        """The bridge and its address outlive containers: who has them in a configuration finds them again."""
        engine("run", "--rm", engine.box, "true").succeeded()
        # The containers' own go with their namespaces, a moment later.
        [bridge] = [name for name in network.devices() if not name.startswith("veth")]
        assert bridge == engine.networks()["bridge"]["bridge"] and engine.leases() == []
        before = network.ip("link", "show", "dev", bridge)[0]
        engine("run", "--rm", engine.box, "true").succeeded()
        after = network.ip("link", "show", "dev", bridge)[0]
        assert (before["ifindex"], before["address"]) == (after["ifindex"], after["address"])

    def test_rights_are_untouched(self, engine):
        """A payload changes nothing of its network without the right to, and the sysctls are the kernel's."""
        names = ["ip_forward", "ip_unprivileged_port_start", "conf/all/rp_filter", "conf/all/route_localnet"]
        files = " ".join(f"/proc/sys/net/ipv4/{name}" for name in names)
        usual = engine("run", "--rm", "--network", "none", engine.box, "cat", *files.split()).stdout.splitlines()
        result = engine("run", "--rm", engine.box, "sh", "-c", f"cat {files}; ip link set eth0 down; ip route del "
                        "default; echo 1 > /proc/sys/net/ipv4/ip_forward; ip route; grep CapEff /proc/self/status")
        *sysctls, route, _, rights = result.stdout.splitlines()
        assert sysctls == usual and len(usual) == len(names)
        assert route == f"default via {GATEWAY} dev eth0 "
        assert int(rights.split()[1], 16) == 0xA80425FB
        assert result.stderr.count("Operation not permitted") == 2 and "Read-only file system" in result.stderr


class TestOtherWords:
    def test_none(self, engine, inside):
        seen = inside(engine.up(flags=["--network", "none"]))
        assert seen.devices() == [] and engine.networks() == {}
        assert seen.addresses("lo") == ["127.0.0.1/8", "::1/128"]

    def test_host(self, engine):
        pid = engine.pid(engine.up(flags=["--net=host"]))
        assert os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/thread-self/ns/net")
        assert engine.networks() == {}

    def test_of_another_container(self, engine, inside):
        one = engine.up(flags=["--name", "one", "-h", "first"])
        two = engine.up(flags=["--network", "container:one"])
        assert os.readlink(f"/proc/{engine.pid(one)}/ns/net") == os.readlink(f"/proc/{engine.pid(two)}/ns/net")
        for file in ("/etc/hosts", "/etc/resolv.conf", "/etc/hostname"):
            assert inside(two).read(file) == inside(one).read(file)
            assert inside(two).inode(file) == inside(one).inode(file)
        result = engine("run", "--network", "container:one", "-p", "80:80", engine.box, "true")
        assert (result.code, result.stderr) == (
            125,
            "swiftainer: conflicting options: port publishing and the container type network mode\n",
        )

    @pytest.mark.parametrize("mode", ["none", "host"])
    def test_published_ports_of_nobody(self, engine, mode):
        result = engine("run", "--rm", "--network", mode, "-p", "80:80", engine.box, "true").succeeded()
        assert result.stderr == (
            f"swiftainer: warning: Published ports are discarded when using {mode} network mode\n"
        )

    @pytest.mark.parametrize(
        "flags, text",
        [
            (["--network", "nothere"], "network nothere not found"),
            (["--network", "container:nobody"], "No such container: nobody"),
            (["--network", "host", "--network", "bridge"], "conflicting options: cannot attach both user-defined and "
             "non-user-defined network-modes (host)"),
            (["--ip", "172.17.0.9"], "user specified IP address is supported on user defined networks only"),
            (["--ip", "not"], "--ip not: not an IPv4 address"),
            (["--mac-address", "01:02"], "--mac-address 01:02: not a device's address"),
            (["--dns", "example.org"], "--dns example.org: not an IP address"),
            (["--network", "none", "--add-host", "x:host-gateway"], "--add-host x:host-gateway: this network does not "
             "lead to the host (give an address)"),
        ],
    )
    def test_that_cannot_be(self, engine, flags, text):
        result = engine("run", "-d", "--name", "web", *flags, engine.box, "true")
        assert (result.code, result.stderr) == (125, f"swiftainer: {text}\n")
        assert engine.identifiers() == []


class TestFiles:
    def test_said_servers(self, engine, inside):
        flags = ["--dns", "192.0.2.1", "--dns", "192.0.2.2", "--dns-search", "a.example", "--dns-search", "b.example",
                 "--dns-option", "ndots:3", "--dns-opt", "timeout:1"]
        assert inside(engine.up(flags=flags)).read("/etc/resolv.conf") == (
            "nameserver 192.0.2.1\nnameserver 192.0.2.2\nsearch a.example b.example\noptions ndots:3 timeout:1\n"
        )

    def test_said_hosts(self, engine, inside):
        flags = ["--add-host", "one:192.0.2.7", "--add-host", "dock=host-gateway", "--add-host", "six:2001:db8::7"]
        lines = inside(engine.up(flags=flags)).read("/etc/hosts").splitlines()
        assert ["192.0.2.7\tone", f"{GATEWAY}\tdock", "2001:db8::7\tsix"] == lines[6:9]

    def test_a_name_server_on_the_host_s_loopback(self, engine):
        """127.0.0.53 seen from inside would be the container itself: it gets the servers behind it."""
        files = {"stub": "nameserver 127.0.0.53\noptions edns0\nsearch lan\n",
                 "resolve/resolv.conf": "nameserver 192.0.2.53\n"}
        for name, text in files.items():
            (engine.folder / name).parent.mkdir(exist_ok=True)
            (engine.folder / name).write_text(text)
        script = (
            f"mount --bind {engine.folder}/stub /etc/resolv.conf && mount -t tmpfs none /run && mkdir /run/systemd && "
            f"ln -s {engine.folder}/resolve /run/systemd/resolve && "
            + engine.shell("run", "--rm", engine.box, "cat", "/etc/resolv.conf")
        )
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, timeout=30)
        assert done.stdout == "nameserver 192.0.2.53\nsearch lan\noptions edns0\n", done.stderr


def test_what_is_switched_on_is_told(engine):
    """Forwarding is the whole machine's: whoever has it switched on is told, once."""
    with Namespace.new(forwards=False) as machine, machine.inside():
        first = engine("run", "--rm", engine.box, "true").succeeded()
        assert first.stderr == (
            "swiftainer: warning: net.ipv4.ip_forward=1 is set now, for the whole machine: networks of containers "
            "need it\n"
        )
        assert engine("run", "--rm", engine.box, "true").succeeded().stderr == ""
        assert open("/proc/sys/net/ipv4/ip_forward").read() == "1\n"
        nothing_is_left(engine)
