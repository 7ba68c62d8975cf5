// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of an inbound call, for those who bring it: inbound.c has it come and go, inbound_reply.c answers it.
#ifndef FRONT_INBOUND_INNER_H
#define FRONT_INBOUND_INNER_H

#include "front/inbound.h"

// NULL: no memory.
struct inbound *inbound_new(struct front_server *server, const struct inbound_method *method);
// It is there, with its message, its deadline and the time it came at: has it admitted and answered.
void inbound_begin(struct inbound *inbound);
// It is answered: at the end of the turn, when nobody holds it any more, it goes.
void inbound_end(struct inbound *inbound);
// [of the server] Those that were answered in this turn go.
void inbound_reap(struct front_server *server);

#endif
