# SPDX-License-Identifier: Apache-2.0
"""The copy of the tree that mutations are applied to, built and tested."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import guard
from mutation import PROJECT, Mutation, Test

# Nothing of the machine is in sight of a mutant: neither its networks nor its processes. The shell stays
# the first process, which the kernel shields from signals. All ends with this program.
APART = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c",
         'mount -t tmpfs tmpfs /run && mkdir /run/netns && ip link set lo up && "$@"; exit $?', "sh"]

_COUNTS = [
    re.compile(r"^(?:[a-z-]+: )?(?P<passed>\d+) passed, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped$", re.M),
    re.compile(r"Test run with (?P<passed>\d+) tests?.* passed after"),
]


# Nobody looks at a mutant in a debugger.
_BUILD = ["swift", "build", "--build-tests", "-debug-info-format", "none"]


class BuildFailed(Exception):
    pass


@dataclass(frozen=True)
class Outcome:
    """What came of tests: passed, failed, or none ran."""

    verdict: str
    seconds: float


class Tree:
    """A copy of what git would commit with every mutation in it, kept with its build from run to run."""

    def __init__(self):
        self.root = PROJECT / ".build/mutate"
        self.chosen: Mutation | None = None
        self.root.mkdir(parents=True, exist_ok=True)
        # Two runs on one copy would see each other's mutants.
        self.lock = open(f"{self.root}.lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("mutate: another run is at work on this copy") from None

    def build(self, mutations: list[Mutation]) -> dict[Mutation, str]:
        """Builds with all of these but those that it returns, with the reason."""
        parser = guard.Parser(self.root.with_suffix(".places.json"))
        broken: dict[Mutation, str] = {}
        while True:
            guarded = guard.guard(PROJECT, [m for m in mutations if m not in broken], parser)
            parser.keep()
            self._place_all({file: made.text for file, made in guarded.items()})
            done = subprocess.run(_BUILD, cwd=self.root, check=False, capture_output=True, text=True)
            if not done.returncode:
                break
            said = re.findall(rf"^{self.root}/(.*?):(\d+):\d+: error: (.*)", done.stdout + done.stderr, re.M)
            found = {mutation: text for file, line, text in said if file in guarded
                     for mutation, lines in guarded[file].lines.items() if int(line) in lines}
            if not found:
                raise BuildFailed("\n".join(map(": ".join, said)) or done.stdout + done.stderr)
            broken |= found
            print(f"built again without {', '.join(mutation.name for mutation in found)}", flush=True)
        outside = "it changes more than one function or value"
        return broken | {m: outside for m in mutations if m not in broken and m not in guarded[m.file].lines}

    def choose(self, mutation: Mutation | None) -> None:
        """Puts a mutation into force, or none."""
        self.chosen = mutation
        number = (mutation.number if mutation else 0).to_bytes(4, "little")
        for path in sorted(self.root.glob(".build/debug/*")):
            image = path.read_bytes() if path.is_file() and os.access(path, os.X_OK) else b""
            if (mark := image.find(guard.MARK)) >= 0:
                at = mark + len(guard.MARK) + 1
                # Not in place: a file that is executed cannot be written.
                new = path.with_suffix(".new")
                new.write_bytes(image[:at] + number + image[at + len(number):])
                shutil.copymode(path, new)
                new.replace(path)

    def _place_all(self, guarded: dict[str, bytes]) -> None:
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                cwd=PROJECT, capture_output=True, text=True, check=True).stdout
        names = {name for name in listed.split("\0") if name and (PROJECT / name).is_file()}
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name not in (".build", ".cache")]
            for path in (Path(folder) / name for name in files):
                if str(path.relative_to(self.root)) not in names | guard.MODULE.keys():
                    path.unlink()
        for name in names:
            self._place(name, guarded.get(name) or (PROJECT / name).read_bytes())
        for name, text in guard.MODULE.items():
            self._place(name, text.encode())
        # A mutant may leave a variable unused.
        manifest = guard.manifest((PROJECT / "Package.swift").read_text())
        self._place("Package.swift", manifest.replace("  .treatAllWarnings(as: .error),\n", "").encode())
        cache = self.root / "conformance/.cache"
        if not cache.exists():
            cache.symlink_to(PROJECT / "conformance/.cache")

    def _place(self, name: str, content: bytes) -> None:
        """Writes a file unless it is so already: the build goes by times."""
        path = self.root / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if (PROJECT / name).is_file():
            shutil.copymode(PROJECT / name, path)

    def command(self, test: Test) -> list[str]:
        lab = ["conformance/lab/run", "--timeout", "1500", "--"]
        cases = ["conformance/run", "--newest", "--plugin-dir", ".build/debug", "--filter", test.choice]
        match test.ring:
            case "unit":
                # What `swift test --skip-build` runs, without the half minute that it takes on a busy machine.
                return [".build/debug/cnv-cniPackageTests.xctest", "--testing-library", "swift-testing",
                        "--filter", rf"^{test.choice}[./]"]
            case "case":
                return cases
            case "lab":
                return [*lab, *cases, "--patience", "6"]
            case "adversary":
                return ["conformance/adversary/run", "-n", "2", "--seed", "1", "--plugin-dir", ".build/debug",
                        "-k", test.choice]
            case "masquerade":
                return ["conformance/pytest", "masquerade", "--plugin-dir", ".build/debug",
                        "--only", test.choice]
            case "sriov":
                return [*lab, "conformance/sriov/run", "--plugin", ".build/debug/sriov", f"^{test.choice}"]
        raise SystemExit(f"mutate: there is no ring '{test.ring}'")

    def run(self, test: Test, patience: float = 1800) -> Outcome:
        """Runs tests; those that take longer than the patience fail."""
        start = time.monotonic()
        process = subprocess.Popen([*APART, *self.command(test)], cwd=self.root, text=True,
                                   errors="replace", stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True,
                                   env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
        try:
            output, _ = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Outcome("failed", time.monotonic() - start)
        self._keep(test, output)
        seconds = time.monotonic() - start
        if process.returncode:
            return Outcome("failed", seconds)
        counts = [match for pattern in _COUNTS for match in pattern.finditer(output)]
        return Outcome("passed" if counts and int(counts[-1]["passed"]) else "none ran", seconds)

    def _keep(self, test: Test, output: str) -> None:
        folder = PROJECT / "conformance/.results/mutate"
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9]+", "-", "-".join([str(test), self.chosen.name if self.chosen else ""]))
        (folder / f"{name[:120]}.log").write_text(output)
