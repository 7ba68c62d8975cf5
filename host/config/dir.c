// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The source 'dir': a directory of <model_config_id>.json files. A file is taken when its writer closes it or when it
// is moved in. Editors may move a file away before they write the new one, so a file that goes is only believed gone
// when it has not come back after a moment. Where the directory itself vanishes, what was read stays in force, and it
// is waited for.
//
// Threads: one of its own, which alone touches everything but the flags and the eventfd that wakes it.
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "config/dir_files.h"
#include "config/dir_watch.h"

enum { SETTLE_US = 100000 }; // how long a file that went may take to come back

struct dir_source {
    struct source source;
    pthread_t thread;
    atomic_bool stop, reread;
    int wake; // eventfd
    char *path;
    struct dir_watch watch;
    struct dir_files files;
    struct changes changes;
    int64_t revision;
    int64_t settled_us; // when to look for files that went; 0: none did
    bool away;          // the directory can't be read, which was said
    bool none;          // it never was there, and need not be
    bool moved;         // the path may lead elsewhere
    bool check;         // any file may be different
    bool all;           // and all are to be handed over
};

static void say_away(struct dir_source *d)
{
    const struct log_field fields[] = {{"directory", d->path}, {NULL, NULL}};
    int problem = errno;
    struct text reason;

    if (d->away)
        return;
    d->away = true;
    log_line(LOG_WARNING, "config_dir_away", fields, "%s can't be read: %m; %s until it is there", d->path,
             d->files.resources ? (d->revision > 0 ? "the resources stay as they are" : "there are no resources")
             : d->revision > 0  ? "the models stay as they are"
                                : "there are no models");
    source_reached(&d->source, false);
    text_init(&reason);
    text_printf(&reason, "%s can't be read: %s", d->path, strerror(problem));
    source_tell(&d->source, text_string(&reason));
    text_free(&reason);
}

static void say_back(struct dir_source *d)
{
    const struct log_field fields[] = {{"directory", d->path}, {NULL, NULL}};

    source_reached(&d->source, true);
    if (!d->away)
        return;
    log_line(LOG_INFO, "config_dir_back", fields, "%s is there again", d->path);
    d->away = false;
    source_tell(&d->source, NULL);
}

static void hand_over(struct dir_source *d, bool whole)
{
    if (d->changes.count > 0 || whole)
        changes_hand_over(&d->changes, &d->source, ++d->revision, whole);
    changes_clear(&d->changes);
}

// Nobody need make a directory for resources that there are none of.
static bool is_none(const struct dir_source *d)
{
    return d->files.resources && (d->revision == 0 || d->none) && errno == ENOENT;
}

static void find_dir(struct dir_source *d)
{
    int found = dir_watch_find(&d->watch);

    if (found > 0)
        d->check = d->all = true;
    if (found < 0 && is_none(d)) {
        if (!d->none)
            hand_over(d, true);
        d->none = true;
        return;
    }
    d->none = false;
    if (found < 0)
        say_away(d);
    else
        say_back(d);
}

static void scan(struct dir_source *d)
{
    bool whole;

    if (d->watch.fd < 0)
        return;
    if (dir_files_scan(&d->files, d->watch.fd, d->all, &d->changes, &whole))
        hand_over(d, whole);
    else
        say_away(d);
    d->check = d->all = false;
}

static void happened(void *user, enum dir_event event, const char *name)
{
    struct dir_source *d = user;

    switch (event) {
    case DIR_MENDED:
        if (!dir_files_failed(&d->files, name))
            break;
        // fallthrough
    case DIR_WRITTEN:
        dir_files_read(&d->files, d->watch.fd, name, &d->changes);
        break;
    case DIR_WENT:
        dir_files_went(&d->files, name);
        d->settled_us = clock_now_us() + SETTLE_US;
        break;
    case DIR_MOVED:
        d->moved = true;
        break;
    case DIR_SWAPPED:
    case DIR_MISSED:
        d->check = true;
        break;
    }
}

