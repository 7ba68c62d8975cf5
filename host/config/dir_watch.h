// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Watches a directory that may be swapped, removed and made again, by inotify: says what happened to the names in it,
// and finds it again by its path. Knows nothing of what is in the files.
#ifndef CONFIG_DIR_WATCH_H
#define CONFIG_DIR_WATCH_H

#include <stdbool.h>

struct dir_watch {
    const char *path; // absolute
    const char *name; // its last component
    int inotify;      // -1: nothing is watched, and the directory is looked for by dir_watch_find() only
    int fd;           // the directory; -1: it isn't there
    int here, above;  // inotify's watches of the directory and of one above it; -1: none
    bool unwatched;   // it can't be watched, which was said
};

enum dir_event {
    DIR_WRITTEN, // the file was closed by a writer, moved in, or linked
    DIR_WENT,    // the file was removed or moved away
    DIR_MENDED,  // the file's mode or owner changed: it may be readable now
    DIR_SWAPPED, // something hidden was moved in: links into it (a ConfigMap's "..data") may point elsewhere now
    DIR_MISSED,  // events were lost
    DIR_MOVED    // the path may lead elsewhere now: call dir_watch_find()
};

typedef void dir_event_fn(void *user, enum dir_event event, const char *name);

// False with errno. path must stay.
bool dir_watch_init(struct dir_watch *watch, const char *path, bool watched);
void dir_watch_free(struct dir_watch *watch);
// Opens the directory the path leads to now. -1: there is none (errno); 0: it is the one open before; 1: another one.
int dir_watch_find(struct dir_watch *watch);
// Hands over all events that are there, without waiting. Those of names for which 'wants' is false are left out.
void dir_watch_read(struct dir_watch *watch, bool (*wants)(const char *name), dir_event_fn *happened, void *user);

#endif
