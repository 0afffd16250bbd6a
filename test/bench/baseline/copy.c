/* Copying 1 MiB with memcpy: one operation is one copy. */
#include "bench.h"
#include <string.h>

static char from[1 << 20], to[1 << 20];

static void run(long count) {
    for (long i = 0; i < count; i++) {
        memcpy(to, from, sizeof to);
        __asm__ volatile("" : : "r"(to), "r"(from) : "memory");
    }
}

int main(void) {
    memset(from, 1, sizeof from);
    serve_counts(run);
    return 0;
}
