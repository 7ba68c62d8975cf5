// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's signals: blocked everywhere, read from a descriptor by whoever leads.
#include "process/signals.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

static void fill(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

void signals_prepare(void)
{
    sigset_t set;

    fill(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); // ignored, which is inherited, children would leave nothing to wait for
}

void signals_restore(void)
{
    sigset_t set;

    fill(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int signals_open(void)
{
    sigset_t set;

    fill(&set);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

const char *signals_name(int signal, char *text, unsigned long size)
{
    const char *name = sigabbrev_np(signal);

    if (name)
        snprintf(text, size, "SIG%s", name);
    else
        snprintf(text, size, "signal %d", signal);
    return text;
}
