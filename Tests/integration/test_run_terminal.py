"""`swiftainer run -it` in a real terminal: keys, job control, window size, and the terminal given back."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from harness import wait
from harness.everyday import Tmux, leftovers, payload
from run_fixtures import box, everyday  # noqa: F401

pytestmark = [pytest.mark.needs("ordinary-machine"), pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux")]

SHELL = "inner# "
CAT = ("sh", "-c", "'echo ready; exec cat'")


@pytest.fixture
def outer(scratch):
    """A person's shell in a terminal of 100 columns and 30 rows."""
    made = Tmux(scratch)
    yield made
    made.close()


@pytest.fixture
def inner(outer, everyday):
    """A container's shell in that terminal."""
    outer.type(" ".join(everyday.command("-it", "-e", f"'PS1={SHELL}'", everyday.box, "sh")))
    outer.see("\n" + SHELL.rstrip())
    yield outer
    if "left=" not in outer.screen():
        outer.press("C-c")
        outer.type("exit")
    outer.until(lambda: leftovers(everyday.names[-1]) == [], "the end of the container")


def run_in(outer, everyday, *words, flags=("-it",)):
    """Types a command line whose end the screen tells as `code=N`."""
    outer.type(" ".join(everyday.command(*flags, everyday.box, *words)) + "; echo code=$?")


class TestShell:
    def test_prompt_and_command(self, inner):
        inner.type("echo sum=$((40+2)); tty; id -u")
        inner.see("sum=42")
        inner.see("/dev/pts/0")

    def test_exit_code(self, outer, everyday):
        run_in(outer, everyday, "sh", "-c", "'exit 42'")
        outer.see("code=42")

    def test_control_c(self, inner):
        inner.type("sh -c 'echo on; exec sleep 1000'")
        inner.see("\non")  # the line that was typed is there before its program is
        inner.press("C-c")
        inner.type("echo code=$?")
        inner.see("code=130")

    def test_control_backslash(self, inner):
        inner.type("sh -c 'echo on; exec sleep 1000'")
        inner.see("\non")  # the line that was typed is there before its program is
        inner.press("C-\\")
        inner.type("echo code=$?")
        inner.see("code=131")

    def test_control_d(self, outer, everyday):
        run_in(outer, everyday, *CAT)
        outer.see("\nready")
        outer.type("line")
        outer.see("line\nline")
        outer.press("C-d")
        outer.see("code=0")

    def test_job_control(self, inner):
        """^Z stops a job in the container, not the container's command outside."""
        inner.type("""sh -c 'trap "echo again" CONT; echo on; while :; do sleep 0.1; done'""")
        inner.see("\non")
        inner.press("C-z")
        inner.see("Stopped")
        inner.type("jobs; echo after-$((1+1))")
        inner.see("after-2")
        assert inner.screen().count("Stopped") >= 2
        assert Tmux.PROMPT.strip() not in inner.screen().split(SHELL.strip(), 1)[1]
        inner.type("fg")
        inner.see("\nagain")
        inner.press("C-c")
        inner.type("echo code=$?; jobs; echo none-$((2+2))")
        inner.see("code=130")
        inner.see("none-4")
        assert "Stopped" not in inner.screen().rsplit("code=130", 1)[1]

    def test_background_job(self, inner):
        inner.type("sleep 1000 & echo back-$((3+3)); kill -KILL %1; wait; echo waited-$((4+4))")
        inner.see("back-6")
        inner.see("waited-8")

    def test_arrow_keys_reach_the_shell(self, inner):
        inner.type("echo again-$((5+5))")
        inner.see("again-10")
        inner.press("Up")
        inner.press("Enter")
        inner.see("again-10", 2)


class TestWindow:
    def test_size_from_the_start(self, outer, everyday):
        run_in(outer, everyday, "stty", "size")
        outer.see("30 100")
        outer.see("code=0")

    def test_resize_is_seen(self, inner):
        inner.type("stty size")
        inner.see("30 100")
        inner.resize(77, 22)
        inner.until(lambda: inner.size() == "22 77", "the new size in the container")

    def test_payload_is_told(self, outer, everyday):
        run_in(outer, everyday, "probe", "resize")
        outer.see("resize-ready")
        outer.resize(91, 19)
        outer.see("code=0")
        assert '"rows":19,"columns":91' in outer.screen().replace("\n", "")


