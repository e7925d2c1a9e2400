/* What the parts of the load share: its options, its clients, and what was counted so far. load.c says what it does. */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAG = 8, NUMBER = 8, DUE = 12, HEAD = TAG + 1 + NUMBER + 1 + DUE + 1 };
enum { SECOND = 1000000000, MILLISECOND = 1000000 };

typedef struct {
    const char *mode, *host, *path, *template;
    int port, clients, senders, pending, window, length, pid;
    double rate, duration, warmup, drain, quiet, settle; /* messages per second; seconds */
    bool greets, hold;
} options;

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

enum { OCTAVES = 40, STEPS = 64 }; /* a histogram of STEPS linear buckets for each power of two of microseconds */

typedef struct { uint64_t count[OCTAVES * STEPS], total, most; } histogram;

/* What is read at both ends of the measured stretch. */
typedef struct { int64_t at; double server_cpu, load_cpu; uint64_t delivered, acknowledged; } snapshot;

/* options.c: what is asked for */
extern options option;
void read_options(int count, char **words);
size_t fill(char *into, size_t room, const char *template, const char *name, const char *value);

/* load.c: the run */
extern client *clients;
extern char tag[TAG + 1];
extern int64_t origin, measure_from, measure_to;
_Noreturn void fail(const char *format, ...);
void *checked(void *memory);
int64_t now(void);

/* sockets.c: the connections */
extern int begun, ready, failed, closed_early;
extern uint64_t bytes_in;
extern histogram connect_time;
void prepare_sockets(void);
void begin(client *c);
void write_frame(client *c, uint8_t opcode, const uint8_t *payload, size_t size);
bool turn(int wait_ms);
void wake_at(int64_t moment);

/* messages.c: what is said and heard */
extern int64_t first_due, last_arrival;
extern uint64_t sent, total /* by the clock */, delivered, acknowledged, other_frames;
extern uint64_t *sent_of; /* how many messages each sender has sent */
extern histogram latency, lag;
extern bool sending;
void say(int sender, int64_t due);
int64_t due_at(uint64_t number);
void send_due(int64_t moment);
void take_text(client *c, const uint8_t *text, size_t size, int64_t moment);

/* result.c: what it was like */
void record(histogram *in, int64_t ns);
snapshot look(void);
void print_result(bool quiet, snapshot from, snapshot to);

#endif
