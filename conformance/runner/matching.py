# SPDX-License-Identifier: Apache-2.0
"""Compares what was seen with what a case expects; expectations list only what matters.

    "text"            exactly this text; ${name} in it binds once and must then agree everywhere
    "~regex"          a text in which the regex is found; (?P<name>…) binds like ${name}
    {"key": …}        an object with at least these keys
    […]               a list with exactly these elements, in order
    {"$absent": true} the key is not there     {"$not": x}         does not match x
    {"$contains": […]} a list with these       {"$lacks": […]}     a list with none of these
    {"$count": n}     a list or object of n    {"$anyOf": [x, y]}  matches one of them
    {"$exactly": x}   equal to x, nothing more
"""

from __future__ import annotations

import json
import re
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_.\-/]+)\}")
_MISSING = object()


class Bindings(dict[str, Any]):
    """What the placeholders stand for."""

    def fill(self, value: Any) -> Any:
        """Returns `value` with every bound placeholder replaced; an unbound one is an error."""
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        whole = _PLACEHOLDER.fullmatch(value)
        if whole:
            return self._bound(whole[1])
        return _PLACEHOLDER.sub(lambda found: str(self._bound(found[1])), value)

    def _bound(self, name: str) -> Any:
        if name not in self:
            raise KeyError(f"'${{{name}}}' is not bound yet")
        return self[name]

    def problems(self, expected: Any, actual: Any, path: str = "") -> list[str]:
        """Returns how `actual` differs from `expected`; binds placeholders on the way."""
        if isinstance(expected, dict):
            operators = [key for key in expected if key.startswith("$") and key[1:2] != "{"]
            if operators:
                return [problem for key in operators
                        for problem in self._apply(key, expected[key], actual, path)]
            return self._object(expected, actual, path)
        if actual is _MISSING:
            return [f"{path}: missing, expected {_show(expected)}"]
        if isinstance(expected, list):
            return self._list(expected, actual, path)
        if isinstance(expected, str):
            return self._text(expected, actual, path)
        if type(expected) is not type(actual) or expected != actual:
            return [f"{path}: {_show(actual)}, expected {_show(expected)}"]
        return []

    def matches(self, expected: Any, actual: Any) -> bool:
        """Says whether they match; binds only if they do."""
        attempt = Bindings(self)
        if attempt.problems(expected, actual):
            return False
        self.update(attempt)
        return True

    def _object(self, expected: dict[str, Any], actual: Any, path: str) -> list[str]:
        if not isinstance(actual, dict):
            shown = "missing" if actual is _MISSING else _show(actual)
            return [f"{path}: {shown}, expected an object"]
        return [problem for key, value in expected.items()
                for problem in self.problems(
                    value, actual.get(self.fill(key), _MISSING), f"{path}.{self.fill(key)}")]

    def _list(self, expected: list[Any], actual: Any, path: str) -> list[str]:
        if not isinstance(actual, list) or len(actual) != len(expected):
            return [f"{path}: {_show(actual)}, expected {_show(expected)}"]
        return [problem for index, (wanted, seen) in enumerate(zip(expected, actual))
                for problem in self.problems(wanted, seen, f"{path}[{index}]")]

    def _text(self, expected: str, actual: Any, path: str) -> list[str]:
        whole = _PLACEHOLDER.fullmatch(expected)
        if whole:
            known = self.setdefault(whole[1], actual)
            if known == actual:
                return []
            return [f"{path}: {_show(actual)}, but {expected} is {_show(known)}"]
        if not expected.startswith("~") and "${" not in expected:
            return [] if expected == actual else [
                f"{path}: {_show(actual)}, expected {_show(expected)}"]
        if not isinstance(actual, str):
            return [f"{path}: {_show(actual)}, expected {_show(expected)}"]
        pattern, groups = self._pattern(expected)
        found = re.search(pattern, actual, re.DOTALL)
        if not found:
            return [f"{path}: {_show(actual)}, expected {_show(expected)}"]
        return [problem for group, text in found.groupdict().items()
                for problem in self._text(f"${{{groups.get(group, group)}}}", text, path)]

    def _pattern(self, expected: str) -> tuple[str, dict[str, str]]:
        """Returns the regex for a text with placeholders, and the placeholder of each group."""
        is_regex = expected.startswith("~")
        groups: dict[str, str] = {}
        pieces = []
        end = 0
        text = expected[1:] if is_regex else expected
        for found in _PLACEHOLDER.finditer(text):
            literal = text[end:found.start()]
            pieces.append(literal if is_regex else re.escape(literal))
            name = found[1]
            if name in self:
                pieces.append(re.escape(str(self[name])))
            else:
                group = f"placeholder{len(groups)}"
                groups[group] = name
                pieces.append(f"(?P<{group}>.+?)")
            end = found.end()
        pieces.append(text[end:] if is_regex else re.escape(text[end:]))
        pattern = "".join(pieces)
        return (pattern if is_regex else rf"\A{pattern}\Z"), groups

    def _apply(self, operator: str, operand: Any, actual: Any, path: str) -> list[str]:
        if operator == "$absent":
            return [] if actual is _MISSING else [f"{path}: {_show(actual)}, expected none"]
        if actual is _MISSING:
            return [f"{path}: missing, expected {operator} {_show(operand)}"]
        if operator == "$not":
            met = Bindings(self).matches(operand, actual)
            return [f"{path}: {_show(actual)}, expected anything else"] if met else []
        if operator == "$anyOf":
            met = any(self.matches(choice, actual) for choice in operand)
            return [] if met else [f"{path}: {_show(actual)}, expected one of {_show(operand)}"]
        if operator == "$exactly":
            met = self.fill(operand) == actual
            return [] if met else [f"{path}: {_show(actual)}, expected only {_show(operand)}"]
        if operator == "$count":
            met = isinstance(actual, (list, dict)) and len(actual) == operand
            return [] if met else [f"{path}: {_show(actual)}, expected {operand} of them"]
        if operator == "$contains":
            return [f"{path}: {_show(actual)}, expected {_show(item)} among them"
                    for item in operand if not any(self.matches(item, seen) for seen in actual)]
        if operator == "$lacks":
            return [f"{path}: has {_show(seen)}, expected none like {_show(item)}"
                    for item in operand for seen in actual if Bindings(self).matches(item, seen)]
        raise ValueError(f"unknown operator '{operator}'")


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 600 else text[:600] + "…"
