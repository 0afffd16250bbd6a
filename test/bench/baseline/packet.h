/* Strict sending and receiving of the 24-byte packets, with the system calls and flags that vmwire uses. */
#ifndef PACKET_H
#define PACKET_H
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include "bench.h"

enum { PACKET = 24, EXIT = 1, REGISTER = 2, UNREGISTER = 3, OK = 1, REGISTERED = 3 };

struct request {
    uint32_t type, slot;
    uint64_t size;
    int32_t num_pages;
    uint32_t padding;
};
struct response {
    uint32_t type, error;
    uint64_t pfn;
    uint32_t slot, padding;
};

static inline void send_plain(int fd, const void *packet, int flags) {
    ssize_t n;
    do n = send(fd, packet, PACKET, MSG_NOSIGNAL | flags);
    while (n < 0 && errno == EINTR);
    must(n == PACKET, "send");
}

static inline void send_with(int fd, const void *packet, int descriptor) {
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {(void *)packet, PACKET};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &descriptor, sizeof(int));
    ssize_t n;
    do n = sendmsg(fd, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    must(n == PACKET, "sendmsg");
}

/*
 * Returns the real length (0 at the end of the connection, -1 on EAGAIN); *descriptor is -1 if none came.
 * There is room for one descriptor too many, so that a surplus is seen.
 */
static inline ssize_t receive(int fd, void *packet, int *descriptor, int flags) {
    union {
        char bytes[256];
        struct cmsghdr align;
    } control;
    struct iovec iov = {packet, PACKET + 1};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = CMSG_LEN(2 * sizeof(int))};
    ssize_t n;
    do n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_TRUNC | flags);
    while (n < 0 && errno == EINTR);
    *descriptor = -1;
    if (n < 0) {
        must(errno == EAGAIN, "recvmsg");
        return -1;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            must(c->cmsg_len == CMSG_LEN(sizeof(int)), "surplus descriptor");
            memcpy(descriptor, CMSG_DATA(c), sizeof(int));
        }
    must(!(m.msg_flags & MSG_CTRUNC), "truncated");
    return n;
}

static inline ssize_t receive_request(int fd, struct request *r, int *descriptor, int flags) {
    char buffer[PACKET + 1];
    ssize_t n = receive(fd, buffer, descriptor, flags);
    if (n <= 0) return n;
    must(n == PACKET, "size of request");
    memcpy(r, buffer, PACKET);
    must(r->type >= EXIT && r->type <= 4, "type of request");
    must((r->type == REGISTER) == (*descriptor >= 0), "descriptor of request");
    return n;
}

static inline ssize_t receive_response(int fd, struct response *r, int flags) {
    char buffer[PACKET + 1];
    int descriptor;
    ssize_t n = receive(fd, buffer, &descriptor, flags);
    if (n <= 0) return n;
    must(n == PACKET, "size of response");
    memcpy(r, buffer, PACKET);
    must(r->type >= OK && r->type <= REGISTERED && descriptor < 0, "response");
    return n;
}

static inline struct request unregister_request(uint32_t slot) {
    return (struct request){.type = UNREGISTER, .slot = slot};
}

static inline struct response answer(const struct request *r) {
    if (r->type == REGISTER) return (struct response){.type = REGISTERED, .pfn = 1u << 26, .slot = 1};
    return (struct response){.type = OK};
}
#endif
