/*
 * The line protocol of every measured program: a count on standard input, the figures of one operation
 * on standard output, until end of file. The first figure is its time in nanoseconds.
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

static inline int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The same with two more figures: the median and the 99th percentile of what `run` writes to `waited`. */
static inline void serve_waits(void (*run)(long count), uint64_t **waited) {
    long count;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready\n");
    while (scanf("%ld", &count) == 1) {
        *waited = realloc(*waited, (size_t)count * sizeof **waited);
        uint64_t start = now_ns();
        run(count);
        double mean = (double)(now_ns() - start) / (double)count;
        qsort(*waited, (size_t)count, sizeof **waited, by_size);
        printf("%.3f %.0f %.0f\n", mean, (double)(*waited)[count / 2], (double)(*waited)[count * 99 / 100]);
    }
}
#endif
