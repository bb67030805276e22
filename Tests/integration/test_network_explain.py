"""What `--explain` and `--dry-run` tell of networks: it is what is done, and a shell can do it."""

import json
import os
import re
import subprocess

from engine_fixtures import box, engine  # noqa: F401
from harness import network
from harness.network import Namespace
from network_fixtures import made  # noqa: F401

OURS = ("set up network", "connect eth", "publish ports", "serve names")


def steps(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_what_is_told_ahead_is_what_is_done(engine, made):
    """Networks, addresses, ports and names alike; and whoever only asks changes nothing."""
    made("mynet", "--subnet", "10.66.0.0/24")
    flags = ["--name", "web", "--network", "mynet", "-p", "8080:80", "--explain=json"]
    ahead = steps(engine("run", "--dry-run", *flags, engine.box, "true").succeeded().stdout)
    assert engine.identifiers() == [] and engine.leases("mynet") == [] and network.devices() == []
    done = steps(engine("run", *flags, engine.box, "true").succeeded().stderr)
    done = [entry for entry in done if not entry.get("continued")]

    def told(entries):
        text = json.dumps([(one["title"], one["shell"]) for one in entries if one["title"].startswith(OURS)])
        return re.sub("veth[0-9a-f]{11}", "VETH", text)

    assert told(ahead) == told(done)
    assert [one["title"] for one in ahead if one["title"].startswith(OURS)] == [
        "set up network mynet", "connect eth0 to network mynet",
        "publish ports 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp", "serve names",
    ]
    calls = [call["call"] for one in done if one["title"].startswith(OURS) for call in one["calls"]]
    assert any("sendmsg(" in call or "sendto(" in call or "send(" in call for call in calls), calls


def test_in_a_shell(engine):
    """With the rules there, what it says about bridge, devices and port connects a namespace that was made by hand."""
    engine("run", "--rm", engine.box, "true").succeeded()
    network.ip("link", "delete", engine.networks()["bridge"]["bridge"])
    words = ["run", "--dry-run", "--explain=json", "-p", "8080:80", engine.box, "true"]
    told = [one["shell"] for one in steps(engine(*words).succeeded().stdout) if one["title"].startswith(OURS)]
    payload = subprocess.Popen(["unshare", "-n", "sleep", "1000"])
    try:
        own = os.readlink("/proc/thread-self/ns/net")
        network.wait.until(lambda: os.readlink(f"/proc/{payload.pid}/ns/net") != own, "its namespace")
        done = subprocess.run(["bash", "-e"], input="\n".join(told), capture_output=True, text=True,
                              env={**os.environ, "PID": str(payload.pid)})
        assert done.returncode == 0, done.stderr
        with Namespace.of(payload.pid) as namespace, network.Server(80, "by-hand", namespace=namespace):
            assert network.call("127.0.0.1", 8080) == "by-hand 172.17.0.1"
    finally:
        payload.kill()
        payload.wait()
        network.nft("flush", "map", "inet", "swiftainer", "published4")
