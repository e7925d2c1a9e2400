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
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 4 << 20, READ = 256 << 10, TAG = 8, NUMBER = 8, DUE = 12, HEAD = TAG + 1 + NUMBER + 1 + DUE + 1 };
enum { SECOND = 1000000000, MILLISECOND = 1000000, CONNECT_SECONDS = 120 };
enum { OCTAVES = 40, STEPS = 64 }; /* a histogram of STEPS linear buckets for each power of two of microseconds */

typedef struct { uint64_t count[OCTAVES * STEPS], total, most; } histogram;

#define TIMER UINT32_MAX /* what an event belongs to: these, or the client with that index */
#define INPUT (UINT32_MAX - 1)

enum state { UNBORN, CONNECTING, SHAKING, OPEN, CLOSED };

typedef struct {
    int fd, index, sender; /* sender: -1, or which one */
    enum state state;
    bool ready;            /* shaken hands, and greeted if the server greets */
    int64_t begun;         /* ns */
    uint8_t *rest;         /* the beginning of a frame that has not arrived whole */
    size_t rest_size;
    uint8_t *out;          /* what the socket would not take yet */
    size_t out_at, out_size, out_room;
    uint64_t *seen;        /* one bit for each message */
    uint64_t seen_words;
    int32_t *newest;       /* of each sender; -1: none yet */
    uint64_t unique, doubled, disordered;
} client;

static struct {
    const char *mode, *host, *path, *template;
    int port, clients, senders, pending, window, length, pid;
    double rate, duration, warmup, drain, quiet, settle; /* messages per second; seconds */
    bool greets, hold;
} option = {
    .host = "127.0.0.1", .path = "/", .template = "{text}", .clients = 100, .senders = 1, .pending = 32, .window = 16,
    .length = 60, .rate = 100, .duration = 5, .warmup = 1, .drain = 10, .quiet = 3, .settle = 0.5,
};

static client *clients;
static uint8_t *buffer;
static int epoll, timer, begun, ready, failed, closed_early;
static char tag[TAG + 1];
static int64_t origin, first_due, measure_from, measure_to, last_arrival;
static uint64_t sent, total /* by the clock */, delivered, other_frames, bytes_in;
static uint64_t *sent_of; /* how many messages each sender has sent */
static histogram latency, lag, connect_time;
static bool sending;

/* What is read at both ends of the measured stretch. */
typedef struct { int64_t at; double server_cpu, load_cpu; uint64_t delivered, acknowledged; } snapshot;
static snapshot from, to;
static uint64_t acknowledged;

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static void *checked(void *memory) {
    if (!memory) fail("out of memory");
    return memory;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * SECOND + time.tv_nsec;
}

/* Histograms */

static void record(histogram *in, int64_t ns) {
    uint64_t us = ns > 0 ? (uint64_t)ns / 1000 : 0;
    unsigned octave = 0, bits = us ? (unsigned)(64 - __builtin_clzll(us)) : 0;
    if (bits > 7) octave = bits - 7; /* below 128 us a bucket is one microsecond, then 1/64 of the power of two */
    size_t place = (size_t)octave * STEPS + (us >> octave);
    in->count[place < OCTAVES * STEPS ? place : OCTAVES * STEPS - 1]++;
    in->total++;
    if (us > in->most) in->most = us;
}

static double quantile_ms(const histogram *of, double share) {
    uint64_t wanted = (uint64_t)(share * (double)of->total), passed = 0;
    for (size_t place = 0; place < OCTAVES * STEPS; place++) {
        passed += of->count[place];
        if (passed <= wanted) continue;
        /* In octave n > 0 the upper half of the 2 x STEPS steps is used: bucket (n, s) holds (s + STEPS) << n. */
        uint64_t octave = place < 2 * STEPS ? 0 : place / STEPS - 1, step = place - octave * STEPS;
        double top = (double)((step + 1) << octave);
        return (top < (double)of->most ? top : (double)of->most) / 1000;
    }
    return (double)of->most / 1000;
}

static void print_histogram(const char *name, const histogram *of) {
    printf("\"%s\": {\"count\": %" PRIu64 ", \"p50\": %.3f, \"p90\": %.3f, \"p99\": %.3f, \"max\": %.3f}, ", name,
           of->total, quantile_ms(of, 0.5), quantile_ms(of, 0.9), quantile_ms(of, 0.99), (double)of->most / 1000);
}

