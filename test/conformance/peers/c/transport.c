/* Packets with descriptors on a UNIX socket, by sendmsg and recvmsg. */
#define _GNU_SOURCE
#include "transport.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for one control message with as many descriptors as there can be, aligned as it must be. */
union control {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
};

int send_packet(int sock, const uint8_t *bytes, size_t size, const int *fds, size_t fd_count)
{
  union control control;
  /* The kernel only reads the bytes, which struct iovec can't say. */
  struct iovec data = {.iov_base = (uint8_t *)bytes, .iov_len = size};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
  memset(&control, 0, sizeof control);
  if (fd_count > 0) {
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(fd_count * sizeof(int));
    memcpy(CMSG_DATA(&control.header), fds, fd_count * sizeof(int));
    header.msg_control = &control;
    header.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
  }
  for (;;) {
    if (sendmsg(sock, &header, MSG_NOSIGNAL) >= 0)
      return 0;
    if (errno != EINTR)
      return errno;
  }
}

static void take_fds(struct packet *packet, struct msghdr *header)
{
  for (struct cmsghdr *each = CMSG_FIRSTHDR(header); each != NULL; each = CMSG_NXTHDR(header, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS)
      continue;
    size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(packet->fds + packet->fd_count, CMSG_DATA(each), count * sizeof(int));
    packet->fd_count += count;
  }
}

int receive_packet(int sock, uint8_t *bytes, size_t size, size_t room, int flags, struct packet *packet)
{
  union control control;
  struct iovec data = {.iov_base = bytes, .iov_len = size};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control};
  ssize_t length;
  memset(bytes, 0, size);
  memset(&control, 0, sizeof control);
  /* CMSG_LEN is exact. CMSG_SPACE ends with padding, in which one more descriptor may arrive. */
  header.msg_controllen = room > 0 ? CMSG_LEN(room * sizeof(int)) : 0;
  /* MSG_TRUNC on the way in: the kernel then tells the real length of a packet that was cut. */
  while ((length = recvmsg(sock, &header, flags | MSG_TRUNC)) < 0)
    if (errno != EINTR)
      return errno;
  *packet = (struct packet){.bytes = bytes, .length = (size_t)length};
  take_fds(packet, &header);
  if ((header.msg_flags & MSG_CTRUNC) == 0 || packet->fd_count >= room)
    return 0;
  close_all(packet->fds, packet->fd_count);
  return EMFILE;
}

int make_memfd(int64_t size, int *fd)
{
  *fd = memfd_create("conformance", MFD_CLOEXEC);
  if (*fd < 0)
    return errno;
  if (ftruncate(*fd, size) == 0)
    return 0;
  int failure = errno;
  close(*fd);
  return failure;
}

void close_all(const int *fds, size_t count)
{
  for (size_t i = 0; i < count; i++)
    close(fds[i]);
}

size_t count_open(void)
{
  size_t count = 0;
  DIR *folder = opendir("/proc/self/fd");
  if (folder == NULL)
    return 0;
  while (readdir(folder) != NULL)
    count++;
  closedir(folder);
  /* Without ".", "..", and the one that lists them. */
  return count - 3;
}
