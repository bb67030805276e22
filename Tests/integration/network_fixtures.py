"""Fixtures of the tests of networks."""

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness.network import Inside, OtherHost, Server


@pytest.fixture
def other(engine):  # noqa: F811
    """Another machine, beside the one that the containers are on."""
    made = OtherHost()
    yield made
    made.close()


@pytest.fixture
def inside(engine):  # noqa: F811
    return lambda identifier: Inside(engine, identifier)


@pytest.fixture
def serve(engine):  # noqa: F811
    """Has a `Server` in a container: `serve(ID, 80, "web")`; without an ID, on the host."""
    made = []

    def start(identifier=None, port=80, name="server", **options):
        if identifier is None:
            made.append(Server(port, name, **options))
        else:
            made.append(Server.in_container(engine.pid(identifier), port, name=name, **options))
        return made[-1]

    yield start
    for server in made:
        server.close()


@pytest.fixture
def made(engine):  # noqa: F811
    """Makes a network: `made("mynet", "--internal")`; its ID. The test's end removes it."""
    return lambda name, *flags: engine("network", "create", *flags, name).succeeded().stdout.strip()
