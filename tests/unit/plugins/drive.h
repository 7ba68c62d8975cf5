// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What tests of modules share: opening components, and the ways to damage a reply.
#ifndef TEST_DRIVE_H
#define TEST_DRIVE_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "message.h"
#include "testhost.h"

#define T INFERD_TARGETS
#define S INFERD_SLATES

// Opens a component; fails the test where it is refused.
static inline struct testhost *open_component(const char *kind, const char *component, const char *shared, bool compat,
                                              const char *const *settings)
{
    struct testhost_options options = {.modules = BUILD_DIR "/plugins",
                                       .kind = kind,
                                       .name = "it",
                                       .model = "m1",
                                       .component = component,
                                       .shared = shared,
                                       .settings = settings,
                                       .compat = compat};
    char error[1024] = "";
    struct testhost *testhost = testhost_open(&options, error, sizeof(error));

    if (!testhost)
        fail_msg("%s", error);
    return testhost;
}

// Fails the test unless the component is refused with those words.
static inline void expect_refusal(const char *kind, const char *component, const char *words)
{
    struct testhost_options options = {.modules = BUILD_DIR "/plugins", .kind = kind, .component = component};
    char error[2048] = "";
    struct testhost *testhost = testhost_open(&options, error, sizeof(error));

    testhost_close(testhost);
    if (testhost)
        fail_msg("it is not refused, though it should be for: %s", words);
    if (!strstr(error, words))
        fail_msg("it is refused for \"%s\", not for: %s", error, words);
}

static inline void expect_message(const struct testhost_run *run, size_t call, const struct message *expected)
{
    struct inferd_bytes sent = testhost_call(run, call)->message;

    assert_int_equal(sent.len, expected->len);
    assert_memory_equal(sent.data, expected->data, sent.len);
}

// A damaged copy of a reply: cut off at 'round', later with a few bytes changed.
static inline void damage(const struct message *reply, unsigned round, struct message *out)
{
    uint32_t random = round * 2654435761u + 1;

    *out = *reply;
    if (round < reply->len) {
        out->len = round;
        return;
    }
    for (unsigned i = 0; i < 1 + round % 4; i++) {
        random = random * 1664525 + 1013904223;
        out->data[(random >> 8) % out->len] = (uint8_t)(random >> 24);
    }
}

#endif
