// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Listening: addresses, ports, what is said when it can't be done.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include "client.h"
#include "process/listener.h"

static char error[512];

static bool opens(struct listener *listener, const char *address)
{
    error[0] = '\0';
    return listener_open(listener, address, 16, error, sizeof(error));
}

static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

static void takes_a_free_port(void **state)
{
    struct listener listener;
    int client;

    (void)state;
    assert_true(opens(&listener, "127.0.0.1:0"));
    assert_int_equal(listener.count, 1);
    assert_int_not_equal(listener.port, 0);
    assert_true(fcntl(listener.fds[0], F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(listener.fds[0], F_GETFD) & FD_CLOEXEC);
    client = client_connect(listener.port);
    assert_true(client >= 0);
    close(client);
    listener_close(&listener);
}

static void closes(void **state)
{
    struct listener listener;
    char address[64];
    unsigned port = 0;
    int kept = client_keep_port(&port);

    (void)state;
    assert_true(kept >= 0);
    snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    assert_true(opens(&listener, address));
    assert_int_equal(listener.port, port);
    listener_close(&listener);
    assert_int_equal(client_connect(port), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(kept);
}

static void listens_everywhere_on_one_port(void **state)
{
    struct listener listener;
    int on, client;
    socklen_t len = sizeof(on);

    (void)state;
    assert_true(opens(&listener, ":0"));
    assert_int_equal(listener.count, has_ipv6() ? 2 : 1);
    for (size_t i = 0; i < listener.count; i++) {
        struct sockaddr_storage address;
        socklen_t address_len = sizeof(address);

        assert_return_code(getsockname(listener.fds[i], (struct sockaddr *)&address, &address_len), errno);
        assert_int_equal(ntohs(((struct sockaddr_in *)&address)->sin_port), listener.port); // the same place in v6
        assert_return_code(getsockopt(listener.fds[i], SOL_SOCKET, SO_REUSEPORT, &on, &len), errno);
        assert_int_equal(on, 0);
    }
    client = client_connect(listener.port);
    assert_true(client >= 0);
    close(client);
    listener_close(&listener);
}

static void listens_on_ipv6(void **state)
{
    struct listener listener;
    char address[64];
    unsigned port = 0;
    int kept = client_keep_port(&port);

    (void)state;
    if (!has_ipv6())
        skip();
    assert_true(kept >= 0);
    snprintf(address, sizeof(address), "[::1]:%u", port);
    assert_true(opens(&listener, address));
    assert_int_equal(client_connect(port), -1); // IPv4: not asked for
    listener_close(&listener);
    close(kept);
}

static void says_that_a_port_is_in_use(void **state)
{
    struct listener first, second;
    char address[64], expected[64];
    unsigned port = 0;
    int kept = client_keep_port(&port);

    (void)state;
    assert_true(kept >= 0);
    snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    assert_true(opens(&first, address));
    assert_false(opens(&second, address));
    assert_int_equal(second.count, 0);
    snprintf(expected, sizeof(expected), "127.0.0.1:%u is in use", first.port);
    assert_non_null(strstr(error, expected));
    listener_close(&first);
    assert_true(opens(&second, address)); // at once, also after connections
    listener_close(&second);
    close(kept);
}

static void refuses_what_is_no_address(void **state)
{
    static const char *const addresses[] = {"",
                                            "localhost",
                                            "8085",
                                            "127.0.0.1:",
                                            "127.0.0.1:x",
                                            "127.0.0.1:65536",
                                            "::1:80",
                                            "127.0.0.1:80:80",
                                            "127.0.0.1:-1",
                                            "127.0.0.1:000000000000000080"};
    struct listener listener;

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        assert_false(opens(&listener, addresses[i]));
        assert_non_null(strstr(error, "host:port"));
    }
}

static void names_the_address_it_lacks(void **state)
{
    struct listener listener;

    (void)state;
    assert_false(opens(&listener, "192.0.2.1:0")); // documentation's network: nobody has it
    assert_non_null(strstr(error, "192.0.2.1"));
}

static void writes_addresses(void **state)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(81), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr none = {.sa_family = AF_UNIX};
    char text[LISTENER_ADDRESS_SIZE];

    (void)state;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_string_equal(listener_address_text((struct sockaddr *)&four, sizeof(four), text, sizeof(text)),
                        "127.0.0.1:80");
    assert_string_equal(listener_address_text((struct sockaddr *)&six, sizeof(six), text, sizeof(text)), "[::1]:81");
    assert_string_equal(listener_address_text(&none, sizeof(none), text, sizeof(text)), "?");
    assert_string_equal(listener_address_text((struct sockaddr *)&four, 4, text, sizeof(text)), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_free_port),
        cmocka_unit_test(closes),
        cmocka_unit_test(listens_everywhere_on_one_port),
        cmocka_unit_test(listens_on_ipv6),
        cmocka_unit_test(says_that_a_port_is_in_use),
        cmocka_unit_test(refuses_what_is_no_address),
        cmocka_unit_test(names_the_address_it_lacks),
        cmocka_unit_test(writes_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
