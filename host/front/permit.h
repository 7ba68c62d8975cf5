// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Lets a call in, or refuses it: by the token or the certificate its caller shows, the model and the tenant it asks
// for.
//
// Threads: on the loop.
#ifndef FRONT_PERMIT_H
#define FRONT_PERMIT_H

#include <stdbool.h>
#include "front/inbound.h"

// tenant "": the request has none. False: the call was refused. Everybody is let in where there is no access file.
bool front_permit(struct inbound *inbound, struct inferd_bytes model, struct inferd_bytes tenant);

#endif
