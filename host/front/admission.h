// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Admission: how many runs may be under way at a time in this worker, who waits for a place, and who is refused. Knows
// nothing of calls. docs/overload.md says why it is so.
//
// Threads: the loop's. Takes no lock, and allocates nothing once it is made.
#ifndef FRONT_ADMISSION_H
#define FRONT_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <inferd/bytes.h>
#include "front/limit.h"
#include "front/tenants.h"
#include "front/waiting.h"

struct admission_options {
    uint32_t least, most;      // bounds of the limit of runs under way; most 0: there is no limit
    const char *tenant_shares; // see tenants_new()
    int64_t patience_us;       // how long a burst is waited out; 0: nobody waits
};

enum admission_answer { ADMISSION_GO, ADMISSION_WAIT, ADMISSION_FULL, ADMISSION_TENANT }; // the latter two refuse

struct admission {
    struct limit limit;
    struct tenants *tenants;
    struct waiting waiting;
    uint32_t in_flight; // runs under way
    int64_t looked_us;  // when the state of these was looked at last
    int64_t room_us;    // in this window of the limit: how long whoever came could have gone in
};

// False: no memory.
bool admission_init(struct admission *admission, const struct admission_options *options);
void admission_free(struct admission *admission);

// Whoever asks now is refused: nothing has to be known of the call.
bool admission_is_full(struct admission *admission, int64_t now_us);
// A call of a tenant asks. GO: a run is under way from now on, until admission_leave(). WAIT: the entry waits, until
// admission_next() or admission_give_up() returns it, or admission_forget().
enum admission_answer admission_ask(struct admission *admission, struct admission_entry *entry,
                                    struct inferd_bytes tenant, int64_t now_us);
// What came of an entry that went in is over: a run of a plan, of which so many are under way with it, and which ended
// well or not. 'pace' NULL: there was none.
void admission_leave(struct admission *admission, const struct admission_entry *entry, struct plan_pace *pace,
                     uint32_t of_plan, bool well, int64_t now_us);
// Who has waited and goes in now, as with GO; NULL: nobody. To be asked when somebody has left, and when it is due: the
// limit may have grown although nothing has ended.
struct admission_entry *admission_next(struct admission *admission, int64_t now_us);
// Who has waited for too long and is refused, why; NULL: nobody. To be asked when somebody waits, and when it is due.
struct admission_entry *admission_give_up(struct admission *admission, int64_t now_us, enum admission_answer *why);
// When the two above are to be asked again at the latest. Some must wait.
int64_t admission_due_us(struct admission *admission, int64_t now_us);
// One that waits does not want to any more.
void admission_forget(struct admission *admission, struct admission_entry *entry);

#endif
