"""Networks of a container that change while it runs, and what stays over its starts."""

import json
import os
import shutil
import socket

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import config, dns, network, wait
from harness.network import UNREACHED, call
from network_fixtures import inside, made, other, serve  # noqa: F401


def asked(engine, identifier, name):
    """The addresses that a container finds for a name."""
    result = engine("inspect", "-f", "{{.State.Pid}}", identifier).succeeded()
    return dns.addresses(int(result.stdout), name)


@pytest.fixture
def two(made):
    made("one", "--subnet", "10.66.1.0/24")
    made("two", "--subnet", "10.66.2.0/24")


@pytest.fixture
def bundle(scratch, rootfs):
    """A bundle that has no network namespace, and runs until it is stopped."""
    shutil.copytree(rootfs, scratch / "rootfs", symlinks=True)
    made = config.template("/swiftainer-bundle", ["/bin/probe", "pause"])
    del made["linux"]["cgroupsPath"]
    config.drop_namespace(made, "network")
    (scratch / "config.json").write_text(json.dumps(made))
    return scratch


class TestConnect:
    def test_while_it_runs(self, engine, two, inside, serve):
        identifier = engine.up(flags=["--name", "web", "--network", "one"])
        peer = engine.up(flags=["--name", "peer", "--network", "two"])
        serve(peer, 80, "peer")
        seen = inside(identifier)
        before = seen.inode("/etc/hosts"), seen.inode("/etc/resolv.conf")
        engine("network", "connect", "--alias", "www", "--ip", "10.66.2.7", "two", "web").succeeded()
        assert sorted(seen.devices()) == ["eth0", "eth1"] and seen.addresses("eth1") == ["10.66.2.7/24"]
        assert seen.gateways() == [("10.66.1.1", "eth0")]
        assert "10.66.2.7\t" in seen.read("/etc/hosts") and "10.66.1.2\t" in seen.read("/etc/hosts")
        assert (seen.inode("/etc/hosts"), seen.inode("/etc/resolv.conf")) == before
        assert seen.call("10.66.2.2", 80) == "peer 10.66.2.7"
        assert asked(engine, "web", "peer") == ["10.66.2.2"]
        assert asked(engine, "peer", "web") == asked(engine, "peer", "www") == ["10.66.2.7"]
        assert engine("inspect", "-f", "{{len .NetworkSettings.Networks}}", "web").stdout == "2\n"
        assert [event["action"] for event in engine.events("connect")] == ["connect"] * 3

    def test_disconnect_while_it_runs(self, engine, two, inside):
        identifier = engine.up(flags=["--name", "web", "--network", "one", "--network", "two"])
        seen = inside(identifier)
        before = seen.inode("/etc/hosts")
        engine("network", "disconnect", "one", "web").succeeded()
        assert seen.devices() == ["eth1"] and seen.gateways() == [("10.66.2.1", "eth1")]
        assert "10.66.1.2" not in seen.read("/etc/hosts") and "10.66.2.2\t" in seen.read("/etc/hosts")
        assert seen.inode("/etc/hosts") == before
        assert engine.leases("one") == [] and len(engine.leases("two")) == 1
        result = engine("network", "disconnect", "one", "web")
        assert result.code == 1 and "is not connected to network one" in result.stderr
        # The last one as well: then it is alone.
        engine("network", "disconnect", "two", "web").succeeded()
        assert seen.devices() == [] and engine.leases("two") == []
        engine("network", "connect", "one", "web").succeeded()
        assert seen.addresses() == ["10.66.1.2/24"] and seen.gateways() == [("10.66.1.1", "eth0")]
        assert seen.read("/etc/hosts").endswith(f"ip6-allrouters\n10.66.1.2\t{identifier[:12]}\n")

    def test_while_it_is_stopped(self, engine, two, inside):
        identifier = engine("create", "--name", "web", "--network", "one", engine.box, "sleep", "1000").stdout.strip()
        engine("network", "connect", "--ip", "10.66.2.9", "two", "web").succeeded()
        engine("network", "disconnect", "one", "web").succeeded()
        assert engine.leases("two") == []
        engine("start", "web").succeeded()
        seen = inside(identifier)
        assert seen.addresses() == ["10.66.2.9/24"] and seen.devices() == ["eth0"]
        # And what was changed while it ran is so at the next start.
        engine("network", "connect", "one", "web").succeeded()
        engine("restart", "-t", "0", "web").succeeded()
        assert sorted(inside(identifier).devices()) == ["eth0", "eth1"]

    def test_the_first_made_network_brings_names(self, engine, two, inside):
        """On the usual network there are none: they come, and go, with networks that people make."""
        identifier = engine.up(flags=["--name", "web"])
        engine.up(flags=["--name", "peer", "--network", "one"])
        seen = inside(identifier)
        before = seen.read("/etc/resolv.conf")
        assert "127.0.0.11" not in before and asked(engine, "web", "peer") == []
        engine("network", "connect", "one", "web").succeeded()
        assert "nameserver 127.0.0.11\n" in seen.read("/etc/resolv.conf")
        assert asked(engine, "web", "peer") == ["10.66.1.2"]
        engine("network", "disconnect", "one", "web").succeeded()
        assert seen.read("/etc/resolv.conf") == before

    def test_that_cannot_be(self, engine, two):
        engine.up(flags=["--name", "web", "--network", "one"])
        engine.up(flags=["--name", "lone", "--network", "none"])
        engine.up(flags=["--name", "guest", "--network", "container:web"])
        for words, text in [
            (["one", "web"], "already"),
            (["nothere", "web"], "network nothere not found"),
            (["two", "nobody"], "No such container: nobody"),
            (["two", "guest"], "container"),
            (["two", "lone"], "none"),
            (["--ip", "10.66.1.9", "two", "web"], "no configured subnet contains IP address 10.66.1.9"),
            (["host", "web"], "host"),
        ]:
            result = engine("network", "connect", *words)
            assert result.code == 1 and text in result.stderr and len(result.stderr.splitlines()) == 1, str(result)
        assert engine("inspect", "-f", "{{len .NetworkSettings.Networks}}", "web").stdout == "1\n"
        assert engine.leases("two") == []


