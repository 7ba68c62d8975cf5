// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a file or directory can be changed by root and this process's own user only: it, and every directory and
// symbolic link on the way to it.
#ifndef BASE_OWNED_H
#define BASE_OWNED_H

#include <stdbool.h>
#include <stddef.h>

// False with what is wrong, and how to mend it, in error; also where it can't be looked at.
//
// Another user may own nothing of it, but for one who owns the program's file or a directory on the way to that, and so
// can change what runs anyway. Others may write to nothing of it, but for directories above it that are sticky (as
// /tmp), for there nobody takes away what is ours. A group may, if it is root's or this process's own.
bool owned_by_us(const char *path, char *error, size_t size);

#endif
