// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What check.c and check_child.c, the two ends of a check, agree on: a stream socket on which the child gets a message
// for each payload, the first one with the breadcrumb, and on which it writes its reports, each ended by a zero byte.
#ifndef PROCESS_CHECK_LINK_H
#define PROCESS_CHECK_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct breadcrumb_block;

#define CHECK_LINK_END '\0'

// Gives the parent's end and sets the child's, which holds the first message already. -1: errno.
int check_link_open(const void *payload, size_t len, struct breadcrumb_block **crumbs, int *child_end);
// Another message. False: errno.
bool check_link_send(int parent_end, const void *payload, size_t len);

#endif
