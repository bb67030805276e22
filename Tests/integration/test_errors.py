"""Malformed and contradictory input: exit code 1, one clear line naming the place, nothing left behind."""

import json
import os

import pytest

from bad_configs import CONFIGS
from harness import wait

pytestmark = pytest.mark.needs("ordinary-machine")


def untouched(container, before):
    """Nothing of a container that could not be made is left, without any clean-up by us."""
    assert container.leftovers() == []
    assert sorted(os.listdir(container.root)) == before
    orphans = [f"{pid} {wait.command_line(pid)}" for pid in wait.children(os.getpid())]
    assert orphans == []


def told(result, *words):
    """What a person sees: for swiftainer one line with any of these words; elsewhere any failure."""
    assert result.code != 0, f"it should have been refused: {result}"
    assert "panic" not in result.stderr and "goroutine" not in result.stderr, result.stderr
    if result.arguments[0].endswith("swiftainer-oci"):
        assert result.code == 1, str(result)
        assert len(result.stderr.splitlines()) == 1, str(result)
        assert any(word in result.stderr for word in words), str(result)
        assert "Fatal error" not in result.stderr


@pytest.mark.parametrize("case", CONFIGS, ids=str)
def test_config(containers, runtime, case):
    if runtime.kind == "runc" and not case.runc:
        pytest.skip(f"runc {runtime.version} passes over it")
    container = containers("pause")
    before = sorted(os.listdir(container.root))
    case.change(container.config)
    told(container.try_create(timeout=10), *case.told)
    untouched(container, before)


GOOD = '{"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "process": {"args": ["/bin/probe"], "cwd": "/"}}'
TEXTS = {
    "empty": "",
    "blank": " \n\t ",
    "truncated": GOOD[:-20],
    "truncated-in-a-name": GOOD[:8],
    "truncated-in-an-escape": '{"ociVersion": "\\',
    "not-json": "config",
    "a-list": "[]",
    "null": "null",
    "a-number": "12",
    "a-text": '"config"',
    "rubbish-after-it": GOOD + "x",
    "two-documents": GOOD + GOOD,
    "comma-at-the-end": GOOD[:-1] + ",}",
    "single-quotes": GOOD.replace('"', "'"),
    "comment": "// config\n" + GOOD,
    "unquoted-name": GOOD.replace('"root"', "root"),
    "missing-colon": GOOD.replace(":", " ", 1),
    "tab-in-a-string": GOOD.replace("rootfs", "root\tfs"),
    "newline-in-a-string": GOOD.replace("rootfs", "root\nfs"),
    "bad-escape": GOOD.replace("rootfs", "root\\qfs"),
    "short-unicode-escape": GOOD.replace("rootfs", "root\\u12"),
    "nan": GOOD.replace('"1.0.2"', "NaN"),
    "leading-zero": GOOD.replace('"cwd": "/"', '"cwd": "/", "oomScoreAdj": 01'),
    "leading-plus": GOOD.replace('"cwd": "/"', '"cwd": "/", "oomScoreAdj": +1'),
    "hexadecimal": GOOD.replace('"cwd": "/"', '"cwd": "/", "oomScoreAdj": 0x1'),
    "lonely-minus": GOOD.replace('"cwd": "/"', '"cwd": "/", "oomScoreAdj": -'),
    "huge-exponent": GOOD.replace('"cwd": "/"', '"cwd": "/", "oomScoreAdj": 1e999999'),
    "deep-lists": "[" * 100_000,
    "deep-objects": '{"a":' * 100_000,
    "deep-but-closed": GOOD[:-1] + ', "annotations": ' + "[" * 20_000 + "]" * 20_000 + "}",
    "nul-byte": GOOD + "\0",
    "capital-true": GOOD.replace('"cwd": "/"', '"cwd": "/", "terminal": True'),
}


RUNC_READS = {"null", "rubbish-after-it", "two-documents", "nul-byte"}


@pytest.mark.parametrize("name", TEXTS)
def test_text(containers, runtime, name):
    if runtime.kind == "runc" and name in RUNC_READS:
        pytest.skip(f"runc {runtime.version} stops reading after the first value")
    container = containers("pause")
    before = sorted(os.listdir(container.root))
    container.write_config(TEXTS[name])
    told(
        container.try_create(write=False, timeout=10),
        "config.json",
        "document",
        "annotations",
        "process.oomScoreAdj",
    )
    untouched(container, before)


