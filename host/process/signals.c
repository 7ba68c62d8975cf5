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
#include <unistd.h>

static void fill(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGUSR2);
}

void signals_prepare(void)
{
    sigset_t set;

    fill(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); // a file that may not grow is an error of that file
    signal(SIGCHLD, SIG_DFL); // ignored, which is inherited, children would leave nothing to wait for
}

void signals_restore(void)
{
    sigset_t set;

    fill(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void take(struct poller_watch *watch, uint32_t events)
{
    struct signals *signals = POLLER_OWNER(watch, struct signals, watch);
    struct signalfd_siginfo info;
    char name[32];

    (void)events;
    while (read(watch->fd, &info, sizeof(info)) == sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            signals->reread(signals);
        else if (info.ssi_signo == SIGUSR2)
            signals->upgrade(signals);
        else
            signals->stop(signals, signals_name((int)info.ssi_signo, name, sizeof(name)));
    }
}

bool signals_start(struct signals *signals)
{
    sigset_t set;
    int fd;

    fill(&set);
    fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return false;
    signals->watch = (struct poller_watch){.fn = take, .fd = fd};
    if (poller_add(signals->poller, &signals->watch, EPOLLIN))
        return true;
    signals_stop(signals);
    return false;
}

void signals_stop(struct signals *signals)
{
    if (!signals->watch.fn)
        return;
    poller_drop(signals->poller, &signals->watch);
    close(signals->watch.fd);
    signals->watch.fn = NULL;
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
