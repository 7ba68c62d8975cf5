// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Checking in a child, the parent's side: spawn, read the report, wait, judge.
#include "process/check.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "process/check_link.h"
#include "process/signals.h"
#include "process/spawn.h"

#define DEFAULT_SILENCE_MS 10000
#define READ_AT_ONCE 65536

// A check under way.
struct check {
    int end; // of the socket, non-blocking
    int life;
    struct breadcrumb_block *crumbs;
    struct check_result *result;
    bool report_ended;
};

static bool append(struct check_result *result, const char *bytes, size_t len)
{
    char *report = realloc(result->report, result->report_len + len + 1);

    if (!report)
        return false;
    memcpy(report + result->report_len, bytes, len);
    result->report = report;
    result->report_len += len;
    report[result->report_len] = '\0';
    return true;
}

// Reads what there is. False: it is too much.
static bool read_report(struct check *check)
{
    char bytes[READ_AT_ONCE];
    ssize_t len;

    while ((len = recv(check->end, bytes, sizeof(bytes), MSG_DONTWAIT)) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && errno == EAGAIN)
            return true;
        if (len < 0)
            break; // closed with something unread: ended too
        if (check->result->report_len + (size_t)len > CHECK_MAX_REPORT || !append(check->result, bytes, (size_t)len))
            return false;
    }
    check->report_ended = true;
    return true;
}

// Until the child has ended, or is to be ended; says why in the outcome.
static void follow(struct check *check, int64_t silence_us)
{
    int64_t deadline_us = clock_now_us() + silence_us;

    for (;;) {
        struct pollfd watched[2] = {{.fd = check->life, .events = POLLIN},
                                    {.fd = check->report_ended ? -1 : check->end, .events = POLLIN}};
        int64_t left_ms = (deadline_us - clock_now_us() + 999) / 1000;

        if (left_ms <= 0) {
            check->result->outcome = CHECK_HUNG;
            return;
        }
        if (poll(watched, 2, (int)(left_ms < 1000000 ? left_ms : 1000000)) < 0)
            continue; // interrupted
        if (watched[1].revents && !read_report(check)) {
            check->result->outcome = CHECK_GARRULOUS;
            return;
        }
        if (watched[1].revents)
            deadline_us = clock_now_us() + silence_us;
        if (watched[0].revents) {
            if (!check->report_ended && !read_report(check))
                check->result->outcome = CHECK_GARRULOUS;
            return;
        }
    }
}

static void judge(struct check *check)
{
    struct check_result *result = check->result;
    siginfo_t info = {0};

    if (result->outcome != CHECK_EXITED)
        pidfd_send_signal(check->life, SIGKILL, NULL, 0);
    waitid(P_PIDFD, (id_t)check->life, &info, WEXITED);
    if (info.si_code == CLD_EXITED)
        result->exit_status = info.si_status;
    else
        result->signal = info.si_status;
    if (result->outcome == CHECK_EXITED && result->signal)
        result->outcome = CHECK_CRASHED;
    result->has_crumb = breadcrumb_read(check->crumbs, &result->crumb);
}

// False: errno.
static bool start(struct check *check, const struct check_options *options)
{
    struct spawn_options spawn = {.program = options->program, .argv = options->argv};
    char option[32];
    pid_t pid;
    int child_end;

    check->end = check_link_open(options->payload, options->payload_len, &check->crumbs, &child_end);
    if (check->end < 0)
        return false;
    snprintf(option, sizeof(option), "--" CHECK_OPTION_CHILD "=%d", child_end);
    spawn.options[0] = option;
    spawn.fds = (int[]){child_end, -1};
    check->life = spawn_self(&spawn, &pid);
    close(child_end);
    return check->life >= 0;
}

void check_run(const struct check_options *options, struct check_result *result)
{
    struct check check = {.end = -1, .life = -1, .result = result};
    int64_t began_us = clock_now_us();
    int64_t silence_ms = options->silence_ms > 0 ? options->silence_ms : DEFAULT_SILENCE_MS;

    memset(result, 0, sizeof(*result));
    append(result, "", 0);
    if (start(&check, options)) {
        follow(&check, silence_ms * 1000);
        judge(&check);
    } else {
        const char *why = strerror(errno);

        result->outcome = CHECK_FAILED;
        append(result, why, strlen(why));
    }
    if (check.life >= 0)
        close(check.life);
    if (check.end >= 0)
        close(check.end);
    breadcrumb_unmap(check.crumbs);
    result->took_us = clock_now_us() - began_us;
}

void check_result_free(struct check_result *result)
{
    free(result->report);
    result->report = NULL;
}

static void add_place(const struct check_result *result, char *text, size_t size)
{
    const struct breadcrumb *crumb = &result->crumb;
    size_t len = strlen(text);

    if (result->has_crumb)
        snprintf(text + len, size - len, " in %s of module %s (model %s, node %s)", crumb->call,
                 crumb->module[0] ? crumb->module : "-", crumb->model[0] ? crumb->model : "-",
                 crumb->node[0] ? crumb->node : "-");
}

const char *check_result_text(const struct check_result *result, char *text, size_t size)
{
    char name[32];

    switch (result->outcome) {
    case CHECK_EXITED:
        snprintf(text, size, "exited with status %d", result->exit_status);
        if (result->exit_status == 0)
            return text;
        break;
    case CHECK_CRASHED:
        snprintf(text, size, "crashed with %s", signals_name(result->signal, name, sizeof(name)));
        break;
    case CHECK_HUNG:
        snprintf(text, size, "hung and was killed after %.1f s", (double)result->took_us / 1000000);
        break;
    case CHECK_GARRULOUS:
        snprintf(text, size, "was killed for a report of more than %u MiB", CHECK_MAX_REPORT >> 20);
        break;
    case CHECK_FAILED:
        snprintf(text, size, "could not be started: %s", result->report ? result->report : "no memory");
        return text;
    }
    add_place(result, text, size);
    return text;
}
