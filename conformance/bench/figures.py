# SPDX-License-Identifier: Apache-2.0
"""What is measured: figures of two sides, sampled by turns."""

import statistics
import time
from dataclasses import dataclass, field
from typing import Callable, Iterator


@dataclass(frozen=True)
class Target:
    """What the ratio of ours to the other must reach."""

    limit: float
    more_is_better: bool = False

    def is_reached(self, ratio: float) -> bool:
        return ratio >= self.limit if self.more_is_better else ratio <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.more_is_better else '<='} {self.limit:.2f}"


@dataclass
class Figure:
    """One quantity of ours and of another side, in pairs taken next to each other."""

    title: str
    unit: str
    other: str = "go"
    more_is_better: bool = False
    target: Target | None = None
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def add(self, ours: float, theirs: float) -> None:
        self.ours.append(ours)
        self.theirs.append(theirs)

    def median(self) -> tuple[float, float]:
        return statistics.median(self.ours), statistics.median(self.theirs)

    def best(self) -> tuple[float, float]:
        """Returns what noise spoils least: minima of durations, maxima of rates."""
        pick = max if self.more_is_better else min
        return pick(self.ours), pick(self.theirs)

    def ratio(self) -> float:
        """Returns the ratio of the medians, by which the target is judged."""
        ours, theirs = self.median()
        return ours / theirs if theirs else float("nan")

    def best_ratio(self) -> float:
        ours, theirs = self.best()
        return ours / theirs if theirs else float("nan")

    def pairwise_ratio(self) -> float:
        """Returns the median of each pair's ratio: a slow change of the machine cancels out."""
        pairs = zip(self.ours, self.theirs)
        return statistics.median(a / b if b else float("nan") for a, b in pairs)


def by_turns(runs: int, *sides: Callable[[], object]) -> Iterator[tuple]:
    """Runs every side once per turn, forwards and backwards by turns, after one turn to warm up."""
    for side in sides:
        side()
    for turn in range(runs):
        order = range(len(sides)) if turn % 2 == 0 else reversed(range(len(sides)))
        done = {}
        for index in order:
            # What one leaves to the kernel to do later must not be the next one's time.
            time.sleep(0.02)
            done[index] = sides[index]()
        yield tuple(done[index] for index in range(len(sides)))
