"""Fixtures: servers that people run, as images under their usual names in a registry that stands for docker.io."""

import atexit
import functools
import json
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from engine_fixtures import box, engine, own_network  # noqa: F401
from harness import registry as registries
from harness.engine import Engine
from harness.everyday import Tmux
from harness.registry import Registry
from harness.runtime import REPOSITORY

SERVERS = REPOSITORY / "rootfs-fixtures/out/servers"

# What their Dockerfiles would say. All of them have the same files.
IMAGES = {
    "nginx": ['CMD ["nginx", "-g", "daemon off;"]', "EXPOSE 80", "STOPSIGNAL SIGQUIT"],
    "python": ['CMD ["python3"]'],
    "redis": ['CMD ["redis-server", "--protected-mode", "no"]', "EXPOSE 6379", "VOLUME /data", "WORKDIR /data"],
    "mariadb": ['ENTRYPOINT ["mariadb-entrypoint"]', 'CMD ["mariadbd"]', "EXPOSE 3306", "VOLUME /var/lib/mysql"],
}
OTHER_NAMES = {"mariadb": ["mysql:5.7"], "nginx": ["nginx:alpine"], "python": ["python:3.8-slim"]}


def reason():
    """Why there can be no such images here, or None."""
    if not (SERVERS.parent / ".servers").exists():
        return "no out/servers; make -C rootfs-fixtures servers"
    return registries.reason()


def make(engine, folder, box):  # noqa: F811
    """Imports all images, as a user would who has no Dockerfile; their names."""
    for name in ("servers", "busybox"):
        subprocess.run(["tar", "-C", SERVERS.parent / name, "-cf", folder / f"{name}.tar", "."], check=True)
    for name, lines in IMAGES.items():
        changes = [word for line in lines for word in ("-c", line)]
        engine("import", *changes, folder / "servers.tar", name, timeout=120).succeeded()
    engine("import", "-c", "CMD sh", folder / "busybox.tar", "busybox").succeeded()
    engine("import", "-c", 'CMD ["echo", "Hello from Docker!"]', folder / "busybox.tar", "hello-world").succeeded()
    for name, others in OTHER_NAMES.items():
        for other in others:
            engine("tag", name, other).succeeded()
    return engine("images", "--format", "{{.Repository}}:{{.Tag}}").succeeded().stdout.split()


def rows(table):
    """A table's lines below its header, in columns."""
    return [re.split(r"\s{2,}", line) for line in table.splitlines()[1:]]


def prompt(terminal, text=Tmux.PROMPT):
    """Waits until a shell waits for a line; what is typed before may be another one's."""
    terminal.until(lambda: re.fullmatch(f"(\\^C)?{text.rstrip()}", terminal.screen().split("\n")[-1]), f"the prompt {text!r}")


INSIDE = r"root@[0-9a-f]{12}:/#"


@functools.cache
def content(program, box):  # noqa: F811
    """A registry's folder with all images in it: made once, however many files have tests of them."""
    kept = tempfile.TemporaryDirectory(prefix="swt-hub-")
    atexit.register(kept.cleanup)
    folder = Path(kept.name)
    maker = Engine(program, folder, box)
    with own_network().inside():
        with Registry(folder / "registry") as server:
            for name in make(maker, folder, box):
                there = f"{server.name}/library/{name}"
                maker("tag", name, there).succeeded()
                maker("push", "-q", there, timeout=120).succeeded()
        assert maker.finish() == []
    for name in ("data", "servers.tar", "busybox.tar"):
        subprocess.run(["rm", "-r", folder / name], check=True)
    return folder / "registry"


@pytest.fixture
def hub(engine, box, scratch):  # noqa: F811
    """A registry that has the images; whoever asks docker.io for one gets it from there."""
    with Registry(content(engine.program, box)) as server:
        settings = {"registries": {"docker.io": {"mirrors": [server.name]}}}
        (scratch / "registries.json").write_text(json.dumps(settings))
        engine.environment["SWIFTAINER_REGISTRIES"] = str(scratch / "registries.json")
        engine.environment["DOCKER_CONFIG"] = str(scratch / "docker")
        yield server


@pytest.fixture
def sh(engine, hub, scratch):  # noqa: F811
    """Types a line into a shell, in a folder of the test's own; what it prints."""
    folder = scratch / "work"
    folder.mkdir()

    def typed(line, code=0, timeout=60):
        environment = {**engine.environment, "PATH": f"{engine.program.parent}:{engine.environment['PATH']}"}
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout, start_new_session=True,
        )
        assert done.returncode == code, f"{line}\n  exit {done.returncode}\n  {done.stdout}\n  {done.stderr}"
        return done.stdout + done.stderr

    typed.folder = folder
    return typed


@pytest.fixture
def terminal(engine, sh):  # noqa: F811
    """A terminal with a shell in it that finds `swiftainer`."""
    made = Tmux(engine.folder, columns=160)
    for name in ("SWIFTAINER_DATA_ROOT", "SWIFTAINER_RUN_ROOT", "SWIFTAINER_REGISTRIES", "DOCKER_CONFIG", "https_proxy"):
        made.type(f"export {name}={engine.environment.get(name, '')}")
    made.type(f"cd {sh.folder}; PATH={engine.program.parent}:$PATH; clear")
    yield made
    made.close()
