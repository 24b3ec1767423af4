# SPDX-License-Identifier: Apache-2.0
"""What came of each mutation the last time, and the page that tells it."""

import json
import time

from mutation import PROJECT, Mutation

_FILE = PROJECT / "conformance/.results/mutate/results.json"
_PAGE = PROJECT / "docs/mutations.md"

_HEAD = """# Mutations

Ways to break the sources, each of which a user would notice, and the tests that notice it. `make mutate`
tries them all; they are kept in `conformance/mutate/mutations`, a file for each module.
"""


class Record:
    """Results by the mutation's name; one of a mutation that was changed since counts for nothing."""

    def __init__(self):
        self.results = json.loads(_FILE.read_text()) if _FILE.is_file() else {}

    def verdict(self, mutation: Mutation) -> str:
        result = self.results.get(mutation.name, {})
        return result["verdict"] if result.get("digest") == mutation.digest else "unknown"

    def knows(self, mutation: Mutation) -> bool:
        return self.verdict(mutation) == "killed"

    def note(self, mutation: Mutation, verdict: str, detail: str) -> None:
        self.results[mutation.name] = {"digest": mutation.digest, "verdict": verdict, "detail": detail,
                                       "date": time.strftime("%Y-%m-%d")}
        _FILE.parent.mkdir(parents=True, exist_ok=True)
        _FILE.write_text(json.dumps(self.results, indent=1, sort_keys=True) + "\n")

    def write(self, mutations: list[Mutation]) -> None:
        """Writes docs/mutations.md."""
        verdicts = {mutation.name: self.verdict(mutation) for mutation in mutations}
        count = list(verdicts.values()).count
        lines = [_HEAD, f"Last result: {count('killed')} of {len(mutations)} are killed, {count('survived')}"
                 f" survive, {len(mutations) - count('killed') - count('survived')} have not been tried.\n"]
        left = [mutation for mutation in mutations if verdicts[mutation.name] == "survived"]
        if left:
            lines.append("## Survivors\n\n| mutation | would break | why it survives |\n|---|---|---|")
            lines += [f"| `{m.name}` | {m.breaks} | {m.explained or '**not explained yet**'} |" for m in left]
            lines.append("")
        for module in dict.fromkeys(mutation.module for mutation in mutations):
            lines.append(f"## {module}\n\n| mutation | would break | noticed by |\n|---|---|---|")
            for m in [m for m in mutations if m.module == module]:
                verdict = verdicts[m.name]
                seen = f"`{self.results[m.name]['detail']}`" if verdict == "killed" else f"*{verdict}*"
                lines.append(f"| `{m.name}` | {m.breaks} | {seen} |".replace("*unknown*", "*not tried*"))
            lines.append("")
        _PAGE.write_text("\n".join(lines).rstrip() + "\n")
