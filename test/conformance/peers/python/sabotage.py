"""Faults on purpose, each of which the suite must name. Nothing of this runs without --sabotage.

A fault replaces one method of the peer: `encode`, `receive`, `decode` or `close`.
"""

from __future__ import annotations

import socket
from typing import Any, List, Tuple

from transport import FLAGS, receive_packet


def tag_of(message: Any, data: bytearray) -> int:
    tag = message.tag
    field = data[tag.offset : tag.offset + tag.size]
    return int.from_bytes(field, "big" if tag.big_endian else "little")


def tagged(message: Any, data: bytearray) -> Any:
    """The variant that the packet's tag names, or None."""
    tag = tag_of(message, data)
    return next((each for each in message.variants if each.tag == tag), None)


def place(member: Any) -> slice:
    """Where an integer is in a packet."""
    return slice(member.offset, member.offset + member.size * (member.count or 1))


def shift(message: Any, data: bytearray) -> Tuple[slice, slice]:
    """Where the first integer of the packet's variant is, and one byte off."""
    variant = tagged(message, data)
    for member in () if variant is None else variant.members:
        if not member.descriptor:
            right = place(member)
            off = 1 if right.stop < message.size else -1
            return right, slice(right.start + off, right.stop + off)
    return slice(0), slice(0)


def unused(message: Any, data: bytearray) -> List[int]:
    """The bytes that the packet's variant does not use."""
    variant = tagged(message, data)
    members = (message.tag, *(() if variant is None else variant.members))
    used = [place(member) for member in members if not member.descriptor]
    return [at for at in range(message.size) if not any(u.start <= at < u.stop for u in used)]


def offset(peer: Any) -> None:
    """One member is written and read one byte off."""
    encode, decode = peer.encode, peer.decode

    def encode_off(message: Any, value: Any) -> Any:
        data, fds = encode(message, value)
        data = bytearray(data)
        right, wrong = shift(message, data)
        data[wrong] = data[right]
        return data, fds

    def decode_off(message: Any, packet: Any) -> Any:
        right, wrong = shift(message, packet.data)
        packet.data[right] = packet.data[wrong]
        return decode(message, packet)

    peer.encode, peer.decode = encode_off, decode_off


def tag(peer: Any) -> None:
    """The tag that is sent is one too high."""
    encode = peer.encode

    def encode_wrong(message: Any, value: Any) -> Any:
        data, fds = encode(message, value)
        data = bytearray(data)
        low = message.tag.offset + (message.tag.size - 1 if message.tag.big_endian else 0)
        data[low] = (data[low] + 1) % 256
        return data, fds

    peer.encode = encode_wrong


def padding(peer: Any) -> None:
    """The first byte that the variant does not use is sent as 0xa5. Only the packet's bytes show it."""
    encode = peer.encode

    def encode_dirty(message: Any, value: Any) -> Any:
        data, fds = encode(message, value)
        data = bytearray(data)
        for at in unused(message, data)[:1]:
            data[at] = 0xA5
        return data, fds

    peer.encode = encode_dirty


def leak(peer: Any) -> None:
    """The first descriptor that arrives is never closed."""
    close = peer.close
    peer.close = lambda fds: close(fds[1:])


def wrong_end(peer: Any) -> None:
    """Descriptors are taken in the opposite order. Shows only where two or more arrive and are
    accepted: in variants of several, or under crosvm2018 with a max_fds of two or more."""
    decode = peer.decode

    def decode_reversed(message: Any, packet: Any) -> Any:
        packet.fds.reverse()
        return decode(message, packet)

    peer.decode = decode_reversed


def cut(peer: Any) -> None:
    """A long packet is cut and accepted, whatever the policy. crosvm2018 has it so."""
    decode = peer.decode
    peer.decode = lambda message, packet: decode(
        message, packet._replace(length=min(packet.length, message.size))
    )


def surplus(peer: Any) -> None:
    """Descriptors beyond the variant's are accepted, whatever the policy. crosvm2018 has it so."""
    decode = peer.decode

    def decode_lenient(message: Any, packet: Any) -> Any:
        variant = tagged(message, packet.data)
        most = len(packet.fds) if variant is None else variant.max_fds
        return decode(message, packet._replace(fds=packet.fds[:most]))

    peer.decode = decode_lenient


def order(peer: Any) -> None:
    """The type is checked before the size. Shows in packets in which both are wrong."""
    decode = peer.decode

    def decode_type_first(message: Any, packet: Any) -> Any:
        if tagged(message, packet.data) is None:
            raise peer.bindings.ProtocolError("invalid_type", "checked too early")
        return decode(message, packet)

    peer.decode = decode_type_first


def cloexec(peer: Any) -> None:
    """Descriptors are received without close-on-exec. They are closed before the answer, so no case
    of the suite can see it; with `leak`, /proc/PID/fdinfo shows it."""
    peer.receive = lambda size, room: receive_packet(
        peer.sock, size, room, FLAGS & ~socket.MSG_CMSG_CLOEXEC
    )


FAULTS = {
    "offset": offset,
    "tag": tag,
    "padding": padding,
    "leak": leak,
    "wrong-end": wrong_end,
    "cut": cut,
    "surplus": surplus,
    "order": order,
    "cloexec": cloexec,
}


def sabotage(peer: Any, names: List[str]) -> None:
    for name in names:
        if name not in FAULTS:
            raise SystemExit(f"no fault {name}: there are {', '.join(FAULTS)}")
        FAULTS[name](peer)
