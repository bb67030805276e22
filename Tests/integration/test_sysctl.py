"""linux.sysctl: only what a namespace of the container's own holds."""

from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "name, value",
    [
        ("net.ipv4.ip_forward", "1"),
        ("net.core.somaxconn", "256"),
        ("kernel.shmmax", "1048576"),
        ("kernel.msgmax", "4096"),
        ("kernel.sem", "32000\t1024000000\t500\t32000"),
        ("fs.mqueue.msg_max", "5"),
    ],
)
def test_namespaced(containers, name, value):
    file = Path("/proc/sys", name.replace(".", "/"))
    if not file.exists():
        pytest.skip(f"this kernel has no {name}")
    before = file.read_text()
    container = containers("sysctl", name)
    container.linux["sysctl"] = {name: value}
    assert container.run().succeeded().record("sysctl")["value"] == value
    assert file.read_text() == before


def test_name_with_slashes(containers):
    container = containers("sysctl", "net.ipv4.ip_forward")
    container.linux["sysctl"] = {"net/ipv4/ip_forward": "1"}
    assert container.run().succeeded().record("sysctl")["value"] == "1"


@pytest.mark.needs("domainname")
def test_domainname_by_sysctl(containers):
    container = containers("host")
    container.linux["sysctl"] = {"kernel.domainname": "by.sysctl"}
    assert container.run().succeeded().record("host")["domainname"] == "by.sysctl"


@pytest.mark.parametrize(
    "name", ["vm.swappiness", "kernel.panic", "fs.file-max", "kernel.hostname", "nosuch.thing"]
)
def test_of_the_whole_machine_is_refused(containers, name):
    file = Path("/proc/sys", name.replace(".", "/"))
    before = file.read_text() if file.exists() else None
    container = containers("exit", 0)
    container.linux["sysctl"] = {name: "1"}
    result = container.run().failed()
    assert name in result.stderr
    assert before is None or file.read_text() == before


@pytest.mark.parametrize(
    "name, kind", [("net.ipv4.ip_forward", "network"), ("kernel.shmmax", "ipc"), ("fs.mqueue.msg_max", "ipc")]
)
def test_without_its_namespace_is_refused(containers, name, kind):
    file = Path("/proc/sys", name.replace(".", "/"))
    before = file.read_text() if file.exists() else None
    container = containers("exit", 0).without(kind)
    container.linux["sysctl"] = {name: before.strip() if before else "1"}
    container.run().failed()
    assert before is None or file.read_text() == before


@pytest.mark.parametrize(
    "name", ["net.ipv4.../../kernel/panic", "net/../kernel/panic", "net.ipv4/../../kernel.panic"]
)
def test_way_out_of_the_namespaced_part_is_refused(containers, name):
    before = Path("/proc/sys/kernel/panic").read_text()
    container = containers("exit", 0)
    container.linux["sysctl"] = {name: "77"}
    container.run()  # an error, or a name that does not exist: what counts is that the host is untouched
    assert Path("/proc/sys/kernel/panic").read_text() == before


def test_value_that_the_kernel_refuses(containers):
    container = containers("exit", 0)
    container.linux["sysctl"] = {"net.ipv4.ip_forward": "not a number"}
    result = container.run().failed()
    assert "invalid argument" in result.stderr


def test_are_set_although_proc_sys_is_read_only(containers):
    container = containers(
        "sysctl", "net.ipv4.ip_forward", "--", "write", "/proc/sys/net/ipv4/ip_forward", "0"
    )
    container.linux["sysctl"] = {"net.ipv4.ip_forward": "1"}
    result = container.run().succeeded()
    assert result.record("sysctl")["value"] == "1"
    assert result.record("write")["errno"] == "EROFS"


def test_exec_sees_them(containers):
    container = containers("pause")
    container.linux["sysctl"] = {"net.ipv4.ip_forward": "1"}
    container.up()
    assert container.exec("sysctl", "net.ipv4.ip_forward").succeeded().record("sysctl")["value"] == "1"