/* What it cost */

static double server_cpu(void) {
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    if (!option.pid) return 0;
    snprintf(path, sizeof path, "/proc/%d/stat", option.pid);
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

static snapshot look(void) {
    struct rusage own;
    getrusage(RUSAGE_SELF, &own);
    double whole = (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec);
    double part = (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec) / 1e6;
    return (snapshot){now(), server_cpu(), whole + part, delivered, acknowledged};
}

/* Sockets */

static void watch(client *c, uint32_t events, int how) {
    struct epoll_event event = {.events = events, .data.u32 = (uint32_t)c->index};
    if (epoll_ctl(epoll, how, c->fd, &event)) fail("epoll_ctl: %s", strerror(errno));
}

static void drop(client *c) {
    if (c->state == CLOSED) return;
    if (c->ready) closed_early++;
    else failed++;
    c->state = CLOSED;
    close(c->fd);
}

static void flush(client *c) {
    while (c->out_at < c->out_size) {
        ssize_t written = send(c->fd, c->out + c->out_at, c->out_size - c->out_at, MSG_NOSIGNAL);
        if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (written < 0) { drop(c); return; }
        c->out_at += (size_t)written;
    }
    c->out_at = c->out_size = 0;
    watch(c, EPOLLIN, EPOLL_CTL_MOD);
}

static void write_to(client *c, const void *data, size_t size) {
    if (c->state == CLOSED) return;
    bool waits = c->out_size > 0;
    if (!waits) {
        ssize_t written = send(c->fd, data, size, MSG_NOSIGNAL);
        if (written < 0 && errno != EAGAIN && errno != EINTR) { drop(c); return; }
        if (written > 0) { data = (const char *)data + written; size -= (size_t)written; }
    }
    if (!size) return;
    if (c->out_size + size > c->out_room) {
        c->out_room = 2 * (c->out_size + size);
        c->out = checked(realloc(c->out, c->out_room));
    }
    memcpy(c->out + c->out_size, data, size);
    c->out_size += size;
    if (!waits) watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

/* Clients must mask what they send (RFC 6455, 5.3); a mask of a random kind makes the server do its whole work. */
static void write_frame(client *c, uint8_t opcode, const uint8_t *payload, size_t size) {
    static const uint8_t mask[4] = {0x5a, 0xc3, 0x96, 0x1f};
    uint8_t frame[65536 + 16];
    size_t head = 2;
    if (size > 65535) fail("a message is too long");
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (size < 126 ? (uint8_t)size : 126);
    if (size >= 126) {
        frame[2] = (uint8_t)(size >> 8);
        frame[3] = (uint8_t)size;
        head = 4;
    }
    memcpy(frame + head, mask, 4);
    head += 4;
    for (size_t at = 0; at < size; at++) frame[head + at] = payload[at] ^ mask[at & 3];
    write_to(c, frame, head + size);
}

/* The path, and the template of a message, with what stands in braces replaced. */
static size_t fill(char *into, size_t room, const char *template, const char *name, const char *value) {
    const char *place = strstr(template, name);
    int size = place ? snprintf(into, room, "%.*s%s%s", (int)(place - template), template, value, place + strlen(name))
                     : snprintf(into, room, "%s", template);
    if (size < 0 || (size_t)size >= room) fail("%s is too long", name);
    return (size_t)size;
}

static void begin(client *c) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)option.port)};
    int on = 1;
    if (inet_pton(AF_INET, option.host, &address.sin_addr) != 1) fail("not an address: %s", option.host);
    c->begun = now();
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) fail("socket: %s (is `ulimit -n` high enough?)", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->state = CONNECTING;
    begun++;
    watch(c, EPOLLOUT, EPOLL_CTL_ADD);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) drop(c);
}

static void shake_hands(client *c) {
    char number[16], path[1024], request[2048];
    snprintf(number, sizeof number, "%d", c->index);
    fill(path, sizeof path, option.path, "{i}", number);
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        path, option.host, option.port);
    c->state = SHAKING;
    watch(c, EPOLLIN, EPOLL_CTL_MOD);
    write_to(c, request, (size_t)size);
}

static void become_ready(client *c) {
    if (c->ready) return;
    c->ready = true;
    ready++;
    record(&connect_time, now() - c->begun);
}

