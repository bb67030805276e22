"""Networks of a container that change while it runs, and what stays over its starts."""

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import dns, network, wait
from harness.network import call
from network_fixtures import inside, made, other, serve  # noqa: F401


def asked(engine, identifier, name):
    """The addresses that a container finds for a name."""
    result = engine("inspect", "-f", "{{.State.Pid}}", identifier).succeeded()
    return dns.addresses(int(result.stdout), name)


@pytest.fixture
def two(made):
    made("one", "--subnet", "10.66.1.0/24")
    made("two", "--subnet", "10.66.2.0/24")


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


class TestPorts:
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
