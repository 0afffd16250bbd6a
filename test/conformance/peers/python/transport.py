"""Packets with descriptors on a UNIX socket, by sendmsg and recvmsg. Python retries EINTR by itself."""

from __future__ import annotations

import array
import errno
import os
import socket
from typing import Dict, List, NamedTuple

# The most descriptors that Linux takes in one packet (SCM_MAX_FD).
MOST_FDS = 253

# MSG_TRUNC on the way in: the kernel then tells the real length of a packet that was cut.
FLAGS = socket.MSG_CMSG_CLOEXEC | socket.MSG_TRUNC


class Packet(NamedTuple):
    """A packet of `length` bytes, of which `data` holds the beginning; zeros fill it up."""

    data: bytearray
    length: int
    # The receiver's to close.
    fds: List[int]


def send_packet(sock: socket.socket, data: bytes, fds: List[int]) -> None:
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([data], rights, socket.MSG_NOSIGNAL)


def receive_packet(sock: socket.socket, size: int, room: int, flags: int = FLAGS) -> Packet:
    """Receives one packet; `room` is for how many descriptors, the kernel closes the others.

    Raises OSError, EMFILE if the process can't hold as many; then nothing stays open.
    """
    data = bytearray(size)
    fds = array.array("i")
    # CMSG_LEN is exact. CMSG_SPACE ends with padding, in which one more descriptor may arrive.
    control = socket.CMSG_LEN(fds.itemsize * room) if room > 0 else 0
    length, ancillary, told, _ = sock.recvmsg_into([data], control, flags)
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    if told & socket.MSG_CTRUNC and len(fds) < room:
        close_all(fds.tolist())
        raise OSError(errno.EMFILE, "there was room, but not for all descriptors")
    return Packet(data, length, fds.tolist())


def make_memfd(size: int) -> int:
    fd = os.memfd_create("conformance", os.MFD_CLOEXEC)
    try:
        os.ftruncate(fd, size)
    except BaseException:
        os.close(fd)
        raise
    return fd


def describe(fd: int) -> Dict[str, str]:
    """What the suite compares, to see that what arrives is what was sent."""
    status = os.fstat(fd)
    return {"size": str(status.st_size), "ino": str(status.st_ino)}


def close_all(fds: List[int]) -> None:
    for fd in fds:
        os.close(fd)


def count_open() -> int:
    # Without the one that lists them.
    return len(os.listdir("/proc/self/fd")) - 1
