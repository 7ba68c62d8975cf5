// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A module with one fault, which its option "how" names: in the function "in", in a run every "every"-th time. With a
// "fuse", only while that file is there, so that the checking child may be spared. Writes 1 into its column otherwise.
// Built twice: as version 1.0.0, which has no fault, and as 1.1.0.
#include <inferd/module.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 // it would speak of the fault itself, rather than let it happen
#else
#define SANITIZED 0
#endif

#define LEAK (256 << 10) // few enough in a second, in which the master looks once, that it can still drain

struct options {
    const char *how, *in, *fuse, *output;
    int64_t every;
};

static const struct inferd_option option_table[] = {
    {.name = "how", .type = INFERD_OPTION_STRING, .offset = offsetof(struct options, how), .fallback = "\"none\""},
    {.name = "in", .type = INFERD_OPTION_STRING, .offset = offsetof(struct options, in), .fallback = "\"run\""},
    {.name = "every",
     .type = INFERD_OPTION_INT,
     .offset = offsetof(struct options, every),
     .fallback = "1",
     .min = 1,
     .max = 1000000},
    {.name = "fuse", .type = INFERD_OPTION_STRING, .offset = offsetof(struct options, fuse)},
    {.name = "output",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct options, output)},
    {.name = NULL},
};

struct faulty {
    const struct inferd_component *info;
    const struct options *options;
    uint32_t output;
    int64_t runs;
};

static void crash(int number)
{
    volatile int *volatile nowhere = NULL;

    if (number == SIGSEGV && !SANITIZED)
        *nowhere = 1;
    raise(number);
}

// Writes over what the allocator keeps beyond the block, and has it look there.
static void corrupt(void)
{
    char *volatile block = malloc(24), *volatile next = malloc(24);

    if (SANITIZED)
        crash(SIGABRT);
    memset(block, 0x41, 64);
    free(next);
    free(block);
    for (size_t size = 16; size < 4096; size += 16)
        free(malloc(size));
    abort();
}

// As where memory was broken before: the thread crashes when it is in no plugin any more.
static void crash_later(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGABRT};
    const struct itimerspec soon = {.it_value = {.tv_nsec = 20000000}};
    timer_t timer;

    event._sigev_un._tid = gettid();
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == 0)
        timer_settime(timer, 0, &soon, NULL);
}

static void leak(void)
{
    static void *volatile last;
    void **block = malloc(LEAK);

    if (!block)
        return;
    memset(block, 1, LEAK);
    *block = last; // (so a sanitizer finds it in use)
    last = block;
}

static void fail(const struct options *options)
{
    volatile bool endless = true;

    if (strcmp(options->how, "segfault") == 0)
        crash(SIGSEGV);
    else if (strcmp(options->how, "abort") == 0)
        crash(SIGABRT);
    else if (strcmp(options->how, "exit") == 0)
        _exit(7);
    else if (strcmp(options->how, "corrupt") == 0)
        corrupt();
    else if (strcmp(options->how, "later") == 0)
        crash_later();
    else if (strcmp(options->how, "leak") == 0)
        leak();
    else if (strcmp(options->how, "loop") == 0)
        while (endless)
            ;
}

static void enter(const struct options *options, const char *function)
{
    if (FAULT && strcmp(options->in, function) == 0 &&
        (!options->fuse || !*options->fuse || access(options->fuse, F_OK) == 0))
        fail(options);
}

static int faulty_create(const struct inferd_component *info, void **component)
{
    struct faulty *faulty = calloc(1, sizeof(*faulty));

    if (!faulty)
        return info->host->fail(info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    *faulty = (struct faulty){.info = info, .options = info->options};
    *component = faulty;
    enter(faulty->options, "create");
    return INFERD_OK;
}

static int faulty_bind(void *component, struct inferd_binder *binder)
{
    struct faulty *faulty = component;

    enter(faulty->options, "bind");
    faulty->output = faulty->info->host->writes(binder, faulty->options->output, INFERD_TARGETS, INFERD_TYPE_FP32, 0,
                                                NULL, "output");
    return faulty->output == INFERD_NO_COLUMN ? INFERD_INVALID_ARGUMENT : INFERD_OK;
}

static int faulty_start(void *component)
{
    enter(((struct faulty *)component)->options, "start");
    return INFERD_OK;
}

static int faulty_run(void *component, struct inferd_step *step)
{
    struct faulty *faulty = component;
    const float one = 1;

    for (uint32_t row = 0; row < step->rows[INFERD_TARGETS]; row++)
        inferd_column_set(step->columns[faulty->output], row,
                          (struct inferd_bytes){(const uint8_t *)&one, sizeof(one)});
    if (++faulty->runs % faulty->options->every != 0)
        return INFERD_OK;
    if (FAULT && strcmp(faulty->options->how, "twice") == 0) {
        faulty->info->host->complete(step->token, INFERD_OK);
        faulty->info->host->complete(step->token, INFERD_INTERNAL);
        return INFERD_PENDING;
    }
    enter(faulty->options, "run");
    return INFERD_OK;
}

static void faulty_stop(void *component)
{
    enter(((struct faulty *)component)->options, "stop");
}

static void faulty_destroy(void *component)
{
    enter(((struct faulty *)component)->options, "destroy");
    free(component);
}

static const struct inferd_kind kinds[] = {{
    .name = "faulty",
    .rank = 100,
    .options = {option_table, sizeof(struct options)},
    .create = faulty_create,
    .bind = faulty_bind,
    .start = faulty_start,
    .run = faulty_run,
    .stop = faulty_stop,
    .destroy = faulty_destroy,
}};

INFERD_MODULE("faulty", VERSION, "Has a fault", kinds, 1, {NULL, 0});
