"""`swiftainer logs`, and where a container's output goes: files, a syslog daemon, nowhere."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
from datetime import datetime, timezone

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait
from harness.registry import free_port

RSYSLOG = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin:/sbin")


def folder(engine, identifier):
    return engine.data / "containers" / identifier / "log"


def records(engine, identifier, name="container.log"):
    return [json.loads(line) for line in (folder(engine, identifier) / name).read_text().splitlines()]


def ended(engine, *words, flags=()):
    """The ID of a container that has run to its end."""
    identifier = engine.up(*words, flags=flags)
    engine("wait", identifier).succeeded()
    return identifier


def numbers(text):
    return [int(word) for word in text.split()]


@pytest.mark.needs("ordinary-machine")
class TestReading:
    def test_streams_apart(self, engine):
        identifier = ended(engine, "sh", "-c", "echo one; echo bad >&2; printf 'two\\nno end'")
        result = engine("logs", identifier).succeeded()
        assert (result.stdout, result.stderr) == ("one\ntwo\nno end\n", "bad\n")

    def test_of_a_terminal_all_is_one_stream(self, engine):
        identifier = ended(engine, "sh", "-c", "echo one; echo two >&2", flags=["-t"])
        result = engine("logs", identifier).succeeded()
        assert (result.stdout.split(), result.stderr) == (["one", "two"], "")

    def test_tail_and_times(self, engine):
        identifier = ended(engine, "seq", "1", "20")
        assert numbers(engine("logs", "-n", "3", identifier).stdout) == [18, 19, 20]
        assert numbers(engine("logs", "--tail=0", identifier).stdout) == []
        assert numbers(engine("logs", "--tail", "all", identifier).stdout) == list(range(1, 21))
        assert numbers(engine("logs", "--since", "1h", identifier).stdout) == list(range(1, 21))
        assert engine("logs", "--until", "1h", identifier).stdout == ""
        now = datetime.now(timezone.utc).isoformat()
        assert engine("logs", "--since", now, identifier).stdout == ""
        assert numbers(engine("logs", "--until", now, identifier).stdout) == list(range(1, 21))

    def test_timestamps_and_details(self, engine):
        flags = ["--label", "tier=front", "-e", "STAGE=two words"]
        options = ["--log-opt", "labels=tier", "--log-opt", "env=STAGE", "--log-opt", "tag={{.Name}}", "--name", "web"]
        ended(engine, "echo", "hello", flags=flags + options)
        line = engine("logs", "-t", "--details", "web").succeeded().stdout
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z STAGE=two\+words,tag=web,tier=front hello\n", line
        )

    @pytest.mark.parametrize(
        "words, told",
        [
            (["--tail", "many"], "--tail many: not a number of lines (a number, or all)"),
            (["--since", "soon"], "--since soon: not a time (as in 2013-01-02T13:23:37Z, 1357133017 or 42m for 42 minutes ago)"),
            (["--until", "2013-02-30"], "--until 2013-02-30: not a time (as in 2013-01-02T13:23:37Z, 1357133017 or 42m for 42 minutes ago)"),
        ],
    )
    def test_bad_values(self, engine, words, told):
        result = engine("logs", *words, "nobody")
        assert (result.code, result.stdout, result.stderr) == (1, "", f"swiftainer: {told}\n")

    def test_of_nobody(self, engine):
        result = engine("logs", "nobody")
        assert (result.code, result.stderr) == (1, "swiftainer: No such container: nobody\n")

    def test_of_one_that_never_ran(self, engine):
        identifier = engine("create", engine.box, "true").succeeded().stdout.strip()
        result = engine("logs", identifier).succeeded()
        assert (result.stdout, result.stderr) == ("", "")
        assert engine("logs", "-f", identifier).succeeded().stdout == ""

    def test_what_a_crash_has_torn(self, engine):
        identifier = ended(engine, "seq", "1", "3")
        file = folder(engine, identifier) / "container.log"
        os.truncate(file, file.stat().st_size - 9)
        result = engine("logs", identifier).succeeded()
        assert result.stdout == "1\n2\n"
        assert result.stderr == "swiftainer: 1 line of the log could not be read, and were left out\n"
        # Started again, it is not continued.
        engine("start", identifier).succeeded()
        engine("wait", identifier)
        assert engine("logs", identifier).stdout == "1\n2\n1\n2\n3\n"

    def test_any_bytes(self, engine):
        """What is no text is kept as what it must become in JSON, and everything else byte for byte."""
        script = r'''printf 'a\tb\\ "q" <&> \033[1m \342\202\254 \377\n' '''
        identifier = ended(engine, "sh", "-c", script)
        assert engine("logs", identifier).stdout == 'a\tb\\ "q" <&> \033[1m € \ufffd\n'
        [record] = records(engine, identifier)
        assert record["log"].endswith("€ \ufffd\n") and record["stream"] == "stdout"

    def test_long_lines(self, engine):
        identifier = ended(engine, "sh", "-c", "head -c 40000 /dev/zero | tr '\\0' x; echo; echo end")
        assert [len(record["log"]) for record in records(engine, identifier)] == [16384, 16384, 7233, 4]
        assert engine("logs", identifier).stdout == "x" * 40000 + "\nend\n"
        assert engine("logs", "-t", identifier).stdout.count("Z ") == 2


@pytest.mark.needs("ordinary-machine")
class TestFollowing:
    COUNTER = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; [ $((i % 50)) = 0 ] && sleep 0.01; done"]

    def test_to_the_last_line(self, engine):
        identifier = engine.up("sh", "-c", "read go; seq 1 5000; echo end >&2", flags=["-i"])
        follower = engine.start("logs", "-f", identifier)
        attached = engine.start("attach", identifier)
        attached.say("go\n")
        out, err = follower.process.communicate(timeout=wait.PATIENCE)
        assert numbers(out.decode()) == list(range(1, 5001))
        assert err == b"end\n" and follower.process.returncode == 0

    def test_over_rotation(self, engine):
        """In order, none twice, none missing, while files come and go beside the reader."""
        script = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i; [ $((i % 500)) = 0 ] && sleep 0.02; done"
        flags = ["--log-opt", "max-size=50k", "--log-opt", "max-file=20"]
        identifier = engine.up("sh", "-c", "echo 0; read go; " + script, flags=["-i", *flags])
        follower = engine.start("logs", "-f", identifier)
        assert follower.line() == "0"
        engine.start("attach", identifier).say("go\n")
        assert numbers(follower.output.rest(4 * wait.PATIENCE)) == list(range(1, 20001))
        assert len(os.listdir(folder(engine, identifier))) == 20

    def test_over_a_restart(self, engine):
        identifier = engine.up("sh", "-c", "echo up; exec sleep 1000")
        follower = engine.start("logs", "-f", identifier)
        assert follower.line() == "up"
        engine("restart", "-t", "0", identifier).succeeded()
        assert follower.line() == "up"
        engine("stop", "-t", "0", identifier).succeeded()
        assert follower.exit_code() == 0

    def test_over_restarts_by_policy(self, engine):
        identifier = engine.up("sh", "-c", "echo again; exit 1", flags=["--restart", "on-failure:2"])
        follower = engine.start("logs", "-f", identifier)
        out, _ = follower.process.communicate(timeout=wait.PATIENCE)
        assert out == b"again\nagain\nagain\n"

    def test_of_one_that_removes_itself(self, engine):
        identifier = engine.up("sh", "-c", "echo 0; read go; seq 1 100", flags=["--rm", "-i"])
        follower = engine.start("logs", "-f", identifier)
        assert follower.line() == "0"
        engine.start("attach", identifier).say("go\n")
        out = follower.output.rest()
        assert follower.exit_code() == 0
        # It may have gone before the last look at its files.
        assert numbers(out) == list(range(1, len(out.split()) + 1))

    def test_of_a_killed_monitor(self, engine):
        identifier = engine.up("sh", "-c", "echo up; exec sleep 1000")
        follower = engine.start("logs", "-f", identifier)
        assert follower.line() == "up"
        [(monitor, _)] = [entry for entry in engine.processes() if entry[0] != follower.pid]
        os.kill(monitor, signal.SIGKILL)
        assert follower.exit_code() == 0

    def test_tail_and_until(self, engine):
        identifier = engine.up("sh", "-c", "echo 1; echo 2; read go; echo 3; exec sleep 1000", flags=["-i"])
        wait.until(lambda: len(records(engine, identifier)) == 2, "two lines")
        follower = engine.start("logs", "-f", "-n", "1", identifier)
        assert follower.line() == "2"
        engine.start("attach", identifier).say("go\n")
        assert follower.line() == "3"
        assert engine("logs", "-f", "--until", "-300ms", identifier).succeeded().stdout == "1\n2\n3\n"

    def test_into_a_pipe_that_nobody_reads(self, engine):
        identifier = engine.up("sh", "-c", "while :; do echo line; done")
        command = engine.shell("logs", "-f", identifier)
        done = subprocess.run(f"{command} | head -2", shell=True, capture_output=True, timeout=wait.PATIENCE)
        assert done.stdout == b"line\nline\n" and done.stderr == b""


@pytest.mark.needs("ordinary-machine")
class TestFiles:
    def test_limits_by_default(self, engine):
        """A container that says too much fills no disk."""
        identifier = ended(engine, "sh", "-c", "yes 0123456789012345678901234567890123456789 | head -c 20000000")
        sizes = {entry.name: entry.stat().st_size for entry in folder(engine, identifier).iterdir()}
        assert set(sizes) == {"container.log", "container.log.1", "container.log.2"}
        assert all(size <= 10_000_000 for size in sizes.values()) and sizes["container.log.1"] > 9_999_000

    def test_rotation(self, engine):
        flags = ["--log-opt", "max-size=10k", "--log-opt", "max-file=2"]
        identifier = ended(engine, "seq", "1", "1000", flags=flags)
        assert sorted(os.listdir(folder(engine, identifier))) == ["container.log", "container.log.1"]
        shown = numbers(engine("logs", identifier).stdout)
        assert shown == list(range(shown[0], 1001)) and len(shown) > 150
        assert numbers(engine("logs", "-n", "200", identifier).stdout) == shown[-200:]

    def test_none(self, engine):
        identifier = ended(engine, "echo", "hello", flags=["--log-driver", "none"])
        assert not folder(engine, identifier).exists() or os.listdir(folder(engine, identifier)) == []
        result = engine("logs", identifier)
        assert result.code == 1
        assert result.stderr == (
            f"swiftainer: container {identifier}: the logging driver none does not support reading\n"
        )

    @pytest.mark.parametrize(
        "flags, told",
        [
            (["--log-driver", "fluentd"], "--log-driver fluentd: no such driver (one of json-file, none, syslog, journald)"),
            (["--log-opt", "max-size=big"], "--log-opt max-size=big: not a size (a number and k, m or g, as in 10m)"),
            (["--log-driver", "none", "--log-opt", "tag=x"], "--log-opt tag: the driver none has no such option"),
            (
                ["--log-driver", "syslog", "--log-opt", "syslog-address=unix:///none/log"],
                "--log-opt syslog-address=unix:///none/log: no such file or directory (does a syslog daemon run?)",
            ),
        ],
    )
    def test_bad_options(self, engine, flags, told):
        result = engine("run", *flags, engine.box, "true")
        assert (result.code, result.stderr) == (125, f"swiftainer: {told}\n")
        assert engine.identifiers() == []


class Daemon:
    """An rsyslogd of the test's own: its own configuration, sockets and port; the machine's is left alone."""

    def __init__(self, scratch):
        self.folder = scratch
        self.port = free_port()
        self.path, self.file = f"{scratch}/log", scratch / "messages"
        (scratch / "rsyslog.conf").write_text(
            f"""
            global(workDirectory="{scratch}" net.enableDNS="off")
            module(load="imudp") module(load="imtcp") module(load="imuxsock" SysSock.Use="off")
            input(type="imudp" address="127.0.0.1" port="{self.port}")
            input(type="imtcp" address="127.0.0.1" port="{self.port}")
            input(type="imuxsock" Socket="{self.path}" UseSysTimeStamp="off"
                  UseSpecialParser="off" ParseHostname="on")
            template(name="fields" type="list") {{
              property(name="syslogfacility-text") constant(value="|") property(name="syslogseverity-text")
              constant(value="|") property(name="hostname") constant(value="|") property(name="app-name")
              constant(value="|") property(name="procid") constant(value="|")
              property(name="timereported" dateFormat="rfc3339") constant(value="|") property(name="msg")
              constant(value="\\n")
            }}
            *.* action(type="omfile" file="{self.file}" template="fields")
            """
        )
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [RSYSLOG, "-n", "-f", f"{self.folder}/rsyslog.conf", "-i", f"{self.folder}/pid"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait.until(self.listens, "rsyslogd listens")

    def listens(self):
        if not os.path.exists(self.path):
            return False
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def address(self, transport):
        return f"unix://{self.path}" if transport == "unix" else f"{transport}://127.0.0.1:{self.port}"

    def messages(self):
        """Fields of each message: facility, severity, host, tag, process, time, text."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [line.split("|", 6) for line in lines if line.count("|") >= 6]


