// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The relay between a real TLS client and a plain end that the test has: what is agreed on, what is carried, and every
// way in which a connection ends.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>
#include "base/magic.h"
#include "front/relay.h"
#include "front/tls.h"
#include "front/tls_names.h"
#include "tls_files.h"

#define MUCH (8u << 20)
#define BUFFERS (4u << 20) // more than all on the way hold

static char cert_file[64], key_file[64];
static struct front_tls *tls;
static struct relay *relay;
static SSL_CTX *context;
#define FOR_EVER 600000000 // microseconds

static sem_t opened, answered, ended;
static int plain; // of the connection opened last
static enum relay_protocol protocol;

static void on_opened(void *user, enum relay_protocol spoken, int fd, struct tls_names *names, bool spare)
{
    (void)user, (void)spare;
    tls_names_free(names);
    protocol = spoken;
    plain = fd;
    sem_post(&opened);
}

static void on_answered(void *user)
{
    (void)user;
    sem_post(&answered);
}

static void on_ended(void *user)
{
    (void)user;
    sem_post(&ended);
}

static int count(sem_t *semaphore)
{
    int value;

    sem_getvalue(semaphore, &value);
    return value;
}

static void make_relay(int64_t agree_us, int64_t part_us)
{
    const struct relay_options options = {.tls = tls,
                                          .agree_us = agree_us,
                                          .part_us = part_us,
                                          .opened = on_opened,
                                          .answered = on_answered,
                                          .ended = on_ended};
    char error[512];

    relay = relay_new(&options, error, sizeof(error));
    assert_non_null(relay);
}

static int set_up(void **state)
{
    struct front_tls_files files = {.cert_file = cert_file, .key_file = key_file};
    char error[512];

    (void)state;
    tls = front_tls_new(&files, error, sizeof(error));
    assert_non_null(tls);
    sem_init(&opened, 0, 0);
    sem_init(&answered, 0, 0);
    sem_init(&ended, 0, 0);
    make_relay(FOR_EVER, FOR_EVER);
    context = SSL_CTX_new(TLS_client_method());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    relay_free(relay);
    front_tls_free(tls);
    SSL_CTX_free(context);
    return 0;
}

// The client's end of a connection that the relay has taken.
static int take(void)
{
    int ends[2], buffer = 65536;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    assert_true(relay_take(relay, ends[1], false));
    return ends[0];
}

// alpn: as on the wire; NULL: none.
static SSL *begin(const char *alpn)
{
    SSL *ssl = SSL_new(context);

    if (alpn)
        assert_int_equal(SSL_set_alpn_protos(ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn)), 0);
    SSL_set_fd(ssl, take());
    return ssl;
}

static SSL *connect_http2(void)
{
    SSL *ssl = begin("\2h2");

    assert_int_equal(SSL_connect(ssl), 1);
    sem_wait(&opened);
    assert_int_equal(protocol, RELAY_HTTP2);
    fcntl(plain, F_SETFL, 0);
    return ssl;
}

static void end(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);

    SSL_free(ssl);
    close(fd);
}

static void plain_reads(const char *text)
{
    char got[256] = "";

    assert_int_equal(recv(plain, got, strlen(text), MSG_WAITALL), strlen(text));
    assert_string_equal(got, text);
}

static void client_reads(SSL *ssl, const char *text)
{
    char got[256] = "";
    size_t len = strlen(text);

    for (size_t at = 0; at < len;) {
        int now = SSL_read(ssl, got + at, (int)(len - at));

        assert_true(now > 0);
        at += (size_t)now;
    }
    assert_string_equal(got, text);
}

static void client_reads_end(SSL *ssl)
{
    char byte;
    int done = SSL_read(ssl, &byte, 1);

    assert_int_equal(SSL_get_error(ssl, done), SSL_ERROR_ZERO_RETURN); // a goodbye, so nothing was cut off
}

static void both_ways(SSL *ssl)
{
    assert_int_equal(SSL_write(ssl, "to the server", 13), 13);
    plain_reads("to the server");
    assert_int_equal(send(plain, "to the client", 13, 0), 13);
    client_reads(ssl, "to the client");
    if (protocol == RELAY_HTTP2)
        sem_wait(&answered);
}

