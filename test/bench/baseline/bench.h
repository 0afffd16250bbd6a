/*
 * The line protocol of every measured program: a count on standard input, the nanoseconds that one
 * operation took on standard output, until end of file.
 */
#ifndef BENCH_H
#define BENCH_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void must(int ok, const char *what) {
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void serve_counts(void (*run)(long count)) {
    long count;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready\n");
    while (scanf("%ld", &count) == 1) {
        uint64_t start = now_ns();
        run(count);
        printf("%.3f\n", (double)(now_ns() - start) / (double)count);
    }
}
#endif
