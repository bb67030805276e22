"""Descriptors: the payload gets 0, 1 and 2, and --preserve-fds more; nothing else of anybody's."""

import os
import subprocess

import pytest

from harness.output import Output


def numbers(result):
    return [entry["fd"] for entry in result.record("fds")["fds"]]


@pytest.fixture
def extra(scratch):
    """Some descriptors that a careless caller leaves open without close-on-exec."""
    made = []
    for number in range(4):
        (scratch / f"secret{number}").write_text(f"content {number}")
        descriptor = os.open(scratch / f"secret{number}", os.O_RDONLY)
        made.append(descriptor)
    made.append(os.open(scratch, os.O_RDONLY | os.O_DIRECTORY))
    yield made
    for descriptor in made:
        os.close(descriptor)


def shifted(descriptors):
    """Puts them at 3, 4, … of the child, after fork."""

    def move():
        high = [os.dup2(descriptor, 100 + number) for number, descriptor in enumerate(descriptors)]
        for number, descriptor in enumerate(high):
            os.dup2(descriptor, 3 + number)
            os.set_inheritable(3 + number, True)
        os.closerange(100, 100 + len(high))

    return move


class TestNothingLeaks:
    def test_run(self, containers):
        assert numbers(containers("fds").run().succeeded()) == [0, 1, 2]

    def test_run_of_a_careless_caller(self, containers, extra):
        result = containers("fds").run(preexec_fn=shifted(extra), close_fds=False).succeeded()
        assert numbers(result) == [0, 1, 2]

    def test_create_and_start(self, containers):
        container = containers("fds").create().start()
        assert [entry["fd"] for entry in container.output.record("fds")["fds"]] == [0, 1, 2]

    def test_exec_of_a_careless_caller(self, containers, extra):
        container = containers.up()
        result = container.exec("fds", preexec_fn=shifted(extra), close_fds=False).succeeded()
        assert numbers(result) == [0, 1, 2]

    def test_with_a_user_namespace(self, containers):
        assert numbers(containers("fds").map_users().run().succeeded()) == [0, 1, 2]

    def test_with_seccomp(self, containers):
        container = containers("fds")
        container.linux["seccomp"] = {
            "defaultAction": "SCMP_ACT_ALLOW",
            "syscalls": [{"names": ["sched_yield"], "action": "SCMP_ACT_ERRNO"}],
        }
        assert numbers(container.run().succeeded()) == [0, 1, 2]

    def test_init_waiting_for_start_holds_nothing_of_the_host(self, containers):
        """CVE-2024-21626: a handle on a folder of the host is a way out."""
        container = containers("pause").create()
        inside = os.stat(f"/proc/{container.pid}/root").st_dev
        for name in os.listdir(f"/proc/{container.pid}/fd"):
            path = f"/proc/{container.pid}/fd/{name}"
            try:
                found = os.stat(path)
            except FileNotFoundError:
                continue
            target = os.readlink(path)
            if os.path.isdir(path):
                assert target.startswith("/") and not target.startswith(str(container.root)), target
                assert found.st_dev != os.stat("/proc/1/root").st_dev or inside == found.st_dev, target
                assert not os.path.exists(f"{path}/{container.bundle}"), target  # no view of the host's tree


class TestStandardStreams:
    def test_are_the_callers(self, containers):
        result = containers("fds").run().succeeded()
        entries = result.record("fds")["fds"]
        assert entries[1]["target"].startswith("pipe:")
        assert entries[2]["target"].startswith("pipe:")

    @pytest.mark.parametrize("closed", [0, 2])
    def test_closed_ones_do_no_harm(self, containers, closed):
        """A missing standard stream must not be filled with a descriptor of the runtime's."""
        result = containers("fds").run(preexec_fn=lambda: os.close(closed))
        if result.code != 0:
            return  # refusing is as good
        for entry in result.record("fds")["fds"]:
            assert entry["fd"] <= 2
            assert (entry["target"] or "").startswith(("pipe:", "/dev/null"))


class TestPreserved:
    @pytest.mark.parametrize("count", [1, 3, 5])
    def test_run(self, containers, extra, count):
        result = (
            containers("fds")
            .run("--preserve-fds", count, preexec_fn=shifted(extra), close_fds=False)
            .succeeded()
        )
        assert numbers(result) == list(range(3 + count))

    def test_they_are_the_very_same(self, containers, extra):
        result = (
            containers("read", "/proc/self/fd/4")
            .run("--preserve-fds", 2, preexec_fn=shifted(extra), close_fds=False)
            .succeeded()
        )
        assert result.record("read")["text"] == "content 1"

    def test_create(self, containers, extra):
        """As conmon hands over sockets of systemd."""
        container = containers("fds")
        container.write_config()
        reader, writer = os.pipe()
        command = container.runtime.command(
            "create", "--bundle", container.bundle, "--preserve-fds", 2, container.id, root=container.root
        )
        code = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=writer, close_fds=False, preexec_fn=shifted(extra)
        ).returncode
        os.close(writer)
        assert code == 0
        container.start()
        output = Output(reader)
        found = output.record("fds")["fds"]
        output.close()
        assert [entry["fd"] for entry in found] == [0, 1, 2, 3, 4]

    def test_exec(self, containers, extra):
        container = containers.up()
        result = container.exec(
            "fds", flags=["--preserve-fds", 2], preexec_fn=shifted(extra), close_fds=False
        ).succeeded()
        assert numbers(result) == [0, 1, 2, 3, 4]

    def test_missing_ones_are_refused(self, containers):
        containers("fds").run("--preserve-fds", 50).failed()

    @pytest.mark.parametrize(
        "count", [pytest.param("-1", marks=pytest.mark.needs("swiftainer")), "x", "4294967296", "1000000"]
    )
    def test_bad_count(self, containers, count):
        containers("fds").run("--preserve-fds", count).failed()


class TestListenDescriptors:
    def test_of_socket_activation(self, containers, extra):
        """LISTEN_FDS tells how many descriptors from 3 on belong to the payload (sd_listen_fds(3))."""
        move = shifted(extra)

        def activate():
            move()
            os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()))

        result = containers("fds", "--", "env").run(preexec_fn=activate, close_fds=False).succeeded()
        assert numbers(result) == [0, 1, 2, 3, 4]
        assert {"LISTEN_FDS=2", "LISTEN_PID=1"} <= set(result.record("env")["env"])
