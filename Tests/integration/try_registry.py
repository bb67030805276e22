#!/usr/bin/python3
"""Tries the registry client against Debian's docker-registry: plain, with TLS, with passwords, with tokens, and with
connections that break. Needs docker-registry, apache2-utils and skopeo, and unit tests that are built (`make unit`).

Nothing of it is installed or started for good: each registry lives in a temporary folder on a port of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.images import Image, Index, Layer
from harness.registry import Registry, digest

ROOT = Path(__file__).resolve().parents[2]
USERS = {"me": "secret"}
KINDS = {
    "plain": {},
    "tls": {"tls": True},
    "passwords": {"users": USERS},
    "passwords and tls": {"users": USERS, "tls": True},
    "tokens": {"users": USERS, "tokens": True},
    "broken connections": {"breaks": (1_100_000, 4)},
}


def attempt(kind, folder):
    big = os.urandom(5_000_000)
    image = Image(Layer.of(("one", b"first")), Layer.of(("two", big), compression="none"))
    other = Image(Layer.of(("one", b"of another machine")), architecture="s390x")
    with Registry(folder / "registry", **KINDS[kind]) as registry:
        registry.push(Index(other, image), "box")
        (folder / "registries.json").write_text(
            json.dumps({"registries": {registry.name: {"ca": str(registry.ca)}} if registry.authority else {}})
        )
        environment = {
            **os.environ,
            "SWIFTAINER_TEST_REGISTRY": registry.name,
            "SWIFTAINER_REGISTRIES": str(folder / "registries.json"),
            "DOCKER_CONFIG": str(folder),
        }
        if registry.users:
            login(registry, environment)
        command = ["swift", "test", "--skip-build", "--filter", "RealRegistryTests"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        if done.returncode != 0 or "Test run with 0 tests" in done.stdout:
            sys.exit(f"{kind}: failed\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
        if registry.breaker:
            partial = [line for line in registry.requests("GET") if " 206 " in line]
            assert registry.breaker.broken and partial, (registry.breaker.broken, partial)
        manifest = skopeo("inspect", "--raw", f"docker://{registry.name}/copy:1", registry=registry, folder=folder)
        assert digest(manifest) == image.digest, manifest
        skopeo("copy", f"docker://{registry.name}/copy:1", f"dir:{folder}/copy", registry=registry, folder=folder)
        assert (folder / "copy" / digest(big_blob(image)).removeprefix("sha256:")).stat().st_size > len(big)
    print(f"{kind}: well; {len(registry.requests())} requests")


def big_blob(image):
    return image.layers[1].blob


def login(registry, environment):
    """As docker would have written it."""
    import base64

    user, password = next(iter(registry.users.items()))
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    Path(environment["DOCKER_CONFIG"], "config.json").write_text(json.dumps({"auths": {registry.name: {"auth": auth}}}))


def skopeo(verb, *arguments, registry, folder):
    flags = []
    prefix = "src-" if verb == "copy" else ""
    if registry.authority:
        (folder / "certs").mkdir(exist_ok=True)
        (folder / "certs/ca.crt").write_bytes(registry.ca.read_bytes())
        flags.append(f"--{prefix}cert-dir={folder}/certs")
    else:
        flags.append(f"--{prefix}tls-verify=false")
    if registry.users:
        flags.append(f"--authfile={folder}/config.json")
    done = subprocess.run(["skopeo", verb, *flags, *arguments], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


if __name__ == "__main__":
    for name in sys.argv[1:] or KINDS:
        with tempfile.TemporaryDirectory() as scratch:
            attempt(name, Path(scratch))
