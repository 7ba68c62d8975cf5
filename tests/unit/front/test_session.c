// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests that clients should not send, or may and seldom do: frames written by hand, and what is answered.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <inferd/status.h>
#include "session_peer.h"
#include "session_stage.h"

#define HEAD ":status=200;content-type=application/grpc;grpc-accept-encoding=identity, deflate, gzip;"
#define EXPLAINED_MOST 46080 // as in inbound_reply.c
#define OWN ":method=POST;:scheme=http;te=trailers;content-type=application/grpc"

static void expect(struct peer *peer, unsigned id, const char *headers)
{
    peer_wait_end(peer, id);
    assert_string_equal(peer_stream(peer, id)->headers, headers);
    assert_int_equal(peer_stream(peer, id)->ended, 1);
}

static void expect_reply(struct peer *peer, unsigned id, const char *message)
{
    const struct peer_stream *stream = peer_stream(peer, id);

    expect(peer, id, HEAD "grpc-status=0;");
    stream = peer_stream(peer, id);
    assert_int_equal(stream->len, 5 + strlen(message));
    assert_memory_equal(stream->data, "\0\0\0", 3);
    assert_int_equal(stream->data[3] << 8 | stream->data[4], strlen(message));
    assert_memory_equal(stream->data + 5, message, strlen(message));
}

// A status without a reply, in one block of headers.
static void expect_fault(struct peer *peer, unsigned id, int status, const char *text)
{
    char headers[512];

    snprintf(headers, sizeof(headers), HEAD "grpc-status=%d;grpc-message=%s;", status, text);
    expect(peer, id, headers);
    assert_int_equal(peer_stream(peer, id)->blocks, 1);
    assert_int_equal(peer_stream(peer, id)->frames, 0);
}

// That nothing has come of what was before.
static void expect_alive(struct peer *peer, unsigned id)
{
    peer_call(peer, id, "/test/echo");
    peer_message(peer, LAST, id, "alive");
    expect_reply(peer, id, "alive");
}

static void test_a_byte_at_a_time(void **state)
{
    static const uint8_t after[] = {
        0,   0,   0,   4,   0,   0,   0,   0,   0,                            // SETTINGS
        0,   0,   46,  1,   4,   0,   0,   0,   1,                            // HEADERS
        131, 134, 4,   10,  '/', 't', 'e', 's', 't', '/', 'e', 'c', 'h', 'o', // :method, :scheme, :path
        15,  16,  16,  'a', 'p', 'p', 'l', 'i', 'c', 'a', 't', 'i', 'o', 'n', '/', 'g', 'r', 'p', 'c', // content-type
        0,   2,   't', 'e', 8,   't', 'r', 'a', 'i', 'l', 'e', 'r', 's', 0,   0,   8,   0,   1,   0,
        0,   0,   1,   0,   0,   0,   0,   3,   'a', 'b', 'c'}; // DATA
    struct peer *peer = peer_connect(false);

    (void)state;
    for (size_t i = 0; i < strlen(PEER_PREFACE); i++) {
        peer_raw(peer, &PEER_PREFACE[i], 1);
        stage_turn();
    }
    for (size_t i = 0; i < sizeof(after); i++) {
        peer_raw(peer, after + i, 1);
        stage_turn();
    }
    expect_reply(peer, 1, "abc");
    peer_free(peer);
}

static void test_something_else_than_http2(void **state)
{
    struct peer *peer = peer_connect(false);

    (void)state;
    peer_raw(peer, "PRI * HTTP/2.0\r\n\r\nSMTP\r\n", 24);
    peer_wait_over(peer);
    peer_free(peer);
}

static void test_a_message_in_pieces(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } pieces[] = {{"\0", 1}, {"", 0}, {"\0\0", 2}, {"\0\12he", 4}, {"l", 1}, {"", 0}, {"lo wor", 6}, {"l", 1}};
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/echo");
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        peer_say(peer, DATA, 0, 1, pieces[i].bytes, pieces[i].len);
        peer_wait_served(peer);
    }
    assert_int_equal(stage.begun, 1); // it needs no end
    expect_reply(peer, 1, "hello worl");
    peer_wait_reset(peer, 1); // it needn't send more
    assert_int_equal(peer_stream(peer, 1)->code, NGHTTP2_NO_ERROR);
}

