"""Whether data that came from a file is what its dataclass promises: JSON knows no types."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

#: Beyond any clock and any counter, and within what a float counts exactly.
_LARGEST = 1e15


def conforms(value: object, hint: Any) -> bool:
    """Whether `value` is of the type `hint`, all the way down.

    Knows dataclasses, lists, unions, numbers and strings. A float may be an int, but is finite.
    """
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(conforms(value, option) for option in typing.get_args(hint))
    if origin is list:
        (item,) = typing.get_args(hint)
        return isinstance(value, list) and all(conforms(v, item) for v in value)
    if hint in (int, float):
        return _is_number(value, hint)
    return isinstance(value, hint) and (not is_dataclass(value) or _fields_conform(value))


def _fields_conform(value: Any) -> bool:
    kind: Any = type(value)
    hints = _hints(kind)
    return all(conforms(getattr(value, f.name), hints[f.name]) for f in fields(value))


def _is_number(value: object, hint: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, hint)):
        return False
    return bool(abs(value) < _LARGEST)  # false for nan, too


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)
