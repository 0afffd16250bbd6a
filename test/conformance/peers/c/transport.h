/* Packets with descriptors on a UNIX socket, by sendmsg and recvmsg. */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

/* The most descriptors that Linux takes in one packet (SCM_MAX_FD). */
#define MOST_FDS 253

struct packet {
  /* The beginning of the packet; zeros behind it. */
  uint8_t *bytes;
  /* Bytes of the whole packet, also if `bytes` had no room for it. */
  size_t length;
  /* The receiver's to close. */
  int fds[MOST_FDS];
  size_t fd_count;
};

/* These return 0, or the errno of the failure; then nothing stays open. */
int send_packet(int sock, const uint8_t *bytes, size_t size, const int *fds, size_t fd_count);

/*
 * Receives into `bytes`, which have room for `size`. `room` is for how many descriptors, at most
 * MOST_FDS; the kernel closes the others. EMFILE if the process can't hold as many.
 */
int receive_packet(int sock, uint8_t *bytes, size_t size, size_t room, int flags, struct packet *packet);

int make_memfd(int64_t size, int *fd);

void close_all(const int *fds, size_t count);

/* How many descriptors this process holds. */
size_t count_open(void);

#endif
