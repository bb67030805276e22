"""linux.namespaces: new ones, joined ones, shared ones, mappings and offsets."""

import os
import subprocess
import time

import pytest

from harness import config

# Type in config.json and name under /proc/PID/ns
FILES = {
    "pid": "pid",
    "network": "net",
    "mount": "mnt",
    "ipc": "ipc",
    "uts": "uts",
    "user": "user",
    "cgroup": "cgroup",
    "time": "time",
}


def inode(pid, name):
    return os.stat(f"/proc/{pid}/ns/{name}").st_ino


def own(kind):
    return inode("self", FILES[kind])


def add(container, kind, path=None):
    config.drop_namespace(container.config, kind)
    entry = {"type": kind}
    if path:
        entry["path"] = str(path)
    container.linux["namespaces"].append(entry)
    return container


def seen(container):
    return container.payload("ns").run().succeeded().record("ns")


class TestNew:
    @pytest.mark.parametrize("kind", ["pid", "network", "mount", "ipc", "uts", "cgroup"])
    def test_differs_from_the_hosts(self, containers, kind):
        container = add(containers(), kind)
        assert seen(container)[FILES[kind]] != own(kind)

    def test_user(self, containers):
        assert seen(containers().map_users())["user"] != own("user")

    @pytest.mark.needs("time-namespace")
    def test_time(self, containers):
        assert seen(add(containers(), "time"))["time"] != own("time")

    @pytest.mark.parametrize("kind", ["pid", "network", "ipc", "uts", "cgroup", "user", "time"])
    def test_absent_means_the_callers(self, containers, kind):
        container = containers().without(kind)
        if kind == "uts":
            del container.config["hostname"]
        assert seen(container)[FILES[kind]] == own(kind)

    def test_order_in_the_config_does_not_matter(self, containers):
        container = containers().map_users()
        container.linux["namespaces"].reverse()
        found = seen(container)
        for entry in container.linux["namespaces"]:
            assert found[FILES[entry["type"]]] != own(entry["type"])


