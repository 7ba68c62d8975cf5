// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The host's own settings as a struct; its fields are the lines of host_settings.tbl.
//
// Exactly one of config_dir and etcd_endpoints is not "": the place model configs are read from. The one that is given
// in the stronger way (option, environment, file, default) wins.
#ifndef CONFIG_HOST_SETTINGS_H
#define CONFIG_HOST_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

struct host_settings {
#define HOST_FIELD_BOOL bool
#define HOST_FIELD_INT int64_t
#define HOST_FIELD_REAL double
#define HOST_FIELD_STRING const char *
#define HOST_SETTING(type, field, option, environment, also, fallback, min, max, unit, flags, help)                    \
    HOST_FIELD_##type field;
#include "config/host_settings.tbl"
};

#endif
