// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a feature component's JSON object, the members of component_config that concern all of them, and the module's
// settings become. The tables that fill these structs are in options.c.
#ifndef FEATURE_OPTIONS_H
#define FEATURE_OPTIONS_H

#include <inferd/option.h>

struct feature_key_option {
    const char *schema; // the key's name in the store
    const char *column; // where its values are
};

// The guide's shape: the names of all keys, and their columns in the same order.
struct feature_keys_option {
    struct inferd_list schema;  // const char *
    const char *column;         // of the one key there is,
    struct inferd_list columns; // const char *, or of several
};

struct feature_group_option {
    const char *label;
    struct inferd_typed_name data_type;
    struct inferd_list features; // const char *
};

struct feature_request_option {
    const char *label;
    struct inferd_list groups; // struct feature_group_option
};

struct feature_options {
    const char *component_id;
    bool composite_id;
    struct inferd_list keys; // struct feature_key_option
    struct feature_keys_option keys_by_guide;
    struct feature_request_option request;
    struct inferd_list flatten; // const char *
    bool cache_enabled;
    int64_t cache_ttl;
    const char *prefix;
};

struct feature_shared {
    bool cache_enabled;
    int64_t cache_version;
    const char *cache_version_name; // the same, where it is a text
    int64_t cache_ttl;
    int64_t error_logging_percent;
};

struct feature_settings {
    const char *host;
    int64_t port;
    bool plain_text;
    const char *caller_id, *caller_token;
    int64_t deadline_ms;
    int64_t batch_size;
};

#define FEATURE_GUIDE "guide" // the shape of the Configuration Guide, by its name in the table

extern const struct inferd_option feature_option_table[], feature_shared_table[];
extern const struct inferd_setting feature_setting_table[];

#endif
