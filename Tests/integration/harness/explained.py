"""What the runtime tells of a launch, and what strace saw of it, in one notation."""

import json
import os
import re

import pytest

from . import strace


def plain(text):
    """A call without what strace cannot know or we do not tell: addresses, and the environment's values."""
    text = re.sub(r"pidfd=[^,}]*", "pidfd=P", text)
    text = re.sub(r" => \{[^}]*\}", "", text)
    text = re.sub(r", parent_tid=\[\w*\]", "", text)
    text = re.sub(r"stack=(0x[0-9a-f]+|NULL|stack)", "stack=S", text)
    text = re.sub(r"filter=(0x[0-9a-f]+|filter)", "filter=F", text)
    text = re.sub(r" /\* \d+ in strace's PID NS \*/", "", text)
    text = re.sub(r"(0x[0-9a-f]+|\[)(?= ?/\* \d+ vars? \*/)\s*(/\* \d+ vars? \*/)\]?", r"\2", text)
    return text


def plain_result(call, result):
    if result is None:
        return None
    result = re.sub(r" \(.*\)$", "", str(result))
    return result.split(" ")[1] if result.startswith("-1 ") else result


def told_call(entry):
    """`(call, result)` of an entry in `calls` of the JSON form."""
    text, result = entry["call"], entry.get("result")
    if result is not None and result < 0:
        result = f"-1 {entry['error']}"
    elif result is not None and text.startswith("umask("):
        result = f"{result:03o}" if result < 0o100 else f"0{result:o}"
    return plain(text), plain_result(text, result)


class Told:
    """What the runtime says it did: the calls of each side, in order."""

    def __init__(self, steps):
        self.steps = steps
        self.runtime, self.init = [], []
        for step in steps:
            for entry in step["calls"]:
                side = self.runtime if entry.get("by", step["actor"]) == "runtime" else self.init
                side.append(told_call(entry))


# The witness, cut down to what matters

MONITORS = re.compile(r"/~(seccomp|monitors|events)|/(log|lock|status\.json|container\.json)(\.|/|$)")


def seen_by_runtime(calls, cgroups, places=()):
    """Calls on the kernel's own files, those that make namespaces, mounts and processes, and what is written for
    others to see: `places` are the folders and files of the launch's own."""
    files, seen = {}, []

    def is_ours(path):
        # Compiled filters are a cache, which belongs to no launch, and what the monitor keeps is not the launch's.
        return not MONITORS.search(path) and any(f"{path}/".startswith(f"{place}/") for place in map(str, places))

    for call in calls:
        keep = call.name in strace.RUNTIME
        if call.name == "openat":
            writable = "O_WRONLY" in call.text or "O_RDWR" in call.text
            kept = is_kernel_file(call.path, cgroups) or is_ours(call.path)
            if call.succeeded:
                files[call.number] = call.path if kept else None
            keep = writable and kept or call.path in cgroups or "/ns/" in call.path
            keep = keep or call.path.endswith("/swiftainer-init")
        elif call.name == "close":
            files.pop(call.first_descriptor, None)
            keep = False
        elif call.name == "write":
            keep = bool(files.get(call.first_descriptor))
        elif call.name == "memfd_create":
            keep = call.path in ("swiftainer-init", "state")
        elif call.name in ("mkdir", "mkdirat"):
            keep = call.path.startswith("/sys/fs/cgroup/") or is_ours(call.path)
        elif call.name in ("rename", "chmod", "chown", "mknodat"):
            keep = is_ours(call.path)
        elif call.name == "lchown":
            keep = call.path.startswith("/sys/fs/cgroup/")
        elif call.name == "connect":
            keep = "AF_UNIX" in call.text and "/proc/self/fd/" in call.text
        elif call.name == "sendmsg":
            keep = "SCM_RIGHTS" in call.text
        elif call.name == "ioctl":
            keep = "TIOCSWINSZ" in call.text
        elif call.name == "fcntl":
            keep = "F_ADD_SEALS" in call.text
        elif call.name == "fchown":
            keep = call.first_descriptor in (0, 1, 2)
        elif call.name == "socket":
            keep = "NETLINK_ROUTE" in call.text
        elif call.name == "sendto":
            keep = "nlmsg_len=" in call.text
        elif call.name == "socketpair":
            keep = "SOCK_STREAM" in call.text
        elif call.name == "bpf":
            keep = "BPF_PROG_LOAD" in call.text or "BPF_PROG_ATTACH" in call.text
        elif call.name == "clone3":
            keep = "CLONE_VFORK" not in call.text or "CLONE_PIDFD" in call.text  # posix_spawn's
        if keep:
            seen.append((plain(call.text), plain_result(call.text, call.result)))
    return seen


def is_kernel_file(path, cgroups):
    # Other cgroups are not the launch's: those above are told where they had to be changed.
    if path.startswith("/sys/fs/cgroup/"):
        return any(folder.startswith(os.path.dirname(path)) for folder in cgroups)
    return re.match(r"/proc/\d+/\w+$", path) is not None


