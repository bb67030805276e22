"""Networks that people make: their addresses, who reaches whom in them, and their end."""

import re

from engine_fixtures import box, engine  # noqa: F401
from harness import network
from harness.network import UNREACHED, call
from network_fixtures import inside, made, other, serve  # noqa: F401


class TestAddresses:
    def test_of_a_subnet(self, engine, made, inside):
        made("mynet", "--subnet", "10.66.0.0/24", "--gateway", "10.66.0.254", "--ip-range", "10.66.0.128/25")
        first = inside(engine.up(flags=["--network", "mynet"]))
        assert first.addresses() == ["10.66.0.128/24"] and first.gateways() == [("10.66.0.254", "eth0")]
        flags = ["--network", "mynet", "--ip", "10.66.0.7", "--mac-address", "02-00-00-00-00-07"]
        second = inside(engine.up(flags=flags))
        assert second.addresses() == ["10.66.0.7/24"] and second.hardware_address() == "02:00:00:00:00:07"
        for wanted, text in [
            ("10.66.0.7", "address 10.66.0.7 on network mynet: Address already in use"),
            ("10.66.0.254", "address 10.66.0.254 on network mynet: Address already in use"),
            ("10.67.0.7", "invalid config for network mynet: no configured subnet contains IP address 10.67.0.7 "
             "(10.66.0.0/24)"),
        ]:
            result = engine("run", "-d", "--network", "mynet", "--ip", wanted, engine.box, "true")
            assert (result.code, result.stderr) == (125, f"swiftainer: {text}\n")
        assert len(engine.leases("mynet")) == 2

    def test_of_several_networks(self, engine, made, inside):
        """The words of the flags are the first one's, each may have its own, and the first leads out."""
        made("one", "--subnet", "10.66.1.0/24")
        made("two", "--subnet", "10.66.2.0/24")
        flags = ["--network", "name=one,alias=a,alias=b,ip=10.66.1.9,mac-address=02:00:00:00:00:09", "--network", "two"]
        identifier = engine.up(flags=flags)
        seen = inside(identifier)
        assert sorted(seen.devices()) == ["eth0", "eth1"]
        assert seen.addresses() == ["10.66.1.9/24"] and seen.addresses("eth1") == ["10.66.2.2/24"]
        assert seen.hardware_address() == "02:00:00:00:00:09"
        assert seen.gateways() == [("10.66.1.1", "eth0")]
        assert engine.leases("one")[0]["aliases"] == ["a", "b"] and not engine.leases("two")[0].get("aliases")
        lines = seen.read("/etc/hosts").splitlines()[6:]
        assert [line.split()[:2] for line in lines] == [["10.66.1.9", identifier[:12]], ["10.66.2.2", identifier[:12]]]

    def test_of_a_network_by_its_id(self, engine, made):
        """It is called by its name then, as if that had been said."""
        identifier = made("mynet", "--subnet", "10.66.0.0/24")
        engine.up(flags=["--name", "web", "--network", identifier])
        text = "{{range $name, $one := .NetworkSettings.Networks}}{{$name}} {{$one.IPAddress}} {{$one.NetworkID}}{{end}}"
        assert engine("inspect", "-f", text, "web").stdout == f"mynet 10.66.0.2 {identifier}\n"
        assert engine("ps", "--filter", "network=mynet", "--format", "{{.Names}}").stdout == "web\n"
        result = engine("run", "--network", "mynet", "--network", identifier[:12], engine.box, "true")
        assert (result.code, result.stderr) == (125, 'swiftainer: network "mynet" is specified multiple times\n')

    def test_of_ipv6(self, engine, made, inside, serve, other):
        made("six", "--ipv6", "--subnet", "10.66.6.0/24", "--subnet", "2001:db8:66::/64")
        one, two = (engine.up(flags=["--network", "six"]) for _ in range(2))
        assert inside(one).addresses() == ["10.66.6.2/24", "2001:db8:66::2/64"]
        assert inside(one).gateways(6) == [("2001:db8:66::1", "eth0")]
        serve(two, 80, "two")
        assert inside(one).call("2001:db8:66::3", 80) == "two 2001:db8:66::2"
        with serve(None, 80, "world", namespace=other.namespace):
            assert inside(one).call(other.address6, 80) == f"world {other.here6}"
        assert call("2001:db8:66::3", 80, other.namespace, UNREACHED) is None

    def test_of_none_said(self, engine, made):
        made("one", "--ipv6")
        made("two")
        networks = engine.networks()
        assert [networks[name]["subnets"][0]["subnet"] for name in ("one", "two")] == ["172.17.0.0/16", "172.18.0.0/16"]
        assert re.fullmatch(r"fd[0-9a-f:]+::/64", networks["one"]["subnets"][1]["subnet"])


