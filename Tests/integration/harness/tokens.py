"""Tokens for registries, as docker-registry takes them."""

import base64
import http.server
import json
import os
import threading
import time
import urllib.parse

from . import wait
from .authority import Authority

ISSUER = "swiftainer-tests"
SERVICE = "registry.example.com"


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Tokens:
    """Who gives out tokens that docker-registry takes, as its "Token Authentication" says.

    It knows `users` by their passwords, and strangers may pull. `refreshed` counts tokens that were had for an
    identity token, which is what a login asks for where `offline` is set.
    """

    def __init__(self, folder, users, lifetime=300, offline=False):
        folder.mkdir(parents=True)
        self.users, self.lifetime, self.offline = dict(users), lifetime, offline
        self.asked, self.refreshed = [], 0
        self.key, self.certificate = folder / "tokens.key", folder / "tokens.pem"
        Authority.openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tokens"),
            *("-keyout", self.key, "-out", self.certificate),
        )
        text = self.certificate.read_text()
        self.chain = ["".join(text.split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0].split())]
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.answer(self, urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.answer(self, urllib.parse.parse_qs(body.decode()))

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def realm(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/token"

    def answer(self, request, wishes):
        scopes = [scope for text in wishes.get("scope", []) for scope in text.split()]
        user = self.user(request, wishes)
        self.asked.append((user, scopes))
        if user is False:
            status, answer = 401, {"errors": [{"code": "UNAUTHORIZED", "message": "who are you"}]}
        else:
            status, answer = 200, {"token": self.token(scopes, user), "expires_in": self.lifetime}
            if self.offline and wishes.get("offline_token"):
                answer["refresh_token"] = f"refresh-{user}"
        body = json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def user(self, request, wishes):
        """A name, None for a stranger, False for who is not who he says."""
        if refresh := wishes.get("refresh_token", [None])[0]:
            self.refreshed += 1
            name = refresh.removeprefix("refresh-")
            return name if name in self.users else False
        header = request.headers.get("Authorization")
        if header is None:
            return None
        name, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        return name if self.users.get(name) == password else False

    def token(self, scopes, user=None):
        access = []
        for scope in scopes:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            allowed = [one for one in actions.split(",") if user or one == "pull"]
            access.append({"type": kind, "name": name, "actions": allowed})
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": user or "", "aud": SERVICE, "access": access, "jti": os.urandom(8).hex()}
        claims |= {"nbf": now - 10, "iat": now, "exp": now + self.lifetime}
        header = {"typ": "JWT", "alg": "RS256", "x5c": self.chain}
        signed = ".".join(unpadded(json.dumps(part).encode()) for part in (header, claims))
        signature = Authority.openssl("dgst", "-sha256", "-sign", self.key, input=signed.encode())
        return f"{signed}.{unpadded(signature)}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(wait.PATIENCE)
