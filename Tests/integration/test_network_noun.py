"""`network create`, `ls`, `inspect`, `rm` and `prune`: what is kept of networks, without a container in any."""

import fcntl
import ipaddress
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from harness import wait
from engine_fixtures import box, engine  # noqa: F401

pytestmark = pytest.mark.needs("ordinary-machine")

# No machine has a route there by itself.
SUBNET = "10.213.7.0/24"
KEYS = [
    "Name", "Id", "Created", "Scope", "Driver", "EnableIPv4", "EnableIPv6", "IPAM", "Internal", "Attachable",
    "Ingress", "ConfigFrom", "ConfigOnly", "Containers", "Options", "Labels",
]


def folder(engine):
    return engine.data / "networks"


def networks(engine):
    return sorted(os.listdir(folder(engine))) if folder(engine).exists() else []


def good(result):
    assert result.code == 0, str(result)
    return result.stdout


def bad(result, text, code=1):
    assert result.code == code, str(result)
    assert text in result.stderr, str(result)
    assert result.stderr.count("\n") == 1 or code == 125, str(result)


def make(engine, *words):
    return good(engine("network", "create", *words)).strip()


def inspect(engine, word):
    [told] = json.loads(good(engine("network", "inspect", word)))
    return told


class TestCreate:
    def test_plain(self, engine):
        identifier = make(engine, "front")
        assert len(identifier) == 64 and set(identifier) <= set("0123456789abcdef")
        told = inspect(engine, "front")
        assert list(told) == KEYS
        assert told["Id"] == identifier and told["Driver"] == "bridge" and told["Scope"] == "local"
        [pool] = told["IPAM"]["Config"]
        assert list(told["IPAM"]) == ["Driver", "Options", "Config"] and told["IPAM"]["Driver"] == "default"
        assert list(pool) == ["Subnet", "Gateway"]
        assert ipaddress.ip_address(pool["Gateway"]) == ipaddress.ip_network(pool["Subnet"])[1]
        assert told["Containers"] == told["Options"] == told["Labels"] == told["IPAM"]["Options"] == {}
        assert not told["EnableIPv6"] and not told["Internal"]

    def test_everything(self, engine):
        words = ["--subnet", SUBNET, "--gateway", "10.213.7.9", "--ip-range", "10.213.7.128/25", "--internal"]
        words += ["--ipv6", "--subnet", "fd12:3456::/64", "--label", "a=b", "--label", "c", "-d", "bridge"]
        words += ["-o", "com.docker.network.driver.mtu=1400", "--opt", "com.docker.network.bridge.name=swtest0"]
        make(engine, *words, "full")
        told = inspect(engine, "full")
        assert told["IPAM"]["Config"] == [
            {"Subnet": SUBNET, "IPRange": "10.213.7.128/25", "Gateway": "10.213.7.9"},
            {"Subnet": "fd12:3456::/64", "Gateway": "fd12:3456::1"},
        ]
        assert told["Internal"] and told["EnableIPv6"] and told["Labels"] == {"a": "b", "c": ""}
        assert told["Options"] == {
            "com.docker.network.bridge.name": "swtest0", "com.docker.network.driver.mtu": "1400",
        }
        kept = json.loads((folder(engine) / "full/network.json").read_text())
        assert kept["bridge"] == "swtest0" and kept["version"] == 1
        assert (folder(engine) / "full/network.json").stat().st_mode & 0o077 == 0

    def test_subnets_are_nobody_elses(self, engine):
        for name in ["a", "b", "c"]:
            make(engine, "--ipv6", name)
        pools = [ipaddress.ip_network(pool["Subnet"]) for name in "abc" for pool in inspect(engine, name)["IPAM"]["Config"]]
        assert len(pools) == 6
        assert not any(one.overlaps(other) for one in pools for other in pools if one is not other and one.version == other.version)
        routes = subprocess.run(["ip", "-4", "-j", "route"], capture_output=True, text=True, check=True).stdout
        hosts = [ipaddress.ip_network(route["dst"]) for route in json.loads(routes) if route["dst"] != "default"]
        assert not any(host.overlaps(pool) for host in hosts for pool in pools if pool.version == 4)

    def test_a_route_of_the_hosts_is_in_the_way(self, engine):
        # A namespace of its own: with one route, and without the host's.
        script = "ip link set lo up && ip route add 10.213.0.0/16 dev lo && " + engine.shell("network create")
        command = ["unshare", "-n", "sh", "-c"]
        def run(words):
            return subprocess.run([*command, script + " " + words], capture_output=True, text=True)
        refused = run(f"--subnet {SUBNET} a")
        assert refused.returncode == 1 and "the host has a route to 10.213.0.0/16 already" in refused.stderr
        assert run("--subnet 10.214.0.0/24 a").returncode == 0
        assert networks(engine) == ["a"]

    @pytest.mark.parametrize("name", ["bridge", "host", "none", "default"])
    def test_names_that_are_there_on_every_machine(self, engine, name):
        bad(engine("network", "create", name), f"operation is not permitted on predefined {name} network")
        assert networks(engine) == []

    @pytest.mark.parametrize("name", ["../x", "a/b", ".x", "", "a b", "container:x", "ä"])
    def test_names_are_checked(self, engine, name):
        bad(engine("network", "create", name), "invalid network name")
        assert not (engine.data / "x").exists() and networks(engine) == []

    def test_again(self, engine):
        make(engine, "one")
        bad(engine("network", "create", "one"), "network with name one already exists")
        bad(engine("network", "create", "--subnet", SUBNET, "one"), "network with name one already exists")

    def test_overlap(self, engine):
        make(engine, "--subnet", SUBNET, "one")
        for subnet in [SUBNET, "10.213.7.128/25", "10.213.0.0/16"]:
            bad(engine("network", "create", "--subnet", subnet, "two"), "Pool overlaps with other one on this address space")
        assert networks(engine) == ["one"]

    @pytest.mark.parametrize(
        "words, text",
        [
            (["--subnet", "10.213.7.1/24"], "--subnet 10.213.7.1/24: it should be 10.213.7.0/24"),
            (["--subnet", "10.213.7.0"], "--subnet 10.213.7.0: not ADDRESS/BITS"),
            (["--subnet", "10.213.7.0/31"], "too small"),
            (["--subnet", "127.0.0.0/8"], "--subnet 127.0.0.0/8"),
            (["--subnet", "fd12::/64"], "give --ipv6 as well"),
            (["--subnet", SUBNET, "--subnet", "10.213.8.0/24"], "bridge driver doesn't support multiple subnets"),
            (["--subnet", SUBNET, "--gateway", "10.213.8.1"], "no matching subnet for gateway 10.213.8.1"),
            (["--subnet", SUBNET, "--gateway", "10.213.7.255"], "--gateway 10.213.7.255"),
            (["--subnet", SUBNET, "--ip-range", "10.213.8.0/25"], "no matching subnet for range 10.213.8.0/25"),
            (["--gateway", "10.213.7.1"], "every ip-range or gateway must have a corresponding subnet"),
            (["-d", "macvlan"], 'no driver "macvlan"'),
            (["-o", "parent=eth0"], "--opt parent: unknown option"),
            (["-o", "com.docker.network.driver.mtu=x"], "--opt com.docker.network.driver.mtu=x: not a number of bytes"),
            (["-o", "com.docker.network.bridge.name=lo"], "there is a device of that name already"),
            (["-o", "com.docker.network.bridge.name=far-too-long-a-name"], "no name of a device"),
            (["--attachable"], "--attachable: not supported"),
            (["--ingress"], "--ingress: not supported"),
            (["--scope", "swarm"], "--scope: not supported"),
            (["--config-only"], "--config-only: not supported"),
            (["--config-from", "x"], "--config-from: not supported"),
            (["--ipam-driver", "dhcp"], "--ipam-driver: not supported"),
            (["--aux-address", "a=10.0.0.1"], "--aux-address: not supported"),
            (["--label", "=x"], "=x"),
        ],
    )
    def test_refused(self, engine, words, text):
        bad(engine("network", "create", *words, "net"), text)
        assert networks(engine) == []

    @pytest.mark.parametrize("words", [["create", "--color", "x"], ["create"], ["rm"], ["inspect"], ["ls", "--color"], ["create", "a", "b"]])
    def test_words_of_no_meaning(self, engine, words):
        result = engine("network", *words)
        assert result.code == 125 and f"see 'swiftainer network {words[0]} --help'" in result.stderr, str(result)
        assert networks(engine) == []

    def test_many_at_once(self, engine):
        running = [engine.start("network", "create", "one") for _ in range(32)]
        codes = [one.exit_code() for one in running]
        assert sorted(codes) == [0] + [1] * 31
        assert networks(engine) == ["one"]
        texts = [one.process.stderr.read().decode() for one, code in zip(running, codes) if code]
        assert set(texts) == {"swiftainer: network with name one already exists\n"}

    def test_many_names_at_once(self, engine):
        running = [engine.start("network", "create", f"n{number}") for number in range(12)]
        assert [one.exit_code() for one in running] == [0] * 12
        pools = [inspect(engine, f"n{number}")["IPAM"]["Config"][0]["Subnet"] for number in range(12)]
        assert len(set(pools)) == 12


