// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Which connection a call came on, by the descriptor that gRPC has of it.
#ifndef FRONT_CALL_FD_H
#define FRONT_CALL_FD_H

#include <grpc/grpc.h>

// -1: gRPC doesn't tell. The descriptor is that connection's for as long as the call isn't unreferenced: a call holds
// its stream, a stream its transport, and that closes the descriptor.
int front_call_fd(grpc_call *call);

#endif
