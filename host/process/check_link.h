// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What check.c and check_child.c, the two ends of a check, agree on: a stream socket on which the child gets one
// message with the payload and the breadcrumb, and on which it writes its report.
#ifndef PROCESS_CHECK_LINK_H
#define PROCESS_CHECK_LINK_H

#include <stddef.h>

struct breadcrumb_block;

// Gives the parent's end and sets the child's, which holds the message already. -1: errno.
int check_link_open(const void *payload, size_t len, struct breadcrumb_block **crumbs, int *child_end);

#endif
