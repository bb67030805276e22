"""hooks: the six kinds, when and where they run, what they are told, and what their failure does."""

import json
import os
import time

import pytest

from harness import host, wait

OUTSIDE = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"]
KINDS = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
SHELL = "/bin/sh"


class Record:
    """A folder where hooks write; the container sees it as /record."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def script(self, kind, more=""):
        """A shell text for a hook: its name goes to `order`, its stdin to a file of its name."""
        at = "/record" if kind == "startContainer" else self.folder
        return f"echo {kind} >> {at}/order; cat > {at}/{kind}; {more}"

    @property
    def order(self):
        file = self.folder / "order"
        return file.read_text().split() if file.exists() else []

    def state(self, kind):
        return json.loads((self.folder / kind).read_text())

    def text(self, name):
        return (self.folder / name).read_text()


@pytest.fixture
def record(scratch):
    return Record(scratch / "record")


@pytest.fixture
def hooked(containers, rootfs, record):
    """A container with a shell, and a function that gives it hooks."""

    def make(*arguments, **scripts):
        container = containers(*arguments, rootfs=rootfs.parent / "busybox")
        container.mount("/record", record.folder)
        hooks = container.config.setdefault("hooks", {})
        for kind, more in scripts.items():
            hook = {
                "path": SHELL,
                "args": ["sh", "-c", record.script(kind, more)],
                "env": ["PATH=/bin:/usr/bin"],
            }
            hooks.setdefault(kind, []).append(hook)
        return container

    return make


class TestOrder:
    @pytest.mark.needs("poststart-after-start")
    def test_over_a_life(self, hooked, record):
        container = hooked("pause", **{kind: "" for kind in KINDS})
        container.create()
        assert record.order == ["prestart", "createRuntime", "createContainer"]
        container.start()
        container.output.record("pause")
        wait.until(lambda: "poststart" in record.order, "poststart")
        assert record.order[3:] == ["startContainer", "poststart"]
        container.kill("KILL")
        container.wait_exit()
        assert "poststop" not in record.order
        container.delete().succeeded()
        assert record.order[5:] == ["poststop"]

    def test_with_run(self, hooked, record):
        hooked("exit", 0, **{kind: "" for kind in KINDS}).run().succeeded()
        order = [kind for kind in record.order if kind != "poststart"]  # beside the payload: at any time
        assert order == ["prestart", "createRuntime", "createContainer", "startContainer", "poststop"]
        assert "poststart" in record.order

    def test_several_of_a_kind_in_their_order(self, hooked, record):
        container = hooked("exit", 0)
        container.config["hooks"] = {
            kind: [
                {"path": SHELL, "args": ["sh", "-c", f"echo {kind}{number} >> {record.folder}/order"]}
                for number in range(5)
            ]
            for kind in ("prestart", "createRuntime", "poststop")
        }
        container.run().succeeded()
        assert record.order == [
            f"{kind}{number}" for kind in ("prestart", "createRuntime", "poststop") for number in range(5)
        ]

    def test_payload_starts_after_start_container(self, hooked, record):
        container = hooked("read", "/record/order", startContainer="")
        assert container.run().succeeded().record("read")["text"] == "startContainer\n"

    def test_poststop_with_delete_force(self, hooked, record):
        container = hooked("pause", poststop="").up()
        container.delete("--force").succeeded()
        assert record.order == ["poststop"]

    def test_poststop_of_a_container_never_started(self, hooked, record):
        container = hooked("pause", poststop="").create()
        container.delete("--force").succeeded()
        assert record.order == ["poststop"]


class TestState:
    @pytest.mark.parametrize(
        "kind, status",
        [
            ("prestart", "creating"),
            ("createRuntime", "creating"),
            ("createContainer", "creating"),
            ("startContainer", "created"),
            ("poststart", "running"),
            ("poststop", "stopped"),
        ],
    )
    def test_on_stdin(self, hooked, record, runtime, kind, status):
        container = hooked("line", **{kind: ""})
        container.config["annotations"] = {"a": "b"}
        container.create(stdin=True).start()
        pid = container.pid
        container.stdin.write(b"\n")
        container.stdin.flush()
        container.wait_exit()
        container.delete().succeeded()
        state = record.state(kind)
        assert state["id"] == container.id
        assert state["bundle"] == str(container.bundle)
        assert state["annotations"] == {"a": "b"}
        assert state["ociVersion"]
        if kind in ("createContainer", "startContainer"):  # may be as seen from inside
            assert state["pid"] in (1, pid)
        elif kind != "poststop":
            assert state["pid"] == pid
        if runtime.kind != "runc" or kind not in ("startContainer", "poststart"):  # runc: too early
            assert state["status"] == status

    def test_hook_may_ignore_it(self, containers):
        container = containers("exit", 0)
        container.config["annotations"] = {f"key{number}": "x" * 1000 for number in range(200)}
        container.config["hooks"] = {
            "createRuntime": [{"path": "/bin/true"}],
            "poststop": [{"path": "/bin/true"}],
        }
        container.run().succeeded()

    def test_container_can_be_asked_about_in_a_hook(self, hooked, record, runtime, root):
        """Podman's and nerdctl's network hooks do so."""
        more = f"{runtime.path} --root {root} state $(basename $0) > {record.folder}/answer 2>&1 || true"
        container = hooked("exit", 0)
        container.config["hooks"] = {
            "createRuntime": [{"path": SHELL, "args": ["sh", "-c", more, container.id]}]
        }
        container.run(timeout=10).succeeded()
        assert (record.folder / "answer").exists()


class TestPlace:
    @pytest.mark.parametrize("kind", ["prestart", "createRuntime", "poststart", "poststop"])
    def test_outside(self, hooked, record, kind):
        more = f"readlink /proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/net > {record.folder}/ns"
        hooked("exit", 0, **{kind: more}).run().succeeded()
        assert record.text("ns").split() == [
            os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "pid", "net")
        ]

    def test_create_container_is_in_the_namespaces_before_the_pivot(self, hooked, record):
        more = f"cat /proc/self/mountinfo > {record.folder}/mounts; ls -A / > {record.folder}/root"
        container = hooked("ns", "--", "line", createContainer=more)
        container.run(stdin="\n").succeeded()
        points = {mount.point for mount in host.mounts(record.text("mounts").splitlines())}
        assert f"{container.rootfs}/proc" in points  # the host's paths, and the container's mounts upon them
        assert record.text("root").split() == sorted(os.listdir("/"))

    def test_start_container_is_inside(self, hooked, record):
        more = "ls / > /record/root; echo $$ > /record/pid; hostname > /record/name"
        container = hooked("exit", 0, startContainer=more)
        container.run().succeeded()
        assert record.text("name").strip() == "probe"
        assert "record" in record.text("root").split()

    def test_program_of_start_container_is_looked_up_inside(self, containers):
        container = containers("read", "/made")
        container.config["hooks"] = {
            "startContainer": [{"path": "/bin/probe", "args": ["probe", "write", "/made", "by the hook"]}]
        }
        assert container.run().succeeded().record("read")["text"] == "by the hook"

    @pytest.mark.parametrize("kind", OUTSIDE)
    def test_exact_environment_and_arguments(self, containers, scratch, rootfs, kind):
        out = scratch / "seen"
        container = containers("exit", 0)
        text = f"cat /proc/self/environ > {out}"
        container.config["hooks"] = {
            kind: [{"path": SHELL, "args": ["zero", "-c", text], "env": ["A=1", "B= 2"]}]
        }
        container.run(env={**os.environ, "LEAK": "1"}).succeeded()
        variables = out.read_text().split("\0")
        assert [
            entry for entry in variables if entry and not entry.startswith(("PWD=", "OLDPWD=", "_="))
        ] == ["A=1", "B= 2"]

    @pytest.mark.parametrize("kind", ["createRuntime", "poststop"])
    def test_no_descriptors_leak(self, containers, scratch, rootfs, kind):
        out = scratch / "seen"
        container = containers("exit", 0)
        text = f"exec {rootfs}/bin/probe fds > {out}"
        container.config["hooks"] = {kind: [{"path": SHELL, "args": ["sh", "-c", text]}]}
        container.run().succeeded()
        assert [entry["fd"] for entry in json.loads(out.read_text())["fds"]] == [0, 1, 2]


class TestFailure:
    @pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer"])
    def test_before_create_returns(self, hooked, record, kind):
        container = hooked("print", "started", **{kind: "echo the reason >&2; exit 3"})
        result = container.try_create()
        assert result.code != 0
        assert "the reason" in result.stderr or "exit status 3" in result.stderr
        assert "does not exist" in container.call("state", container.id).failed().stderr
        assert container.leftovers() == []
        assert container.output.rest() == ""

    @pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer"])
    def test_later_hooks_of_the_kind_do_not_run(self, hooked, record, kind):
        container = hooked("exit", 0, **{kind: "exit 1"})
        container.config["hooks"][kind].append(
            {"path": SHELL, "args": ["sh", "-c", f"echo second >> {record.folder}/order"]}
        )
        assert container.try_create().code != 0
        assert record.order == [kind]

    def test_of_start_container(self, hooked, record, runtime):
        container = hooked("print", "started", startContainer="exit 1").create()
        result = container.call("start", container.id)
        if runtime.kind != "runc":  # it does not wait for the hook
            result.failed()
        wait.for_death(container.pid)
        assert container.output.rest() == ""
        assert container.status == "stopped"

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize(
        "script, limit, why",
        [
            ("exit 7", {}, "exit code 7"),
            ("exec sleep 60", {"timeout": 1}, "took longer than 1 s and was killed"),
        ],
        ids=["exit", "timeout"],
    )
    def test_start_says_which_one(self, hooked, record, script, limit, why):
        container = hooked("exit", 0, startContainer="")
        second = {"path": SHELL, "args": ["sh", "-c", script], "env": ["PATH=/bin"], **limit}
        container.config["hooks"]["startContainer"].append(second)
        error = container.create().call("start", container.id).failed().stderr
        assert f"run hook hooks.startContainer[1] {SHELL}: {why}" in error

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize("kind", ["createRuntime", "createContainer", "startContainer", "poststart"])
    def test_a_limit_without_end_is_none(self, hooked, record, kind):
        container = hooked("exit", 0, **{kind: ""})
        container.config["hooks"][kind][0]["timeout"] = 2**63 - 1
        container.run().succeeded()
        assert record.order == [kind]

    @pytest.mark.needs("fatal-poststart")
    def test_of_poststart_is_fatal(self, hooked, record):
        container = hooked("pause", poststart="exit 1").create()
        container.call("start", container.id).failed()
        wait.for_death(container.pid)

    def test_of_poststop_is_only_told(self, hooked, record):
        container = hooked("exit", 0, poststop="exit 1")
        container.config["hooks"]["poststop"].append(
            {"path": SHELL, "args": ["sh", "-c", f"echo second >> {record.folder}/order"]}
        )
        container.create().start()
        container.wait_exit()
        container.delete()
        assert container.leftovers() == []
        assert record.order[0] == "poststop"

    @pytest.mark.needs("poststop-after-failure")
    def test_of_an_early_one_still_runs_poststop(self, hooked, record):
        container = hooked("exit", 0, createRuntime="exit 1", poststop="")
        assert container.try_create().code != 0
        assert record.order == ["createRuntime", "poststop"]

    @pytest.mark.parametrize(
        "path, words", [("/nowhere/hook", "no such file"), ("/etc/passwd", "permission denied")]
    )
    def test_program_that_cannot_run(self, containers, path, words):
        container = containers("exit", 0)
        container.config["hooks"] = {"createRuntime": [{"path": path}]}
        result = container.run().failed()
        assert words in result.stderr
        assert container.leftovers() == []

    def test_death_by_signal_is_a_failure(self, hooked):
        hooked("exit", 0, createRuntime="kill -9 $$").run().failed()


class TestTimeout:
    def test_slow_hook_is_ended(self, hooked, record):
        container = hooked("exit", 0)
        text = f"echo $$ > {record.folder}/pid; exec sleep 60"
        container.config["hooks"] = {
            "createRuntime": [{"path": SHELL, "args": ["sh", "-c", text], "timeout": 3}]
        }
        begin = time.monotonic()
        container.run().failed()
        assert 2.9 < time.monotonic() - begin < 50
        pid = int(record.text("pid"))
        wait.until(lambda: not wait.is_alive(pid), "end of the hook")
        assert container.leftovers() == []

    def test_quick_hook_is_not(self, hooked, record):
        container = hooked("exit", 0, createRuntime="sleep 0.1")
        container.config["hooks"]["createRuntime"][0]["timeout"] = 10
        container.run().succeeded()

    @pytest.mark.parametrize("seconds", [0, -1])
    @pytest.mark.needs("swiftainer")
    def test_must_be_positive(self, hooked, seconds):
        container = hooked("exit", 0, createRuntime="")
        container.config["hooks"]["createRuntime"][0]["timeout"] = seconds
        assert "hooks.createRuntime[0].timeout" in container.run().failed().stderr
