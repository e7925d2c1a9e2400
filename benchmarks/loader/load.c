/* The load generator: many WebSocket clients in one thread, cheap enough to measure the server. Linux only.
 *
 *   load fanout   open loop: message k is due at start + k / rate, independent of the server. Latency is the time from
 *                 the due time of a message to the arrival of its frame, at every client.
 *   load receive  every sender keeps `window` messages unacknowledged; its acknowledgement is its own message.
 *   load connect  opens clients as fast as the server accepts them, with at most `pending` unfinished connects. With
 *                 `hold` the clients stay connected until standard input ends.
 *
 * The result is one JSON object in all three modes.
 *
 * A message is a text of about 60 characters: a tag ("bm" and six hexadecimal digits, different in each run), its
 * number (8 digits), its due time in nanoseconds since the start of the run (12 digits), filler. A frame that contains
 * the tag is a message, in any format of the server; all other frames are ignored. Sender `number % senders` sends
 * message `number`. Each client counts each message as received, received again (doubled), received after a later
 * message of the same sender (out of order), or lost.
 *
 * With `rooms` the clients are spread over so many rooms, which {room} in the path names by number.
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

void *require_memory(void *memory) {
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
        while (attempted < option.clients && attempted - ready - failed < option.pending)
            start_connect(&clients[attempted]);
        poll_sockets(100);
    }
}

static void run_for(double seconds) {
    for (int64_t until = now() + (int64_t)(seconds * SECOND); now() < until;) poll_sockets(10);
}

/* Wait until all messages arrived or none arrives for `quiet` seconds (true), at most for `drain` seconds (false). */
static bool drain(void) {
    int64_t started = now(), until = started + (int64_t)(option.drain * SECOND);
    last_arrival = last_arrival > started ? last_arrival : started;
    for (;;) {
        uint64_t unique = 0;
        for (int at = 0; at < option.clients; at++) unique += clients[at].state == CLOSED ? sent : clients[at].unique;
        if (unique >= expected()) { run_for(0.3); return true; } /* duplicates may follow */
        if (now() - last_arrival > (int64_t)(option.quiet * SECOND)) return true;
        if (now() > until) return false;
        poll_sockets(20);
    }
}

static void run_messages(void) {
    first_due = now() + 50 * MILLISECOND;
    measure_from = first_due + (int64_t)(option.warmup * SECOND);
    measure_to = measure_from + (int64_t)(option.duration * SECOND);
    sending = true;
    if (*option.mode == 'f') {
        total = (uint64_t)((option.warmup + option.duration) * option.rate + 0.5);
        set_timer(first_due);
    } else {
        for (int round = 0; round < option.window; round++)
            for (int sender = 0; sender < option.senders; sender++) send_message(sender, now());
    }
    while (now() < measure_from) poll_sockets(1);
    from = take_snapshot();
    while (now() < measure_to) poll_sockets(1);
    to = take_snapshot();
    while (sent < total) send_due(now()), poll_sockets(1);
    sending = false;
}

/* The start */

static void prepare(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    origin = now();
    snprintf(tag, sizeof tag, "bm%06x", (unsigned)(((uint64_t)origin >> 10) ^ (uint64_t)getpid() << 12) & 0xffffff);
    prepare_sockets();
    clients = require_memory(calloc((size_t)option.clients, sizeof *clients));
    sent_of = require_memory(calloc((size_t)option.senders, sizeof *sent_of));
    for (int at = 0; at < option.clients; at++) {
        clients[at] = (client){.fd = -1, .index = at, .sender = -1};
        clients[at].newest = require_memory(malloc((size_t)option.senders * sizeof(int32_t)));
        for (int sender = 0; sender < option.senders; sender++) clients[at].newest[sender] = -1;
    }
    for (int sender = 0; sender < option.senders; sender++)
        client_of(sender)->sender = sender;
}

int main(int count, char **words) {
    bool quiet = false;
    read_options(count, words);
    prepare();
    from = take_snapshot();
    open_clients();
    to = take_snapshot();
    if (*option.mode != 'c') {
        if (ready < option.clients) fail("%d of %d clients could connect", ready, option.clients);
        run_for(option.settle);
        run_messages();
        quiet = drain();
    }
    print_result(quiet, from, to);
    while (option.hold && !poll_sockets(1000)) continue;
    return 0;
}