// The window that padding takes comes back with it.
static void test_padding(void **state)
{
    struct peer *peer = *state;
    uint8_t padded[256 + 5] = {255};

    for (unsigned id = 1; id < 12001; id += 2) { // 18 MB, more than the window
        peer_call(peer, id, "/test/echo");
        for (int i = 0; i < 11; i++)
            peer_say(peer, DATA, PADDED, id, padded, 256); // nothing but padding
        memcpy(padded + 1, "\0\0\0\0\1", 5);
        padded[0] = 3;
        peer_say(peer, DATA, PADDED, id, padded, 6 + 3);
        peer_say(peer, DATA, 0, id, "x", 1);
        padded[0] = 255;
        peer_say(peer, DATA, PADDED | LAST, id, padded, 256);
        expect_reply(peer, id, "x");
        memset(padded, 0, sizeof(padded));
        padded[0] = 255;
    }
    assert_int_equal(peer->goaways, 0);
}

static void test_an_end_in_an_empty_frame(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/echo");
    peer_message(peer, 0, 1, "hello");
    peer_say(peer, DATA, LAST, 1, "", 0);
    expect_reply(peer, 1, "hello");
    peer_wait_served(peer);
    assert_int_equal(peer_stream(peer, 1)->resets, 0); // it has ended by itself
}

static void test_an_end_in_trailers(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/echo");
    peer_headers(peer, LAST, 1, "x=y");
    expect_fault(peer, 1, INFERD_INVALID_ARGUMENT, "no message");
    peer_call(peer, 3, "/test/echo");
    peer_say(peer, DATA, 0, 3, "\0\0\0\0\5he", 7);
    peer_headers(peer, LAST, 3, "x=y");
    expect_fault(peer, 3, INFERD_INTERNAL, "the request ends within its message");
    expect_alive(peer, 5);
}

static void test_more_than_one_message(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/echo");
    peer_say(peer, DATA, LAST, 1, "\0\0\0\0\5hello\0\0\0\0\5again\0", 21);
    expect_reply(peer, 1, "hello"); // what follows is nothing
    peer_call(peer, 3, "/test/echo");
    peer_message(peer, 0, 3, "hello");
    peer_message(peer, 0, 3, "again");
    expect_reply(peer, 3, "hello");
    peer_message(peer, LAST, 3, "again");
    expect_alive(peer, 5);
    assert_int_equal(stage.begun, 3);
}

static void test_ends_within_the_message(void **state)
{
    static const size_t lengths[] = {1, 4, 5, 9};
    struct peer *peer = *state;

    for (unsigned i = 0; i < 4; i++) {
        peer_call(peer, 2 * i + 1, "/test/echo");
        peer_say(peer, DATA, LAST, 2 * i + 1, "\0\0\0\0\5hell", lengths[i]);
        expect_fault(peer, 2 * i + 1, INFERD_INTERNAL, "the request ends within its message");
    }
    assert_int_equal(stage.begun, 0);
    expect_alive(peer, 9);
}

static void test_no_message(void **state)
{
    struct peer *peer = *state;

    peer_headers(peer, LAST, 1, OWN ";:path=/test/echo");
    expect_fault(peer, 1, INFERD_INVALID_ARGUMENT, "no message");
    peer_call(peer, 3, "/test/echo");
    peer_say(peer, DATA, LAST, 3, "", 0);
    expect_fault(peer, 3, INFERD_INVALID_ARGUMENT, "no message");
    peer_call(peer, 5, "/test/echo");
    peer_message(peer, LAST, 5, ""); // which is a message
    expect_reply(peer, 5, "");
}

