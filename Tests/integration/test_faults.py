"""Commands killed at any instant, system calls that fail, full disks, and two at once.

A command that is killed leaves something that the next one can recognise, finish or clean up; a command that
fails cleans up by itself. strace(1) does the killing and the failing.
"""

import json
import os
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import host, wait

STATES = {"creating", "created", "running", "paused", "stopped"}
SHARDS = 4

pytestmark = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


class Traced:
    """One runtime command under strace."""

    def __init__(self, container, options, *arguments):
        self.log = container.bundle / "trace"
        command = ["strace", "-qq", "-o", str(self.log), *options, "--"]
        command += container.runtime.command(*arguments, root=container.root)
        # Its streams go to files: a payload or an orphan may keep them open.
        self.out, self.err = container.bundle / "out", container.bundle / "err"
        with open(self.out, "w") as out, open(self.err, "w") as err:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
            try:
                self.code = process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"still running after 20 s: {' '.join(command)}")

    @property
    def calls(self):
        return len(self.log.read_text().splitlines())

    @property
    def injected(self):
        return "(INJECTED)" in self.log.read_text()

    @property
    def stderr(self):
        return self.err.read_text()


def killed_at(container, number, *arguments):
    """The command, killed at its n-th system call."""
    return Traced(
        container, ["-e", "trace=all", "-e", f"inject=all:signal=SIGKILL:when={number}"], *arguments
    )


def failing(container, call, error, number, *arguments, follow=False):
    """The command, with the n-th call of that name failing; `follow` means: also in its children."""
    inject = f"inject={call}:error={error}:when={number}"
    # -D: the tracer goes aside, since it lives as long as the last process that it follows.
    return Traced(
        container, [*(["-f", "-D"] if follow else []), "-e", f"trace={call}", "-e", inject], *arguments
    )


def count(container, *arguments):
    """How many calls the command makes when nothing goes wrong."""
    traced = Traced(container, ["-e", "trace=all"], *arguments)
    assert traced.code == 0, traced.stderr
    return traced.calls


def clean(container, number=None):
    """`state` has a sensible answer, `delete --force` succeeds, and then nothing is left."""
    result = container.call("state", container.id, timeout=10)
    if result.code == 0:
        assert json.loads(result.stdout)["status"] in STATES, (number, result.stdout)
    else:
        assert "does not exist" in result.stderr, (number, str(result))
    listed = container.call("list", "--format", "json", timeout=10)
    if listed.code == 0:
        assert result.code != 0 or container.id in listed.stdout, (number, str(listed))
    container.delete_while_reaping()
    assert container.leftovers() == [], (number, result.stdout)
    no_orphans(number)
    assert [name for name in os.listdir(container.root) if not name.startswith(".")] == []


def no_orphans(number):
    """Every process of the command is gone; a tracer that went aside may take a moment."""

    def check():
        wait.reap_orphans()
        return not wait.children(os.getpid())

    try:
        wait.until(check, "the end of every process", timeout=5)
    except AssertionError:
        orphans = [f"{pid} {wait.command_line(pid)}" for pid in wait.children(os.getpid())]
        raise AssertionError(f"{number}: left running: {orphans}") from None


