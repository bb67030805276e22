"""What is killed, flushed, damaged or used up: networks are put right, and nothing is left."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import host, network, wait
from harness.network import call
from network_fixtures import inside, made, serve  # noqa: F401

PORT = ["-p", "8080:80", "-p", "5353:53/udp"]


def remains(engine):
    """What is there of containers on networks, be they alive or dead."""
    networks = engine.networks()
    left = [f"lease {lease['name']}" for name in networks for lease in engine.leases(name)]
    left += set(network.devices()) - {one["bridge"] for one in networks.values()}
    return left + [name for name in network.filter_elements() or {} if name.startswith("published")]


def is_clean(engine, wanted="nothing of dead containers"):
    """`system check` finds all there is, and finds nothing more after that."""
    engine("system", "check").succeeded()
    again = engine("system", "check").succeeded()
    assert again.stdout == "", str(again)
    try:
        wait.until(lambda: not remains(engine), wanted)
    except AssertionError as error:
        raise AssertionError(f"{error}; there is {remains(engine)}") from None


def monitors(engine):
    return [pid for pid, line in engine.processes() if line.startswith("swiftainer-monitor")]


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class TestKilled:
    @pytest.mark.parametrize("words", [["rm", "-f", "web"], ["start", "web"], ["system", "check"], ["next"]],
                             ids=["rm", "start", "check", "another"])
    def test_monitor_of_one_that_runs(self, engine, inside, serve, words):
        """The next command for it, or the next container that wants what it had, takes away what it left."""
        identifier = engine.up(flags=["--name", "web", *PORT])
        kill(monitors(engine))
        wait.for_death(engine.pid(identifier))
        assert engine.leases() and "published4" in network.filter_elements()
        if words == ["next"]:
            server = serve(engine.up(flags=["--name", "next", *PORT]), 80, "next")
            assert call("127.0.0.1", 8080) == "next 172.17.0.1"
            server.close()
            engine("rm", "-f", "next").succeeded()
        else:
            engine(*words).succeeded()
        if words == ["start", "web"]:
            assert inside(identifier).addresses() == ["172.17.0.2/16"]
            server = serve(identifier, 80, "web")
            assert call("127.0.0.1", 8080) == "web 172.17.0.1"
            server.close()
            engine("stop", "-t", "0", "web").succeeded()
        if words != ["next"]:
            wait.until(lambda: not remains(engine), f"nothing is left: {remains(engine)}")
        is_clean(engine)

    @pytest.mark.parametrize("victim", ["client", "monitor", "everything"])
    def test_while_one_starts(self, engine, made, victim):
        """At any instant of its start: what is left then can be taken away."""
        made("mynet", "--subnet", "10.66.0.0/24")
        words = ["run", "-d", "--name", "web", "--network", "mynet", *PORT, engine.box, "sleep", "1000"]
        begin = time.monotonic()
        engine(*words).succeeded()
        duration = time.monotonic() - begin
        engine("rm", "-f", "web").succeeded()
        instants = 6 if host.is_test_machine() else 14
        for instant in range(instants):
            started = engine.start(*words)
            time.sleep(duration * (instant + 1) / instants)  # not awaiting anything: any instant is the one to test
            if victim != "monitor":
                started.process.kill()
            if victim != "client":
                found = monitors(engine)
                kill(found if victim == "monitor" else found + [child for pid in found for child in wait.children(pid)])
            started.close() if victim != "monitor" else started.process.wait(wait.PATIENCE)
            engine("rm", "-f", "web")
            is_clean(engine, f"killed after {instant + 1}/{instants} of {duration:.3f} s")
        # And all of it works as ever.
        engine(*words).succeeded()
        assert engine.leases("mynet")[0]["ip4"] == "10.66.0.2"

    def test_while_one_ends(self, engine):
        for instant in range(8):
            engine.up(flags=["--name", "web", *PORT])
            stopping = engine.start("stop", "-t", "0", "web")
            time.sleep(instant * 0.004)  # any instant
            kill(monitors(engine))
            stopping.process.wait(wait.PATIENCE)
            engine("rm", "-f", "web").succeeded()
            is_clean(engine)

    def test_networks_cut_short(self, engine):
        """The making of a network that was killed has made all of it or nothing."""
        for instant in range(6):
            making = engine.start("network", "create", "--subnet", "10.66.0.0/24", "mynet")
            time.sleep(instant * 0.03)  # any instant
            making.close()
            engine("network", "rm", "-f", "mynet").succeeded()
            is_clean(engine)
            assert not list(engine.data.glob("networks/.*")) and network.devices() == []


class TestPutBack:
    @pytest.fixture
    def two(self, engine, made, serve):
        made("mynet", "--subnet", "10.66.0.0/24")
        serve(engine.up(flags=["--name", "web", "--network", "mynet", "-p", "8080:80"]), 80, "web")
        serve(engine.up(flags=["--name", "shop", "-p", "8081:80"]), 80, "shop")

    def check(self):
        assert call("127.0.0.1", 8080) == "web 10.66.0.1" and call("127.0.0.1", 8081) == "shop 172.17.0.1"

    def test_rules_by_reload(self, engine, two):
        before = network.filter_elements()
        network.nft("delete", "table", "inet", "swiftainer")
        assert call("127.0.0.1", 8080, timeout=1) is None
        engine("network", "reload").succeeded()
        assert key(network.filter_elements()) == key(before)
        self.check()

    def test_rules_by_the_next_container(self, engine, two):
        before = network.filter_elements()
        network.nft("delete", "table", "inet", "swiftainer")
        engine("run", "--rm", engine.box, "true").succeeded()
        assert key(network.filter_elements()) == key(before)
        self.check()

    def test_rules_by_check(self, engine, two):
        network.nft("delete", "table", "inet", "swiftainer")
        assert "packet filter" in engine("system", "check").succeeded().stdout
        assert engine("system", "check").succeeded().stdout == ""
        self.check()

    def test_by_reload_while_one_starts(self, engine, two, made, serve, scratch):
        """What is published while the rules are being read belongs in them too; and so does its network."""
        begun, goes_on = scratch / "begun", scratch / "goes-on"
        os.mkfifo(begun)
        os.mkfifo(goes_on)
        slow = scratch / "slow" / "nft"
        slow.parent.mkdir()
        slow.write_text(f'#!/bin/sh\necho > {begun}\nread line < {goes_on}\nexec {shutil.which("nft")} "$@"\n')
        slow.chmod(0o755)
        path = f"{slow.parent}:{os.environ['PATH']}"
        reloading = engine.start("network", "reload", environment={"PATH": path})
        begun.read_text()
        made("late", "--subnet", "10.66.5.0/24")
        serve(engine.up(flags=["--name", "late", "--network", "late", "-p", "8082:80"]), 80, "late")
        goes_on.write_text("go\n")
        assert reloading.exit_code() == 0
        assert call("127.0.0.1", 8082) == "late 10.66.5.1"
        bridge = engine.networks()["late"]["bridge"]
        elements = network.filter_elements()
        assert bridge in elements["bridges"] and bridge in elements["masquerade4"]
        self.check()

    @pytest.mark.parametrize("words, code", [(["network", "reload"], 0), (["system", "check"], 1)], ids=["reload", "check"])
    def test_what_the_kernel_refuses_is_told(self, engine, two, scratch, words, code):
        """Here the map of the published ports has room for one."""
        full = scratch / "full" / "nft"
        full.parent.mkdir()
        full.write_text(f"#!/bin/sh\nsed 's/map published4 {{/map published4 {{ size 1;/' | {shutil.which('nft')} \"$@\"\n")
        full.chmod(0o755)
        network.nft("delete", "table", "inet", "swiftainer")
        result = engine(*words, environment={"PATH": f"{full.parent}:{os.environ['PATH']}"})
        network.nft("delete", "table", "inet", "swiftainer")
        engine("network", "reload").succeeded()
        assert result.code == code and "inet swiftainer" in result.stderr, str(result)
        self.check()

    @pytest.mark.parametrize("what", ["same rules", "other rules"])
    def test_what_is_anothers_stays(self, engine, two, what):
        """Another data root's networks are in the same table."""
        theirs = [("bridges", "theirs0"), ("published4", "tcp . 9999 : 10.99.0.2 . 99")]
        if what == "other rules":
            network.nft("delete", "table", "inet", "swiftainer")
            network.nft("add", "table", "inet", "swiftainer")
            network.nft("add", "set", "inet", "swiftainer", "bridges { type ifname; }")
            kinds = "inet_proto . inet_service : ipv4_addr . inet_service"
            network.nft("add", "map", "inet", "swiftainer", f"published4 {{ type {kinds}; }}")
        for name, element in theirs:
            assert network.nft("add", "element", "inet", "swiftainer", f"{name} {{ {element} }}") is not None
        if what == "other rules":
            engine("run", "--rm", engine.box, "true").succeeded()
        else:
            engine("network", "reload").succeeded()
        found = str(network.filter_elements())
        assert "theirs0" in found and "10.99.0.2" in found
        self.check()
        network.forget_bridge("theirs0", network.filter_elements())
        network.nft("delete", "element", "inet", "swiftainer", "published4 { tcp . 9999 }")

    def test_a_bridge_that_stays_is_filtered(self, engine, made):
        """A network whose bridge cannot be removed is not taken out of the packet filter."""
        made("mynet", "--subnet", "10.66.0.0/24")
        engine("run", "--rm", "--network", "mynet", engine.box, "true").succeeded()
        bridge = engine.networks()["mynet"]["bridge"]
        before = network.filter_elements()
        network.ip("link", "delete", bridge)
        network.ip("link", "add", bridge, "type", "veth", "peer", "name", "swtpeer")
        result = engine("network", "rm", "mynet")
        assert result.code == 1 and "it is no bridge" in result.stderr, str(result)
        assert key(network.filter_elements()) == key(before)
        network.ip("link", "delete", bridge)
        engine("network", "rm", "mynet").succeeded()
        assert bridge not in str(network.filter_elements())

    def test_elements(self, engine, two):
        before = network.filter_elements()
        network.nft("flush", "map", "inet", "swiftainer", "published4")
        network.nft("flush", "set", "inet", "swiftainer", "bridges")
        assert call("127.0.0.1", 8080, timeout=1) is None
        engine("network", "reload").succeeded()
        assert key(network.filter_elements()) == key(before)
        self.check()

    def test_bridges(self, engine, two, inside):
        """Containers that ran lose their switch with it, and get it back; so do those that start."""
        bridges = {one["bridge"] for one in engine.networks().values()}
        for bridge in bridges:
            network.ip("link", "delete", bridge)
        assert call("127.0.0.1", 8080, timeout=1) is None
        engine("network", "reload").succeeded()
        assert bridges <= set(network.devices())
        later = engine.up(flags=["--name", "later", "--network", "mynet"])
        assert inside(later).addresses() == ["10.66.0.3/24"]
        assert inside(later).call("10.66.0.2", 80) == "web 10.66.0.3"
        self.check()

    def test_bridge_by_the_next_container(self, engine, two, inside, serve):
        network.ip("link", "delete", engine.networks()["bridge"]["bridge"])
        later = engine.up(flags=["--name", "later", "-p", "8082:80"])
        serve(later, 80, "later")
        assert call("127.0.0.1", 8082) == "later 172.17.0.1"
        engine("restart", "-t", "0", "shop").succeeded()
        assert inside(engine("inspect", "-f", "{{.Id}}", "shop").stdout.strip()).addresses() == ["172.17.0.2/16"]


