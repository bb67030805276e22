"""QEMU's command line for one machine."""

from pathlib import Path

from tools import run

PROGRAM = "qemu-system-x86_64"
WORK_SIZE = 16 * 1024  # mebibytes, taken as they are written
PORTS = ("out", "err", "window")  # guest/job uses them
DISKS = ("work", "scratch", "swap")  # files in the machine's folder
# Speed before defences: emulated code pays dearly for them, and the guest lives for one command. The clock is the
# host's, which does not drift.
APPEND = (
    "console=ttyS0 panic=-1 mitigations=off init_on_alloc=0 hardened_usercopy=off audit=0 nowatchdog tsc=reliable "
    "no_timer_check random.trust_cpu=on"
)


def comma(path):
    """QEMU's options take a comma in a value twice."""
    return str(path).replace(",", ",,")


def folder(tag, path, readonly):
    mode = "on" if readonly else "off"
    return [
        "-fsdev", f"local,id={tag},path={comma(path)},security_model=none,multidevs=remap,readonly={mode}",
        "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}",
    ]  # fmt: skip


def disk(name, path):
    return [
        # Where the host's disk is full, the guest is told, not stopped for ever.
        "-drive", f"if=none,id={name},format=raw,cache=unsafe,discard=unmap,werror=report,rerror=report,file={comma(path)}",
        "-device", f"virtio-blk-pci,drive={name},serial={name}",
    ]  # fmt: skip


def empty_disk(name, size, place):
    """A disk of `size` mebibytes that takes room only as it is written to."""
    path = Path(place) / name
    with open(path, "wb") as file:
        file.truncate(size * 1024 * 1024)
    return disk(name, path)


def work_disk(place, lasts):
    """For /tmp: ext4, made here, where that takes no time. It needs a journal only where it `lasts` over restarts."""
    words = empty_disk("work", WORK_SIZE, place)
    journal = "has_journal" if lasts else "^has_journal"
    run(["mke2fs", "-q", "-F", "-t", "ext4", "-O", journal, "-m", "0", Path(place) / "work"])
    return words


def processors(accelerator):
    if accelerator == "kvm":
        return ["-accel", "kvm", "-cpu", "host"]
    # Processors in threads of their own must emulate every atomic instruction as one, which halves their speed: two of
    # them get no more done than two that take turns. Who wants to fill the host's cores starts several guests.
    # Today's distributions are built for x86-64-v2, which asks for these beyond qemu64, at no cost; `max` is slower.
    return ["-accel", "tcg,thread=single,tb-size=512", "-cpu", "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt"]


def command(job, accelerator, kernel, initramfs, place, channel, descriptors):
    """`descriptors`: our ends of the sockets for console, tty and PORTS, which QEMU inherits."""
    words = [
        PROGRAM, "-machine", "q35", "-nodefaults", "-no-user-config", "-display", "none",
        *processors(accelerator),
        "-smp", job.cpus, "-m", f"{job.memory}M",
        "-kernel", kernel.image, "-initrd", initramfs, "-append", APPEND,
        "-device", "virtio-rng-pci",
        "-chardev", f"socket,id=console,fd={descriptors['console']}", "-serial", "chardev:console",
        "-device", "virtio-serial-pci",
    ]  # fmt: skip
    if job.tty:
        words += ["-chardev", f"socket,id=tty,fd={descriptors['tty']}", "-device", "virtconsole,chardev=tty,nr=0"]
    for number, name in enumerate(PORTS, 1):
        words += [
            "-chardev", f"socket,id={name},fd={descriptors[name]}",
            "-device", f"virtserialport,chardev={name},nr={number},name={name}",
        ]  # fmt: skip
    words += folder("root", job.root, readonly=True)
    words += folder("channel", channel, readonly=False)
    words += folder("modules", kernel.modules, readonly=True)
    for number, path in enumerate(job.share, 1):
        words += folder(f"share{number}", path, readonly=False)
    words += work_disk(place, job.reboots > 0)
    if job.scratch:
        words += empty_disk("scratch", job.scratch, place)
    if job.swap:
        words += empty_disk("swap", job.swap, place)
    if job.disk:
        words += disk("disk", job.disk)
    if not job.reboots:
        words.append("-no-reboot")
    return list(map(str, words))
