/* The figures: latencies, CPU time, and the count of each message at each client. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load.h"

void record(histogram *in, int64_t ns) {
    uint64_t us = ns > 0 ? (uint64_t)ns / 1000 : 0;
    unsigned octave = 0, bits = us ? (unsigned)(64 - __builtin_clzll(us)) : 0;
    if (bits > 7) octave = bits - 7; /* below 128 us a bucket is one microsecond, then 1/64 of the power of two */
    size_t place = (size_t)octave * STEPS + (us >> octave);
    in->count[place < OCTAVES * STEPS ? place : OCTAVES * STEPS - 1]++;
    in->total++;
    if (us > in->max) in->max = us;
}

static double quantile_ms(const histogram *of, double share) {
    uint64_t wanted = (uint64_t)(share * (double)of->total), passed = 0;
    for (size_t place = 0; place < OCTAVES * STEPS; place++) {
        passed += of->count[place];
        if (passed <= wanted) continue;
        /* Octave n > 0 uses the upper half of its 2 x STEPS steps: bucket (n, s) holds (s + STEPS) << n. */
        uint64_t octave = place < 2 * STEPS ? 0 : place / STEPS - 1, step = place - octave * STEPS;
        double top = (double)((step + 1) << octave);
        return (top < (double)of->max ? top : (double)of->max) / 1000;
    }
    return (double)of->max / 1000;
}

static void print_histogram(const char *name, const histogram *of) {
    printf("\"%s\": {\"count\": %" PRIu64 ", \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f}, ", name,
           of->total, quantile_ms(of, 0.5), quantile_ms(of, 0.9), quantile_ms(of, 0.99), (double)of->max / 1000);
}

/* Of the server, or of its main thread alone, which has the event loop. */
static double server_cpu(bool main_thread) {
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    if (!option.pid) return 0;
    if (main_thread) snprintf(path, sizeof path, "/proc/%d/task/%d/stat", option.pid, option.pid);
    else snprintf(path, sizeof path, "/proc/%d/stat", option.pid);
    FILE *file = fopen(path, "r");
    if (!file) fail("the server has ended");
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    char *behind_name = strrchr(text, ')');
    const char *format = " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu";
    if (!behind_name || sscanf(behind_name + 1, format, &user, &system) != 2) fail("cannot read %s", path);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

snapshot take_snapshot(void) {
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    double whole = (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec);
    double part = (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
    return (snapshot){now(), server_cpu(false), server_cpu(true), whole + part, delivered, acknowledged};
}

static void print_losses(bool quiet) {
    uint64_t lost = 0, late = 0, doubled = 0, out_of_order = 0, unique = 0;
    int64_t end = now();
    for (int at = 0; at < option.clients; at++) {
        const client *c = &clients[at];
        doubled += c->doubled;
        out_of_order += c->out_of_order;
        unique += c->unique;
        for (int sender = 0; sender < option.senders; sender++) {
            if (client_of(sender)->index % option.rooms != c->index % option.rooms) continue;
            for (uint64_t round = 0; round < sent_of[sender]; round++) {
                uint64_t number = round * (uint64_t)option.senders + (uint64_t)sender;
                if (number / 64 < c->seen_words && c->seen[number / 64] >> (number % 64) & 1) continue;
                /* A gap is a loss. A message missing at the end is late, unless the server has become silent. */
                if (quiet || c->state == CLOSED || (int64_t)number < c->newest[sender]) { lost++; continue; }
                late++; /* its latency is at least the time until now */
                if (*option.mode == 'f' && due_at(number) >= measure_from) record(&latency, end - due_at(number));
            }
        }
    }
    printf("\"expected\": %" PRIu64 ", \"received\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"late\": %" PRIu64
           ", \"doubled\": %" PRIu64 ", \"out_of_order\": %" PRIu64 ", ",
           expected(), unique, lost, late, doubled, out_of_order);
}

void print_result(bool quiet, snapshot from, snapshot to) {
    double seconds = (double)(to.at - from.at) / SECOND, cpu = to.server_cpu - from.server_cpu;
    uint64_t deliveries = to.delivered - from.delivered, acks = to.acknowledged - from.acknowledged;
    printf("{\"mode\": \"%s\", \"clients\": %d, \"senders\": %d, ", option.mode, option.clients, option.senders);
    if (*option.mode != 'c') {
        printf("\"rate\": %g, \"sent\": %" PRIu64 ", ", option.rate, sent);
        print_losses(quiet);
        print_histogram("latency_ms", &latency);
        print_histogram("send_lag_ms", &send_lag);
        printf("\"deliveries\": %" PRIu64 ", \"delivered_per_second\": %.1f, \"acknowledged_per_second\": %.1f, ",
               deliveries, (double)deliveries / seconds, (double)acks / seconds);
        double loop_cpu = to.loop_cpu - from.loop_cpu;
        printf("\"cpu_us_per_delivery\": %.4f, \"loop_us_per_delivery\": %.4f, \"cpu_us_per_message\": %.2f, ",
               deliveries ? cpu / (double)deliveries * 1e6 : 0, deliveries ? loop_cpu / (double)deliveries * 1e6 : 0,
               acks ? cpu / (double)acks * 1e6 : 0);
    } else {
        printf("\"connected\": %d, \"connects_per_second\": %.1f, \"cpu_us_per_connect\": %.1f, ", ready,
               (double)ready / seconds, ready ? cpu / ready * 1e6 : 0);
    }
    print_histogram("connect_ms", &connect_time);
    printf("\"failed\": %d, \"closed_early\": %d, \"other_frames\": %" PRIu64 ", \"bytes_in\": %" PRIu64 ", ",
           failed, closed_early, other_frames, bytes_in);
    printf("\"seconds\": %.3f, \"server_cpu_share\": %.3f, \"load_cpu_share\": %.3f}\n", seconds, cpu / seconds,
           (to.load_cpu - from.load_cpu) / seconds);
    fflush(stdout);
}
