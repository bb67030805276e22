"""One container under test: its bundle, its commands, its end."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from . import config, host, wait
from .output import Output
from .runtime import TIMEOUT, Result

PROBE = "/bin/probe"


class Container:
    """A bundle with a config that a test may change until `create` or `run`."""

    def __init__(self, runtime, root, folder, identifier, cgroups_path, rootfs, arguments):
        self.runtime = runtime
        self.root = root
        self.id = identifier
        self.bundle = folder
        self.rootfs = folder / "rootfs"
        self.cgroups_path = cgroups_path
        self.output = None
        self.stdin = None
        self.pid = None
        self.started = None  # the init's start time, since its number may be used again
        shutil.copytree(rootfs, self.rootfs, symlinks=True)
        self.config = config.template(cgroups_path, [PROBE, *map(str, arguments)])

    # The config, in short

    @property
    def process(self):
        return self.config["process"]

    @property
    def linux(self):
        return self.config["linux"]

    @property
    def resources(self):
        return self.config["linux"].setdefault("resources", {})

    def payload(self, *arguments):
        self.process["args"] = [PROBE, *map(str, arguments)]
        return self

    def mount(self, destination, source, kind="bind", options=("rbind",), **more):
        self.config["mounts"].append(
            {
                "destination": destination,
                "type": kind,
                "source": str(source),
                "options": list(options),
                **more,
            }
        )
        return self

    def without(self, *kinds):
        """Shares these namespaces with the host."""
        for kind in kinds:
            config.drop_namespace(self.config, kind)
        return self

    def write_config(self, text=None):
        content = json.dumps(self.config) if text is None else text
        (self.bundle / "config.json").write_text(content)

    def map_users(self, first=100000):
        """A user namespace, with the rootfs given to its root."""
        config.use_user_namespace(self.config, first)
        for parent, folders, files in os.walk(self.rootfs):
            for name in [".", *folders, *files]:
                os.lchown(os.path.join(parent, name), first, first)
        return self

    # Commands

    def call(self, *arguments, **options):
        return self.runtime.call(*arguments, root=self.root, **options)

    def launch(self, *arguments, stdin=False, console=None, pass_fds=(), env=None, cwd=None, timeout=TIMEOUT):
        """Runs a command whose payload outlives it; its output goes to `self.output`.

        Standard error goes to a file, since the payload keeps it open.
        """
        command = self.runtime.command(*arguments, root=self.root)
        reader, writer = os.pipe()
        error = tempfile.TemporaryFile("w+", dir=self.bundle, errors="replace")
        begin = time.monotonic()
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=writer,
            stderr=error,
            pass_fds=pass_fds,
            env=env,
            cwd=cwd,
        )
        os.close(writer)
        output = Output(reader)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"still running after {timeout} s: {' '.join(command)}")
        error.seek(0)
        result = Result(command, code, "", error.read(), time.monotonic() - begin)
        error.close()
        result.output = output
        result.stdin = process.stdin
        return result

    def try_create(self, *flags, write=True, **options):
        """`create`, whatever comes of it."""
        if write:
            self.write_config()
        if self.output:
            self.output.close()
        result = self.launch("create", "--bundle", self.bundle, *flags, self.id, **options)
        self.output, self.stdin = result.output, result.stdin
        return result

    def create(self, *flags, **options):
        pid_file = self.bundle / "pid"
        result = self.try_create("--pid-file", pid_file, *flags, **options)
        assert result.code == 0, str(result)
        self.pid = int(pid_file.read_text())
        self.started = wait.start_time(self.pid)
        return self

    def start(self):
        self.call("start", self.id).succeeded()
        return self

    def up(self, *flags, **options):
        """Created, started, and its payload at `pause`."""
        self.create(*flags, **options).start()
        self.output.record("pause")
        return self

    def run(self, *flags, write=True, stdin=None, **options):
        """`run` in the foreground, to its end."""
        if write:
            self.write_config()
        return self.call("run", "--bundle", self.bundle, *flags, self.id, stdin=stdin, **options)

    def exec(self, *arguments, flags=(), program=PROBE, **options):
        return self.call("exec", *flags, self.id, program, *arguments, **options)

    def exec_process(self, process, flags=(), **options):
        """`exec --process` with an OCI process object."""
        file = self.bundle / "process.json"
        file.write_text(json.dumps(process))
        return self.call("exec", "--process", file, *flags, self.id, **options)

    def state(self):
        return json.loads(self.call("state", self.id).succeeded().stdout)

    @property
    def status(self):
        return self.state()["status"]

    def kill(self, name="KILL", *flags):
        return self.call("kill", *flags, self.id, name)

    def delete(self, *flags):
        return self.call("delete", *flags, self.id)

    def wait_exit(self, timeout=wait.PATIENCE):
        """The payload's exit status; this process is its reaper."""
        return wait.exit_code(self.pid, timeout)

    def wait_status(self, status):
        wait.until(lambda: self.status == status, f"status {status}")

    # What it has on the host

    def cgroup(self, controller):
        return host.cgroup_folder(controller, self.cgroups_path)

    def cgroups(self):
        return host.cgroup_folders(self.cgroups_path)

    def pids(self):
        """Processes in the container's cgroups."""
        found = set()
        for folder in self.cgroups():
            found.update(host.descendants_of_cgroup(folder))
        return sorted(found)

    # The end

    def finish(self):
        """`delete --force`; what is still there afterwards, one line each, is then removed by hand."""
        if self.stdin:
            self.stdin.close()
        if self.output:
            self.output.close()
        left = []
        try:
            self.delete_while_reaping()
        except AssertionError as error:
            left.append(str(error))
        left += self.leftovers()
        self.sweep()
        return left

    def delete_while_reaping(self):
        """A pid namespace ends only when those of its processes that are our children are reaped. Returns what it said."""
        command = self.runtime.command("delete", "--force", self.id, root=self.root)
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + TIMEOUT
        while process.poll() is None and time.monotonic() < deadline:
            wait.reap_orphans(keep=process.pid)
            time.sleep(0.002)
        if process.poll() is None:
            process.kill()
            process.wait()
            raise AssertionError(f"delete --force of {self.id} has not ended after {TIMEOUT} s")
        with process.stderr:
            return process.stderr.read()

    def leftovers(self):
        """What is left of the container on the host."""
        left = [f"cgroup {folder}" for folder in self.cgroups()]
        left += [f"mount {mount.point}" for mount in host.mounts() if self.owns(mount.point)]
        state = self.root / self.id
        if os.path.lexists(state):
            left.append(f"state {state}: {sorted(os.listdir(state)) if state.is_dir() else 'a file'}")
        if self.is_alive():
            left.append(f"process {self.pid} {wait.command_line(self.pid)}")
        return left

    def is_alive(self):
        """Whether the init runs, and not another process with its number."""
        return (
            self.started is not None and wait.is_alive(self.pid) and wait.start_time(self.pid) == self.started
        )

    def owns(self, path):
        return path == str(self.bundle) or path.startswith(f"{self.bundle}/")

    def sweep(self):
        for folder in self.cgroups():
            empty_cgroup(folder)
        for mount in reversed(host.mounts()):
            if self.owns(mount.point):
                subprocess.run(["umount", "-l", mount.point], stderr=subprocess.DEVNULL)
        if self.is_alive():
            os.kill(self.pid, signal.SIGKILL)


def empty_cgroup(folder):
    """Kills what is in the cgroup and removes it with all below."""
    for name, text in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
        file = Path(folder, name)
        if file.exists():
            file.write_text(text)
    for pid in host.descendants_of_cgroup(folder):
        try:
            os.kill(pid, signal.SIGKILL)
            wait.for_death(pid)
        except ProcessLookupError:
            pass
    for parent, _, _ in os.walk(folder, topdown=False):
        wait.until(lambda: remove_cgroup(parent), f"removal of {parent}")


def remove_cgroup(folder):
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True
