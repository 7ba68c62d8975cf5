// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Methods and channels: what is refused when opening, what headers arrive, who is believed over TLS.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "fixture.h"
#include "rpc/pool.h"

#define TLS(file) SOURCE_DIR "/tests/unit/rpc/tls/" file

static struct rpc_method *try_open(struct fixture *fixture, const struct rpc_method_options *options, char *error)
{
    *error = '\0';
    return rpc_method_open(fixture->pool, options, error, 256);
}

static void test_refuses_what_cannot_be_called(void **state)
{
    static const struct {
        const char *address, *path, *why;
    } bad[] = {
        {"localhost", "/a.B/C", "\"localhost\" has no port; write host:port"},
        {"", "/a.B/C", "\"\" has no port; write host:port"},
        {":80", "/a.B/C", "\":80\" has no port; write host:port"},
        {"host:", "/a.B/C", "\"host:\" has no port; write host:port"},
        {"host:0", "/a.B/C", "\"host:0\" has no valid port; write host:port"},
        {"host:65536", "/a.B/C", "\"host:65536\" has no valid port; write host:port"},
        {"host:80x", "/a.B/C", "\"host:80x\" has no valid port; write host:port"},
        {"my host:80", "/a.B/C", "\"my host:80\" has a character that no address has"},
        {"host:80", "a.B/C", "\"a.B/C\" is no method; write /package.Service/Method"},
        {"host:80", "/a.B", "\"/a.B\" is no method; write /package.Service/Method"},
        {"host:80", "//C", "\"//C\" is no method; write /package.Service/Method"},
        {"host:80", "/a.B/", "\"/a.B/\" is no method; write /package.Service/Method"},
    };
    char error[256];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct rpc_method_options options = {.address = bad[i].address, .path = bad[i].path};

        assert_null(try_open(*state, &options, error));
        assert_string_equal(error, bad[i].why);
    }
}

static void test_takes_addresses_of_all_kinds(void **state)
{
    static const char *const good[] = {
        "host:80",          "127.0.0.1:65535", "[::1]:1", "dns:///host.example:80", "ipv4:127.0.0.1:80,127.0.0.2:80",
        "unix:/run/backend"};
    char error[256];

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const struct rpc_method_options options = {.address = good[i], .path = "/a.B/C"};
        struct rpc_method *method = try_open(*state, &options, error);

        assert_string_equal(error, "");
        rpc_method_close(method);
    }
    rpc_method_close(NULL);
}

static void test_refuses_headers_that_cannot_be_sent(void **state)
{
    struct fixture *fixture = *state;
    static const struct rpc_header bad[] = {{"Upper", "x"}, {"", "x"}, {"sp ace", "x"}, {"name", "line\nbreak"}};
    char error[256];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct rpc_method_options options = {
            .address = "host:80", .path = "/a.B/C", .headers = &bad[i], .header_count = 1};

        assert_null(try_open(fixture, &options, error));
        assert_non_null(strstr(error, "header"));
        assert_memory_equal(error + 1, bad[i].name, strlen(bad[i].name));
    }
    assert_null(fixture->pool->channels);
}

static void test_methods_share_a_channel(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *a = open_method(fixture, "/test.T/Echo");
    struct rpc_method *b = open_method(fixture, "/test.T/Size");
    struct rpc_method *c = open_method(fixture, "/test.T/Echo");

    assert_ptr_equal(fixture->pool->channels, a->channel);
    assert_ptr_equal(a->channel, b->channel);
    assert_ptr_equal(a->channel, c->channel);
    assert_ptr_equal(a->handle, c->handle);
    assert_null(a->channel->next);
    rpc_method_close(a);
    rpc_method_close(b);
    assert_non_null(fixture->pool->channels);
    rpc_method_close(c);
    assert_null(fixture->pool->channels);
}

struct got {
    struct fixture *fixture;
    int status;
    char text[2048];
};

static void on_done(void *user, struct rpc_result *result)
{
    struct got *got = user;
    struct inferd_bytes text = result->status == 0 ? result->reply : result->detail;

    got->status = result->status;
    snprintf(got->text, sizeof(got->text), "%.*s", (int)text.len, (const char *)text.data);
    rpc_release(result->hold);
    loop_stop(got->fixture->loop);
}

static struct got ask_for_headers(struct fixture *fixture, struct rpc_method *method, const struct rpc_header *extra,
                                  size_t count)
{
    struct got got = {.fixture = fixture};
    uint8_t *message = rpc_message_new(1);

    *message = 'x';
    assert_non_null(rpc_call_start(method, message, 1, clock_now_us() + 20000000, NULL, extra, count, on_done, &got));
    loop_run(fixture->loop);
    return got;
}

