// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A caller who asks by "inferd-explain" what became of a run's nodes gets it with the reply, in "inferd-explain-bin".
#ifndef FRONT_EXPLAIN_H
#define FRONT_EXPLAIN_H

#include "front/inbound.h"
#include "run/run.h"

// Bytes of JSON that the caller takes; 0: it doesn't ask.
size_t front_explain_asked(const struct inbound *inbound);
// To be called before the reply is sent.
void front_explain_reply(struct inbound *inbound, const struct run *run, int status);

#endif
