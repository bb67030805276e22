"""An HTTP proxy that tunnels to one place, whatever it is asked for."""

import base64
import contextlib
import socket
import threading

from . import wait


class Tunnel:
    """`asked` are the lines of its requests; `credentials` what came with each as a name and a password, or None."""

    def __init__(self, port):
        self.target = port
        self.asked, self.credentials = [], []
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
                threading.Thread(target=self.serve, args=(near,), daemon=True).start()

    def serve(self, near):
        with near, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                got = near.recv(4096)
                if not got:
                    return
                head += got
            first, *rest = head.decode().splitlines()
            fields = dict(line.split(": ", 1) for line in rest if ": " in line)
            self.asked.append(first)
            word = {name.lower(): value for name, value in fields.items()}.get("proxy-authorization")
            self.credentials.append(word and base64.b64decode(word.removeprefix("Basic ")).decode())
            if not first.startswith("CONNECT "):
                near.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self.target)) as far:
                near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                other = threading.Thread(target=self.carry, args=(far, near), daemon=True)
                other.start()
                self.carry(near, far)
                other.join(wait.PATIENCE)

    @staticmethod
    def carry(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(wait.PATIENCE)
