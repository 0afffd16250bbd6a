"""Messages of any protocol as JSON, by the table of its bindings."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any, Dict, List, Optional


def load_bindings(path: str) -> Any:
    """The generated module at this path."""
    spec = importlib.util.spec_from_file_location("bindings", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bindings"] = module
    spec.loader.exec_module(module)
    return module


def find(things: Any, name: str) -> Any:
    """The message or variant of this name, or None."""
    return next((thing for thing in things if thing.name == name), None)


def from_json(variant: Any, fields: Dict[str, Any], fds: List[Any]) -> Any:
    """A message: its integers from JSON, its descriptors from a list; those beyond its end are None."""
    remaining = iter(fds)
    values: Dict[str, Any] = {}
    for member in variant.members:
        if member.descriptor:
            values[member.attribute] = next(remaining, None)
        elif member.count is None:
            values[member.attribute] = integer(fields[member.name])
        else:
            values[member.attribute] = tuple(integer(element) for element in fields[member.name])
    return variant.type(**values)


def integer(written: Any) -> int:
    """An integer that JSON holds as a number or as a string."""
    return int(str(written))


def to_json(message: Any, value: Any) -> Dict[str, Any]:
    """The message's variant and integers; 64-bit ones are strings."""
    variant = variant_of(message, value)
    fields: Dict[str, Any] = {}
    for member in variant.members:
        if member.descriptor:
            continue
        held = getattr(value, member.attribute)
        convert = str if member.size == 8 else int
        fields[member.name] = (
            convert(held) if member.count is None else [convert(each) for each in held]
        )
    return {"variant": variant.name, "fields": fields}


def fds_of(message: Any, value: Any) -> List[Any]:
    """The descriptors that the message holds, in the order of its members."""
    held: List[Optional[Any]] = [
        getattr(value, member.attribute)
        for member in variant_of(message, value).members
        if member.descriptor
    ]
    return [fd for fd in held if fd is not None]


def variant_of(message: Any, value: Any) -> Any:
    return next(variant for variant in message.variants if variant.type is type(value))
