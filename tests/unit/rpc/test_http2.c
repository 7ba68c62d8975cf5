// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Connections to backends that say what no backend should: frames written by hand, and what a call makes of them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <inferd/status.h>
#include "rpc/framing.h"
#include "rpc/http2.h"
#include "rpc/http2_inner.h"

enum { DATA, HEADERS, RESET = 3, SETTINGS, GOAWAY = 7, WINDOW_UPDATE };
enum { LAST = 1, WHOLE = 4 }; // END_STREAM, END_HEADERS

struct talk {
    struct loop *loop;
    struct http2 *http2;
    struct http2_head *head;
    int backend;
    int said, overs;
    int status;
    char text[128], reply[32];
    bool unseen, has_reply;
};

static void on_over(void *user)
{
    struct talk *talk = user;

    talk->overs++;
}

// TCP, for it tells only once that there is room again.
static void make_pair(int pair[2])
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(place);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&place, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&place, &size), 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(pair[0], (struct sockaddr *)&place, size), 0);
    pair[1] = accept(listener, NULL, NULL);
    assert_true(pair[1] >= 0);
    close(listener);
}

static int setup(void **state)
{
    struct talk *talk = calloc(1, sizeof(*talk));
    int pair[2];

    assert_non_null(talk);
    talk->loop = loop_new();
    make_pair(pair);
    talk->backend = pair[1];
    talk->http2 = http2_new(talk->loop, pair[0], 1000, on_over, talk);
    talk->head = http2_head_new("backend:1", "/a.B/C", &(struct rpc_header){"key", "value"}, 1);
    assert_true(talk->http2 != NULL && talk->head != NULL);
    *state = talk;
    return 0;
}

static int teardown(void **state)
{
    struct talk *talk = *state;

    http2_free(talk->http2);
    loop_drain(talk->loop);
    http2_head_free(talk->head);
    if (talk->backend >= 0)
        close(talk->backend);
    loop_free(talk->loop);
    free(talk);
    return 0;
}

static void say(struct talk *talk, int type, int flags, unsigned id, const void *payload, size_t len)
{
    uint8_t head[9] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len, (uint8_t)type, (uint8_t)flags, 0, 0,
                       (uint8_t)(id >> 8),   (uint8_t)id};

    assert_int_equal(write(talk->backend, head, 9), 9);
    assert_int_equal(write(talk->backend, payload, len), len);
}

// "name=value;…", as HPACK's literals.
static void say_headers(struct talk *talk, int flags, unsigned id, const char *headers)
{
    uint8_t block[512];
    size_t at = 0;

    while (*headers != '\0') {
        size_t name = strcspn(headers, "="), value = strcspn(headers + name + 1, ";");

        block[at++] = 0;
        block[at++] = (uint8_t)name;
        memcpy(block + at, headers, name);
        at += name;
        block[at++] = (uint8_t)value;
        memcpy(block + at, headers + name + 1, value);
        at += value;
        headers += name + 1 + value;
        headers += *headers == ';';
    }
    say(talk, HEADERS, flags | WHOLE, id, block, at);
}

static void on_done(void *user, const struct http2_end *end)
{
    struct talk *talk = user;

    assert_int_equal(talk->said++, 0);
    talk->status = end->status;
    talk->unseen = end->unseen;
    talk->has_reply = end->has_reply;
    assert_true(end->text_len < sizeof(talk->text) && end->reply_len < sizeof(talk->reply));
    memcpy(talk->text, end->text, end->text_len);
    if (end->reply_len > 0)
        memcpy(talk->reply, end->reply, end->reply_len);
    free(end->reply);
    loop_stop(talk->loop);
}

static void call(struct talk *talk, int64_t timeout_us)
{
    static uint8_t message[FRAMING_PREFIX + 2] = "     hi";

    assert_non_null(
        http2_call(talk->http2, talk->head, NULL, 0, timeout_us, message + FRAMING_PREFIX, 2, on_done, talk));
}

// The first call of the connection, answered with what was said.
static void expect(struct talk *talk, int status, const char *text)
{
    call(talk, INT64_MAX);
    loop_run(talk->loop);
    assert_string_equal(talk->text, text);
    assert_int_equal(talk->status, status);
    assert_false(talk->unseen);
}

#define OK_HEADERS ":status=200;content-type=application/grpc"

static void begin(struct talk *talk)
{
    say(talk, SETTINGS, 0, 0, "", 0);
    say_headers(talk, 0, 1, OK_HEADERS);
}

