// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells a service manager how this process fares: sd_notify(3)'s protocol, a datagram to the socket in NOTIFY_SOCKET.
// Knows nothing of what is told.
//
// Threads: any.
#ifndef PROCESS_NOTIFY_H
#define PROCESS_NOTIFY_H

// A line each: "READY=1", "STATUS=…". Does nothing where nobody listens.
void notify_manager(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
