"""One throw-away machine: what it is told, its life, and how it ended."""

import ctypes
import operator
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import qemu
import relay
from errors import Failure
from relay import say
from results import numbered

# A kernel that KVM can run says its first word much sooner; where it says nothing it never will.
KVM_TRY = 8.0
TIMED_OUT = 124
LAST_LINES = 40
OUTPUTS = ("out", "err")


class Machine:
    """`job` is what the command line asked for (swiftainer-vm's options); `number` counts the guests from 1."""

    def __init__(self, job, number, kernel, initramfs, cache, lines, terminal):
        self.job, self.number, self.kernel, self.initramfs = job, number, kernel, initramfs
        self.cache, self.lines, self.terminal = cache, lines, terminal
        # Disks may become large, and /tmp is memory on some hosts.
        wanted = None if os.environ.get("TMPDIR") else "/var/tmp"
        self.folder = tempfile.TemporaryDirectory(prefix="swiftainer-vm-", dir=wanted)
        self.place = Path(self.folder.name)
        self.channel = self.place / "channel"
        self.outputs = [1, 2]
        if job.guests > 1:
            self.outputs = [relay.Lines(lines, descriptor, b"%d: " % number) for descriptor in (1, 2)]
        self.process, self.ports, self.code = None, {}, None
        self.kvm_failed = False

    def start(self):
        self.accelerators = self.possible_accelerators()
        self.boot(self.accelerators.pop(0))

    def possible_accelerators(self):
        """KVM where it may work, then emulation."""
        if self.job.accel != "auto":
            return [self.job.accel]
        if not os.access("/dev/kvm", os.R_OK | os.W_OK) or self.cache.no_kvm().exists():
            return ["tcg"]
        return ["kvm", "tcg"]

    def prepare(self):
        """What the guest reads: see the scripts in guest/."""
        job = self.job
        shutil.rmtree(self.channel, ignore_errors=True)
        self.channel.mkdir()
        rows, columns = relay.window()
        settings = {
            "init": job.init,
            "workdir": os.path.abspath(job.workdir or os.curdir),
            "needs_workdir": "yes" if job.workdir else "no",
            "hugepages": job.hugepages,
            "boots": job.reboots + 1,
            "terminal": "yes" if job.tty else "no",
            "rows": rows,
            "columns": columns,
            "fresh": " ".join(map(escaped, job.fresh)),
            "shares": " ".join(map(escaped, job.share)),
            "results": " ".join(map(escaped, job.results)),
        }
        lines = [f"{name}={shlex.quote(str(value))}\n" for name, value in settings.items()]
        (self.channel / "settings").write_text("".join(lines))
        variables = job.environment | {"SWIFTAINER_VM_GUEST": str(self.number), "SWIFTAINER_VM_GUESTS": str(job.guests)}
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
        lines.append("set -- " + " ".join(map(shlex.quote, job.command)) + "\n")
        (self.channel / "command").write_text("".join(lines))

    def boot(self, accelerator):
        self.prepare()
        self.start_time = time.monotonic()
        self.accelerator, self.is_alive, self.taken = accelerator, False, dict.fromkeys(OUTPUTS, 0)
        theirs = {}
        for name in ("console", "tty", *qemu.PORTS):
            self.ports[name], theirs[name] = socket.socketpair()
        descriptors = {name: end.fileno() for name, end in theirs.items()}
        command = qemu.command(
            self.job, accelerator, self.kernel, self.initramfs, self.place, self.channel, descriptors
        )
        with open(self.place / "qemu", "wb") as words:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                pass_fds=tuple(descriptors.values()),
                start_new_session=True,  # ^C is for this process, which then ends the machine
                preexec_fn=die_with_parent,
            )
        for end in theirs.values():
            end.close()
        self.listen()

    def listen(self):
        path = self.job.console
        if path and self.job.guests > 1:
            path = numbered(path, self.number)
        self.console = relay.Console(path)
        self.lines.add(self.ports["console"], self.console)
        for name, output in zip(OUTPUTS, self.outputs):
            if isinstance(output, int):
                output = lambda data, descriptor=output: self.lines.write(descriptor, data)
            self.lines.add(self.ports[name], self.console.heard(self.counted(name, output)))
        if self.job.tty:
            self.lines.add(self.ports["tty"], self.console.heard(self.terminal.show))
            self.lines.keyboard(self.ports["tty"])
            relay.on_window_change(self.ports["window"])

    def counted(self, name, output):
        def both(data):
            self.taken[name] += len(data)
            output(data)

        return both

    def check(self):
        """Looks how the machine is; sets `code` when it has come to its end."""
        now, job = time.monotonic(), self.job
        has_ended = self.process.poll() is not None
        if has_ended and not self.lines.drained(list(self.ports.values())):
            return
        if not self.is_alive and b"vm: alive" in self.console.text:
            self.is_alive = True
            # Open in QEMU they serve it to its end; where we are killed, nobody else would remove them.
            for disk in qemu.DISKS:
                (self.place / disk).unlink(missing_ok=True)
            # An emulated guest that needs as long tells that the host is busy, and nothing of KVM.
            if self.kvm_failed and now - self.start_time < KVM_TRY:
                self.cache.no_kvm().touch()
        if self.accelerator == "kvm" and not self.is_alive:
            if has_ended or now - self.start_time > KVM_TRY:
                self.without_kvm()
        elif has_ended:
            self.end()
            self.code = self.outcome()
        elif job.timeout and now - self.start_time > job.timeout:
            self.hung(f"no end after {job.timeout} s")
        elif job.silence and now - self.console.last > job.silence:
            self.hung(f"no output for {job.silence} s")
        else:
            self.confirm()

    def confirm(self):
        """Tells the guest that all it has sent is here, which it turns itself off for: what is still on the way then is
        lost."""
        sent = self.channel / "sent"
        if sent.exists() and all(map(operator.ge, self.taken.values(), map(int, sent.read_text().split()))):
            (self.channel / "taken").touch()

    def without_kvm(self):
        self.end()
        if not self.accelerators:
            words = self.words_of_qemu()
            raise Failure(": ".join(["--accel kvm: KVM cannot run a kernel here", *words[-1:]]))
        self.kvm_failed = True
        self.boot(self.accelerators.pop(0))

    def words_of_qemu(self):
        return (self.place / "qemu").read_text(errors="replace").strip().splitlines()

    def end(self):
        """Ends the process, if need be, and forgets what belonged to it."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.lines.forget([*self.ports.values(), *([0] if self.job.tty else [])])
        for end in self.ports.values():
            end.close()
        self.ports = {}
        for output in self.outputs:
            if not isinstance(output, int):
                output.finish()

    def close(self):
        self.end()
        self.folder.cleanup()

    def hung(self, what):
        self.end()
        self.code = TIMED_OUT
        say(f"{what}: the machine was ended; the console's last lines:")
        self.show_console()

    def show_console(self):
        for line in self.console.last_lines(LAST_LINES):
            print("  " + line, file=sys.stderr, flush=True)

    def outcome(self):
        """The command's exit code; a Failure where the guest ended without one."""
        for number, file in enumerate(self.job.results, 1):
            made = self.channel / f"result{number}"
            if made.exists():
                self.bring(made, file)
            else:
                say(f"the command left no {file}")
        code, error = self.channel / "exit", self.channel / "error"
        if code.exists():
            if not (text := code.read_text().strip()):
                raise Failure(f"the machine could not write how the command ended: is the disk of {self.place} full?")
            return int(text)
        if error.exists():
            raise Failure(error.read_text().strip())
        words = self.words_of_qemu()
        if words and not self.console.text:
            raise Failure(f"QEMU failed: {words[-1]}")
        self.show_console()
        raise Failure("the machine ended before the command did; above are the console's last lines")

    def bring(self, made, file):
        target = Path(numbered(file, self.number) if self.job.guests > 1 else file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, target)


def escaped(path):
    """One word for the guest's shell, which undoes it with printf %b."""
    return "".join(c if c.isalnum() or c in "/._-+@:" else "".join(f"\\0{b:03o}" for b in c.encode()) for c in path)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
