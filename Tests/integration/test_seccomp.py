"""linux.seccomp: every action, arguments, architectures, and the notify listener."""

import array
import fcntl
import json
import os
import platform
import re
import select
import shutil
import socket
import struct
import subprocess
import threading

import pytest

from harness import wait

SIGSYS = 128 + 31
ALLOW = "SCMP_ACT_ALLOW"
ERRNO = "SCMP_ACT_ERRNO"
ARCHITECTURE = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}[platform.machine()]

# What the static probe, and a runtime's last steps before it, cannot do without.
NECESSARY = """
    access arch_prctl brk capget capset chdir clock_gettime clock_nanosleep clone close close_range dup
    dup2 dup3 execve execveat exit exit_group faccessat faccessat2 fchdir fchown fcntl fstat fstatfs
    futex getcwd getdents64 getegid geteuid getgid getgroups getpgrp getpid getppid getrandom getresgid
    getresuid getsid gettid getuid ioctl ioprio_get kill lseek lstat madvise mmap mprotect munmap
    nanosleep newfstatat open openat openat2 pause personality pipe2 poll ppoll prctl pread64 prlimit64
    pselect6 read readlink readlinkat rseq rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity
    sched_getattr sched_yield select set_robust_list set_tid_address setgid setgroups setresgid
    setresuid setsid setuid sigaltstack stat statfs statx tgkill umask uname wait4 waitid write writev
    epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 getsockopt sendmsg clone3 signalfd4 keyctl
    get_mempolicy
""".split()


def profile(container, *rules, default=ALLOW, **more):
    container.linux["seccomp"] = {
        "defaultAction": default,
        "architectures": [ARCHITECTURE],
        "syscalls": list(rules),
        **more,
    }
    return container


def rule(names, action, **more):
    return {"names": [names] if isinstance(names, str) else list(names), "action": action, **more}


class TestErrno:
    def test_default_is_eperm(self, containers):
        container = profile(
            containers("syscall", "sched_yield", "--", "syscall", "getppid"), rule("sched_yield", ERRNO)
        )
        result = container.run().succeeded()
        assert result.record("syscall", 0)["errno"] == "EPERM"
        assert result.record("syscall", 1)["errno"] == 0

    @pytest.mark.parametrize("number, name", [(38, "ENOSYS"), (0, 0), (11, "EAGAIN"), (4094, "unknown")])
    def test_chosen(self, containers, number, name):
        container = profile(containers("syscall", "sched_yield"), rule("sched_yield", ERRNO, errnoRet=number))
        assert container.run().succeeded().record("syscall")["errno"] == name

    def test_allow_list(self, containers):
        container = profile(
            containers("syscall", "getuid", "--", "syscall", "mkdirat", -100, "s:/x", 0o755),
            rule(NECESSARY, ALLOW),
            default=ERRNO,
        )
        result = container.run().succeeded()
        assert result.record("syscall", 0)["errno"] == 0
        assert result.record("syscall", 1)["errno"] == "EPERM"

    def test_default_errno(self, containers):
        container = profile(
            containers("syscall", "mkdirat", -100, "s:/x", 0o755),
            rule(NECESSARY, ALLOW),
            default=ERRNO,
            defaultErrnoRet=38,
        )
        assert container.run().succeeded().record("syscall")["errno"] == "ENOSYS"


class TestKill:
    @pytest.mark.parametrize(
        "action", ["SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"]
    )
    def test_action(self, containers, action):
        container = profile(
            containers("print", "alive", "--", "syscall", "sched_yield"), rule("sched_yield", action)
        )
        result = container.run()
        assert result.stdout == "alive\n"
        assert result.code == SIGSYS


