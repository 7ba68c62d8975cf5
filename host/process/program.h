// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Where this program was started from, which may be another file by the time it is started again.
#ifndef PROCESS_PROGRAM_H
#define PROCESS_PROGRAM_H

// The path by which argv[0] was found, absolute and with its symbolic links; malloc'd. NULL: nobody knows. At the
// start: later the working directory or PATH may be others.
char *program_find(const char *name);

#endif
