// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Statuses: gRPC's codes, which the reply to the client and the replies of backends speak too.
#ifndef INFERD_STATUS_H
#define INFERD_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

enum inferd_status {
    INFERD_PENDING = -1, // not a code: run() answers so when it completes the step later
    INFERD_OK = 0,
    INFERD_CANCELLED = 1,
    INFERD_UNKNOWN = 2,
    INFERD_INVALID_ARGUMENT = 3,
    INFERD_DEADLINE_EXCEEDED = 4,
    INFERD_NOT_FOUND = 5,
    INFERD_ALREADY_EXISTS = 6,
    INFERD_PERMISSION_DENIED = 7,
    INFERD_RESOURCE_EXHAUSTED = 8,
    INFERD_FAILED_PRECONDITION = 9,
    INFERD_ABORTED = 10,
    INFERD_OUT_OF_RANGE = 11,
    INFERD_UNIMPLEMENTED = 12,
    INFERD_INTERNAL = 13,
    INFERD_UNAVAILABLE = 14,
    INFERD_DATA_LOSS = 15,
    INFERD_UNAUTHENTICATED = 16
};

// A status as gRPC spells it ("UNAVAILABLE"), for messages. Static memory. [any]
static inline const char *inferd_status_name(int status)
{
    static const char *const names[] = {
        "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS", "UNAUTHENTICATED"};

    return status >= INFERD_OK && status <= INFERD_UNAUTHENTICATED ? names[status] : "an unknown status";
}

#ifdef __cplusplus
}
#endif

#endif
