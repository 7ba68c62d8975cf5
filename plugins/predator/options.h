// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a predator component's JSON object, the members of component_config that concern all of them, and the module's
// settings become. The tables that fill these structs are in options.c.
#ifndef PREDATOR_OPTIONS_H
#define PREDATOR_OPTIONS_H

#include <inferd/option.h>

struct predator_endpoint_option {
    const char *endpoint;
    int64_t percentage;
};

struct predator_input_option {
    const char *name;
    struct inferd_list features; // const char *
    struct inferd_list shape;    // int64_t
    struct inferd_typed_name data_type;
};

struct predator_output_option {
    const char *name;
    struct inferd_list scores; // const char *
    struct inferd_list dims;   // struct inferd_list of int64_t
    struct inferd_typed_name data_type;
};

// The guide's shape: a tensor for each column, called as the column is.
struct predator_feature_option {
    const char *column;
    struct inferd_typed_name data_type;
};

struct predator_inputs_option {
    struct inferd_list features; // struct predator_feature_option
};

struct predator_outputs_option {
    struct inferd_list columns; // const char *
};

struct predator_calibration_option {
    bool enabled;
};

struct predator_options {
    const char *component_id;
    const char *model_name, *model_version;
    const char *endpoint;
    struct inferd_list endpoints; // struct predator_endpoint_option
    int64_t deadline_ms, batch_size;
    const char *calibration;
    struct predator_calibration_option calibration_by_guide;
    struct inferd_list inputs; // struct predator_input_option
    struct predator_inputs_option inputs_by_guide;
    struct inferd_list outputs; // struct predator_output_option
    struct predator_outputs_option outputs_by_guide;
    bool slate;
};

struct predator_shared {
    int64_t error_logging_percent;
};

struct predator_settings {
    int64_t port;
    bool plain_text;
    const char *caller_id, *caller_token;
    int64_t deadline_ms;
};

#define PREDATOR_GUIDE "guide" // the shape of the Configuration Guide, by its name in the table

extern const struct inferd_option predator_option_table[], predator_shared_table[];
extern const struct inferd_setting predator_setting_table[];

#endif