class TestBundle:
    def test_in_the_hosts_network(self, engine, two, bundle, inside):
        """A device made in there would be the host's, and so would its routes."""
        identifier = engine("run", "-d", "--name", "web", bundle).succeeded().stdout.strip()
        result = engine("network", "connect", "one", "web")
        assert result.code == 1 and "sharing network namespace" in result.stderr, str(result)
        assert network.devices() == [] and engine.leases("one") == []
        # Where it does not run, it gets a network namespace instead.
        engine("stop", "-t", "0", "web").succeeded()
        engine("network", "connect", "one", "web").succeeded()
        engine("start", "web").succeeded()
        assert inside(identifier).addresses() == ["10.66.1.2/24"]

    def test_that_has_left_its_networks(self, engine, two, bundle, inside):
        """It is in none then, at its next start as well: not in the host's."""
        identifier = engine("run", "-d", "--name", "web", "--network", "one", bundle).succeeded().stdout.strip()
        engine("network", "disconnect", "one", "web").succeeded()
        engine("restart", "-t", "0", "web").succeeded()
        assert os.stat(f"/proc/{engine.pid(identifier)}/ns/net").st_ino != os.stat("/proc/thread-self/ns/net").st_ino
        assert inside(identifier).devices() == []
        engine("network", "connect", "two", "web").succeeded()
        assert inside(identifier).addresses() == ["10.66.2.2/24"]


class TestPorts:
    @pytest.mark.parametrize("datagrams", [False, True], ids=["tcp", "udp"])
    def test_lead_nowhere_without_a_network(self, engine, two, serve, datagrams):
        """And not to whoever has got the address meanwhile: by IPv6 neither, which is handed on by the monitor."""
        ports = ["-p", "8080:80", "-p", "8080:80/udp"]
        identifier = engine.up(flags=["--name", "web", "--network", "one", *ports])
        engine("network", "disconnect", "one", "web").succeeded()
        other = engine.up(flags=["--network", "one", "--ip", "10.66.1.2"])
        serve(other, 80, "other")
        for address in ("127.0.0.1", "::1"):
            assert call(address, 8080, timeout=UNREACHED, datagrams=datagrams) is None, address
            if not datagrams:
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection((address, 8080), wait.PATIENCE)
        # It is nobody else's meanwhile.
        taken = engine("run", "--rm", "-p", "[::1]:8080:80" + "/udp" * datagrams, engine.box, "true")
        assert taken.code == 125 and "port is already allocated" in taken.stderr, str(taken)
        engine("network", "connect", "two", "web").succeeded()
        serve(identifier, 80, "web")
        for address in ("127.0.0.1", "::1"):
            assert call(address, 8080, datagrams=datagrams) == "web 10.66.2.1", address

    def test_that_cannot_be_published(self, engine, two, inside):
        """Then the container is not connected at all, and another can have the address."""
        identifier = engine.up(flags=["--name", "web", "--network", "one", "-p", "8080:80"])
        engine("network", "disconnect", "one", "web").succeeded()
        assert network.nft("flush", "chain", "inet", "swiftainer", "published") is not None
        assert network.nft("delete", "map", "inet", "swiftainer", "published4") is not None
        result = engine("network", "connect", "two", "web")
        assert result.code == 1 and "nf_tables" in result.stderr, str(result)
        assert inside(identifier).devices() == [] and engine.leases("two") == []
        engine("network", "reload").succeeded()
        engine("network", "connect", "two", "web").succeeded()
        assert inside(identifier).addresses() == ["10.66.2.2/24"]

    def test_follow_to_the_next_network(self, engine, two, inside, serve):
        """Published ports lead into another network when theirs is gone."""
        identifier = engine.up(flags=["--name", "web", "--network", "one", "--network", "two", "-p", "8080:80"])
        serve(identifier, 80, "web")
        assert call("127.0.0.1", 8080) is not None
        engine("network", "disconnect", "one", "web").succeeded()
        assert call("127.0.0.1", 8080) == "web 10.66.2.1"
        assert engine("port", "web").stdout == "80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n"