class TestJoined:
    @pytest.mark.parametrize("kind", ["network", "ipc", "uts", "pid", "cgroup"])
    def test_by_path(self, containers, kind):
        holder = add(containers("pause"), kind).up()
        guest = add(containers(), kind, f"/proc/{holder.pid}/ns/{FILES[kind]}")
        assert seen(guest)[FILES[kind]] == inode(holder.pid, FILES[kind])

    @pytest.mark.needs("time-namespace")
    def test_time(self, containers):
        holder = add(containers("pause"), "time")
        holder.linux["timeOffsets"] = {"boottime": {"secs": 1000}}
        holder.up()
        guest = add(containers("clocks"), "time", f"/proc/{holder.pid}/ns/time")
        boot = guest.run().succeeded().record("clocks")["boottime"]
        assert boot - time.clock_gettime(time.CLOCK_BOOTTIME) == pytest.approx(1000, abs=5)

    def test_user_together_with_what_it_owns(self, containers, runtime):
        holder = containers("pause").map_users().up()
        guest = containers("ns", "--", "status", "--", "read", "/proc/self/uid_map").map_users()
        if runtime.kind != "runc" or runtime.numbers >= (1, 2):  # older ones insist on the mappings
            del guest.linux["uidMappings"], guest.linux["gidMappings"]
        del guest.config["hostname"]
        for kind in ("user", "network", "ipc", "uts"):
            add(guest, kind, f"/proc/{holder.pid}/ns/{FILES[kind]}")
        result = guest.run().succeeded()
        for kind in ("user", "network", "ipc", "uts"):
            assert result.record("ns")[FILES[kind]] == inode(holder.pid, FILES[kind])
        assert result.record("status")["uid"] == 0
        assert result.record("read")["text"].split() == ["0", "100000", "65536"]

    @pytest.mark.needs("joining-twice")
    def test_user_together_with_what_is_the_hosts(self, containers, scratch, runtime):
        """The user namespace has no right to enter the other one; the runtime has."""
        holder = containers("pause").map_users().up()
        guest = containers("ns").map_users()
        if runtime.kind != "runc" or runtime.numbers >= (1, 2):  # older ones insist on the mappings
            del guest.linux["uidMappings"], guest.linux["gidMappings"]
        file = scratch / "network"
        file.touch()
        subprocess.run(["unshare", "-n", "mount", "--bind", "/proc/self/ns/net", file], check=True)
        try:
            add(guest, "user", f"/proc/{holder.pid}/ns/user")
            add(guest, "network", file)
            add(guest, "ipc", f"/proc/{holder.pid}/ns/ipc")
            config.drop_mount(guest.config, "/sys")  # which shows the network, and is the host's
            found = guest.run().succeeded().record("ns")
            assert found["net"] == file.stat().st_ino
            assert [found["user"], found["ipc"]] == [inode(holder.pid, kind) for kind in ("user", "ipc")]
        finally:
            subprocess.run(["umount", file], check=True)

    def test_streams_are_not_given_to_a_stranger(self, containers, scratch, runtime):
        """User 1000 of a joined user namespace is not the host's user 1000."""
        holder = containers("pause").map_users().up()
        guest = containers("print", "said").map_users()
        if runtime.kind != "runc" or runtime.numbers >= (1, 2):
            del guest.linux["uidMappings"], guest.linux["gidMappings"]
        add(guest, "user", f"/proc/{holder.pid}/ns/user")
        guest.process["user"] = {"uid": 1000, "gid": 1000}
        guest.write_config()
        with (scratch / "log").open("w") as log:
            ended = subprocess.run(
                guest.runtime.command("run", "--bundle", guest.bundle, guest.id, root=guest.root),
                stdin=subprocess.DEVNULL, stdout=log, timeout=60,
            )  # fmt: skip
        assert ended.returncode == 0
        assert (scratch / "log").stat().st_uid in (0, 101000)

    def test_pid_namespace_of_another_container(self, containers):
        """The guest is not pid 1, sees the holder, and its end does not end the holder."""
        holder = containers.up()
        guest = add(containers("status", "--", "ls", "/proc"), "pid", f"/proc/{holder.pid}/ns/pid")
        result = guest.run().succeeded()
        assert result.record("status")["pid"] != 1
        assert "1" in result.record("ls")["names"]
        assert holder.status == "running"

    def test_bound_file(self, containers, scratch):
        """What `ip netns` makes: a namespace kept by a bind mount."""
        holder = containers.up()
        file = scratch / "network"
        file.touch()
        subprocess.run(["mount", "--bind", f"/proc/{holder.pid}/ns/net", file], check=True)
        try:
            expected = inode(holder.pid, "net")
            assert seen(add(containers(), "network", file))["net"] == expected
        finally:
            subprocess.run(["umount", file], check=True)

    @pytest.mark.parametrize(
        "kind, file", [("network", "ipc"), ("ipc", "uts"), ("uts", "net"), ("pid", "mnt")]
    )
    def test_wrong_kind_is_refused(self, containers, kind, file):
        holder = containers.up()
        add(containers("exit", 0), kind, f"/proc/{holder.pid}/ns/{file}").run().failed()

    @pytest.mark.parametrize("path", ["/nowhere/net", "/etc/passwd", "/proc/self/ns"])
    def test_what_is_no_namespace_is_refused(self, containers, path):
        add(containers("exit", 0), "network", path).run().failed()


