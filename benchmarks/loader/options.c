/* The options of the program, and the placeholders in them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

options option = {
    .host = "127.0.0.1", .path = "/", .template = "{text}", .clients = 100, .rooms = 1, .senders = 1, .pending = 32, .window = 16,
    .length = 60, .rate = 100, .duration = 5, .warmup = 1, .drain = 10, .quiet = 3, .settle = 0.5,
};

static const struct { const char *name; enum { TEXT, WHOLE, REAL, FLAG } kind; void *place; } known_options[] = {
    {"host", TEXT, &option.host}, {"port", WHOLE, &option.port}, {"path", TEXT, &option.path},
    {"template", TEXT, &option.template}, {"clients", WHOLE, &option.clients}, {"rooms", WHOLE, &option.rooms},
    {"senders", WHOLE, &option.senders},
    {"pending", WHOLE, &option.pending}, {"window", WHOLE, &option.window}, {"length", WHOLE, &option.length},
    {"pid", WHOLE, &option.pid}, {"rate", REAL, &option.rate}, {"duration", REAL, &option.duration},
    {"warmup", REAL, &option.warmup}, {"drain", REAL, &option.drain}, {"settle", REAL, &option.settle},
    {"quiet", REAL, &option.quiet}, {"first_frame", FLAG, &option.first_frame}, {"hold", FLAG, &option.hold},
};

static void read_option(char *word) {
    char *value = strchr(word, '=');
    if (value) *value++ = 0;
    for (size_t at = 0; at < sizeof known_options / sizeof *known_options; at++) {
        if (strncmp(word, "--", 2) || strcmp(word + 2, known_options[at].name)) continue;
        if (!value != (known_options[at].kind == FLAG)) break;
        switch (known_options[at].kind) {
        case TEXT: *(const char **)known_options[at].place = value; break;
        case WHOLE: *(int *)known_options[at].place = atoi(value); break;
        case REAL: *(double *)known_options[at].place = atof(value); break;
        case FLAG: *(bool *)known_options[at].place = true; break;
        }
        return;
    }
    fail("unknown option, or wrong use of a value: %s", word);
}

void read_options(int count, char **words) {
    option.mode = count > 1 ? words[1] : "";
    for (int at = 2; at < count; at++) read_option(words[at]);
    bool known = !strcmp(option.mode, "fanout") || !strcmp(option.mode, "receive") || !strcmp(option.mode, "connect");
    bool sane = option.port > 0 && option.clients > 0 && option.rate > 0 && option.pending > 0 && option.window > 0;
    bool fits = option.senders > 0 && option.senders <= option.clients && option.length > HEAD && option.length < 4000;
    fits = fits && option.rooms > 0 && option.clients % option.rooms == 0;
    if (!known || !sane || !fits)
        fail("usage: load fanout|receive|connect --port=P [--clients=N] [--senders=S] ... (the options are in options.c)");
}

/* Replace a placeholder such as {i} in the path or in the template of a message. */
size_t substitute(char *into, size_t room, const char *template, const char *name, const char *value) {
    const char *place = strstr(template, name);
    int size = place ? snprintf(into, room, "%.*s%s%s", (int)(place - template), template, value, place + strlen(name))
                     : snprintf(into, room, "%s", template);
    if (size < 0 || (size_t)size >= room) fail("%s is too long", name);
    return (size_t)size;
}
