"""What `make install` puts in place: programs that find each other, manual pages, completions, the unit."""

import hashlib
import os
import re
import shutil
import subprocess

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness.everyday import Tmux
from harness.runtime import REPOSITORY

pytestmark = pytest.mark.skipif("SWIFTAINER_VM" in os.environ, reason="nothing of it asks the kernel")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A root with an installation in /opt/swt, made once."""
    root = tmp_path_factory.mktemp("installed")
    done = subprocess.run(
        ["make", "-s", "-C", REPOSITORY, "install", f"DESTDIR={root}", "PREFIX=/opt/swt"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done
    return root


@pytest.fixture
def share(installed):
    return installed / "opt/swt/share"


def with_shell(name):
    return pytest.mark.skipif(not shutil.which(name), reason=f"{name} is not installed")


@pytest.fixture
def named(engine, installed):
    """A runtime with two containers that have names, as a shell finds it: the environment to complete in."""
    for name in ("first", "second"):
        engine("create", "--name", name, engine.box, "true").succeeded()
    return {**engine.environment, "PATH": f"{installed}/opt/swt/bin:{os.environ['PATH']}", "HOME": "/nonexistent"}


def output(words, **options):
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, **options)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def test_programs_find_each_other(engine, installed):
    program = installed / "opt/swt/bin/swiftainer"
    assert output([program, "run", "--rm", engine.box, "echo", "here"], env=engine.environment) == "here\n"
    unit = (installed / "etc/systemd/system/swiftainer.service").read_text()
    assert "ExecStart=/opt/swt/bin/swiftainer system boot\n" in unit


class TestOtherBuild:
    HEADER = REPOSITORY / "Sources/CShim/include/plan.h"

    def version(self):
        return int(re.search(r"^#define PLAN_VERSION 0x([0-9a-f]{8})u", self.HEADER.read_text(), re.M).group(1), 16)

    def test_no_change_of_the_plan_leaves_its_version(self):
        """Else an init that was installed under a program that runs would take its numbers for others."""
        lines = [line for line in self.HEADER.read_text().splitlines(True) if not line.startswith("#define PLAN_VERSION ")]
        right = hashlib.sha256("".join(lines).encode()).hexdigest()[:8]
        assert f"{self.version():08x}" == right, f"plan.h has changed: PLAN_VERSION must be 0x{right}u"

    def test_an_init_of_another_build_does_nothing_and_says_so(self, engine, installed, tmp_path):
        programs = tmp_path / "bin"
        shutil.copytree(REPOSITORY / "bin", programs)
        version = self.version().to_bytes(4, "little")
        init = programs / "swiftainer-init"
        assert init.read_bytes().count(version) > 0
        init.write_bytes(init.read_bytes().replace(version, bytes(4)))
        done = subprocess.run([programs / "swiftainer", "run", "--rm", engine.box, "true"], env=engine.environment,
                              capture_output=True, text=True, timeout=60)  # fmt: skip
        assert done.returncode == 125
        assert "swiftainer-init is of another build than this program (if others were installed" in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr


class TestManuals:
    def test_one_for_each_verb(self, engine, share):
        pages = {path.name for path in (share / "man/man1").iterdir()}
        verbs = [line.split()[0] for line in engine("--help").stdout.splitlines() if re.match("  [a-z]+  ", line)]
        assert {"run", "ps", "network"} <= set(verbs)
        assert {f"swiftainer-{verb}.1" for verb in verbs} <= pages
        assert {"swiftainer.1", "swiftainer-network-create.1", "swiftainer-volume-ls.1"} <= pages

    @with_shell("groff")
    def test_roff(self, share):
        """Nothing for groff to complain of."""
        pages = sorted((share / "man/man1").iterdir())
        for link in [page for page in pages if page.read_text().startswith(".so ")]:
            assert (share / "man" / link.read_text().split()[1]).exists()
            pages.remove(link)
        assert output(["groff", "-Kutf8", "-man", "-ww", "-z", "-Tutf8", *map(str, pages)]) == ""

    @with_shell("groff")
    def test_text(self, share):
        text = output(["groff", "-Kutf8", "-man", "-Tutf8", "-P-cbou", share / "man/man1/swiftainer-run.1"])
        assert "swiftainer-run - Run a command in a new container" in text
        assert "--publish port" in text and "-v, --volume" in text

    def test_contraries(self, share):
        """A flag and what says its contrary are one entry, since one text tells of both."""
        page = (share / "man/man1/swiftainer-commit.1").read_text()
        assert "\n\\fB\\-p\\fR, \\fB\\-\\-pause\\fR/\\fB\\-\\-no\\-pause\\fR\nPause the container" in page
        assert page.count("Pause the container") == 1
        assert "\n\\fB\\-\\-no\\-trunc\\fR\n" in (share / "man/man1/swiftainer-history.1").read_text()


class TestCompletions:
    @staticmethod
    def bash(share, line, environment):
        script = f"""
            source {share}/bash-completion/completions/swiftainer
            COMP_LINE={line!r} COMP_POINT={len(line)} COMP_TYPE=9
            read -ra COMP_WORDS <<< "$COMP_LINE"; [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            function=$(complete -p swiftainer | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
            $function swiftainer "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD - 1]}}"
            printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, env=environment)
        return [word.strip() for word in done.stdout.splitlines()]

    def test_bash(self, share, named):
        assert {"start", "stats", "stop"} <= set(self.bash(share, "swiftainer st", named))
        assert "run" not in self.bash(share, "swiftainer st", named)
        assert set(self.bash(share, "swiftainer start ", named)) >= {"first", "second"}
        assert self.bash(share, "swiftainer rm fi", named) == ["first"]
        assert "--publish" in self.bash(share, "swiftainer run --pub", named)

    @with_shell("tmux")
    @pytest.mark.parametrize(
        "shell, begin",
        [
            pytest.param(
                "fish --no-config", "source {share}/fish/vendor_completions.d/swiftainer.fish", marks=with_shell("fish")
            ),
            pytest.param(
                "zsh -f",
                "fpath=({share}/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -D",
                marks=with_shell("zsh"),
            ),
        ],
    )
    def test_at_a_terminal(self, share, named, scratch, shell, begin):
        """Where fish and zsh complete: a tab after the beginning of a name gives the whole of it."""
        terminal = Tmux(scratch)
        try:
            exported = " ".join(f"{name}={named[name]}" for name in ("PATH", "SWIFTAINER_DATA_ROOT", "SWIFTAINER_RUN_ROOT"))
            terminal.type(f"HOME={scratch} {exported} {shell}")
            terminal.type(begin.format(share=share) + "; echo rea''dy")
            terminal.see("ready")
            terminal.tell("send-keys", "-l", "swiftainer rm sec")
            terminal.press("Tab")
            terminal.see("swiftainer rm second")
        finally:
            terminal.close()


def test_uninstall(installed, tmp_path):
    """Takes away all that install has put in place."""
    root = tmp_path / "copy"
    shutil.copytree(installed, root, symlinks=True)
    done = subprocess.run(
        ["make", "-s", "-C", REPOSITORY, "uninstall", f"DESTDIR={root}", "PREFIX=/opt/swt"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done
    assert [str(path) for path in root.rglob("*") if not path.is_dir()] == []
