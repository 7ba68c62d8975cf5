// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What differs between the two shapes of a component's options: the guide's names columns, for each of which there is a
// tensor. All else of the module knows tensors.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "predator.h"

static void make_input(const struct predator_feature_option *feature, struct predator_input_option *input)
{
    static const int64_t number = 1, rest = -1;
    unsigned type = feature->data_type.type;
    bool vector = inferd_type_element(type) != type;

    input->name = feature->column;
    input->features = (struct inferd_list){&feature->column, 1};
    input->shape = (struct inferd_list){vector ? &rest : &number, 1};
    input->data_type = feature->data_type;
}

static void make_output(const char *const *column, struct predator_output_option *output)
{
    static const int64_t number = 1;
    static const struct inferd_list dims = {&number, 1};

    output->name = *column;
    output->scores = (struct inferd_list){column, 1};
    output->dims = (struct inferd_list){&dims, 1};
    output->data_type = (struct inferd_typed_name){"FP32", INFERD_TYPE_FP32};
}

static int read_guide(struct predator *predator)
{
    const struct predator_options *options = predator->options;
    const struct inferd_list *features = &options->inputs_by_guide.features;
    const struct inferd_list *columns = &options->outputs_by_guide.columns;
    struct predator_input_option *inputs;
    struct predator_output_option *outputs;

    predator->own_options = calloc(1, features->count * sizeof(*inputs) + columns->count * sizeof(*outputs) + 1);
    if (!predator->own_options)
        return predator->host->fail(predator->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    inputs = predator->own_options;
    outputs = (struct predator_output_option *)(inputs + features->count);
    for (size_t i = 0; i < features->count; i++)
        make_input((const struct predator_feature_option *)features->items + i, &inputs[i]);
    for (size_t i = 0; i < columns->count; i++)
        make_output((const char *const *)columns->items + i, &outputs[i]);
    predator->input_options = inputs;
    predator->output_options = outputs;
    predator->input_option_count = features->count;
    predator->output_option_count = columns->count;
    predator->calibration = options->calibration_by_guide.enabled ? predator->info->name : "";
    return INFERD_OK;
}

int predator_read_tensors(struct predator *predator)
{
    const struct predator_options *options = predator->options;

    predator->by_guide = strcmp(predator->info->shape, PREDATOR_GUIDE) == 0;
    if (predator->by_guide)
        return read_guide(predator);
    predator->input_options = options->inputs.items;
    predator->output_options = options->outputs.items;
    predator->input_option_count = options->inputs.count;
    predator->output_option_count = options->outputs.count;
    predator->calibration = options->calibration;
    return INFERD_OK;
}

void predator_input_path(const struct predator *predator, size_t input, const char *option, char *path, size_t size)
{
    if (predator->by_guide)
        snprintf(path, size, "inputs.feature_map[%zu]", input);
    else
        snprintf(path, size, "inputs[%zu].%s", input, option);
}

void predator_feature_path(const struct predator *predator, size_t input, size_t feature, char *path, size_t size)
{
    if (predator->by_guide)
        snprintf(path, size, "inputs.feature_map[%zu]", input);
    else
        snprintf(path, size, "inputs[%zu].features[%zu]", input, feature);
}

void predator_score_path(const struct predator *predator, size_t output, size_t score, char *path, size_t size)
{
    if (predator->by_guide)
        snprintf(path, size, "outputs.score_columns[%zu]", output);
    else
        snprintf(path, size, "outputs[%zu].model_scores[%zu]", output, score);
}
