"""What is told of networks: inspect, ps, port, stats, events."""

import json

from engine_fixtures import box, engine  # noqa: F401
from harness import network
from harness.network import call
from network_fixtures import inside, made, other, serve  # noqa: F401


def settings(engine, word):
    return json.loads(engine("inspect", "-f", "{{json .NetworkSettings}}", word).succeeded().stdout)


def test_of_the_usual_network(engine, inside):
    identifier = engine.up(flags=["--name", "web"])
    told = settings(engine, "web")
    assert {key: told[key] for key in ("IPAddress", "IPPrefixLen", "Gateway", "MacAddress")} == {
        "IPAddress": "172.17.0.2", "IPPrefixLen": 16, "Gateway": "172.17.0.1", "MacAddress": "02:42:ac:11:00:02",
    }
    assert told["SandboxKey"] == f"/proc/{engine.pid(identifier)}/ns/net" and told["Ports"] == {}
    assert list(told["Networks"]) == ["bridge"]
    assert told["Networks"]["bridge"]["NetworkID"] == engine.networks()["bridge"]["id"]
    assert told["Networks"]["bridge"]["EndpointID"] == told["EndpointID"] and len(told["EndpointID"]) == 64
    # The template that everybody knows.
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}} {{.HostConfig.NetworkMode}}"
    assert engine("inspect", "-f", template, "web").stdout == "172.17.0.2 bridge\n"
    engine("stop", "-t", "0", "web").succeeded()
    told = settings(engine, "web")
    assert (told["IPAddress"], told["SandboxKey"], told["Networks"]["bridge"]["IPAddress"]) == ("", "", "")


def test_of_made_networks(engine, made):
    made("mynet", "--ipv6", "--subnet", "10.66.0.0/24", "--subnet", "2001:db8:66::/64")
    made("two", "--subnet", "10.66.2.0/24")
    flags = ["--name", "web", "--network", "name=mynet,alias=www,ip=10.66.0.9", "--network", "two", "-p", "8080:80"]
    identifier = engine.up(flags=flags)
    told = settings(engine, "web")
    one = told["Networks"]["mynet"]
    assert (told["IPAddress"], one["IPAddress"], one["IPPrefixLen"], one["Gateway"]) == ("", "10.66.0.9", 24, "10.66.0.1")
    assert (one["GlobalIPv6Address"], one["GlobalIPv6PrefixLen"], one["IPv6Gateway"]) == (
        "2001:db8:66::2", 64, "2001:db8:66::1",
    )
    assert one["Aliases"] == ["www"] and one["DNSNames"] == ["web", "www", identifier[:12]]
    assert one["IPAMConfig"] == {"IPv4Address": "10.66.0.9"}
    assert told["Networks"]["two"]["IPAddress"] == "10.66.2.2" and told["Networks"]["two"]["Aliases"] is None
    assert told["Ports"] == {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}]
    }
    [described] = json.loads(engine("network", "inspect", "mynet").succeeded().stdout)
    assert described["IPAM"]["Config"] == [
        {"Subnet": "10.66.0.0/24", "Gateway": "10.66.0.1"}, {"Subnet": "2001:db8:66::/64", "Gateway": "2001:db8:66::1"},
    ]
    assert (described["EnableIPv6"], described["Internal"], described["Driver"]) == (True, False, "bridge")
    [(key, endpoint)] = described["Containers"].items()
    assert key == identifier and endpoint == {
        "Name": "web", "EndpointID": one["EndpointID"], "MacAddress": one["MacAddress"],
        "IPv4Address": "10.66.0.9/24", "IPv6Address": "2001:db8:66::2/64",
    }
    engine("stop", "-t", "0", "web").succeeded()
    assert json.loads(engine("network", "inspect", "-f", "{{json .Containers}}", "mynet").stdout) == {}


def test_ports_in_ps_and_port(engine):
    flags = ["--name", "web", "-p", "8080:80", "-p", "127.0.0.1:8443:443", "-p", "5353:53/udp", "--expose", "9000"]
    engine.up(flags=flags)
    shown = engine("ps", "--format", "{{.Ports}}").stdout
    assert sorted(shown.strip().split(", ")) == sorted([
        "0.0.0.0:5353->53/udp", "[::]:5353->53/udp", "0.0.0.0:8080->80/tcp", "[::]:8080->80/tcp",
        "127.0.0.1:8443->443/tcp", "9000/tcp",
    ])
    assert "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp" in shown
    assert engine("port", "web").stdout == (
        "443/tcp -> 127.0.0.1:8443\n53/udp -> 0.0.0.0:5353\n53/udp -> [::]:5353\n"
        "80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n"
    )
    assert engine("port", "web", "80").stdout == "0.0.0.0:8080\n[::]:8080\n"
    assert engine("port", "web", "53/udp").stdout == "0.0.0.0:5353\n[::]:5353\n"
    result = engine("port", "web", "9000")
    assert (result.code, result.stderr) == (1, "swiftainer: no public port '9000/tcp' published for web\n")
    engine("stop", "-t", "0", "web").succeeded()
    assert engine("ps", "-a", "--format", "{{.Ports}}").stdout == "\n" and engine("port", "web").stdout == ""


def test_traffic_in_stats(engine, serve):
    """What is received and sent is counted: more than nothing, and what was sent at least."""
    identifier = engine.up(flags=["--name", "web", "-p", "8080:80"])

    def shown():
        line = engine("stats", "--no-stream", "--format", "{{json .}}", "web").succeeded().stdout
        return json.loads(line)["NetIO"]

    serve(identifier, 80, "x" * 1000)
    for _ in range(50):
        assert call("127.0.0.1", 8080).startswith("x" * 1000)
    got, sent = shown().split(" / ")
    assert got.endswith("kB") and sent.endswith("kB") and float(sent[:-2]) > 50


def test_events_of_networks(engine, made):
    identifier = made("mynet")
    engine.up(flags=["--name", "web"])
    engine("network", "connect", "mynet", "web").succeeded()
    engine("network", "disconnect", "mynet", "web").succeeded()
    engine("network", "rm", "mynet").succeeded()
    done = [event for action in ("create", "connect", "disconnect", "destroy") for event in engine.events(action)
            if event["type"] == "network" and event["actor"] == identifier]
    assert [event["action"] for event in done] == ["create", "connect", "disconnect", "destroy"]
    assert all(event["attributes"]["name"] == "mynet" and event["attributes"]["type"] == "bridge" for event in done)
    assert done[1]["attributes"]["container"] == engine.identifiers()[0]


def test_container_that_never_ran(engine, made):
    made("mynet")
    engine("create", "--name", "web", "--network", "mynet", "-p", "8080:80", engine.box, "true").succeeded()
    told = settings(engine, "web")
    assert list(told["Networks"]) == ["mynet"] and told["Networks"]["mynet"]["IPAddress"] == "" and told["Ports"] == {}
    assert engine("inspect", "-f", "{{json .HostConfig.PortBindings}}", "web").stdout == (
        '{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}\n'
    )
    assert network.devices() == [] and engine.leases("mynet") == []
