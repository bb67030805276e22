"""`swiftainer run --dry-run` and `--explain`: nothing done, everything told, the payload's output kept clean."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from harness import host, wait
from harness.engine import call
from harness.everyday import leftovers
from run_fixtures import box, everyday  # noqa: F401

KEYS = ["step", "actor", "title", "why", "shell", "calls", "time_us"]


def steps(text):
    return [json.loads(line) for line in text.splitlines()]


def without_id(text):
    return re.sub("[0-9a-f]{64}", "ID", text) if text else text


@pytest.mark.needs("ordinary-machine")
class TestDryRun:
    def test_changes_nothing(self, everyday, scratch):
        """On a machine whose /run is empty, even that stays so."""
        before = {str(path) for path in scratch.rglob("*")}
        flags = ["-m", "64m", "-v", f"{scratch}/new:/data", "-w", "/made", "--name", everyday.name()]
        script = (
            "mount -t tmpfs none /run && mount -t tmpfs none /var/lib && "
            "cat /proc/self/mountinfo > $0/mounts.before && find /run /var/lib > $0/files.before && "
            '"$@" > $0/out && cat /proc/self/mountinfo > $0/mounts.after && find /run /var/lib'
        )
        words = [everyday.program, "run", "--dry-run", *flags, everyday.box, "true"]
        result = call(["unshare", "-m", "sh", "-c", script, scratch, *map(str, words)])
        assert (result.code, result.stderr) == (0, ""), str(result)
        assert result.stdout == (scratch / "files.before").read_text()
        assert (scratch / "mounts.before").read_text() == (scratch / "mounts.after").read_text()
        made = {str(path) for path in scratch.rglob("*")} - before
        assert {Path(path).name for path in made} == {"out", "mounts.before", "mounts.after", "files.before"}
        assert leftovers(everyday.names[-1]) == []

    def test_no_process_runs(self, everyday, scratch):
        everyday.run("--dry-run", "-v", f"{scratch}:/data", everyday.box, "touch", "/data/x").succeeded()
        assert os.listdir(scratch) == []

    def test_text_tells_all_steps(self, everyday):
        text = everyday.run("--dry-run", everyday.box, "true").stdout
        told = steps(everyday.run("--dry-run", "--explain=json", everyday.box, "true").stdout)
        numbers = [line.split()[0] for line in text.splitlines() if line[:4].strip().isdigit() and line[4:6] == "  "]
        assert numbers == [str(entry["step"]) for entry in told]
        for word in ("why", "shell", "calls", "clone3(", "pivot_root(", "execve("):
            assert word in text

    def test_is_what_is_then_done(self, everyday):
        name = everyday.name()
        # The address that it will get nobody knows ahead, where others start containers meanwhile.
        flags = ["--explain=json", "-m", "64m", "--hostname", "h", "--network", "none"]
        ahead = steps(everyday.run("--dry-run", *flags, everyday.box, "true", name=name).stdout)
        done = steps(everyday.run(*flags, everyday.box, "true", name=name).stderr)
        done = [entry for entry in done if not entry.get("continued")]
        for key in ("title", "shell"):
            assert [without_id(entry[key]) for entry in ahead] == [without_id(entry[key]) for entry in done]

    def test_errors_are_told_as_ever(self, everyday):
        result = everyday.run("--dry-run", "-m", "x", everyday.box)
        assert (result.code, result.stdout) == (125, "") and "--memory x" in result.stderr

    def test_command_is_not_looked_for(self, everyday):
        """What is in the container is found out by running."""
        everyday.run("--dry-run", everyday.box, "no-such-command").succeeded()


@pytest.mark.needs("ordinary-machine")
class TestExplain:
    def test_payloads_output_is_clean(self, everyday):
        result = everyday.run("--explain", everyday.box, "sh", "-c", "echo payload; exit 3")
        assert (result.code, result.stdout) == (3, "payload\n")
        assert "clone3(" in result.stderr and "execve(" in result.stderr

    def test_text_has_no_colours_without_a_terminal(self, everyday):
        assert "\033" not in everyday.run("--explain", everyday.box, "true").stderr

    def test_text_is_not_wider_than_a_hundred(self, everyday):
        """Where words allow."""
        lines = without_id(everyday.run("--explain", everyday.box, "true").stderr).splitlines()
        words = [re.sub(r"'[^']*'", "WORD", line.strip().removesuffix(" \\")) for line in lines if len(line) > 100]
        assert [text for text in words if " " in text] == []

    def test_json_shape(self, everyday):
        result = everyday.run("--explain=json", everyday.box, "echo", "payload")
        assert result.stdout == "payload\n"
        told = steps(result.stderr)
        for entry in told:
            assert [key for key in entry if key != "continued"] == KEYS or set(KEYS) - {"time_us"} <= set(entry)
            assert entry["actor"] in ("runtime", "init") and entry["title"] and entry["why"]
            for call in entry["calls"]:
                assert call["call"].endswith(")") 
                assert "result" in call or call["call"].startswith("umask(")  # which cannot fail
        fresh = [entry["step"] for entry in told if not entry.get("continued")]
        assert fresh == list(range(1, len(fresh) + 1))
        assert told[-1]["calls"][-1]["call"].startswith("execve(")

    def test_explain_and_text_are_the_same(self, everyday):
        assert "clone3(" in everyday.run("--explain=text", everyday.box, "true").stderr

    def test_shows_what_flags_do(self, everyday):
        flags = ["-m", "64m", "--cpus", "1.5", "-h", "named", "--read-only", "-v", "/tmp:/data:ro", "-u", "user"]
        text = everyday.run("--explain=json", *flags, everyday.box, "true").stderr
        for word in ("sethostname(", "67108864", "150000", "/data", "setresuid(1000", "MOUNT_ATTR_RDONLY"):
            assert word in text, word

    def test_failed_step_is_the_last(self, everyday):
        flag = "type=bind,source=/tmp,target=/etc/passwd"
        result = everyday.run("--explain=json", "--mount", flag, everyday.box, "true")
        assert result.code == 125
        *lines, error = result.stderr.splitlines()
        assert error == "swiftainer: bind /tmp on /etc/passwd: not a directory"
        assert json.loads(lines[-1])["title"] == "bind /tmp on /etc/passwd"

    @pytest.mark.parametrize("words", [["--explain=json"], ["--explain=text"], ["--explain-as-json", "--dry-run"]])
    def test_payloads_words_are_its_own(self, everyday, words):
        result = everyday.run(everyday.box, "echo", *words)
        assert (result.stdout, result.stderr) == (" ".join(words) + "\n", "")


@pytest.mark.needs("ordinary-machine")
class TestShell:
    """What is said to be the same in a shell is the same."""

    # A loaded filter is no file; keyrings and the first process need programs that few machines have.
    UNTYPED = ("bpftool", "keyctl", "tini")

    def commands(self, told):
        for entry in told:
            for line in (entry["shell"] or "").split("\n"):
                line = line.split("  # ")[0]
                if line and not line.startswith(self.UNTYPED):
                    # bash and not dash, which would read more of the script than its own line.
                    yield re.sub(r"\bsh('?)$", r"bash\1", line)

    def test_a_container_can_be_made_by_hand(self, everyday, scratch):
        """All commands in a row, typed into the shells that they start: the host's own tree is the image."""
        for program in ("unshare", "setpriv", "capsh", "ip", "bash"):
            if not shutil.which(program):
                pytest.skip(f"no {program}")
        image, data = scratch / "image", scratch / "data"
        image.mkdir()
        data.mkdir()
        name = everyday.name()
        payload = (
            "hostname; grep CapEff: /proc/self/status; umask; touch /data/x || echo refused; ls /dev/pts; "
            "tr '\\0' ' ' < /proc/1/cmdline; echo; cat /proc/self/cgroup; grep -c : /proc/net/dev"
        )
        flags = ["-m", "64m", "--pids-limit", "100", "-v", f"{data}:/data:ro", "-h", "typed", "--network", "none"]
        words = [*flags, image, "bash", "-c", payload]
        told = steps(everyday.run("--dry-run", "--explain=json", *words, name=name).succeeded().stdout)
        script = f"mount --bind / {image}\n" + "\n".join(self.commands(told)) + "\n"
        try:
            done = call(["unshare", "-m", "bash"], stdin=script, env={**os.environ, "SHELL": "/bin/bash"})
        finally:
            [identifier] = set(re.findall("/swiftainer/([0-9a-f]{64})", script))
            for folder in map(Path, host.cgroup_folders(f"/swiftainer/{identifier}")):
                wait.until(lambda: not (folder / "cgroup.procs").read_text(), f"{folder} is empty")
                folder.rmdir()
            for folder in (f"/run/swiftainer/{identifier}", f"/var/lib/swiftainer/containers/{identifier}"):
                shutil.rmtree(folder, ignore_errors=True)
        lines = done.stdout.splitlines()
        ours = everyday.run(*words[:-4], everyday.box, "sh", "-c", "grep CapEff: /proc/self/status").succeeded().stdout
        assert "typed" in lines and ours.strip() in lines and "0022" in lines and "refused" in lines, done
        assert [line for line in lines if line.startswith("bash")], "the first process is the shell that was made"
        assert "0::/" in lines
        # Whatever else was complained about: looks at what this machine does not have.
        complaints = [line for line in done.stderr.splitlines() if "dmesg(1)" not in line]
        assert [line for line in complaints if "mount point does not exist" not in line
                and "Read-only file system" not in line] == [], done.stderr
