/* Messages: sending them, and counting them at each client. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

int64_t first_due, last_arrival;
uint64_t sent, total, delivered, acknowledged, other_frames;
uint64_t *sent_of;
histogram latency, send_lag;
bool sending;

client *client_of(int sender) { return &clients[(int64_t)sender * option.clients / option.senders]; }

/* How many deliveries the messages make: each goes to every client of its room. */
uint64_t expected(void) { return sent * (uint64_t)(option.clients / option.rooms); }

void send_message(int sender, int64_t due) {
    char text[4096], name[32], part[8192], frame[12288];
    uint64_t number = sent_of[sender]++ * (uint64_t)option.senders + (uint64_t)sender;
    if (number > 99999999) fail("too many messages");
    int size = snprintf(text, sizeof text, "%s %08" PRIu64 " %012" PRId64 " ", tag, number, due - origin);
    static const char words[] = "so this is what they all read ";
    while (size < option.length) { text[size] = words[(size_t)size % (sizeof words - 1)]; size++; }
    if (text[size - 1] == ' ') text[size - 1] = '.';
    text[size] = 0;
    snprintf(name, sizeof name, "%.6s-%08" PRIu64, tag + 2, number);
    substitute(part, sizeof part, option.template, "{id}", name);
    size_t length = substitute(frame, sizeof frame, part, "{text}", text);
    sent++;
    write_frame(client_of(sender), 1, (uint8_t *)frame, length);
}

int64_t due_at(uint64_t number) { return first_due + (int64_t)((double)number * 1e9 / option.rate); }

/* Send all messages that are due, and set the timer to the next one. */
void send_due(int64_t time_ns) {
    if (!sending || sent >= total || time_ns < due_at(sent)) return;
    while (sent < total && due_at(sent) <= time_ns) {
        int64_t due = due_at(sent);
        if (due >= measure_from) record(&send_lag, now() - due);
        send_message((int)(sent % (uint64_t)option.senders), due);
    }
    if (sent < total) set_timer(due_at(sent));
}

static uint64_t digits(const uint8_t *text, int count) {
    uint64_t value = 0;
    while (count--) value = value * 10 + (uint64_t)(*text++ - '0');
    return value;
}

static bool mark_seen(client *c, uint64_t number) {
    uint64_t word = number / 64, bit = 1ULL << (number % 64);
    if (word >= c->seen_words) {
        uint64_t words = word + word / 2 + 64;
        c->seen = require_memory(realloc(c->seen, words * sizeof *c->seen));
        memset(c->seen + c->seen_words, 0, (words - c->seen_words) * sizeof *c->seen);
        c->seen_words = words;
    }
    bool before = c->seen[word] & bit;
    c->seen[word] |= bit;
    return before;
}

static void receive_message(client *c, const uint8_t *text, int64_t time_ns) {
    uint64_t number = digits(text + TAG + 1, NUMBER);
    int64_t due = origin + (int64_t)digits(text + TAG + 1 + NUMBER + 1, DUE);
    uint32_t sender = (uint32_t)(number % (uint64_t)option.senders);
    if (number / (uint64_t)option.senders >= sent_of[sender]) fail("message %" PRIu64 " was never sent", number);
    delivered++;
    last_arrival = time_ns;
    if (mark_seen(c, number)) { c->doubled++; return; }
    c->unique++;
    if ((int64_t)number < c->newest[sender]) c->out_of_order++;
    else c->newest[sender] = (int32_t)number;
    bool own = c->sender == (int)sender;
    if (own) acknowledged++;
    if (due >= measure_from && due < measure_to && (own || *option.mode == 'f')) record(&latency, time_ns - due);
    if (own && sending && *option.mode == 'r') send_message(c->sender, now());
}

/* The payload of a frame. The tag is usually at the offset of the previous frame; otherwise it is searched. */
void receive_text(client *c, const uint8_t *text, size_t size, int64_t time_ns) {
    static size_t hint;
    if (hint + HEAD <= size && !memcmp(text + hint, tag, TAG)) { receive_message(c, text + hint, time_ns); return; }
    const uint8_t *found = memmem(text, size, tag, TAG);
    if (!found || (size_t)(found - text) + HEAD > size) { other_frames++; return; }
    hint = (size_t)(found - text);
    receive_message(c, found, time_ns);
}
