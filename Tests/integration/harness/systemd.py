"""Containers whose cgroup systemd makes, and what systemd says of its units."""

import os
import subprocess
from pathlib import Path

from . import host, wait
from .container import Container

RUNTIME_UNITS = Path("/run/systemd/transient")


def call(*arguments):
    """`systemctl`, without looking at its exit code."""
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, timeout=60)


def show(unit, *properties):
    """Properties of a unit as a dictionary; of one property, its value."""
    text = call("show", unit, f"--property={','.join(properties)}").stdout
    values = dict(line.split("=", 1) for line in text.splitlines())
    return values[properties[0]] if len(properties) == 1 else values


def is_loaded(unit):
    """Whether systemd has it, also as one that has failed. Asking alone loads any slice, inactive."""
    return show(unit, "ActiveState") != "inactive" or (RUNTIME_UNITS / unit).exists()


def expand(slice_name):
    """Where a slice's folder is: `a-b.slice` lies in `a.slice`."""
    parts = slice_name.removesuffix(".slice").split("-")
    return "".join(f"/{'-'.join(parts[: end + 1])}.slice" for end in range(len(parts)))


class SystemdContainer(Container):
    """A container whose `create` and `run`, but nothing else, are called with --systemd-cgroup."""

    def __init__(self, container, slice_name, prefix="swt"):
        self.__dict__.update(container.__dict__)
        self.use(slice_name, prefix, self.id)

    def use(self, slice_name, prefix, name):
        self.slice = slice_name
        self.unit = f"{prefix}-{name}.scope"
        self.linux["cgroupsPath"] = f"{slice_name}:{prefix}:{name}"
        self.cgroups_path = f"{expand(slice_name)}/{self.unit}"
        return self

    @property
    def folder(self):
        return Path(host.hierarchies()["unified"] + self.cgroups_path)

    def value(self, file):
        return (self.folder / file).read_text().strip()

    def annotate(self, **properties):
        self.config.setdefault("annotations", {}).update(
            {f"org.systemd.property.{name}": text for name, text in properties.items()}
        )
        return self

    def show(self, *properties):
        return show(self.unit, *properties)

    def launch(self, verb, *arguments, **options):
        return super().launch("--systemd-cgroup", verb, *arguments, **options)

    def run(self, *flags, **options):
        self.write_config()
        return self.call("--systemd-cgroup", "run", "--bundle", self.bundle, *flags, self.id, **options)

    def wait_collected(self):
        wait.until(
            lambda: not is_loaded(self.unit) and not self.folder.exists(), f"{self.unit} to be collected"
        )

    def leftovers(self):
        left = super().leftovers()
        if is_loaded(self.unit):
            left.append(f"unit {self.unit}")
        return left


def reason():
    """Why systemd cannot be asked for cgroups here, or None."""
    if not os.path.isdir("/run/systemd/system"):
        return "systemd is not process 1 here"
    if set(host.hierarchies()) != {"unified"}:
        return "this machine is not all cgroup v2"
    return None
