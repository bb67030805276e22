"""Fixtures of the tests of registries."""

import json

import pytest

from harness import registry as registries
from image_fixtures import archive, box, busybox, engine, good  # noqa: F401


@pytest.fixture
def serve(engine, scratch):  # noqa: F811
    """Starts a registry: `serve(tls=True)`; its end is the test's."""
    made = []

    def start(**options):
        made.append(registries.Registry(scratch / f"registry{len(made)}", **options))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def settings(engine, scratch):  # noqa: F811
    """Writes what is said of registries, and has a login's file of the test's own."""
    engine.environment["DOCKER_CONFIG"] = str(scratch / "docker")
    engine.environment["SWIFTAINER_REGISTRIES"] = str(scratch / "registries.json")

    def write(**said):
        (scratch / "registries.json").write_text(json.dumps({"registries": said.get("registries", said)}))

    write()
    return write


@pytest.fixture
def remote(engine, settings, serve, busybox):  # noqa: F811
    """A registry that has `busybox`; its name there."""
    name = f"{serve().name}/busybox"
    good(engine("tag", "busybox", name))
    good(engine("push", "-q", name))
    good(engine("rmi", "-f", busybox))
    return name