def seen_by_init(calls, probes=False):
    """Everything but the reports to the runtime, and, unless wanted, looks at what is not there."""
    report, states = None, set()
    seen = []
    for call in calls:
        if call.name == "memfd_create":
            states.add(call.number)
        if call.name == "execveat":
            report = int(re.search(r'"swiftainer-init", "(\d+)"', call.text).group(1))
        if call.name == "write" and (call.first_descriptor in {report, *states} or "\\0" in call.text):
            continue  # what the runtime, `start` and hooks are told
        if call.name == "ioctl" and ("SIOCGIFFLAGS" in call.text or "TIOCGPGRP" in call.text):
            continue  # looks
        if call.name in strace.LOOKS and call.succeeded:
            continue
        if call.name not in strace.INIT and call.name not in strace.LOOKS:
            continue  # plumbing of descriptors
        seen.append((plain(call.text), plain_result(call.text, call.result)))
    return seen if probes else without_probes(seen)


def without_probes(calls):
    """What found nothing there, or a program that is not for us: the text form leaves it out, as strace's side
    does here."""
    return [call for call in calls if not is_probe(*call)]


def is_probe(text, result):
    if text.startswith("openat2("):
        return result in ("ENOENT", "EAGAIN")
    return bool(re.match(r"openat\(AT_FDCWD, .*O_PATH\)|faccessat2\(", text)) and not str(result).isdigit()


def compare(told, seen, side):
    """Equal one by one; what differs is shown with what stands around it."""
    for index in range(max(len(told), len(seen))):
        ours = told[index] if index < len(told) else None
        kernel = seen[index] if index < len(seen) else None
        if not same(ours, kernel):
            around = "\n".join(f"    {'told' if which is told else 'seen'} {position}: {which[position]}"
                               for which in (told, seen)
                               for position in range(max(0, index - 2), min(len(which), index + 3)))
            pytest.fail(f"{side}, call {index}:\n  told: {str(ours)[:400]}\n  seen: {str(kernel)[:400]}\n{around}")
    assert seen, f"{side}: strace saw nothing, so nothing was compared"


def same(ours, kernel):
    if ours is None or kernel is None:
        return False
    (text, result), (seen, seen_result) = ours, kernel
    if result is not None and result != seen_result:
        return False
    if text.startswith("bpf("):
        # Abbreviated: the filter is long, and the attribute's size is the kernel header's.
        fields = re.findall(r"(\w+)=([^,}]+)", text)
        return text.split(",")[0] == seen.split(",")[0] and all(
            f"{name}={value}" in seen for name, value in fields if name != "insns")
    if '"..., ' in text:
        # A long text is told by its beginning.
        wanted = re.escape(text).replace(re.escape('"...'), r'(?:[^"\\]|\\.)*"(?:\.\.\.)?')
        return re.fullmatch(wanted, seen) is not None
    if text.startswith("sendto("):
        return netlink_request(text) == netlink_request(seen)
    return text == seen


# strace cannot look up a socket that has sent nothing yet, or is of another namespace, and so gives numbers.
NETLINK_TYPES = {"0x10": "RTM_NEWLINK", "0x12": "RTM_GETLINK", "0x13": "RTM_SETLINK", "0x14": "RTM_NEWADDR",
                 "0x16": "RTM_GETADDR"}


def netlink_request(text):
    """Socket, length, type and number of a request: what it is about is told in fewer words than strace has."""
    socket, length, kind, number = re.match(
        r"sendto\((\w+), \[\{nlmsg_len=(\d+), nlmsg_type=(\w+)[^}]*nlmsg_seq=(\d+)", text).groups()
    return socket, length, NETLINK_TYPES.get(kind, kind), number


def trace(container, scratch, prefix=(), flags=()):
    """`run` of the OCI runtime under strace; returns how it ended, what it told, and what each process asked of the
    kernel."""
    container.write_config()
    log = scratch / "log.json"
    command = [container.runtime.path, "--root", container.root, "--debug", "--log", log, "--log-format", "json",
               "run", *flags, "--bundle", container.bundle, container.id]
    done, processes = strace.run(command, container.bundle, prefix)
    return done, told_by_log(log), processes


def hold_against_strace(told, processes, cgroups, places):
    launch = strace.Launch(processes)
    compare(told.runtime, seen_by_runtime(launch.runtime, cgroups, places), "runtime")
    if launch.init:
        compare(told_of_init(told), seen_by_init(launch.init), "init")
    return launch


def told_of_init(told):
    # Descriptors' flags are told for the birth only, and strace's side leaves them out.
    return [call for call in without_probes(told.init) if not call[0].startswith("fcntl(")]


def told_by_log(path):
    """The OCI runtime tells its calls in its log, with --debug."""
    steps = []
    for line in path.read_text().splitlines():
        match = re.match(r"(?:step (\d+)|\w+), (\w+): (\w+\(.*?\))(?: = (-1 E\w+ \(.*\)|\w+))?$", json.loads(line)["msg"])
        if not match:
            continue
        number, actor, call, result = match.groups()
        entry = {"call": call, "by": actor}
        if result and result.startswith("-1 "):
            entry |= {"result": -1, "error": result.split(" ")[1]}
        elif result:
            entry["result"] = int(result, 8) if call.startswith("umask(") else int(result)
        steps.append({"step": int(number or 0), "actor": actor, "calls": [entry]})
    return Told(steps)


def explained(text):
    """The explanation's lines among what a command wrote."""
    steps = []
    for line in text.splitlines():
        if line.startswith('{"step"'):
            steps.append(json.loads(line))
    return steps