class TestOther:
    def test_trace_without_a_tracer(self, containers):
        container = profile(
            containers("syscall", "sched_yield"), rule("sched_yield", "SCMP_ACT_TRACE", errnoRet=5)
        )
        assert container.run().succeeded().record("syscall")["errno"] == "ENOSYS"

    def test_log_lets_it_pass(self, containers):
        container = profile(containers("syscall", "sched_yield"), rule("sched_yield", "SCMP_ACT_LOG"))
        assert container.run().succeeded().record("syscall")["errno"] == 0

    def test_payload_is_filtered(self, containers):
        container = profile(containers("status"), rule("sched_yield", ERRNO))
        assert container.run().succeeded().record("status")["seccomp"] == 2

    def test_no_filter_unless_asked(self, containers):
        assert containers("status").run().succeeded().record("status")["seccomp"] == 0

    @pytest.mark.parametrize("locked", [True, False])
    def test_with_and_without_no_new_privileges(self, containers, locked):
        """Without it the filter must be loaded while CAP_SYS_ADMIN is still there."""
        container = profile(containers("status", "--", "syscall", "sched_yield"), rule("sched_yield", ERRNO))
        container.process["noNewPrivileges"] = locked
        container.process["user"] = {"uid": 1000, "gid": 1000}
        result = container.run().succeeded()
        assert result.record("status")["noNewPrivs"] == int(locked)
        assert result.record("syscall")["errno"] == "EPERM"

    @pytest.mark.parametrize("locked", [True, False])
    @pytest.mark.parametrize("errno", [1, 38])
    def test_profile_that_is_older_than_faccessat2(self, containers, locked, errno):
        """The program is found all the same, by its mode."""
        container = profile(containers("print", "found"), rule("faccessat2", ERRNO, errnoRet=errno))
        container.process["noNewPrivileges"] = locked
        container.process["args"][0] = "probe"
        assert container.run().succeeded().stdout == "found\n"

    def test_file_that_is_no_program_is_still_told(self, containers):
        container = profile(containers(), rule("faccessat2", ERRNO))
        (container.rootfs / "etc/plain").write_text("")
        container.process["args"] = ["/etc/plain"]
        container.process["noNewPrivileges"] = False
        assert "permission denied" in container.run().failed().stderr.lower()

    def test_runtimes_own_calls_are_not_filtered(self, containers):
        """What a runtime does before the payload's exec may be forbidden to the payload."""
        names = [
            "mount",
            "umount2",
            "pivot_root",
            "setns",
            "unshare",
            "sethostname",
            "mknodat",
            "chroot",
            "setuid",
        ]
        container = profile(containers("mount", "/tmp", "none", "tmpfs"), rule(names, ERRNO))
        assert container.run().succeeded().record("mount")["errno"] == "EPERM"

    def test_exec_is_filtered_too(self, containers):
        container = profile(containers("pause"), rule("sched_yield", ERRNO, errnoRet=11)).up()
        result = container.exec("syscall", "sched_yield", "--", "status").succeeded()
        assert result.record("syscall")["errno"] == "EAGAIN"
        assert result.record("status")["seccomp"] == 2

    def test_unknown_call_is_passed_over(self, containers):
        """Profiles name calls that this machine's libseccomp has never heard of."""
        container = profile(
            containers("syscall", "sched_yield"), rule(["no_such_call", "sched_yield"], ERRNO)
        )
        assert container.run().succeeded().record("syscall")["errno"] == "EPERM"

    def test_several_rules(self, containers):
        container = profile(
            containers("syscall", "sched_yield", "--", "syscall", "getppid", "--", "syscall", "sync"),
            rule("sched_yield", ERRNO, errnoRet=1),
            rule("getppid", ERRNO, errnoRet=2),
            rule("sync", ERRNO, errnoRet=3),
        )
        assert [record["errno"] for record in container.run().succeeded().records] == [
            "EPERM",
            "ENOENT",
            "ESRCH",
        ]

    def test_large_profile(self, containers):
        rules = [
            rule("personality", ERRNO, args=[{"index": 0, "value": number, "op": "SCMP_CMP_EQ"}])
            for number in range(1000, 1200)
        ]
        container = profile(
            containers("syscall", "personality", 1100, "--", "syscall", "personality", 0xFFFFFFFF), *rules
        )
        result = container.run().succeeded()
        assert result.record("syscall", 0)["errno"] == "EPERM"
        assert result.record("syscall", 1)["errno"] == 0

    @pytest.mark.needs("seccomp-flags")
    @pytest.mark.parametrize("flag", ["LOG", "SPEC_ALLOW", "TSYNC"])
    def test_flags(self, containers, flag):
        container = profile(containers("syscall", "sched_yield"), rule("sched_yield", ERRNO))
        container.linux["seccomp"]["flags"] = [f"SECCOMP_FILTER_FLAG_{flag}"]
        assert container.run().succeeded().record("syscall")["errno"] == "EPERM"


