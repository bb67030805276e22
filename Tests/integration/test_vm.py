"""The virtual machine in which these tests run with every right (vm/): what its user sees on the host."""

import os
import shutil
import subprocess
import sys
import time

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


# Boots. Two machines for all of it, which start at once.

needs_qemu = pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="qemu-system-x86 is not installed")

COMMAND = """
echo to stdout; echo to stderr >&2
echo "controllers $(cat /sys/fs/cgroup/cgroup.controllers)"
echo "rights $(grep CapEff /proc/self/status)"
echo "here $(pwd) $GIVEN $(cat marker)"
echo "processors $(nproc) swap $(wc -l </proc/swaps) pages $(cat /proc/sys/vm/nr_hugepages)"
echo "disk $(stat -c %F "$SWIFTAINER_VM_SCRATCH")"
echo made >"$SHARE/made"; echo '<testsuites/>' >result.xml; echo changed >marker
exit 7
"""


class Boots:
    def __init__(self, folder):
        self.folder = folder
        (folder / "work").mkdir()
        (folder / "share").mkdir()
        (folder / "work/marker").write_text("mark")
        start = time.monotonic()
        well = self.start(
            "well", "--workdir", folder / "work", "--share", folder / "share", "--env", f"SHARE={folder}/share",
            "--env", "GIVEN", "--junit", folder / "work/result.xml", "--scratch", "64M", "--swap", "64M",
            "--hugepages", "3", "--", "sh", "-c", COMMAND,
        )  # fmt: skip
        hung = self.start("hung", "--silence", "25s", "--", "sh", "-c", "echo stuck >/dev/console; sleep 1000")
        self.code = well.wait(300)
        self.seconds = time.monotonic() - start
        self.hung_code = hung.wait(300)

    def start(self, name, *arguments):
        with open(self.folder / f"{name}.out", "w") as out, open(self.folder / f"{name}.err", "w") as err:
            return subprocess.Popen(
                [sys.executable, PROGRAM, "run", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=os.environ | {"GIVEN": "a word"},
            )

    def text(self, name):
        return (self.folder / name).read_text()


@pytest.fixture(scope="module")
def boots(tmp_path_factory):
    return Boots(tmp_path_factory.mktemp("vm"))


@needs_qemu
@pytest.mark.timeout(400)
@pytest.mark.xdist_group("vm")
class TestMachine:
    def test_exit_code_and_output_are_the_commands(self, boots):
        assert boots.code == 7, boots.text("well.err")
        assert boots.text("well.out").startswith("to stdout\n")
        assert "to stderr\n" in boots.text("well.err")
        assert f"here {boots.folder}/work a word mark\n" in boots.text("well.out")

    def test_everything_is_there(self, boots):
        lines = dict(line.split(" ", 1) for line in boots.text("well.out").splitlines())
        assert set(lines["controllers"].split()) == CONTROLLERS
        assert int(lines["rights"].split()[1], 16) >= (1 << 41) - 1
        assert lines["processors"] == "2 swap 2 pages 3"
        assert lines["disk"] == "block special file"

    def test_only_what_was_asked_for_comes_out(self, boots):
        assert (boots.folder / "share/made").read_text() == "made\n"
        assert (boots.folder / "work/result.xml").read_text() == "<testsuites/>\n"
        assert (boots.folder / "work/marker").read_text() == "mark"

    def test_hung_guest_is_ended(self, boots):
        assert boots.hung_code == 124
        first, *console = boots.text("hung.err").splitlines()
        assert first.startswith("swiftainer-vm: no output for 25 s")
        assert console[-1].strip() == "stuck"