// Milliseconds until there is something to do, -1: nothing by itself.
static int time_left(const struct dir_source *d)
{
    int64_t left = d->settled_us - clock_now_us();

    return d->settled_us == 0 ? -1 : left <= 0 ? 0 : (int)(left / 1000) + 1;
}

static void settle(struct dir_source *d)
{
    if (time_left(d) != 0)
        return;
    d->settled_us = 0;
    if (d->watch.fd < 0)
        return;
    dir_files_settle(&d->files, d->watch.fd, &d->changes);
    hand_over(d, false);
}

static void *serve(void *user)
{
    struct dir_source *d = user;
    struct pollfd fds[] = {{.fd = d->wake, .events = POLLIN}, {.fd = d->watch.inotify, .events = POLLIN}};
    uint64_t woken;

    d->moved = d->check = d->all = true;
    while (!atomic_load(&d->stop)) {
        if (atomic_exchange(&d->reread, false))
            d->moved = d->check = d->all = true;
        if (d->moved) {
            d->moved = false;
            find_dir(d);
        }
        if (d->check)
            scan(d);
        settle(d);
        if (poll(fds, 2, d->watch.fd >= 0 && d->check ? 0 : time_left(d)) <= 0)
            continue;
        if ((fds[0].revents & POLLIN) && read(d->wake, &woken, sizeof(woken)) < 0)
            log_error("config_dir_wake", "%m");
        if (fds[1].revents & POLLIN) {
            dir_watch_read(&d->watch, dir_files_wants, happened, d);
            hand_over(d, false);
        }
    }
    return NULL;
}

static void wake(struct dir_source *d)
{
    const uint64_t one = 1;

    while (write(d->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void reread(struct source *source)
{
    struct dir_source *d = (struct dir_source *)source;

    atomic_store(&d->reread, true);
    wake(d);
}

static void free_dir(struct dir_source *d)
{
    dir_files_free(&d->files);
    changes_free(&d->changes);
    dir_watch_free(&d->watch);
    if (d->wake >= 0)
        close(d->wake);
    free(d->path);
    d->source.magic = 0;
    free(d);
}

static void close_dir(struct source *source)
{
    struct dir_source *d = (struct dir_source *)source;

    atomic_store(&d->stop, true);
    wake(d);
    pthread_join(d->thread, NULL);
    free_dir(d);
}

// The path, absolute and without slashes at its end; NULL with errno.
static char *absolute(const char *path)
{
    char here[PATH_MAX] = "", *all;
    size_t len;

    if (*path != '/' && !getcwd(here, sizeof(here)))
        return NULL;
    if (asprintf(&all, "%s%s%s", here, *here ? "/" : "", path) < 0)
        return NULL;
    for (len = strlen(all); len > 1 && all[len - 1] == '/'; len--)
        all[len - 1] = '\0';
    return all;
}

// Whether the directory is there, or is to be waited for; else errno says why not.
static bool is_there(struct dir_source *d, bool watch)
{
    return watch || dir_watch_find(&d->watch) >= 0 || is_none(d);
}

struct source *source_open_dir(const struct source_dir_options *options, source_changed_fn *changed,
                               source_away_fn *away, void *user, char *error, size_t size)
{
    static const struct source_kind kind = {reread, close_dir};
    struct dir_source *d = calloc(1, sizeof(*d));
    const char *path = options->path;

    if (!d) {
        snprintf(error, size, "%s: no memory", path);
        return NULL;
    }
    source_init(&d->source, &kind, changed, away, user);
    changes_init(&d->changes);
    d->wake = d->watch.fd = d->watch.inotify = -1;
    d->path = absolute(path);
    dir_files_init(&d->files, d->path, &d->source);
    d->files.resources = options->resources;
    if (!d->path || !dir_watch_init(&d->watch, d->path, options->watch))
        snprintf(error, size, "%s: can't be watched: %m", path);
    else if (!is_there(d, options->watch))
        snprintf(error, size, "%s: can't be read: %m; make it, or name another directory with --config-dir", path);
    else if ((d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0 ||
             !source_start_thread(&d->thread, "config-dir", serve, d))
        snprintf(error, size, "%s: can't be watched: %m", path);
    else
        return &d->source;
    free_dir(d);
    return NULL;
}
