"""How swiftainer-vm itself fails."""


class Failure(Exception):
    """Something that keeps the machine from running the command; its text is one line for the person at the terminal."""