static void test_a_message_for_which_there_is_no_memory(void **state)
{
    struct peer *peer = *state;

    stage.most_memory = 80000;
    peer_call(peer, 1, "/test/echo");
    peer_say(peer, DATA, 0, 1, "\0\0\1\x5f\x90", 5);
    expect_fault(peer, 1, INFERD_RESOURCE_EXHAUSTED, "no memory for a message of 90000 bytes");
    peer_call(peer, 3, "/test/echo"); // and the connection lives on
    peer_message(peer, LAST, 3, "x");
    expect_reply(peer, 3, "x");
}

static void test_a_message_over_the_limit(void **state)
{
    uint8_t *whole = calloc(1, 5 + STAGE_MAX_MESSAGE + 1);
    struct peer *peer = *state;

    assert_non_null(whole);
    peer_call(peer, 1, "/test/echo");
    peer_say(peer, DATA, 0, 1, "\0\0\1\x86\xa1", 5); // one byte more
    expect_fault(peer, 1, INFERD_RESOURCE_EXHAUSTED, "received message larger than max (100001 vs. 100000)");
    peer_wait_reset(peer, 1);
    assert_int_equal(peer_stream(peer, 1)->code, NGHTTP2_NO_ERROR);
    peer_call(peer, 3, "/test/echo");
    peer_say(peer, DATA, 0, 3, "\0\xff\xff\xff\xff", 5);
    expect_fault(peer, 3, INFERD_RESOURCE_EXHAUSTED, "received message larger than max (4294967295 vs. 100000)");
    peer_say(peer, SETTINGS, ACK, 0, "", 0); // frames as large as the server takes
    memset(whole + 5, 'x', STAGE_MAX_MESSAGE);
    memcpy(whole, "\0\0\1\x86\xa0", 5);
    peer_call(peer, 5, "/test/echo");
    peer_say(peer, DATA, LAST, 5, whole, 5 + STAGE_MAX_MESSAGE);
    peer_update(peer, 0, 1 << 20);
    peer_update(peer, 5, 1 << 20);
    expect(peer, 5, HEAD "grpc-status=0;");
    assert_int_equal(peer_stream(peer, 5)->len, 5 + STAGE_MAX_MESSAGE);
    assert_memory_equal(peer_stream(peer, 5)->data, whole, 5 + STAGE_MAX_MESSAGE);
    free(whole);
}

static size_t pack(uint8_t *to, size_t room, const void *data, size_t len, int window)
{
    z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)len, .next_out = to + 5, .avail_out = (uInt)room};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    memcpy(to, (uint8_t[]){1, 0, 0, (uint8_t)(stream.total_out >> 8), (uint8_t)stream.total_out}, 5);
    return 5 + stream.total_out;
}

#define CANT_UNPACK "the request can't be unpacked: it isn't what its grpc-encoding says, or not whole"

static void test_compressed_messages(void **state)
{
    static uint8_t nothing[1000000];
    struct peer *peer = *state;
    uint8_t packed[4096];
    size_t len = pack(packed, sizeof(packed) - 5, "hello", 5, 16 + 15);

    peer_block(peer, 0, 1, "grpc-encoding", "gzip", 4);
    peer_say(peer, DATA, LAST, 1, packed, len);
    expect_reply(peer, 1, "hello");
    peer_call(peer, 3, "/test/echo"); // which says nothing of it
    peer_say(peer, DATA, LAST, 3, packed, len);
    expect_fault(peer, 3, INFERD_INTERNAL, "a message is compressed, but there is no grpc-encoding");
    peer_block(peer, 0, 5, "grpc-encoding", "gzip", 4);
    packed[4] -= 3; // not whole
    peer_say(peer, DATA, LAST, 5, packed, len - 3);
    expect_fault(peer, 5, INFERD_INTERNAL, CANT_UNPACK);
    peer_block(peer, 0, 7, "grpc-encoding", "gzip", 4);
    peer_say(peer, DATA, LAST, 7, "\1\0\0\0\5hello", 10);
    expect_fault(peer, 7, INFERD_INTERNAL, CANT_UNPACK);
    peer_block(peer, 0, 9, "grpc-encoding", "gzip", 4);
    peer_say(peer, DATA, LAST, 9, "\1\0\0\0\0", 5);
    expect_fault(peer, 9, INFERD_INTERNAL, CANT_UNPACK);
    len = pack(packed, sizeof(packed) - 5, "hello", 5, 15);
    peer_block(peer, 0, 11, "grpc-encoding", "deflate", 7);
    peer_say(peer, DATA, LAST, 11, packed, len);
    expect_reply(peer, 11, "hello");
    len = pack(packed, sizeof(packed) - 5, nothing, sizeof(nothing), 16 + 15);
    peer_block(peer, 0, 13, "grpc-encoding", "gzip", 4);
    peer_say(peer, DATA, LAST, 13, packed, len);
    expect_fault(peer, 13, INFERD_RESOURCE_EXHAUSTED,
                 "received message larger than max: it has more than 100000 bytes once it is unpacked");
    peer_block(peer, 0, 15, "grpc-encoding", "gzip", 4);
    peer_message(peer, LAST, 15, "not this one");
    expect_reply(peer, 15, "not this one");
}

