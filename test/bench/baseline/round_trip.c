/*
 * Request and response: `round_trip pair|process|epoll [descriptor]`.
 * pair: both ends in one thread. process: a server process that blocks. epoll: a server on epoll.
 */
#include "packet.h"
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>

static int client, server, memory = -1;

static void request(void) {
    struct request r = unregister_request(7);
    if (memory < 0) {
        send_plain(client, &r, 0);
        return;
    }
    r = (struct request){.type = REGISTER, .size = 4096};
    send_with(client, &r, memory);
}

static int serve(int flags) {
    struct request r;
    int descriptor;
    ssize_t n = receive_request(server, &r, &descriptor, flags);
    if (n <= 0) return (int)n;
    if (descriptor >= 0) close(descriptor);
    struct response a = answer(&r);
    send_plain(server, &a, flags);
    return 1;
}

static void run_pair(long count) {
    struct response r;
    for (long i = 0; i < count; i++) {
        request();
        must(serve(0) == 1, "serve");
        must(receive_response(client, &r, 0) == PACKET, "response");
    }
}

static void run_client(long count) {
    struct response r;
    for (long i = 0; i < count; i++) {
        request();
        must(receive_response(client, &r, 0) == PACKET, "response");
    }
}

static void serve_epoll(void) {
    int loop = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    must(epoll_ctl(loop, EPOLL_CTL_ADD, server, &event) == 0, "epoll_ctl");
    for (;;) {
        must(epoll_wait(loop, &event, 1, -1) == 1 || errno == EINTR, "epoll_wait");
        if (serve(MSG_DONTWAIT) == 0) return;
    }
}

int main(int argc, char **argv) {
    must(argc >= 2, "usage: round_trip pair|process|epoll [descriptor]");
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    client = ends[0];
    server = ends[1];
    if (argc > 2) {
        memory = memfd_create("bench", MFD_CLOEXEC);
        must(memory >= 0 && ftruncate(memory, 4096) == 0, "memfd");
    }
    if (strcmp(argv[1], "pair") == 0) {
        serve_counts(run_pair);
        return 0;
    }
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(client);
        if (strcmp(argv[1], "epoll") == 0) serve_epoll();
        else while (serve(0) == 1) continue;
        return 0;
    }
    close(server);
    serve_counts(run_client);
    return 0;
}
