"""The virtual machine in which these tests run with every right (vm/): what its user sees on the host."""

import fcntl
import os
import shutil
import subprocess
import sys

import pytest

from harness.runtime import REPOSITORY

PROGRAM = REPOSITORY / "vm" / "swiftainer-vm"
CONTROLLERS = {"cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc"}

pytestmark = pytest.mark.skipif("SWIFTAINER_VM" in os.environ, reason="this is the machine")


def call(*arguments, timeout=30, **options):
    command = [sys.executable, PROGRAM, *map(str, arguments)]
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)


def refused(result, word):
    assert (result.returncode, result.stdout) == (125, ""), result
    assert len(result.stderr.splitlines()) == 1 and result.stderr.startswith("swiftainer-vm: "), result
    assert word in result.stderr, result


@pytest.mark.parametrize(
    "arguments, word",
    [
        ([], "run|shell"),
        (["run"], "no command"),
        (["run", "--no-such-flag", "--", "true"], "--no-such-flag"),
        (["run", "--memory", "much", "--", "true"], "not a size such as 512M or 2G: much"),
        (["run", "--memory", "0", "--", "true"], "--memory"),
        (["run", "--timeout", "soon", "--", "true"], "not a duration such as 90s, 20m or 1h: soon"),
        (["run", "--root", "/no/such", "--", "true"], "/no/such"),
        (["run", "--share", "/no/such", "--", "true"], "/no/such"),
        (["run", "--disk", "/no/such", "--", "true"], "/no/such"),
        (["run", "--env", "1=2", "--", "true"], "--env"),
        (["run", "--init", "upstart", "--", "true"], "--init"),
        (["run", "--tty", "--", "true"], "no terminal"),
        (["shell"], "no terminal"),
        (["shell", "--guests", "2"], "terminal"),
    ],
)
def test_flags_are_checked_first(arguments, word):
    refused(call(*arguments), word)


def test_without_qemu(scratch):
    refused(call("run", "--", "true", env={"PATH": str(scratch)}), "install qemu-system-x86")


with_qemu = pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="qemu-system-x86 is not installed")


