// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The board between slots: texts come across whole, also while they are written, counts of what is held add up, and a
// process that takes a slot over begins with a clean one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "daemon/board.h"

static void texts_come_across(void **state)
{
    int fd;
    struct board *master = board_new(3, &fd), *worker = board_attach(fd, 2);
    char *text;

    (void)state;
    assert_int_equal(board_slots(worker), 3);
    assert_null(board_read(worker, 0));
    board_write(master, "one", 3);
    board_write(worker, "and another", 11);
    text = board_read(worker, 0);
    assert_string_equal(text, "one");
    free(text);
    text = board_read(master, 2);
    assert_string_equal(text, "and another");
    free(text);
    assert_null(board_read(master, 1));
    board_free(worker);
    worker = board_attach(fd, 2); // the next one in its place
    assert_null(board_read(master, 2));
    assert_null(board_attach(fd, 3));
    board_free(worker);
    board_free(master);
    close(fd);
}

enum { LONG = 5000, ROUNDS = 2000 };

struct writing {
    struct board *board;
    atomic_bool stop;
};

static void *write_on(void *user)
{
    struct writing *writing = user;
    char text[LONG];

    for (int i = 0; !atomic_load(&writing->stop); i++) {
        memset(text, 'a' + i % 26, sizeof(text));
        board_write(writing->board, text, sizeof(text));
    }
    return NULL;
}

static void a_text_is_never_half_of_two(void **state)
{
    struct writing writing = {board_new(1, NULL), false};
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, write_on, &writing), 0);
    for (int i = 0; i < ROUNDS; i++) {
        char *text = board_read(writing.board, 0);

        if (!text)
            continue;
        assert_int_equal(strlen(text), LONG);
        for (size_t k = 1; k < LONG; k++)
            if (text[k] != text[0])
                fail_msg("%c and %c", text[0], text[k]);
        free(text);
    }
    atomic_store(&writing.stop, true);
    pthread_join(thread, NULL);
    board_free(writing.board);
}

static void what_is_held_adds_up(void **state)
{
    struct board *board = board_new(2, NULL), *worker = board_share(board, 1);
    struct board_held held[BOARD_HELD_MAX];

    (void)state;
    assert_int_equal(board_held(board, 1, held), 0);
    board_hold(worker, 7, 1, 3);
    board_hold(worker, 8, 1, 1);
    board_hold(worker, 7, 1, 2);
    assert_int_equal(board_held(board, 1, held), 2);
    assert_int_equal(held[0].generation, 7);
    assert_int_equal(held[0].plans, 2);
    assert_int_equal(held[0].runs, 5);
    board_hold(worker, 7, 0, -2);
    board_hold(worker, 7, -1, -1);
    board_hold(worker, 8, -1, -1);
    assert_int_equal(board_held(board, 1, held), 1);
    assert_int_equal(held[0].runs, 2);
    assert_int_equal(board_held(board, 0, held), 0);
    board_hold(worker, 7, -1, -2);
    assert_int_equal(board_held(board, 1, held), 0);
    board_free(worker);
    board_free(board);
}

static void what_finds_no_room_is_counted_together(void **state)
{
    struct board *board = board_new(1, NULL);
    struct board_held held[BOARD_HELD_MAX];
    size_t count, runs = 0, others = 0;

    (void)state;
    for (uint64_t i = 1; i <= 400; i++)
        board_hold(board, i, 1, 2);
    count = board_held(board, 0, held);
    for (size_t i = 0; i < count; i++) {
        runs += held[i].runs;
        others += held[i].generation == BOARD_OTHERS;
    }
    assert_int_equal(runs, 800);
    assert_int_equal(others, 1);
    for (uint64_t i = 1; i <= 400; i++)
        board_hold(board, i, -1, -2);
    assert_int_equal(board_held(board, 0, held), 0);
    board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_across),
        cmocka_unit_test(a_text_is_never_half_of_two),
        cmocka_unit_test(what_is_held_adds_up),
        cmocka_unit_test(what_finds_no_room_is_counted_together),
    };

    return cmocka_run_group_tests_name("board", tests, NULL, NULL);
}
