"""A peer of the conformance suite: orders on standard input, packets on descriptor 3.

Works on any protocol by the table in its bindings:
python3 peer.py BINDINGS [--policy strict|crosvm2018] [--sabotage NAME[,NAME…]]
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from typing import Any, Dict, List

from transport import (
    MOST_FDS,
    Packet,
    close_all,
    count_open,
    describe,
    make_memfd,
    receive_packet,
    send_packet,
)
from values import fds_of, find, from_json, integer, load_bindings, to_json

Order = Dict[str, Any]
Answer = Dict[str, Any]


class Peer:
    """Carries out orders. `encode`, `receive`, `decode` and `close` are what a saboteur changes."""

    def __init__(self, bindings: Any, policy: str, sock: socket.socket) -> None:
        self.bindings = bindings
        self.policy = policy
        self.sock = sock
        self.orders = {
            "hello": self.hello,
            "send": self.send,
            "recv": self.recv,
            "descriptors": lambda order: {"ok": True, "count": count_open()},
            "quit": self.quit,
        }
        self.done = False

    def hello(self, order: Order) -> Answer:
        ops = ["send", "recv", "descriptors"]
        name = self.bindings.PROTOCOL.name
        return {"ok": True, "peer": "python", "protocol": name, "policy": self.policy, "ops": ops}

    def send(self, order: Order) -> Answer:
        message = self.message_of(order)
        variant = find(message.variants, order["variant"])
        if variant is None:
            raise BadOrder(f"{message.name} has no variant {order['variant']}")
        sizes = [integer(fd["memfd"]) for fd in order.get("fds", [])]
        if variant.tag is None:
            return failure("invalid_type")
        if len(sizes) < variant.min_fds:
            return failure("expect_fd")
        if len(sizes) > variant.max_fds:
            return failure("unexpected_fd")
        fds: List[int] = []
        try:
            for size in sizes:
                fds.append(make_memfd(size))
            data, sent = self.encode(message, from_json(variant, order.get("fields", {}), fds))
            send_packet(self.sock, data, sent)
            return {"ok": True, "fds": [describe(fd) for fd in sent]}
        except OSError as error:
            return failure("send", errno=error.errno)
        finally:
            close_all(fds)

    def recv(self, order: Order) -> Answer:
        message = self.message_of(order)
        # crosvm gives room for so many and no more. Who is strict sees all that a packet carries.
        room = integer(order.get("max_fds", self.bindings.PROTOCOL.max_fds))
        try:
            packet = self.receive(message.size, MOST_FDS if self.policy == "strict" else room)
        except OSError as error:
            return failure("recv", errno=error.errno)
        arrived = list(packet.fds)
        try:
            value = self.decode(message, packet)
            fds = [describe(fd) for fd in fds_of(message, value)]
            return {"ok": True, **to_json(message, value), "fds": fds}
        finally:
            # What the message holds, and what was too much.
            self.close(arrived)

    def quit(self, order: Order) -> Answer:
        self.done = True
        return {"ok": True}

    def message_of(self, order: Order) -> Any:
        message = find(self.bindings.PROTOCOL.messages, order["message"])
        if message is None:
            raise BadOrder(f"there is no message {order['message']}")
        return message

    def encode(self, message: Any, value: Any) -> Any:
        return message.encode(value)

    def receive(self, size: int, room: int) -> Packet:
        return receive_packet(self.sock, size, room)

    def decode(self, message: Any, packet: Packet) -> Any:
        return message.decode(packet.data, packet.fds, self.policy, packet.length)

    def close(self, fds: List[int]) -> None:
        close_all(fds)

    def answer(self, line: bytes) -> Answer:
        try:
            order = json.loads(line)
            carry_out = self.orders.get(order.get("op"))
            return failure("unsupported") if carry_out is None else carry_out(order)
        except self.bindings.ProtocolError as error:
            return failure(error.code) if error.size is None else failure(error.code, size=error.size)
        except self.bindings.FieldValueError:
            return failure("field_value")
        except NOT_AN_ORDER as error:
            print(f"{error!r} in {line[:80]!r}", file=sys.stderr)
            return failure("bad_order")


class BadOrder(Exception):
    """Names what the protocol does not have."""


# What is raised by a line that is not JSON, or not what an order has.
NOT_AN_ORDER = (
    BadOrder,
    AttributeError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


def failure(error: str, **details: Any) -> Answer:
    return {"ok": False, "error": error, **details}


def main() -> None:
    parser = argparse.ArgumentParser(description="A peer of the conformance suite.")
    parser.add_argument("bindings")
    parser.add_argument("--policy", choices=["strict", "crosvm2018"], default="strict")
    parser.add_argument("--sabotage", default="")
    options = parser.parse_args()
    with socket.socket(fileno=3) as sock:
        peer = Peer(load_bindings(options.bindings), options.policy, sock)
        if options.sabotage:
            from sabotage import sabotage

            sabotage(peer, options.sabotage.split(","))
        for line in sys.stdin.buffer:
            print(json.dumps(peer.answer(line)), flush=True)
            if peer.done:
                break


main()
