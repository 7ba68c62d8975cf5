// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// How many files a process may have open. Every connection is one.
#ifndef PROCESS_FILES_H
#define PROCESS_FILES_H

// Raises the soft limit to the hard one; children inherit it.
void files_raise_limit(void);
int files_limit(void); // descriptors are below this number

#endif
