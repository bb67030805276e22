"""`swiftainer run` of a bundle: its configuration as it is, and as flags change it."""

import json
import os
import shutil

import pytest

from harness import config
from harness.everyday import tree
from run_fixtures import box, everyday  # noqa: F401


class Bundle:
    """A bundle with the probe in it; `config` may be changed until it is written by `path`."""

    def __init__(self, folder, rootfs):
        self.folder = folder
        shutil.copytree(rootfs, folder / "rootfs", symlinks=True)
        self.config = config.template("/swiftainer-bundle", ["/bin/probe", "print", "as-configured"])
        del self.config["linux"]["cgroupsPath"]

    @property
    def path(self):
        (self.folder / "config.json").write_text(json.dumps(self.config))
        return self.folder


@pytest.fixture
def bundle(scratch, rootfs):
    return Bundle(scratch, rootfs)


class TestAsItIs:
    def test_payload_is_the_bundles(self, everyday, bundle):
        result = everyday.run(bundle.path)
        assert (result.code, result.stdout, result.stderr) == (0, "as-configured\n", "")

    def test_configuration_holds(self, everyday, bundle):
        bundle.config["process"].update(user={"uid": 7, "gid": 8, "additionalGids": [9]}, cwd="/tmp")
        bundle.config["hostname"] = "bundled"
        bundle.config["process"]["args"] = ["/bin/probe", "status", "--", "sysctl", "kernel.hostname"]
        result = everyday.run(bundle.path)
        status = result.record("status")
        assert (status["uid"], status["gid"], status["groups"], status["cwd"]) == (7, 8, [9], "/tmp")
        assert status["noNewPrivs"] == 1
        assert "bundled" in str(result.record("sysctl"))

    def test_rootfs_is_written_in_place(self, everyday, bundle):
        """A bundle says where its root is, and whether it is read-only."""
        bundle.config["process"]["args"] = ["/bin/probe", "write", "/made", "x"]
        everyday.run(bundle.path).succeeded()
        assert (bundle.folder / "rootfs/made").read_text() == "x"

    def test_config_is_not_changed(self, everyday, bundle):
        before = tree(bundle.path)
        everyday.run("-h", "other", "--read-only", bundle.folder).succeeded()
        assert tree(bundle.folder) == before

    def test_spec_command_makes_one_that_runs(self, everyday, box, scratch):
        """What `swiftainer-oci spec` writes asks for a terminal, which `run` has with -t only."""
        shutil.copytree(box, scratch / "rootfs", symlinks=True)
        everyday.runtime.call("spec", "--bundle", scratch).succeeded()
        assert everyday.run(scratch, "echo", "ran").stdout == "ran\n"


class TestChanged:
    def run(self, everyday, bundle, *flags, probe=("status",)):
        return everyday.run(*flags, bundle.path, "/bin/probe", *probe).succeeded()

    def test_command(self, everyday, bundle):
        assert self.run(everyday, bundle, probe=("print", "other")).stdout == "other\n"

    def test_environment(self, everyday, bundle):
        """A variable of the same name is replaced, the others stay."""
        bundle.config["process"]["env"] = ["PATH=/bin", "A=1", "B=1"]
        found = self.run(everyday, bundle, "-e", "A=2", "-e", "C=3", probe=("env",)).record("env")
        values = found["env"] if isinstance(found.get("env"), list) else found["environment"]
        assert {"PATH=/bin", "A=2", "B=1", "C=3"} <= set(values) and "A=1" not in values

    def test_workdir_user_hostname(self, everyday, bundle):
        flags = ["-w", "/etc", "-u", "user", "-h", "flagged"]
        result = self.run(everyday, bundle, *flags, probe=("status", "--", "sysctl", "kernel.hostname"))
        status = result.record("status")
        assert (status["cwd"], status["uid"], sorted(status["groups"])) == ("/etc", 1000, [50, 1000])
        assert "flagged" in str(result.record("sysctl"))

    def test_read_only(self, everyday, bundle):
        assert self.run(everyday, bundle, "--read-only", probe=("open", "/x", "w,creat")).record("open")["errno"] == "EROFS"

    def test_volume(self, everyday, bundle, tmp_path):
        self.run(everyday, bundle, "-v", f"{tmp_path}:/data", probe=("write", "/data/x", "y"))
        assert (tmp_path / "x").read_text() == "y"

    def test_terminal(self, everyday, bundle):
        assert self.run(everyday, bundle, "-t", probe=("tty",)).record("tty")["isatty"] == [True, True, True]

    def test_capabilities_are_the_bundles_and_more(self, everyday, bundle):
        for kind in ("bounding", "effective", "permitted"):
            bundle.config["process"]["capabilities"][kind] = ["CAP_KILL", "CAP_CHOWN"]
        flags = ["--cap-add", "NET_ADMIN", "--cap-drop", "KILL"]
        caps = self.run(everyday, bundle, *flags, probe=("caps",)).record("caps")
        assert caps["effective"] == ["CAP_CHOWN", "CAP_NET_ADMIN"]

    def test_privileged(self, everyday, bundle):
        probe = ("status", "--", "caps", "--", "open", "/proc/sys/kernel/domainname", "w")
        result = self.run(everyday, bundle, "--privileged", probe=probe)
        assert "CAP_SYS_ADMIN" in result.record("caps")["effective"]
        assert result.record("status")["seccomp"] == 0
        assert result.record("open")["errno"] == 0

    def test_network(self, everyday, bundle):
        probe = ("readlink", "/proc/self/ns/net")
        own = os.readlink("/proc/self/ns/net")
        assert self.run(everyday, bundle, "--network", "host", probe=probe).record("readlink")["target"] == own
        assert self.run(everyday, bundle, probe=probe).record("readlink")["target"] != own
        config.drop_namespace(bundle.config, "network")
        config.drop_mount(bundle.config, "/sys")
        assert self.run(everyday, bundle, probe=probe).record("readlink")["target"] == own
        assert self.run(everyday, bundle, "--network", "none", probe=probe).record("readlink")["target"] != own

    def test_limits(self, everyday, bundle):
        bundle.config["linux"]["resources"]["pids"] = {"limit": 100}
        forked = self.run(everyday, bundle, "--pids-limit", "6", probe=("fork", 20)).record("fork")
        assert len(forked["pids"]) == 5

    def test_init(self, everyday, bundle):
        assert self.run(everyday, bundle, "--init").record("status")["ppid"] == 1
