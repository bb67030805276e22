"""A proxy that leads a name on the internet to a server of a test's own."""

import contextlib
import socket

from .breaker import Breaker


class Proxy(Breaker):
    """Takes `CONNECT name:port` and connects to this machine's port of that name; other names it refuses.

    `names` are ports by `name:port`.
    """

    def __init__(self, names):
        self.names = names
        super().__init__(port=None, after=0, times=0)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def connect(self, near):
        asked = b""
        while b"\r\n\r\n" not in asked and (data := near.recv(1 << 12)):
            asked += data
        method, _, rest = asked.partition(b" ")
        port = self.names.get(rest.partition(b" ")[0].decode())
        if method != b"CONNECT" or port is None:
            with contextlib.suppress(OSError):
                near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            near.close()
            return None
        far = socket.create_connection(("127.0.0.1", port))
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return far
