"""Questions to name servers, and a name server that answers as a test says. Source: RFC 1035."""

import itertools
import socket
import struct
import threading
from dataclasses import dataclass

from . import wait
from .network import Namespace, kind

TYPES = {"A": 1, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "ANY": 255}
OUTCOMES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
OWN = "127.0.0.11"
_numbers = itertools.count(1)


@dataclass
class Answer:
    outcome: str
    addresses: list
    """Data of the records, in their order."""
    lifetimes: list
    """In seconds."""
    is_cut: bool
    number: int


def name_bytes(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(name, type="A", number=None):
    number = next(_numbers) % 65536 if number is None else number
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + name_bytes(name) + struct.pack(">2H", TYPES[type], 1)


def read_name(data, position):
    """A name and where it ends; what it points at is followed."""
    labels, end = [], None
    while data[position]:
        if data[position] >= 0xC0:
            end = end or position + 2
            position = struct.unpack_from(">H", data, position)[0] & 0x3FFF
        else:
            labels.append(data[position + 1 : position + 1 + data[position]].decode())
            position += 1 + data[position]
    return ".".join(labels), end or position + 1


def read_answer(data):
    number, flags, questions, answers = struct.unpack_from(">4H", data)
    position = 12
    for _ in range(questions):
        position = read_name(data, position)[1] + 4
    found, lifetimes = [], []
    for _ in range(answers):
        position = read_name(data, position)[1]
        type, _, lifetime, size = struct.unpack_from(">2HIH", data, position)
        position += 10
        value = data[position : position + size]
        if type == TYPES["A"]:
            found.append(socket.inet_ntop(socket.AF_INET, value))
        elif type == TYPES["AAAA"]:
            found.append(socket.inet_ntop(socket.AF_INET6, value))
        elif type == TYPES["PTR"]:
            found.append(read_name(data, position)[0])
        else:
            found.append(value)
        lifetimes.append(lifetime)
        position += size
    return Answer(OUTCOMES[flags & 15], found, lifetimes, bool(flags & 0x0200), number)


def receive(stream, count):
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        if not part:
            raise EOFError(f"the other side ended after {len(data)} bytes of {count}")
        data += part
    return data


def ask(pid, name, type="A", tcp=False, server=OWN, port=53, timeout=wait.PATIENCE):
    """What a process's name server answers. Raises OSError where there is none."""
    with Namespace.of(pid) as namespace, namespace.inside():
        asking = socket.socket(*kind(server, not tcp))
    with asking:
        asking.settimeout(timeout)
        asking.connect((server, port))
        asked = question(name, type)
        asking.sendall(struct.pack(">H", len(asked)) + asked if tcp else asked)
        data = receive(asking, struct.unpack(">H", receive(asking, 2))[0]) if tcp else asking.recv(65535)
    found = read_answer(data)
    assert found.number == struct.unpack_from(">H", asked)[0]
    return found


def addresses(pid, name, **options):
    """The addresses that a process finds for a name; none where it has no name server."""
    try:
        return sorted(ask(pid, name, **options).addresses)
    except ConnectionRefusedError:
        return []


class Upstream:
    """A name server of the world's: it knows the names it is given, and counts who asks."""

    def __init__(self, address, names, port=53, silent=False):
        self.names, self.silent, self.asked = names, silent, []
        self.datagrams = socket.socket(*kind(address, datagrams=True))
        self.streams = socket.socket(*kind(address))
        self.streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for one in (self.datagrams, self.streams):
            one.bind((address, port))
        self.streams.listen()
        self.threads = [threading.Thread(target=loop, daemon=True) for loop in (self.by_datagram, self.by_stream)]
        for thread in self.threads:
            thread.start()

    def answer(self, data, caller, tcp):
        name, end = read_name(data, 12)
        type = struct.unpack_from(">H", data, end)[0]
        self.asked.append((name, caller[0], "tcp" if tcp else "udp"))
        known = self.names.get(name)
        values = [socket.inet_aton(one) for one in known or []] if type == TYPES["A"] else []
        records = b"".join(struct.pack(">HHHIH", 0xC00C, 1, 1, 300, 4) + value for value in values)
        cut = not tcp and len(data) + len(records) > 512
        flags = 0x8180 | (0x0200 if cut else 0) | (3 if known is None else 0)
        header = data[:2] + struct.pack(">5H", flags, 1, 0 if cut else len(values), 0, 0)
        return header + data[12 : end + 4] + (b"" if cut else records)

    def by_datagram(self):
        try:
            while True:
                data, caller = self.datagrams.recvfrom(4096)
                if caller is None:
                    return
                answer = self.answer(data, caller, False)
                if not self.silent:
                    self.datagrams.sendto(answer, caller)
        except OSError:
            pass

    def by_stream(self):
        try:
            while True:
                stream, caller = self.streams.accept()
                with stream:
                    data = receive(stream, struct.unpack(">H", receive(stream, 2))[0])
                    answer = self.answer(data, caller, True)
                    stream.sendall(struct.pack(">H", len(answer)) + answer)
        except (OSError, EOFError):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (self.datagrams, self.streams):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it says that there is no connection, and wakes who waits all the same
        for thread in self.threads:
            thread.join(wait.PATIENCE)
            assert not thread.is_alive()
        self.datagrams.close()
        self.streams.close()
