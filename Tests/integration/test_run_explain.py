"""`swiftainer run --dry-run` and `--explain`: nothing done, everything told, the payload's output kept clean."""

import json
import os
import re
from pathlib import Path

import pytest

from harness.everyday import leftovers
from run_fixtures import box, everyday  # noqa: F401

KEYS = ["step", "actor", "title", "why", "shell", "calls", "time_us"]


def steps(text):
    return [json.loads(line) for line in text.splitlines()]


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
        result = everyday.call(["unshare", "-m", "sh", "-c", script, scratch, *map(str, words)])
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
        flags = ["--explain=json", "-m", "64m", "--hostname", "h"]
        ahead = steps(everyday.run("--dry-run", *flags, everyday.box, "true", name=name).stdout)
        done = steps(everyday.run(*flags, everyday.box, "true", name=name).stderr)
        done = [entry for entry in done if not entry.get("continued")]
        assert [entry["title"] for entry in ahead] == [entry["title"] for entry in done]
        assert [entry["shell"] for entry in ahead] == [entry["shell"] for entry in done]

    def test_errors_are_told_as_ever(self, everyday):
        result = everyday.run("--dry-run", "-m", "x", everyday.box)
        assert (result.code, result.stdout) == (125, "") and "--memory x" in result.stderr

    def test_command_is_not_looked_for(self, everyday):
        """What is in the container is found out by running."""
        everyday.run("--dry-run", everyday.box, "no-such-command").succeeded()


class TestExplain:
    def test_payloads_output_is_clean(self, everyday):
        result = everyday.run("--explain", everyday.box, "sh", "-c", "echo payload; exit 3")
        assert (result.code, result.stdout) == (3, "payload\n")
        assert "clone3(" in result.stderr and "execve(" in result.stderr

    def test_text_has_no_colours_without_a_terminal(self, everyday):
        assert "\033" not in everyday.run("--explain", everyday.box, "true").stderr

    def test_text_is_not_wider_than_a_hundred(self, everyday):
        """Where words allow."""
        lines = everyday.run("--explain", everyday.box, "true").stderr.splitlines()
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
