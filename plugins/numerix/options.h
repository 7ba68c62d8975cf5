// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a numerix component's JSON object, the members of component_config that concern all of them, and the module's
// settings become. The tables that fill these structs are in options.c.
#ifndef NUMERIX_OPTIONS_H
#define NUMERIX_OPTIONS_H

#include <inferd/option.h>

struct numerix_options {
    const char *component_id;
    const char *score;
    struct inferd_typed_name data_type;
    struct inferd_list mapping; // struct inferd_pair
    const char *compute_id;
    const char *compute;    // "", "remote" or "local"
    const char *expression; // "" where compute_id names it
    struct inferd_typed_name compute_type;
    bool slate;
};

struct numerix_shared {
    int64_t error_logging_percent;
};

struct numerix_settings {
    const char *host;
    int64_t port;
    bool plain_text;
    const char *caller_id, *token;
    int64_t deadline_ms;
    int64_t batch_size;
    const char *compute;  // what components do that don't say
    const char *app_name; // of the Numerix whose expressions are read
};

// A stored expression.
struct numerix_stored {
    const char *expression;
};

#define NUMERIX_GUIDE "guide" // the shape of the Configuration Guide, by its name in the table

extern const struct inferd_option numerix_option_table[], numerix_shared_table[], numerix_stored_table[];
extern const struct inferd_setting numerix_setting_table[];

#endif
