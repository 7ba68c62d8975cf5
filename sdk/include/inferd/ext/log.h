// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.log/1: lines in the daemon's log, with model, component and module added by the host.
#ifndef INFERD_EXT_LOG_H
#define INFERD_EXT_LOG_H

#include <inferd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_EXT_LOG "inferd.log/1"

enum inferd_log_level { INFERD_LOG_DEBUG = 0, INFERD_LOG_INFO = 1, INFERD_LOG_WARNING = 2, INFERD_LOG_ERROR = 3 };

struct inferd_log {
    uint32_t size;
    // Whether a line of this level would be written. [any]
    bool (*enabled)(struct inferd_self *self, int level);
    // Writes one line; the text is a sentence without a newline. [any]
    void (*write)(struct inferd_self *self, int level, const char *format, ...) INFERD_PRINTF(3, 4);
};

#ifdef __cplusplus
}
#endif

#endif
