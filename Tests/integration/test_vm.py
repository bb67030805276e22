"""The virtual machine in which these tests run with every right (vm/): what its user sees on the host."""

import fcntl
import lzma
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness import wait
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


with_qemu = pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="qemu-system-x86 is not installed")


# The longest first: two workers then have the same to do.
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
    """Nor does then an earlier run's report pass for this one's."""
    report = scratch / "report.xml"
    report.touch()
    refused(call("run", "--junit", report, "--", "true", env={"PATH": str(scratch)}), "install qemu-system-x86")
    assert not report.exists()


@pytest.fixture
def cache(scratch):
    """A cache with a kernel that is none: until it is started everything is as in earnest."""
    folder = scratch / "swiftainer-vm"
    modules = folder / "kernel-mine" / "modules" / "1.2.3"
    modules.mkdir(parents=True)
    for name in ("modules.dep", "modules.builtin", "modules.order", "modules.builtin.modinfo"):
        (modules / name).touch()
    (folder / "kernel-mine" / "release").write_text("1.2.3")
    (folder / "kernel-mine" / "vmlinux").write_text("no kernel")
    return folder


@pytest.fixture
def tools(scratch):
    """All the programs that are found: no apt-cache, which would name a newer kernel."""
    folder = scratch / "bin"
    folder.mkdir()
    for tool in ("qemu-system-x86_64", "mke2fs", "depmod"):
        found = shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if not found:
            pytest.skip(f"{tool} is not installed")
        (folder / tool).symlink_to(found)
    return folder


@with_qemu
def test_cache_keeps_what_is_used(scratch, tools, cache):
    """The kernel is one that QEMU refuses."""
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


def test_compressed_modules_are_taken_along(tools, cache, environment):
    modules = cache / "kernel-mine" / "modules" / "1.2.3"
    (modules / "9p.ko.xz").write_bytes(lzma.compress(b"a module"))
    (modules / "modules.dep").write_text("9p.ko.xz:\n")
    refused(call("run", "--accel", "tcg", "--", "true", env=environment), "QEMU failed")
    [archive] = cache.glob("initramfs-*")
    assert b"lib/modules/1.2.3/9p.ko\0" in archive.read_bytes() and b"a module" in archive.read_bytes()


def test_kernel_is_found_in_any_language(tools, environment):
    """By what apt calls a dependency. That it is fetched is nothing of the command's output."""
    (tools / "apt-cache").write_text(
        '#!/bin/sh\n[ "$LC_ALL" = C ] && echo "  Depends: linux-image-9-amd64" || echo "  Hängt ab von: linux-image-9-amd64"\n'
    )
    (tools / "apt-cache").chmod(0o755)
    result = call("run", "--", "true", env=environment | {"LANG": "de_DE.UTF-8"})
    assert (result.returncode, result.stdout) == (125, "")
    assert result.stderr.splitlines() == [
        "swiftainer-vm: fetching linux-image-9-amd64", "swiftainer-vm: there is no apt-get: install apt"]


@pytest.mark.parametrize("version, fetched", [("9.1-1", False), ("9.1-2", True)])
def test_kernel_is_kept_by_its_version(tools, cache, environment, version, fetched):
    """What cannot be fetched, such as a package that is no more where old lists have it, is done without."""
    (cache / "kernel-mine").rename(cache / "kernel-linux-image-9-amd64_9.1-1")
    (tools / "apt-cache").write_text(
        '#!/bin/sh\n[ "$1" = show ] && echo "Version: %s" || echo "  Depends: linux-image-9-amd64"\n' % version
    )
    (tools / "apt-get").write_text("#!/bin/sh\necho '404 Not Found' >&2; exit 100\n")
    for tool in ("apt-cache", "apt-get"):
        (tools / tool).chmod(0o755)
    result = call("run", "--accel", "tcg", "--", "true", env=environment)
    *words, last = result.stderr.splitlines()
    assert result.returncode == 125 and "QEMU failed" in last, result
    assert words == [
        "swiftainer-vm: fetching linux-image-9-amd64",
        "swiftainer-vm: apt-get failed: 404 Not Found; going on with kernel-linux-image-9-amd64_9.1-1",
    ][: 2 * fetched]


