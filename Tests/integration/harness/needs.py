"""Features that a runtime or this machine may lack, and why a test is then skipped.

Each function answers with the reason, or None where the feature is there. swiftainer is never excused for
what the specification asks of it: only the machine is.
"""

import os
from pathlib import Path

from . import host

_features = {}


def feature(function):
    _features[function.__name__.replace("_", "-")] = function
    return function


def reason(name, runtime):
    """Why the feature is missing, or None."""
    return _features[name](runtime)


def lacks(runtime, kind, what):
    if runtime.kind == kind:
        return f"{kind} {runtime.version} {what}"
    return None


def controller(name):
    return None if host.has_controller(name) else f"this machine has no {name} controller"


@feature
def memory(runtime):
    return controller("memory")


@feature
def cpu(runtime):
    return controller("cpu")


@feature
def cpuset(runtime):
    return controller("cpuset")


@feature
def pids(runtime):
    return controller("pids")


@feature
def sys_resource(runtime):
    return None if host.has_capability(24) else "the tests run without CAP_SYS_RESOURCE"


@feature
def swiftainer(runtime):
    return None if runtime.kind == "swiftainer" else f"{runtime.kind} words or does this differently"


@feature
def run_keep(runtime):
    return lacks(runtime, "runc", "has no run --keep") if runtime.version < "1.2" else None
