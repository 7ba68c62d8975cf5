// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The poller: what a callback may do to others that are due in the same round, and timers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "process/poller.h"

#define WATCHES 8
#define WAKES 10000

struct party {
    struct poller poller;
    struct poller_watch watches[WATCHES];
    unsigned calls;
};

static struct party party;

static void drop_all_others(struct poller_watch *watch, uint32_t events)
{
    (void)events;
    party.calls++;
    for (int i = 0; i < WATCHES; i++) {
        if (&party.watches[i] != watch)
            poller_drop(&party.poller, &party.watches[i]);
        party.watches[i].fn = NULL; // as if freed
    }
    poller_stop(&party.poller);
}

static void does_not_call_what_was_dropped(void **state)
{
    (void)state;
    party = (struct party){0};
    assert_true(poller_init(&party.poller, NULL, NULL));
    for (int i = 0; i < WATCHES; i++) {
        party.watches[i] = (struct poller_watch){.fn = drop_all_others, .fd = eventfd(1, EFD_CLOEXEC)};
        assert_true(poller_add(&party.poller, &party.watches[i], EPOLLIN));
    }
    poller_run(&party.poller);
    assert_int_equal(party.calls, 1);
    for (int i = 0; i < WATCHES; i++)
        close(party.watches[i].fd);
    poller_close(&party.poller);
}

struct alarm {
    struct poller_timer timer;
    int number;
};

static struct alarm alarms[5];
static int fired[5], fired_count;

static void note_fired(struct poller_timer *timer)
{
    fired[fired_count++] = POLLER_OWNER(timer, struct alarm, timer)->number;
    if (fired_count == 1)
        poller_disarm(&party.poller, &alarms[3].timer); // due in the same moment
    if (fired_count == 4)
        poller_stop(&party.poller);
}

static void fires_timers_by_their_time(void **state)
{
    static const int order[4] = {2, 4, 0, 1};
    int64_t now = clock_now_us();

    (void)state;
    assert_true(poller_init(&party.poller, NULL, NULL));
    party.poller.stopped = false;
    for (int i = 0; i < 5; i++)
        alarms[i] = (struct alarm){.timer.fn = note_fired, .number = i};
    poller_arm(&party.poller, &alarms[0].timer, now + 10000000);
    poller_arm(&party.poller, &alarms[1].timer, now + 4000);
    poller_arm(&party.poller, &alarms[2].timer, now - 5);
    poller_arm(&party.poller, &alarms[3].timer, now - 4);
    poller_arm(&party.poller, &alarms[4].timer, now - 3);
    poller_arm(&party.poller, &alarms[0].timer, now + 3000); // moved
    poller_run(&party.poller);
    assert_memory_equal(fired, order, sizeof(order));
    poller_close(&party.poller);
}

static unsigned asked; // atomic

static void count_wakes(void *user)
{
    if (__atomic_load_n((unsigned *)user, __ATOMIC_ACQUIRE) == WAKES)
        poller_stop(&party.poller);
}

static void *wake_often(void *user)
{
    for (int i = 0; i < WAKES; i++) {
        __atomic_add_fetch((unsigned *)user, 1, __ATOMIC_RELEASE);
        poller_wake(&party.poller);
    }
    return NULL;
}

static void is_woken_by_others(void **state)
{
    pthread_t thread;

    (void)state;
    assert_true(poller_init(&party.poller, count_wakes, &asked));
    assert_int_equal(pthread_create(&thread, NULL, wake_often, &asked), 0);
    poller_run(&party.poller); // to its end: the last wake is seen
    pthread_join(thread, NULL);
    poller_close(&party.poller);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_not_call_what_was_dropped),
        cmocka_unit_test(fires_timers_by_their_time),
        cmocka_unit_test(is_woken_by_others),
    };

    alarm(60);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
