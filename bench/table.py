"""Samples in, a Markdown table out: medians, ratios, and which goals are met."""

import os
import platform
import statistics
import subprocess

# figure: what is compared with what, as a factor.
GOALS = {
    "run": [("crun", 0.5), ("floor", 2.0)],
    "create+start+delete": [("crun", 0.5)],
    "exec": [("crun", 0.5)],
    "peak memory of create": [("crun", 1.0)],
    "smallest memory limit": [("crun", 1.0)],
}
SUBJECTS = ["swiftainer", "crun", "runc", "floor"]


def spread(values):
    """Half the distance between the quartiles, in parts of the median: how noisy it was."""
    if len(values) < 4:
        return 0.0
    first, median, third = statistics.quantiles(values, n=4)
    return (third - first) / 2 / median if median else 0.0


def text(figures, load_before, load_after):
    lines = [
        machine(),
        f"load average {load_before:.1f} before, {load_after:.1f} after; ± is half the distance of the quartiles",
        "",
        "| figure | " + " | ".join(SUBJECTS) + " | of crun | of floor | goal | met |",
        "|---" * (len(SUBJECTS) + 5) + "|",
    ]
    for figure, entry in figures.items():
        medians = {name: statistics.median(values) for name, values in entry["subjects"].items()}
        name = figure.rsplit(" ", 1)[0]
        cells = [
            f"{medians[subject]:.2f} ±{spread(entry['subjects'][subject]) * 100:.0f}%" if subject in medians else ""
            for subject in SUBJECTS
        ]
        own = medians.get("swiftainer")
        ratios = {
            other: own / medians[other] for other in ("crun", "floor") if own is not None and medians.get(other)
        }
        goals = [(other, factor) for other, factor in GOALS.get(name, []) if other in ratios]
        lines.append(
            f"| {figure} ({entry['unit']}) | " + " | ".join(cells) + " | "
            + " | ".join(f"{ratios[other]:.2f}" if other in ratios else "" for other in ("crun", "floor"))
            + " | " + ", ".join(f"≤ {factor:g} × {other}" for other, factor in goals)
            + " | " + ", ".join("yes" if ratios[other] <= factor else "no" for other, factor in goals) + " |")
    return "\n".join(lines)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    versions = [
        subprocess.run([name, "--version"], capture_output=True, text=True, check=False).stdout.splitlines()[0]
        for name in ("crun", "runc")
    ]
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}; {', '.join(versions)}"
