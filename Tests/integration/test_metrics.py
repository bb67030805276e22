"""`swiftainer metrics`: what Prometheus is told, printed and served."""

import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import urllib.parse
import urllib.request

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness import wait
from harness.registry import free_port

SAMPLE = re.compile(r'^(?P<name>[a-z_]+)(\{(?P<labels>.*)\})? (?P<value>\S+)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def samples(text):
    """All samples: name, labels, value."""
    found = []
    for line in text.splitlines():
        if not line.startswith("#"):
            match = SAMPLE.match(line)
            assert match, line
            labels = dict(LABEL.findall(match["labels"] or ""))
            found.append((match["name"].removeprefix("swiftainer_container_"), labels, float(match["value"])))
    return found


def value(text, name, container="target", **labels):
    [found] = [
        number
        for other, has, number in samples(text)
        if other == name and has.get("name") == container and labels.items() <= has.items()
    ]
    return found


class Server:
    """`swiftainer metrics --listen`, at a free port."""

    def __init__(self, engine, listen="127.0.0.1:0"):
        self.running = engine.start("metrics", "--listen", listen)
        line = self.running.line()
        assert line.startswith("listening on http://"), line
        self.url = line.split()[-1]
        self.host, port = re.match(r"http://\[?([0-9a-f.:]+?)\]?:(\d+)/", self.url).groups()
        self.port = int(port)

    def get(self):
        with urllib.request.urlopen(self.url, timeout=20) as answer:
            return answer.read().decode()

    def connect(self):
        return socket.create_connection((self.host, self.port), timeout=wait.PATIENCE)


@pytest.fixture
def target(engine):
    flags = ("--name", "target", "--memory", "64m", "--cpus", "0.05", "--pids-limit", "50")
    return engine.up("sh", "-c", "while :; do :; done", flags=flags)


@pytest.fixture
def server(engine, target):
    return Server(engine)


class TestText:
    def test_of_a_running_container(self, engine, target):
        # The kernel counts the period first.
        text = wait.until(
            lambda: value(text := engine("metrics").stdout, "cpu_throttled_seconds_total") > 0 and text, "throttling"
        )
        assert value(text, "cpu_usage_seconds_total", id=target, image=str(engine.box)) > 0
        assert value(text, "cpu_throttled_periods_total") > 0
        assert value(text, "memory_limit_bytes") == 64 << 20
        assert 0 < value(text, "memory_working_set_bytes") <= value(text, "memory_usage_bytes")
        assert (value(text, "pids"), value(text, "pids_limit")) == (1, 50)
        assert value(text, "oom_kills_total") == 0
        assert value(text, "restarts_total") == 0
        assert value(text, "lost_log_lines_total") == 0
        assert value(text, "state", state="running") == 1
        assert value(text, "state", state="exited") == 0
        assert value(text, "start_time_seconds") > 1.7e9
        assert [number for name, _, number in samples(text) if name == "swiftainer_build_info"] == [1]

    def test_each_metric_has_help_and_type_before_it(self, engine, target):
        told = set()
        for line in engine("metrics").stdout.splitlines():
            if line.startswith("# "):
                told.add(tuple(line.split()[1:3]))
            else:
                name = SAMPLE.match(line)["name"]
                assert ("HELP", name) in told and ("TYPE", name) in told

    def test_ended(self, engine):
        engine.up("sh", "-c", "exit 3", flags=("--name", "target"))
        assert engine("wait", "target").stdout == "3\n"
        text = engine("metrics").stdout
        assert value(text, "exit_code") == 3
        assert value(text, "state", state="exited") == 1
        assert "memory_usage" not in text and "cpu_usage" not in text

    def test_killed_for_want_of_memory(self, engine):
        script = "while :; do dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; sleep 0.1; done"
        engine.up("sh", "-c", script, flags=("--name", "target", "--memory", "16m", "--memory-swap", "16m"))
        wait.until(lambda: value(engine("metrics").stdout, "oom_kills_total") > 0, "an end for want of memory", 30)

    def test_health(self, engine):
        engine.up(flags=("--name", "target", "--health-cmd", "true", "--health-interval", "100ms"))
        wait.until(lambda: value(engine("metrics").stdout, "health", health="healthy") == 1, "health")
        assert value(engine("metrics").stdout, "health", health="unhealthy") == 0

    def test_nothing_there(self, engine):
        result = engine("metrics")
        assert result.code == 0 and result.stdout.startswith("# HELP swiftainer_build_info")

    @pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool (Debian's prometheus)")
    def test_promtool_is_content(self, engine, target):
        text = engine("metrics").stdout
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr


@pytest.mark.needs("ordinary-machine")
class TestServer:
    def test_metrics(self, server, engine, target):
        assert value(server.get(), "memory_limit_bytes", id=target) == 64 << 20

    def test_type_of_the_answer(self, server):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
        connection.request("GET", "/metrics?x=1")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
        first = answer.read()
        # The same connection takes the next request.
        connection.request("HEAD", "/metrics")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"") and first
        connection.close()

    @pytest.mark.parametrize("method, path, status", [("GET", "/", 200), ("GET", "/no", 404), ("POST", "/metrics", 405)])
    def test_other_requests(self, server, method, path, status):
        connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
        connection.request(method, path, body="x" * 100 if method == "POST" else None)
        assert connection.getresponse().status == status
        connection.close()

    @pytest.mark.parametrize(
        "sent",
        [b"\x00\xff\n\r\n\r\n", b"GET /metrics HTTP/1.1\r\nA: " + b"x" * 200_000 + b"\r\n\r\n"],
        ids=["bytes", "long-header"],
    )
    def test_nonsense(self, server, sent):
        with server.connect() as connection:
            try:
                connection.sendall(sent)
                while connection.recv(65536):
                    pass
            except ConnectionError:
                pass
        assert server.get()

    def test_a_request_that_never_ends(self, server):
        """A connection that sends a byte now and then is closed all the same."""
        with server.connect() as connection:
            connection.settimeout(1)
            connection.sendall(b"GET /metrics HTTP/1.1\r\n")

            def is_closed():
                try:
                    connection.sendall(b"A: b\r\n")
                    return connection.recv(100) == b""
                except TimeoutError:
                    return False
                except ConnectionError:
                    return True

            wait.until(is_closed, "the end of the connection", 30)
        assert server.get()

    def test_many_connections(self, server):
        """Those too many are closed at once; when they are gone, there is room again."""
        connections = [server.connect() for _ in range(100)]
        for connection in connections:
            connection.setblocking(False)
        wait.until(lambda: sum(is_at_end(one) for one in connections) >= 36, "the end of those too many")
        for connection in connections:
            connection.close()
        wait.until(lambda: answers(server), "room for one")

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_ends_by_a_signal(self, server, number):
        with server.connect() as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\n")
            server.running.signal(number)
            assert server.running.exit_code() == 0

    def test_any_address(self, engine):
        assert Server(engine, "0.0.0.0:0").url.startswith("http://0.0.0.0:")
        assert Server(engine, "[::1]:0").get()

    def test_a_port_alone_is_on_loopback(self, engine):
        for listen in ("0", ":0", "localhost:0"):
            assert Server(engine, listen).url.startswith("http://127.0.0.1:")

    def test_port_in_use(self, server, engine):
        result = engine("metrics", "--listen", f"127.0.0.1:{server.port}")
        assert (result.code, result.stdout) == (1, "")
        assert result.stderr == f"swiftainer: --listen 127.0.0.1:{server.port}: address already in use\n"

    @pytest.mark.parametrize("listen", ["", "no-port", "127.0.0.1:70000", "example.org:1"])
    def test_not_an_address(self, engine, listen):
        result = engine("metrics", "--listen", listen)
        assert result.code == 1 and result.stderr.startswith("swiftainer: --listen")


def is_at_end(connection):
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def answers(server):
    try:
        return server.get()
    except OSError:
        return None


@pytest.mark.needs("ordinary-machine")
@pytest.mark.timeout(200)
@pytest.mark.skipif(not shutil.which("prometheus"), reason="no prometheus")
def test_prometheus_scrapes_it(server, target, scratch):
    """A real Prometheus takes all samples, and its rate of the processor time is the quota's."""
    port = free_port()
    config = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{"job_name": "it", "static_configs": [{"targets": [f"{server.host}:{server.port}"]}]}],
    }
    (scratch / "prometheus.yml").write_text(json.dumps(config))
    command = ["prometheus", f"--config.file={scratch}/prometheus.yml", f"--storage.tsdb.path={scratch}/tsdb"]
    with open(scratch / "log", "w") as log:
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log, cwd=scratch
        )

    def query(text):
        try:
            url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": text})
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except OSError:
            return []

    try:
        [up] = wait.until(lambda: (r := query('up{job="it"} == 1')) and r, "a scrape", 60)
        assert up["value"][1] == "1"
        rate = 'rate(swiftainer_container_cpu_usage_seconds_total{name="target"}[10s])'
        wait.until(lambda: [r for r in query(rate) if 0.03 < float(r["value"][1]) < 0.07], "a twentieth of a processor", 60)
        [limit] = query(f'swiftainer_container_memory_limit_bytes{{id="{target}"}}')
        assert limit["value"][1] == str(64 << 20)
    finally:
        process.terminate()
        process.wait(30)
