// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inotify on the module path's directories.
#include "daemon/module_watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"

#define QUIET_MS 200
#define MASK (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR)

struct module_watch {
    int inotify, stop;
    pthread_t thread;
    void (*changed)(void *user);
    void *user;
};

static bool is_module(const struct inotify_event *event)
{
    size_t len = event->len ? strlen(event->name) : 0;

    return len > 3 && strcmp(event->name + len - 3, ".so") == 0;
}

// Whether one of the events that are there is of a module. (Lost ones may have been.)
static bool read_events(int inotify)
{
    char room[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool found = false;
    ssize_t n;

    while ((n = read(inotify, room, sizeof(room))) > 0)
        for (char *at = room; at < room + n;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;

            found |= is_module(event) || (event->mask & IN_Q_OVERFLOW);
            at += sizeof(*event) + event->len;
        }
    return found;
}

static void *run(void *user)
{
    struct module_watch *watch = user;
    struct pollfd fds[] = {{.fd = watch->inotify, .events = POLLIN}, {.fd = watch->stop, .events = POLLIN}};
    bool pending = false;

    while (!(fds[1].revents & POLLIN)) {
        int ready = poll(fds, 2, pending ? QUIET_MS : -1);

        if (ready == 0) {
            pending = false;
            log_info("modules_changed", "files in the module path have changed; it is looked through");
            watch->changed(watch->user);
        } else if (ready > 0 && (fds[0].revents & POLLIN)) {
            pending |= read_events(watch->inotify);
        }
    }
    return NULL;
}

// The directory, and where libtool has its modules in a build.
static bool watch_directory(int inotify, const char *path)
{
    char inner[PATH_MAX];
    bool watched = inotify_add_watch(inotify, path, MASK) >= 0;

    if (!watched && errno != ENOENT && errno != ENOTDIR)
        log_warning("modules_unwatched", "%s can't be watched for modules: %m; 'inferctl modules rescan' looks there%s",
                    path, errno == ENOSPC ? " (or raise the sysctl fs.inotify.max_user_watches)" : "");
    snprintf(inner, sizeof(inner), "%s/.libs", path);
    return inotify_add_watch(inotify, inner, MASK) >= 0 || watched;
}

static bool watch_path(int inotify, const char *path)
{
    char *copy = strdup(path), *rest = copy;
    bool any = false;

    for (char *entry; copy && (entry = strsep(&rest, ":"));)
        any |= *entry && watch_directory(inotify, entry);
    free(copy);
    return any;
}

struct module_watch *module_watch_new(const char *path, void (*changed)(void *user), void *user)
{
    struct module_watch *watch = calloc(1, sizeof(*watch));

    if (!watch)
        return NULL;
    *watch = (struct module_watch){.changed = changed, .user = user};
    watch->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    watch->stop = eventfd(0, EFD_CLOEXEC);
    if (watch->inotify < 0 || watch->stop < 0)
        log_warning("modules_unwatched", "the module path can't be watched: %m; 'inferctl modules rescan' looks there");
    else if (watch_path(watch->inotify, path) && pthread_create(&watch->thread, NULL, run, watch) == 0)
        return watch;
    if (watch->inotify >= 0)
        close(watch->inotify);
    if (watch->stop >= 0)
        close(watch->stop);
    free(watch);
    return NULL;
}

void module_watch_free(struct module_watch *watch)
{
    uint64_t one = 1;

    if (!watch)
        return;
    while (write(watch->stop, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    pthread_join(watch->thread, NULL);
    close(watch->inotify);
    close(watch->stop);
    free(watch);
}
