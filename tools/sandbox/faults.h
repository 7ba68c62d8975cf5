// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Misbehaviour on purpose, for tests: answers that come late, and answers that are errors.
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include <inferd/status.h>

#include <stdbool.h>
#include <stdint.h>

#include "service.h"

struct faults {
    int64_t latency_us[SERVICES];
    struct {
        enum inferd_status status; // INFERD_OK: none
        double percent;            // of the calls
    } fail[SERVICES];
    uint64_t random; // state; the same run fails the same calls
};

void faults_init(struct faults *faults);

// Read "[SERVICE:]MILLISECONDS" and "[SERVICE:]CODE[=PERCENT]", such as "250", "onfs:0.5", "kserve:UNAVAILABLE=10";
// without a service it holds for all of them. False where the text says no such thing.
bool faults_read_latency(struct faults *faults, const char *text);
bool faults_read_fail(struct faults *faults, const char *text);

// Draws whether the next call of the service shall fail: its status, or INFERD_OK.
enum inferd_status faults_draw(struct faults *faults, enum service service);

#endif