static void plain_ends(SSL *ssl)
{
    close(plain);
    client_reads_end(ssl);
    end(ssl);
}

static void carries_both_ways(void **state)
{
    SSL *ssl = connect_http2();

    (void)state;
    both_ways(ssl);
    plain_ends(ssl);
    assert_int_equal(count(&ended) + count(&answered), 0);
}

static void agrees_on_what_is_spoken(void **state)
{
    static const struct {
        const char *offered;
        enum relay_protocol spoken;
    } cases[] = {{"\2h2\10http/1.1", RELAY_HTTP1},
                 {"\10http/1.1", RELAY_HTTP1},
                 {"\10http/1.0", RELAY_HTTP1},
                 {NULL, RELAY_HTTP1},
                 {"\2h2", RELAY_HTTP2},
                 {"\3foo\2h2", RELAY_HTTP2}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SSL *ssl = begin(cases[i].offered);

        assert_int_equal(SSL_connect(ssl), 1);
        if (cases[i].spoken == RELAY_HTTP1) { // nothing is opened before it has said so
            assert_int_equal(count(&opened), 0);
            assert_int_equal(SSL_write(ssl, "GE", 2), 2);
            assert_int_equal(SSL_write(ssl, "T", 1), 1);
            assert_int_equal(SSL_write(ssl, " /", 2), 2);
        }
        sem_wait(&opened);
        assert_int_equal(protocol, cases[i].spoken);
        fcntl(plain, F_SETFL, 0);
        if (cases[i].spoken == RELAY_HTTP1)
            plain_reads("GET /");
        both_ways(ssl);
        assert_int_equal(count(&ended) + count(&answered), 0);
        plain_ends(ssl);
        if (cases[i].spoken == RELAY_HTTP1)
            sem_wait(&ended);
    }
    assert_int_equal(count(&ended), 0);
}

static void offers_that_will_not_do_are_refused(void **state)
{
    SSL *ssl = begin("\2h3");

    (void)state;
    assert_int_equal(SSL_connect(ssl), -1);
    assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
    sem_wait(&ended);
    assert_int_equal(count(&opened), 0);
    ERR_clear_error();
    end(ssl);
}

// Without ALPN, and then none of HTTP/1.
static void what_is_no_http_is_closed(void **state)
{
    static const char *const said[] = {"\1\2\3", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH", "GET ", ""};

    (void)state;
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        SSL *ssl = begin(NULL);

        assert_int_equal(SSL_connect(ssl), 1);
        if (*said[i])
            assert_int_equal(SSL_write(ssl, said[i], (int)strlen(said[i])), (int)strlen(said[i]));
        SSL_shutdown(ssl);
        sem_wait(&ended);
        client_reads_end(ssl);
        end(ssl);
    }
    assert_int_equal(count(&opened), 0);
}

static void records_come_byte_by_byte(void **state)
{
    SSL *ssl = connect_http2();
    BIO *kept = SSL_get_wbio(ssl), *record = BIO_new(BIO_s_mem());
    char *bytes;
    long len;

    (void)state;
    BIO_up_ref(kept);
    SSL_set0_wbio(ssl, record);
    assert_int_equal(SSL_write(ssl, "in pieces", 9), 9);
    len = BIO_get_mem_data(record, &bytes);
    for (long i = 0; i < len; i++) {
        assert_int_equal(send(SSL_get_fd(ssl), bytes + i, 1, 0), 1);
        if (i < len - 1)
            assert_int_equal(recv(plain, &(char){0}, 1, MSG_DONTWAIT), -1); // a part of a record is nothing yet
    }
    plain_reads("in pieces");
    SSL_set0_wbio(ssl, kept);
    both_ways(ssl);
    plain_ends(ssl);
}