static void test_encodings_that_are_unknown(void **state)
{
    struct peer *peer = *state;

    peer_block(peer, 0, 1, "grpc-encoding", "snappy", 6);
    expect_fault(peer, 1, INFERD_UNIMPLEMENTED,
                 "the grpc-encoding is none of those in grpc-accept-encoding: identity, deflate, gzip");
    peer_message(peer, LAST, 1, "too late");
    peer_block(peer, 0, 3, "grpc-encoding", "identity", 8);
    peer_message(peer, LAST, 3, "as it is");
    expect_reply(peer, 3, "as it is");
}

static void test_a_message_neither_compressed_nor_not(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/echo");
    peer_say(peer, DATA, LAST, 1, "\2\0\0\0\1x", 6);
    expect_fault(peer, 1, INFERD_INTERNAL, "a message begins with 2, which is neither compressed nor not");
    peer_call(peer, 3, "/test/echo");
    peer_say(peer, DATA, LAST, 3, "\377\377\377\377\377", 5); // the first fault counts
    expect_fault(peer, 3, INFERD_INTERNAL, "a message begins with 255, which is neither compressed nor not");
}

static void test_paths_that_are_unknown(void **state)
{
    struct peer *peer = *state;
    char path[600] = "/test/echo", text[300] = "unknown method ";

    peer_call(peer, 1, "/test/nothing");
    expect_fault(peer, 1, INFERD_UNIMPLEMENTED, "unknown method /test/nothing");
    memset(path + 10, 'o', sizeof(path) - 11);
    memcpy(text + 15, path, 199);
    peer_call(peer, 3, path);
    expect_fault(peer, 3, INFERD_UNIMPLEMENTED, text);
    peer_headers(peer, 0, 5, OWN);
    expect_fault(peer, 5, INFERD_UNIMPLEMENTED, "unknown method ");
    peer_headers(peer, 0, 7, OWN ";:path=");
    expect_fault(peer, 7, INFERD_UNIMPLEMENTED, "unknown method ");
    peer_call(peer, 9, "/test/echo ");
    expect_fault(peer, 9, INFERD_UNIMPLEMENTED, "unknown method /test/echo ");
    peer_message(peer, LAST, 9, "to nobody");
    expect_alive(peer, 11);
    assert_int_equal(stage.begun, 1);
}

static void test_what_is_no_call(void **state)
{
    struct peer *peer = *state;

    peer_headers(peer, LAST, 1, ":method=GET;:scheme=http;:path=/test/echo;content-type=application/grpc");
    expect_fault(peer, 1, INFERD_INTERNAL, "not a POST, which gRPC's calls are");
    peer_headers(peer, 0, 3, ":method=POST;:scheme=http;:path=/test/echo;content-type=application/json");
    expect(peer, 3,
           ":status=415;content-type=application/grpc;grpc-accept-encoding=identity, deflate, gzip;"
           "grpc-status=13;grpc-message=the content-type isn't application/grpc;");
    peer_headers(peer, 0, 5, ":method=POST;:scheme=http;:path=/test/echo");
    peer_headers(peer, 0, 7, ":method=POST;:scheme=http;:path=/test/echo;content-type=application/grpcweb");
    peer_wait_end(peer, 5);
    peer_wait_end(peer, 7);
    assert_string_equal(peer_stream(peer, 5)->headers, peer_stream(peer, 3)->headers);
    assert_string_equal(peer_stream(peer, 7)->headers, peer_stream(peer, 3)->headers);
    peer_headers(peer, 0, 9, ":method=POST;:scheme=http;:path=/test/echo;content-type=application/grpc+proto");
    peer_message(peer, LAST, 9, "x");
    expect_reply(peer, 9, "x");
    assert_int_equal(stage.begun, 1);
}

