"""What every Python binding begins with: errors, checks, and the types of its table."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, List, Optional, Tuple, Union


class FieldValueError(ValueError):
    """A value does not fit into its member. Nothing was written."""


class ProtocolError(Exception):
    """A message could not be encoded or decoded.

    `code` is the name that all languages share: 'invalid_type', 'bad_size', 'expect_fd' or
    'unexpected_fd'. `size` is how many bytes a packet of the wrong size had.
    """

    def __init__(self, code: str, text: str, size: Optional[int] = None) -> None:
        super().__init__(text)
        self.code = code
        self.size = size


@dataclasses.dataclass(frozen=True)
class MemberInfo:
    """An integer, an array of integers or a descriptor."""

    name: str
    # The attribute of the class that holds it.
    attribute: str
    descriptor: bool = False
    # A descriptor that may be absent, which is None then.
    optional: bool = False
    signed: bool = False
    big_endian: bool = False
    # The absolute value of an errno.
    errno: bool = False
    # Bytes of one element; 0 for a descriptor.
    size: int = 0
    # The number of elements of an array.
    count: Optional[int] = None
    # Bytes from the start of the packet; None for what is not in it.
    offset: Optional[int] = None


@dataclasses.dataclass(frozen=True)
class VariantInfo:
    name: str
    # The class of its messages, to be called with each member by its attribute.
    type: Any
    # A variant that is executed locally has no tag, and never travels.
    tag: Optional[int]
    members: Tuple[MemberInfo, ...]
    # The fewest and the most descriptors that it takes.
    min_fds: int
    max_fds: int
    # The variant of the response that answers it, if the protocol says.
    response: Optional[str]


@dataclasses.dataclass(frozen=True)
class MessageInfo:
    name: str
    # Bytes of a packet.
    size: int
    tag: MemberInfo
    variants: Tuple[VariantInfo, ...]
    encode: Callable[..., Any]
    decode: Callable[..., Any]


@dataclasses.dataclass(frozen=True)
class ProtocolInfo:
    name: str
    seqpacket: bool
    max_fds: int
    # The request message, the response message, and the variant of the response that is an error.
    exchange: Optional[Tuple[str, str, str]]
    messages: Tuple[MessageInfo, ...]


def _check(name: str, value: int, minimum: int, maximum: int) -> int:
    if not isinstance(value, int) or not minimum <= value <= maximum:
        raise FieldValueError(f"{name}: expected {minimum} to {maximum}, got {value!r}")
    return value


def _check_array(name: str, value: Any, count: int, minimum: int, maximum: int) -> Any:
    try:
        length = len(value)
    except TypeError:
        raise FieldValueError(f"{name}: expected {count} elements, got {value!r}") from None
    if length != count:
        raise FieldValueError(f"{name}: expected {count} elements, got {length}")
    for element in value:
        _check(name, element, minimum, maximum)
    return value


def _errno_to_wire(value: int) -> int:
    """The absolute value; the least 32-bit integer, which has none, travels as ERANGE."""
    return 34 if value == -(1 << 31) else abs(value)


def _errno_from_wire(bits: int) -> int:
    """The absolute value of the signed 32-bit integer with these bits."""
    return (1 << 32) - bits if bits > 0x7FFFFFFF else bits


def _check_fds(name: str, fds: List[Any], minimum: int, maximum: int, policy: str) -> None:
    if len(fds) < minimum:
        raise ProtocolError("expect_fd", f"{name}: expected {minimum} descriptors, got {len(fds)}")
    if len(fds) > maximum and policy == "strict":
        raise ProtocolError("unexpected_fd", f"{name}: {len(fds)} descriptors, expected {maximum}")


def _take(fds: List[Any], maximum: int) -> List[Any]:
    """Takes out of the list what a variant keeps, and fills up with None.

    With one descriptor the last that arrived is taken; in strict packets it is the only one.
    """
    count = min(maximum, len(fds))
    first = len(fds) - count if maximum == 1 else 0
    kept = fds[first : first + count]
    del fds[first : first + count]
    return kept + [None] * (maximum - count)
