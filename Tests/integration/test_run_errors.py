"""Malformed and contradictory command lines of `swiftainer run`: exit code 125, one clear line that names the
flag or the file, and nothing left behind."""

import json

import pytest

from harness import config
from harness.engine import call
from harness.everyday import leftovers
from run_fixtures import box, everyday  # noqa: F401

pytestmark = pytest.mark.needs("ordinary-machine")

IMAGE = "IMAGE"
"""Stands for the rootfs folder and a command in a command line."""
IMAGE_ALONE = "IMAGE-ALONE"
"""Stands for the rootfs folder."""


def refused(result, *words):
    assert result.code == 125, str(result)
    assert result.stdout == "", str(result)
    lines = result.stderr.splitlines()
    assert 1 <= len(lines) <= 2, str(result)
    assert lines[0].startswith("swiftainer: "), str(result)
    assert lines[1:] in ([], ["see 'swiftainer run --help'"]), str(result)
    assert not lines[0].endswith("."), "the style asks for no full stop"
    for word in words:
        assert word in lines[0], f"{word!r} is not named: {result}"


# The words of a command line, and what the message names.
FLAGS = [
    # What there is no such thing of
    (["--no-such-flag", IMAGE], "--no-such-flag"),
    (["-x", IMAGE], "-x"),
    (["-itx", IMAGE], "-x"),
    (["--rm=maybe", IMAGE], "--rm"),
    (["--explain=xml", IMAGE], "--explain"),
    (["--Name", "abc", IMAGE], "--Name"),
    # Values missing
    ([], "folder or a bundle is missing"),
    (["--"], "folder or a bundle is missing"),
    (["-w"], "-w"),
    (["--memory"], "--memory"),
    (["-e"], "-e"),
    (["--mount"], "--mount"),
    (["--memory=", IMAGE], "--memory"),
    (["--hostname=", IMAGE], "--hostname"),
    (["--cpuset-cpus=", IMAGE], "--cpuset-cpus"),
    (["-m", IMAGE], "--memory"),
    (["--cpus", IMAGE], "--cpus"),
    # Sizes
    (["-m", "abc", IMAGE], "--memory abc"),
    (["-m", "12x", IMAGE], "--memory 12x"),
    (["-m", "", IMAGE], "--memory"),
    (["-m", "-1", IMAGE], "--memory -1"),
    (["-m", "1..5g", IMAGE], "--memory 1..5g"),
    (["-m", "9999999999g", IMAGE], "--memory 9999999999g"),
    (["-m", "0x10m", IMAGE], "--memory 0x10m"),
    (["-m", "1m m", IMAGE], "--memory 1m m"),
    (["-m", "1", IMAGE], "--memory: minimum memory limit allowed is 6MB"),
    (["-m", "6143k", IMAGE], "--memory: minimum memory limit allowed is 6MB"),
    (["-m", "64m", "--memory-swap", "32m", IMAGE], "--memory-swap"),
    (["--memory-swap", "64m", IMAGE], "--memory"),
    (["-m", "64m", "--memory-swap", "-2", IMAGE], "--memory-swap"),
    (["-m", "64m", "--memory-swap", "lots", IMAGE], "--memory-swap"),
    # Processors and processes
    (["--cpus", "0", IMAGE], "--cpus 0"),
    (["--cpus", "-1", IMAGE], "--cpus -1"),
    (["--cpus", "abc", IMAGE], "--cpus abc"),
    (["--cpus", "nan", IMAGE], "--cpus nan"),
    (["--cpus", "inf", IMAGE], "--cpus inf"),
    (["--cpus", "0.001", IMAGE], "--cpus 0.001"),
    (["--cpus", "1e9", IMAGE], "--cpus 1e9"),
    (["--cpuset-cpus", "abc", IMAGE], "--cpuset-cpus"),
    (["--cpuset-cpus", "1-0", IMAGE], "--cpuset-cpus"),
    (["--cpuset-cpus", "9000", IMAGE], "--cpuset-cpus"),
    (["--pids-limit", "abc", IMAGE], "--pids-limit abc"),
    (["--pids-limit", "-5", IMAGE], "--pids-limit -5"),
    (["--pids-limit", "1.5", IMAGE], "--pids-limit 1.5"),
    (["--pids-limit", "99999999999999999999", IMAGE], "--pids-limit"),
    # Volumes and mounts
    (["-v", "n:/x", IMAGE], "neither a path nor a volume's name"),
    (["-v", "name:/x:shared", IMAGE], "shared"),
    (["-v", "/tmp:/x:nocopy", IMAGE], "nocopy"),
    (["-v", "/tmp:/x:ro,rw", IMAGE], "--volume /tmp:/x:ro,rw"),
    (["-v", "", IMAGE], "--volume"),
    (["-v", ":/x", IMAGE], "--volume :/x"),
    (["-v", "/tmp:", IMAGE], "--volume /tmp:"),
    (["-v", "/tmp:relative", IMAGE], "absolute"),
    (["-v", "/tmp:/x:wrong", IMAGE], "wrong"),
    (["-v", "/tmp:/x:ro:ro", IMAGE], "--volume"),
    (["-v", "/tmp:/", IMAGE], "--volume /tmp:/"),
    (["-v", "/tmp:/x/..", IMAGE], "--volume"),
    (["-v", "/tmp:/x", "-v", "/var:/x/", IMAGE], "duplicate mount point"),
    (["-v", "/tmp:/x", "--mount", "type=tmpfs,target=/x", IMAGE], "duplicate mount point"),
    (["-v", "/etc/passwd/below:/x", IMAGE], "/etc/passwd/below"),
    (["--mount", "", IMAGE], "--mount"),
    (["--mount", "type=bind", IMAGE], "target"),
    (["--mount", "type=bind,target=/x", IMAGE], "source"),
    (["--mount", "type=bind,source=relative,target=/x", IMAGE], "source"),
    (["--mount", "type=bind,source=/no/such/source,target=/x", IMAGE], "/no/such/source"),
    (["--mount", "type=bind,source=/tmp,target=x", IMAGE], "absolute"),
    (["--mount", "type=bind,source=/tmp,target=/x,colour=red", IMAGE], "colour"),
    (["--mount", "type=bind,source=/tmp,target=/x,readonly=maybe", IMAGE], "readonly"),
    (["--mount", "type=bind,source=/tmp,target=/x,bind-propagation=odd", IMAGE], "odd"),
    (["--mount", "type=bind,source=/tmp,target=/x,tmpfs-size=1m", IMAGE], "tmpfs-size"),
    (["--mount", "type=tmpfs,target=/x,source=/tmp", IMAGE], "source"),
    (["--mount", "type=tmpfs,target=/x,bind-propagation=shared", IMAGE], "bind-propagation"),
    (["--mount", "type=tmpfs,target=/x,tmpfs-size=big", IMAGE], "tmpfs-size"),
    (["--mount", "type=tmpfs,target=/x,tmpfs-mode=999", IMAGE], "tmpfs-mode"),
    (["--mount", "type=tmpfs,target=/x,tmpfs-mode=", IMAGE], "tmpfs-mode"),
    (["--mount", "type=nfs,target=/x", IMAGE], "nfs"),
    (["--mount", "type=volume,source=a,target=/x", IMAGE], "type=volume"),
    (["--mount", "target", IMAGE], "--mount"),
    (["--mount", "type=bind,source=/tmp,target=/etc/passwd", IMAGE], "/etc/passwd"),
    (["--mount", "type=bind,source=/tmp,target=/x,volume-nocopy", IMAGE], "volume-nocopy"),
    (["--mount", "type=volume,source=name,target=/x,volume-subpath=a", IMAGE], "volume-subpath"),
    (["--mount", 'type=bind,"source=/tmp,target=/x', IMAGE], "quote"),
    (["--tmpfs", "", IMAGE], "--tmpfs"),
    (["--tmpfs", "x", IMAGE], "absolute"),
    (["--tmpfs", "/x:colour=red", IMAGE], "colour"),
    (["--tmpfs", "/x:size=big", IMAGE], "--tmpfs /x: size big"),
    (["--tmpfs", "/x", "-v", "/tmp:/x", IMAGE], "duplicate mount point"),
    (["--volumes-from", "", IMAGE], "--volumes-from"),
    (["--volumes-from", "other:odd", IMAGE], "--volumes-from other:odd"),
    (["--volumes-from", "none", IMAGE], "No such container: none"),
    # Finer limits
    (["--memory-reservation", "big", IMAGE], "--memory-reservation big"),
    (["-m", "32m", "--memory-reservation", "64m", IMAGE], "--memory-reservation"),
    (["--memory-swappiness", "101", IMAGE], "--memory-swappiness 101"),
    (["--kernel-memory", "1m", IMAGE], "--kernel-memory"),
    (["--shm-size", "0", IMAGE], "--shm-size 0"),
    (["--shm-size", "x", IMAGE], "--shm-size x"),
    (["--shm-size", "1m", "--ipc", "host", IMAGE], "--shm-size"),
    (["--cpu-shares", "x", IMAGE], "--cpu-shares x"),
    (["--cpu-shares", "-1", IMAGE], "--cpu-shares -1"),
    (["--cpu-shares", "1", IMAGE], "--cpu-shares"),
    (["--cpu-quota", "5", IMAGE], "--cpu-quota 5"),
    (["--cpu-period", "5", IMAGE], "--cpu-period 5"),
    (["--cpus", "1", "--cpu-quota", "5000", IMAGE], "--cpus"),
    (["--cpuset-mems", "9999", IMAGE], "--cpuset-mems"),
    (["--ulimit", "nofile", IMAGE], "--ulimit nofile"),
    (["--ulimit", "wings=1", IMAGE], "wings"),
    (["--ulimit", "nofile=2:1", IMAGE], "--ulimit nofile=2:1"),
    (["--oom-score-adj", "1001", IMAGE], "--oom-score-adj 1001"),
    (["--blkio-weight", "9", IMAGE], "--blkio-weight 9"),
    (["--blkio-weight-device", "/dev/vda", IMAGE], "--blkio-weight-device /dev/vda"),
    (["--blkio-weight-device", "/dev/null:100", IMAGE], "--blkio-weight-device /dev/null"),
    (["--device-read-bps", "vda:1mb", IMAGE], "--device-read-bps vda:1mb"),
    (["--device-read-bps", "/dev/null:1mb", IMAGE], "--device-read-bps /dev/null: not a block device"),
    (["--device-write-bps", "/dev/no-such:1mb", IMAGE], "--device-write-bps /dev/no-such"),
    (["--device-read-iops", "/dev/vda:1mb", IMAGE], "--device-read-iops /dev/vda:1mb"),
    (["--device-write-iops", "/dev/vda:0", IMAGE], "--device-write-iops /dev/vda:0"),
    # How it lives
    (["--restart", "maybe", IMAGE], "--restart maybe"),
    (["--restart", "always:3", IMAGE], "--restart always:3"),
    (["--restart", "always", IMAGE], "conflicting options: cannot specify both --restart and --rm"),
    (["--stop-signal", "WINGS", IMAGE], "--stop-signal WINGS"),
    (["--stop-signal", "0", IMAGE], "--stop-signal 0"),
    (["--stop-timeout", "-2", IMAGE], "--stop-timeout -2"),
    (["--label", "=x", IMAGE], "--label =x"),
    (["--label-file", "/no/such/file", IMAGE], "--label-file /no/such/file"),
    (["--annotation", "x", IMAGE], "--annotation x"),
    (["--cidfile", "/etc/passwd", IMAGE], "--cidfile /etc/passwd"),
    (["--cidfile=", IMAGE], "--cidfile"),
    (["--pull", "sometimes", IMAGE], "--pull sometimes"),
    (["--platform", "plan9/mips", IMAGE], "--platform plan9/mips"),
    (["--log-driver", "pigeon", IMAGE], "pigeon"),
    (["--log-opt", "max-size", IMAGE], "--log-opt max-size"),
    (["--detach-keys", "ctrl-1", IMAGE], "--detach-keys ctrl-1"),
    (["-a", "stdout2", IMAGE], "--attach stdout2"),
    (["-d", "-a", "stdout", IMAGE], "conflicting options: cannot specify both --attach and --detach"),
    (["--sig-proxy=maybe", IMAGE], "--sig-proxy"),
    (["--health-cmd=", IMAGE], "--health-cmd"),
    (["--health-interval", "30", IMAGE], "--health-interval 30"),
    (["--health-timeout", "-1s", IMAGE], "--health-timeout -1s"),
    (["--health-start-period", "x", IMAGE], "--health-start-period x"),
    (["--health-start-interval", "1us", IMAGE], "--health-start-interval 1us"),
    (["--health-retries", "-1", IMAGE], "--health-retries -1"),
    (["--health-on-failure", "cry", IMAGE], "--health-on-failure cry"),
    (["--no-healthcheck", "--health-cmd", "true", IMAGE], "--no-healthcheck"),
    # Networks and namespaces
    (["--network", "container:", IMAGE], "--network container:"),
    (["--network", "container:none", IMAGE], "No such container: none"),
    (["--network", "container:none", "-h", "x", IMAGE], "conflicting options: hostname and the network mode"),
    (["--network", "container:none", "--dns", "1.1.1.1", IMAGE], "conflicting options: dns and the network mode"),
    (["--network-alias", "x", IMAGE], "network-scoped alias is supported only for containers in user defined networks"),
    (["-p", "80:eighty", IMAGE], "--publish 80:eighty"),
    (["-p8000-8002:80-81", IMAGE], "--publish 8000-8002:80-81"),
    (["--expose", "80/icmp", IMAGE], "--expose 80/icmp"),
    (["--ip", "1.2.3", IMAGE], "--ip 1.2.3"),
    (["--ip6", "1.2.3.4", IMAGE], "--ip6 1.2.3.4"),
    (["--mac-address", "x", IMAGE], "--mac-address x"),
    (["--add-host", "x", IMAGE], "--add-host x"),
    (["--add-host", "x:y", IMAGE], "--add-host x:y"),
    (["--network", "none", "--add-host", "x:host-gateway", IMAGE], "--add-host x:host-gateway"),
    (["--dns", "server", IMAGE], "--dns server"),
    (["--dns-search", "", IMAGE], "--dns-search"),
    (["--dns-option", "a b", IMAGE], "--dns-option a b"),
    (["--pid", "odd", IMAGE], "--pid odd"),
    (["--pid", "none", IMAGE], "--pid none"),
    (["--ipc", "container:none", IMAGE], "No such container: none"),
    (["--uts", "host", "-h", "x", IMAGE], "conflicting options: hostname and the UTS mode"),
    (["--cgroupns", "container:x", IMAGE], "--cgroupns container:x"),
    (["--userns", "keep-id", IMAGE], "--userns keep-id"),
    # Who, where, what it is called
    (["--entrypoint", "", IMAGE_ALONE], "--entrypoint"),
    (["--env-file", "/no/such/file", IMAGE], "--env-file /no/such/file"),
    (["--env-file", "/", IMAGE], "--env-file /"),
    (["--group-add", "no-such-group", IMAGE], "no-such-group"),
    (["--group-add", "4294967296", IMAGE], "--group-add 4294967296"),
    (["--domainname=", IMAGE], "--domainname"),
    (["-h", "", IMAGE], "--hostname"),
    (["-u", "no-such-user", IMAGE], "no-such-user"),
    (["-u", "", IMAGE], "--user"),
    (["-u", "user:", IMAGE], "--user user:"),
    (["-u", ":user", IMAGE], "--user :user"),
    (["-u", "user:no-such-group", IMAGE], "no-such-group"),
    (["-u", "-1", IMAGE], "-1"),
    (["-u", "4294967296", IMAGE], "--user 4294967296"),
    (["-u", "0:4294967296", IMAGE], "--user 0:4294967296"),
    (["-w", "relative", IMAGE], "--workdir"),
    (["-w", "", IMAGE], "--workdir"),
    (["-w", "/etc/passwd", IMAGE], "/etc/passwd"),
    (["-h", "h" * 65, IMAGE], "--hostname"),
    (["-e", "=value", IMAGE], "--env =value"),
    (["-e", "", IMAGE], "--env"),
    (["--network", "nothere", IMAGE], "network nothere not found"),
    (["--network", "", IMAGE], "--network"),
    # Rights
    (["--cap-add", "WINGS", IMAGE], "--cap-add WINGS"),
    (["--cap-drop", "WINGS", IMAGE], "--cap-drop WINGS"),
    (["--cap-add", "", IMAGE], "--cap-add"),
    (["--privileged", "--cap-add", "WINGS", IMAGE], "--cap-add WINGS"),
    (["--security-opt", "wings", IMAGE], "--security-opt wings"),
    (["--security-opt", "seccomp=/no/such/file", IMAGE], "/no/such/file"),
    (["--security-opt", "seccomp=/etc/passwd", IMAGE], "--security-opt seccomp=/etc/passwd"),
    (["--security-opt", "no-new-privileges:maybe", IMAGE], "no-new-privileges"),
    (["--security-opt", "label=wings", IMAGE], "label=wings"),
    (["--security-opt", "apparmor=no-such", IMAGE], "--security-opt apparmor"),
    (["--device", "/dev/no-such", IMAGE], "--device /dev/no-such"),
    (["--device", "/etc/passwd", IMAGE], "--device /etc/passwd"),
    (["--device", "/dev/null:/dev/x:z", IMAGE], "--device /dev/null:/dev/x:z"),
    (["--device-cgroup-rule", "c 1", IMAGE], "--device-cgroup-rule c 1"),
    (["--sysctl", "x", IMAGE], "--sysctl x"),
    (["--sysctl", "kernel.panic=1", IMAGE], "--sysctl kernel.panic"),
    (["--sysctl", "net.no.such=1", IMAGE], "sysctl net.no.such"),
    (["--network", "host", "--sysctl", "net.ipv4.ip_forward=1", IMAGE], "--sysctl net.ipv4.ip_forward"),
    # Images
    ([""], "folder or a bundle is missing"),
    (["/no/such/rootfs"], "/no/such/rootfs"),
    (["--pull", "never", "alpine"], "No such image: alpine:latest"),
    (["/etc/passwd"], "/etc/passwd"),
    (["/"], "/"),
    (["./no-such-folder"], "./no-such-folder"),
]


