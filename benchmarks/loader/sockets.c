/* The connections: sockets, handshakes and frames (RFC 6455). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { BUFFER = 4 << 20, READ = 256 << 10 };

#define TIMER UINT32_MAX /* epoll event data: one of these two, or the index of a client */
#define INPUT (UINT32_MAX - 1)

int attempted, ready, failed, closed_early;
uint64_t bytes_in;
histogram connect_time;
static uint8_t *buffer;
static int epoll, timer;

void prepare_sockets(void) {
    epoll = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event tick = {.events = EPOLLIN | EPOLLET, .data.u32 = TIMER}; /* edges: it is never read */
    struct epoll_event input = {.events = EPOLLIN, .data.u32 = INPUT};
    if (epoll < 0 || timer < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &tick)) fail("epoll: %s", strerror(errno));
    if (option.hold && epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input)) fail("epoll: %s", strerror(errno));
    buffer = require_memory(malloc(BUFFER));
}

void set_timer(int64_t time_ns) {
    struct itimerspec when = {.it_value = {time_ns / SECOND, time_ns % SECOND}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

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
    if (c->out_size + size > c->out_capacity) {
        c->out_capacity = 2 * (c->out_size + size);
        c->out = require_memory(realloc(c->out, c->out_capacity));
    }
    memcpy(c->out + c->out_size, data, size);
    c->out_size += size;
    if (!waits) watch(c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

/* Clients must mask their frames (RFC 6455, 5.3). The mask is not zero, so the server does the full unmasking work. */
void write_frame(client *c, uint8_t opcode, const uint8_t *payload, size_t size) {
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

void start_connect(client *c) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)option.port)};
    int on = 1;
    if (inet_pton(AF_INET, option.host, &address.sin_addr) != 1) fail("not an address: %s", option.host);
    c->started_at = now();
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) fail("socket: %s (is `ulimit -n` high enough?)", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->state = CONNECTING;
    attempted++;
    watch(c, EPOLLOUT, EPOLL_CTL_ADD);
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) drop(c);
}

static void send_handshake(client *c) {
    char number[16], part[1024], path[1024], request[2048];
    snprintf(number, sizeof number, "%d", c->index);
    substitute(part, sizeof part, option.path, "{i}", number);
    snprintf(number, sizeof number, "%d", c->index % option.rooms);
    substitute(path, sizeof path, part, "{room}", number);
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        path, option.host, option.port);
    c->state = HANDSHAKING;
    watch(c, EPOLLIN, EPOLL_CTL_MOD);
    write_to(c, request, (size_t)size);
}

static void mark_ready(client *c) {
    if (c->ready) return;
    c->ready = true;
    ready++;
    record(&connect_time, now() - c->started_at);
}

/* One complete frame. */
static void handle_frame(client *c, uint8_t first, const uint8_t *payload, size_t size, int64_t time_ns) {
    uint8_t opcode = first & 15;
    if (opcode == 8) { drop(c); return; }
    if (opcode == 9) { write_frame(c, 10, payload, size); return; }
    if (opcode > 2) return;
    if (opcode == 0 || !(first & 0x80)) fail("fragmented messages from the server are not supported");
    mark_ready(c);
    receive_text(c, payload, size, time_ns);
}

/* All complete frames at the start of `data`; returns their total size. */
static size_t handle_frames(client *c, const uint8_t *data, size_t size, int64_t time_ns) {
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
        handle_frame(c, frame[0], frame + head, length, time_ns);
        at += head + length;
    }
    return at;
}

static size_t handle_handshake(client *c, const uint8_t *data, size_t size) {
    const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
    if (!end) return 0;
    if (size < 12 || memcmp(data, "HTTP/1.1 101", 12)) { drop(c); return size; }
    c->state = OPEN;
    if (!option.first_frame) mark_ready(c);
    return (size_t)(end - data) + 4;
}

static void read_socket(client *c) {
    if (c->partial_size) memcpy(buffer, c->partial, c->partial_size);
    ssize_t got = recv(c->fd, buffer + c->partial_size, READ, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) { drop(c); return; }
    int64_t time_ns = now();
    size_t size = c->partial_size + (size_t)got, at = 0;
    bytes_in += (uint64_t)got;
    if (c->state == HANDSHAKING) at = handle_handshake(c, buffer, size);
    if (c->state == OPEN) at += handle_frames(c, buffer + at, size - at, time_ns);
    c->partial_size = size - at;
    if (!c->partial_size) return;
    c->partial = require_memory(realloc(c->partial, c->partial_size));
    memcpy(c->partial, buffer + at, c->partial_size);
}

/* Wait for at most `wait_ms`, then handle each ready socket once. Returns whether standard input has ended. */
bool poll_sockets(int wait_ms) {
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
            else if (c->state == CONNECTING) send_handshake(c);
            if (c->state > CONNECTING && c->state < CLOSED && events[at].events & EPOLLOUT && c->out_size) flush(c);
            if (c->state > CONNECTING && c->state < CLOSED && events[at].events & ~(uint32_t)EPOLLOUT) read_socket(c);
        }
        send_due(now());
    }
    return ended;
}
