// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Walks a path from the root on, a name at a time, as the kernel does.
#include "base/owned.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 // as the kernel's

struct walk {
    char at[PATH_MAX];   // what was looked at; no links in it
    char rest[PATH_MAX]; // what is still to be
    int links;
    char *error;
    size_t size;
};

// Who can put another program in the place of this one. A few, found out once.
static uid_t owners[16];
static size_t owner_count;
static pthread_once_t owners_known = PTHREAD_ONCE_INIT;

static void add_owner(const char *path)
{
    struct stat st;

    if (owner_count < sizeof(owners) / sizeof(owners[0]) && stat(path, &st) == 0)
        owners[owner_count++] = st.st_uid;
}

static void find_owners(void)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

    owners[owner_count++] = 0;
    owners[owner_count++] = geteuid();
    if (len <= 0)
        return;
    path[len] = '\0';
    for (char *slash = path + len; slash && slash > path; slash = strrchr(path, '/')) {
        add_owner(path);
        slash = strrchr(path, '/');
        *slash = '\0';
    }
}

static bool may_own(uid_t uid)
{
    pthread_once(&owners_known, find_owners);
    for (size_t i = 0; i < owner_count; i++)
        if (owners[i] == uid)
            return true;
    return false;
}

static bool refuse(const struct walk *walk, const char *what)
{
    snprintf(walk->error, walk->size, "%s %s", *walk->at ? walk->at : "/", what);
    return false;
}

// 'above': it is a directory on the way.
static bool check(const struct walk *walk, bool above)
{
    struct stat st;

    if (stat(*walk->at ? walk->at : "/", &st) != 0)
        return refuse(walk, strerror(errno));
    if (!may_own(st.st_uid)) {
        char what[160];

        snprintf(
            what, sizeof(what),
            "belongs to user %lu, who could change what inferd takes from there: give it to root or to inferd's user "
            "with chown",
            (unsigned long)st.st_uid);
        return refuse(walk, what);
    }
    if (above && st.st_mode & S_ISVTX)
        return true;
    if (st.st_mode & S_IWOTH)
        return refuse(walk,
                      "can be written to by anybody, who could change what inferd takes from there: take that away "
                      "with chmod o-w");
    if (st.st_mode & S_IWGRP && st.st_gid != 0 && st.st_gid != getegid())
        return refuse(walk, "can be written to by its group, who could change what inferd takes from there: take that "
                            "away with chmod g-w");
    return true;
}

// Puts a link's target in front of the rest.
static bool follow(struct walk *walk, const char *link)
{
    char target[PATH_MAX], joined[PATH_MAX];
    ssize_t len = readlink(link, target, sizeof(target) - 1);

    if (len < 0)
        return refuse(walk, strerror(errno));
    target[len] = '\0';
    if (++walk->links > LINKS_MAX ||
        snprintf(joined, sizeof(joined), "%s/%s", target, walk->rest) >= (int)sizeof(joined))
        return refuse(walk, "leads through too many symbolic links");
    strcpy(walk->rest, joined);
    if (*target == '/')
        *walk->at = '\0';
    return true;
}

// One name further. A link is no place to be: what it stands for comes next.
static bool step(struct walk *walk, const char *name)
{
    char next[PATH_MAX];
    struct stat st;

    if (strcmp(name, ".") == 0)
        return true;
    if (strcmp(name, "..") == 0) {
        char *slash = strrchr(walk->at, '/');

        if (slash)
            *slash = '\0';
        return true;
    }
    if (!check(walk, true)) // it decides what the name stands for
        return false;
    if (snprintf(next, sizeof(next), "%s/%s", walk->at, name) >= (int)sizeof(next))
        return refuse(walk, "has too long a path in it");
    if (lstat(next, &st) != 0) {
        snprintf(walk->error, walk->size, "%s: %s", next, strerror(errno));
        return false;
    }
    if (S_ISLNK(st.st_mode))
        return follow(walk, next);
    strcpy(walk->at, next);
    return true;
}

bool owned_by_us(const char *path, char *error, size_t size)
{
    struct walk walk = {.error = error, .size = size};

    if (*path != '/' && !getcwd(walk.at, sizeof(walk.at)))
        return refuse(&walk, strerror(errno));
    if (strlen(path) >= sizeof(walk.rest))
        return refuse(&walk, "has too long a path in it");
    if (*path != '/') { // from the root on, too
        if (snprintf(walk.rest, sizeof(walk.rest), "%s/%s", walk.at, path) >= (int)sizeof(walk.rest))
            return refuse(&walk, "has too long a path in it");
        *walk.at = '\0';
    } else {
        strcpy(walk.rest, path);
    }
    while (*walk.rest) {
        char *name = walk.rest + strspn(walk.rest, "/"), copied[NAME_MAX + 1];
        size_t len = strcspn(name, "/");

        if (len == 0)
            break;
        if (len > NAME_MAX)
            return refuse(&walk, "has too long a name in it");
        memcpy(copied, name, len);
        copied[len] = '\0';
        memmove(walk.rest, name + len, strlen(name + len) + 1);
        if (!step(&walk, copied))
            return false;
    }
    return check(&walk, false);
}
