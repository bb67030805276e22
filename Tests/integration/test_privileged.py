"""What only a machine with every right and an ordinary kernel can try."""

import resource

import pytest

pytestmark = pytest.mark.needs("sys-resource")


def lowered(kind, limit):
    """For a child between fork and exec: it starts with that limit, soft and hard."""
    return lambda: resource.setrlimit(getattr(resource, kind), (limit, limit))


class TestRaisedLimits:
    @pytest.mark.parametrize(
        "kind, own, wanted",
        [
            ("RLIMIT_NOFILE", 1000, 4096),
            ("RLIMIT_NPROC", 4000, 5000),
            ("RLIMIT_MEMLOCK", 1 << 20, 1 << 24),
            ("RLIMIT_CORE", 0, 1 << 20),
            ("RLIMIT_STACK", 1 << 23, 1 << 24),
            ("RLIMIT_MSGQUEUE", 819200, 1 << 20),
            ("RLIMIT_RTPRIO", 0, 10),
            ("RLIMIT_SIGPENDING", 1000, 2000),
        ],
    )
    def test_above_the_runtimes_hard_limit(self, containers, kind, own, wanted):
        container = containers("limits")
        container.process["rlimits"] = [{"type": kind, "soft": wanted - 1, "hard": wanted}]
        result = container.run(preexec_fn=lowered(kind, own)).succeeded()
        assert result.record("limits")[kind] == [wanted - 1, wanted]

    def test_also_for_an_exec(self, containers):
        container = containers.up()
        process = {
            "args": ["/bin/probe", "limits"],
            "env": ["PATH=/bin"],
            "cwd": "/",
            "user": {"uid": 1000, "gid": 1000},
            "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 4096, "hard": 4096}],
        }
        result = container.exec_process(process, preexec_fn=lowered("RLIMIT_NOFILE", 1000)).succeeded()
        assert result.record("limits")["RLIMIT_NOFILE"] == [4096, 4096]

    def test_in_a_user_namespace(self, containers):
        """Its root has no right over limits of the machine: they are raised before it is entered."""
        container = containers("limits").map_users(100000)
        container.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 4095, "hard": 4096}]
        result = container.run(preexec_fn=lowered("RLIMIT_NOFILE", 1000)).succeeded()
        assert result.record("limits")["RLIMIT_NOFILE"] == [4095, 4096]

    def test_payload_cannot_raise_them_itself(self, containers):
        """The right to do so ends with the set-up."""
        container = containers("syscall", 160, 7, "s:\xff\xff\x7f", "--", "limits")  # setrlimit(NOFILE, a lot)
        container.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 100}]
        result = container.run().succeeded()
        assert result.record("limits")["RLIMIT_NOFILE"] == [100, 100]

    @pytest.mark.needs("clean-failure")
    def test_above_what_the_kernel_allows(self, containers):
        most = int(open("/proc/sys/fs/nr_open").read())
        container = containers("exit", 0)
        container.process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": most + 1, "hard": most + 1}]
        assert "not permitted" in container.run().failed().stderr
        assert container.leftovers() == []


class TestScore:
    def test_below_the_runtimes_own(self, containers):
        container = containers("status")
        container.process["oomScoreAdj"] = -500
        assert container.run().succeeded().record("status")["oomScoreAdj"] == -500

    def test_in_a_user_namespace(self, containers):
        container = containers("status").map_users(100000)
        container.process["oomScoreAdj"] = -500
        assert container.run().succeeded().record("status")["oomScoreAdj"] == -500
