// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Starting a successor and waiting for it.
#include "process/upgrade.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "process/control.h"
#include "process/inherited.h"
#include "process/signals.h"
#include "process/spawn.h"

extern char **environ;

static void let_go(struct upgrade *upgrade)
{
    struct poller_watch *watches[] = {&upgrade->life, &upgrade->link};

    for (size_t i = 0; i < 2; i++) {
        poller_drop(upgrade->poller, watches[i]);
        close(watches[i]->fd);
        watches[i]->fd = -1;
    }
    poller_disarm(upgrade->poller, &upgrade->timer);
    upgrade->under_way = false;
}

static void kill_it(struct upgrade *upgrade, siginfo_t *end)
{
    pidfd_send_signal(upgrade->life.fd, SIGKILL, NULL, 0);
    waitid(P_PIDFD, (id_t)upgrade->life.fd, end, WEXITED);
    let_go(upgrade);
}

static void fail(struct upgrade *upgrade, const char *why)
{
    siginfo_t end;

    kill_it(upgrade, &end);
    upgrade->failed(upgrade, why);
}

static void see_end(struct poller_watch *watch, uint32_t events)
{
    struct upgrade *upgrade = POLLER_OWNER(watch, struct upgrade, life);
    siginfo_t end = {0};
    char why[64], name[32];

    (void)events;
    kill_it(upgrade, &end);
    if (end.si_code == CLD_EXITED)
        snprintf(why, sizeof(why), "it exited with status %d", end.si_status);
    else
        snprintf(why, sizeof(why), "it was ended by %s", signals_name(end.si_status, name, sizeof(name)));
    upgrade->failed(upgrade, why);
}

static void out_of_time(struct poller_timer *timer)
{
    struct upgrade *upgrade = POLLER_OWNER(timer, struct upgrade, timer);
    char why[64];

    snprintf(why, sizeof(why), "it was not ready within %.1f s", (double)upgrade->limit_ms / 1000);
    fail(upgrade, why);
}

static void hear(struct poller_watch *watch, uint32_t events)
{
    struct upgrade *upgrade = POLLER_OWNER(watch, struct upgrade, link);
    char *message = malloc(SUCCESSION_MAX + 1), *why;
    const char take = SUCCESSION_TAKE;
    ssize_t len = message ? recv(watch->fd, message, SUCCESSION_MAX, MSG_DONTWAIT) : 0;

    (void)events;
    if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
        free(message);
        return;
    }
    if (len < 1 || *message != SUCCESSION_READY) {
        free(message);
        poller_drop(upgrade->poller, watch); // its end is seen elsewhere
        return;
    }
    message[len] = '\0';
    why = upgrade->judge(upgrade, message + 1);
    free(message);
    if (!why && send(watch->fd, &take, 1, MSG_NOSIGNAL) != 1)
        why = strdup("it closed the connection to this process");
    if (why) {
        fail(upgrade, why);
        free(why);
        return;
    }
    let_go(upgrade);
    upgrade->succeeded(upgrade);
}

// This process's environment and the two variables; malloc'd.
static char **environment_with(char *first, char *second)
{
    size_t count = 0;
    char **environment;

    while (environ[count])
        count++;
    environment = calloc(count + 3, sizeof(*environment));
    if (!environment)
        return NULL;
    memcpy(environment, environ, count * sizeof(*environment));
    environment[count] = first;
    environment[count + 1] = second;
    return environment;
}

static int spawn(struct upgrade *upgrade, int link)
{
    char sockets[INHERITED_MAX * (INHERITED_NAME_SIZE + 12) + 64], succession[64];
    size_t name = (size_t)sprintf(sockets, "%s=", INHERITED_VARIABLE);
    int fds[INHERITED_MAX + 2], life;
    size_t count = inherited_noted(fds, sockets + name, sizeof(sockets) - name);
    struct spawn_options options = {.program = upgrade->program, .argv = upgrade->argv, .fds = fds};

    fds[count] = link;
    fds[count + 1] = -1;
    snprintf(succession, sizeof(succession), "%s=%d", SUCCESSION_VARIABLE, link);
    options.environment = environment_with(sockets, succession);
    if (!options.environment)
        return -1;
    life = spawn_self(&options, &upgrade->pid);
    free(options.environment);
    return life;
}

bool upgrade_start(struct upgrade *upgrade, char *error, size_t size)
{
    int ends[2], problem;

    if (upgrade->under_way) {
        snprintf(error, size, "one is under way: process %ld is not ready yet", (long)upgrade->pid);
        return false;
    }
    if (getpid() == 1) {
        snprintf(error, size, "this is process 1, whose end is that of its container: start a new container instead");
        return false;
    }
    if (!control_pair(ends)) {
        snprintf(error, size, "can't connect to a new process: %s", strerror(errno));
        return false;
    }
    upgrade->link = (struct poller_watch){.fn = hear, .fd = ends[0]};
    upgrade->life = (struct poller_watch){.fn = see_end, .fd = spawn(upgrade, ends[1])};
    problem = errno;
    close(ends[1]);
    if (upgrade->life.fd < 0) {
        snprintf(error, size, "can't start %s: %s", upgrade->program, strerror(problem));
        close(ends[0]);
        return false;
    }
    upgrade->under_way = true;
    upgrade->timer.fn = out_of_time;
    poller_arm(upgrade->poller, &upgrade->timer, clock_now_us() + upgrade->limit_ms * 1000);
    if (poller_add(upgrade->poller, &upgrade->link, EPOLLIN) && poller_add(upgrade->poller, &upgrade->life, EPOLLIN))
        return true;
    snprintf(error, size, "can't wait for a new process: %s", strerror(errno));
    upgrade_end(upgrade);
    return false;
}

void upgrade_end(struct upgrade *upgrade)
{
    siginfo_t end;

    if (upgrade->under_way)
        kill_it(upgrade, &end);
}
