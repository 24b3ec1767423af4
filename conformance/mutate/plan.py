# SPDX-License-Identifier: Apache-2.0
"""Which mutations may share a build: those of which no test reaches the others' modules."""

from mutation import Mutation, Test

# A build with many mutations is seldom made again when one of them does not compile.
LARGEST = 6

# The module that tests of whole executables are about.
SUBJECTS = {"case": "cnv-bridge", "lab": "cnv-bridge", "masquerade": "masquerade", "sriov": "sriov"}


class Modules:
    """The modules of the package, where they are and what they import."""

    def __init__(self, package: dict):
        self.paths, self.imports = {}, {}
        for target in package["targets"]:
            name = target["name"]
            self.paths[name] = target.get("path") or f"Tests/{name}"
            self.imports[name] = [dependency["byName"][0] for dependency in target["dependencies"]
                                  if "byName" in dependency]

    def of(self, file: str) -> str:
        return next(name for name, path in self.paths.items() if file.startswith(path + "/"))

    def closure(self, name: str) -> set[str]:
        found, rest = set(), [name]
        while rest:
            if (name := rest.pop()) not in found:
                found.add(name)
                rest += self.imports.get(name, [])
        return found

    def reach(self, test: Test) -> set[str]:
        """The modules whose mutations a test can see."""
        if test.ring == "unit":
            return self.closure(test.choice)
        if test.ring in SUBJECTS:
            return self.closure(SUBJECTS[test.ring])
        return set(self.paths)


def batches(mutations: list[Mutation], modules: Modules) -> list[list[Mutation]]:
    """Puts each into the first build where it neither sees nor is seen.

    Unit tests come first, and builds that tell the most.
    """
    def is_unit(mutation):
        return all(test.ring == "unit" for test in mutation.tests)

    def is_apart(one, other):
        return not any(modules.of(one.file) in modules.reach(test) for test in other.tests)

    made: list[list[Mutation]] = []
    for mutation in sorted(mutations, key=lambda mutation: not is_unit(mutation)):
        for batch in made:
            if len(batch) < LARGEST and is_unit(batch[0]) == is_unit(mutation) and all(
                    is_apart(mutation, other) and is_apart(other, mutation) for other in batch):
                batch.append(mutation)
                break
        else:
            made.append([mutation])
    return sorted(made, key=lambda batch: (not is_unit(batch[0]), -len(batch)))
