"""Published ports: from where they are reached, from where not, and whom the server sees."""

from pathlib import Path

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import network
from harness.network import UNREACHED, call, fetch
from network_fixtures import inside, made, other, serve  # noqa: F401

GATEWAY = "172.17.0.1"


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
