"""`swiftainer run`: whose namespaces a container uses."""

import os
import socket
from pathlib import Path

import pytest

from engine_fixtures import engine  # noqa: F401
from run_fixtures import box, everyday  # noqa: F401


def namespace(kind, pid="self"):
    return os.readlink(f"/proc/{pid}/ns/{kind}")


def inside(everyday, kind, *flags):
    return everyday.run(*flags, everyday.box, "readlink", f"/proc/self/ns/{kind}").succeeded().stdout.strip()


FLAGS = {"pid": "--pid", "ipc": "--ipc", "uts": "--uts", "cgroup": "--cgroupns", "net": "--network"}


@pytest.mark.parametrize("kind", FLAGS)
def test_of_its_own(everyday, kind):
    assert inside(everyday, kind) != namespace(kind)
    flags = ["--network", "none"] if kind == "net" else [FLAGS[kind], "private"]
    assert inside(everyday, kind, *flags) != namespace(kind)


@pytest.mark.parametrize("kind", FLAGS)
def test_of_the_host(everyday, kind):
    assert inside(everyday, kind, FLAGS[kind], "host") == namespace(kind)


def test_users_of_the_host(everyday):
    assert inside(everyday, "user", "--userns", "host") == namespace("user")


def test_hosts_processes_are_seen(everyday):
    result = everyday.run("--pid=host", everyday.box, "cat", f"/proc/{os.getpid()}/stat").succeeded()
    assert result.stdout.startswith(f"{os.getpid()} ")


def test_hosts_shared_memory_is_seen(everyday):
    name = f"swtr-{os.getpid()}"
    with open(f"/dev/shm/{name}", "w") as file:
        file.write("shared")
    try:
        assert everyday.run("--ipc=host", everyday.box, "cat", f"/dev/shm/{name}").stdout == "shared"
        assert everyday.run(everyday.box, "cat", f"/dev/shm/{name}").code == 1
    finally:
        os.remove(f"/dev/shm/{name}")


def test_no_shared_memory(everyday):
    result = everyday.probe("stat", "/dev/shm", flags=["--ipc", "none"])
    assert result.record("stat")["errno"] == "ENOENT"


def test_sysctls(everyday):
    flags = ["--sysctl", "net.ipv4.ip_forward=1", "--sysctl", "kernel.msgmax=4096", "--sysctl=fs.mqueue.msg_max=7"]
    files = [f"/proc/sys/{name}" for name in ("net/ipv4/ip_forward", "kernel/msgmax", "fs/mqueue/msg_max")]
    assert everyday.run(*flags, everyday.box, "cat", *files).stdout.split() == ["1", "4096", "7"]


class TestOfAnotherContainer:
    @pytest.mark.parametrize("kind", ["pid", "uts", "net"])
    def test_namespace(self, engine, kind):
        other = engine.up(flags=["--name", "other"])
        for word in ("other", other, other[:12]):
            result = engine("run", "--rm", FLAGS[kind], f"container:{word}", engine.box, "readlink", f"/proc/self/ns/{kind}")
            assert result.stdout.strip() == namespace(kind, engine.pid(other)), str(result)

    def test_network_brings_its_names(self, engine):
        engine.up(flags=["--name", "other", "-h", "named", "--add-host", "a:1.2.3.4"])
        script = "cat /etc/hosts; hostname; echo $HOSTNAME"
        result = engine("run", "--rm", "--network", "container:other", engine.box, "sh", "-c", script)
        assert "1.2.3.4\ta\n" in result.stdout and result.stdout.endswith("named\nnamed\n"), str(result)

    def test_its_processes_are_seen(self, engine):
        engine.up("sleep", "4711", flags=["--name", "other"])
        result = engine("run", "--rm", "--pid=container:other", engine.box, "cat", "/proc/1/cmdline")
        assert result.stdout == "sleep\x004711\x00"

    def test_its_hostname_changes_with_ours(self, engine):
        engine.up(flags=["--name", "other", "-h", "named"])
        result = engine("run", "--rm", "--uts=container:other", engine.box, "hostname")
        assert result.stdout == "named\n"

    def test_shared_memory(self, engine):
        words = ["sh", "-c", "echo there > /dev/shm/x; echo done; exec sleep 1000"]
        other = engine.up_ready(*words, flags=["--name", "other", "--ipc", "shareable", "--shm-size", "1m"])
        script = "readlink /proc/self/ns/ipc; df -k /dev/shm | tail -1; cat /dev/shm/x; echo back > /dev/shm/y"
        result = engine("run", "--rm", "--ipc", "container:other", engine.box, "sh", "-c", script)
        lines = result.stdout.splitlines()
        assert lines[0] == namespace("ipc", engine.pid(other)) and lines[2] == "there", str(result)
        assert lines[1].split()[1] == "1024"
        assert Path(f"/proc/{engine.pid(other)}/root/dev/shm/y").read_text() == "back\n"

    def test_shared_memory_that_is_not_shared(self, engine):
        engine.up(flags=["--name", "other"])
        result = engine("run", "--rm", "--ipc", "container:other", engine.box, "true")
        assert result.code == 125 and "start it with --ipc shareable" in result.stderr

    def test_there_is_none(self, engine):
        result = engine("run", "--rm", "--pid", "container:none", engine.box, "true")
        assert (result.code, result.stderr) == (125, "swiftainer: No such container: none\n")

    def test_it_does_not_run(self, engine):
        made = engine("create", "--name", "other", engine.box, "true").stdout.strip()
        result = engine("run", "--rm", "--network", "container:other", engine.box, "true")
        assert (result.code, result.stderr) == (125, f"swiftainer: container {made} is not running\n")
        assert engine.identifiers() == [made]


def test_name_is_the_hosts_in_its_network(everyday):
    assert everyday.run("--network", "host", everyday.box, "hostname").stdout.strip() == socket.gethostname()