def instants(total, shard):
    """This shard's instants: about 120 over the command's life in all, or every one on request.

    In the virtual machine 12 are enough: only the kernel is another there, and each of them is slow.
    """
    if os.environ.get("SWIFTAINER_EVERY_INSTANT"):
        return range(1 + shard, total + 1, SHARDS)
    step = max(1, total // (12 if host.is_test_machine() else 120))
    return range(1 + shard * step, total + 1, SHARDS * step)


@pytest.fixture
def limited(containers):
    """A container with cgroups in several hierarchies, a bind mount and a hook: much to leave behind."""
    container = containers("pause")
    container.resources.update(memory={"limit": 64 << 20}, pids={"limit": 30})
    container.mount("/mnt", "/etc")
    container.config["hooks"] = {
        "createRuntime": [{"path": "/bin/true"}],
        "poststop": [{"path": "/bin/true"}],
    }
    container.write_config()
    return container


def create_arguments(container):
    return ["create", "--bundle", container.bundle, "--pid-file", container.bundle / "pid", container.id]


@pytest.mark.needs("kill-safe")
@pytest.mark.parametrize("shard", range(SHARDS))
class TestKilled:
    def test_create(self, limited, shard):
        total = count(limited, *create_arguments(limited))
        clean(limited)
        for number in instants(total, shard):
            killed_at(limited, number, *create_arguments(limited))
            clean(limited, number)
        limited.create().start()  # and the name can be used again

    def test_start(self, limited, shard):
        total = self.prepared(limited, "start")
        for number in instants(total, shard):
            assert Traced(limited, [], *create_arguments(limited)).code == 0
            killed_at(limited, number, "start", limited.id)
            clean(limited, number)

    def test_delete(self, limited, shard):
        total = self.prepared(limited, "delete", "--force")
        for number in instants(total, shard):
            assert Traced(limited, [], *create_arguments(limited)).code == 0
            killed_at(limited, number, "delete", "--force", limited.id)
            clean(limited, number)

    def test_run(self, limited, shard):
        limited.payload("exit", 0).write_config()
        arguments = ["run", "--bundle", limited.bundle, limited.id]
        total = count(limited, *arguments)
        clean(limited)
        for number in instants(total, shard):
            killed_at(limited, number, *arguments)
            clean(limited, number)

    def test_kill(self, limited, shard):
        total = self.prepared(limited, "kill", after=("KILL",))
        for number in instants(total, shard):
            assert Traced(limited, [], *create_arguments(limited)).code == 0
            killed_at(limited, number, "kill", limited.id, "KILL")
            clean(limited, number)

    @pytest.mark.parametrize("verb", ["pause", "resume"])
    def test_freezing(self, limited, shard, verb):
        limited.create().start()
        limited.call("pause", limited.id).succeeded()
        if verb == "pause":
            limited.call("resume", limited.id).succeeded()
        total = count(limited, verb, limited.id)
        for number in instants(total, shard):
            killed_at(limited, number, verb, limited.id)
            if limited.status == "paused":
                limited.call("resume", limited.id).succeeded()
            assert limited.status == "running"
            if verb == "resume":
                limited.call("pause", limited.id).succeeded()
        clean(limited)

    def test_exec(self, limited, shard):
        limited.create().start()
        arguments = ["exec", limited.id, "/bin/probe", "exit", "0"]
        total = count(limited, *arguments)
        for number in instants(total, shard):
            killed_at(limited, number, *arguments)
            wait.reap_orphans()
        assert limited.status == "running"
        assert limited.exec("exit", 5).code == 5
        wait.until(lambda: limited.pids() == [limited.pid], "the end of every half-made process")
        clean(limited)

    def prepared(self, container, verb, *flags, after=()):
        """Counts the calls of a verb on a fresh container, and cleans up."""
        assert Traced(container, [], *create_arguments(container)).code == 0
        total = count(container, verb, *flags, container.id, *after)
        clean(container)
        return total


@pytest.mark.needs("swiftainer")
class TestFailingCalls:
    """A call that fails ends in one clear line, and the command cleans up after itself."""

    OWN = [
        "openat",
        "openat2",
        "mkdir",
        "write",
        "rename",
        "clone3",
        "read",
        "memfd_create",
        "fcntl",
        "socketpair",
    ]
    INIT = [
        "fsopen",
        "fsconfig",
        "fsmount",
        "open_tree",
        "move_mount",
        "mount_setattr",
        "pivot_root",
        "unshare",
        "sethostname",
        "mknodat",
        "symlinkat",
        "capset",
        "prctl",
        "setsid",
        "close_range",
        "fchdir",
        "umount2",
        "execveat",
        "execve",
        "setresuid",
        "setresgid",
        "setgroups",
        "keyctl",
        "mkdirat",
    ]

    def attack(self, container, call, error, number, follow):
        traced = failing(container, call, error, number, *create_arguments(container), follow=follow)
        if traced.code != 0:
            assert len(traced.stderr.splitlines()) >= 1, (call, number, "no word of what failed")
            assert "Fatal error" not in traced.stderr, (call, number, traced.stderr)
            assert container.leftovers() == [], (call, number, traced.stderr)
            no_orphans((call, number, traced.stderr))
        clean(container, (call, number))
        return traced.injected

    def attack_each(self, container, call, error, numbers, follow):
        for number in numbers:
            if not self.attack(container, call, error, number, follow):
                break
        assert number > numbers.start, f"no {call} was made: nothing was tested"

    @pytest.mark.needs("ordinary-machine")
    @pytest.mark.parametrize("call", OWN)
    @pytest.mark.parametrize("error", ["ENOSPC", "EMFILE"])
    def test_of_the_runtime(self, limited, call, error):
        # The first read and openat are Swift's own, of /proc/self/maps, before any code of ours.
        self.attack_each(limited, call, error, range(2 if call in ("read", "openat") else 1, 40), follow=False)

    @pytest.mark.parametrize("call", INIT)
    def test_of_the_init(self, limited, call):
        self.attack_each(limited, call, "EPERM", range(1, 12), follow=True)


@pytest.mark.needs("swiftainer")
class TestKilledInit:
    """The init is ended at one of its calls: the command says so, and takes away what was made."""

    # Calls that the init makes and the runtime does not, so that it is the init that dies.
    CALLS = sorted(set(TestFailingCalls.INIT) - {"prctl", "close_range", "mkdirat", "execve"})

    @pytest.mark.parametrize("call", [*CALLS, "faccessat2", "fstatfs"])
    def test_at_each_call(self, limited, call):
        # The two pipes between create and start are nodes that the runtime itself makes.
        first = 3 if call == "mknodat" else 1
        for number in range(first, 12):
            inject = f"inject={call}:signal=SIGKILL:when={number}"
            options = ["-f", "-D", "-e", f"trace={call}", "-e", inject]
            traced = Traced(limited, options, *create_arguments(limited))
            killed = "killed by SIGKILL" in traced.log.read_text()
            if killed:
                assert traced.code == 1, (call, number)
                assert len(traced.stderr.splitlines()) == 1, (call, number, traced.stderr)
                assert limited.leftovers() == [], (call, number, traced.stderr)
                no_orphans((call, number, traced.stderr))
            clean(limited, (call, number))
            if not killed:
                break
        assert number > first, f"no {call} was made: nothing was tested"


@pytest.mark.needs("swiftainer")
class TestInterrupted:
    @pytest.mark.parametrize("call", ["read", "write", "waitid"])
    def test_interrupted_call_is_repeated(self, limited, call):
        """EINTR is no error (signal(7))."""
        first = 2 if call == "read" else 1  # the first read is Swift's own
        for number in range(first, 7):
            traced = failing(limited, call, "EINTR", number, *create_arguments(limited))
            assert traced.code == 0, (call, number, traced.stderr)
            clean(limited)
            if not traced.injected:
                break
        assert number > first, f"no {call} was made: nothing was tested"


def together(number, work):
    """Runs `work(0)`, `work(1)`, … in threads at once; the first failure is raised."""
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(work, range(number)))


