// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Last words: handlers of the signals that crashes end with.
#include "process/last_words.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#include "process/breadcrumb.h"

#define STACK_SIZE (32 * 1024) // the frame of a signal is 3 to 11 KiB, by the registers the machine has

static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct last_words *listener;
static struct sigaction before[SIGNALS];
static _Alignas(16) char stacks[BREADCRUMB_TRAILS][STACK_SIZE];

// [signal]
static void speak(int number, siginfo_t *info, void *context)
{
    struct last_words *words = listener;

    (void)context;
    if (words && atomic_exchange(&words->spoken, 1) == 0) { // the first of several is the cause
        atomic_store(&words->at, atomic_load_explicit(&breadcrumb_trail->at, memory_order_relaxed));
        atomic_store(&words->left, atomic_load_explicit(&breadcrumb_trail->left, memory_order_relaxed));
    }
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i] == number)
            sigaction(number, &before[i], NULL);
    // A fault happens again when this returns; what was sent must be sent again.
    if (info->si_code <= 0)
        raise(number);
}

void last_words_go_to(struct last_words *words)
{
    struct sigaction action = {.sa_sigaction = speak, .sa_flags = SA_SIGINFO | SA_ONSTACK}, replaced;

    listener = words;
    if (!words)
        return;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        if (sigaction(signals[i], &action, &replaced) == 0 && replaced.sa_sigaction != speak)
            before[i] = replaced;
}

void last_words_prepare(unsigned n)
{
    stack_t now, own = {.ss_sp = stacks[n], .ss_size = STACK_SIZE};

    if (sigaltstack(NULL, &now) == 0 && now.ss_flags & SS_DISABLE) // a sanitizer has its own
        sigaltstack(&own, NULL);
}

bool last_words_read(const struct last_words *words, uint64_t *at, uint64_t *left)
{
    *at = atomic_load(&words->at);
    *left = atomic_load(&words->left);
    return atomic_load(&words->spoken) != 0;
}