class TestGivenBack:
    def modes(self, outer, folder, name):
        outer.type(f"stty -a > {folder}/{name}; echo wrote-{name}")
        outer.see(f"\nwrote-{name}")
        return (folder / name).read_text()

    @pytest.mark.parametrize(
        "words, code",
        [(("true",), 0), (("no-such-command",), 127), (("sh", "-c", "'stty raw -echo; exit 5'"), 5)],
        ids=["end", "never-ran", "raw-inside"],
    )
    def test_modes(self, outer, everyday, scratch, words, code):
        before = self.modes(outer, scratch, "before")
        run_in(outer, everyday, *words)
        outer.see(f"code={code}")
        assert self.modes(outer, scratch, "after") == before

    @pytest.mark.parametrize("name", ["TERM", "HUP"])
    def test_modes_when_told_to_end(self, outer, everyday, scratch, name):
        """With a terminal it is the command that is meant: keys are what tells the payload. The container goes on."""
        before = self.modes(outer, scratch, "before")
        run_in(outer, everyday, "probe", "handle-signals", name, "--", "exit", "4")
        outer.see("handle-signals", 2)
        [pid] = self.commands(everyday)
        number = signal.Signals["SIG" + name]
        os.kill(pid, number)
        outer.see(f"code={128 + number}")
        assert self.modes(outer, scratch, "after") == before
        everyday.swiftainer("kill", "-s", name, everyday.names[-1]).succeeded()
        wait.until(lambda: leftovers(everyday.names[-1]) == [], "the end of the container")

    @staticmethod
    def commands(everyday):
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and wait.command_line(int(folder.name)).startswith(everyday.program):
                if everyday.names[-1] in wait.command_line(int(folder.name)):
                    yield int(folder.name)

    def test_escapes_are_not_ours(self, outer, everyday, scratch):
        """What the payload writes arrives byte for byte."""
        run_in(outer, everyday, "printf", r"'a\tb\033[1mc\n'")
        outer.see("a       bc")
        outer.see("code=0")


class TestWithoutTerminal:
    def test_control_c_is_passed_on(self, outer, everyday):
        """Once: the payload is in no process group of the terminal's."""
        run_in(outer, everyday, "probe", "handle-signals", "QUIT", "--", "exit", "6", flags=())
        outer.see('"probe":"handle-signals"')
        outer.press("C-c")
        outer.see('"name":"INT"')
        outer.press("C-\\")
        outer.see("code=6")
        assert outer.screen().count('"name":"INT"') == 1

    def test_control_z_is_passed_on(self, outer, everyday):
        """As docker does; the command itself stays in front."""
        run_in(outer, everyday, "probe", "handle-signals", "INT", "--", "exit", "8", flags=())
        outer.see('"probe":"handle-signals"')
        outer.press("C-z")
        outer.see('"name":"TSTP"')
        outer.press("C-c")
        outer.see("code=8")

    def test_t_without_i(self, outer, everyday):
        """Output is a terminal's; keys stay with the person's own, so that ^C is a signal."""
        run_in(outer, everyday, "probe", "tty", "--", "handle-signals", "INT", "--", "exit", "9", flags=("-t",))
        outer.see('"probe":"handle-signals"')
        assert '"isatty":[true,true,true]' in outer.screen().replace("\n", "")
        outer.press("C-c")
        outer.see("code=9")

    def test_piped_into_it(self, outer, everyday):
        outer.type("echo hi | " + " ".join(everyday.command("-it", everyday.box, "cat")) + "; echo code=$?")
        outer.see("the input device is not a TTY")
        outer.see("code=125")

    def test_i_reads_the_terminals_lines(self, outer, everyday):
        run_in(outer, everyday, *CAT, flags=("-i",))
        outer.see("\nready")
        outer.type("typed-line")
        outer.see("typed-line\ntyped-line")
        outer.press("C-d")
        outer.see("code=0")

    def test_i_and_its_control_d_leave_the_shell(self, outer, everyday):
        run_in(outer, everyday, *CAT, flags=("-i",))
        outer.see("\nready")
        outer.type("x")
        outer.see("x\nx")
        outer.press("C-d")
        outer.see("code=0")
        outer.type("echo still-$((6+6))")
        outer.see("still-12")


class TestEnd:
    def test_terminal_goes_away(self, outer, everyday):
        """The person closes the window: the container goes on, and can be attached to again."""
        run_in(outer, everyday, "sh")
        outer.see("#")
        outer.close()
        name = everyday.names[-1]
        assert wait.is_alive(payload(name))
        everyday.swiftainer("kill", name).succeeded()
        wait.until(lambda: leftovers(name) == [], "the end of the container")

    def test_last_output_is_not_lost(self, outer, everyday, scratch):
        words = " ".join(everyday.command("-t", everyday.box, "seq", "20000"))
        outer.type(f"{words} > {scratch}/out; echo code=$?")
        outer.see("code=0")
        assert (scratch / "out").read_text().split() == [str(number) for number in range(1, 20001)]
