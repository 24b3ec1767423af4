# SPDX-License-Identifier: Apache-2.0
"""Counts what passed, failed and was skipped."""


class Report:
    """The outcome of every check so far."""

    def __init__(self, verbose=False, strict=False):
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.verbose = verbose
        self.strict = strict

    def expect(self, name, found, wanted):
        """Compares; says only what differs unless all is wanted."""
        if found == wanted:
            self.passed += 1
            if self.verbose:
                print(f"ok    {name}")
        else:
            self.failed += 1
            print(f"FAIL  {name}\n      wanted {wanted}\n      found  {found}")

    def skip(self, name, why):
        """Says what could not be tried."""
        self.skipped += 1
        print(f"skip  {name}: {why}")

    def close(self):
        """Prints the closing line; returns the exit status."""
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or (self.strict and self.skipped) else 0