// What HTTP forbids and clients of gRPC send.
static void test_headers_that_are_odd(void **state)
{
    struct peer *peer = *state;

    peer_headers(peer, 0, 1, OWN ";:path=/test/echo;:authority=");
    peer_message(peer, LAST, 1, "x");
    expect_reply(peer, 1, "x");
    stage.wanted = "user-agent";
    peer_block(peer, 0, 3, "user-agent", "somebody ", 9);
    peer_message(peer, LAST, 3, "x");
    expect_reply(peer, 3, "x");
    assert_string_equal(stage.header.data, "somebody ");
    peer_block(peer, 0, 5, "user-agent", "some\0body", 9);
    expect_fault(peer, 5, INFERD_INTERNAL, "a header has a byte that none may have");
    peer_block(peer, 0, 7, "", "nameless", 8);
    expect_fault(peer, 7, INFERD_INTERNAL, "a header has a byte that none may have");
    peer_block(peer, 0, 9, ":path", "/test/ec\0ho", 11);
    expect_fault(peer, 9, INFERD_INTERNAL, "a header has a byte that none may have");
    expect_alive(peer, 11);
    assert_null(stage.header.data);
}

static void test_headers_over_the_limit(void **state)
{
    struct peer *peer = *state;
    char many[STAGE_MAX_HEADER];

    memset(many, 'a', sizeof(many));
    stage.wanted = "x";
    peer_block(peer, 0, 1, "x", many, STAGE_MAX_HEADER - 235 - 33);
    peer_message(peer, LAST, 1, "fits");
    expect_reply(peer, 1, "fits");
    assert_int_equal(stage.header.len, STAGE_MAX_HEADER - 235 - 33);
    peer_block(peer, 0, 3, "x", many, STAGE_MAX_HEADER - 235 - 32);
    peer_message(peer, LAST, 3, "doesn't");
    expect_fault(peer, 3, INFERD_RESOURCE_EXHAUSTED, "received metadata larger than max (1501 vs. 1500)");
    // Though the first is whole, none of them was believed.
    assert_int_equal(stage.begun, 1);
    expect_alive(peer, 5);
}

// Split over frames, and a flood of them that never ends.
static void test_headers_in_pieces(void **state)
{
    static const uint8_t block[] = "\203\206\4\12/test/echo\17\20\20application/grpc";
    struct peer *peer = *state;
    uint8_t junk[16000] = {0};

    peer_say(peer, HEADERS, 0, 1, block, 5);
    peer_say(peer, CONTINUATION, 0, 1, block + 5, 20);
    peer_say(peer, CONTINUATION, WHOLE, 1, block + 25, sizeof(block) - 26);
    peer_message(peer, LAST, 1, "x");
    expect_reply(peer, 1, "x");
    peer_say(peer, HEADERS, 0, 3, block, 5);
    for (int i = 0; i < 100; i++)
        peer_say(peer, CONTINUATION, 0, 3, junk, sizeof(junk));
    peer_wait_over(peer);
    assert_int_equal(stage.begun, 1);
}