class TestUser:
    def test_maps(self, containers):
        container = containers("read", "/proc/self/uid_map", "--", "read", "/proc/self/gid_map")
        container.map_users(200000)
        container.linux["gidMappings"] = [
            {"containerID": 0, "hostID": 200000, "size": 10},
            {"containerID": 100, "hostID": 300000, "size": 5},
        ]
        result = container.run().succeeded()
        assert result.record("read", 0)["text"].split() == ["0", "200000", "65536"]
        assert result.record("read", 1)["text"].split() == ["0", "200000", "10", "100", "300000", "5"]

    def test_ids_on_both_sides(self, containers):
        container = containers("status", "--", "pause").map_users()
        container.process["user"] = {"uid": 1000, "gid": 50}
        container.create().start()
        status = container.output.record("status")
        container.output.record("pause")
        assert (status["uid"], status["gid"]) == (1000, 50)
        information = os.stat(f"/proc/{container.pid}")
        assert (information.st_uid, information.st_gid) == (101000, 100050)

    def test_setgroups_is_allowed_with_privilege(self, containers):
        result = containers("read", "/proc/self/setgroups").map_users().run().succeeded()
        assert result.record("read")["text"] == "allow\n"

    def test_additional_groups(self, containers):
        container = containers("status").map_users()
        container.process["user"]["additionalGids"] = [5, 6]
        assert container.run().succeeded().record("status")["groups"] == [5, 6]

    def test_standard_streams_belong_to_the_user(self, containers):
        """stdio is handed to the payload's user, so that /dev/stdout can be opened again."""
        container = containers("open", "/proc/self/fd/1", "w").map_users()
        container.process["user"] = {"uid": 1000, "gid": 1000}
        for kind in ("bounding", "effective", "permitted"):
            container.process["capabilities"][kind] = []
        assert container.run().succeeded().record("open")["errno"] == 0

    def test_devices_are_there(self, containers):
        result = (
            containers("open", "/dev/null", "rw", "--", "stat", "/dev/zero").map_users().run().succeeded()
        )
        assert result.record("open")["errno"] == 0
        assert (result.record("stat")["major"], result.record("stat")["minor"]) == (1, 5)

    def test_power_ends_at_the_namespace(self, containers):
        container = containers(
            "mknod", "/tmp/disk", "b", 8, 0, "--", "syscall", "sethostname", "s:x", 1
        ).map_users()
        for kind in ("bounding", "effective", "permitted"):
            container.process["capabilities"][kind] += ["CAP_SYS_ADMIN", "CAP_MKNOD"]
        result = container.run().succeeded()
        assert result.record("mknod")["errno"] == "EPERM"
        assert result.record("syscall")["errno"] == 0  # its own uts namespace

    def test_other_namespaces_belong_to_it(self, containers):
        container = containers("mount", "/tmp", "none", "tmpfs").map_users()
        for kind in ("bounding", "effective", "permitted"):
            container.process["capabilities"][kind].append("CAP_SYS_ADMIN")
        assert container.run().succeeded().record("mount")["errno"] == 0

    def test_unmapped_user_is_refused(self, containers):
        container = containers("exit", 0).map_users()
        container.process["user"] = {"uid": 70000, "gid": 0}
        container.run().failed()

    def test_mapping_without_the_containers_root(self, containers):
        container = containers("exit", 0).map_users()
        container.linux["uidMappings"] = [{"containerID": 1, "hostID": 100001, "size": 10}]
        container.run().failed()

    def test_without_network_namespace(self, containers):
        """sysfs cannot be mounted then; a bind mount of the host's is what engines ask for."""
        container = containers("status").map_users().without("network")
        config.drop_mount(container.config, "/sys")
        container.mount("/sys", "/sys", "none", ["rbind", "ro"])
        assert container.run().succeeded().record("status")["uid"] == 0