def open_files(pid):
    """What a process has open; what is closed meanwhile counts for nothing."""
    found = set()
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            found.add(os.readlink(entry.path))
        except FileNotFoundError:
            pass
    return found


class TestLeftovers:
    def test_of_one_who_was_killed_on_the_way(self, engine):
        make(engine, "first")
        (folder(engine) / ".new-second").mkdir()
        (folder(engine) / ".new-second/network.json").write_text('{"half')
        (folder(engine) / ".old-abc").mkdir()
        assert good(engine("network", "ls", "-q", "-f", "type=custom")).count("\n") == 1
        make(engine, "second")
        assert networks(engine) == ["first", "second"]

    def test_a_kill_at_any_time(self, engine):
        make(engine, "first")
        for number in range(20):
            command = engine.start("network", "create", "second")
            time.sleep(number * 0.002)
            command.process.send_signal(signal.SIGKILL)
            command.exit_code()
            made = [name for name in networks(engine) if not name.startswith(".")]
            assert made in (["first"], ["first", "second"])
            if "second" in made:
                assert inspect(engine, "second")["Name"] == "second"
                good(engine("network", "rm", "second"))
        make(engine, "second")
        assert networks(engine) == ["first", "second"]

    def test_the_lock_of_who_is_at_it(self, engine):
        make(engine, "first")
        held = os.open(folder(engine), os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = engine.start("network", "create", "second")
        wait.until(lambda: str(folder(engine)) in open_files(waiting.pid), "it waits")
        assert networks(engine) == ["first"] and waiting.process.poll() is None
        # Who only looks does not wait.
        assert inspect(engine, "first")["Name"] == "first"
        os.close(held)
        assert waiting.exit_code() == 0

    @pytest.mark.parametrize(
        "text, reason",
        [("{", "network.json"), ('{"version": 7}', "it is of a later version of swiftainer"), ('{"bridge": "x"}', "id: is required")],
    )
    def test_damage(self, engine, text, reason):
        make(engine, "good")
        make(engine, "bad")
        file = folder(engine) / "bad/network.json"
        file.write_text(text)
        result = engine("network", "inspect", "bad")
        bad(result, reason)
        assert str(file) in result.stderr
        listed = engine("network", "ls", "--format", "{{.Name}}")
        assert good(listed).split() == ["bridge", "good", "host", "none"]
        assert listed.stderr.startswith("swiftainer: warning: ") and str(file) in listed.stderr
        # As the words say: nobody is in it.
        shutil.rmtree(file.parent)

    def test_damaged_leases(self, engine):
        make(engine, "net")
        (folder(engine) / "net/leases.json").write_text("{")
        bad(engine("network", "inspect", "net"), "net/leases.json")
        bad(engine("network", "rm", "net"), "net/leases.json")
        assert good(engine("network", "ls", "-q", "-f", "dangling=true")) == ""
        assert good(engine("network", "prune", "-f")) == "" and networks(engine) == ["net"]
        (folder(engine) / "net/leases.json").unlink()
        good(engine("network", "rm", "net"))


class TestList:
    def test_table(self, engine):
        identifier = make(engine, "zoo")
        lines = good(engine("network", "ls")).splitlines()
        assert lines[0].split() == ["NETWORK", "ID", "NAME", "DRIVER", "SCOPE"]
        assert [line.split()[1:] for line in lines[1:]] == [
            ["bridge", "bridge", "local"], ["host", "host", "local"], ["none", "null", "local"], ["zoo", "bridge", "local"],
        ]
        assert lines[4].split()[0] == identifier[:12]
        assert good(engine("network", "list")) == good(engine("network", "ls"))
        assert identifier in good(engine("network", "ls", "--no-trunc"))
        assert good(engine("network", "ls", "-q", "-f", "name=zoo")) == identifier[:12] + "\n"
        assert good(engine("network", "ls", "-q", "--no-trunc", "-f", "name=zoo")) == identifier + "\n"

    def test_format(self, engine):
        make(engine, "--label", "a=b", "--label", "c=d", "--internal", "zoo")
        lines = good(engine("network", "ls", "--format", "json")).splitlines()
        told = json.loads(lines[3])
        assert told["Name"] == "zoo" and told["Labels"] == "a=b,c=d" and told["Internal"] == "true"
        assert sorted(told) == ["CreatedAt", "Driver", "ID", "IPv4", "IPv6", "Internal", "Labels", "Name", "Scope"]
        assert good(engine("network", "ls", "-f", "name=zoo", "--format", '{{.Label "a"}} {{.IPv6}}')) == "b false\n"
        assert good(engine("network", "ls", "-f", "name=zoo", "--format", "table {{.Name}}")).split() == ["NAME", "zoo"]
        bad(engine("network", "ls", "--format", "{{.Nope"), "template parsing error", code=64)

    def test_filters(self, engine):
        identifier = make(engine, "--label", "a=b", "front")
        make(engine, "tier")
        for words, names in [
            (["driver=null"], "none"), (["driver=bridge"], "bridge front tier"), (["driver=overlay"], ""),
            (["name=r"], "bridge front tier"), (["name=^front$"], "front"), (["name=front", "name=host"], "front host"),
            (["label=a"], "front"), (["label=a=b"], "front"), (["label=a=c"], ""),
            (["scope=local"], "bridge front host none tier"), (["scope=global"], ""), (["type=custom"], "front tier"),
            (["type=builtin"], "bridge host none"), (["dangling=true"], "front tier"),
            (["dangling=false"], "bridge host none"), (["type=custom", "name=t$"], "front"),
            (["id=" + identifier[:20]], "front"), (["id=none"], ""),
        ]:
            flags = [flag for word in words for flag in ("--filter", word)]
            assert good(engine("network", "ls", "--format", "{{.Name}}", *flags)).split() == names.split(), words

    @pytest.mark.parametrize(
        "word, text",
        [("x=y", "unknown filter 'x'"), ("name", "not KEY=VALUE"), ("type=odd", "neither custom nor builtin"), ("dangling=perhaps", "neither true nor false"), ("name=(", "not a regular expression")],
    )
    def test_bad_filters(self, engine, word, text):
        bad(engine("network", "ls", "--filter", word), text)


class TestInspect:
    def test_by_id(self, engine):
        identifier = make(engine, "front")
        for word in [identifier, identifier[:12], identifier[:5]]:
            assert inspect(engine, word)["Name"] == "front"

    def test_several(self, engine):
        make(engine, "front")
        result = engine("network", "inspect", "front", "nope", "host")
        assert result.code == 1 and result.stderr == "swiftainer: network nope not found\n"
        assert [one["Name"] for one in json.loads(result.stdout)] == ["front", "host"]

    def test_format(self, engine):
        make(engine, "--subnet", SUBNET, "front")
        template = "{{.Name}} {{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}"
        assert good(engine("network", "inspect", "-f", template, "front")) == f"front {SUBNET} 10.213.7.1\n"
        [told] = json.loads(good(engine("network", "inspect", "--format", "json", "front")))
        assert told["Name"] == "front"
        bad(engine("network", "inspect", "-f", "{{.Nope}}", "front"), "Nope", code=64)

    def test_those_of_every_machine(self, engine):
        told = [inspect(engine, name) for name in ["bridge", "host", "none"]]
        assert [one["Driver"] for one in told] == ["bridge", "host", "null"]
        assert told[1]["IPAM"] == told[2]["IPAM"] == {"Driver": "default", "Options": None, "Config": None}
        assert inspect(engine, "default")["Id"] == told[0]["Id"] == inspect(engine, told[0]["Id"])["Id"]
        assert len({one["Id"] for one in told}) == 3 and networks(engine) == []

    def test_who_is_in_it(self, engine):
        """A lease of one who lives is shown, and keeps the network; one of a dead container is nothing."""
        make(engine, "--subnet", SUBNET, "front")
        living, dead = "a" * 64, "b" * 64
        leases = [
            {"container": one, "name": name, "ip4": address, "mac": "02:42:0a:d5:07:02", "device": "veth0"}
            for one, name, address in [(living, "web", "10.213.7.2"), (dead, "gone", "10.213.7.3")]
        ]
        (folder(engine) / "front/leases.json").write_text(json.dumps({"version": 1, "leases": leases}))
        (engine.data / "containers" / living).mkdir(parents=True)
        lock = os.open(engine.data / "containers" / living / "lock", os.O_RDWR | os.O_CREAT)
        # An open file description's lock, as a monitor has it.
        fcntl.fcntl(lock, 37, b"\x01\0" + b"\0" * 30)
        try:
            found = inspect(engine, "front")["Containers"]
            assert list(found) == [living]
            [endpoint] = found.values()
            assert list(endpoint) == ["Name", "EndpointID", "MacAddress", "IPv4Address", "IPv6Address"]
            assert endpoint["Name"] == "web" and endpoint["IPv4Address"] == "10.213.7.2/24" and endpoint["IPv6Address"] == ""
            assert len(endpoint["EndpointID"]) == 64
            assert good(engine("network", "ls", "-f", "dangling=true", "-q")) == ""
            assert good(engine("network", "prune", "-f")) == ""
            bad(engine("network", "rm", "front"), "error while removing network: network front has active endpoints (web)")
            kept = json.loads((folder(engine) / "front/leases.json").read_text())["leases"]
            assert [one["name"] for one in kept] == ["web"]
        finally:
            os.close(lock)
            (engine.data / "containers" / living / "lock").unlink()
            (engine.data / "containers" / living).rmdir()
        assert inspect(engine, "front")["Containers"] == {}
        assert good(engine("network", "rm", "front")) == "front\n"


class TestRemove:
    def test_names_as_they_were_typed(self, engine):
        first, second = make(engine, "first"), make(engine, "second")
        assert good(engine("network", "rm", "first", second[:12])) == f"first\n{second[:12]}\n"
        assert networks(engine) == [] and first != second
        make(engine, "first")
        assert good(engine("network", "remove", "first")) == "first\n"

    @pytest.mark.parametrize("name", ["bridge", "host", "none"])
    def test_those_of_every_machine(self, engine, name):
        bad(engine("network", "rm", name), f"{name} is a pre-defined network and cannot be removed")
        bad(engine("network", "rm", "-f", name), "cannot be removed")

    def test_missing(self, engine):
        make(engine, "there")
        result = engine("network", "rm", "nope", "there", "../networks/there")
        assert result.code == 1 and result.stdout == "there\n"
        assert result.stderr == "swiftainer: network nope not found\nswiftainer: network ../networks/there not found\n"
        assert good(engine("network", "rm", "-f", "nope")) == "nope\n"

    def test_events(self, engine):
        identifier = make(engine, "front")
        good(engine("network", "rm", "front"))
        events = [event for event in engine.events("") if event["type"] == "network"]
        assert [(event["action"], event["actor"]) for event in events] == [("create", identifier), ("destroy", identifier)]
        assert events[0]["attributes"] == {"name": "front", "type": "bridge"}
        told = good(engine("events", "--since", "1m", "--until", "0s", "--filter", "type=network", "--format", "{{.Action}}"))
        assert told.split() == ["create", "destroy"]


class TestPrune:
    def test_asks(self, engine):
        make(engine, "front")
        result = engine("network", "prune", stdin="n\n")
        assert result.code == 0 and result.stdout.startswith(
            "WARNING! This will remove all custom networks not used by at least one container.\n"
        )
        assert networks(engine) == ["front"]
        assert "Deleted Networks:\nfront\n" in good(engine("network", "prune", stdin="y\n"))
        assert networks(engine) == []

    def test_which(self, engine):
        make(engine, "--label", "keep", "a")
        make(engine, "b")
        assert good(engine("network", "prune", "-f", "--filter", "until=1h")) == ""
        assert good(engine("network", "prune", "-f", "--filter", "label!=keep")) == "Deleted Networks:\nb\n\n"
        assert good(engine("network", "prune", "-f")) == "Deleted Networks:\na\n\n"
        assert good(engine("network", "prune", "-f")) == ""
        bad(engine("network", "prune", "-f", "--filter", "x=y"), "unknown filter 'x'")


class TestFlags:
    """What `run` and `create` say of networks; nothing is made of it here."""

    @pytest.mark.parametrize(
        "words, text",
        [
            (["--network", "a", "--network", "host"], "conflicting options: cannot attach both user-defined and non-user-defined network-modes"),
            (["--network", "a", "--network", "default"], "cannot attach both"),
            (["--network", "a", "--network", "name=a,ip=10.0.0.5"], 'network "a" is specified multiple times'),
            (["--network", "name=a,color=red"], "invalid field key color"),
            (["--network", "alias=x"], "network name/id is not specified"),
            (["--network", "name=a,driver-opt=x=y"], "driver-opt is not supported"),
            (["--network", "name=a,ip=x"], "'x' is not an IPv4 address"),
            (["--network", "name=a,alias=x", "--network-alias", "y"], "cannot specify both --network-alias and per-network alias"),
            (["--network", "name=a,ip=10.0.0.5", "--ip", "10.0.0.6"], "cannot specify both --ip and per-network IPv4 address"),
            (["--network-alias", "x"], "network-scoped alias is supported only for containers in user defined networks"),
            (["--network", "bridge", "--network-alias", "x"], "network-scoped alias is supported only"),
            (["--network", "bridge", "--ip", "10.0.0.5"], "user specified IP address is supported on user defined networks only"),
            (["--network", "host", "--mac-address", "02:00:00:00:00:01"], "conflicting options: mac-address and the network mode"),
        ],
    )
    def test_refused(self, engine, words, text):
        for verb in ["run", "create"]:
            result = engine(verb, *words, engine.box, "true")
            assert result.code == 125 and text in result.stderr, str(result)
        assert engine.identifiers() == []
