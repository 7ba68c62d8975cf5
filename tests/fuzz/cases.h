// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The recorded requests of tests/golden/calls with their models, ready to be played. An input names one by its first
// byte, so the list only grows at its end.
#ifndef FUZZ_CASES_H
#define FUZZ_CASES_H

#include "../unit/plugins/recorded/case.h"
#include "stage.h"

struct fuzz_case {
    struct recorded_case recorded;
    void (*start)(struct inbound *inbound); // its method
    struct stage_table tables[2];           // as they are, and with the original's oddities
};

void cases_open(void);
// The one of that number, and which of its two models.
const struct fuzz_case *cases_get(unsigned number, bool *compat);

// Answers a call as recorded: with the reply to that request, or else to the nth request to that service.
int cases_answer(const struct fuzz_case *it, const char *path, struct inferd_bytes request, unsigned nth,
                 struct inferd_bytes *reply);
// The service, as recordings name it, of a method's path.
const char *cases_service(const char *path);

#endif
