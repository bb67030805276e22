"""Registries of a test's own: Debian's docker-registry, with TLS, and with whoever must log in."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import urllib.parse

from . import wait
from .authority import Authority
from .breaker import Breaker
from .tokens import ISSUER, SERVICE, Tokens

PROGRAM = "docker-registry"


def reason():
    """Why there can be no registry here, or None."""
    for program in (PROGRAM, "openssl", "htpasswd"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    return None


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Registry:
    """docker-registry on a port of its own, with its content in `folder`.

    `users` are names with passwords. They show them to the registry itself, or, with `tokens`, to `Tokens`. `breaks`
    are two numbers for `Breaker`, which then stands before it.
    """

    def __init__(self, folder, tls=False, users=None, tokens=False, breaks=None, **options):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.users = users or {}
        self.authority = Authority(folder / "tls") if tls else None
        self.tokens = Tokens(folder / "tokens", self.users, **options) if tokens else None
        self.own_port = free_port()
        self.process = self.breaker = None
        self.log = folder / "log"
        (folder / "config.yml").write_text(json.dumps(self.config()))  # JSON is YAML
        self.start()
        self.breaker = Breaker(self.own_port, *breaks) if breaks else None

    @property
    def port(self):
        return self.breaker.port if self.breaker else self.own_port

    @property
    def name(self):
        """As in references."""
        return f"127.0.0.1:{self.port}"

    @property
    def ca(self):
        return self.authority.certificate

    def config(self):
        config = {
            "version": 0.1,
            "log": {"accesslog": {"disabled": False}},
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "data")}, "delete": {"enabled": True}},
            "http": {"addr": f"127.0.0.1:{self.own_port}"},
        }
        if self.authority:
            config["http"]["tls"] = {
                "certificate": str(self.authority.server),
                "key": str(self.authority.server_key),
            }
        if self.tokens:
            config["auth"] = {
                "token": {
                    "realm": self.tokens.realm,
                    "service": SERVICE,
                    "issuer": ISSUER,
                    "rootcertbundle": str(self.tokens.certificate),
                }
            }
        elif self.users:
            file = self.folder / "htpasswd"
            file.touch()
            for user, password in self.users.items():
                made = subprocess.run(
                    ["htpasswd", "-B", "-b", "-C", "4", file, user, password], capture_output=True, timeout=60
                )
                assert made.returncode == 0, made.stderr.decode()
            config["auth"] = {"htpasswd": {"realm": "tests", "path": str(file)}}
        return config

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", self.folder / "config.yml"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"},
            )

        def is_up():
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.own_port)):
                return True

        wait.until(is_up, "docker-registry listens")

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(wait.PATIENCE)
            self.process = None

    def close(self):
        for one in (self.breaker, self.tokens):
            if one:
                one.stop()
        self.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def requests(self, method=None):
        """Lines of its access log; it writes one when an answer is over."""
        lines = [line for line in self.log.read_text().splitlines() if " HTTP/1." in line]
        return [line for line in lines if method is None or f'"{method} ' in line]

    def authorization(self, repository):
        if not self.users:
            return {}
        user, password = next(iter(self.users.items()))
        if self.tokens:
            return {"Authorization": f"Bearer {self.tokens.token([f'repository:{repository}:pull,push'], user)}"}
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def request(self, method, path, body=None, repository="", **headers):
        """Asks it, without whatever breaks connections; the answer's status, headers and body."""
        if self.authority:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.own_port, context=self.authority.context(), timeout=30
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.own_port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, {**self.authorization(repository), **headers})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def push_blob(self, repository, blob):
        status, headers, body = self.request(
            "POST", f"/v2/{repository}/blobs/uploads/", repository=repository, **{"Content-Length": "0"}
        )
        assert status == 202, (status, body)
        place = urllib.parse.urlsplit(headers["Location"])
        status, _, body = self.request(
            *("PUT", f"{place.path}?{place.query}&digest={digest(blob)}", blob, repository),
            **{"Content-Type": "application/octet-stream"},
        )
        assert status == 201, (status, body)

    def push(self, image, repository, tag="latest"):
        """Puts an image or an index of images into a repository; what it is called there."""
        for blob in image.blobs():
            self.push_blob(repository, blob)
        for manifest, type in image.manifests():
            is_last = manifest == image.manifest
            status, _, body = self.request(
                *("PUT", f"/v2/{repository}/manifests/{tag if is_last else digest(manifest)}", manifest, repository),
                **{"Content-Type": type},
            )
            assert status == 201, (status, body)
        return f"{self.name}/{repository}:{tag}"

    def manifest(self, repository, tag="latest"):
        """What it has under a tag, and its type."""
        accepted = ", ".join(
            f"application/vnd.{kind}+json"
            for kind in (
                "oci.image.index.v1",
                "oci.image.manifest.v1",
                "docker.distribution.manifest.v2",
                "docker.distribution.manifest.list.v2",
            )
        )
        status, headers, body = self.request(
            "GET", f"/v2/{repository}/manifests/{tag}", repository=repository, Accept=accepted
        )
        assert status == 200, (status, body)
        return json.loads(body), headers["Content-Type"]

    def blob(self, repository, of):
        status, _, body = self.request("GET", f"/v2/{repository}/blobs/{of}", repository=repository)
        assert status == 200, (status, body)
        return body

    def has_blob(self, repository, of):
        return self.request("HEAD", f"/v2/{repository}/blobs/{of}", repository=repository)[0] == 200

    def damage(self, blob):
        """Changes the first byte of a blob where it lies: in this file."""
        hex = digest(blob).removeprefix("sha256:")
        file = self.folder / "data/docker/registry/v2/blobs/sha256" / hex[:2] / hex / "data"
        file.write_bytes(bytes([blob[0] ^ 1]) + blob[1:])
        return file


def digest(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