static void test_timeouts(void **state)
{
    static const struct {
        const char *text;
        int64_t us; // 0: none
    } cases[] = {{"2H", INT64_C(7200000000)},
                 {"3M", 180000000},
                 {"4S", 4000000},
                 {"5m", 5000},
                 {"6u", 6},
                 {"7000n", 7},
                 {"99999999H", INT64_C(359999996400000000)},
                 {"999999999m", 0},
                 {"5", 0},
                 {"m", 0},
                 {"", 0},
                 {"5s", 0},
                 {"-5m", 0},
                 {"5 m", 0},
                 {"0x5m", 0}};
    struct peer *peer = *state;

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned id = 2 * i + 1;

        peer_block(peer, 0, id, "grpc-timeout", cases[i].text, strlen(cases[i].text));
        peer_message(peer, LAST, id, "x");
        if (cases[i].us == 0) {
            expect_fault(peer, id, INFERD_INTERNAL, "grpc-timeout isn't up to 8 digits and one of H, M, S, m, u, n");
            continue;
        }
        expect_reply(peer, id, "x");
        assert_int_equal(stage.timeout_us, cases[i].us);
    }
}

static void test_binary_headers(void **state)
{
    static const struct {
        const char *value, *is;
    } cases[] = {{"aGVsbG8h", "hello!"},
                 {"aGVsbG8=", "hello"},
                 {"aGVsbG8", "hello"},
                 {"aGVsbA==", "hell"},
                 {"aGVsbA", "hell"},
                 {"", ""},
                 {"a", "a"},
                 {"a*b=", "a*b="},
                 {"====", "===="},
                 {"aGVsb", "aGVsb"}};
    struct peer *peer = *state;

    stage.wanted = "x-bin";
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        peer_block(peer, 0, 2 * i + 1, "x-bin", cases[i].value, strlen(cases[i].value));
        peer_message(peer, LAST, 2 * i + 1, "x");
        expect_reply(peer, 2 * i + 1, "x");
        assert_int_equal(stage.header.len, strlen(cases[i].is));
        assert_memory_equal(stage.header.data, cases[i].is, strlen(cases[i].is));
    }
}

static void test_texts_are_encoded(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/fail");
    peer_message(peer, LAST, 1, "100% gr\303\274n,\n\177~");
    expect_fault(peer, 1, INFERD_INTERNAL, "100%25 gr%C3%BCn,%0A%7F~");
    peer_call(peer, 3, "/test/fail");
    peer_message(peer, LAST, 3, "");
    expect(peer, 3, HEAD "grpc-status=13;");
}

// What many are told is remembered by the connection, so that it takes few bytes and little time from then on; what is
// another each time isn't, for it would push that out.
static void test_refusals_are_short(void **state)
{
    static const char whole[] = HEAD "grpc-status=8;grpc-message=overloaded: as many requests are under way as can be "
                                     "answered in time; try again in "
                                     "250 ms or later;grpc-retry-pushback-ms=250;";
    struct peer *peer = *state;
    char text[64];

    for (unsigned id = 1; id < 1001; id += 4) {
        peer_call(peer, id, "/test/refuse");
        peer_message(peer, LAST, id, "x");
        expect(peer, id, whole);
        assert_true(id == 1 ? peer_stream(peer, id)->packed > 80 : peer_stream(peer, id)->packed < 10);
        snprintf(text, sizeof(text), "%u is as long as a text may well be, and another each time", id);
        peer_call(peer, id + 2, "/test/fail");
        peer_message(peer, LAST, id + 2, text);
        expect_fault(peer, id + 2, INFERD_INTERNAL, text);
    }
    assert_int_equal(stage.ended, 500);
}

// A client that keeps no table has all of it each time.
static void test_refusals_without_a_table(void **state)
{
    struct peer *peer = *state;

    peer_say(peer, SETTINGS, 0, 0, "\0\1\0\0\0\0", 6);
    for (unsigned id = 1; id < 7; id += 2) {
        peer_call(peer, id, "/test/refuse");
        peer_message(peer, LAST, id, "x");
        peer_wait_end(peer, id);
        assert_true(peer_stream(peer, id)->packed > 80);
        assert_non_null(strstr(peer_stream(peer, id)->headers, "again in 250 ms or later;grpc-retry-pushback-ms=250;"));
    }
}

