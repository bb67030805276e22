"""A proxy that leads names on the internet to servers of a test's own."""

import base64
import contextlib
import socket

from .breaker import Breaker


class Proxy(Breaker):
    """Takes `CONNECT name:port` and connects to this machine's port of that name; other names it refuses.

    `ports` are those by `name:port`, or one for all. `asked` are the lines of its requests; `credentials` what came with
    each as a name and a password, or None.
    """

    def __init__(self, ports):
        self.ports = ports
        self.asked, self.credentials = [], []
        super().__init__(port=None, after=0, times=0)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self, near):
        asked = b""
        while b"\r\n\r\n" not in asked and (data := near.recv(1 << 12)):
            asked += data
        if not asked:
            near.close()
            return None
        first, *rest = asked.decode().splitlines()
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        self.asked.append(first)
        word = fields.get("proxy-authorization")
        self.credentials.append(word and base64.b64decode(word.removeprefix("Basic ")).decode())
        method, name, _ = first.split(" ", 2)
        port = self.ports if isinstance(self.ports, int) else self.ports.get(name)
        if method != "CONNECT" or port is None:
            with contextlib.suppress(OSError):
                near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            near.close()
            return None
        far = socket.create_connection(("127.0.0.1", port))
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return far