BYTES = {
    "invalid-utf-8": GOOD.encode().replace(b"rootfs", b"root\xff\xfefs"),
    "utf-16": GOOD.encode("utf-16"),
    "byte-order-mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "binary": bytes(range(256)) * 100,
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes(containers, runtime, name):
    container = containers("pause")
    before = sorted(os.listdir(container.root))
    (container.bundle / "config.json").write_bytes(BYTES[name])
    told(container.try_create(write=False, timeout=10), "")
    untouched(container, before)


class TestFiles:
    def test_no_config(self, containers):
        container = containers("pause")
        told(container.try_create(write=False), "config.json")

    def test_config_is_a_folder(self, containers):
        container = containers("pause")
        (container.bundle / "config.json").mkdir()
        told(container.try_create(write=False), "config.json")

    def test_no_bundle(self, containers, scratch):
        container = containers("pause")
        container.bundle, kept = scratch / "nowhere", container.bundle
        result = container.call("create", "--bundle", scratch / "nowhere", container.id)
        container.bundle = kept
        told(result, "nowhere")

    def test_bundle_is_a_file(self, containers):
        container = containers("pause")
        told(container.call("create", "--bundle", container.rootfs / "etc/passwd", container.id), "passwd")

    def test_pid_file_in_a_missing_folder(self, containers, scratch):
        container = containers("pause")
        before = sorted(os.listdir(container.root))
        told(container.try_create("--pid-file", scratch / "no/such/folder/pid"), "pid")
        untouched(container, before)

    def test_pid_file_is_a_folder(self, containers, scratch):
        container = containers("pause")
        before = sorted(os.listdir(container.root))
        told(container.try_create("--pid-file", scratch), "")
        untouched(container, before)

    def test_root_is_a_file(self, containers, runtime, scratch):
        (scratch / "file").touch()
        container = containers("pause")
        container.write_config()
        result = runtime.call("create", "--bundle", container.bundle, container.id, root=scratch / "file")
        told(result, "file")

    def test_log_in_a_missing_folder(self, runtime, root, scratch):
        told(runtime.call("--log", scratch / "no/such/log", "list", root=root), "no/such/log")

    def test_huge_config(self, containers):
        """Large but well-formed: refused or made, within bounds of time and memory."""
        container = containers("exit", 0)
        container.config["annotations"] = {f"key{number}": "x" * 100 for number in range(30_000)}
        container.try_create(timeout=20)


COMMANDS = {
    "no-command": [],
    "unknown-command": ["launch", "ID"],
    "unknown-global-flag": ["--no-such-flag", "list"],
    "global-flag-without-value": ["--root"],
    "log-format": ["--log-format", "yaml", "list"],
    "state-without-id": ["state"],
    "state-with-two": ["state", "a", "b"],
    "state-unknown-flag": ["state", "--verbose", "a"],
    "start-without-id": ["start"],
    "start-with-two": ["start", "a", "b"],
    "start-empty-id": ["start", ""],
    "delete-without-id": ["delete"],
    "delete-unknown-flag": ["delete", "--quickly", "a"],
    "kill-without-id": ["kill"],
    "kill-with-three": ["kill", "a", "TERM", "x"],
    "pause-without-id": ["pause"],
    "resume-without-id": ["resume"],
    "resume-with-two": ["resume", "a", "b"],
    "ps-without-id": ["ps"],
    "ps-format": ["ps", "--format", "xml", "a"],
    "list-format": ["list", "--format", "xml"],
    "list-with-an-argument": ["list", "a"],
    "exec-without-id": ["exec"],
    "exec-without-program": ["exec", "a"],
    "exec-preserve-fds": ["exec", "--preserve-fds", "x", "a", "true"],
    "events-without-id": ["events"],
    "events-interval": ["events", "--interval", "often", "a"],
    "events-interval-zero": ["events", "--interval", "0s", "a"],
    "update-without-id": ["update"],
    "update-flag-without-value": ["update", "a", "--memory"],
    "spec-in-a-missing-folder": ["spec", "--bundle", "/no/such/folder"],
    "spec-with-an-argument": ["spec", "a"],
    "create-without-id": ["create"],
    "create-with-two": ["create", "a", "b"],
    "create-unknown-flag": ["create", "--fast", "a"],
    "create-preserve-fds": ["create", "--preserve-fds", "x", "a"],
    "create-flag-twice-contradicting": ["create", "--bundle", "/a", "--bundle", "/b", "a"],
    "create-flag-without-value": ["create", "a", "--bundle"],
    "run-without-id": ["run"],
    "run-unknown-flag": ["run", "--background", "a"],
    "checkpoint": ["checkpoint", "a"],
    "restore": ["restore", "a"],
    "boolean-flag-with-a-value": ["delete", "--force=maybe", "a"],
}
RUNC_ACCEPTS = {"no-command", "unknown-command", "list-with-an-argument", "spec-with-an-argument"}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_line(runtime, root, scratch, name):
    if runtime.kind == "runc" and name in RUNC_ACCEPTS:
        pytest.skip(f"runc {runtime.version} takes this")
    arguments = COMMANDS[name]
    result = runtime.call(*arguments, root=root, cwd=scratch, timeout=10)
    assert result.code != 0, str(result)
    if runtime.kind == "swiftainer":
        assert result.code == 1, str(result)
        assert len(result.stderr.splitlines()) <= 2, str(result)  # the error, and perhaps where to find help
        flags = [argument for argument in arguments if argument.startswith("--")]
        assert result.stderr.strip() or name == "no-command"
        if "unknown" in name and flags:
            assert flags[0] in result.stderr
    assert sorted(os.listdir(root)) == []
    assert "config.json" not in os.listdir(scratch)


def test_there_are_enough():
    assert len(CONFIGS) + len(TEXTS) + len(BYTES) + len(COMMANDS) >= 200


def test_names_are_unique():
    names = [case.name for case in CONFIGS]
    assert sorted(set(names)) == sorted(names)


class TestTolerated:
    """What the specification tells a runtime to accept."""

    def test_unknown_members(self, containers):
        """runtime-spec, extensibility: unknown properties must be ignored."""
        container = containers("exit", 3)
        container.config["x-future"] = {"a": [1, {"b": None}]}
        container.process["x-future"] = True
        container.linux["x-future"] = [1.5e300, -0, "ü", "\ud83d\ude00"]
        assert container.run().code == 3

    def test_members_of_other_platforms(self, containers):
        container = containers("exit", 3)
        container.config["windows"] = {"layerFolders": ["C:\\x"]}
        container.config["solaris"] = {"milestone": "svc:/milestone/container:default"}
        container.config["vm"] = {"kernel": {"path": "/x"}}
        assert container.run().code == 3

    def test_null_is_absence(self, containers):
        container = containers("exit", 3)
        for where, key in (
            (container.config, "hooks"),
            (container.config, "annotations"),
            (container.linux, "seccomp"),
            (container.linux, "sysctl"),
            (container.process, "rlimits"),
            (container.process, "oomScoreAdj"),
            (container.linux, "uidMappings"),
            (container.linux, "maskedPaths"),
            (container.linux, "devices"),
        ):
            where[key] = None
        assert container.run().code == 3

    def test_order_and_blanks(self, containers):
        container = containers("exit", 3)
        text = json.dumps(dict(reversed(container.config.items())), indent=7)
        container.write_config(text.replace("\n", "\r\n\t"))
        assert container.run(write=False).code == 3

    def test_escapes(self, containers):
        container = containers("print", 'q"b\\s/\b\f\n\r\t\u00e9\u20ac\U0001f600')
        container.write_config(json.dumps(container.config).replace("/bin", "\\/bin"))
        result = container.run(write=False).succeeded()
        # Python reads \r as a line's end too
        assert result.stdout.rstrip("\n") == 'q"b\\s/\b\f\n\n\t\u00e9\u20ac\U0001f600'

    @pytest.mark.parametrize("version", ["1.0.0", "1.0.2", "1.1.0", "1.0.2-dev", "1.2.1"])
    def test_versions(self, containers, version):
        container = containers("exit", 3)
        container.config["ociVersion"] = version
        assert container.run().code == 3

    def test_empty_lists(self, containers):
        container = containers("exit", 3)
        container.config["hooks"] = {"prestart": [], "poststop": []}
        container.linux.update(
            uidMappings=[], gidMappings=[], devices=[], sysctl={}, maskedPaths=[], readonlyPaths=[]
        )
        container.process.update(rlimits=[])
        assert container.run().code == 3

    def test_relative_mount_destination(self, containers):
        """Deprecated, but to be read as relative to the root."""
        container = containers("read", "/mnt/passwd").mount("mnt", "/etc")
        assert "root:" in container.run().succeeded().record("read")["text"]
