"""`swiftainer stats`: what containers use, held against the kernel's own files."""

import json
import re
import shutil
import time
from pathlib import Path

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import host, wait
from harness.everyday import Tmux

HEADER = ["CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS"]
UNITS = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}


def size(text):
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]+)", text).groups()
    return float(number) * UNITS[unit]


def rows(engine, *words):
    """The rows by name, as `--format json` has them."""
    result = engine("stats", "--no-stream", "--format", "json", *words)
    assert result.code == 0, str(result)
    return {row["Name"]: row for row in map(json.loads, result.stdout.splitlines())}


def cgroup_file(identifier, v2, v1):
    """A file of the container's cgroup, wherever its controller is."""
    for folder in host.cgroup_folders(f"/swiftainer/{identifier}"):
        for name in (v2, v1):
            if (Path(folder) / name).exists():
                return (Path(folder) / name).read_text()
    raise AssertionError(f"no {v2} or {v1} of {identifier}")


@pytest.mark.needs("ordinary-machine")
class TestTable:
    def test_columns(self, engine):
        identifier = engine.up(flags=("--name", "one"))
        result = engine("stats", "--no-stream")
        assert result.code == 0, str(result)
        header, row = result.stdout.splitlines()
        assert re.split(r"  +", header.strip()) == HEADER
        cells = re.split(r"  +", row.strip())
        assert cells[:2] == [identifier[:12], "one"] and re.fullmatch(r"\d+\.\d\d%", cells[2])
        assert cells[5].count(" / ") == 1 and cells[5:] == [cells[5], cells[6], "1"]

    def test_of_what_sleeps(self, engine):
        """Once its start is over."""
        engine.up(flags=("--name", "one"))
        wait.until(lambda: rows(engine, "one")["one"]["CPUPerc"] == "0.00%", "it uses no processor")

    def test_whole_ids(self, engine):
        identifier = engine.up()
        assert identifier in engine("stats", "--no-stream", "--no-trunc").stdout

    def test_template(self, engine):
        engine.up(flags=("--name", "one"))
        result = engine("stats", "--no-stream", "--format", "{{.Name}}={{.PIDs}} {{.Container}}", "one")
        assert result.stdout == "one=1 one\n"

    def test_json_fields(self, engine):
        engine.up(flags=("--name", "one"))
        fields = list(rows(engine, "one")["one"])
        assert fields == ["BlockIO", "CPUPerc", "Container", "ID", "MemPerc", "MemUsage", "Name", "NetIO", "PIDs"]

    def test_bad_template(self, engine):
        assert engine("stats", "--no-stream", "--format", "{{.Nam").code == 64

    def test_nothing_runs(self, engine):
        result = engine("stats", "--no-stream")
        assert (result.code, len(result.stdout.splitlines())) == (0, 1)


class TestWhich:
    def test_running_ones(self, engine):
        engine.up(flags=("--name", "one"))
        engine.up("true", flags=("--name", "two"))
        assert engine("wait", "two").code == 0
        assert set(rows(engine)) == {"one"}
        everything = rows(engine, "-a")
        assert set(everything) == {"one", "two"}
        two = everything["two"]
        assert (two["CPUPerc"], two["MemUsage"], two["MemPerc"], two["PIDs"]) == ("0.00%", "0B / 0B", "0.00%", "0")

    def test_one_that_does_not_run(self, engine):
        engine.up("true", flags=("--name", "two"))
        assert engine("wait", "two").code == 0
        assert rows(engine, "two")["two"]["MemUsage"] == "0B / 0B"

    def test_one_that_is_not_there(self, engine):
        result = engine("stats", "--no-stream", "nobody")
        assert (result.code, result.stderr) == (1, "swiftainer: No such container: nobody\n")
        assert result.stdout == ""


