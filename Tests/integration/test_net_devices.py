"""linux.netDevices: what comes along with a device, and what stands in its way.

Each test has a network namespace of its own that plays the host, so that no device of the machine is touched.
"""

import itertools
import json
import os
import subprocess

import pytest

pytestmark = pytest.mark.needs("net-devices")
_numbers = itertools.count()


def ip(*arguments, namespace):
    done = subprocess.run(["nsenter", f"--net={namespace}", "ip", "-j", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else []


def devices(namespace):
    return {device["ifname"]: device for device in ip("address", "show", namespace=namespace)}


def addresses(device, family):
    return [(a["local"], a["prefixlen"]) for a in device["addr_info"] if a["family"] == family and a["scope"] == "global"]


@pytest.fixture
def host():
    """A network namespace with a pair of devices, `outer0` and `peer0`."""
    name = f"swt-{os.getpid()}-{next(_numbers)}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    path = f"/run/netns/{name}"
    ip("link", "add", "outer0", "type", "veth", "peer", "name", "peer0", namespace=path)
    yield path
    subprocess.run(["ip", "netns", "del", name], check=True)


def create(container, host):
    """`create` by a runtime that is in the namespace that plays the host; returns the container's."""
    runtime = container.runtime
    command = runtime.command
    runtime.command = lambda *arguments, **options: ["nsenter", f"--net={host}", *command(*arguments, **options)]
    try:
        container.create()
    finally:
        del runtime.command
    return f"/proc/{container.pid}/ns/net"


def try_run(container, host):
    container.write_config()
    command = container.runtime.command("run", "--bundle", container.bundle, container.id, root=container.root)
    return subprocess.run(["nsenter", f"--net={host}", *map(str, command)], capture_output=True, text=True, timeout=30)


class TestWhatComesAlong:
    def test_addresses_mtu_and_state(self, containers, host):
        for text in ("10.9.8.7/24", "10.9.8.8/24", "2001:db8::7/64"):
            ip("address", "add", text, "dev", "outer0", namespace=host)
        # Not lasting, and not for the world: these stay behind.
        ip("address", "add", "10.1.1.1/24", "dev", "outer0", "valid_lft", "1000", "preferred_lft", "1000", namespace=host)
        ip("address", "add", "10.2.2.2/24", "dev", "outer0", "scope", "link", namespace=host)
        ip("link", "set", "outer0", "mtu", "1400", "address", "02:00:00:00:00:07", namespace=host)
        container = containers("pause")
        container.linux["netDevices"] = {"outer0": {"name": "eth0"}}
        inside = devices(create(container, host))
        device = inside["eth0"]
        assert addresses(device, "inet") == [("10.9.8.7", 24), ("10.9.8.8", 24)]
        assert ("2001:db8::7", 64) in addresses(device, "inet6")
        assert device["mtu"] == 1400 and device["address"] == "02:00:00:00:00:07"
        assert "UP" in device["flags"]
        assert "outer0" not in devices(host)

    def test_label_follows_the_name(self, containers, host):
        ip("address", "add", "10.9.8.7/24", "dev", "outer0", "label", "outer0:a", namespace=host)
        container = containers("pause")
        container.linux["netDevices"] = {"outer0": {"name": "eth0"}}
        (address,) = [a for a in devices(create(container, host))["eth0"]["addr_info"] if a["family"] == "inet"]
        assert address["label"] == "eth0:a"

    def test_two_devices(self, containers, host):
        """The second is looked for where the first came from: the runtime came back."""
        container = containers("pause")
        container.linux["netDevices"] = {"outer0": {"name": "eth0"}, "peer0": {}}
        assert set(devices(create(container, host))) == {"lo", "eth0", "peer0"}
        assert set(devices(host)) == {"lo"}

    def test_in_a_user_namespace(self, containers, host):
        ip("address", "add", "10.9.8.7/24", "dev", "outer0", namespace=host)
        container = containers("pause").map_users()
        container.linux["netDevices"] = {"outer0": {}}
        assert addresses(devices(create(container, host))["outer0"], "inet") == [("10.9.8.7", 24)]


class TestNames:
    def joined(self, containers, holder):
        container = containers("pause").without("network")
        container.linux["namespaces"].append({"type": "network", "path": holder})
        return container

    @pytest.fixture
    def taken(self, host):
        """Another namespace, which has an eth0."""
        name = f"swt-{os.getpid()}-{next(_numbers)}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        path = f"/run/netns/{name}"
        ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth0p", namespace=path)
        yield path
        subprocess.run(["ip", "netns", "del", name], check=True)

    def test_taken_name_is_refused_and_nothing_moves(self, containers, host, taken):
        ip("address", "add", "10.9.8.7/24", "dev", "outer0", namespace=host)
        container = self.joined(containers, taken)
        container.linux["netDevices"] = {"outer0": {"name": "eth0"}}
        done = try_run(container, host)
        assert done.returncode != 0
        assert "linux.netDevices.outer0" in done.stderr and "eth0" in done.stderr and "exists" in done.stderr
        assert addresses(devices(host)["outer0"], "inet") == [("10.9.8.7", 24)]
        assert set(devices(taken)) == {"lo", "eth0", "eth0p"}

    def test_template_takes_the_first_free_number(self, containers, host, taken):
        container = self.joined(containers, taken)
        container.linux["netDevices"] = {"outer0": {"name": "eth%d"}}
        assert "eth1" in devices(create(container, host))

    def test_two_of_one_template(self, containers, host):
        container = containers("pause")
        container.linux["netDevices"] = {"outer0": {"name": "eth%d"}, "peer0": {"name": "eth%d"}}
        assert set(devices(create(container, host))) == {"lo", "eth0", "eth1"}

    def test_loopback_stays(self, containers, host):
        container = containers("pause")
        container.linux["netDevices"] = {"lo": {"name": "lo1"}}
        done = try_run(container, host)
        assert done.returncode != 0 and "linux.netDevices.lo" in done.stderr
