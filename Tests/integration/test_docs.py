"""What the documents say is true: their examples are run, and what they point at exists.

A fenced block marked `console` is run, in the order of its document: lines that begin with `$ ` (or `# `) are
commands, `> ` continues one, everything else is what they print. `…` stands for anything, on a line of its own
for any lines. Other fences (`sh`, `text`) are for reading only. See docs/testing.md.
"""

import os
import re
import subprocess
from dataclasses import dataclass, field

import pytest

from engine_fixtures import box, engine  # noqa: F401
from harness.runtime import REPOSITORY

DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
DOCUMENTS += [REPOSITORY / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
DOCUMENTS = [document for document in DOCUMENTS if document.exists()]
TIMEOUT = 60


@dataclass
class Example:
    """One command and what it prints."""

    line: int
    command: str
    expected: list = field(default_factory=list)

    def pattern(self):
        lines = [".*" if line.strip() == "…" else re.escape(line.rstrip()).replace("…", "[^\n]*") for line in self.expected]
        return re.compile(r"\n".join(lines), re.DOTALL)


def blocks(text, kind):
    """The fenced blocks of one kind: each a list of numbered lines."""
    found, fence = [], None
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*```(\w*)", line)
        if mark and fence is None:
            fence = mark.group(1)
            if fence == kind:
                found.append([])
        elif mark:
            fence = None
        elif fence == kind:
            found[-1].append((number, line))
    return found


def examples(block):
    found = []
    for number, line in block:
        if line.startswith(("$ ", "# ")):
            found.append(Example(number, line[2:]))
        elif line.startswith("> ") and found and not found[-1].expected:
            found[-1].command += "\n" + line[2:]
        else:
            assert found, f"line {number}: output before the first command"
            found[-1].expected.append(line)
    for example in found:
        while example.expected and not example.expected[-1].strip():
            example.expected.pop()
    return found


def with_examples():
    return [document for document in DOCUMENTS if blocks(document.read_text(), "console")]


def name(document):
    return str(document.relative_to(REPOSITORY))


@pytest.fixture
def shell(scratch, engine):  # noqa: F811
    """A folder in which the fixtures are where a reader at the repository's root has them; what the examples make is in
    roots and in a network of the test's own, so any names will do."""
    (scratch / "rootfs-fixtures").symlink_to(REPOSITORY / "rootfs-fixtures")
    (scratch / "bin").mkdir()
    for program in (REPOSITORY / "bin").iterdir():
        (scratch / "bin" / program.name).symlink_to(program)
    by_hand = scratch / "bin" / "swiftainer-oci"
    by_hand.unlink()
    by_hand.write_text(f'#!/bin/sh\nexec {REPOSITORY}/bin/swiftainer-oci --root {engine.state} "$@"\n')
    by_hand.chmod(0o755)
    environment = {
        **{name: value for name, value in engine.environment.items() if name.startswith("SWIFTAINER_")},
        "PATH": f"{scratch / 'bin'}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(scratch),
        "LC_ALL": "C.UTF-8",
    }
    yield lambda block: run(block, scratch, environment)
    listed = subprocess.run([by_hand, "list", "--quiet"], capture_output=True, text=True, check=True).stdout.split()
    left = [identifier for identifier in listed if identifier not in engine.identifiers()]
    for identifier in left:
        subprocess.run([by_hand, "delete", "--force", identifier], check=True)
    left += made(engine)
    assert not left, f"the examples leave behind: {left}"


def made(engine):  # noqa: F811
    """What the examples have made and not removed. The usual network is made by itself, and stays."""
    ask = lambda *words: engine(*words).succeeded().stdout.split()  # noqa: E731
    return [*ask("ps", "-aq"), *ask("volume", "ls", "-q"), *ask("images", "-q"), *(engine.networks().keys() - {"bridge"})]


def run(block, folder, environment):
    """Runs a block's commands in one shell; what each of them printed."""
    mark = f"--- {os.getpid()} of the test ---"
    script = "".join(f"{example.command}\nprintf '\\n%s\\n' '{mark}'\n" for example in block)
    # Into a file: a payload that outlives its command would keep a pipe open.
    with open(folder / "output", "w+", encoding="utf-8") as output:
        subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
            check=False,
        )
        output.seek(0)
        parts = output.read().split(f"\n{mark}\n")
    return [part.rstrip("\n") for part in parts[: len(block)]]


@pytest.mark.needs("ordinary-machine")
@pytest.mark.parametrize("document", with_examples(), ids=name)
@pytest.mark.timeout(5 * TIMEOUT)
def test_examples(document, shell, runtime):
    if runtime.kind != "swiftainer":
        pytest.skip("the examples are of this project's programs")
    for block in blocks(document.read_text(), "console"):
        block = examples(block)
        printed = shell(block)
        assert len(printed) == len(block), f"{name(document)}:{block[0].line}: the shell ended early"
        for example, output in zip(block, printed):
            output = "\n".join(line.rstrip() for line in output.splitlines())
            if not example.pattern().fullmatch(output):
                expected = "\n".join(example.expected)
                place = f"{name(document)}:{example.line}: $ {example.command}"
                pytest.fail(f"{place}\nprints\n{output}\nand not\n{expected}", pytrace=False)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_and_paths(document):
    """Links lead somewhere, and files of the repository that are named in the text exist."""
    text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
    missing = []
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not (document.parent / target).exists():
            missing.append(target)
    for path in re.findall(r"`((?:Sources|Tests|docs|rootfs-fixtures)/[\w./+-]+)`", text):
        if not (REPOSITORY / path).exists() and "/out/" not in path:
            missing.append(path)
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_named_tests_exist(document):
    """`test_x.py::Class::test`: documents that say how something is tested name the test."""
    missing = []
    for file, *names in re.findall(r"`(test_\w+\.py)((?:::\w+)?)((?:::\w+)?)`", document.read_text()):
        path = REPOSITORY / "Tests/integration" / file
        text = path.read_text() if path.exists() else ""
        for wanted in [one[2:] for one in names if one] or [""]:
            if not re.search(rf"^\s*(?:class|def) {wanted}\b" if wanted else ".", text, re.MULTILINE):
                missing.append((file, wanted))
    assert missing == []