static void a_broken_record_ends_it(void **state)
{
    SSL *ssl = connect_http2();
    char byte;

    (void)state;
    assert_int_equal(SSL_write(ssl, "good", 4), 4);
    assert_int_equal(send(SSL_get_fd(ssl), "\27\3\3\0\24aaaaaaaaaaaaaaaaaaaa", 25, 0), 25);
    plain_reads("good");
    assert_int_equal(recv(plain, &byte, 1, 0), 0);
    close(plain);
    sem_wait(&ended); // before an answer
    end(ssl);
}

// It says that it sends no more, and is answered all the same.
static void a_half_closed_one_is_answered(void **state)
{
    SSL *ssl = connect_http2();
    char byte;

    (void)state;
    assert_int_equal(SSL_write(ssl, "the last", 8), 8);
    SSL_shutdown(ssl);
    plain_reads("the last");
    assert_int_equal(recv(plain, &byte, 1, 0), 0);
    assert_int_equal(send(plain, "an answer", 9, 0), 9);
    client_reads(ssl, "an answer");
    sem_wait(&answered);
    plain_ends(ssl);
}

// Without a goodbye what was sent may be a part of what was meant: it comes through, and there is no answer.
static void one_that_was_cut_off_is_an_end(void **state)
{
    SSL *ssl = connect_http2();
    char byte;

    (void)state;
    assert_int_equal(SSL_write(ssl, "the last", 8), 8);
    shutdown(SSL_get_fd(ssl), SHUT_WR);
    plain_reads("the last");
    assert_int_equal(recv(plain, &byte, 1, 0), 0);
    close(plain);
    sem_wait(&ended);
    end(ssl);
}

static void a_client_that_is_gone_is_an_end(void **state)
{
    SSL *ssl = connect_http2();
    char byte;

    (void)state;
    end(ssl);
    assert_int_equal(recv(plain, &byte, 1, 0), 0);
    close(plain);
    sem_wait(&ended);
    assert_int_equal(count(&answered), 0);
}

static uint8_t nth(size_t i)
{
    return (uint8_t)(i * 31 + i / 251);
}

// What a side takes while nobody reads at the other.
static size_t fill(SSL *ssl, size_t at, bool outwards)
{
    uint8_t piece[16384];
    struct pollfd room = {.fd = outwards ? plain : SSL_get_fd(ssl), .events = POLLOUT};

    while (at < MUCH && poll(&room, 1, 200) == 1) {
        for (size_t i = 0; i < sizeof(piece); i++)
            piece[i] = nth(at + i);
        if (outwards) {
            ssize_t sent = send(plain, piece, sizeof(piece), MSG_DONTWAIT);

            at += sent > 0 ? (size_t)sent : 0;
        } else {
            int sent = SSL_write(ssl, piece, sizeof(piece));

            at += sent > 0 ? (size_t)sent : 0;
        }
    }
    return at;
}

static void drain(SSL *ssl, size_t len, bool outwards)
{
    static uint8_t piece[65536];

    for (size_t at = 0; at < len;) {
        ssize_t now = outwards ? SSL_read(ssl, piece, sizeof(piece)) : recv(plain, piece, sizeof(piece), 0);

        assert_true(now > 0);
        for (ssize_t i = 0; i < now; i++)
            ALWAYS(piece[i] == nth(at + (size_t)i));
        at += (size_t)now;
    }
}

// Who doesn't read holds up who writes, and nothing is lost of it, nor kept without bound.
static void who_does_not_read_holds_up_who_writes(void **state)
{
    (void)state;
    for (int outwards = 0; outwards < 2; outwards++) {
        SSL *ssl = connect_http2();
        size_t len;

        SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        if (!outwards)
            fcntl(SSL_get_fd(ssl), F_SETFL, O_NONBLOCK);
        len = fill(ssl, 0, outwards);
        assert_true(len > 0 && len < BUFFERS);
        drain(ssl, outwards ? len : len - len % 16384, outwards);
        end(ssl);
        close(plain);
    }
}

// Its client has the time it was given to read what was said before the end, and no more.
static void who_does_not_read_to_the_end_is_cut_off(void **state)
{
    struct pollfd client = {.events = POLLRDHUP};
    SSL *ssl;

    (void)state;
    relay_free(relay);
    make_relay(FOR_EVER, 1000);
    ssl = connect_http2();
    assert_true(fill(ssl, 0, true) > 0);
    close(plain);
    client.fd = SSL_get_fd(ssl);
    assert_int_equal(poll(&client, 1, 60000), 1);
    end(ssl);
}

