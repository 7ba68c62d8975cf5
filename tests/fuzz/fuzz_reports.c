// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What processes that run plugins tell the one that doesn't: a checking child's report, and a worker's. Of the former
// an input has what several children say, one after the other, each ended by an empty line and what became of the child
// ("!": it crashed); of the latter, after a 'w', all that it is. In place of process/check.c stands a child that is
// played.
#include "base/log.h"
#include "daemon/check.h"
#include "daemon/resources.h"
#include "daemon/telling.h"
#include "fuzz.h"
#include "process/check.h"

static struct inferd_bytes children; // what is still to be said
static unsigned started;

void check_run(const struct check_options *options, struct check_result *result)
{
    struct inferd_bytes said = children;
    size_t len = 0;

    FUZZ_ALWAYS(options->payload_len > 0);
    FUZZ_ALWAYS(++started < 1000); // it comes to an end, whatever children say
    while (len < said.len && !(said.data[len] == '\n' && (len == 0 || said.data[len - 1] == '\n')))
        len++;
    *result = (struct check_result){
        .outcome = CHECK_EXITED, .report = fuzz_text((struct inferd_bytes){said.data, len}), .report_len = len};
    children = (struct inferd_bytes){said.data + len, said.len - len};
    fuzz_byte(&children); // the empty line's
    if (children.len && children.data[0] == '!') {
        fuzz_byte(&children);
        result->outcome = CHECK_CRASHED;
        result->signal = 11;
    }
}

void check_result_free(struct check_result *result)
{
    free(result->report);
}

const char *check_result_text(const struct check_result *result, char *text, size_t size)
{
    snprintf(text, size, "%s", result->outcome == CHECK_CRASHED ? "crashed" : "ended");
    return text;
}

// In place of daemon/resources.c: what begins with a vowel can be read.
bool resources_find(struct resources *resources, struct resource *resource, bool wait, struct arena *arena)
{
    (void)resources;
    (void)arena;
    FUZZ_ALWAYS(wait);
    if (!*resource->key || !strchr("aeiou", *resource->key))
        return false;
    resource->text = inferd_bytes_of("text");
    return true;
}

static void play_children(struct inferd_bytes input)
{
    struct bundle_entry entries[] = {{.model = "a", .text = inferd_bytes_of("{}")},
                                     {.model = "gone", .removed = true},
                                     {.model = "b", .text = inferd_bytes_of("{\"b\":1}")}};
    struct bundle bundle = {.number = 1, .entries = entries, .count = 3};
    struct verdict verdict;
    struct arena arena;
    char name[] = "inferd", *argv[] = {name, NULL};

    children = input;
    started = 0;
    verdict_init(&verdict);
    arena_init(&arena, 65536, 0);
    check_bundle(&bundle, &verdict, NULL, argv, NULL, &arena);
    FUZZ_ALWAYS(verdict.judged);
    verdict_free(&verdict);
    arena_free(&arena);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    log_set_level(LOG_ERROR);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    uint64_t generation;

    if (fuzz_byte(&input) == 'w') {
        telling_count(input.data, input.len, &generation);
        telling_read(1, input.data, input.len);
    } else {
        play_children(input);
    }
    return 0;
}
