"""Drives `swiftainer run` as a person does, and says what it left behind."""

import hashlib
import itertools
import json
import os
import stat
import subprocess
from pathlib import Path

from . import host, wait
from .engine import Background, call

STATES = Path("/run/swiftainer")
LASTING = Path("/var/lib/swiftainer/containers")
NAMES = Path("/var/lib/swiftainer/names")
_numbers = itertools.count()


def container_id(name):
    """The ID behind a name; None where there is none."""
    try:
        return os.readlink(NAMES / name)
    except FileNotFoundError:
        return None


def state(name):
    """The folder in which the runtime keeps the container's state."""
    return STATES / (container_id(name) or name)


def payload(name):
    """The number of the container's first process."""
    return json.loads((state(name) / "state.json").read_text())["process"]["pid"]


def cgroup(name):
    return Path(host.cgroup_folders(f"/swiftainer/{container_id(name)}")[0])


def identifiers(name):
    """The IDs of all containers that ever had the name, as the events tell."""
    found = set()
    for file in (STATES / "~events").glob("events.json*"):
        # What follows the last line's end is an event that is just being written.
        for line in file.read_text().split("\n")[:-1]:
            event = json.loads(line)
            if event["type"] == "container" and event["attributes"].get("name") == name:
                found.add(event["actor"])
    return found


def leftovers(name):
    """What is on the machine of a container of that name."""
    left = [f"name {NAMES / name}"] if os.path.lexists(NAMES / name) else []
    for identifier in identifiers(name) | ({container_id(name)} - {None}):
        folders = [STATES / identifier, *(LASTING / f"{prefix}{identifier}" for prefix in ("", ".new-", ".old-"))]
        folders += host.cgroup_folders(f"/swiftainer/{identifier}")
        left += [f"folder {folder}" for folder in folders if folder.exists()]
        files = LASTING.parent.glob("networks/*/leases.json")
        left += [f"lease in {file}" for file in files if identifier in file.read_text()]
        for mount in host.mounts():
            if any(f"/{identifier}" in text for text in (mount.point, mount.root, *mount.super_options)):
                left.append(f"mount {mount.point}")
    return left


def tree(folder):
    """Everything about a folder's content that a person could call modified."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for path in [parent, *(os.path.join(parent, name) for name in folders + files)]:
            info = os.lstat(path)
            content = ""
            if stat.S_ISREG(info.st_mode):
                content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
            elif stat.S_ISLNK(info.st_mode):
                content = os.readlink(path)
            found[path] = (info.st_mode, info.st_uid, info.st_gid, info.st_mtime_ns, info.st_ino, content)
    return found


class Everyday:
    """`swiftainer run`, whose containers all bear a name of the test's."""

    def __init__(self, program, runtime, box):
        self.program, self.runtime, self.box = str(program), runtime, box
        self.names, self.running = [], []

    def name(self):
        name = f"swtr-{os.getpid()}-{next(_numbers)}"
        self.names.append(name)
        return name

    def command(self, *words, name=None, rm=True):
        name = name or self.name()
        flags = ["--name", name] + (["--rm"] if rm else [])
        return [self.program, "run", *flags, *map(str, words)]

    def run(self, *words, stdin=None, env=None, cwd=None, **options):
        """Runs to the end; the words are flags, image and command."""
        return call(self.command(*words, **options), stdin, env=env, cwd=cwd)

    def probe(self, *words, flags=(), **options):
        """Runs the probe with these words in the box and returns how it ended."""
        return self.run(*flags, self.box, "probe", *words, **options)

    def start(self, *words, flags=(), rm=True, **options):
        """Starts the probe and leaves it running."""
        command = self.command(*flags, self.box, "probe", *words, rm=rm)
        running = Background(command, **options)
        running.name = self.names[-1]
        self.running.append(running)
        return running

    def swiftainer(self, *words, **options):
        """Any verb."""
        return call([self.program, *map(str, words)], **options)

    def remove(self, name):
        return self.swiftainer("rm", "-f", name)

    def finish(self):
        """Ends everything; what should have been gone by itself is what is returned."""
        for running in self.running:
            running.close()
        left = []
        for name in self.names:
            left += leftovers(name)
            if container_id(name):
                self.remove(name)
        return left


class Tmux:
    """A terminal with a shell in it, as a person sits at."""

    PROMPT = "outer> "

    def __init__(self, folder, columns=100, rows=30):
        self.socket = str(Path(folder) / "tmux")
        self.folder = folder
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TERM": "screen", "PS1": self.PROMPT}
        subprocess.run(
            ["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows)]
            + ["bash", "--norc", "--noprofile"],
            env=environment,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        self.until(lambda: self.screen().endswith(self.PROMPT.rstrip()), "a prompt")

    def tell(self, *words):
        done = subprocess.run(
            ["tmux", "-S", self.socket, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def screen(self):
        return self.tell("capture-pane", "-p", "-J", "-S", "-200").rstrip()

    def until(self, check, what):
        try:
            return wait.until(check, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; on the screen:\n{self.screen()}") from None

    def see(self, text, count=1):
        """Waits until the text stands on the screen so many times."""
        return self.until(lambda: self.screen().count(text) >= count, f"{text!r} on the screen")

    def type(self, text):
        """Types a line and the return key."""
        self.tell("send-keys", "-l", text)
        self.tell("send-keys", "Enter")

    def press(self, key):
        self.tell("send-keys", key)

    def size(self):
        """Rows and columns, as a shell in it says."""
        self.type("clear; echo size=$(stty size).")
        self.see("size=")
        self.until(lambda: "." in self.screen().rpartition("size=")[2], "an answer")
        return self.screen().rpartition("size=")[2].split(".")[0]

    def resize(self, columns, rows):
        self.tell("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)


def one_line(result, code):
    """Standard error is one line of ours."""
    assert result.code == code, str(result)
    [line] = result.stderr.splitlines()
    assert line.startswith("swiftainer: "), str(result)
    return line