@pytest.fixture
def daemon(scratch):
    if not RSYSLOG:
        pytest.skip("rsyslog is not installed")
    folder = scratch / "rsyslog"
    folder.mkdir()
    made = Daemon(folder)
    yield made
    made.stop()


def syslog(daemon, transport, *options):
    words = [f"syslog-address={daemon.address(transport)}", "syslog-facility=local3", *options]
    return ["--log-driver", "syslog", *(word for option in words for word in ("--log-opt", option))]


@pytest.mark.needs("ordinary-machine")
class TestSyslog:
    @pytest.mark.parametrize("transport", ["udp", "tcp", "unix"])
    @pytest.mark.parametrize("form", ["rfc3164", "rfc5424", "rfc5424micro"])
    def test_arrives(self, engine, daemon, transport, form):
        flags = syslog(daemon, transport, f"syslog-format={form}")
        identifier = engine.up("sh", "-c", "echo 'one <1>'; sleep 0.1; echo two >&2", flags=flags)
        found = wait.until(lambda: len(daemon.messages()) >= 2 and daemon.messages(), "two messages")
        assert [(fields[0], fields[1], fields[6].strip()) for fields in found] == [
            ("local3", "info", "one <1>"),
            ("local3", "err", "two"),
        ]
        for fields in found:
            assert fields[2] == socket.gethostname() and fields[3] == identifier[:12] and int(fields[4]) > 1
            age = datetime.now(timezone.utc) - datetime.fromisoformat(fields[5].replace("Z", "+00:00"))
            assert abs(age.total_seconds()) < 60
        result = engine("logs", identifier)
        assert result.code == 1 and "the logging driver syslog does not support reading" in result.stderr

    def test_the_local_form_and_a_tag(self, engine, daemon):
        """Without a format: as for the daemon of the same machine."""
        flags = [*syslog(daemon, "unix", "tag={{.Name}}"), "--name", "web"]
        engine.up("echo", "hello", flags=flags)
        [fields] = wait.until(daemon.messages, "a message")
        assert (fields[3], fields[6].strip()) == ("web", "hello")

    def test_the_last_words(self, engine, daemon):
        """A container that has ended before it was connected."""
        engine.up("seq", "1", "2000", flags=syslog(daemon, "tcp"))
        wait.until(lambda: len(daemon.messages()) == 2000, "all messages")
        assert numbers(" ".join(fields[6] for fields in daemon.messages())) == list(range(1, 2001))

    def test_a_daemon_that_is_not_there(self, engine, daemon):
        """It holds up neither the container nor, for long, its monitor; what was lost is counted."""
        daemon.stop()
        identifier = ended(engine, "seq", "1", "100", flags=syslog(daemon, "tcp"))
        assert engine.status(identifier)["exitCode"] == 0
        wait.until(lambda: not list(engine.processes()), "the monitor ends")
        assert engine.status(identifier)["lostLogLines"] == 100

    def test_a_daemon_that_goes_and_comes(self, engine, daemon):
        """The payload does not wait for it, and what it says meanwhile arrives when the daemon is back."""
        flags = [*syslog(daemon, "tcp", "syslog-format=rfc5424"), "-i"]
        identifier = engine.up("sh", "-c", "while read word; do echo $word; done", flags=flags)
        attached = engine.start("attach", identifier)
        attached.say("one\n")
        wait.until(daemon.messages, "the first message")
        daemon.stop()
        attached.say("two\n")
        # It was read by the payload and said: nothing holds it up.
        assert [attached.line(), attached.line()] == ["one", "two"]
        daemon.start()
        attached.say("three\n")
        texts = wait.until(
            lambda: [fields[6].strip() for fields in daemon.messages()][-1:] == ["three"] and daemon.messages(), "the last message"
        )
        # What the kernel had taken for the old connection may be gone with it.
        assert [fields[6].strip() for fields in texts] in (["one", "two", "three"], ["one", "three"])
