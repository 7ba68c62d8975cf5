// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.flight/1: single flight. What several runs of a worker want at the same time is fetched by one of them, which
// leads, and the others wait for it. Keys are private to the component, in all its generations.
//
// Who leads fetches at once, whatever else it waits for, and lands the key whatever becomes of the fetch; so nobody can
// wait in a circle. Who waits shares the outcome, but not what is the leader's own: where its run was cancelled, or its
// time was up, the others are told INFERD_ABORTED, and join again if they still want it. Nobody waits beyond its own
// time or its run's end.
#ifndef INFERD_EXT_FLIGHT_H
#define INFERD_EXT_FLIGHT_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_FLIGHT "inferd.flight/1"

// A key that the step waited for has landed. INFERD_OK: 'value' is what the leader landed, valid until this returns.
// INFERD_ABORTED: its leader gave up, nobody fetches it. INFERD_DEADLINE_EXCEEDED: it took longer than the step would
// wait. INFERD_CANCELLED: the step's own run is over. Else the leader's failure; 'detail' is never NULL. [loop]
typedef void inferd_flight_landed(struct inferd_step *step, void *user, int status, const char *detail,
                                  struct inferd_bytes value);
// Nothing is left that the step waits for: what was aborted can be joined again, together. [loop]
typedef void inferd_flight_settled(struct inferd_step *step, void *user);

struct inferd_flight {
    uint32_t size;
    // INFERD_OK: the step leads; it fetches the key and lands it. INFERD_PENDING: another step does; 'landed' is called
    // once, from now on at any call of this extension. INFERD_ALREADY_EXISTS: the step leads it already.
    // INFERD_DEADLINE_EXCEEDED: another step does, but this one's time for waiting is over; fetch it alone or do
    // without. INFERD_RESOURCE_EXHAUSTED: no memory; fetch it alone. The key is copied. [loop]
    int (*join)(struct inferd_step *step, struct inferd_bytes key, inferd_flight_landed *landed, void *user);
    // After the last join. INFERD_PENDING: the step stays pending, and 'settled' is called once, at the latest
    // timeout_us after the step's start (0: its run's deadline). INFERD_OK: nothing is left to wait for. [loop]
    int (*wait)(struct inferd_step *step, int64_t timeout_us, inferd_flight_settled *settled, void *user);
    // Tells those that wait for a key what became of it. INFERD_CANCELLED and INFERD_DEADLINE_EXCEEDED reach them as
    // INFERD_ABORTED. A key that the step doesn't lead is ignored. What is not landed when the step ends is landed by
    // the host, as aborted. [loop]
    void (*land)(struct inferd_step *step, struct inferd_bytes key, int status, const char *detail,
                 struct inferd_bytes value);
};

#ifdef __cplusplus
}
#endif

#endif
