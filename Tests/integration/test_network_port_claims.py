"""Which ports a container gets, who else wants them, and when they are free again."""

import os
import re
import signal
import socket
import subprocess

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import network, wait
from harness.network import call
from network_fixtures import inside, made, other, serve  # noqa: F401


def ports(engine, word):
    """What is published: the container's port, and where."""
    return [tuple(line.split(" -> ")) for line in engine("port", word).succeeded().stdout.splitlines()]


def refused(result, address, text="port is already allocated"):
    assert (result.code, result.stderr) == (125, f"swiftainer: Bind for {address} failed: {text}\n"), str(result)


class TestClashes:
    @pytest.mark.parametrize("suffix", ["", "/udp"], ids=["tcp", "udp"])
    def test_with_a_container(self, engine, suffix):
        first = engine.up(flags=["-p", f"8080:80{suffix}"])
        for flag in ("8080:81", "127.0.0.1:8080:80"):
            result = engine("run", "--rm", "-p", flag + suffix, engine.box, "true")
            address = flag.rpartition(":")[0]
            refused(result, address if "." in address else f"0.0.0.0:{address}")
        assert len(engine.identifiers()) == len(engine.leases()) == 1
        # What was to stay is there, and starts when the port is free. The other transport is another port.
        refused(engine("run", "-d", "--name", "late", "-p", f"8080:80{suffix}", engine.box, "true"), "0.0.0.0:8080")
        assert engine("ps", "-a", "--filter", "name=late", "--format", "{{.Status}}").stdout == "Created\n"
        engine.up(flags=["-p", "8080:80" + ("" if suffix else "/udp")])
        engine("rm", "-f", first).succeeded()
        engine("start", "late").succeeded()

    @pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "::", "::1"])
    @pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
    def test_with_a_program_of_the_host(self, engine, address, kind):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, kind) as taken:
            if family == socket.AF_INET6:
                taken.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if kind == socket.SOCK_STREAM:
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind((address, 8080))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            suffix = "/udp" if kind == socket.SOCK_DGRAM else ""
            result = engine("run", "--rm", "-p", f"8080:80{suffix}", engine.box, "true")
            refused(result, "[::]:8080" if ":" in address else "0.0.0.0:8080")
            assert engine.identifiers() == [] and engine.leases() == []
            assert not {"published4", "published6"} & set(network.filter_elements() or {})
        engine("run", "--rm", "-p", f"8080:80{suffix}", engine.box, "true").succeeded()

    def test_a_program_finds_it_taken(self, engine):
        engine.up(flags=["-p", "8080:80", "-p", "5353:53/udp"])
        for kind, port in ((socket.SOCK_STREAM, 8080), (socket.SOCK_DGRAM, 5353)):
            with socket.socket(socket.AF_INET, kind) as late, pytest.raises(OSError, match="in use"):
                late.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                late.bind(("0.0.0.0", port))
                late.listen()

    def test_within_one_container(self, engine):
        result = engine("run", "--rm", "-p", "8080:80", "-p", "8080:81", engine.box, "true")
        refused(result, "0.0.0.0:8080")

    def test_an_address_that_is_not_here(self, engine):
        result = engine("run", "--rm", "-p", "192.0.2.99:8080:80", engine.box, "true")
        assert result.code == 125 and result.stderr.lower().startswith("swiftainer: bind for 192.0.2.99:8080 failed: "
                                                                       "cannot assign requested address")

    @pytest.mark.needs("ordinary-machine")
    def test_sixty_four_for_thirty_two(self, engine):
        """Each port is had by one; whoever is late is told so and leaves nothing."""
        wanted = [9000 + number // 2 for number in range(64)]
        started = []
        ends = []
        for port in wanted:
            command = [str(engine.program), "run", "-d", "-p", f"{port}:80", str(engine.box), "sleep", "1000"]
            started.append(subprocess.Popen(command, env=engine.environment, stdin=subprocess.DEVNULL, text=True,
                                            stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        for process in started:
            out, error = process.communicate(timeout=300)
            ends.append((process.returncode, out, error))
        winners = [index for index, end in enumerate(ends) if end[0] == 0]
        assert sorted(wanted[index] for index in winners) == list(range(9000, 9032)), ends
        for index, (code, out, error) in enumerate(ends):
            if index not in winners:
                assert (code, error) == (
                    125, f"swiftainer: Bind for 0.0.0.0:{wanted[index]} failed: port is already allocated\n"
                )
        leases = engine.leases()
        assert len({lease["ip4"] for lease in leases}) == len(leases) == 32
        assert len(network.filter_elements()["published4"]) == 32
        # One at a time would take a while; at the end of the test none of it may be left.
        engine("rm", "-f", *engine.identifiers(), timeout=300).succeeded()
        assert not {"published4", "published6"} & set(network.filter_elements())


@pytest.mark.needs("ordinary-machine")
class TestChoice:
    def test_of_zero(self, engine):
        """As where none is said."""
        engine.up(flags=["--name", "web", "-p", "0:80", "-p", "127.0.0.1:0:81"])
        ports = engine("port", "web").succeeded().stdout.splitlines()
        assert len(ports) == 3 and not any(line.endswith(":0") for line in ports), ports

    def test_a_free_one(self, engine, serve):
        identifier = engine.up(flags=["--name", "web", "-p", "80", "-p", "127.0.0.1::81"])
        (four, where), (six, other_where), (_, alone) = ports(engine, "web")
        assert {four, six} == {"80/tcp"}
        numbers = {int(one.rpartition(":")[2]) for one in (where, other_where)}
        assert len(numbers) == 1 and numbers.pop() > 1023 and alone.startswith("127.0.0.1:")
        serve(identifier, 80, "web")
        assert call("127.0.0.1", int(where.rpartition(":")[2])) == "web 172.17.0.1"

    def test_all_that_are_exposed(self, engine):
        engine.up(flags=["--name", "web", "-P", "--expose", "80", "--expose", "7000-7002/udp", "-p", "8443:443"])
        found = ports(engine, "web")
        assert {inner for inner, _ in found} == {"80/tcp", "443/tcp", "7000/udp", "7001/udp", "7002/udp"}
        assert ("443/tcp", "0.0.0.0:8443") in found
        assert len({where.rpartition(":")[2] for _, where in found}) == 5

    def test_exposed_alone_is_not_published(self, engine):
        engine.up(flags=["--name", "web", "--expose", "80"])
        assert ports(engine, "web") == [] and "published4" not in network.filter_elements()

    def test_ranges(self, engine, serve):
        """One by one where both sides have as many; the first free one where the container has one."""
        identifier = engine.up(flags=["--name", "web", "-p", "8000-8002:80-82"])
        found = ports(engine, "web")
        assert [pair for pair in found if "0.0.0.0" in pair[1]] == [
            ("80/tcp", "0.0.0.0:8000"), ("81/tcp", "0.0.0.0:8001"), ("82/tcp", "0.0.0.0:8002")
        ]
        serve(identifier, 82, "third")
        assert call("127.0.0.1", 8002) == "third 172.17.0.1"
        engine.up(flags=["--name", "next", "-p", "8002-8004:80"])
        assert ports(engine, "next")[0] == ("80/tcp", "0.0.0.0:8003")
        engine.up(flags=["--name", "last", "-p", "8002-8004:80"])
        result = engine("run", "--rm", "-p", "8002-8004:80", engine.box, "true")
        refused(result, "0.0.0.0:8002-8004", "all ports are already allocated")

    @pytest.mark.parametrize(
        "flag", ["80:", "80:0", "65536:80", "80:80/icmp", "8000-8001:80-82", "300.0.0.1:80:80", "82-80:80", "x:80", ""]
    )
    def test_that_is_none(self, engine, flag):
        result = engine("run", "--rm", "-p", flag, engine.box, "true")
        assert result.code == 125 and flag in result.stderr and len(result.stderr.splitlines()) == 1, str(result)

    def test_sctp(self, engine):
        """Where the kernel has none this is said; nothing pretends."""
        result = engine("run", "--rm", "-p", "8080:80/sctp", engine.box, "true")
        try:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
        except OSError:
            assert (result.code, result.stderr) == (
                125, "swiftainer: publish a port of sctp: the host's kernel has none\n"
            )
        else:
            result.succeeded()


class TestEnds:
    """A port is free at once when nobody has it any more."""

    @pytest.mark.parametrize("end", ["stop", "rm", "payload", "monitor"])
    def test_free_at_once(self, engine, serve, end):
        flags = ["--name", "web", "-p", "8080:80", "-p", "8080:80/udp"]
        identifier = engine.up(flags=flags)
        server = serve(identifier, 80, "web")
        # Connections that were made keep nobody from the port.
        for address in ("127.0.0.1", "127.0.0.1", "::1"):
            assert (call(address, 8080) or "").startswith("web ")
        server.close()
        if end == "stop":
            engine("stop", "-t", "0", "web").succeeded()
        elif end == "rm":
            engine("rm", "-f", "web").succeeded()
        elif end == "payload":
            os.kill(engine.pid(identifier), signal.SIGKILL)
            engine("wait", "web")
        else:
            [monitor] = [pid for pid, line in engine.processes() if line.startswith("swiftainer-monitor")]
            os.kill(monitor, signal.SIGKILL)
            wait.for_death(monitor)
        flags[1] = "next"
        again = engine.up(flags=flags)
        serve(again, 80, "next")
        # The port is, at once; the namespace of before may answer for the address until the kernel has cleared it away.
        for datagrams in (False, True):
            answer = lambda: call("127.0.0.1", 8080, timeout=1, datagrams=datagrams)  # noqa: B023, E731
            wait.until(lambda: answer() == "next 172.17.0.1", "the next one answers")

    def test_it_stays_over_restarts(self, engine):
        """Nobody else gets a port of a container that is about to start again."""
        engine.up("sh", "-c", "sleep 0.1; exit 1", flags=["--name", "web", "--restart", "always", "-p", "8080:80"])
        restarts = lambda: int(engine("inspect", "-f", "{{.RestartCount}}", "web").stdout)  # noqa: E731
        wait.until(lambda: restarts() > 0, "a restart")
        for _ in range(3):
            refused(engine("run", "--rm", "-p", "8080:80", engine.box, "true"), "0.0.0.0:8080")

    def test_of_one_that_is_stopped(self, engine):
        """Whoever starts again and finds it taken is told so, and starts when it is free."""
        engine.up(flags=["--name", "web", "-p", "8080:80"])
        engine("stop", "-t", "0", "web").succeeded()
        engine.up(flags=["--name", "next", "-p", "8080:80"])
        result = engine("start", "web")
        assert result.code == 1 and "Bind for 0.0.0.0:8080 failed: port is already allocated" in result.stderr
        assert re.search(r"already allocated", engine("inspect", "-f", "{{.State.Error}}", "web").stdout)
        engine("rm", "-f", "next").succeeded()
        engine("start", "web").succeeded()
