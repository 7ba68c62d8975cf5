// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inotify, for one directory and whichever exists above it.
#include "config/dir_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"

static const uint32_t here_mask =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
// The directory's own end is told above it only, as long as it is held open.
static const uint32_t above_mask = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF;

bool dir_watch_init(struct dir_watch *watch, const char *path, bool watched)
{
    const char *slash = strrchr(path, '/');

    watch->path = path;
    watch->name = slash ? slash + 1 : path;
    watch->fd = watch->here = watch->above = -1;
    watch->unwatched = false;
    watch->inotify = watched ? inotify_init1(IN_NONBLOCK | IN_CLOEXEC) : -1;
    return !watched || watch->inotify >= 0;
}

void dir_watch_free(struct dir_watch *watch)
{
    if (watch->inotify >= 0)
        close(watch->inotify);
    if (watch->fd >= 0)
        close(watch->fd);
}

static void unwatch(struct dir_watch *watch, int *wd)
{
    if (*wd >= 0)
        inotify_rm_watch(watch->inotify, *wd);
    *wd = -1;
}

// The longest path above the directory that exists; "" where the directory is the root.
static void find_above(const struct dir_watch *watch, char above[PATH_MAX])
{
    struct stat st;
    char *slash;

    snprintf(above, PATH_MAX, "%s", watch->path);
    while ((slash = strrchr(above, '/')) && above[1]) {
        slash[slash == above] = '\0';
        if (stat(above, &st) == 0 && S_ISDIR(st.st_mode))
            return;
    }
    above[0] = '\0';
}

// Watches above the directory, for the path to lead elsewhere.
static void watch_above(struct dir_watch *watch)
{
    char above[PATH_MAX], now[PATH_MAX];

    if (watch->inotify < 0)
        return;
    unwatch(watch, &watch->above);
    find_above(watch, above);
    // What was made just before the watch was there tells nobody, so look again.
    for (; above[0]; strcpy(above, now)) {
        watch->above = inotify_add_watch(watch->inotify, above, above_mask | IN_ONLYDIR | IN_MASK_ADD);
        find_above(watch, now);
        if (strcmp(above, now) == 0)
            break;
        unwatch(watch, &watch->above);
    }
    if (watch->above == watch->here)
        watch->above = -1;
}

// Watches what is open as fd, whatever the path has come to mean meanwhile.
static void watch_here(struct dir_watch *watch)
{
    const struct log_field fields[] = {{"directory", watch->path}, {NULL, NULL}};
    char link[32];

    if (watch->inotify < 0)
        return;
    unwatch(watch, &watch->here);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", watch->fd);
    watch->here = inotify_add_watch(watch->inotify, link, here_mask | IN_ONLYDIR);
    if (watch->here < 0 && !watch->unwatched)
        log_line(LOG_ERROR, "config_dir_unwatched", fields,
                 "%s can't be watched: %m; changes are taken on SIGHUP only (%s)", watch->path,
                 errno == ENOSPC ? "raise the sysctl fs.inotify.max_user_watches" : "see inotify(7)");
    watch->unwatched = watch->here < 0;
}

static bool is_same(int a, int b)
{
    struct stat first, second;

    return a >= 0 && fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

int dir_watch_find(struct dir_watch *watch)
{
    int fd, saved;

    watch_above(watch);
    fd = open(watch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    saved = errno;
    if (fd >= 0 && is_same(watch->fd, fd) && (watch->here >= 0 || watch->inotify < 0 || watch->unwatched)) {
        close(fd);
        return 0;
    }
    if (watch->fd >= 0)
        close(watch->fd);
    watch->fd = fd;
    if (fd >= 0) {
        watch_here(watch);
        return 1;
    }
    unwatch(watch, &watch->here);
    errno = saved;
    return -1;
}

// A name that appeared: one that is a link is whole at once, another only when its writer closes it.
static bool is_link(const struct dir_watch *watch, const char *name)
{
    struct stat st;

    return fstatat(watch->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (S_ISLNK(st.st_mode) || st.st_nlink > 1);
}

static void tell_here(struct dir_watch *watch, const struct inotify_event *e, bool (*wants)(const char *name),
                      dir_event_fn *happened, void *user)
{
    const char *name = e->len ? e->name : "";

    if (e->mask & IN_IGNORED)
        watch->here = -1;
    if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
        happened(user, DIR_MOVED, "");
    else if (name[0] == '.' && (e->mask & IN_MOVED_TO))
        happened(user, DIR_SWAPPED, name);
    else if (!wants(name))
        return;
    else if (e->mask & (IN_MOVED_FROM | IN_DELETE))
        happened(user, DIR_WENT, name);
    else if (e->mask & IN_ATTRIB)
        happened(user, DIR_MENDED, name);
    else if (!(e->mask & IN_CREATE) || is_link(watch, name))
        happened(user, DIR_WRITTEN, name);
}

static void tell(struct dir_watch *watch, const struct inotify_event *e, bool (*wants)(const char *name),
                 dir_event_fn *happened, void *user)
{
    if (e->mask & IN_Q_OVERFLOW) {
        happened(user, DIR_MOVED, "");
        happened(user, DIR_MISSED, "");
    } else if (e->wd == watch->here)
        tell_here(watch, e, wants, happened, user);
    else if (e->wd == watch->above) {
        if (e->mask & IN_IGNORED)
            watch->above = -1;
        if (watch->fd < 0 || !e->len || strcmp(e->name, watch->name) == 0)
            happened(user, DIR_MOVED, "");
    }
}

void dir_watch_read(struct dir_watch *watch, bool (*wants)(const char *name), dir_event_fn *happened, void *user)
{
    _Alignas(struct inotify_event) char buffer[16384];
    ssize_t n;

    while ((n = read(watch->inotify, buffer, sizeof(buffer))) > 0)
        for (char *at = buffer; at < buffer + n;) {
            const struct inotify_event *e = (const struct inotify_event *)at;

            tell(watch, e, wants, happened, user);
            at += sizeof(*e) + e->len;
        }
}
