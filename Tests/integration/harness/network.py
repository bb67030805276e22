"""Networks as tests need them: a machine of the test's own, other machines beside it, and who answers where."""

import contextlib
import ctypes
import itertools
import json
import os
import socket
import struct
import subprocess
import threading
import urllib.request
from pathlib import Path

from . import wait

CLONE_NEWNET = 0x4000_0000
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()


class Namespace:
    """A network namespace. It is there as long as this is, or as long as somebody lives in it."""

    def __init__(self, file):
        self.file = file

    @classmethod
    def new(cls, forwards=True):
        """One with nothing but a loopback device, which is up."""
        with cls.current() as own:
            if _libc.unshare(CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "unshare")
            made = cls.current()
            ip("link", "set", "lo", "up")
            # Otherwise the first container of the test that is first would say that it has switched it on.
            for name in ("ipv4/ip_forward", "ipv6/conf/all/forwarding"):
                Path("/proc/sys/net", name).write_text(str(int(forwards)))
            own.enter()
        return made

    @classmethod
    def current(cls):
        return cls.of("thread-self")

    @classmethod
    def of(cls, pid):
        """The one that a process is in."""
        return cls(os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC))

    @property
    def path(self):
        """As ip(8) takes it."""
        return f"/proc/{os.getpid()}/fd/{self.file}"

    def enter(self):
        """This thread, and whatever it makes from now on, is in the namespace."""
        if _libc.setns(self.file, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    @contextlib.contextmanager
    def inside(self):
        with Namespace.current() as own:
            self.enter()
            try:
                yield self
            finally:
                own.enter()

    def close(self):
        os.close(self.file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def ip(*words):
    """ip(8); what it says as JSON, if anything."""
    done = subprocess.run(["ip", "-j", *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"ip {' '.join(map(str, words))}: {done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else []


def nft(*words):
    """nft(8); what it says as JSON, None where it fails."""
    done = subprocess.run(["nft", "-j", *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout or "{}").get("nftables", []) if done.returncode == 0 else None


def filter_elements():
    """What is in each set and map of our table that is not empty; None where there is no table."""
    listed = nft("list", "table", "inet", "swiftainer")
    if listed is None:
        return None
    sets = [entry.get("set") or entry.get("map") for entry in listed if "set" in entry or "map" in entry]
    return {one["name"]: one["elem"] for one in sets if one.get("elem")}


def forget_bridge(name, elements):
    """Takes a bridge out of the filter's sets, as the removal of its network does."""
    lines = [
        f"delete element inet swiftainer {one} {{ {name + ' . ' + name if one == 'pairs' else name} }}"
        for one, found in elements.items()
        if name and name in str(found)
    ]
    if not lines:
        return
    done = subprocess.run(["nft", "-f", "-"], input="\n".join(lines), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def devices():
    """The names of this namespace's devices, but for the loopback's."""
    return [name for _, name in socket.if_nameindex() if name != "lo"]


def remove_device(name):
    """As `ip link delete`, without a process. Source: rtnetlink(7)."""
    request, acknowledged, link, error = 1, 4, 17, 2
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as made:
        index = socket.if_nametoindex(name)
        made.send(struct.pack("=IHHIIBBHiII", 32, link, request | acknowledged, 1, 0, 0, 0, 0, index, 0, 0))
        _, kind, _, _, _, code = struct.unpack_from("=IHHIIi", made.recv(4096))
        if kind == error and code != 0:
            raise OSError(-code, f"remove {name}: {os.strerror(-code)}")


class OtherHost:
    """Another machine, with a cable to this one: 198.51.100.1 and 2001:db8:1::1 here, …2 there."""

    here, address = "198.51.100.1", "198.51.100.2"
    here6, address6 = "2001:db8:1::1", "2001:db8:1::2"

    def __init__(self):
        self.device = f"cable{next(_numbers)}"
        self.namespace = Namespace.new()
        ip("link", "add", self.device, "type", "veth", "peer", "name", "eth0", "netns", self.namespace.path)
        self.plug(self.device, self.here, self.here6)
        with self.namespace.inside():
            self.plug("eth0", self.address, self.address6)
            ip("route", "add", "default", "via", self.here)
            ip("-6", "route", "add", "default", "via", self.here6)

    @staticmethod
    def plug(device, address, address6):
        ip("link", "set", device, "up")
        ip("address", "add", f"{address}/24", "dev", device)
        ip("address", "add", f"{address6}/64", "dev", device, "nodad")

    def inside(self):
        return self.namespace.inside()

    def close(self):
        ip("link", "delete", self.device)
        self.namespace.close()


def kind(address, datagrams=False):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_DGRAM if datagrams else socket.SOCK_STREAM


class Server:
    """Tells each who calls by TCP or UDP what it calls itself and who they are: `NAME ADDRESS`."""

    def __init__(self, port, name="server", address="::", namespace=None):
        self.name, self.port = name, port
        with (namespace or Namespace.current()).inside():
            self.sockets = [self.bound(address, datagrams) for datagrams in (False, True)]
        self.threads = [threading.Thread(target=target, daemon=True) for target in (self.streams, self.datagrams)]
        for thread in self.threads:
            thread.start()

    @classmethod
    def in_container(cls, pid, port, **options):
        with Namespace.of(pid) as namespace:
            return cls(port, namespace=namespace, **options)

    def bound(self, address, datagrams):
        made = socket.socket(*kind(address, datagrams))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, self.port))
        self.port = made.getsockname()[1]
        if not datagrams:
            made.listen(64)
        return made

    def answer(self, caller):
        return f"{self.name} {caller[0].removeprefix('::ffff:')}".encode()

    def streams(self):
        with contextlib.suppress(OSError):
            while True:
                made, caller = self.sockets[0].accept()
                with made, contextlib.suppress(OSError):
                    made.sendall(self.answer(caller))

    def datagrams(self):
        with contextlib.suppress(OSError):
            while True:
                _, caller = self.sockets[1].recvfrom(2048)
                if caller is None:
                    return
                self.sockets[1].sendto(self.answer(caller), caller)

    def close(self):
        """Ends it, if it has not ended: its sockets keep the namespace that they were made in."""
        for one in self.sockets:
            # It says that there is no connection, and wakes who waits all the same.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(wait.PATIENCE)
            assert not thread.is_alive()
        for one in self.sockets:
            one.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def call(address, port, namespace=None, timeout=wait.PATIENCE, datagrams=False):
    """What a `Server` answers; None where nobody does.

    An address of a link has the number of the device behind it: `fe80::1%2`.
    """
    host, _, device = address.partition("%")
    with (namespace or Namespace.current()).inside():
        made = socket.socket(*kind(address, datagrams))
    with made:
        made.settimeout(timeout)
        try:
            made.connect((host, port, 0, int(device)) if device else (host, port))
            if datagrams:
                made.send(b"?")
            return made.recv(2048).decode() or None
        except OSError:
            return None


def fetch(address):
    """A page of a server that may have yet to listen."""

    def tried():
        try:
            return urllib.request.urlopen(address, timeout=5).read().decode()
        except OSError:
            return None

    return wait.until(tried, f"an answer from {address}")


def call_from(pid, address, port, **options):
    """What a `Server` answers to a container."""
    with Namespace.of(pid) as namespace:
        return call(address, port, namespace, **options)


UNREACHED = 0.3
"""Seconds after which nobody is taken to answer: packets that are dropped tell nothing."""


class Inside:
    """A running container's network as its payload has it."""

    def __init__(self, engine, identifier):
        self.pid = engine.pid(identifier)

    def ip(self, *words):
        with Namespace.of(self.pid) as namespace, namespace.inside():
            return ip(*words)

    def addresses(self, device="eth0"):
        """All addresses of a device but link-local ones."""
        [found] = self.ip("address", "show", "dev", device)
        return [f"{one['local']}/{one['prefixlen']}" for one in found["addr_info"] if one["scope"] != "link"]

    def devices(self):
        with Namespace.of(self.pid) as namespace, namespace.inside():
            return devices()

    def hardware_address(self, device="eth0"):
        return self.ip("link", "show", "dev", device)[0]["address"]

    def gateways(self, kind=4):
        """Where its default routes lead, with the device."""
        return [(route["gateway"], route["dev"]) for route in self.ip(f"-{kind}", "route", "show", "default")]

    def read(self, path):
        return Path(f"/proc/{self.pid}/root{path}").read_text()

    def inode(self, path):
        return os.stat(f"/proc/{self.pid}/root{path}").st_ino

    def call(self, address, port, **options):
        """What a `Server` answers to the container."""
        return call_from(self.pid, address, port, **options)
