"""A container's cgroup on cgroup v2: what its files say, and what happens to it meanwhile."""

import json
import time
from pathlib import Path

from . import host, wait


class Unified:
    """The files of the cgroup (admin-guide/cgroup-v2.rst)."""

    def __init__(self, container):
        self.container = container
        self.folder = Path(host.hierarchies()["unified"] + container.cgroups_path)

    def text(self, name):
        return (self.folder / name).read_text().strip()

    def number(self, name):
        return int(self.text(name))

    def table(self, name):
        """A file of lines `KEY NUMBER`."""
        return {key: int(value) for key, value in map(str.split, self.text(name).splitlines())}

    def device(self, name, number):
        """The line of a device such as 254:0 in a file of lines `DEVICE KEY=VALUE …`."""
        for line in self.text(name).splitlines():
            device, *pairs = line.split()
            if device == number:
                return dict(pair.split("=") for pair in pairs)
        return {}

    @property
    def cpu_time(self):
        """Microseconds of processor time used so far."""
        return self.table("cpu.stat")["usage_usec"]

    def usage_rate(self, seconds):
        """Processors used on average over that time, which cannot but be waited for."""
        begin, used = time.monotonic(), self.cpu_time
        time.sleep(seconds)
        end, now = time.monotonic(), self.cpu_time
        return (now - used) / 1e6 / (end - begin)

    def burns(self, microseconds=50_000):
        """Waits until that much more processor time was used."""
        target = self.cpu_time + microseconds
        wait.until(lambda: self.cpu_time >= target, f"{microseconds} µs of processor time")


def update(container, **resources):
    """`update` with these parts of linux.resources."""
    return container.call("update", "--resources", "-", container.id, stdin=json.dumps(resources))


def stats(container):
    """The data of `events --stats`."""
    return json.loads(container.call("events", "--stats", container.id).succeeded().stdout)["data"]