# A machine that is none: it has QEMU's command line, our ports and channel, and does as it was told.

MACHINE = """#!{python} -I
import os, re, signal, socket, sys, time
words = " ".join(sys.argv)
accelerator = re.search("-accel (kvm|tcg)", words)[1]
port = {{name: socket.socket(fileno=int(number)) for name, number in re.findall(r"socket,id=(\\w+),fd=(\\d+)", words)}}
channel = re.search(r"id=channel,path=([^,]+)", words)[1]

number = int(re.search(r"SWIFTAINER_VM_GUEST=(\\d)", open(channel + "/command").read())[1])

def alive():
    port["console"].sendall(b"vm: alive")

def end(code):
    with open(channel + "/exit", "w") as file:
        file.write(str(code))
    sys.exit()

{script}
"""


@pytest.fixture
def environment(scratch, tools):
    return {"PATH": str(tools), "XDG_CACHE_HOME": str(scratch)}


@pytest.fixture
def machine(tools, cache):
    def make(script):
        program = tools / "qemu-system-x86_64"
        program.unlink()
        program.write_text(MACHINE.format(python=sys.executable, script=script))
        program.chmod(0o755)

    return make


@pytest.mark.parametrize("flag", ["--timeout", "--silence"])
def test_time_runs_out_while_nobody_reads(machine, environment, flag):
    machine("alive(); port['out'].sendall(bytes(1 << 22)); end(0)")
    command = [sys.executable, PROGRAM, "run", "--accel", "tcg", flag, "1", "--", "true"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        try:
            assert running.wait(wait.PATIENCE) == 124
        finally:
            running.kill()
        assert b" 1 s: the machine was ended" in running.stderr.read()


def test_reader_that_goes(machine, environment):
    """As `yes | head -n 1` ends: nothing is said, and the signal tells why."""
    machine("alive()\nwhile True: port['out'].sendall(b'y\\n' * 1000)")
    command = [sys.executable, PROGRAM, "run", "--accel", "tcg", "--", "yes"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout.readline() == b"y\n"
        running.stdout.close()
        assert running.wait(wait.PATIENCE) == -signal.SIGPIPE
        assert running.stderr.read() == b""


def test_all_that_was_sent_is_waited_for(machine, environment):
    """The machine ends when it is told that its output is here; it is told so however slow the reader is."""
    machine(
        "alive()\nif os.fork() == 0: port['out'].sendall(b'y\\n' * 500_000); os._exit(0)\n"
        "open(channel + '/sent', 'w').write('1000000 0')\n"
        "while not os.path.exists(channel + '/taken'): time.sleep(0.01)\n"
        "end(0)"
    )
    result = call("run", "--accel", "tcg", "--", "true", env=environment)
    assert (result.returncode, result.stderr, len(result.stdout)) == (0, "", 1_000_000)


def test_console_that_cannot_be_written(machine, environment, scratch):
    machine("alive(); end(0)")
    refused(call("run", "--accel", "tcg", "--console", scratch, "--", "true", env=environment), f"{scratch}: Is a directory")


def test_full_standard_output(machine, environment):
    machine("alive(); port['out'].sendall(b'word'); end(0)")
    with open("/dev/full", "w") as full:
        command = [sys.executable, PROGRAM, "run", "--accel", "tcg", "--", "true"]
        done = subprocess.run(command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (125, "swiftainer-vm: No space left on device\n")


def test_disks_do_not_outlive_whoever_is_killed(machine, environment):
    """Their files are gone as soon as the machine has them open."""
    machine(
        "disks = re.findall(r'file=([^, ]+)', words); assert len(disks) == 2 and all(map(os.path.exists, disks))\n"
        "alive()\nwhile any(map(os.path.exists, disks)): time.sleep(0.01)\nend(0)"
    )
    assert call("run", "--accel", "tcg", "--scratch", "1M", "--", "true", env=environment).returncode == 0


def test_nohup(machine, environment):
    machine("alive(); port['out'].sendall(b'up'); port['console'].recv(1)")  # which never comes
    command = [shutil.which("nohup"), sys.executable, PROGRAM, "run", "--accel", "tcg", "--", "true"]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as running:
        assert running.stdout.read(2) == b"up"
        [ignored] = re.findall(r"SigIgn:\s*(\w+)", Path(f"/proc/{running.pid}/status").read_text())
        running.terminate()
        assert running.wait(wait.PATIENCE) == 128 + signal.SIGTERM
    assert int(ignored, 16) & 1 << signal.SIGHUP - 1


class TestReports:
    """JUnit files of machines that fail, and of those beside them."""

    RESULT = "open(channel + '/result1', 'w').write('<testsuite name=\"%d\"/>' % number)\n"

    @pytest.fixture
    def run(self, environment, scratch):
        def run(*flags, guests=2):
            report = scratch / "report.xml"
            for name in ("report.xml", "report-1.xml", "report-2.xml"):
                (scratch / name).write_text("<testsuite name='of an earlier run'/>")
            result = call(
                "run", "--accel", "tcg", "--guests", guests, "--junit", report, *flags, "--", "true", env=environment)
            return result, report.read_text() if report.exists() else None

        return run

    def test_earlier_one_is_not_taken_for_it(self, machine, run, scratch):
        machine("alive(); end(4)")
        result, report = run(guests=1)
        assert (result.returncode, report) == (4, None), result
        assert result.stderr == f"swiftainer-vm: the command left no {scratch}/report.xml\n"

    def test_one_fails(self, machine, run):
        machine(f"alive()\nif number == 1: sys.exit()\n{self.RESULT}end(0)")
        result, report = run()
        assert result.returncode == 125, result
        assert "swiftainer-vm: machine 1: the machine ended before the command did" in result.stderr
        assert 'name="2"' in report and "earlier" not in report

    def test_one_is_cut_short(self, machine, run, scratch):
        machine(f"alive()\n{self.RESULT}if number == 1: open(channel + '/result1', 'w').write('<testsuite')\nend(3)")
        result, report = run()
        assert result.returncode == 3 and f"{scratch}/report-1.xml is no JUnit file" in result.stderr, result
        assert 'name="2"' in report


class TestBrokenKVM:
    FAILS = "if accelerator == 'kvm': sys.exit('no such thing')\n"

    def test_words_of_qemu_are_told(self, machine, environment):
        machine(self.FAILS)
        refused(call("run", "--accel", "kvm", "--", "true", env=environment), "KVM cannot run a kernel here: no such thing")

    @pytest.mark.skipif(not os.access("/dev/kvm", os.R_OK | os.W_OK), reason="there is no KVM to be tried")
    @pytest.mark.parametrize("emulated, code, known", [("alive(); end(0)", 0, True), ("sys.exit('neither')", 125, False)])
    def test_it_is_known_by_a_guest_that_lives(self, machine, environment, cache, emulated, code, known):
        """What keeps any machine from starting says nothing of KVM."""
        machine(self.FAILS + emulated)
        result = call("run", "--", "true", env=environment)
        assert result.returncode == code, result
        assert bool(list(cache.glob("no-kvm-*"))) == known

    @pytest.mark.skipif(not os.access("/dev/kvm", os.R_OK | os.W_OK), reason="there is no KVM to be tried")
    def test_shell_starts_all_the_same(self, machine, environment):
        """The keyboard is the second machine's."""
        machine(self.FAILS + "alive(); port['tty'].sendall(b'# '); port['tty'].recv(1); end(0)")
        master, slave = pty.openpty()
        command = [sys.executable, PROGRAM, "shell"]
        with subprocess.Popen(command, env=environment, stdin=slave, stdout=slave, stderr=slave) as running:
            os.close(slave)
            seen = b""
            while not seen.endswith(b"# "):
                seen += os.read(master, 100)
            os.write(master, b"x")
            assert running.wait(wait.PATIENCE) == 0, seen
        os.close(master)


# Boots: one each, for all that can be asked of it.

boots = with_qemu

COMMAND = """
echo to stdout; echo to stderr >&2
echo "controllers $(cat /sys/fs/cgroup/cgroup.controllers)"
echo "rights $(grep CapEff /proc/self/status)"
echo "here $(pwd) $GIVEN $(cat marker)"
echo "processors $(nproc) swap $(wc -l </proc/swaps) pages $(cat /proc/sys/vm/nr_hugepages)"
echo "level $(/lib64/ld-linux-x86-64.so.2 --help | grep x86-64-v2)"
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
    # Root file systems of distributions that are built for newer processors run as well.
    assert lines["level"].split() == ["x86-64-v2", "(supported,", "searched)"]
    assert lines["disk"] == "block special file temporary ext2/ext3"
    # Only what was asked for comes out.
    assert (share / "made").read_text() == "made\n"
    assert (work / "result.xml").read_text() == "<testsuites/>\n"
    assert (work / "marker").read_text() == "mark"


@with_qemu
@pytest.mark.timeout(300)
def test_another_root(scratch):
    """Where the caller's folder is shared, the command runs in it; else in `/`, and its files are brought here."""
    root = REPOSITORY / "rootfs-fixtures" / "out" / "busybox"
    script = "pwd; cd; pwd; cd -; echo made >report"
    for flags, folder in ((["--share", scratch], scratch), ([], "/")):
        result = call("run", "--root", root, *flags, "--result", "report", "--", "sh", "-c", script, cwd=scratch, timeout=140)
        assert (result.returncode, result.stdout) == (0, f"{folder}\n/root\n{folder}\n"), result
        assert (scratch / "report").read_text() == "made\n"
        (scratch / "report").unlink()


@with_qemu
@pytest.mark.timeout(300)
def test_folder_that_the_guest_has_not():
    result = call("run", "--workdir", "/no/such", "--", "true", timeout=290)
    refused(result, "--workdir: the guest has no folder /no/such")


@with_qemu
@pytest.mark.timeout(300)
@pytest.mark.parametrize("flags, last", [([], "yes left-behind &"), (["--reboots", "1"], "")], ids=["once", "reboots"])
def test_output_is_whole(scratch, flags, last):
    """Also for a reader who takes it later; only what was left behind has to hurry."""
    share = scratch / "share"
    share.mkdir()
    script = f"seq 80000; echo >{share}/ended; {last}"
    command = [sys.executable, PROGRAM, "run", *flags, "--share", share, "--", "sh", "-c", script]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as running:
        wait.until((share / "ended").exists, "the command's end", 200)
        # The guest would turn itself off meanwhile.
        with pytest.raises(AssertionError):
            wait.until(lambda: not wait.children(running.pid), "the machine's end", 5)
        out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert [line for line in out.split(b"\n") if line.isdigit()] == [b"%d" % number for number in range(1, 80001)]


@with_qemu
@pytest.mark.timeout(300)
def test_full_disk_of_the_host(scratch):
    """The guest is told of it, and does not stand still for ever."""
    small = scratch / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48M", "tmpfs", small], check=True)
    try:
        script = "dd if=/dev/zero of=/tmp/large bs=1M count=200 oflag=direct"
        result = call("run", "--timeout", "2m", "--", "sh", "-c", script, env=os.environ | {"TMPDIR": str(small)}, timeout=290)
        assert result.returncode == 125 and " full?" in result.stderr.splitlines()[-1], result
    finally:
        subprocess.run(["umount", "-l", small], check=True)


@with_qemu
@pytest.mark.timeout(300)
def test_hung_guest_is_ended():
    result = call("run", "--silence", "25s", "--", "sh", "-c", "echo stuck >/dev/console; sleep 1000", timeout=290)
    assert result.returncode == 124, result
    first, *console = result.stderr.splitlines()
    assert first.startswith("swiftainer-vm: no output for 25 s")
    assert console[-1].strip() == "stuck"