static void test_what_is_explained_goes_out_behind(void **state)
{
    struct peer *peer = *state;

    peer_call(peer, 1, "/test/explain");
    peer_message(peer, LAST, 1, "because");
    expect(peer, 1, HEAD "grpc-status=0;inferd-explain-bin=YmVjYXVzZQ;");
    assert_int_equal(peer_stream(peer, 1)->blocks, 2);
    assert_int_equal(peer_stream(peer, 1)->len, 5);
}

// As much as there may be, which is more than one frame, beside a text. More is left out.
static void test_much_that_is_explained(void **state)
{
    struct peer *peer = *state;
    char *much = calloc(1, EXPLAINED_MOST + 2);

    assert_non_null(much);
    memset(much, '\1', EXPLAINED_MOST);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    peer_call(peer, 1, "/test/explain");
    peer_message(peer, LAST, 1, much);
    expect(peer, 1, HEAD "grpc-status=0;");
    assert_int_equal(peer_stream(peer, 1)->longest, (EXPLAINED_MOST + 2) / 3 * 4);
    memset(much, '%', EXPLAINED_MOST); // the texts of which are longest
    peer_call(peer, 5, "/test/explain");
    peer_message(peer, LAST, 5, much);
    peer_wait_end(peer, 5);
    assert_int_equal(peer_stream(peer, 5)->longest, (EXPLAINED_MOST + 2) / 3 * 4);
    memset(much, '\1', EXPLAINED_MOST + 1);
    peer_call(peer, 7, "/test/explain");
    peer_message(peer, LAST, 7, much);
    expect_reply(peer, 7, "");
    assert_true(peer_stream(peer, 7)->longest < EXPLAINED_MOST);
    free(much);
}

static void test_health_only(void **state)
{
    struct peer *peer = peer_connect(true);

    (void)state;
    peer_raw(peer, PEER_PREFACE, strlen(PEER_PREFACE));
    peer_say(peer, SETTINGS, 0, 0, "", 0);
    peer_call(peer, 1, "/test/echo");
    peer_message(peer, LAST, 1, "x");
    expect_fault(peer, 1, INFERD_RESOURCE_EXHAUSTED,
                 "too many connections: there are as many as --max-connections, and beyond them only grpc.health.v1 is "
                 "answered; connect again later, or elsewhere");
    peer_call(peer, 3, "/grpc.health.v1.Health/Check");
    peer_message(peer, LAST, 3, "");
    expect_reply(peer, 3, "\10\1");
    peer_call(peer, 5, "/test/stream");
    peer_wait_end(peer, 5);
    assert_int_equal(stage.begun, 0);
    peer_free(peer);
}

static void expect_as_many_as_may_be(struct peer *peer, unsigned first)
{
    const unsigned begun = stage.begun, more = first + 2 * STAGE_MAX_STREAMS;

    for (unsigned id = first; id <= more + 2; id += 2) {
        peer_call(peer, id, "/test/later");
        peer_message(peer, LAST, id, "x");
    }
    for (unsigned id = more; id <= more + 2; id += 2) {
        peer_wait_reset(peer, id);
        assert_int_equal(peer_stream(peer, id)->code, NGHTTP2_REFUSED_STREAM);
        assert_int_equal(peer_stream(peer, id)->blocks, 0);
    }
    assert_int_equal(stage.begun, begun + STAGE_MAX_STREAMS);
    assert_true(stage_answer());
    expect_reply(peer, first, "x");
    expect_alive(peer, more + 4); // there is room for one more
    while (stage_answer())
        ;
    for (unsigned id = first; id < more; id += 2)
        expect_reply(peer, id, "x");
    assert_int_equal(peer->goaways, 0);
}

// By a client that hasn't heard yet how many may be, has heard a half, and all.
static void test_more_calls_than_may_be(void **state)
{
    struct peer *peer = *state;

    expect_as_many_as_may_be(peer, 1);
    assert_int_equal(peer->settings, 2);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    expect_as_many_as_may_be(peer, 1001);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    expect_as_many_as_may_be(peer, 2001);
}

