// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What the daemon's ways to run share.
#ifndef DAEMON_DAEMON_INNER_H
#define DAEMON_DAEMON_INNER_H

#include "config/host_settings.h"

unsigned daemon_workers(const struct host_settings *host); // as many as there are cores, unless a number is set

#endif
