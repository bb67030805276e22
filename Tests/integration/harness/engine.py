"""Everyday containers with roots of a test's own: nobody else's are seen, and what is left behind is told."""

import atexit
import functools
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from . import host, network, wait
from .output import Output
from .runtime import TIMEOUT, Result


def call(command, stdin=None, timeout=TIMEOUT, **options):
    """Runs a command to its end."""
    begin = time.monotonic()
    done = subprocess.run(
        command,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=timeout,
        start_new_session=True,
        **options,
    )
    return Result(command, done.returncode, done.stdout, done.stderr, time.monotonic() - begin)


class Background:
    """A command that goes on, with pipes for its streams."""

    def __init__(self, command, **options):
        options.setdefault("stdin", subprocess.PIPE)
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options
        )
        self.pid = self.process.pid
        self.output = Output(self.process.stdout.fileno())

    def line(self, **options):
        return self.output.line(**options)

    def record(self, name):
        return self.output.record(name)

    def say(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def close_input(self):
        self.process.stdin.close()

    def signal(self, number):
        self.process.send_signal(number)

    def exit_code(self):
        """Its end; negative where a signal ended it."""
        return self.process.wait(wait.PATIENCE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


@functools.cache
def compiled_filters():
    """A folder for what is the same for all tests, and takes a while."""
    folder = tempfile.TemporaryDirectory(prefix="swt-filters-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


class Engine:
    """`swiftainer` with a data root and a run root of its own."""

    def __init__(self, program, folder, box, sees_filter=True):
        self.program, self.folder, self.box, self.sees_filter = Path(program), Path(folder), box, sees_filter
        self.data, self.state = self.folder / "data", self.folder / "run"
        self.environment = {
            **os.environ,
            "SWIFTAINER_DATA_ROOT": str(self.data),
            "SWIFTAINER_RUN_ROOT": str(self.state),
        }
        self.background = []
        self.state.mkdir(mode=0o711)
        (self.state / "~seccomp").symlink_to(compiled_filters())

    def __call__(self, *words, stdin=None, environment=None, timeout=TIMEOUT):
        """Runs a command to its end."""
        command = [str(word) for word in (self.program, *words)]
        return call(command, stdin, timeout, env={**self.environment, **(environment or {})})

    def start(self, *words, environment=None, **options):
        """Starts a command and leaves it running."""
        made = Background(
            [str(word) for word in (self.program, *words)],
            env={**self.environment, **(environment or {})},
            **options,
        )
        self.background.append(made)
        return made

    def up(self, *words, flags=()):
        """A detached container of the box that runs these words, `sleep` where there are none; its ID."""
        result = self("run", "-d", *flags, self.box, *(words or ("sleep", "1000")))
        assert result.code == 0, str(result)
        return result.stdout.strip()

    def up_ready(self, *words, flags=()):
        """As `up`, once the payload has said something: the kernel drops a signal that a namespace's first process has
        no handler for yet."""
        identifier = self.up(*words, flags=flags)
        log = self.data / "containers" / identifier / "log" / "container.log"
        wait.until(lambda: log.exists() and log.stat().st_size > 0, "the payload's first word")
        return identifier

    def shell(self, *words):
        """A command line that a shell takes."""
        roots = [f"SWIFTAINER_DATA_ROOT={self.data}", f"SWIFTAINER_RUN_ROOT={self.state}"]
        return " ".join(str(word) for word in (*roots, self.program, *words))

    def status(self, identifier):
        return json.loads((self.data / "containers" / identifier / "status.json").read_text())

    def pid(self, identifier):
        return self.status(identifier)["pid"]

    def events(self, action):
        """The events whose action begins so, the earliest first."""
        file = self.state / "~events" / "events.json"
        events = [json.loads(line) for line in file.read_text().split("\n")[:-1]] if file.exists() else []
        return [event for event in events if event["action"].startswith(action)]

    def identifiers(self):
        folder = self.data / "containers"
        return [entry.name for entry in folder.iterdir()] if folder.exists() else []

    def finish(self):
        """Removes all containers; what is left of them all the same is what is returned."""
        for command in self.background:
            command.close()
        identifiers = self.identifiers()
        if identifiers:
            self("rm", "-f", *identifiers, timeout=TIMEOUT + 2 * len(identifiers))
        left = [f"container {identifier}" for identifier in self.identifiers()]
        for identifier in identifiers:
            left += [f"cgroup {folder}" for folder in host.cgroup_folders(f"/swiftainer/{identifier}")]
        left += [f"mount {mount.point}" for mount in host.mounts() if str(self.folder) in mount.point]
        left += [f"process {pid} {line}" for pid, line in self.processes()]
        return left + self.finish_networks()

    def networks(self):
        """The networks that have been made, by their names, as they are stored."""
        files = self.data.glob("networks/[!.]*/network.json")
        return {file.parent.name: json.loads(file.read_text()) for file in files}

    def leases(self, name="bridge"):
        file = self.data / "networks" / name / "leases.json"
        return json.loads(file.read_text())["leases"] if file.exists() else []

    def finish_networks(self):
        """Removes all networks; what is left of them all the same. Nobody else is in this namespace."""
        networks = self.networks()
        left = [f"lease {lease['name']} in {name}" for name in networks for lease in self.leases(name)]
        bridges = {one["bridge"] for one in networks.values()}
        left += [f"device {name}" for name in network.devices() if name not in bridges]
        made = [name for name in networks if name != "bridge"]
        if made:
            removed = self("network", "rm", *made)
            left += removed.stderr.splitlines()
        usual = networks.get("bridge", {}).get("bridge", "")
        if usual in network.devices():
            network.remove_device(usual)
        elements = network.filter_elements() if networks and self.sees_filter else None
        if elements:
            foreign = [name for name, found in elements.items() if not usual or usual not in str(found)]
            left += [f"filter {name}: {elements[name]}" for name in foreign]
            network.forget_bridge(usual, elements)
        return left

    def processes(self):
        """Processes that are about these roots."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                line = wait.command_line(int(entry.name))
                if str(self.data) in line and wait.is_alive(int(entry.name)):
                    yield int(entry.name), line
