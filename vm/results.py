"""The files that guests bring out, and several guests' JUnit files made one."""

import xml.etree.ElementTree as tree
from pathlib import Path

from relay import say


def numbered(file, number):
    """out/junit.xml becomes out/junit-2.xml."""
    path = Path(file)
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def forget(file, guests):
    """Removes the JUnit files of an earlier run: one that does not come to its report must not be taken for that one."""
    for path in (Path(file), *(numbered(file, number) for number in range(1, guests + 1))):
        path.unlink(missing_ok=True)


def merge(file, guests):
    """FILE-1.xml and so on become FILE.xml; their suites stand in it one after the other."""
    suites = tree.Element("testsuites")
    found = False
    for number in range(1, guests + 1):
        part = numbered(file, number)
        if not part.exists():
            continue
        try:
            root = tree.parse(part).getroot()
        except tree.ParseError as error:
            say(f"{part} is no JUnit file, and stays beside {file}: {error}")
            continue
        found = True
        suites.extend([root] if root.tag == "testsuite" else list(root))
        part.unlink()
    # None at all would pass for one without failures.
    if found:
        tree.ElementTree(suites).write(file, encoding="utf-8", xml_declaration=True)
