// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What etcd answers (or what answers in its place): pages of keys, events, ends of watches, tokens; through the source
// as it is to the changes that it hands over. An input is a byte (1: a user with a password; 2: a tree of resources)
// and the answers (etcd_loop.h).
#include <inferd/utf8.h>
#include "base/log.h"
#include "config/source.h"
#include "etcd_loop.h"
#include "fuzz.h"

static int64_t handed_over;

static void on_change(void *user, const struct source_revision *revision)
{
    (void)user;
    FUZZ_ALWAYS(handed_over > 0 || revision->whole); // the first one is
    handed_over++;
    for (size_t i = 0; i < revision->count; i++) {
        const struct source_change *change = &revision->changes[i];

        FUZZ_ALWAYS(change->key);
        FUZZ_ALWAYS(!change->model || strlen(change->model) > 0);
        FUZZ_ALWAYS(!change->value || change->value[change->value_len] == '\0');
        for (size_t k = 0; k < i; k++)
            FUZZ_ALWAYS(!change->model || !revision->changes[k].model ||
                        strcmp(change->model, revision->changes[k].model) != 0);
    }
}

static void on_away(void *user, const char *reason)
{
    (void)user;
    (void)reason;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    unsigned what = fuzz_byte(&input);
    const struct source_etcd_options options = {.endpoints = "http://a:2379,http://b:2379",
                                                .prefix = "/config/inferflow/services/s/model-config",
                                                .user = what & 1 ? "u" : NULL,
                                                .password = "p",
                                                .watch = true,
                                                .resources = what & 2};
    struct source_counts counts;
    struct source *source;
    char error[256];

    handed_over = 0;
    etcd_loop_begin(input);
    source = source_open_etcd(&options, on_change, on_away, NULL, error, sizeof(error));
    FUZZ_ALWAYS(source);
    etcd_loop_wait();
    source_count(source, &counts);
    FUZZ_ALWAYS(counts.revisions >= counts.wholes);
    source_close(source);
    return 0;
}
