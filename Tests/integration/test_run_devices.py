"""`swiftainer run`: devices, and the finer rights."""

import json
import os
import stat

import pytest

from run_fixtures import box, everyday  # noqa: F401


DEVICE = "/dev/fuse"
"""A device that is no container's by default, and that anybody may open."""
pytestmark = pytest.mark.skipif(not os.path.exists(DEVICE), reason=f"no {DEVICE}")
NUMBERS = [os.major(os.stat(DEVICE).st_rdev), os.minor(os.stat(DEVICE).st_rdev)] if os.path.exists(DEVICE) else []


class TestDevices:
    def opened(self, everyday, path, *flags):
        """What comes of opening it to read, and to write."""
        result = everyday.probe("open", path, "r", "--", "open", path, "w", flags=flags)
        return [result.record("open", index)["errno"] for index in range(2)]

    def test_is_there_and_can_be_used(self, everyday):
        found = everyday.probe("stat", "/dev/other", flags=["--device", f"{DEVICE}:/dev/other"]).record("stat")
        assert (found["type"], found["major"], found["minor"]) == ("char", *NUMBERS)
        assert self.opened(everyday, "/dev/other", "--device", f"{DEVICE}:/dev/other") == [0, 0]

    def test_is_not_there_otherwise(self, everyday):
        result = everyday.probe("stat", DEVICE, "--", "mknod", "/node", "c", *NUMBERS, "--", "open", "/node", "r")
        assert result.record("stat")["errno"] == "ENOENT"
        assert result.record("mknod")["errno"] == 0
        assert result.record("open")["errno"] == "EPERM"

    def test_access(self, everyday):
        assert self.opened(everyday, DEVICE, "--device", f"{DEVICE}:{DEVICE}:r") == [0, "EPERM"]

    def test_access_as_the_second_part(self, everyday):
        assert self.opened(everyday, DEVICE, f"--device={DEVICE}:w") == ["EPERM", 0]

    def test_folder(self, everyday):
        if not os.path.isdir("/dev/net"):
            pytest.skip("no /dev/net")
        names = everyday.probe("ls", "/dev/inside", flags=["--device", "/dev/net:/dev/inside"]).record("ls")["names"]
        assert sorted(names) == sorted(os.listdir("/dev/net"))

    def test_rule(self, everyday):
        words = ["mknod", "/node", "c", *NUMBERS, "--", "open", "/node", "r"]
        major, minor = NUMBERS
        for rule in (f"c {major}:{minor} rm", f"c {major}:* rwm", "a *:* rwm"):
            result = everyday.probe(*words, flags=["--device-cgroup-rule", rule])
            assert result.record("open")["errno"] == 0, rule
        result = everyday.probe(*words, flags=["--device-cgroup-rule", f"c {major}:{minor} w"])
        assert result.record("open")["errno"] == "EPERM"


class TestSecurityOptions:
    def status(self, everyday, *flags):
        return everyday.probe("status", flags=flags).record("status")

    @pytest.mark.parametrize("word, value", [("no-new-privileges", 1), ("no-new-privileges:true", 1), ("no-new-privileges=false", 0)])
    def test_no_new_privileges(self, everyday, word, value):
        assert self.status(everyday, "--security-opt", word)["noNewPrivs"] == value

    def test_no_filter(self, everyday):
        assert self.status(everyday, "--security-opt", "seccomp=unconfined")["seccomp"] == 0

    def profile(self, scratch, **members):
        made = {
            "defaultAction": "SCMP_ACT_ALLOW",
            "archMap": [
                {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
                {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
            ],
            **members,
        }
        (scratch / "profile.json").write_text(json.dumps(made))
        return f"seccomp={scratch}/profile.json"

    def test_filter_of_a_file(self, everyday, scratch):
        rule = {"names": ["add_key"], "action": "SCMP_ACT_ERRNO", "errnoRet": 76}
        option = self.profile(scratch, syscalls=[rule])
        result = everyday.probe("status", "--", "syscall", "add_key", "--", "syscall", "getpid", flags=["--security-opt", option])
        assert result.record("status")["seccomp"] == 2
        assert result.record("syscall")["errno"] == "ENOTUNIQ"
        assert result.record("syscall", 1)["errno"] != "ENOTUNIQ"

    def test_rules_for_capabilities(self, everyday, scratch):
        """As in Docker's own profile: a rule may be for those who hold a capability."""
        rules = [
            {"names": ["add_key"], "action": "SCMP_ACT_ERRNO", "errnoRet": 76, "excludes": {"caps": ["CAP_NET_ADMIN"]}},
            {"names": ["request_key"], "action": "SCMP_ACT_ERRNO", "errnoRet": 76, "includes": {"caps": ["CAP_NET_ADMIN"]}},
        ]
        option = self.profile(scratch, syscalls=rules)
        words = ["syscall", "add_key", "--", "syscall", "request_key"]

        def refused(*flags):
            result = everyday.probe(*words, flags=["--security-opt", option, *flags])
            return [result.record("syscall", index)["errno"] == "ENOTUNIQ" for index in range(2)]

        assert refused() == [True, False]
        assert refused("--cap-add", "NET_ADMIN") == [False, True]

    def test_profile_is_kept_when_the_file_goes(self, everyday, scratch):
        """It is read when the container is made."""
        option = self.profile(scratch, syscalls=[{"names": ["add_key"], "action": "SCMP_ACT_ERRNO", "errnoRet": 76}])
        name = everyday.name()
        line = ["create", "--name", name, "--security-opt", option, everyday.box, "probe", "syscall", "add_key"]
        everyday.swiftainer(*line).succeeded()
        (scratch / "profile.json").unlink()
        assert "ENOTUNIQ" in everyday.swiftainer("start", "-a", name).stdout
        everyday.remove(name)

    def test_system_paths(self, everyday):
        paths = ["/proc/timer_list", "/proc/kcore"]
        script = f"grep -cE ' ({'|'.join(paths)}|/proc/sys) ' /proc/self/mountinfo"
        assert everyday.run(everyday.box, "sh", "-c", script).stdout.strip() != "0"
        assert everyday.run("--security-opt", "systempaths=unconfined", everyday.box, "sh", "-c", script).stdout.strip() == "0"

    def test_labels_that_ask_for_nothing(self, everyday):
        flags = ["--security-opt", "label=disable", "--security-opt", "apparmor=unconfined"]
        everyday.run(*flags, everyday.box, "true").succeeded()

    @pytest.mark.skipif(os.path.exists("/sys/fs/selinux/enforce"), reason="this machine has SELinux")
    def test_label_that_cannot_be(self, everyday):
        result = everyday.run("--security-opt", "label=type:x_t", everyday.box, "true")
        assert result.code == 125 and "--security-opt label: SELinux is not enabled" in result.stderr


def test_nodes_have_the_hosts_mode(everyday):
    mode = stat.S_IMODE(os.stat(DEVICE).st_mode)
    assert everyday.probe("stat", DEVICE, flags=["--device", DEVICE]).record("stat")["mode"] == mode