class TestFigures:
    def test_processor(self, engine):
        """What the cgroup counts meanwhile; half a processor where the quota of a loop is all that holds it up."""
        flags = ("--name", "burner", "--cpus", "0.5", "--memory", "64m")
        identifier = engine.up("sh", "-c", "while :; do :; done", flags=flags)

        def usage():
            for folder in host.cgroup_folders(f"/swiftainer/{identifier}"):
                text = (folder / "cpu.stat").read_text() if (folder / "cpu.stat").exists() else ""
                fields = dict(line.split() for line in text.splitlines())
                if "usage_usec" in fields:
                    return int(fields["usage_usec"]), time.monotonic()
            raise AssertionError("no cpu.stat of cgroup v2")

        def agrees():
            (before, begin), shown, (after, end) = usage(), rows(engine, "burner")["burner"]["CPUPerc"], usage()
            real = (after - before) / (end - begin) / 10_000
            return abs(float(shown[:-1]) - real) < 6 and 3 < real < 58

        wait.until(agrees, "the figure of the cgroup", 40)

    def test_memory_is_the_cgroups(self, engine):
        """A file of 20 MiB in a tmpfs is in the figure; what was read from a disk and can be dropped is not."""
        script = "dd if=/dev/zero of=/dev/shm/kept bs=1M count=20 2>/dev/null; exec sleep 1000"
        identifier = engine.up("sh", "-c", script, flags=("--name", "user", "--memory", "64m"))

        def agrees():
            usage, limit = map(size, rows(engine, "user")["user"]["MemUsage"].split(" / "))
            current = int(cgroup_file(identifier, "memory.current", "memory.usage_in_bytes"))
            stat = dict(line.split() for line in cgroup_file(identifier, "memory.stat", "memory.stat").splitlines())
            inactive = int(stat.get("total_inactive_file", stat.get("inactive_file")))
            assert limit == 64 << 20
            return usage > 20 << 20 and abs(usage - (current - inactive)) < 1 << 20

        wait.until(agrees, "the figure of the cgroup's files", 30)
        percent = float(rows(engine, "user")["user"]["MemPerc"][:-1])
        assert 30 < percent < 60

    def test_counted_without_limits(self, engine):
        """Memory, processes and disks are counted though nothing is limited; the limit is the machine's memory."""
        script = "dd if=/dev/zero of=/dev/shm/kept bs=1M count=30 2>/dev/null; sleep 1000 & sleep 1000 & wait"
        engine.up("sh", "-c", script, flags=("--name", "free"))
        row = wait.until(
            lambda: (row := rows(engine, "free")["free"])["PIDs"] == "3" and row, "three processes", 30
        )
        usage, limit = map(size, row["MemUsage"].split(" / "))
        total = int(re.search(r"MemTotal: +(\d+) kB", Path("/proc/meminfo").read_text())[1]) * 1024
        assert usage > 30 << 20
        assert abs(limit - total) < total / 100

    def test_blocks(self, engine):
        """What is written to a disk and synchronised is counted."""
        with open("/proc/self/mountinfo") as file:
            if not any("/dev/" in line.split(" - ")[1] for line in file):
                pytest.skip("no file system on a block device")
        script = "dd if=/dev/zero of=/written bs=1M count=8 conv=fsync 2>/dev/null; exec sleep 1000"
        identifier = engine.up("sh", "-c", script, flags=("--name", "writer"))

        def counted():
            text = cgroup_file(identifier, "io.stat", "blkio.throttle.io_service_bytes_recursive")
            written = sum(int(word[7:]) for word in text.split() if word.startswith("wbytes="))
            written += sum(int(line.split()[2]) for line in text.splitlines() if " Write " in line)
            shown = size(rows(engine, "writer")["writer"]["BlockIO"].split(" / ")[1])
            return abs(shown - written) <= written / 100 and (written, shown)

        wait.until(counted, "the figure of the cgroup's file", 20)

    def test_several_at_once(self, engine):
        for name in ("one", "two", "three"):
            engine.up(flags=("--name", name))
        assert list(rows(engine, "two", "one")) == ["two", "one"]


@pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux")
@pytest.mark.needs("ordinary-machine")
class TestLive:
    @pytest.fixture
    def outer(self, scratch):
        made = Tmux(scratch, columns=120)
        yield made
        made.close()

    def test_in_place_until_control_c(self, outer, engine):
        engine.up(flags=("--name", "one"))
        outer.type(engine.shell("stats"))
        outer.see("0.00%")
        engine.up(flags=("--name", "two"))
        outer.see("two")
        screen = outer.screen()
        assert screen.count("CONTAINER ID") == 1
        assert engine("rm", "-f", "one").code == 0
        outer.until(lambda: "one" not in outer.screen().split("PIDS")[1], "one line less")
        outer.press("C-c")
        outer.type("echo code=$?")
        outer.see("code=130")

    def test_ends_with_what_was_named(self, outer, engine):
        engine.up(flags=("--name", "one"))
        outer.type(engine.shell("stats", "one") + "; echo code=$?")
        outer.see("0.00%")
        assert engine("rm", "-f", "one").code == 0
        outer.see("code=0")


def test_lines_without_a_terminal(engine):
    """A table a second, and nothing that only a terminal understands."""
    engine.up(flags=("--name", "one"))
    running = engine.start("stats")
    lines = [running.line() for _ in range(4)]
    assert [line.split()[0] for line in lines].count("CONTAINER") == 2
    assert "\x1b" not in "".join(lines)