@pytest.mark.parametrize("words, named", FLAGS, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_flag(everyday, words, named):
    name = everyday.name()
    image = [str(everyday.box), "true"]
    parts = {IMAGE: image, IMAGE_ALONE: image[:1]}
    line = [part for word in words for part in parts.get(word, [word])]
    refused(everyday.run(*line, name=name), named)
    assert leftovers(name) == []


@pytest.mark.parametrize(
    "name",
    ["a", "../up", "a/b", ".hidden", "-dash", "_under", "with space", "ä-umlaut", "a\nb", "a:b", "n" * 2000]
)
def test_name(everyday, name):
    line = [everyday.program, "run", "--rm", "--name", name, str(everyday.box), "true"]
    refused(call(line), "--name")


def test_bundle_without_a_rootfs(everyday, scratch):
    (scratch / "config.json").write_text(json.dumps(config.template("/x", ["/bin/true"])))
    refused(everyday.run(scratch), "root.path")


def change(path, value):
    """Sets the value at a path of a config."""

    def apply(made):
        *parents, last = path
        for key in parents:
            made = made[key]
        made[last] = value

    return apply


CONFIGS = {
    "args-a-text": (change(["process", "args"], "sh"), "process.args"),
    "args-empty": (change(["process", "args"], []), "process.args"),
    "cwd-relative": (change(["process", "cwd"], "x"), "process.cwd"),
    "user-a-name": (change(["process", "user"], "root"), "process.user"),
    "unknown-capability": (change(["process", "capabilities", "bounding"], ["CAP_WINGS"]), "CAP_WINGS"),
    "unknown-namespace": (change(["linux", "namespaces"], [{"type": "dream"}]), "linux.namespaces[0].type"),
    "memory-a-text": (change(["linux", "resources"], {"memory": {"limit": "1g"}}), "linux.resources.memory.limit"),
    "mount-without-place": (change(["mounts"], [{"type": "tmpfs"}]), "mounts[0].destination"),
    "version": (change(["ociVersion"], 7), "ociVersion"),
    "root-elsewhere": (change(["root", "path"], "/no/such/root"), "root.path"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_bundle(everyday, scratch, case):
    """The place in the file is named, since no flag is at fault."""
    apply, path = CONFIGS[case]
    made = config.template("/x", ["/bin/true"])
    apply(made)
    (scratch / "rootfs").mkdir()
    (scratch / "config.json").write_text(json.dumps(made))
    refused(everyday.run(scratch), path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"ociVersion": "1.0.2"', "no json"], ids=repr)
def test_bundle_is_no_json(everyday, scratch, text):
    (scratch / "rootfs").mkdir()
    (scratch / "config.json").write_text(text)
    refused(everyday.run(scratch), "config.json")


def test_unknown_command(everyday):
    result = call([everyday.program, "rum"])
    assert (result.code, result.stderr) == (125, "swiftainer: unknown command rum\nsee 'swiftainer --help'\n")


@pytest.mark.parametrize(
    "words, line",
    [
        (["kill", "-9", "web"], "unknown option '-9' (a signal is given as in -s 9)"),
        (["kill", "-TERM", "web"], "unknown option '-TERM' (a signal is given as in -s TERM)"),
        (["kill", "-x", "web"], "unknown option '-x'"),
        (["run", "--link", "db", IMAGE], "unknown flag --link (put both on a network of your own: there they find each other by name)"),
        (["run", "--runtime=runc", IMAGE], "unknown flag --runtime=runc (leave it out: there is one)"),
        (["network", "connect", "--link", "db", "a", "b"],
         "unknown option '--link' (put both on a network of your own: there they find each other by name)"),
        (["update", "--cpu-rt-period", "5", "web"], "unknown option '--cpu-rt-period' (control groups v2 have none)"),
        (["stop", "--tim", "5", "web"], "unknown option '--tim'. Did you mean '--time'?"),
        (["run", "-h"], "missing value for '-h' (the container's name as a host; --help tells more)"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_flags_of_dockers(everyday, words, line):
    """Those that are not there, or something else: how it is had here."""
    result = call([everyday.program, *words])
    assert (result.code, result.stderr.splitlines()[0]) == (125, f"swiftainer: {line}")


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["help", "run"], []], ids=" ".join)
def test_help(everyday, words):
    result = call([everyday.program, *words])
    assert (result.code, result.stderr) == (0, "")
    assert "USAGE: swiftainer" in result.stdout


def test_help_tells_every_flag(everyday):
    text = call([everyday.program, "run", "--help"]).stdout
    for flag in """--rm -i -t -d -a --name -e --env-file -v --mount --tmpfs --volumes-from -w -u -h --domainname
        --entrypoint --group-add --read-only --rw-rootfs -m --memory-swap --memory-reservation --memory-swappiness
        --shm-size --cpus -c --cpu-quota --cpu-period --cpuset-cpus --cpuset-mems --pids-limit --ulimit
        --oom-score-adj --oom-kill-disable --blkio-weight --blkio-weight-device --device-read-bps
        --device-write-bps --device-read-iops --device-write-iops --cap-add --cap-drop --privileged
        --security-opt --device --device-cgroup-rule --sysctl --network --network-alias -p -P --expose --ip --ip6
        --mac-address --add-host --dns --dns-search --dns-option --pid --ipc --uts --cgroupns --userns --init
        --restart --stop-signal --stop-timeout -l --label-file --annotation --cidfile --pull --platform
        --log-driver --log-opt --health-cmd --health-interval --health-timeout --health-start-period
        --health-start-interval --health-retries --health-on-failure --no-healthcheck --detach-keys --sig-proxy
        --dry-run --explain""".split():
        assert f" {flag}" in text, flag


def test_help_of_the_payload_is_its_own(everyday):
    assert "Usage: cat" in everyday.run(everyday.box, "cat", "--help").stderr


def test_state_folder_is_full(everyday):
    """A clear line, and nothing left."""
    name = everyday.name()
    script = (
        "mount -t tmpfs -o size=4k,nr_inodes=3 tmpfs /run && "
        f"{everyday.program} run --rm --name {name} {everyday.box} true; code=$?; ls -A /run/swiftainer; exit $code"
    )
    result = call(["unshare", "-m", "sh", "-c", script])
    assert result.code == 125, str(result)
    assert "no space left" in result.stderr and len(result.stderr.splitlines()) == 1, str(result)
    assert name not in result.stdout.split()
    assert leftovers(name) == []