@pytest.mark.needs("seccomp-flags")
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
class TestFlagsOfTheCall:
    """What seccomp(2) is given: on a processor without the flaw, nothing else shows it."""

    @pytest.mark.parametrize(
        "flags, expected",
        [
            (None, {"SPEC_ALLOW"}),
            ([], set()),
            (["LOG"], {"LOG"}),
            (["LOG", "SPEC_ALLOW"], {"LOG", "SPEC_ALLOW"}),
        ],
        ids=["absent", "empty", "log", "both"],
    )
    def test_flags(self, containers, flags, expected):
        container = profile(containers("exit", "0"), rule("sched_yield", ERRNO))
        if flags is not None:
            container.linux["seccomp"]["flags"] = [f"SECCOMP_FILTER_FLAG_{flag}" for flag in flags]
        container.write_config()
        log = container.bundle / "trace"
        command = container.runtime.command("run", "--bundle", container.bundle, container.id, root=container.root)
        subprocess.run(["strace", "-f", "-qq", "-e", "trace=seccomp", "-o", log, *command],
                       check=True, stdin=subprocess.DEVNULL, timeout=30)
        loads = [line for line in log.read_text().splitlines()
                 if "SECCOMP_SET_MODE_FILTER" in line and "{len=" in line and line.endswith("= 0")]
        assert len(loads) == 1, loads
        # Of a program with several threads, the flag that synchronises them says nothing.
        assert set(re.findall(r"SECCOMP_FILTER_FLAG_(\w+)", loads[0])) - {"TSYNC"} == expected


