"""process.capabilities: the five sets, exactly as asked."""

import json
import subprocess

import pytest

from harness.config import DEFAULT_CAPABILITIES

SETS = ("bounding", "effective", "permitted", "inheritable", "ambient")


def caps_of(container, **options):
    record = container.payload("caps").run(**options).succeeded().record("caps")
    return {kind: set(record[kind]) for kind in SETS}


def ask(container, **sets):
    container.process["capabilities"] = {kind: list(names) for kind, names in sets.items()}
    return container


def test_default_sets(containers):
    found = caps_of(containers())
    for kind in ("bounding", "effective", "permitted"):
        assert found[kind] == set(DEFAULT_CAPABILITIES)
    assert found["inheritable"] == found["ambient"] == set()


def test_none_at_all(containers):
    """For a non-root user an empty object means nothing is left."""
    container = ask(containers(), bounding=[], effective=[], permitted=[])
    container.process["user"] = {"uid": 1000, "gid": 1000}
    assert all(names == set() for names in caps_of(container).values())


def test_root_with_an_empty_bounding_set_has_none(containers):
    found = caps_of(ask(containers(), bounding=[], effective=[], permitted=[]))
    assert found["effective"] == found["permitted"] == found["bounding"] == set()


def test_root_gets_its_bounding_set_by_exec(containers):
    """execve(2) by uid 0 fills the permitted set from the bounding set."""
    found = caps_of(
        ask(containers(), bounding=["CAP_CHOWN", "CAP_KILL"], permitted=["CAP_CHOWN"], effective=[])
    )
    assert found["bounding"] == {"CAP_CHOWN", "CAP_KILL"}


def test_user_keeps_only_ambient(containers):
    container = ask(
        containers(),
        bounding=["CAP_NET_RAW", "CAP_CHOWN", "CAP_KILL"],
        permitted=["CAP_NET_RAW", "CAP_CHOWN", "CAP_KILL"],
        effective=["CAP_NET_RAW", "CAP_CHOWN"],
        inheritable=["CAP_NET_RAW", "CAP_CHOWN"],
        ambient=["CAP_NET_RAW"],
    )
    container.process["user"] = {"uid": 1000, "gid": 1000}
    found = caps_of(container)
    assert found["ambient"] == found["effective"] == found["permitted"] == {"CAP_NET_RAW"}
    assert found["inheritable"] == {"CAP_NET_RAW", "CAP_CHOWN"}
    assert found["bounding"] == {"CAP_NET_RAW", "CAP_CHOWN", "CAP_KILL"}


def test_inheritable_is_empty_unless_asked(containers):
    """CVE-2022-29162: otherwise file capabilities would be raised by ordinary users."""
    assert caps_of(containers())["inheritable"] == set()


def test_absent_object_for_a_user(containers):
    container = containers()
    del container.process["capabilities"]
    container.process["user"] = {"uid": 1000, "gid": 1000}
    found = caps_of(container)
    assert found["effective"] == found["permitted"] == found["ambient"] == set()


def test_every_capability_that_the_caller_has(containers, runtime, rootfs):

    mine = subprocess.run([rootfs / "bin/probe", "caps"], capture_output=True, text=True, check=True).stdout

    names = json.loads(mine)["bounding"]
    found = caps_of(ask(containers(), bounding=names, effective=names, permitted=names))
    assert found["effective"] == set(names)


@pytest.mark.parametrize(
    "capability, command, refused, allowed",
    [
        ("CAP_MKNOD", ("mknod", "/tmp/null", "c", 1, 3), "EPERM", 0),
        ("CAP_SYS_ADMIN", ("mount", "/tmp", "none", "tmpfs"), "EPERM", 0),
        ("CAP_CHOWN", ("chown", "/etc/passwd", 12), "EPERM", 0),
        ("CAP_SETUID", ("setuid", 12), "EPERM", 0),
        ("CAP_SYS_CHROOT", ("syscall", "chroot", "s:/"), "EPERM", 0),
        ("CAP_SYS_NICE", ("nice", -5), "EACCES", 0),
        ("CAP_SYS_ADMIN", ("sethostname", "other"), "EPERM", 0),
    ],
)
def test_one_makes_the_difference(containers, capability, command, refused, allowed):
    """What a capability is for fails without it and works with it."""
    for names, expected in (([], refused), ([capability], allowed)):
        container = ask(containers(*command), bounding=names, effective=names, permitted=names)
        assert container.run().succeeded().records[0]["errno"] == expected


def test_file_capabilities_are_bounded(containers):
    """A program with file capabilities outside the bounding set is not run with them."""

    container = containers()
    target = container.rootfs / "bin/raised"
    target.write_bytes((container.rootfs / "bin/probe").read_bytes())
    target.chmod(0o755)
    subprocess.run(["setcap", "cap_sys_admin+ep", target], check=True)
    container.process["args"] = ["/bin/raised", "caps"]
    container.process["user"] = {"uid": 1000, "gid": 1000}
    container.process["noNewPrivileges"] = False
    result = container.run()
    if result.code == 0:
        assert "CAP_SYS_ADMIN" not in result.record("caps")["permitted"]
    else:
        assert "operation not permitted" in result.stderr  # execve(2): EPERM


def test_no_new_privileges_stops_file_capabilities(containers):

    container = containers()
    target = container.rootfs / "bin/raised"
    target.write_bytes((container.rootfs / "bin/probe").read_bytes())
    target.chmod(0o755)
    subprocess.run(["setcap", "cap_chown+ep", target], check=True)
    container.process["user"] = {"uid": 1000, "gid": 1000}
    for locked, expected in ((True, []), (False, ["CAP_CHOWN"])):
        container.process["args"] = ["/bin/probe", "exec", "/bin/raised", "caps"]
        container.process["noNewPrivileges"] = locked
        assert container.run().succeeded().record("caps")["permitted"] == expected


def test_setuid_program_gains_nothing_with_no_new_privileges(containers):
    container = containers()
    target = container.rootfs / "bin/raised"
    target.write_bytes((container.rootfs / "bin/probe").read_bytes())
    target.chmod(0o4755)
    container.process["user"] = {"uid": 1000, "gid": 1000}
    for locked, expected in ((True, 1000), (False, 0)):
        container.process["args"] = ["/bin/probe", "exec", "/bin/raised", "status"]
        container.process["noNewPrivileges"] = locked
        assert container.run().succeeded().record("status")["euid"] == expected
