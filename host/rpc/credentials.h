// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How a channel makes sure of its peer, and shows who it is itself.
#ifndef RPC_CREDENTIALS_H
#define RPC_CREDENTIALS_H

#include <stddef.h>
#include <grpc/grpc.h>
#include "rpc/call.h"

// To be released by the caller. NULL with a message in error.
grpc_channel_credentials *rpc_credentials_new(const struct rpc_method_options *options, char *error, size_t size);

#endif
