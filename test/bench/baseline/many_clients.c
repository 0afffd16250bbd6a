/*
 * One server and N connected clients in another process, each with one request in flight:
 * `many_clients N [SERVER…]`. The server is one on epoll, or the command that is given the abstract
 * name to listen on. An operation is one request and its response; the figures are the time of one,
 * and the median and the 99th percentile of how long a client waited for its answer.
 */
#include "packet.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <stddef.h>

static int clients[4096], count_of_clients, client_loop;
/* When the client of a descriptor sent its request, and how long it waited for the answer. */
static uint64_t sent_at[8192], *waited;

static socklen_t name(struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int n = snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "vmwire-bench-%d", (int)getpid());
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

static void ask(int fd) {
    /* What a server that executes its requests does nothing for. */
    struct request q = {.type = EXIT};
    sent_at[fd] = now_ns();
    send_plain(fd, &q, 0);
}

static void run(long count) {
    struct epoll_event events[64];
    struct response r;
    long sent = 0, received = 0;
    for (; sent < count_of_clients && sent < count; sent++) ask(clients[sent]);
    while (received < count) {
        int ready = epoll_wait(client_loop, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            int fd = (int)events[i].data.u64;
            if (receive_response(fd, &r, MSG_DONTWAIT) != PACKET) continue;
            waited[received++] = now_ns() - sent_at[fd];
            if (sent < count) {
                sent++;
                ask(fd);
            }
        }
    }
}

static void start_server(const struct sockaddr_un *address, socklen_t length, char **command) {
    int listener = -1;
    if (command[0] == NULL) {
        listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        must(bind(listener, (const struct sockaddr *)address, length) == 0 && listen(listener, 4096) == 0, "listen");
    }
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (listener >= 0) serve(listener);
        char shown[108];
        snprintf(shown, sizeof shown, "%s", address->sun_path + 1);
        int last = 0;
        while (command[last] != NULL) last++;
        command[last] = shown;
        execvp(command[0], command);
        must(0, "execvp");
    }
}

static void start_client(const struct sockaddr_un *address, socklen_t length) {
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    must(fd >= 0 && fd < 8192, "socket");
    /* A server that was just started may not listen yet. */
    for (int tries = 0; connect(fd, (const struct sockaddr *)address, length) != 0; tries++) {
        must(errno == ECONNREFUSED && tries < 10000, "connect");
        usleep(1000);
    }
    add(client_loop, fd, (uint64_t)fd);
    clients[count_of_clients++] = fd;
}

int main(int argc, char **argv) {
    must(argc >= 2, "usage: many_clients N [SERVER...]");
    struct rlimit limit = {8192, 8192};
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    struct sockaddr_un address;
    socklen_t length = name(&address);
    /* The command ends with a null pointer, whose place takes the name; the next one is the end. */
    char *command[16] = {0};
    must(argc < 16, "a shorter command");
    memcpy(command, argv + 2, (size_t)(argc - 2) * sizeof *command);
    start_server(&address, length, command);
    client_loop = epoll_create1(EPOLL_CLOEXEC);
    for (int wanted = atoi(argv[1]); count_of_clients < wanted;) start_client(&address, length);
    serve_waits(run, &waited);
    return 0;
}
