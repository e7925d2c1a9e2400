/* The load: many WebSocket clients in one thread, so that the server is what is measured. Linux only.
 *
 *   load fanout   open loop: message k is due at start + k / rate, whatever the server does. Latency counts from the
 *                 moment it was due to the arrival of its frame, at every client.
 *   load receive  every sender keeps `window` messages unacknowledged; its acknowledgement is its own message.
 *   load connect  open clients as fast as the server takes them, `pending` at most on their way; with `hold` they stay
 *                 until standard input ends. The result is one JSON object, in all three.
 *
 * A message is text of 60 characters or so: "bm" and six hexadecimal digits of this run, its number (8 digits), the
 * nanoseconds from the beginning of the run to the moment it was due (12 digits), filler. Whatever a server wraps
 * around it, a frame is a message if it holds those first eight characters; all other frames are ignored. Message
 * `number` comes from sender `number % senders`. A client counts each message once, again (doubled), behind a later
 * one of the same sender (out of order), or never.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { CONNECT_SECONDS = 120 };

client *clients;
char tag[TAG + 1];
int64_t origin, measure_from, measure_to;
static snapshot from, to;

_Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

void *checked(void *memory) {
    if (!memory) fail("out of memory");
    return memory;
}

int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

/* The phases */

static void open_clients(void) {
    int64_t deadline = now() + (int64_t)CONNECT_SECONDS * SECOND;
    while (ready + failed < option.clients && now() < deadline) {
        while (begun < option.clients && begun - ready - failed < option.pending) begin(&clients[begun]);
        turn(100);
    }
}

static void rest_for(double seconds) {
    for (int64_t until = now() + (int64_t)(seconds * SECOND); now() < until;) turn(10);
}

/* Until every client has everything, or nothing has come for a while, or time is up. Returns whether it went quiet. */
static bool drain(void) {
    int64_t started = now(), until = started + (int64_t)(option.drain * SECOND);
    last_arrival = last_arrival > started ? last_arrival : started;
    for (;;) {
        uint64_t unique = 0;
        for (int at = 0; at < option.clients; at++) unique += clients[at].state == CLOSED ? sent : clients[at].unique;
        if (unique >= sent * (uint64_t)option.clients) { rest_for(0.3); return true; } /* doubles may follow */
        if (now() - last_arrival > (int64_t)(option.quiet * SECOND)) return true;
        if (now() > until) return false;
        turn(20);
    }
}

static void converse(void) {
    first_due = now() + 50 * MILLISECOND;
    measure_from = first_due + (int64_t)(option.warmup * SECOND);
    measure_to = measure_from + (int64_t)(option.duration * SECOND);
    sending = true;
    if (*option.mode == 'f') {
        total = (uint64_t)((option.warmup + option.duration) * option.rate + 0.5);
        wake_at(first_due);
    } else {
        for (int round = 0; round < option.window; round++)
            for (int sender = 0; sender < option.senders; sender++) say(sender, now());
    }
    while (now() < measure_from) turn(1);
    from = look();
    while (now() < measure_to) turn(1);
    to = look();
    while (sent < total) send_due(now()), turn(1);
    sending = false;
}

/* The beginning */

static void prepare(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    origin = now();
    snprintf(tag, sizeof tag, "bm%06x", (unsigned)(((uint64_t)origin >> 10) ^ (uint64_t)getpid() << 12) & 0xffffff);
    prepare_sockets();
    clients = checked(calloc((size_t)option.clients, sizeof *clients));
    sent_of = checked(calloc((size_t)option.senders, sizeof *sent_of));
    for (int at = 0; at < option.clients; at++) {
        clients[at] = (client){.fd = -1, .index = at, .sender = -1};
        clients[at].newest = checked(malloc((size_t)option.senders * sizeof(int32_t)));
        for (int sender = 0; sender < option.senders; sender++) clients[at].newest[sender] = -1;
    }
    for (int sender = 0; sender < option.senders; sender++)
        clients[(int64_t)sender * option.clients / option.senders].sender = sender;
}

int main(int count, char **words) {
    bool quiet = false;
    read_options(count, words);
    prepare();
    from = look();
    open_clients();
    to = look();
    if (*option.mode != 'c') {
        if (ready < option.clients) fail("%d of %d clients could connect", ready, option.clients);
        rest_for(option.settle);
        converse();
        quiet = drain();
    }
    print_result(quiet, from, to);
    while (option.hold && !turn(1000)) continue;
    return 0;
}
