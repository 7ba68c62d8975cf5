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
#define END_MS 2000 // how long a kept child may take to end

struct check {
    int end; // of the socket
    int life;
    struct breadcrumb_block *crumbs;
    struct check_result *result; // of the payload that it has
    bool report_ended;
    unsigned uses;
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

// The report goes up to the mark, or to the end of the connection. False: it is too much.
static bool take(struct check *check, const char *bytes, size_t len)
{
    const char *mark = memchr(bytes, CHECK_LINK_END, len);

    check->report_ended = check->result->whole = mark != NULL;
    if (mark)
        len = (size_t)(mark - bytes);
    return check->result->report_len + len <= CHECK_MAX_REPORT && append(check->result, bytes, len);
}

// Reads what there is. False: it is too much.
static bool read_report(struct check *check)
{
    char bytes[READ_AT_ONCE];
    ssize_t len;

    while (!check->report_ended && (len = recv(check->end, bytes, sizeof(bytes), MSG_DONTWAIT)) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && errno == EAGAIN)
            return true;
        if (len < 0)
            break; // closed with something unread: ended too
        if (!take(check, bytes, (size_t)len))
            return false;
    }
    check->report_ended = true;
    return true;
}

// Until the child has ended, or is to be ended, or has reported and is to be kept; says why in the outcome.
static void follow(struct check *check, int64_t silence_us, bool keep)
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
        if ((watched[0].revents || watched[1].revents) && !read_report(check)) {
            check->result->outcome = CHECK_GARRULOUS;
            return;
        }
        if (watched[0].revents || (check->result->whole && keep))
            return;
        if (watched[1].revents)
            deadline_us = clock_now_us() + silence_us;
        if (check->report_ended)
            shutdown(check->end, SHUT_WR); // there is no next payload
    }
}

// Takes the child's end, which is made to come if need be.
static void bury(struct check *check)
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

static void free_check(struct check *check)
{
    if (check->life >= 0)
        close(check->life);
    if (check->end >= 0)
        close(check->end);
    breadcrumb_unmap(check->crumbs);
    free(check);
}

// False: errno.
static bool spawn(struct check *check, const struct check_options *options)
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

// NULL: errno.
static struct check *start(const struct check_options *options)
{
    struct check *check = malloc(sizeof(*check));

    if (!check)
        return NULL;
    *check = (struct check){.end = -1, .life = -1};
    if (spawn(check, options))
        return check;
    free_check(check);
    return NULL;
}

// Follows the child with the payload it has. Where it is kept it is in *kept, else it has ended.
static void collect(struct check *check, const struct check_options *options, struct check_result *result)
{
    int64_t silence_ms = options->silence_ms > 0 ? options->silence_ms : DEFAULT_SILENCE_MS;
    bool keep = options->kept && ++check->uses < CHECK_MOST_USES;
    struct pollfd life = {.fd = check->life, .events = POLLIN};

    check->result = result;
    check->report_ended = false;
    follow(check, silence_ms * 1000, keep);
    if (keep && result->whole && result->outcome == CHECK_EXITED && poll(&life, 1, 0) == 0) {
        *options->kept = check;
        return;
    }
    bury(check);
    free_check(check);
}

static void begin(struct check_result *result)
{
    memset(result, 0, sizeof(*result));
    append(result, "", 0);
}

// Has the kept child try it. False: nothing came of it, and it is none any more.
static bool ask_kept(const struct check_options *options, struct check_result *result)
{
    struct check *check = options->kept ? *options->kept : NULL;

    if (!check)
        return false;
    *options->kept = NULL;
    if (!check_link_send(check->end, options->payload, options->payload_len)) {
        check_end(check);
        return false;
    }
    begin(result);
    collect(check, options, result);
    if (result->outcome == CHECK_EXITED && result->exit_status == 0 && result->whole)
        return true;
    check_result_free(result);
    return false;
}

void check_run(const struct check_options *options, struct check_result *result)
{
    int64_t began_us = clock_now_us();
    struct check *check;

    if (!ask_kept(options, result)) {
        begin(result);
        check = start(options);
        if (check) {
            collect(check, options, result);
        } else {
            const char *why = strerror(errno);

            result->outcome = CHECK_FAILED;
            append(result, why, strlen(why));
        }
    }
    result->took_us = clock_now_us() - began_us;
}

void check_end(struct check *kept)
{
    struct check_result result;

    if (!kept)
        return;
    begin(&result);
    kept->result = &result;
    kept->report_ended = true;
    shutdown(kept->end, SHUT_WR);
    follow(kept, END_MS * 1000, false);
    bury(kept);
    free_check(kept);
    check_result_free(&result);
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
