// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// gRPC calls a peer that it got as a descriptor "fd:N".
#include "front/call_fd.h"

#include <stdio.h>

#include <grpc/support/alloc.h>

int front_call_fd(grpc_call *call)
{
    char *peer = grpc_call_get_peer(call);
    unsigned fd;
    int found = peer && sscanf(peer, "fd:%u", &fd) == 1 ? (int)fd : -1;

    gpr_free(peer);
    return found;
}
