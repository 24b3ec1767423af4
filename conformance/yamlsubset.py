# SPDX-License-Identifier: Apache-2.0
"""Reads the part of YAML that examples/ is written in, strictly; anything else is an error.

That part: block mappings and sequences indented by two, plain and double-quoted scalars (all read
as text), literal blocks ("|") and comments on lines of their own.
"""

import json
import re

KEY = re.compile(r'("[^"]*"|[^\s:#"-][^:#"]*):(?: (.*))?$')


class SyntaxFault(Exception):
    """What is wrong, and in which line."""


class _Lines:
    def __init__(self, text):
        self.lines = list(enumerate(text.splitlines(), 1))
        self.at = 0

    def peek(self):
        """Returns the indentation and content of the next line that has any, or None."""
        while self.at < len(self.lines):
            number, line = self.lines[self.at]
            content = line.lstrip(" ")
            if content and not content.startswith("#"):
                if "\t" in line or line != line.rstrip():
                    raise SyntaxFault(f"line {number}: tab or blanks at its end")
                return len(line) - len(content), content
            self.at += 1
        return None

    def fault(self, reason):
        return SyntaxFault(f"line {self.lines[min(self.at, len(self.lines) - 1)][0]}: {reason}")

    def literal(self, indent):
        """Takes a literal block deeper than indent."""
        taken = []
        while self.at < len(self.lines):
            line = self.lines[self.at][1]
            if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
                break
            taken.append(line[indent + 2 :])
            self.at += 1
        return "\n".join(taken).rstrip("\n") + "\n"


def load(text):
    """Returns the one document as dictionaries, lists and texts."""
    lines = _Lines(text)
    value = _node(lines, 0)
    if lines.peek() is not None:
        raise lines.fault("not where it can be")
    return value


def _node(lines, indent):
    found = lines.peek()
    if found is None or found[0] != indent:
        raise lines.fault(f"a value indented by {indent} is expected")
    return _sequence(lines, indent) if found[1].startswith("- ") else _mapping(lines, indent)


def _sequence(lines, indent):
    items = []
    while (found := lines.peek()) and found[0] == indent and found[1].startswith("- "):
        rest = found[1][2:]
        if KEY.match(rest):
            # The item's first key stands on the dash's line: read it as if on a line of its own.
            number, _ = lines.lines[lines.at]
            lines.lines[lines.at] = (number, " " * (indent + 2) + rest)
            items.append(_mapping(lines, indent + 2))
        else:
            lines.at += 1
            items.append(_scalar(lines, rest))
    return items


def _mapping(lines, indent):
    mapping = {}
    while (found := lines.peek()) and found[0] == indent and not found[1].startswith("- "):
        match = KEY.match(found[1])
        if not match:
            raise lines.fault("neither 'key: value' nor '- item'")
        key, rest = match[1].strip('"'), match[2]
        if key in mapping:
            raise lines.fault(f"'{key}' is there twice")
        lines.at += 1
        if rest == "|":
            mapping[key] = lines.literal(indent)
        elif rest is not None:
            mapping[key] = _scalar(lines, rest)
        else:
            mapping[key] = _node(lines, indent + 2)
    return mapping


def _scalar(lines, text):
    if text == "{}":
        return {}
    if text.startswith('"'):
        return json.loads(text)
    if text[0] in "[{&*!|>'%@`" or ": " in text or " #" in text:
        raise lines.fault(f"'{text}' is not in the subset")
    return text