static void test_headers_arrive(void **state)
{
    struct fixture *fixture = *state;
    static const struct rpc_header headers[] = {{"caller-id", "inferd"}, {"auth-token", "s3cret"}};
    const struct rpc_header extra = {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
    const struct rpc_method_options options = {
        .address = fixture->address, .path = "/test.T/Headers", .headers = headers, .header_count = 2};
    char error[256];
    struct rpc_method *method = try_open(fixture, &options, error);
    struct got got = ask_for_headers(fixture, method, &extra, 1);
    const char *timeout;

    assert_int_equal(got.status, 0);
    assert_non_null(strstr(got.text, "caller-id: inferd\n"));
    assert_non_null(strstr(got.text, "auth-token: s3cret\n"));
    assert_non_null(strstr(got.text, "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n"));
    timeout = strstr(got.text, "timeout-ms: "); // what is left of the deadline goes along
    assert_non_null(timeout);
    assert_in_range(atoi(timeout + 12), 1, 21000); // gRPC rounds to three digits

    got = ask_for_headers(fixture, method, NULL, 0); // the next call has the method's only
    assert_int_equal(got.status, 0);
    assert_non_null(strstr(got.text, "auth-token: s3cret\n"));
    assert_null(strstr(got.text, "traceparent"));
    rpc_method_close(method);
}

static void test_a_malformed_extra_header_fails_the_call(void **state)
{
    struct fixture *fixture = *state;
    struct rpc_method *method = open_method(fixture, "/test.T/Headers");
    const struct rpc_header extra = {"traceparent", "line\nbreak"};
    struct got got = ask_for_headers(fixture, method, &extra, 1);

    assert_int_equal(got.status, 13);
    assert_non_null(strstr(got.text, "/test.T/Headers: gRPC refuses the call"));
    got = ask_for_headers(fixture, method, NULL, 0);
    assert_int_equal(got.status, 0);
    rpc_method_close(method);
}

static void use_tls(struct fixture *fixture, const char *certificate)
{
    const struct backend_tls tls = {TLS("server.key"), certificate};

    backend_stop(fixture->backend);
    fixture->backend = backend_start(0, &tls);
    assert_non_null(fixture->backend);
    snprintf(fixture->address, sizeof(fixture->address), "127.0.0.1:%d", backend_port(fixture->backend));
}

static int status_over_tls(struct fixture *fixture, const char *ca_file)
{
    const struct rpc_method_options options = {
        .address = fixture->address, .path = "/test.T/Headers", .tls = true, .ca_file = ca_file};
    char error[256];
    struct rpc_method *method = try_open(fixture, &options, error);
    struct got got;

    assert_string_equal(error, "");
    got = ask_for_headers(fixture, method, NULL, 0);
    rpc_method_close(method);
    return got.status;
}

static void test_tls_believes_the_named_ca_only(void **state)
{
    struct fixture *fixture = *state;

    use_tls(fixture, TLS("server.crt"));
    assert_int_equal(status_over_tls(fixture, TLS("ca.crt")), 0);
    assert_int_equal(status_over_tls(fixture, TLS("other-ca.crt")), 14);
    assert_int_equal(status_over_tls(fixture, NULL), 14); // the system's CAs don't know it either
    assert_int_equal(backend_served(fixture->backend), 1);
}

static void test_tls_wants_the_certificate_of_this_host(void **state)
{
    struct fixture *fixture = *state;

    use_tls(fixture, TLS("elsewhere.crt"));
    assert_int_equal(status_over_tls(fixture, TLS("ca.crt")), 14);
    assert_int_equal(backend_served(fixture->backend), 0);
}

static void test_tls_files_that_are_none(void **state)
{
    struct rpc_method_options options = {.address = "host:443", .path = "/a.B/C", .tls = true};
    char error[256];

    options.ca_file = "/nonexistent/ca.crt";
    assert_null(try_open(*state, &options, error));
    assert_string_equal(error, "can't read the CA certificates: /nonexistent/ca.crt: No such file or directory");
    options.ca_file = TLS("make.sh");
    assert_null(try_open(*state, &options, error));
    assert_non_null(strstr(error, "make.sh holds no CA certificates in PEM form"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_refuses_what_cannot_be_called),
        CASE(test_takes_addresses_of_all_kinds),
        CASE(test_refuses_headers_that_cannot_be_sent),
        CASE(test_methods_share_a_channel),
        CASE(test_headers_arrive),
        CASE(test_a_malformed_extra_header_fails_the_call),
        CASE(test_tls_believes_the_named_ca_only),
        CASE(test_tls_wants_the_certificate_of_this_host),
        CASE(test_tls_files_that_are_none),
    };

    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
