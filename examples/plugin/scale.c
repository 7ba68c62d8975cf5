// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A module of one kind, to begin with: "scale" writes a column that is another one times a factor plus an offset. A
// model config uses it so:
//
//     "scale_components": [
//         {"component": "fahrenheit", "input": "celsius", "output": "fahrenheit", "factor": 1.8, "offset": 32}
//     ]
#include <inferd/ext/convert.h>
#include <inferd/module.h>
#include <stdlib.h>

// What the host fills from that JSON object, by the table below.
struct options {
    const char *input;
    const char *output;
    double factor;
    double offset;
};

static const struct inferd_option option_table[] = {
    {.name = "input",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct options, input),
     .help = "the column to read, of any type that has numbers"},
    {.name = "output",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct options, output),
     .help = "the column to write, FP32"},
    {.name = "factor",
     .type = INFERD_OPTION_REAL,
     .offset = offsetof(struct options, factor),
     .fallback = "1",
     .help = "what each value is multiplied by"},
    {.name = "offset",
     .type = INFERD_OPTION_REAL,
     .offset = offsetof(struct options, offset),
     .fallback = "0",
     .help = "what is added then"},
    {.name = NULL},
};

// A component: what create finds out and run needs.
struct scale {
    const struct inferd_component *info;
    const struct inferd_convert *convert;
    const struct options *options;
    uint32_t input, output; // indexes of columns
};

static int scale_create(const struct inferd_component *info, void **component)
{
    const struct inferd_convert *convert = info->host->extension(INFERD_EXT_CONVERT);
    struct scale *scale;

    if (!convert)
        return info->host->fail(info->self, INFERD_UNIMPLEMENTED, "", "this host lacks " INFERD_EXT_CONVERT);
    scale = calloc(1, sizeof(*scale));
    if (!scale)
        return info->host->fail(info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    scale->info = info;
    scale->convert = convert;
    scale->options = info->options; // the host's, and there as long as the component
    *component = scale;
    return INFERD_OK;
}

static int scale_bind(void *component, struct inferd_binder *binder)
{
    struct scale *scale = component;
    const struct inferd_host *host = scale->info->host;

    scale->input = host->reads(binder, scale->options->input, INFERD_TARGETS, 0, "input");
    scale->output = host->writes(binder, scale->options->output, INFERD_TARGETS, INFERD_TYPE_FP32, 0, NULL, "output");
    if (scale->input == INFERD_NO_COLUMN || scale->output == INFERD_NO_COLUMN)
        return INFERD_INVALID_ARGUMENT;
    return INFERD_OK;
}

// A row whose input is missing, or no number, is left missing.
static int scale_run(void *component, struct inferd_step *step)
{
    const struct scale *scale = component;
    const struct inferd_column *input = step->columns[scale->input];
    struct inferd_column *output = step->columns[scale->output];

    for (uint32_t row = 0; row < step->rows[INFERD_TARGETS]; row++) {
        double value;
        float result;

        if (scale->convert->elements(input, row, INFERD_TYPE_FP64, 0, &value, 1) != 1)
            continue;
        result = (float)(value * scale->options->factor + scale->options->offset);
        inferd_column_set(output, row, (struct inferd_bytes){(const uint8_t *)&result, sizeof(result)});
    }
    return INFERD_OK;
}

static void scale_destroy(void *component)
{
    free(component);
}

static const struct inferd_kind kinds[] = {{
    .name = "scale",
    .description = "Multiplies a column by a factor and adds an offset",
    .rank = 100,
    .options = {option_table, sizeof(struct options)},
    .create = scale_create,
    .bind = scale_bind,
    .run = scale_run,
    .destroy = scale_destroy,
}};

INFERD_MODULE("scale", "1.0.0", "Scales columns", kinds, 1, {NULL, 0});
