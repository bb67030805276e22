"""The master side of a pseudo-terminal, and the socket through which a runtime hands it over."""

import array
import fcntl
import os
import socket
import struct
import termios

from . import wait
from .output import Output


class ConsoleSocket:
    """Listens as containerd, conmon and Docker do for `--console-socket`."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # A long path is bound through a descriptor of its folder, as engines do.
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            self.socket.bind(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        self.socket.listen()
        self.socket.settimeout(wait.PATIENCE)

    def terminal(self):
        """Accepts one connection and the descriptor that comes with it."""
        peer, _ = self.socket.accept()
        with peer:
            self.message, descriptors, _, _ = socket.recv_fds(peer, 4096, 4)
        [master] = descriptors
        return Terminal(master)

    def close(self):
        self.socket.close()


class Terminal(Output):
    """A pty's master: `record` and `line` read what the payload prints."""

    def send(self, text):
        os.write(self.descriptor, text.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def size(self):
        buffer = array.array("H", [0, 0, 0, 0])
        fcntl.ioctl(self.descriptor, termios.TIOCGWINSZ, buffer, True)
        return tuple(buffer[:2])