class TestTwoAtOnce:
    @pytest.mark.needs("one-winner")
    def test_creates_of_one_id(self, containers):
        first = containers("pause")
        second = containers("pause", identifier=first.id)
        for _ in range(8):
            results = together(2, lambda number: (first, second)[number].try_create())
            winners = [one for one, result in zip((first, second), results) if result.code == 0]
            assert len(winners) == 1, [str(result) for result in results]
            loser = second if winners == [first] else first
            assert winners[0].state()["bundle"] == str(winners[0].bundle)
            assert loser.cgroups() == []
            winners[0].call("start", first.id).succeeded()
            winners[0].output.record("pause")
            winners[0].delete_while_reaping()
            assert first.leftovers() == second.leftovers() == []

    def test_starts(self, containers):
        container = containers("line").create(stdin=True)
        codes = together(3, lambda _: container.call("start", container.id).code)
        assert codes.count(0) == 1, codes
        assert container.status == "running"

    def test_deletes(self, containers):
        for _ in range(5):
            container = containers.up()
            together(3, lambda _: container.delete_while_reaping())
            assert container.leftovers() == []

    def test_delete_during_create(self, containers):
        container = containers("pause")
        container.write_config()
        for delay in range(8):
            with ThreadPoolExecutor() as pool:
                creating = pool.submit(Traced, container, [], *create_arguments(container))
                for _ in range(delay):
                    container.call("state", container.id)
                container.delete("--force")
                creating.result()
            clean(container, delay)

    def test_exec_during_the_end(self, containers):
        for _ in range(5):
            container = containers.up()
            with ThreadPoolExecutor() as pool:
                running = [pool.submit(container.exec, "exit", 0, timeout=15) for _ in range(3)]
                container.kill("KILL")
                container.wait_exit()
                results = [one.result() for one in running]
            assert all(result.code in (0, 1, 137, 255) for result in results), [
                str(result) for result in results
            ]
            clean(container)