class TestStarts:
    def test_restart_keeps_addresses_and_ports(self, engine, two, inside):
        engine.up(flags=["--network", "one"])
        identifier = engine.up(flags=["--name", "web", "--network", "one", "-p", "80"])
        ports = engine("port", "web").stdout
        before = inside(identifier).addresses()
        assert before == ["10.66.1.3/24"]
        engine("restart", "-t", "0", "web").succeeded()
        assert inside(identifier).addresses() == before
        assert engine("port", "web").stdout.split(":")[-1] != "" and ports.count("->") == 2

    def test_by_the_policy(self, engine, two, inside):
        identifier = engine.up("sh", "-c", "test -e /again || { touch /again; exit 1; }; sleep 1000",
                               flags=["--restart", "always", "--network", "one", "-p", "8080:80"])
        wait.until(lambda: engine("inspect", "-f", "{{.RestartCount}}", identifier).stdout == "1\n", "its restart")
        wait.until(lambda: engine.status(identifier)["state"] == "running", "it runs again")
        assert inside(identifier).addresses() == ["10.66.1.2/24"]
        assert "published4" in network.filter_elements()

    def test_stop_gives_back_and_start_prefers(self, engine, two, inside):
        identifier = engine.up(flags=["--name", "web", "--network", "one", "--ip", "10.66.1.7", "-p", "8080:80"])
        engine("stop", "-t", "0", "web").succeeded()
        assert engine.leases("one") == [] and "published4" not in network.filter_elements()
        engine("start", "web").succeeded()
        assert inside(identifier).addresses() == ["10.66.1.7/24"]
        # Whoever had another one gets that again, though a lower one is free.
        others = [engine.up(flags=["--network", "one"]) for _ in range(2)]
        engine("stop", "-t", "0", *others).succeeded()
        engine("start", others[1]).succeeded()
        assert inside(others[1]).addresses() == ["10.66.1.3/24"]

    def test_start_right_after_stop(self, engine, two):
        """The devices of before may go a moment later: nobody waits for that, and nobody stumbles over them."""
        engine.up(flags=["--name", "web", "--network", "one", "--network", "two"])
        for _ in range(8):
            engine("stop", "-t", "0", "web").succeeded()
            engine("start", "web").succeeded()

    def test_the_dead_do_not_answer_for_their_address(self, engine, two, inside):
        """Somebody keeps the network namespace of a container that has ended, whose address another one gets."""
        first = engine.up(flags=["--network", "one", "--ip", "10.66.1.7"])
        peer = engine.up(flags=["--network", "one"])
        [device] = [lease["device"] for lease in engine.leases("one") if lease["container"] == first]
        with network.Namespace.of(engine.pid(first)):
            engine("rm", "-f", first).succeeded()
            [link] = network.ip("-d", "link", "show", device)
            assert link["linkinfo"]["info_slave_data"]["state"] == "disabled"
            second = engine.up(flags=["--network", "one", "--ip", "10.66.1.7"])
            hardware = inside(second).hardware_address()
            for _ in range(5):
                assert inside(peer).ip("neighbour", "flush", "all") == []
                engine("exec", peer, "ping", "-c", "1", "-W", "5", "10.66.1.7").succeeded()
                [neighbour] = inside(peer).ip("neighbour", "show", "10.66.1.7")
                assert neighbour["lladdr"] == hardware
            network.remove_device(device)

    def test_rename_is_seen_by_names(self, engine, two):
        engine.up(flags=["--name", "web", "--network", "one"])
        engine.up(flags=["--name", "peer", "--network", "one"])
        engine("rename", "web", "shop").succeeded()
        assert asked(engine, "peer", "shop") == ["10.66.1.2"] and asked(engine, "peer", "web") == []

    def test_guests_share_names(self, engine, two, inside, serve):
        host = engine.up(flags=["--name", "web", "--network", "one"])
        engine.up(flags=["--name", "peer", "--network", "one"])
        guest = engine.up(flags=["--name", "guest", "--network", "container:web"])
        assert asked(engine, "guest", "peer") == ["10.66.1.3"]
        serve(guest, 80, "guest")
        assert inside(host).call("127.0.0.1", 80) == "guest 127.0.0.1"
        # What is connected later is the guest's as well.
        engine("network", "connect", "two", "web").succeeded()
        assert sorted(inside(guest).devices()) == ["eth0", "eth1"]
        assert "10.66.2.2" in inside(guest).read("/etc/hosts")
