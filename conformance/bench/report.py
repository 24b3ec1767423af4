# SPDX-License-Identifier: Apache-2.0
"""The results as a table for people and as a document for programs."""

import dataclasses
import math
import os
import platform

import measurements
from figures import Figure
from measurements import Results
from peers import GO_VERSION, Pair

_HEAD = ("", "unit", "ours", "best", "other", "best", "ratio", "best", "pairs", "target")
_WIDTHS = (46, 18, 9, 9, 9, 9, 7, 7, 7, 0)


def document(results: Results, pair: Pair, runs: int) -> dict:
    """Returns everything that was measured, every sample included."""
    return {
        "machine": _machine(),
        "peers": {"ours": pair.ours.program.name, "go": f"bridge {GO_VERSION}"},
        "runs": runs,
        "measurements": {
            name: [_entry(figure) for figure in figures] for name, figures in results.items()
        },
    }


def _machine() -> dict:
    return {
        "kernel": platform.release(),
        "processors": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
    }


def _entry(figure: Figure) -> dict:
    entry = dataclasses.asdict(figure) | {
        "median": figure.median(),
        "best": figure.best(),
        "ratio": figure.ratio(),
        "bestRatio": figure.best_ratio(),
        "pairwiseRatio": figure.pairwise_ratio(),
    }
    if figure.target:
        entry["isReached"] = figure.target.is_reached(figure.ratio())
    return entry


def text(results: Results, pair: Pair, runs: int) -> str:
    machine = _machine()
    lines = [
        f"ours against the Go bridge plugin {GO_VERSION} by turns, {runs} pairs; kernel"
        f" {machine['kernel']}, {machine['processors']} processors, load {machine['load']:.1f}",
        "medians; best: minimum of times, maximum of rates; ratio: ours to other, of medians, of"
        " bests, median of pairs",
    ]
    for name, figures in results.items():
        lines += ["", measurements.ALL[name].about, _row(_HEAD)]
        lines += [_row(_cells(figure)) for figure in figures]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cells(figure: Figure) -> tuple[str, ...]:
    (ours, theirs), (our_best, their_best) = figure.median(), figure.best()
    verdict = ""
    if figure.target:
        reached = "reached" if figure.target.is_reached(figure.ratio()) else "MISSED"
        verdict = f"{figure.target} {reached}"
    numbers = (ours, our_best, theirs, their_best)
    ratios = (figure.ratio(), figure.best_ratio(), figure.pairwise_ratio())
    title = figure.title if figure.other == "go" else f"{figure.title}, to {figure.other}"
    return (title, figure.unit, *map(_number, numbers), *map(_ratio, ratios), verdict)


def _number(value: float) -> str:
    return f"{value:.0f}" if isinstance(value, int) or value >= 1000 else f"{value:.2f}"


def _ratio(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _row(cells: tuple[str, ...]) -> str:
    left = [f"{cell:<{width}}" for cell, width in zip(cells[:2], _WIDTHS)]
    right = [f"{cell:>{width}}" for cell, width in zip(cells[2:-1], _WIDTHS[2:])]
    return "".join(left + right) + "  " + cells[-1]
