/*
 * One server on epoll and N connected clients in another process, each with one request in flight:
 * `many_clients N`. An operation is one request and its response.
 */
#include "packet.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <stddef.h>

static int clients[4096], count_of_clients, client_loop;

static socklen_t name(struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int n = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "vmwire-bench-%d", (int)getppid());
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

static void add(int loop, int fd, uint64_t data) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};
    must(epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void serve(int listener) {
    int loop = epoll_create1(EPOLL_CLOEXEC);
    add(loop, listener, (uint64_t)listener);
    struct epoll_event events[64];
    for (;;) {
        int ready = epoll_wait(loop, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            int fd = (int)events[i].data.u64, descriptor;
            if (fd == listener) {
                int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
                must(accepted >= 0, "accept4");
                add(loop, accepted, (uint64_t)accepted);
                continue;
            }
            struct request r;
            ssize_t n = receive_request(fd, &r, &descriptor, MSG_DONTWAIT);
            if (n < 0) continue;
            if (n == 0) {
                close(fd);
                continue;
            }
            if (descriptor >= 0) close(descriptor);
            struct response a = answer(&r);
            send_plain(fd, &a, MSG_DONTWAIT);
        }
    }
}

static void run(long count) {
    struct request q = unregister_request(7);
    struct epoll_event events[64];
    struct response r;
    long sent = 0, received = 0;
    for (; sent < count_of_clients && sent < count; sent++) send_plain(clients[sent], &q, 0);
    while (received < count) {
        int ready = epoll_wait(client_loop, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            int fd = (int)events[i].data.u64;
            if (receive_response(fd, &r, MSG_DONTWAIT) != PACKET) continue;
            received++;
            if (sent < count) {
                sent++;
                send_plain(fd, &q, 0);
            }
        }
    }
}

int main(int argc, char **argv) {
    must(argc == 2, "usage: many_clients N");
    struct rlimit limit = {8192, 8192};
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    struct sockaddr_un address;
    socklen_t length = name(&address);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    must(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 4096) == 0, "listen");
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener);
    }
    client_loop = epoll_create1(EPOLL_CLOEXEC);
    count_of_clients = atoi(argv[1]);
    for (int i = 0; i < count_of_clients; i++) {
        clients[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        must(connect(clients[i], (struct sockaddr *)&address, length) == 0, "connect");
        add(client_loop, clients[i], (uint64_t)clients[i]);
    }
    serve_counts(run);
    return 0;
}