class TestIsolation:
    def test_networks_keep_to_themselves(self, engine, made, inside, serve):
        """Neither a made network nor the usual one is reached from another, by TCP, UDP or an echo."""
        made("one", "--subnet", "10.66.1.0/24")
        made("two", "--subnet", "10.66.2.0/24")
        server, same, stranger, usual = (
            engine.up(flags=["--network", name]) for name in ("one", "one", "two", "bridge")
        )
        serve(server, 80, "one")
        assert inside(same).call("10.66.1.2", 80) == "one 10.66.1.3"
        assert inside(same).call("10.66.1.2", 80, datagrams=True) == "one 10.66.1.3"
        for identifier in (stranger, usual):
            assert inside(identifier).call("10.66.1.2", 80, timeout=UNREACHED) is None
            assert inside(identifier).call("10.66.1.2", 80, timeout=UNREACHED, datagrams=True) is None
        ping = ["ping", "-c", "1", "-W", "1"]
        assert engine("exec", same, *ping, "10.66.1.2").code == 0
        assert engine("exec", stranger, *ping, "10.66.1.2").code == 1
        # The host is everybody's.
        serve(None, 7778, "host")
        assert inside(stranger).call("10.66.1.1", 7778) == "host 10.66.2.2"

    def test_internal(self, engine, made, inside, serve, other):
        made("inner", "--internal", "--subnet", "10.66.3.0/24")
        made("outer", "--subnet", "10.66.4.0/24")
        one, two = (engine.up(flags=["--network", "inner"]) for _ in range(2))
        seen = inside(one)
        assert seen.gateways() == []
        serve(two, 80, "two")
        assert seen.call("10.66.3.3", 80) == "two 10.66.3.2"
        serve(None, 7778, "host")
        assert seen.call("10.66.3.1", 7778) == "host 10.66.3.2"
        assert call("10.66.3.3", 80) == "two 10.66.3.1"
        # Not even whoever gives itself a route gets out, and nobody who has one gets in.
        with serve(None, 80, "world", namespace=other.namespace):
            seen.ip("route", "add", "default", "via", "10.66.3.1")
            assert seen.call(other.address, 80, timeout=UNREACHED) is None
            seen.ip("route", "delete", "default")
        assert call("10.66.3.3", 80, other.namespace, UNREACHED) is None
        # With another network beside it, that one leads out.
        engine("network", "connect", "outer", one).succeeded()
        assert seen.gateways() == [("10.66.4.1", "eth1")]


class TestVerbs:
    """What they do to containers, devices and rules; `test_network_noun.py` has the rest of them."""

    def test_remove(self, engine, made):
        made("mynet", "--subnet", "10.66.0.0/24")
        engine.up(flags=["--network", "mynet", "--name", "web"])
        bridge = engine.networks()["mynet"]["bridge"]
        result = engine("network", "rm", "mynet")
        assert (result.code, result.stderr) == (
            1,
            "swiftainer: error while removing network: network mynet has active endpoints (web) "
            "(disconnect or stop them first)\n",
        )
        assert bridge in network.devices()
        engine("stop", "-t", "0", "web").succeeded()
        assert engine("network", "rm", "mynet").succeeded().stdout == "mynet\n"
        assert bridge not in network.devices() and bridge not in str(network.filter_elements())
        result = engine("start", "web")
        assert result.code == 1 and "network mynet not found" in result.stderr
        # Another of that name will do.
        made("mynet", "--subnet", "10.66.5.0/24")
        engine("start", "web").succeeded()
        assert engine.leases("mynet")[0]["ip4"] == "10.66.5.2"

    def test_prune(self, engine, made):
        for name in ("used", "free", "kept"):
            made(name, *(["--label", "keep"] if name == "kept" else []))
        engine.up(flags=["--network", "used"])
        result = engine("network", "prune", "-f", "--filter", "label!=keep").succeeded()
        assert result.stdout == "Deleted Networks:\nfree\n\n"
        assert sorted(engine.networks()) == ["kept", "used"]

    def test_options(self, engine, made, inside):
        made("mynet", "--opt", "com.docker.network.bridge.name=swt-own0", "--opt", "com.docker.network.driver.mtu=1400")
        seen = inside(engine.up(flags=["--network", "mynet"]))
        assert seen.ip("link", "show", "dev", "eth0")[0]["mtu"] == 1400
        assert network.ip("link", "show", "dev", "swt-own0")[0]["mtu"] == 1400
