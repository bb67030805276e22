"""What a payload prints: the probe's JSON lines, as they come."""

import json
import os
import select
import time

from .wait import PATIENCE


def records(text):
    """The probe's records among the lines of a text."""
    return [json.loads(line) for line in text.splitlines() if line.startswith('{"probe"')]


def pick(found, name, index=0):
    matching = [record for record in found if record["probe"] == name]
    if len(matching) <= index:
        raise AssertionError(f"no record {name!r} (number {index}) in {found}")
    return matching[index]


class Output:
    """The read end of a payload's standard output."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.seen = ""
        self.taken = 0  # how much of `seen` was handed out by `record`
        self.ended = False

    def fill(self, deadline):
        """Reads once; false at the end of the stream."""
        if self.ended:
            return False
        left = max(0, deadline - time.monotonic())
        if not select.select([self.descriptor], [], [], left)[0]:
            raise AssertionError(f"the payload said nothing more; so far: {self.seen!r}")
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:  # EIO: the other side of a pty is gone
            data = b""
        if not data:
            self.ended = True
            return False
        self.seen += data.decode(errors="surrogateescape")
        return True

    def line(self, timeout=PATIENCE):
        """The next whole line."""
        deadline = time.monotonic() + timeout
        while "\n" not in self.seen[self.taken :]:
            if not self.fill(deadline):
                raise AssertionError(f"the stream ended; it said: {self.seen!r}")
        end = self.seen.index("\n", self.taken) + 1
        text = self.seen[self.taken : end]
        self.taken = end
        return text.rstrip("\r\n")

    def record(self, name, timeout=PATIENCE):
        """The next record of that name; those before it are passed over."""
        while True:
            _, mark, text = self.line(timeout).partition('{"probe"')  # a terminal may echo before it
            if mark:
                record = json.loads(mark + text)
                if record["probe"] == name:
                    return record

    def rest(self, timeout=PATIENCE):
        """Everything until the stream ends."""
        deadline = time.monotonic() + timeout
        while self.fill(deadline):
            pass
        text = self.seen[self.taken :]
        self.taken = len(self.seen)
        return text

    def close(self):
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
