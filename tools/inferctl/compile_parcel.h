// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Texts on their way to the process that compiles them: bytes as they are, for what is no UTF-8 must be told as such.
#ifndef INFERCTL_COMPILE_PARCEL_H
#define INFERCTL_COMPILE_PARCEL_H

#include "texts.h"

// A descriptor to hand on; -1: errno.
int compile_parcel_pack(const struct texts *texts);
// Opens one. False: it is none, or there is no memory.
bool compile_parcel_open(int fd, struct texts *texts);

#endif