def key(elements):
    return {name: sorted(json.dumps(one) for one in found) for name, found in elements.items()}


@pytest.mark.needs("ordinary-machine")
class TestDamage:
    @pytest.mark.parametrize("text", ["", "{", '{"version":1,"leases":[{"container":7}]}', '{"version":99,"leases":[]}'])
    def test_leases(self, engine, made, text):
        """One line that names the file; everybody else goes on; and without the file all is well."""
        made("mynet", "--subnet", "10.66.0.0/24")
        engine.up(flags=["--name", "web", "--network", "mynet"])
        file = engine.data / "networks/mynet/leases.json"
        kept = file.read_text()
        file.write_text(text)
        result = engine("run", "--rm", "--network", "mynet", engine.box, "true")
        assert result.code == 125 and str(file) in result.stderr and len(result.stderr.splitlines()) == 1, str(result)
        assert engine("ps", "-q").succeeded().stdout != ""
        engine("inspect", "web").succeeded()
        engine("run", "--rm", engine.box, "true").succeeded()
        assert str(file) in engine("system", "check").stdout
        if "container" in text:
            file.write_text(kept)
        else:
            engine("rm", "-f", "web").succeeded()
            file.unlink()
        engine("run", "--rm", "--network", "mynet", engine.box, "true").succeeded()

    def test_leases_of_whom_ports_lead_to(self, engine, made, serve):
        """Of whom nothing can be read nothing is taken away, and others are put back and started all the same."""
        made("mynet", "--subnet", "10.66.0.0/24")
        serve(engine.up(flags=["--name", "web", "--network", "mynet", "-p", "8080:80"]), 80, "web")
        file = engine.data / "networks/mynet/leases.json"
        kept = file.read_text()
        file.write_text("{")
        assert str(file) in engine("system", "check").stdout
        assert call("127.0.0.1", 8080) == "web 10.66.0.1"
        assert str(file) in engine("network", "reload").succeeded().stderr
        assert call("127.0.0.1", 8080) == "web 10.66.0.1"
        # As after a boot.
        network.nft("delete", "table", "inet", "swiftainer")
        serve(engine.up(flags=["--name", "shop", "-p", "8081:80"]), 80, "shop")
        assert call("127.0.0.1", 8081) == "shop 172.17.0.1"
        file.write_text(kept)
        engine("network", "reload").succeeded()
        assert call("127.0.0.1", 8080) == "web 10.66.0.1" and call("127.0.0.1", 8081) == "shop 172.17.0.1"

    def test_network(self, engine, made):
        made("mynet", "--subnet", "10.66.0.0/24")
        file = engine.data / "networks/mynet/network.json"
        kept = file.read_text()
        file.write_text(kept[:40])
        result = engine("run", "--rm", "--network", "mynet", engine.box, "true")
        assert result.code == 125 and str(file) in result.stderr and len(result.stderr.splitlines()) == 1, str(result)
        engine("run", "--rm", engine.box, "true").succeeded()
        listed = engine("network", "ls", "-f", "name=bridge", "-q").succeeded()
        assert listed.stdout and str(file) in listed.stderr
        file.write_text(kept)


