// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a process that serves over gRPC sets once, before its first loop: it changes no behaviour, only what calls cost.
#ifndef RPC_TUNE_H
#define RPC_TUNE_H

#include <stdbool.h>

// Tells malloc and the libraries below gRPC to spend less on each call. For main(), before other threads exist. False:
// the lock checks of the library can't be turned off, because they aren't there or it spells them differently.
bool rpc_tune_process(void);

#endif