static void test_a_reply(void **state)
{
    struct talk *talk = *state;

    begin(talk);
    say(talk, DATA, 0, 1, "\0\0", 2); // in pieces
    say(talk, DATA, 0, 1, "\0\0\5he", 5);
    say(talk, DATA, 0, 1, "llo", 3);
    say_headers(talk, LAST, 1, "grpc-status=0");
    expect(talk, INFERD_OK, "");
    assert_true(talk->has_reply);
    assert_string_equal(talk->reply, "hello");
    assert_int_equal(talk->overs, 0);
}

static void test_a_status_with_a_message(void **state)
{
    struct talk *talk = *state;

    say(talk, SETTINGS, 0, 0, "", 0);
    say_headers(talk, LAST, 1, OK_HEADERS ";grpc-status=5;grpc-message=100%25 lost%2C 5%zz%4");
    expect(talk, INFERD_NOT_FOUND, "100% lost, 5%zz%4");
}

static void test_messages_that_are_none(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        int status;
        const char *text;
    } cases[] = {
        {"\1\0\0\0\0", 5, INFERD_INTERNAL, "compressed its reply, which nobody asked for"},
        {"\0\0\0\7\0", 5, INFERD_RESOURCE_EXHAUSTED, "sends a reply that is larger than the limit"},
        {"\0\377\377\377\377", 5, INFERD_RESOURCE_EXHAUSTED, "sends a reply that is larger than the limit"},
        {"\0\0\0\0\1aX", 7, INFERD_INTERNAL, "sent more than one reply"},
        {"\0\0\0\0\3a", 6, INFERD_INTERNAL, "sent a part of its reply only"},
        {"\0\0\0", 3, INFERD_INTERNAL, "sent a part of its reply only"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct talk *talk;
        void *own;

        setup(&own);
        talk = own;
        begin(talk);
        say(talk, DATA, 0, 1, cases[i].bytes, cases[i].len);
        say_headers(talk, LAST, 1, "grpc-status=0");
        expect(talk, cases[i].status, cases[i].text);
        teardown(&own);
    }
    (void)state;
}

static void test_ends_without_a_status(void **state)
{
    struct talk *talk = *state;

    begin(talk);
    say(talk, DATA, LAST, 1, "", 0);
    expect(talk, INFERD_UNKNOWN, "ended the call without a status");
}

