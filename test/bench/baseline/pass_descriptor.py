"""Python's way to pass a descriptor: `pass_descriptor.py round-trip|one-way`, with socket.send_fds."""
import os
import socket
import sys
import time

mode = sys.argv[1]
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
descriptor = os.memfd_create("bench")
os.ftruncate(descriptor, 4096)
message = bytes(24)
last_message = b"\1" + bytes(23)

if os.fork() == 0:
    ours.close()
    while True:
        data, fds, flags, _ = socket.recv_fds(theirs, 25, 1)
        if not data:
            os._exit(0)
        for fd in fds:
            os.close(fd)
        assert len(data) == 24 and len(fds) == 1 and not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)
        if data[0]:
            theirs.send(message)

theirs.close()
print("ready", flush=True)
for line in sys.stdin:
    count = int(line)
    start = time.perf_counter_ns()
    for i in range(count):
        last = mode == "round-trip" or i == count - 1
        socket.send_fds(ours, [last_message if last else message], [descriptor])
        if last:
            ours.recv(24)
    print((time.perf_counter_ns() - start) / count, flush=True)
