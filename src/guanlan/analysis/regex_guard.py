"""Which regular expressions a theme may hold: only those whose worst case is known beforehand.

Python's ``re`` backtracks, so one careless pattern can hold a worker for hours. A pattern is read
here character by character and its number of paths is bounded: every quantifier, alternation and
optional part multiplies it. Patterns with more than ``MAX_PATHS`` paths are refused, and so is a
quantifier on a group that itself holds a choice, the classical catastrophe ``(a+)+``.

A text is searched as far as the work stays bounded (``reach``): the more paths, the shorter the piece. So
the guard is a budget of steps, not a clock: the same text gives the same answer on every machine.

Open quantifiers are closed: ``*`` is read as ``{0,32}`` and ``+`` as ``{1,32}``. Look-around,
back-references and inline flags are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from guanlan.analysis.errors import ExpressionError

#: A theme's pattern names a turn of phrase; longer ones were always lists, which terms do better.
MAX_PATTERN = 200
#: Paths from one start.
MAX_PATHS = 2000
#: Steps of one search; fewer paths reach farther. 2,000 paths over 2,000 characters are some hundredths of a second.
MAX_STEPS = 4_000_000
#: No pattern is searched farther than this, however cheap.
MAX_REACH = 20_000
#: What ``*`` and ``+`` are closed at: about one clause of Chinese.
OPEN_REPEAT = 32

_BRACES = re.compile(r"\{(\d*)(,?)(\d*)\}")


@dataclass(frozen=True, slots=True)
class Guarded:
    """A pattern that may be used. ``reach``: characters from the start of a text that are searched."""

    compiled: re.Pattern[str]
    paths: int

    @property
    def reach(self) -> int:
        return max(min(MAX_REACH, MAX_STEPS // self.paths), MAX_PATTERN)

    def search(self, text: str) -> re.Match[str] | None:
        """The first find within reach."""
        return self.compiled.search(text, 0, self.reach)


@dataclass(slots=True)
class _Scan:
    """State of reading one pattern: ``out`` is the rewritten one."""

    pattern: str
    base: int
    at: int
    out: list[str]
    paths: int
    open_groups: list[int]  # paths when each open group began
    choice: bool  # the item just read is a group that holds a choice


def guarded(pattern: str, position: int) -> re.Pattern[str]:
    """``guard`` without its bounds: the compiled pattern alone."""
    return guard(pattern, position).compiled


def guard(pattern: str, position: int) -> Guarded:
    """Compile ``pattern`` if its worst case is bounded.

    ``position`` is where the pattern starts in the expression. Raises ExpressionError with code
    ``regex_too_long``, ``regex_refused``, ``regex_nested``, ``regex_too_wide`` or ``regex_broken``.
    """
    if len(pattern) > MAX_PATTERN:
        raise ExpressionError("regex_too_long", position, pattern[:20])
    scan = _Scan(pattern, position, 0, [], 1, [], False)
    while scan.at < len(pattern):
        _step(scan)
    if scan.paths > MAX_PATHS:
        raise ExpressionError("regex_too_wide", position, pattern)
    try:
        compiled = re.compile("".join(scan.out), re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ExpressionError("regex_broken", position, str(error)) from error
    if compiled.match(""):
        raise ExpressionError("regex_empty", position, pattern)
    return Guarded(compiled, max(1, scan.paths))


def _step(scan: _Scan) -> None:
    mark = scan.pattern[scan.at]
    if mark == "\\":
        _escape(scan)
    elif mark == "[":
        _char_class(scan)
    elif mark == "(":
        _open(scan)
    elif mark == ")":
        _close(scan)
    elif mark in "*+?{":
        _quantifier(scan)
    else:
        if mark == "|":
            scan.paths += max(1, scan.open_groups[-1] if scan.open_groups else 1)
        _copy(scan, 1)


def _copy(scan: _Scan, count: int) -> None:
    scan.out.append(scan.pattern[scan.at : scan.at + count])
    scan.at += count
    scan.choice = False


def _refuse(scan: _Scan, code: str) -> ExpressionError:
    return ExpressionError(code, scan.base + scan.at, scan.pattern[scan.at : scan.at + 10])


def _escape(scan: _Scan) -> None:
    following = scan.pattern[scan.at + 1 : scan.at + 2]
    if following.isdigit() or following in ("g", "k"):
        raise _refuse(scan, "regex_refused")
    _copy(scan, 2)


def _char_class(scan: _Scan) -> None:
    at = scan.at + 1
    if scan.pattern[at : at + 1] == "^":
        at += 1
    at += 1  # a bracket in first place is an ordinary character
    while at < len(scan.pattern) and scan.pattern[at] != "]":
        at += 2 if scan.pattern[at] == "\\" else 1
    if at >= len(scan.pattern):
        raise _refuse(scan, "regex_broken")
    _copy(scan, at + 1 - scan.at)


def _open(scan: _Scan) -> None:
    if scan.pattern.startswith("(?", scan.at) and not scan.pattern.startswith("(?:", scan.at):
        raise _refuse(scan, "regex_refused")
    scan.open_groups.append(scan.paths)
    _copy(scan, 3 if scan.pattern.startswith("(?:", scan.at) else 1)


def _close(scan: _Scan) -> None:
    if not scan.open_groups:
        raise _refuse(scan, "regex_broken")
    before = scan.open_groups.pop()
    _copy(scan, 1)
    scan.choice = scan.paths > before


def _quantifier(scan: _Scan) -> None:
    low, high, length = _bounds(scan)
    if scan.choice and high > 1:
        raise _refuse(scan, "regex_nested")
    if high > MAX_PATHS:
        raise _refuse(scan, "regex_too_wide")
    scan.paths *= max(1, high - low + 1)
    if scan.paths > MAX_PATHS:
        raise _refuse(scan, "regex_too_wide")
    scan.at += length
    lazy = scan.pattern[scan.at : scan.at + 1]
    if lazy in ("?", "+"):  # lazy or possessive: kept, the bound stays the same
        scan.at += 1
    else:
        lazy = ""
    scan.out.append(f"{{{low},{high}}}{lazy}")
    # A quantified item followed by another quantifier is refused by ``re`` itself ("multiple repeat").
    scan.choice = True


def _bounds(scan: _Scan) -> tuple[int, int, int]:
    """Least, most and written length of the quantifier at hand."""
    mark = scan.pattern[scan.at]
    if mark == "?":
        return 0, 1, 1
    if mark in "*+":
        return int(mark == "+"), OPEN_REPEAT, 1
    found = _BRACES.match(scan.pattern, scan.at)
    if not found or not (found[1] or found[3]):
        raise _refuse(scan, "regex_broken")
    if len(found[1]) > 4 or len(found[3]) > 4:
        raise _refuse(scan, "regex_too_wide")
    low = int(found[1] or 0)
    high = low if not found[2] else int(found[3]) if found[3] else low + OPEN_REPEAT
    return low, high, len(found[0])
