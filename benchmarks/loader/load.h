/* Shared by all files of the load generator: options, clients, counters. load.c describes the program. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lengths of the fields of a message, in characters */
enum { TAG = 8, NUMBER = 8, DUE = 12, HEAD = TAG + 1 + NUMBER + 1 + DUE + 1 };
enum { SECOND = 1000000000, MILLISECOND = 1000000 };

typedef struct {
    const char *mode, *host, *path, *template;
    int port, clients, rooms, senders, pending, window, length, pid;
    double rate, duration, warmup, drain, quiet, settle; /* messages per second; seconds */
    bool first_frame, hold;
} options;

enum state { NEW, CONNECTING, HANDSHAKING, OPEN, CLOSED };

typedef struct {
    int fd, index, sender; /* sender: number of the sender, or -1 */
    enum state state;
    bool ready;            /* handshake complete; with option `first_frame` also the first frame received */
    int64_t started_at;    /* ns */
    uint8_t *partial;      /* the start of an incomplete frame */
    size_t partial_size;
    uint8_t *out;          /* bytes that the socket has not accepted yet */
    size_t out_at, out_size, out_capacity;
    uint64_t *seen;        /* one bit for each message */
    uint64_t seen_words;
    int32_t *newest;       /* highest number received from each sender, or -1 */
    uint64_t unique, doubled, out_of_order;
} client;

enum { OCTAVES = 40, STEPS = 64 }; /* a histogram of STEPS linear buckets for each power of two of microseconds */

typedef struct { uint64_t count[OCTAVES * STEPS], total, max; } histogram;

/* The counters at the start and the end of the measured interval. */
typedef struct { int64_t at; double server_cpu, loop_cpu, load_cpu; uint64_t delivered, acknowledged; } snapshot;

/* options.c: the command line */
extern options option;
void read_options(int count, char **words);
size_t substitute(char *into, size_t room, const char *template, const char *name, const char *value);

/* load.c: the run */
extern client *clients;
extern char tag[TAG + 1];
extern int64_t origin, measure_from, measure_to;
_Noreturn void fail(const char *format, ...);
void *require_memory(void *memory);
int64_t now(void);

/* sockets.c: the connections */
extern int attempted, ready, failed, closed_early;
extern uint64_t bytes_in;
extern histogram connect_time;
void prepare_sockets(void);
void start_connect(client *c);
void write_frame(client *c, uint8_t opcode, const uint8_t *payload, size_t size);
bool poll_sockets(int wait_ms);
void set_timer(int64_t time_ns);

/* messages.c: messages that are sent and received */
extern int64_t first_due, last_arrival;
extern uint64_t sent, total /* messages that the schedule has */, delivered, acknowledged, other_frames;
extern uint64_t *sent_of; /* how many messages each sender has sent */
extern histogram latency, send_lag;
extern bool sending;
client *client_of(int sender);
uint64_t expected(void);
void send_message(int sender, int64_t due);
int64_t due_at(uint64_t number);
void send_due(int64_t time_ns);
void receive_text(client *c, const uint8_t *text, size_t size, int64_t time_ns);

/* result.c: the figures */
void record(histogram *in, int64_t ns);
snapshot take_snapshot(void);
void print_result(bool quiet, snapshot from, snapshot to);

#endif
