// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.convert/1: the converters, with the run's memory for texts.
#include <string.h>

#include "config/type_name.h"
#include "run/convert/convert.h"
#include "run/extensions.h"
#include "run/step.h"

static unsigned type_of(const char *spelling)
{
    return type_name_read(spelling, strlen(spelling));
}

static struct inferd_bytes text(struct inferd_step *step, const struct inferd_column *column, uint32_t row)
{
    return convert_text(column, row, &run_step_of(step)->run->arena);
}

static struct inferd_bytes key(struct inferd_step *step, const struct inferd_column *column, uint32_t row)
{
    return convert_key(column, row, &run_step_of(step)->run->arena);
}

static struct inferd_bytes value_text(struct inferd_step *step, struct inferd_bytes bytes, unsigned type)
{
    return convert_value_text(bytes, type, &run_step_of(step)->run->arena);
}

const struct inferd_convert run_ext_convert = {
    .size = sizeof(run_ext_convert),
    .type_of = type_of,
    .scalars = convert_scalars,
    .table = convert_table,
    .elements = convert_elements,
    .text = text,
    .key = key,
    .strings = convert_strings,
    .value = convert_value,
    .value_text = value_text,
};
