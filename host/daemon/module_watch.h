// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Watches the directories of the module path, and says when files of modules have come, gone or changed, once it has
// been quiet for a moment: an installation writes several. What follows from it is not decided here.
//
// Threads: one of its own, on which 'changed' is called.
#ifndef DAEMON_MODULE_WATCH_H
#define DAEMON_MODULE_WATCH_H

struct module_watch;

// NULL, after saying so, where nothing can be watched: then modules are looked for when configs change, or by hand.
struct module_watch *module_watch_new(const char *path, void (*changed)(void *user), void *user);
void module_watch_free(struct module_watch *watch); // 'changed' is called no more. NULL is fine

#endif