@with_qemu
def test_cache_keeps_what_is_used(scratch):
    """A kernel that is none, which QEMU refuses: until then everything is as in earnest."""
    tools, cache = scratch / "bin", scratch / "swiftainer-vm"
    tools.mkdir()
    for tool in ("qemu-system-x86_64", "mke2fs", "depmod"):  # no apt-cache, which would name a newer kernel
        (tools / tool).symlink_to(shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"))
    modules = cache / "kernel-mine" / "modules" / "1.2.3"
    modules.mkdir(parents=True)
    for name in ("modules.dep", "modules.builtin", "modules.order", "modules.builtin.modinfo"):
        (modules / name).touch()
    (cache / "kernel-mine" / "release").write_text("1.2.3")
    (cache / "kernel-mine" / "vmlinux").write_text("no kernel")
    (cache / "kernel-old" / "modules").mkdir(parents=True)
    os.utime(cache / "kernel-old", (1, 1))
    (cache / ".new-left").mkdir()
    for name in ("initramfs-1.2.2-old", "initramfs-1.2.2-beside", "no-kvm-last-year"):
        (cache / name).touch()
    with open(cache / "initramfs-1.2.2-beside") as beside:  # as a run of another version would
        fcntl.flock(beside, fcntl.LOCK_SH)
        for _ in range(2):
            environment = {"PATH": str(tools), "XDG_CACHE_HOME": str(scratch)}
            refused(call("run", "--accel", "tcg", "--", "true", env=environment), "QEMU failed")
            left = {path.name for path in cache.iterdir()}
            made = [name for name in left if name.startswith("initramfs-1.2.3-")]
            assert len(made) == 1
            assert left == {"lock", "kernel-mine", "initramfs-1.2.2-beside", *made}


# Boots: one each, for all that can be asked of it.

boots = with_qemu

COMMAND = """
echo to stdout; echo to stderr >&2
echo "controllers $(cat /sys/fs/cgroup/cgroup.controllers)"
echo "rights $(grep CapEff /proc/self/status)"
echo "here $(pwd) $GIVEN $(cat marker)"
echo "processors $(nproc) swap $(wc -l </proc/swaps) pages $(cat /proc/sys/vm/nr_hugepages)"
echo "disk $(stat -c %F "$SWIFTAINER_VM_SCRATCH") temporary $(stat -f -c %T /tmp)"
echo made >"$SHARE/made"; echo '<testsuites/>' >result.xml; echo changed >marker
exit 7
"""


@with_qemu
@pytest.mark.timeout(300)
def test_machine(scratch):
    work, share = scratch / "work", scratch / "share"
    work.mkdir()
    share.mkdir()
    (work / "marker").write_text("mark")
    result = call(
        "run", "--workdir", work, "--share", share, "--env", f"SHARE={share}", "--env", "GIVEN",
        "--junit", work / "result.xml", "--scratch", "64M", "--swap", "64M", "--hugepages", "3",
        "--", "sh", "-c", COMMAND, env=os.environ | {"GIVEN": "a word"}, timeout=290,
    )  # fmt: skip
    assert result.returncode == 7, result
    assert "to stderr\n" in result.stderr
    lines = dict(line.split(" ", 1) for line in result.stdout.splitlines())
    assert lines["to"] == "stdout"
    assert lines["here"] == f"{work} a word mark"
    assert set(lines["controllers"].split()) == CONTROLLERS
    assert int(lines["rights"].split()[1], 16) >= (1 << 41) - 1
    assert lines["processors"] == "2 swap 2 pages 3"
    assert lines["disk"] == "block special file temporary ext2/ext3"
    # Only what was asked for comes out.
    assert (share / "made").read_text() == "made\n"
    assert (work / "result.xml").read_text() == "<testsuites/>\n"
    assert (work / "marker").read_text() == "mark"


@with_qemu
@pytest.mark.timeout(300)
def test_hung_guest_is_ended():
    result = call("run", "--silence", "25s", "--", "sh", "-c", "echo stuck >/dev/console; sleep 1000", timeout=290)
    assert result.returncode == 124, result
    first, *console = result.stderr.splitlines()
    assert first.startswith("swiftainer-vm: no output for 25 s")
    assert console[-1].strip() == "stuck"


@with_qemu
@pytest.mark.timeout(500)
def test_containers_over_restarts(scratch):
    """By `swiftainer.service`, on a disk that stays: after a restart in good order, and after a cut of the power."""
    if not os.path.exists("/lib/systemd/systemd"):
        pytest.skip("systemd is not installed")
    share = scratch / "share"
    share.mkdir()
    result = call(
        "run", "--init", "systemd", "--reboots", "2", "--fresh", "/var/lib/swiftainer", "--share", share,
        "--workdir", REPOSITORY / "Tests" / "integration", "--silence", "4m",
        "--", "sh", "reboot.sh", share, timeout=490,
    )  # fmt: skip
    assert result.returncode == 0, result
    state = lambda name: dict(line.split(" ", 1) for line in (share / name).read_text().splitlines())  # noqa: E731
    lives = lambda name: sorted((share / f"{name}-lives").read_text().split("\n")[:-1])  # noqa: E731
    names = ["always", "failure", "plain", "removed", "stopped-always", "stopped-unless", "unless"]
    assert lives("first") == [f"{name} up" for name in names]
    assert state("first") == {name: "Exited (7)" if name.startswith("stopped") else "Up" for name in names}
    # All ended as they were asked to, with a failure as their exit codes have it.
    restarted = ["always", "failure", "stopped-always", "unless"]
    assert (share / "second-unit").read_text() == "active\n"
    running = {name: "Up" for name in restarted} | {"late": "Up"}
    assert state("second") == {"plain": "Exited (7)", "stopped-unless": "Exited (7)"} | running
    assert lives("second") == sorted(lives("first") + ["late up"] + [f"{name} up" for name in restarted])
    # Nobody saw that one end.
    assert state("third") == state("second") | {"late": "Exited (255)"}
    assert lives("third") == sorted(lives("second") + [f"{name} up" for name in restarted])
    assert (share / "check").read_text() == ""