class TestManyAtOnce:
    """On a crowded machine every order of two processes' steps comes to pass."""

    @pytest.mark.parametrize("in_user_namespace", [False, True])
    def test_told_init_is_the_payload(self, containers, in_user_namespace):
        made = [containers("exit", number) for number in range(24)]
        if in_user_namespace:
            for container in made:
                container.map_users()
        together(24, lambda number: made[number].create())
        for container in made:
            assert container.pids() == [container.pid]
        together(24, lambda number: made[number].start())
        assert [container.wait_exit() for container in made] == list(range(24))

    def test_told_process_is_the_one_executed(self, containers):
        container = containers.up()

        def execute(number):
            file = container.bundle / f"exec-pid-{number}"
            result = container.launch(
                "exec", "--detach", "--pid-file", file, container.id, "/bin/probe", "exit", number
            )
            result.output.close()
            assert result.code == 0, str(result)
            return wait.Orphan(int(file.read_text()))

        orphans = together(24, execute)
        assert [orphan.exit_code() for orphan in orphans] == list(range(24))


@pytest.fixture
def tiny(scratch):
    """A file system of sixteen pages for the runtime's state."""
    folder = scratch / "tiny"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=711", "tiny", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


class TestFullDisk:
    def fill(self, folder, leave=0):
        block = folder / "filler"
        with open(block, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
            file.truncate(max(0, file.tell() - leave))

    @pytest.mark.parametrize("leave", [0, 4096, 8192, 16384])
    def test_create(self, containers, tiny, leave):
        container = containers("pause")
        container.root = tiny
        container.config["annotations"] = {"large": "x" * 6000}
        self.fill(tiny, leave)
        result = container.try_create()
        if result.code != 0:
            assert container.runtime.kind == "runc" or "no space left on device" in result.stderr, str(result)
            assert container.leftovers() == []
        (tiny / "filler").unlink()
        container.delete_while_reaping()
        assert container.leftovers() == []

    def test_running_container_can_be_ended(self, containers, tiny):
        container = containers("pause")
        container.root = tiny
        container.up()
        self.fill(tiny)
        container.exec("exit", 3)
        assert container.status == "running"
        container.kill("KILL").succeeded()
        container.wait_exit()
        assert container.status == "stopped"
        container.delete("--force").succeeded()
        assert container.leftovers() == []

    def test_pid_file(self, containers, tiny):
        container = containers("pause")
        self.fill(tiny)
        result = container.try_create("--pid-file", tiny / "pid")
        assert result.code != 0
        assert container.leftovers() == []
        assert not (tiny / "pid").exists() or (tiny / "pid").read_text() == ""


class TestDamagedState:
    """What a crash of the machine or a careless hand may leave."""

    def state_files(self, container):
        return [
            file
            for file in (container.root / container.id).iterdir()
            if file.is_file() and file.stat().st_size
        ]

    @pytest.mark.needs("swiftainer")
    @pytest.mark.parametrize("damage", ["empty", "truncated", "rubbish", "missing"])
    def test_delete_force_still_cleans(self, containers, damage):
        container = containers.up()
        for file in self.state_files(container):
            if damage == "empty":
                file.write_text("")
            elif damage == "truncated":
                file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
            elif damage == "rubbish":
                file.write_bytes(os.urandom(100))
            else:
                file.unlink()
        result = container.call("state", container.id, timeout=10)
        assert "Fatal error" not in result.stderr
        container.delete("--force")
        assert not (container.root / container.id).exists()
        container.sweep()  # which cgroups and processes were its own was lost with the state
        container.wait_exit()

    def test_recycled_pid_is_not_believed(self, containers):
        """The payload is dead and another process has its number: start time tells them apart."""
        container = containers("exit", 0).create()
        os.kill(container.pid, signal.SIGKILL)
        wait.for_death(container.pid)
        container.wait_exit()
        stranger = recycle(container.pid)
        if stranger is None:
            pytest.skip("the process number could not be taken again")
        try:
            assert container.status == "stopped"
            container.kill("KILL").failed()
            container.delete("--force").succeeded()
            assert stranger.poll() is None, "a stranger was killed"
        finally:
            stranger.kill()
            stranger.wait()

    def test_unreadable_state_is_told(self, containers):
        container = containers("pause").create()
        for file in self.state_files(container):
            file.rename(file.with_name("moved-" + file.name))
        result = container.call("start", container.id, timeout=10).failed()
        assert result.stderr.strip()
        for file in self.state_files(container):
            file.rename(file.with_name(file.name.removeprefix("moved-")))
        container.call("start", container.id).succeeded()


def recycle(pid):
    """A process with that number, if it can be had (the kernel gives it on request through ns_last_pid)."""
    for _ in range(20):
        try:
            Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
        except OSError:
            return None
        process = subprocess.Popen(["sleep", "60"])
        if process.pid == pid:
            return process
        process.kill()
        process.wait()
    return None
