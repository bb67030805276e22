"""Carries bytes between the guests' ports and this process's standard streams."""

import contextlib
import fcntl
import os
import select
import selectors
import signal
import struct
import sys
import termios
import time
import tty


def say(text):
    sys.stderr.write(f"swiftainer-vm: {text}\n")
    sys.stderr.flush()


def window():
    """Rows and columns of the terminal at standard output."""
    try:
        rows, columns, _, _ = struct.unpack("4H", fcntl.ioctl(1, termios.TIOCGWINSZ, b"\0" * 8))
    except OSError:
        rows = columns = 0
    return rows or 24, columns or 80


class Terminal:
    """The one at standard input and output. Once the guest speaks, every key goes to it, ^C as well; until then ^C ends
    a machine that does not come up."""

    def __init__(self, lines):
        self.lines, self.before, self.raw = lines, termios.tcgetattr(0), False

    def show(self, data):
        if not self.raw:
            tty.setraw(0)
            self.raw = True
        self.lines.write(1, data)

    def restore(self):
        termios.tcsetattr(0, termios.TCSADRAIN, self.before)


class Relay:
    """Reads sockets of one or more machines; each has an action for what comes. It never waits for whoever reads what is
    written, so that a machine's time runs out all the same; nor does it read more from the machines meanwhile."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.unwritten = {}  # by descriptor

    def add(self, socket, action):
        self.selector.register(socket, selectors.EVENT_READ, (socket, action))

    def forget(self, sockets):
        for socket in sockets:
            if socket in self.selector.get_map():
                self.selector.unregister(socket)

    def keyboard(self, socket):
        """Keys go to the guest."""
        self.selector.register(0, selectors.EVENT_READ, (None, lambda data: tell(socket, data)))

    def write(self, descriptor, data):
        self.unwritten.setdefault(descriptor, bytearray()).extend(data)
        self.flush(0)

    def flush(self, seconds):
        """Writes what is taken within that time; answers whether that was all."""
        for descriptor, data in self.unwritten.items():
            writable = select.poll()
            writable.register(descriptor, select.POLLOUT)
            # A pipe that is said to be writable takes so much at once (pipe(7)).
            while data and writable.poll(seconds * 1000):
                del data[: os.write(descriptor, data[: select.PIPE_BUF])]
        return not any(self.unwritten.values())

    def turn(self, seconds):
        """Handles what has come, or comes within that time; answers whether there was something."""
        if not self.flush(seconds):
            return True
        ready = self.selector.select(seconds)
        for key, _ in ready:
            socket, action = key.data
            try:
                data = socket.recv(65536) if socket else os.read(0, 4096)
            except ConnectionResetError:
                data = b""
            if data:
                action(data)
            else:
                self.selector.unregister(key.fileobj)
        return bool(ready)

    def drained(self, sockets):
        """Handles what a guest had said before it ended, by its sockets; false while some of it waits for its reader."""
        while self.flush(0):
            # What comes from another guest may never end.
            if not any(key.fileobj in sockets for key, _ in self.selector.select(0)):
                return True
            self.turn(0)
        return False


class Lines:
    """An output of one of several guests: whole lines, each with the guest's number before it."""

    def __init__(self, relay, descriptor, prefix):
        self.relay, self.descriptor, self.prefix, self.rest = relay, descriptor, prefix, b""

    def __call__(self, data):
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.relay.write(self.descriptor, b"".join(self.prefix + line + b"\n" for line in lines))

    def finish(self):
        if self.rest:
            self(b"\n")


class Console:
    """What the kernel says: kept for when something goes wrong. `last` is when the guest last said anything."""

    def __init__(self, path):
        self.text = bytearray()
        self.file = None
        if path:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            self.file = open(path, "wb")
        self.last = time.monotonic()

    def __call__(self, data):
        self.last = time.monotonic()
        self.text += data
        if self.file:
            self.file.write(data)
            self.file.flush()

    def heard(self, action):
        """The action, and a note that the guest lives."""

        def both(data):
            self.last = time.monotonic()
            action(data)

        return both

    def last_lines(self, count):
        lines = self.text.decode(errors="replace").replace("\r", "").splitlines()
        return [line for line in lines if line.strip()][-count:]


def tell(socket, data):
    """To a machine; one that has ended hears nothing."""
    with contextlib.suppress(OSError):
        socket.sendall(data)


def on_window_change(socket):
    signal.signal(signal.SIGWINCH, lambda *_: tell(socket, b"%d %d\n" % window()))