/* Sending */

static void say(int sender, int64_t due) {
    char text[4096], name[32], part[8192], frame[12288];
    uint64_t number = sent_of[sender]++ * (uint64_t)option.senders + (uint64_t)sender;
    if (number > 99999999) fail("too many messages");
    int size = snprintf(text, sizeof text, "%s %08" PRIu64 " %012" PRId64 " ", tag, number, due - origin);
    static const char words[] = "so this is what they all read ";
    while (size < option.length) { text[size] = words[(size_t)size % (sizeof words - 1)]; size++; }
    if (text[size - 1] == ' ') text[size - 1] = '.';
    text[size] = 0;
    snprintf(name, sizeof name, "%.6s-%08" PRIu64, tag + 2, number);
    fill(part, sizeof part, option.template, "{id}", name);
    size_t length = fill(frame, sizeof frame, part, "{text}", text);
    sent++;
    write_frame(&clients[(int64_t)sender * option.clients / option.senders], 1, (uint8_t *)frame, length);
}

static int64_t due_at(uint64_t number) { return first_due + (int64_t)((double)number * 1e9 / option.rate); }

static void wake_at(int64_t moment) {
    struct itimerspec when = {.it_value = {moment / SECOND, moment % SECOND}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Everything that is due by now; then the timer is set to what comes next. */
static void send_due(int64_t moment) {
    if (!sending || sent >= total || moment < due_at(sent)) return;
    while (sent < total && due_at(sent) <= moment) {
        int64_t due = due_at(sent);
        if (due >= measure_from) record(&lag, now() - due);
        say((int)(sent % (uint64_t)option.senders), due);
    }
    if (sent < total) wake_at(due_at(sent));
}

/* Receiving */

static uint64_t digits(const uint8_t *text, int count) {
    uint64_t value = 0;
    while (count--) value = value * 10 + (uint64_t)(*text++ - '0');
    return value;
}

static bool saw(client *c, uint64_t number) {
    uint64_t word = number / 64, bit = 1ULL << (number % 64);
    if (word >= c->seen_words) {
        uint64_t words = word + word / 2 + 64;
        c->seen = checked(realloc(c->seen, words * sizeof *c->seen));
        memset(c->seen + c->seen_words, 0, (words - c->seen_words) * sizeof *c->seen);
        c->seen_words = words;
    }
    bool before = c->seen[word] & bit;
    c->seen[word] |= bit;
    return before;
}

static void take_message(client *c, const uint8_t *text, int64_t moment) {
    uint64_t number = digits(text + TAG + 1, NUMBER);
    int64_t due = origin + (int64_t)digits(text + TAG + 1 + NUMBER + 1, DUE);
    uint32_t sender = (uint32_t)(number % (uint64_t)option.senders);
    if (number / (uint64_t)option.senders >= sent_of[sender]) fail("message %" PRIu64 " was never sent", number);
    delivered++;
    last_arrival = moment;
    if (saw(c, number)) { c->doubled++; return; }
    c->unique++;
    if ((int64_t)number < c->newest[sender]) c->disordered++;
    else c->newest[sender] = (int32_t)number;
    bool own = c->sender == (int)sender;
    if (own) acknowledged++;
    if (due >= measure_from && due < measure_to && (own || *option.mode == 'f')) record(&latency, moment - due);
    if (own && sending && *option.mode == 'r') say(c->sender, now());
}

/* One whole frame. The message stands where it stood in the last frame, or it is looked for. */
static void take_frame(client *c, uint8_t first, const uint8_t *payload, size_t size, int64_t moment) {
    static size_t hint;
    uint8_t opcode = first & 15;
    if (opcode == 8) { drop(c); return; }
    if (opcode == 9) { write_frame(c, 10, payload, size); return; }
    if (opcode > 2) return;
    if (opcode == 0 || !(first & 0x80)) fail("the server sends messages in fragments: not understood");
    become_ready(c);
    if (hint + HEAD <= size && !memcmp(payload + hint, tag, TAG)) { take_message(c, payload + hint, moment); return; }
    const uint8_t *found = memmem(payload, size, tag, TAG);
    if (!found || (size_t)(found - payload) + HEAD > size) { other_frames++; return; }
    hint = (size_t)(found - payload);
    take_message(c, found, moment);
}

/* All whole frames at the beginning of `data`; returns how many bytes they were. */
static size_t take_frames(client *c, const uint8_t *data, size_t size, int64_t moment) {
    size_t at = 0;
    while (size - at >= 2 && c->state != CLOSED) {
        const uint8_t *frame = data + at;
        uint64_t length = frame[1], head = length == 126 ? 4 : length == 127 ? 10 : 2;
        if (length & 0x80) fail("the server masks its frames");
        if (size - at < head) break;
        if (head > 2) {
            length = 0;
            for (uint64_t place = 2; place < head; place++) length = length << 8 | frame[place];
        }
        if (length > BUFFER - READ - 16) fail("a frame of %" PRIu64 " bytes", length);
        if (size - at < head + length) break;
        take_frame(c, frame[0], frame + head, length, moment);
        at += head + length;
    }
    return at;
}

static size_t take_handshake(client *c, const uint8_t *data, size_t size) {
    const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (size < 12 || memcmp(data, "HTTP/1.1 101", 12)) { drop(c); return size; }
    c->state = OPEN;
    if (!option.greets) become_ready(c);
    return (size_t)(end - data) + 4;
}

static void take(client *c) {
    if (c->rest_size) memcpy(buffer, c->rest, c->rest_size);
    ssize_t got = recv(c->fd, buffer + c->rest_size, READ, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) { drop(c); return; }
    int64_t moment = now();
    size_t size = c->rest_size + (size_t)got, at = 0;
    bytes_in += (uint64_t)got;
    if (c->state == SHAKING) at = take_handshake(c, buffer, size);
    if (c->state == OPEN) at += take_frames(c, buffer + at, size - at, moment);
    c->rest_size = size - at;
    if (!c->rest_size) return;
    c->rest = checked(realloc(c->rest, c->rest_size));
    memcpy(c->rest, buffer + at, c->rest_size);
}

/* One turn: wait for at most `wait_ms`, then serve every socket once. True when standard input has ended. */
static bool turn(int wait_ms) {
    struct epoll_event events[256];
    bool ended = false;
    int count = epoll_wait(epoll, events, 256, wait_ms);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    for (int at = 0; at < count; at++) {
        uint32_t index = events[at].data.u32;
        if (index == INPUT) {
            ended = true;
        } else if (index != TIMER) {
            client *c = &clients[index];
            if (c->state == CONNECTING && events[at].events & (EPOLLERR | EPOLLHUP)) drop(c);
            else if (c->state == CONNECTING) shake_hands(c);
            if (c->state > CONNECTING && c->state < CLOSED && events[at].events & EPOLLOUT && c->out_size) flush(c);
            if (c->state > CONNECTING && c->state < CLOSED && events[at].events & ~(uint32_t)EPOLLOUT) take(c);
        }
        send_due(now());
    }
    return ended;
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
    int64_t begin = now(), until = begin + (int64_t)(option.drain * SECOND);
    last_arrival = last_arrival > begin ? last_arrival : begin;
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

static void print_losses(bool quiet) {
    uint64_t lost = 0, late = 0, doubled = 0, disordered = 0, unique = 0;
    int64_t end = now();
    for (int at = 0; at < option.clients; at++) {
        const client *c = &clients[at];
        doubled += c->doubled;
        disordered += c->disordered;
        unique += c->unique;
        for (int sender = 0; sender < option.senders; sender++) {
            for (uint64_t turn_of = 0; turn_of < sent_of[sender]; turn_of++) {
                uint64_t number = turn_of * (uint64_t)option.senders + (uint64_t)sender;
                if (number / 64 < c->seen_words && c->seen[number / 64] >> (number % 64) & 1) continue;
                /* A hole is a loss. What has not come at the end is late, unless the server has fallen silent. */
                if (quiet || c->state == CLOSED || (int64_t)number < c->newest[sender]) { lost++; continue; }
                late++; /* its latency is at least what it is by now */
                if (*option.mode == 'f' && due_at(number) >= measure_from) record(&latency, end - due_at(number));
            }
        }
    }
    printf("\"expected\": %" PRIu64 ", \"received\": %" PRIu64 ", \"lost\": %" PRIu64 ", \"late\": %" PRIu64
           ", \"doubled\": %" PRIu64 ", \"out_of_order\": %" PRIu64 ", ",
           sent * (uint64_t)option.clients, unique, lost, late, doubled, disordered);
}

static void print_result(bool quiet) {
    double seconds = (double)(to.at - from.at) / SECOND, cpu = to.server_cpu - from.server_cpu;
    uint64_t deliveries = to.delivered - from.delivered, acks = to.acknowledged - from.acknowledged;
    printf("{\"mode\": \"%s\", \"clients\": %d, \"senders\": %d, ", option.mode, option.clients, option.senders);
    if (*option.mode != 'c') {
        printf("\"rate\": %g, \"sent\": %" PRIu64 ", ", option.rate, sent);
        print_losses(quiet);
        print_histogram("latency_ms", &latency);
        print_histogram("send_lag_ms", &lag);
        printf("\"deliveries\": %" PRIu64 ", \"delivered_per_second\": %.1f, \"acknowledged_per_second\": %.1f, ",
               deliveries, (double)deliveries / seconds, (double)acks / seconds);
        printf("\"cpu_us_per_delivery\": %.4f, \"cpu_us_per_message\": %.2f, ",
               deliveries ? cpu / (double)deliveries * 1e6 : 0, acks ? cpu / (double)acks * 1e6 : 0);
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

/* The beginning */

static const struct { const char *name; enum { TEXT, WHOLE, REAL, FLAG } kind; void *place; } options[] = {
    {"host", TEXT, &option.host}, {"port", WHOLE, &option.port}, {"path", TEXT, &option.path},
    {"template", TEXT, &option.template}, {"clients", WHOLE, &option.clients}, {"senders", WHOLE, &option.senders},
    {"pending", WHOLE, &option.pending}, {"window", WHOLE, &option.window}, {"length", WHOLE, &option.length},
    {"pid", WHOLE, &option.pid}, {"rate", REAL, &option.rate}, {"duration", REAL, &option.duration},
    {"warmup", REAL, &option.warmup}, {"drain", REAL, &option.drain}, {"settle", REAL, &option.settle},
    {"quiet", REAL, &option.quiet}, {"greets", FLAG, &option.greets}, {"hold", FLAG, &option.hold},
};

static void read_option(char *word) {
    char *value = strchr(word, '=');
    if (value) *value++ = 0;
    for (size_t at = 0; at < sizeof options / sizeof *options; at++) {
        if (strncmp(word, "--", 2) || strcmp(word + 2, options[at].name)) continue;
        if (!value != (options[at].kind == FLAG)) break;
        switch (options[at].kind) {
        case TEXT: *(const char **)options[at].place = value; break;
        case WHOLE: *(int *)options[at].place = atoi(value); break;
        case REAL: *(double *)options[at].place = atof(value); break;
        case FLAG: *(bool *)options[at].place = true; break;
        }
        return;
    }
    fail("no such option, or it takes a value and has none: %s", word);
}

static void read_options(int count, char **words) {
    option.mode = count > 1 ? words[1] : "";
    for (int at = 2; at < count; at++) read_option(words[at]);
    bool known = !strcmp(option.mode, "fanout") || !strcmp(option.mode, "receive") || !strcmp(option.mode, "connect");
    bool sane = option.port > 0 && option.clients > 0 && option.rate > 0 && option.pending > 0 && option.window > 0;
    bool fits = option.senders > 0 && option.senders <= option.clients && option.length > HEAD && option.length < 4000;
    if (!known || !sane || !fits)
        fail("usage: load fanout|receive|connect --port=P [--clients=N] [--senders=S] ... (the options are in load.c)");
}

static void prepare(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    origin = now();
    snprintf(tag, sizeof tag, "bm%06x", (unsigned)(((uint64_t)origin >> 10) ^ (uint64_t)getpid() << 12) & 0xffffff);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event tick = {.events = EPOLLIN | EPOLLET, .data.u32 = TIMER}; /* edges: it is never read */
    struct epoll_event input = {.events = EPOLLIN, .data.u32 = INPUT};
    if (epoll < 0 || timer < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &tick)) fail("epoll: %s", strerror(errno));
    if (option.hold && epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input)) fail("epoll: %s", strerror(errno));
    buffer = checked(malloc(BUFFER));
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
    print_result(quiet);
    while (option.hold && !turn(1000)) continue;
    return 0;
}
