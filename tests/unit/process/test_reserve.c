// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A kept port is nobody else's, and its own processes' to listen on.
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include "process/reserve.h"

// Listens as gRPC does.
static int listen_shared(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_return_code(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    assert_return_code(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
    assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_return_code(listen(fd, 1), 0);
    return fd;
}

static void keeps_a_port_for_its_own(void **unused)
{
    struct reserve mine, other;
    struct listener plain;
    char error[256], address[32];
    int workers[2];

    (void)unused;
    assert_true(reserve_port(&mine, "127.0.0.1", 0, false, error, sizeof(error)));
    assert_int_not_equal(mine.port, 0);
    snprintf(address, sizeof(address), "127.0.0.1:%u", mine.port);
    for (int round = 0; round < 2; round++) { // without and with workers that listen
        assert_false(reserve_port(&other, "127.0.0.1", mine.port, false, error, sizeof(error)));
        assert_non_null(strstr(error, "choose another port"));
        assert_false(listener_open(&plain, address, 1, error, sizeof(error)));
        workers[round] = listen_shared(mine.port);
    }
    assert_true(reserve_port(&other, "127.0.0.1", mine.port, true, error, sizeof(error))); // who succeeds us
    reserve_end(&mine);
    assert_false(listener_open(&plain, address, 1, error, sizeof(error)));
    reserve_end(&other);
    close(workers[0]);
    close(workers[1]);
    assert_true(listener_open(&plain, address, 1, error, sizeof(error)));
    listener_close(&plain);
}

static void every_address_has_the_same_port(void **unused)
{
    struct reserve reserve;
    char error[256];

    (void)unused;
    assert_true(reserve_port(&reserve, "", 0, false, error, sizeof(error)));
    assert_true(reserve.count >= 1 && reserve.port != 0);
    reserve_end(&reserve);
    assert_false(reserve_port(&reserve, "no.such.host.invalid", 0, false, error, sizeof(error)));
    assert_non_null(strstr(error, "no.such.host.invalid"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_a_port_for_its_own),
        cmocka_unit_test(every_address_has_the_same_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
