// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The book of crashes: which component crashed workers how often, and which of them, or which version of a module, is
// quarantined for it. Decides, and says so in the log and in metrics; knows nothing of what a worker makes of it.
//
// Threads: one at a time.
#ifndef DAEMON_QUARANTINE_H
#define DAEMON_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/map.h"
#include "daemon/bundle.h"
#include "process/breadcrumb.h"

struct metrics;

// Within the window: so many crashes quarantine a component, so many components that crashed their module's version.
struct quarantine_rules {
    unsigned crashes, components; // 0: never
    int64_t window_us;
};

struct quarantine_book {
    struct quarantine_rules rules;
    struct metrics *metrics;  // NULL: nobody looks
    struct suspect *suspects; // components that crashed
    size_t count, capacity;
    struct bundle_quarantine *shown; // see quarantine_show()
};

// What is to be told to those who serve.
enum quarantine_news {
    QUARANTINE_NOTHING,
    QUARANTINE_MODEL, // of the one model
    QUARANTINE_ALL    // of any model
};

void quarantine_init(struct quarantine_book *book, const struct quarantine_rules *rules, struct metrics *metrics);
void quarantine_free(struct quarantine_book *book);
// A worker died in a plugin, or (crumb->left) in none after it had been in that one; how: "SIGSEGV". Times: since 1970.
enum quarantine_news quarantine_crash(struct quarantine_book *book, const struct breadcrumb *crumb, const char *how,
                                      int64_t now_us);
// Puts one in again that quarantine_show() told of before a restart.
void quarantine_restore(struct quarantine_book *book, const struct bundle_quarantine *item);
// The model has another config, or none: its components begin anew, but for those that only crash at their end. Whether
// one of them was quarantined.
bool quarantine_lift_model(struct quarantine_book *book, const char *model);
// There are other modules now: the quarantines of versions of a module end that has a higher one now.
bool quarantine_lift_replaced(struct quarantine_book *book, const struct bundle_module *before, size_t before_count,
                              const struct bundle_module *now, size_t count);
// Of whom: NULL is any.
struct quarantine_whom {
    const char *model, *node;
    const char *module; // "name", or "name version"
};

// By hand; how many there were.
unsigned quarantine_lift(struct quarantine_book *book, const struct quarantine_whom *whom);
// What ends it, but for administrators: "the module has a higher version".
const char *quarantine_end(const struct bundle_quarantine *item);
// Whether it is served on, but neither stopped nor destroyed: it only crashes there.
bool quarantine_serves(const struct bundle_quarantine *item);
// Puts the list into a bundle, as views.
void quarantine_show(struct quarantine_book *book, struct bundle *bundle);

#endif
