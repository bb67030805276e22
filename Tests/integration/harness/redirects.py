"""A registry of one image that wants to know who asks, and has its blobs on another host."""

import base64
import http.server
import json
import threading

from . import wait
from .registry import digest

USER, PASSWORD = "me", "secret"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class Server:
    """Answers with what `answer(method, path, headers)` gives: status, headers, body; remembers what was asked."""

    def __init__(self, host, answer):
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.asked.append((self.path, dict(self.headers)))
                status, headers, body = answer(self.path, self.headers)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

        self.server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(wait.PATIENCE)


class Redirecting:
    """The registry at 127.0.0.1, and the place of its blobs, which has no business with names and passwords.

    `scheme` is how it asks who one is. `elsewhere` is the host of the blobs in its redirects; `address` where that is;
    `is_greedy` says that it asks for passwords as well.
    """

    def __init__(self, image, scheme="Basic", elsewhere="127.0.0.2", address="127.0.0.2", is_greedy=False):
        self.image, self.scheme, self.is_greedy = image, scheme, is_greedy
        self.blobs = {digest(blob): blob for blob in image.blobs()}
        self.storage = Server(address, self.give)
        self.elsewhere = f"{elsewhere}:{self.storage.port}"
        self.registry = Server("127.0.0.1", self.answer)
        self.name = f"127.0.0.1:{self.registry.port}/box"

    def answer(self, path, headers):
        if path.startswith("/token"):
            wanted = headers.get("Authorization") == BASIC
            return (200, {}, b'{"token": "abc"}') if wanted else (401, {}, b"{}")
        if headers.get("Authorization") != (BASIC if self.scheme == "Basic" else "Bearer abc"):
            realm = f'realm="http://127.0.0.1:{self.registry.port}/token",service="x"' if self.scheme == "Bearer" else 'realm="x"'
            return 401, {"WWW-Authenticate": f"{self.scheme} {realm}"}, b"{}"
        if "/blobs/" in path:
            return 307, {"Location": f"http://{self.elsewhere}/{path.rpartition('/')[2]}?signature=1"}, b""
        if "/manifests/" in path:
            kind = {"Content-Type": self.image.type, "Docker-Content-Digest": self.image.digest}
            return 200, kind, self.image.manifest
        return 200, {}, b"{}"

    def give(self, path, _):
        if self.is_greedy:
            return 401, {"WWW-Authenticate": 'Basic realm="mine"'}, b"{}"
        return 200, {}, self.blobs[path.strip("/").partition("?")[0]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.registry.stop()
        self.storage.stop()


def login(folder, registry):
    """A `config.json` as docker would have written it."""
    folder.mkdir(exist_ok=True)
    auth = {"auth": BASIC.removeprefix("Basic ")}
    (folder / "config.json").write_text(json.dumps({"auths": {registry.partition("/")[0]: auth}}))
