"""A few seconds of each fuzz target; `make fuzz` gives them a minute."""

import subprocess

import pytest

from harness.runtime import REPOSITORY


@pytest.mark.needs("ordinary-machine", "swiftainer")
@pytest.mark.timeout(600)
def test_the_fuzz_targets_find_nothing():
    # Built first where they are missing or stale, which takes the longest.
    ended = subprocess.run([REPOSITORY / "fuzz" / "run.sh", "5"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for target in ("plan_decoder", "spec_decoder", "log_record", "name_message"):
        assert f"fuzzing {target} for 5 s" in ended.stdout
    # The targets did search.
    counts = [int(line.split()[1]) for line in ended.stdout.splitlines() if line.startswith("stat::number_of_executed")]
    assert len(counts) == 4 and min(counts) > 100, ended.stdout
