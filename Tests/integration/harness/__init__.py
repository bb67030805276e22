"""Drives an OCI runtime from outside, as an engine does, and says what it left behind."""