class TestCheck:
    def test_while_one_starts(self, engine, made, serve):
        """A port that is published after the leases were read is nobody's leftover."""
        made("mynet", "--subnet", "10.66.0.0/24")
        made("other", "--subnet", "10.66.1.0/24")
        engine.up(flags=["--network", "mynet"])
        # Whoever reads these leases waits: those of the network before are read by then.
        slow = engine.data / "networks/other/leases.json"
        os.mkfifo(slow)
        checking = engine.start("system", "check")
        with slow.open("w") as file:
            serve(engine.up(flags=["--name", "web", "--network", "mynet", "-p", "8080:80"]), 80, "web")
            # Whoever reads them again does not wait.
            none = slow.with_name("none.json")
            none.write_text('{"version":1,"leases":[]}')
            none.rename(slow)
            file.write('{"version":1,"leases":[]}')
        assert checking.exit_code() == 0
        assert call("127.0.0.1", 8080) == "web 10.66.0.1"


class TestReboot:
    def test_all_is_found_again(self, engine, made, inside, serve):
        """Files are there, of a machine whose devices, rules and processes are not."""
        made("mynet", "--subnet", "10.66.0.0/24")
        engine.up(flags=["--network", "mynet", "--name", "first"])
        identifier = engine.up(flags=["--name", "web", "--network", "mynet", "--restart", "always", "-p", "8080:80"])
        kill(monitors(engine))
        wait.until(lambda: not list(engine.processes()), "the end of all")
        for one in engine.identifiers():
            for folder in host.cgroup_folders(f"/swiftainer/{one}"):
                wait.until(lambda: not (folder / "cgroup.procs").read_text(), f"{folder} is empty")  # noqa: B023
                folder.rmdir()
            file = engine.data / "containers" / one / "status.json"
            file.write_text(json.dumps({**json.loads(file.read_text()), "boot": "00000000-before"}))
        subprocess.run(["rm", "-rf", str(engine.state)], check=True)
        for one in engine.networks().values():
            network.ip("link", "delete", one["bridge"])
        network.nft("delete", "table", "inet", "swiftainer")
        assert len(engine.leases("mynet")) == 2
        assert engine("system", "boot").succeeded().stdout == "web\n"
        assert inside(identifier).addresses() == ["10.66.0.3/24"]
        serve(identifier, 80, "web")
        assert call("127.0.0.1", 8080) == "web 10.66.0.1"
        engine("system", "check").succeeded()
        assert [lease["name"] for lease in engine.leases("mynet")] == ["web"]
