"""Carries bytes between the guest's ports and this process's standard streams, and notices silence."""

import fcntl
import os
import selectors
import signal
import struct
import sys
import termios
import time
import tty
from contextlib import contextmanager


def window():
    """Rows and columns of the terminal at standard output."""
    try:
        rows, columns, _, _ = struct.unpack("4H", fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8))
    except OSError:
        rows = columns = 0
    return rows or 24, columns or 80


@contextmanager
def raw_terminal():
    """Every key goes to the guest, ^C as well; the terminal is given back as it was."""
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]


class Relay:
    """Reads the given sockets until the machine has ended. `last` is when the guest last said something (monotonic)."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.console = bytearray()
        self.last = time.monotonic()

    def add(self, source, action):
        self.selector.register(source, selectors.EVENT_READ, action)

    def port(self, socket, descriptor):
        """What comes from the socket goes to the descriptor."""

        def action():
            data = socket.recv(65536)
            if not data:
                self.selector.unregister(socket)
                return
            self.last = time.monotonic()
            write_all(descriptor, data)

        self.add(socket, action)

    def log(self, socket, file):
        """The console: kept for when something goes wrong."""

        def action():
            data = socket.recv(65536)
            if not data:
                self.selector.unregister(socket)
                return
            self.last = time.monotonic()
            self.console += data
            if file:
                file.write(data)
                file.flush()

        self.add(socket, action)

    def keyboard(self, socket):
        def action():
            data = os.read(0, 4096)
            if data:
                socket.sendall(data)
            else:
                self.selector.unregister(0)

        self.add(0, action)

    def window_changes(self, socket):
        def changed(*_):
            socket.sendall(b"%d %d\n" % window())

        signal.signal(signal.SIGWINCH, changed)

    def turn(self, seconds):
        """Waits for at most that long, and handles what has come."""
        for key, _ in self.selector.select(seconds):
            key.data()

    def drain(self):
        """What the guest had said before it ended."""
        while True:
            ready = [key for key, _ in self.selector.select(0) if key.fileobj != 0]
            if not ready:
                return
            for key in ready:
                key.data()

    def last_lines(self, count):
        lines = self.console.decode(errors="replace").replace("\r", "").splitlines()
        return [line for line in lines if line.strip()][-count:]


def say(text):
    sys.stderr.write(f"swiftainer-vm: {text}\n")
    sys.stderr.flush()
