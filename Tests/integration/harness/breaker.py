"""What breaks connections on their way."""

import contextlib
import socket
import threading

from . import wait


class Breaker:
    """Stands before a server, and closes connections once so many bytes have come from it, `times` times."""

    def __init__(self, port, after, times):
        self.target, self.after, self.left = port, after, times
        self.broken = 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = self.connect(near)
                if far is None:
                    continue
                for pair in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self.carry, args=pair, daemon=True).start()

    def connect(self, near):
        """A connection to where it goes on; None where it goes nowhere."""
        return socket.create_connection(("127.0.0.1", self.target))

    def carry(self, source, target, is_answer):
        count = 0
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 14):
                count += len(data)
                target.sendall(data)
                if is_answer and count > self.after and self.takes_one():
                    break
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def takes_one(self):
        with self.lock:
            if not self.left:
                return False
            self.left -= 1
            self.broken += 1
            return True

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(wait.PATIENCE)
