"""linux.resources.blockIO on cgroup v2: what the files say, and how fast a payload's disk is."""

import os
from pathlib import Path

import pytest

from harness import host
from harness.unified import Unified, stats, update

KIB = 1 << 10
BLOCKS = 24
"""Transfers of one measurement, which a limit of 16 blocks per second makes last 1.5 s."""
PER_SECOND = 16
pytestmark = pytest.mark.needs("v2-io", "scratch-disk")


class Disk:
    """A disk that may be overwritten, given to containers as /dev/scratch."""

    def __init__(self, path):
        self.major, self.minor = os.major(os.stat(path).st_rdev), os.minor(os.stat(path).st_rdev)
        self.number = f"{self.major}:{self.minor}"
        self.queue = Path(f"/sys/dev/block/{self.number}/queue")

    def give(self, container):
        numbers = {"type": "b", "major": self.major, "minor": self.minor}
        container.linux["devices"] = [{"path": "/dev/scratch", **numbers}]
        container.resources["devices"].append({"allow": True, "access": "rw", **numbers})
        return container

    def limit(self, key, rate):
        return {key: [{"major": self.major, "minor": self.minor, "rate": rate}]}


@pytest.fixture
def disk():
    return Disk(host.scratch_disk())


def seconds(container, command, block):
    """How long the transfers take."""
    found = container.exec(command, "/dev/scratch", BLOCKS * block, block).succeeded().record(command)
    assert (found["errno"], found["bytes"]) == (0, BLOCKS * block)
    return found["microseconds"] / 1e6


class TestThrottling:
    @pytest.mark.parametrize(
        "key, file_key, command, block, rate",
        [
            ("throttleReadBpsDevice", "rbps", "read-disk", 64 * KIB, PER_SECOND * 64 * KIB),
            ("throttleWriteBpsDevice", "wbps", "write-disk", 64 * KIB, PER_SECOND * 64 * KIB),
            ("throttleReadIOPSDevice", "riops", "read-disk", 4 * KIB, PER_SECOND),
            ("throttleWriteIOPSDevice", "wiops", "write-disk", 4 * KIB, PER_SECOND),
        ],
        ids=lambda value: value if str(value).startswith("throttle") else "",
    )
    def test_payload_is_slowed(self, containers, disk, key, file_key, command, block, rate):
        container = disk.give(containers("pause"))
        container.resources["blockIO"] = disk.limit(key, rate)
        container.up()
        expected = {"rbps": "max", "wbps": "max", "riops": "max", "wiops": "max", file_key: str(rate)}
        assert Unified(container).device("io.max", disk.number) == expected
        slow = seconds(container, command, block)
        assert 0.7 < slow < 6
        # The other direction is free.
        assert seconds(container, "read-disk" if command == "write-disk" else "write-disk", block) < slow / 2

    @pytest.mark.needs("update-throttles", "update-undone", "unified")
    def test_refused_update(self, containers, disk):
        """What it has changed before is put back: the device of another limit, and one that had none."""
        container = disk.give(containers("pause"))
        container.resources["blockIO"] = {**disk.limit("throttleReadBpsDevice", 1 << 30), "weight": 200}
        container.up()
        cgroup = Unified(container)
        names = ["io.max", *(file.name for file in cgroup.folder.glob("io.*weight"))]
        before = [cgroup.text(name) for name in names]
        both = {**disk.limit("throttleReadBpsDevice", 1 << 20), **disk.limit("throttleWriteIOPSDevice", 100), "weight": 500}
        result = update(container, blockIO=both, unified={"pids.max": "none"}).failed()
        assert "pids.max" in result.stderr and "new value" not in result.stderr
        assert [cgroup.text(name) for name in names] == before
        update(container, blockIO=disk.limit("throttleReadBpsDevice", 0)).succeeded()
        update(container, blockIO=both, unified={"pids.max": "none"}).failed()
        assert cgroup.device("io.max", disk.number) == {}

    @pytest.mark.needs("update-throttles")
    def test_update(self, containers, disk):
        container = disk.give(containers("pause")).up()
        cgroup = Unified(container)
        assert cgroup.device("io.max", disk.number) == {}
        fast = seconds(container, "write-disk", 64 * KIB)
        rate = PER_SECOND * 64 * KIB
        update(container, blockIO=disk.limit("throttleWriteBpsDevice", rate)).succeeded()
        assert cgroup.device("io.max", disk.number)["wbps"] == str(rate)
        assert seconds(container, "write-disk", 64 * KIB) > max(0.7, 2 * fast)
        update(container, blockIO=disk.limit("throttleWriteBpsDevice", 1 << 40)).succeeded()
        assert seconds(container, "write-disk", 64 * KIB) < 0.7


class TestWeight:
    """By BFQ where it is loaded, else by the kernel's cost model; the spec's 10...1000 are BFQ's."""

    def files(self, container):
        cgroup = Unified(container)
        names = [name for name in ("io.bfq.weight", "io.weight") if (cgroup.folder / name).exists()]
        return [cgroup.text(name).split()[-1] for name in names]

    def test_file(self, containers):
        container = containers("pause")
        container.resources["blockIO"] = {"weight": 300}
        container.up()
        assert {"300", "2930"} & set(self.files(container))

    def test_update(self, containers):
        container = containers.up()
        container.call("update", "--blkio-weight", 20, container.id).succeeded()
        assert {"20", "102"} & set(self.files(container))

    def test_of_one_device(self, containers, disk):
        """BFQ's file has lines for devices that BFQ drives."""
        drive_by_bfq(disk)
        container = containers("pause")
        container.resources["blockIO"] = {
            "weight": 300,
            "weightDevice": [{"major": disk.major, "minor": disk.minor, "weight": 500}],
        }
        container.up()
        lines = Unified(container).text("io.bfq.weight").splitlines()
        assert lines == ["default 300", f"{disk.number} 500"]


def drive_by_bfq(disk):
    try:
        (disk.queue / "scheduler").write_text("bfq")
    except OSError as error:
        pytest.skip(f"this kernel has no BFQ: {error}")


@pytest.mark.needs("events")
def test_statistics_agree_with_the_file(containers, disk):
    container = disk.give(containers("pause")).up()
    seconds(container, "write-disk", 64 * KIB)
    seconds(container, "read-disk", 4 * KIB)
    told, kept = stats(container)["blkio"], Unified(container).device("io.stat", disk.number)
    found = {
        (list_name, entry["op"]): entry["value"]
        for list_name in ("ioServiceBytesRecursive", "ioServicedRecursive")
        for entry in told[list_name]
        if (entry["major"], entry.get("minor", 0)) == (disk.major, disk.minor)
    }
    assert found["ioServiceBytesRecursive", "Write"] == int(kept["wbytes"]) == BLOCKS * 64 * KIB
    assert found["ioServiceBytesRecursive", "Read"] == int(kept["rbytes"]) >= BLOCKS * 4 * KIB
    assert found["ioServicedRecursive", "Write"] == int(kept["wios"]) >= BLOCKS
    assert found["ioServicedRecursive", "Read"] == int(kept["rios"]) >= BLOCKS
