"""Several guests' JUnit files made one."""

import xml.etree.ElementTree as tree

from machine import numbered


def merge(file, guests):
    """FILE-1.xml and so on become FILE.xml; their suites stand in it one after the other."""
    suites = tree.Element("testsuites")
    for number in range(1, guests + 1):
        part = numbered(file, number)
        if part.exists():
            root = tree.parse(part).getroot()
            suites.extend([root] if root.tag == "testsuite" else list(root))
            part.unlink()
    tree.ElementTree(suites).write(file, encoding="utf-8", xml_declaration=True)