static void test_settings_taken_that_were_not_sent(void **state)
{
    struct peer *peer = *state;

    for (int i = 0; i < 3; i++)
        peer_say(peer, SETTINGS, ACK, 0, "", 0);
    expect_alive(peer, 1);
    peer_say(peer, SETTINGS, ACK, 0, "", 0);
    peer_wait_goaway(peer, 1, 1, NGHTTP2_PROTOCOL_ERROR);
    peer_wait_over(peer);
}

// Each counts 32 bytes more than it has.
static void test_many_small_headers(void **state)
{
    struct peer *peer = *state;
    char headers[512] = OWN ";:path=/test/echo"; // 235 bytes of the limit

    for (int i = 0; i < 37; i++)
        strcat(headers, ";x=y");
    peer_headers(peer, 0, 1, headers);
    peer_message(peer, LAST, 1, "fits");
    expect_reply(peer, 1, "fits");
    strcat(headers, ";x=y");
    peer_headers(peer, 0, 3, headers);
    expect_fault(peer, 3, INFERD_RESOURCE_EXHAUSTED, "received metadata larger than max (1527 vs. 1500)");
    expect_alive(peer, 5);
}

static void test_names_of_headers(void **state)
{
    static const char *const names[] = {"User-Agent", "x y", "x:y", ":", "\303\274"};
    struct peer *peer = *state;
    unsigned id = 1;

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++, id += 2) {
        peer_block(peer, LAST, id, names[i], "x", 1);
        expect_fault(peer, id, INFERD_INTERNAL, "a header has a byte that none may have");
    }
    peer_block(peer, 0, id, ":protocol", "x", 1); // of HTTP's own we look at those we know
    peer_message(peer, LAST, id, "x");
    expect_reply(peer, id, "x");
    expect_alive(peer, id + 2);
}

// The decoder's table: what there is to it, and more.
static void test_sizes_of_the_table_of_headers(void **state)
{
    static const uint8_t block[] = "\77\341\37" // 4096 bytes
                                   "\40"        // none
                                   "\203\206\4\12/test/echo\17\20\20application/grpc";
    struct peer *peer = *state;

    peer_say(peer, SETTINGS, 0, 0, "\0\1\377\377\377\377", 6); // ours may have any size, which is theirs to bear
    peer_say(peer, HEADERS, WHOLE, 1, block, sizeof(block) - 1);
    peer_message(peer, LAST, 1, "x");
    expect_reply(peer, 1, "x");
    peer_say(peer, HEADERS, WHOLE, 3, "\77\342\37\203", 4);
    peer_wait_goaway(peer, 1, 3, NGHTTP2_COMPRESSION_ERROR);
    peer_wait_over(peer);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, peer_set_up, peer_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_a_byte_at_a_time),
        CASE(test_something_else_than_http2),
        CASE(test_a_message_in_pieces),
        CASE(test_padding),
        CASE(test_an_end_in_an_empty_frame),
        CASE(test_an_end_in_trailers),
        CASE(test_more_than_one_message),
        CASE(test_ends_within_the_message),
        CASE(test_no_message),
        CASE(test_a_message_for_which_there_is_no_memory),
        CASE(test_a_message_over_the_limit),
        CASE(test_compressed_messages),
        CASE(test_encodings_that_are_unknown),
        CASE(test_a_message_neither_compressed_nor_not),
        CASE(test_paths_that_are_unknown),
        CASE(test_what_is_no_call),
        CASE(test_headers_that_are_odd),
        CASE(test_headers_over_the_limit),
        CASE(test_headers_in_pieces),
        CASE(test_timeouts),
        CASE(test_binary_headers),
        CASE(test_texts_are_encoded),
        CASE(test_refusals_are_short),
        CASE(test_refusals_without_a_table),
        CASE(test_what_is_explained_goes_out_behind),
        CASE(test_much_that_is_explained),
        CASE(test_health_only),
        CASE(test_more_calls_than_may_be),
        CASE(test_settings_taken_that_were_not_sent),
        CASE(test_many_small_headers),
        CASE(test_names_of_headers),
        CASE(test_sizes_of_the_table_of_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