class TestTime:
    @pytest.mark.needs("time-namespace")
    def test_offsets(self, containers):
        container = add(containers("clocks"), "time")
        container.linux["timeOffsets"] = {
            "monotonic": {"secs": 7200, "nanosecs": 5},
            "boottime": {"secs": 86400},
        }
        clocks = container.run().succeeded().record("clocks")
        assert clocks["monotonic"] - time.clock_gettime(time.CLOCK_MONOTONIC) == pytest.approx(7200, abs=5)
        assert clocks["boottime"] - time.clock_gettime(time.CLOCK_BOOTTIME) == pytest.approx(86400, abs=5)

    @pytest.mark.needs("time-namespace")
    def test_negative_offset(self, containers):
        container = add(containers("clocks"), "time")
        container.linux["timeOffsets"] = {"boottime": {"secs": -60}}
        clocks = container.run().succeeded().record("clocks")
        assert clocks["boottime"] - time.clock_gettime(time.CLOCK_BOOTTIME) == pytest.approx(-60, abs=5)

    @pytest.mark.needs("time-namespace")
    def test_exec_sees_the_same_clock(self, containers):
        container = add(containers("pause"), "time")
        container.linux["timeOffsets"] = {"boottime": {"secs": 86400}}
        container.up()
        clocks = container.exec("clocks").succeeded().record("clocks")
        assert clocks["boottime"] - time.clock_gettime(time.CLOCK_BOOTTIME) == pytest.approx(86400, abs=5)

    @pytest.mark.needs("time-namespace")
    def test_offsets_without_the_namespace_are_refused(self, containers):
        container = containers("exit", 0)
        container.linux["timeOffsets"] = {"boottime": {"secs": 10}}
        container.run().failed()


class TestNetwork:
    def test_only_loopback_and_it_is_up(self, containers):
        result = containers("net", "--", "read", "/sys/class/net/lo/flags").run().succeeded()
        assert result.record("net")["links"] == ["lo"]
        assert int(result.record("read")["text"], 16) & 1  # IFF_UP

    def test_host_network(self, containers):
        container = containers("net", "--", "ns").without("network")
        config.drop_mount(container.config, "/sys")
        before = set(os.listdir("/sys/class/net"))
        result = container.run().succeeded()
        assert result.record("ns")["net"] == own("network")
        # Devices of other tests come and go meanwhile.
        assert before & set(os.listdir("/sys/class/net")) <= set(result.record("net")["links"])


class TestCgroup:
    def test_own_cgroup_is_the_root(self, containers):
        container = add(containers("read", "/proc/self/cgroup"), "cgroup")
        lines = container.run().succeeded().record("read")["text"].splitlines()
        joined = [line for line in lines if line.endswith(":/")]
        assert joined == lines or "::/" in lines[-1]

    def test_path_is_seen_without_it(self, containers):
        container = containers("read", "/proc/self/cgroup")
        text = container.run().succeeded().record("read")["text"]
        assert any(line.endswith(container.cgroups_path) for line in text.splitlines())


class TestUts:
    def test_hostname_needs_the_namespace(self, containers):
        container = containers("exit", 0).without("uts")
        container.run().failed()
        assert os.uname().nodename != "probe"

    def test_hostname_in_a_joined_one(self, containers):
        holder = containers.up()
        guest = add(containers("host"), "uts", f"/proc/{holder.pid}/ns/uts")
        guest.config["hostname"] = "renamed"
        assert guest.run().succeeded().record("host")["hostname"] == "renamed"
        assert holder.exec("host").succeeded().record("host")["hostname"] == "renamed"


class TestNetDevices:
    @pytest.mark.needs("net-devices")
    def test_moved_and_renamed(self, containers):
        name = f"swt{os.getpid()}"
        subprocess.run(["ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p"], check=True)
        try:
            container = containers("net")
            container.linux["netDevices"] = {name: {"name": "inside0"}}
            assert sorted(container.run().succeeded().record("net")["links"]) == ["inside0", "lo"]
        finally:
            subprocess.run(["ip", "link", "del", name], stderr=subprocess.DEVNULL)

    @pytest.mark.needs("net-devices")
    def test_missing_one_is_refused(self, containers):
        container = containers("exit", 0)
        container.linux["netDevices"] = {"nosuch0": {}}
        assert "nosuch0" in container.run().failed().stderr