// What was said before the end is read, also when the relay itself is at its end.
static void last_words_are_carried(void **state)
{
    SSL *ssl = connect_http2();
    size_t len = fill(ssl, 0, true);

    (void)state;
    close(plain);
    drain(ssl, len, true);
    client_reads_end(ssl);
    end(ssl);
    ssl = connect_http2();
    assert_int_equal(send(plain, "goodbye", 7, 0), 7);
    close(plain);
    relay_free(relay);
    relay = NULL;
    client_reads(ssl, "goodbye");
    client_reads_end(ssl);
    end(ssl);
}

static void garbage_is_refused(void **state)
{
    static const char *const said[] = {"GET / HTTP/1.1\r\n\r\n", "\26\3\1\0\5hello", "\26\3\1\377\377",
                                       "\25\3\3\0\2\2\50"};
    char reply[64];

    (void)state;
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        int fd = take();

        send(fd, said[i], strlen(said[i]) + (i == 3), 0);
        shutdown(fd, SHUT_WR);
        while (recv(fd, reply, sizeof(reply), 0) > 0)
            ;
        sem_wait(&ended);
        close(fd);
    }
    assert_int_equal(count(&opened), 0);
}

// Whether it has said nothing, half of a hello, or has yet to say what it speaks: when leaving they have a second.
static void who_does_not_come_to_agree_is_sent_away(void **state)
{
    int silent = take(), half = take();
    SSL *ssl = begin(NULL);
    char byte;

    (void)state;
    assert_int_equal(SSL_connect(ssl), 1);
    assert_int_equal(send(half, "\26\3\1\2", 4, 0), 4);
    assert_int_equal(count(&ended), 0);
    relay_leave(relay);
    assert_true(recv(silent, &byte, 1, 0) <= 0 && recv(half, &byte, 1, 0) <= 0);
    client_reads_end(ssl);
    for (int i = 0; i < 3; i++)
        sem_wait(&ended);
    close(silent);
    close(half);
    end(ssl);
}

static void who_is_late_to_agree_is_sent_away(void **state)
{
    int silent;
    char byte;

    (void)state;
    relay_free(relay);
    make_relay(1000, FOR_EVER);
    silent = take();
    assert_true(recv(silent, &byte, 1, 0) <= 0);
    sem_wait(&ended);
    close(silent);
}

static void keys_are_not_agreed_on_again(void **state)
{
    SSL *ssl;

    (void)state;
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    ssl = connect_http2();
    both_ways(ssl);
    assert_int_equal(SSL_renegotiate(ssl), 1);
    assert_int_not_equal(SSL_do_handshake(ssl), 1);
    assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
    assert_int_equal(recv(plain, &(char){0}, 1, 0), 0); // nothing of it came through, and it has ended
    ERR_clear_error();
    close(plain);
    end(ssl);
}

static void keys_are_updated(void **state)
{
    SSL *ssl = connect_http2();

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(SSL_key_update(ssl, i % 2 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_write(ssl, "newer", 5), 5);
        plain_reads("newer");
        assert_int_equal(send(plain, "keys", 4, 0), 4);
        client_reads(ssl, "keys");
    }
    plain_ends(ssl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(carries_both_ways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(agrees_on_what_is_spoken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(offers_that_will_not_do_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_http_is_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(records_come_byte_by_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_record_ends_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_half_closed_one_is_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_was_cut_off_is_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_is_gone_is_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_does_not_read_holds_up_who_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_does_not_read_to_the_end_is_cut_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(last_words_are_carried, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_does_not_come_to_agree_is_sent_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_late_to_agree_is_sent_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_are_not_agreed_on_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_are_updated, set_up, tear_down),
    };
    int failed;

    signal(SIGPIPE, SIG_IGN);
    tls_files_make(cert_file, key_file, sizeof(cert_file));
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(cert_file);
    unlink(key_file);
    return failed;
}
