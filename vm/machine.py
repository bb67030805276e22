"""One throw-away machine: QEMU's command line, its life, and how it ended."""

import ctypes
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import relay
from errors import Failure
from relay import say

QEMU = "qemu-system-x86_64"
# A kernel that KVM can run says its first word much sooner; where it says nothing it never will.
KVM_TRY = 8.0
TIMED_OUT = 124
LAST_LINES = 25
PORTS = ("out", "err", "window")
# Plain speed: emulated code pays dearly for defences, and the guest lives for one command.
APPEND = (
    "console=ttyS0 panic=-1 mitigations=off init_on_alloc=0 tsc=reliable no_timer_check random.trust_cpu=on "
    "systemd.unified_cgroup_hierarchy=1 swapaccount=1"
)


def main_memory(text):
    """Mebibytes of a size such as 512M or 2G."""
    units = {"K": 1 / 1024, "M": 1, "G": 1024}
    number, unit = text[:-1], text[-1:].upper()
    if unit not in units or not number.isdigit() or int(number) == 0:
        raise Failure(f"not a size such as 512M or 2G: {text}")
    return int(int(number) * units[unit])


class Machine:
    """`job` is what the command line asked for (swiftainer-vm's options)."""

    def __init__(self, job, kernel, initramfs, cache):
        self.job, self.kernel, self.initramfs, self.cache = job, kernel, initramfs, cache
        self.process = None

    def run(self):
        """Boots, runs the command, and answers with its exit code."""
        if not shutil.which(QEMU):
            raise Failure(f"there is no {QEMU}: install qemu-system-x86")
        with ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="swiftainer-vm-")))
            self.log = stack.enter_context(open(self.job.console, "wb")) if self.job.console else None
            self.channel = self.folder / "channel"
            if self.job.tty:
                stack.enter_context(relay.raw_terminal())
            for accelerator in self.accelerators():
                self.prepare()
                code = self.boot(accelerator)
                if code is not None:
                    return code
        raise Failure("KVM was asked for, but cannot run a kernel here")

    def accelerators(self):
        """KVM where it may work, then emulation."""
        if self.job.accel != "auto":
            return [self.job.accel]
        if not os.access("/dev/kvm", os.R_OK | os.W_OK) or self.no_kvm().exists():
            return ["tcg"]
        return ["kvm", "tcg"]

    def no_kvm(self):
        """A mark that this boot of the host has seen KVM fail."""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return self.cache / f"no-kvm-{boot}"

    def prepare(self):
        """What the guest reads: see guest/init and guest/job."""
        job = self.job
        shutil.rmtree(self.channel, ignore_errors=True)
        self.channel.mkdir()
        rows, columns = relay.window()
        settings = {
            "init": job.init,
            "workdir": job.workdir,
            "hugepages": job.hugepages,
            "boots": job.reboots + 1,
            "terminal": "yes" if job.tty else "no",
            "rows": rows,
            "columns": columns,
            "shares": " ".join(map(escaped, job.share)),
            "results": " ".join(map(escaped, job.result)),
        }
        lines = [f"{name}={shlex.quote(str(value))}\n" for name, value in settings.items()]
        (self.channel / "settings").write_text("".join(lines))
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in job.environment.items()]
        lines.append("set -- " + " ".join(map(shlex.quote, job.command)) + "\n")
        (self.channel / "command").write_text("".join(lines))

    def disk(self, name, size=None, path=None):
        if path is None:
            path = self.folder / name
            with open(path, "wb") as file:
                file.truncate(size * 1024 * 1024)
        return [
            "-drive", f"if=none,id={name},format=raw,cache=unsafe,discard=unmap,file={comma(path)}",
            "-device", f"virtio-blk-pci,drive={name},serial={name}",
        ]  # fmt: skip

    def folder_device(self, tag, path, readonly):
        mode = "on" if readonly else "off"
        return [
            "-fsdev", f"local,id={tag},path={comma(path)},security_model=none,multidevs=remap,readonly={mode}",
            "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}",
        ]  # fmt: skip

    def arguments(self, accelerator, descriptors):
        job = self.job
        command = [
            QEMU, "-machine", "q35", "-nodefaults", "-no-user-config", "-display", "none",
            "-smp", str(job.cpus), "-m", f"{job.memory}M",
            "-kernel", self.kernel.image, "-initrd", self.initramfs, "-append", APPEND,
            "-device", "virtio-rng-pci",
            "-chardev", f"socket,id=console,fd={descriptors['console']}", "-serial", "chardev:console",
            "-device", "virtio-serial-pci",
        ]  # fmt: skip
        if accelerator == "kvm":
            command += ["-accel", "kvm", "-cpu", "host"]
        else:
            command += ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "qemu64"]
        if job.tty:
            command += ["-chardev", f"socket,id=tty,fd={descriptors['tty']}", "-device", "virtconsole,chardev=tty,nr=0"]
        for number, name in enumerate(PORTS, 1):
            command += [
                "-chardev", f"socket,id={name},fd={descriptors[name]}",
                "-device", f"virtserialport,chardev={name},nr={number},name={name}",
            ]  # fmt: skip
        command += self.folder_device("root", job.root, readonly=True)
        command += self.folder_device("channel", self.channel, readonly=False)
        command += self.folder_device("modules", self.kernel.modules, readonly=True)
        for number, folder in enumerate(job.share, 1):
            command += self.folder_device(f"share{number}", folder, readonly=False)
        if job.scratch:
            command += self.disk("scratch", job.scratch)
        if job.swap:
            command += self.disk("swap", job.swap)
        if job.disk:
            command += self.disk("disk", path=job.disk)
        if not job.reboots:
            command.append("-no-reboot")
        return list(map(str, command))

    def boot(self, accelerator):
        """Exit code of the command, or None where KVM turned out not to work."""
        ours, theirs = {}, {}
        for name in ("console", "tty", *PORTS):
            ours[name], theirs[name] = socket.socketpair()
        descriptors = {name: end.fileno() for name, end in theirs.items()}
        errors = open(self.folder / "qemu", "wb")
        process = subprocess.Popen(
            self.arguments(accelerator, descriptors),
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            pass_fds=tuple(descriptors.values()),
            start_new_session=True,  # ^C is for this process, which then ends the machine
            preexec_fn=die_with_parent,
        )
        errors.close()
        for end in theirs.values():
            end.close()
        try:
            return self.watch(process, ours, accelerator)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            for end in ours.values():
                end.close()

    def watch(self, process, ports, accelerator):
        job = self.job
        lines = relay.Relay()
        lines.log(ports["console"], self.log)
        if job.tty:
            lines.port(ports["tty"], 1)
            lines.keyboard(ports["tty"])
            lines.window_changes(ports["window"])
        lines.port(ports["out"], 1)
        lines.port(ports["err"], 2)
        start = time.monotonic()
        alive = accelerator != "kvm" or job.accel == "kvm"
        while process.poll() is None:
            lines.turn(0.2)
            now = time.monotonic()
            if not alive:
                alive = b"vm: alive" in lines.console
                if not alive and now - start > KVM_TRY:
                    return self.without_kvm()
            if job.timeout and now - start > job.timeout:
                return self.hung(lines, f"no end after {job.timeout:g} s")
            if job.silence and now - lines.last > job.silence:
                return self.hung(lines, f"no output for {job.silence:g} s")
        lines.drain()
        if not alive and b"vm: alive" not in lines.console:
            return self.without_kvm()
        return self.outcome(lines)

    def without_kvm(self):
        self.no_kvm().touch()
        return None

    def hung(self, lines, what):
        say(f"{what}; the machine is ended. The console's last lines:")
        for line in lines.last_lines(LAST_LINES):
            print("  " + line, file=sys.stderr)
        return TIMED_OUT

    def outcome(self, lines):
        """The command's exit code; a Failure where the guest ended without one."""
        for number, file in enumerate(self.job.result, 1):
            made = self.channel / f"result{number}"
            if not made.exists():
                say(f"the command left no {file}")
                continue
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, file)
        code = self.channel / "exit"
        if code.exists():
            return int(code.read_text())
        error = self.channel / "error"
        if error.exists():
            raise Failure(error.read_text().strip())
        qemu = (self.folder / "qemu").read_text(errors="replace").strip().splitlines()
        if qemu and not lines.console:
            raise Failure(f"QEMU failed: {qemu[-1]}")
        for line in lines.last_lines(LAST_LINES):
            print("  " + line, file=sys.stderr)
        raise Failure("the machine ended before the command did; above are the console's last lines")


def comma(path):
    """QEMU's options take a comma in a value twice."""
    return str(path).replace(",", ",,")


def escaped(path):
    """One word for the guest's shell, which undoes it with printf %b."""
    return "".join(c if c.isalnum() or c in "/._-+@:" else "".join(f"\\0{b:03o}" for b in c.encode()) for c in path)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