class TestArguments:
    @pytest.mark.parametrize(
        "operator, value, hit, miss",
        [
            ("SCMP_CMP_EQ", 5, [5], [4, 6, 2**32 + 5]),
            ("SCMP_CMP_NE", 5, [4, 6, 2**32 + 5], [5]),
            ("SCMP_CMP_LT", 5, [4, 0], [5, 6, 2**63]),
            ("SCMP_CMP_LE", 5, [4, 5], [6, 2**63]),
            ("SCMP_CMP_GE", 5, [5, 6, 2**63], [4, 0]),
            ("SCMP_CMP_GT", 5, [6, 2**63], [5, 4]),
        ],
    )
    def test_comparison(self, containers, operator, value, hit, miss):
        commands = []
        for number in hit + miss:
            commands += ["syscall", "kcmp", number, "--"]
        container = profile(
            containers(*commands[:-1]),
            rule("kcmp", ERRNO, errnoRet=124, args=[{"index": 0, "value": value, "op": operator}]),
        )
        answers = [record["errno"] for record in container.run().succeeded().records]
        assert all(answer == "EMEDIUMTYPE" for answer in answers[: len(hit)]), answers
        assert all(answer != "EMEDIUMTYPE" for answer in answers[len(hit) :]), answers

    def test_masked(self, containers):
        container = profile(
            containers("syscall", "kcmp", 0xF1, "--", "syscall", "kcmp", 0xF2),
            rule(
                "kcmp",
                ERRNO,
                errnoRet=124,
                args=[{"index": 0, "value": 0x0F, "valueTwo": 0x01, "op": "SCMP_CMP_MASKED_EQ"}],
            ),
        )
        answers = [record["errno"] for record in container.run().succeeded().records]
        assert answers[0] == "EMEDIUMTYPE" and answers[1] != "EMEDIUMTYPE"

    def test_several_must_all_hold(self, containers):
        arguments = [
            {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"},
            {"index": 1, "value": 2, "op": "SCMP_CMP_EQ"},
        ]
        container = profile(
            containers("syscall", "kcmp", 1, 2, "--", "syscall", "kcmp", 1, 3),
            rule("kcmp", ERRNO, errnoRet=124, args=arguments),
        )
        answers = [record["errno"] for record in container.run().succeeded().records]
        assert answers[0] == "EMEDIUMTYPE" and answers[1] != "EMEDIUMTYPE"

    def test_two_on_one_index_are_alternatives(self, containers):
        arguments = [
            {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"},
            {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"},
        ]
        container = profile(
            containers("syscall", "kcmp", 1, "--", "syscall", "kcmp", 2, "--", "syscall", "kcmp", 3),
            rule("kcmp", ERRNO, errnoRet=124, args=arguments),
        )
        answers = [record["errno"] for record in container.run().succeeded().records]
        assert answers[:2] == ["EMEDIUMTYPE"] * 2 and answers[2] != "EMEDIUMTYPE"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the 32-bit door is x86's")
class TestArchitecture:
    GETPID = 20  # of i386

    def test_other_door_is_shut(self, containers):
        result = profile(containers("syscall32", self.GETPID), rule("sched_yield", ERRNO)).run()
        assert result.code == SIGSYS

    def test_other_door_is_filtered(self, containers):
        container = profile(containers("syscall32", self.GETPID), rule("getpid", ERRNO, errnoRet=11))
        container.linux["seccomp"]["architectures"].append("SCMP_ARCH_X86")
        assert container.run().succeeded().record("syscall32")["result"] == -11

    def test_other_door_is_open_when_asked(self, containers):
        container = profile(containers("syscall32", self.GETPID), rule("sched_yield", ERRNO))
        container.linux["seccomp"]["architectures"].append("SCMP_ARCH_X86")
        assert container.run().succeeded().record("syscall32")["result"] == 1

    def test_none_named_means_the_machines(self, containers):
        container = profile(containers("syscall", "sched_yield"), rule("sched_yield", ERRNO))
        del container.linux["seccomp"]["architectures"]
        assert container.run().succeeded().record("syscall")["errno"] == "EPERM"


NOTIF_RECV = 0xC0502100
NOTIF_SEND = 0xC0182101
NOTIFICATION = struct.Struct("=QIIiIQ6Q")
ANSWER = struct.Struct("=QqiI")


class Listener:
    """An agent as seccomp notify wants it: takes the descriptor, then answers for the payload."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(self.path)
        self.socket.listen()
        self.socket.settimeout(wait.PATIENCE)

    def accept(self):
        peer, _ = self.socket.accept()
        peer.settimeout(wait.PATIENCE)
        data, descriptors, _, _ = socket.recv_fds(peer, 65536, 4)
        while True:
            try:
                self.message = json.loads(data)
                break
            except json.JSONDecodeError:
                data += peer.recv(65536)
        peer.close()
        [self.descriptor] = descriptors
        return self.message

    def answer(self, value=0, error=0):
        """Waits for one call and answers it; returns its number and arguments."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        assert poll.poll(wait.PATIENCE * 1000), "no call was notified"
        buffer = array.array("B", bytes(NOTIFICATION.size))
        fcntl.ioctl(self.descriptor, NOTIF_RECV, buffer, True)
        identifier, pid, _, number, _, _, *arguments = NOTIFICATION.unpack(bytes(buffer))
        fcntl.ioctl(self.descriptor, NOTIF_SEND, ANSWER.pack(identifier, value, error, 0))
        return pid, number, arguments

    def close(self):
        self.socket.close()
        os.close(self.descriptor)


class TestNotify:
    @pytest.fixture
    def listener(self, scratch):
        made = Listener(scratch / "agent")
        yield made
        made.close()

    def ask(self, container, listener):
        return profile(
            container,
            rule("sched_yield", "SCMP_ACT_NOTIFY"),
            listenerPath=listener.path,
            listenerMetadata="told to the agent",
        )

    def test_payload(self, containers, listener):
        container = self.ask(containers("line", "--", "syscall", "sched_yield", 7), listener)
        container.create(stdin=True).start()
        message = listener.accept()
        assert message["fds"] == ["seccompFd"]
        assert message["pid"] == container.pid
        assert message["metadata"] == "told to the agent"
        assert message["ociVersion"]
        assert message["state"]["id"] == container.id
        assert message["state"]["pid"] == container.pid
        assert message["state"]["bundle"] == str(container.bundle)
        container.stdin.write(b"\n")
        container.stdin.flush()
        pid, _, arguments = listener.answer(error=-18)
        assert arguments[0] == 7
        assert pid == container.pid
        assert container.output.record("syscall")["errno"] == "EXDEV"

    def test_exec(self, containers, listener):
        container = self.ask(containers("pause"), listener).up()
        listener.accept()
        os.close(listener.descriptor)
        done = []
        thread = threading.Thread(target=lambda: done.append(container.exec("syscall", "sched_yield")))
        thread.start()
        message = listener.accept()
        assert message["state"]["id"] == container.id
        assert message["pid"] != container.pid
        listener.answer(value=42)
        thread.join()
        assert done[0].succeeded().record("syscall")["result"] == 42

    def test_nobody_listens(self, containers, scratch):
        container = profile(
            containers("exit", 0),
            rule("sched_yield", "SCMP_ACT_NOTIFY"),
            listenerPath=str(scratch / "nobody"),
        )
        container.run(timeout=10).failed()

    def test_path_is_needed(self, containers):
        profile(containers("exit", 0), rule("sched_yield", "SCMP_ACT_NOTIFY")).run(timeout=10).failed()

    @pytest.mark.needs("swiftainer")
    def test_write_may_not_be_notified(self, containers, scratch):
        """The runtime itself writes after the filter is loaded: runc refuses too."""
        container = profile(
            containers("exit", 0), rule("write", "SCMP_ACT_NOTIFY"), listenerPath=str(scratch / "nobody")
        )
        container.run(timeout=10).failed()

    def test_may_not_be_the_default(self, containers, scratch):
        container = profile(
            containers("exit", 0), default="SCMP_ACT_NOTIFY", listenerPath=str(scratch / "nobody")
        )
        container.run(timeout=10).failed()
