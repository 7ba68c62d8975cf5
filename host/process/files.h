// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How many files a process may have open. Every connection is one: in a worker, and in the master, which has those of
// all. So that none uses up what others need, a quarter is for HTTP/1, and some are for neither.
#ifndef PROCESS_FILES_H
#define PROCESS_FILES_H

#include <stddef.h>

// Raises the soft limit to the hard one; children inherit it.
void files_raise_limit(void);
int files_limit(void); // descriptors are below this number
// Descriptors from this number on are not for connections: what else the process does must go on.
int files_for_connections(void);
size_t files_for_http2(void);               // connections of HTTP/2, of all workers
unsigned files_for_http1(unsigned workers); // of HTTP/1, of each

#endif