static void test_answers_of_proxies(void **state)
{
    static const struct {
        const char *headers;
        int status;
        const char *text;
    } cases[] = {
        {":status=503;content-type=text/html", INFERD_UNAVAILABLE, "answered with HTTP status 503"},
        {":status=401", INFERD_UNAUTHENTICATED, "answered with HTTP status 401"},
        {":status=418", INFERD_UNKNOWN, "answered with HTTP status 418"},
        {":status=200;content-type=text/html", INFERD_UNKNOWN, "answered with something else than gRPC"},
        {OK_HEADERS ";grpc-status=x", INFERD_UNKNOWN, "ended the call with a status that is no number"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct talk *talk;
        void *own;

        setup(&own);
        talk = own;
        say(talk, SETTINGS, 0, 0, "", 0);
        say_headers(talk, 0, 1, cases[i].headers);
        say(talk, DATA, LAST, 1, "<html>", 6);
        expect(talk, cases[i].status, cases[i].text);
        teardown(&own);
    }
    (void)state;
}

static void test_resets(void **state)
{
    static const struct {
        char code;
        int status;
        const char *text;
    } cases[] = {{8, INFERD_CANCELLED, "reset the call: CANCEL"},
                 {11, INFERD_RESOURCE_EXHAUSTED, "reset the call: ENHANCE_YOUR_CALM"},
                 {2, INFERD_INTERNAL, "reset the call: INTERNAL_ERROR"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char code[4] = {0, 0, 0, cases[i].code};
        struct talk *talk;
        void *own;

        setup(&own);
        talk = own;
        begin(talk);
        say(talk, RESET, 0, 1, code, 4);
        expect(talk, cases[i].status, cases[i].text);
        teardown(&own);
    }
    (void)state;
}

static void test_a_refused_call_was_not_seen(void **state)
{
    struct talk *talk = *state;

    say(talk, SETTINGS, 0, 0, "", 0);
    say(talk, RESET, 0, 1, "\0\0\0\7", 4);
    call(talk, INT64_MAX);
    loop_run(talk->loop);
    assert_true(talk->unseen);
    assert_int_equal(talk->status, INFERD_UNAVAILABLE);
}

// It says which calls it has seen: none.
static void test_a_goodbye(void **state)
{
    struct talk *talk = *state;
    static uint8_t message[FRAMING_PREFIX];

    say(talk, SETTINGS, 0, 0, "", 0);
    say(talk, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
    call(talk, INT64_MAX);
    loop_run(talk->loop);
    assert_true(talk->unseen);
    assert_int_equal(talk->overs, 1);
    assert_null(http2_call(talk->http2, talk->head, NULL, 0, INT64_MAX, message + FRAMING_PREFIX, 0, on_done, talk));
}

static void test_it_closes(void **state)
{
    struct talk *talk = *state;

    begin(talk);
    shutdown(talk->backend, SHUT_WR);
    expect(talk, INFERD_UNAVAILABLE, "connection lost: the backend closed it");
    assert_int_equal(talk->overs, 1);
}

static void test_it_speaks_something_else(void **state)
{
    struct talk *talk = *state;

    assert_int_equal(write(talk->backend, "HTTP/1.1 400 Bad Request\r\n\r\n", 28), 28);
    call(talk, INT64_MAX);
    loop_run(talk->loop);
    assert_string_equal(talk->text, "connection lost: the backend breaks the rules of HTTP/2");
    assert_int_equal(talk->status, INFERD_UNAVAILABLE);
    assert_int_equal(talk->overs, 1);
}

#define MANY 40
#define LARGE 100000

struct reader {
    struct talk *talk;
    unsigned headers, last;
    size_t bytes;
};

static void read_whole(int fd, void *to, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = read(fd, (uint8_t *)to + at, len - at);

        assert_true(got > 0);
        at += (size_t)got;
    }
}

// Reads frames until all calls are whole, then ends them.
static void *read_all(void *user)
{
    static uint8_t payload[1 << 20];
    struct reader *reader = user;
    int fd = reader->talk->backend;
    char preface[24];

    read_whole(fd, preface, sizeof(preface));
    while (reader->last < MANY) {
        uint8_t head[9];
        size_t len;

        read_whole(fd, head, 9);
        len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        assert_true(len <= sizeof(payload));
        read_whole(fd, payload, len);
        reader->headers += head[3] == HEADERS;
        if (head[3] == DATA) {
            reader->bytes += len;
            reader->last += (head[4] & LAST) != 0;
        }
    }
    for (unsigned i = 0; i < MANY; i++)
        say_headers(reader->talk, LAST, 2 * i + 1, OK_HEADERS ";grpc-status=5");
    return NULL;
}

static void count_done(void *user, const struct http2_end *end)
{
    struct talk *talk = user;

    assert_int_equal(end->status, INFERD_NOT_FOUND);
    if (++talk->said == MANY)
        loop_stop(talk->loop);
}

// More than the socket takes at once, to a backend that never has to give more room: only the socket says when to go
// on.
static void test_much_through_a_narrow_socket(void **state)
{
    static const uint8_t wide[6] = {0, 4, 0x7f, 0xff, 0xff, 0xff}; // INITIAL_WINDOW_SIZE
    struct talk *talk = *state;
    struct reader reader = {.talk = talk};
    uint8_t *messages = calloc(MANY, FRAMING_PREFIX + LARGE);
    const int narrow = 4096;
    pthread_t thread;

    assert_non_null(messages);
    assert_int_equal(setsockopt(talk->http2->out.socket, SOL_SOCKET, SO_SNDBUF, &narrow, sizeof(narrow)), 0);
    say(talk, SETTINGS, 0, 0, wide, sizeof(wide));
    say(talk, WINDOW_UPDATE, 0, 0, "\x3f\0\0\0", 4);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    for (int i = 0; i < MANY; i++)
        assert_non_null(http2_call(talk->http2, talk->head, NULL, 0, INT64_MAX,
                                   messages + (size_t)i * (FRAMING_PREFIX + LARGE) + FRAMING_PREFIX, LARGE, count_done,
                                   talk));
    loop_run(talk->loop);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reader.headers, MANY);
    assert_int_equal(reader.bytes, (size_t)MANY * (FRAMING_PREFIX + LARGE));
    free(messages);
}

static void test_timeouts_in_eight_digits(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {{-5, "1u"},
                 {1, "1u"},
                 {99999999, "99999999u"},
                 {100000001, "100001m"},
                 {INT64_C(100000000000), "100000S"},
                 {INT64_MAX - 1, "99999999H"}};
    char text[24];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        framing_write_timeout(cases[i].us, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_reply),
        CASE(test_a_status_with_a_message),
        cmocka_unit_test(test_messages_that_are_none),
        CASE(test_ends_without_a_status),
        cmocka_unit_test(test_answers_of_proxies),
        cmocka_unit_test(test_resets),
        CASE(test_a_refused_call_was_not_seen),
        CASE(test_a_goodbye),
        CASE(test_it_closes),
        CASE(test_it_speaks_something_else),
        CASE(test_much_through_a_narrow_socket),
        cmocka_unit_test(test_timeouts_in_eight_digits),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
