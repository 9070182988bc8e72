"""A brief as JSON for ``Report.content`` and back. Pure.

Reading follows the annotations of the dataclasses, so a block added later needs no code here; a field
that an older content lacks takes its default.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from guanlan.desk.reports.rules import Brief


def to_json(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists, days and moments in ISO form."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple | list):
        return [to_json(part) for part in value]
    if isinstance(value, Mapping):
        return {key: to_json(part) for key, part in value.items()}
    return value.isoformat() if isinstance(value, date | datetime) else value


def from_json(content: Mapping[str, Any]) -> Brief:
    """The brief that ``to_json`` wrote. Raises ValueError, TypeError or KeyError for anything else."""
    found: Brief = _read(Brief, content)
    return found


def _read(kind: Any, value: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = next(part for part in get_args(kind) if part is not type(None))
        return None if value is None else _read(inner, value)
    if origin is tuple:
        return tuple(_read(get_args(kind)[0], part) for part in value)
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        parts = {name: _read(hints[name], part) for name, part in value.items() if name in hints}
        return kind(**parts)
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
