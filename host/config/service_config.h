// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The service config: what concerns all models of a service, and changes while it runs, as they do. A bad one is
// refused and the last good stays.
#ifndef CONFIG_SERVICE_CONFIG_H
#define CONFIG_SERVICE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include "config/problems.h"

enum service_log_format { SERVICE_LOG_PROTO, SERVICE_LOG_ARROW, SERVICE_LOG_PARQUET };

struct service_config {
    enum service_log_format log_format; // of the inference log
    bool log_compression;
    char *refused; // why the latest text was, or NULL; malloc'd
};

void service_config_init(struct service_config *config);
void service_config_free(struct service_config *config);
// Reads a text. False, and the config is as before, after problems.
bool service_config_read(struct service_config *config, const char *text, size_t len, struct problems *problems);
// Takes a source's text, NULL: there is none, and says in the log what came of it. False: it was refused.
bool service_config_take(struct service_config *config, const char *key, const char *text, size_t len);
// As JSON.
void service_config_show(const struct service_config *config, struct text *out);

#endif
