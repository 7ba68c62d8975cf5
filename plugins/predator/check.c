// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a component's config makes sense. What the original takes for a component that never scores is refused, but
// for its compat mode, where such a component calls nobody and says so.
#include <stdio.h>

#include "predator.h"

static int unusable(struct predator *predator, const char *path, const char *why)
{
    if (!predator->info->compat)
        return predator->host->fail(predator->info->self, INFERD_INVALID_ARGUMENT, path, "%s", why);
    if (predator->unusable)
        return INFERD_OK;
    predator->unusable = why;
    if (predator->log)
        predator->log->write(predator->info->self, INFERD_LOG_WARNING, "it scores nothing: %s %s", path, why);
    return INFERD_OK;
}

static int refuse(struct predator *predator, const char *path, const char *why)
{
    return predator->host->fail(predator->info->self, INFERD_INVALID_ARGUMENT, path, "%s", why);
}

static int check_names(struct predator *predator)
{
    const struct predator_options *options = predator->options;
    const bool original = predator->info->compat && !predator->by_guide; // it knows that shape only
    int status = INFERD_OK;

    if (!*options->model_name)
        status = unusable(predator, "model_name", "is missing: name the model as the server knows it");
    if (status == INFERD_OK && predator->input_option_count == 0)
        status = predator->by_guide ? unusable(predator, "inputs.feature_map", "is empty: name the columns to score")
                                    : unusable(predator, "inputs", "is empty: name the model's input tensors");
    if (status == INFERD_OK && predator->output_option_count == 0)
        status = predator->by_guide ? unusable(predator, "outputs.score_columns", "is empty: name the model's scores")
                                    : unusable(predator, "outputs", "is empty: name the model's output tensors");
    if (status == INFERD_OK && original && !*options->component_id)
        status = unusable(predator, "component_id", "is missing");
    if (status == INFERD_OK && original && options->batch_size <= 0)
        status = unusable(predator, "batch_size", "is 0, so no rows are sent");
    if (status == INFERD_OK && original && options->deadline_ms <= 0)
        status = unusable(predator, "deadline", "is 0, so no call is ever in time");
    if (options->deadline_ms > PREDATOR_LONGEST_MS && predator->log)
        predator->log->write(predator->info->self, INFERD_LOG_WARNING, "deadline is %lld ms: no call has more than %d",
                             (long long)options->deadline_ms, PREDATOR_LONGEST_MS);
    return status;
}

static int check_endpoints(struct predator *predator)
{
    const struct predator_options *options = predator->options;
    const bool original = predator->info->compat && !predator->by_guide;
    const struct predator_endpoint_option *endpoints = options->endpoints.items;
    int64_t sum = 0;
    char path[64];

    for (size_t i = 0; i < options->endpoints.count; i++) {
        snprintf(path, sizeof(path), "model_end_points[%zu].endpoint", i);
        if (!*endpoints[i].endpoint)
            return unusable(predator, path, "is missing: write host or host:port");
        sum += endpoints[i].percentage;
    }
    if (sum > 100)
        return refuse(predator, "model_end_points", "the percentages add up to more than 100");
    if (sum != 0 && sum != 100 && (original || !*options->endpoint))
        return unusable(predator, "model_end_points",
                        "the percentages must add up to 100, or name model_end_point for the rest");
    if (sum == 0 && !*options->endpoint)
        return unusable(predator, "model_end_point",
                        "is missing: name the model server, or several with their shares in model_end_points");
    return INFERD_OK;
}

static int check_input(struct predator *predator, size_t i)
{
    const struct predator_input_option *input = &predator->input_options[i];
    const int64_t *shape = input->shape.items;
    uint64_t elements = 1;
    char path[64];

    predator_input_path(predator, i, "features", path, sizeof(path));
    if (input->features.count == 0)
        return refuse(predator, path, "is empty: name the columns whose values make a row");
    if (predator->by_guide && input->data_type.type == INFERD_TYPE_UNKNOWN) {
        predator_input_path(predator, i, "data_type", path, sizeof(path));
        return refuse(predator, path, "is empty: write the type of the tensor's elements, such as FP32");
    }
    predator_input_path(predator, i, "shape", path, sizeof(path));
    for (size_t d = 0; d < input->shape.count; d++) {
        elements *= shape[d] > 0 ? (uint64_t)shape[d] : 1;
        if (elements > 16777216)
            return refuse(predator, path, "is too large: a row may have 16777216 elements");
    }
    return INFERD_OK;
}

static int check_output(struct predator *predator, size_t i)
{
    const struct predator_output_option *output = &predator->output_options[i];
    const struct inferd_list *dims = output->dims.items;
    char path[96];

    snprintf(path, sizeof(path), "outputs[%zu].model_scores_dims", i);
    if (output->dims.count != output->scores.count)
        return unusable(predator, path, "must have the dimensions of each of model_scores: [[1], ...] for numbers");
    for (size_t s = 0; s < output->dims.count; s++) {
        const int64_t *sizes = dims[s].items;
        uint64_t elements = 1;

        snprintf(path, sizeof(path), "outputs[%zu].model_scores_dims[%zu]", i, s);
        for (size_t d = 0; d < dims[s].count; d++) {
            if (sizes[d] < 1)
                return refuse(predator, path, "dimensions are 1 or more");
            elements *= (uint64_t)sizes[d];
            if (sizes[d] > 16777216 || elements > 16777216)
                return refuse(predator, path, "is too large: a score may have 16777216 elements");
        }
    }
    return INFERD_OK;
}

int predator_check(struct predator *predator)
{
    int status = check_names(predator);

    if (status == INFERD_OK)
        status = check_endpoints(predator);
    for (size_t i = 0; i < predator->input_option_count && status == INFERD_OK; i++)
        status = check_input(predator, i);
    for (size_t i = 0; i < predator->output_option_count && status == INFERD_OK; i++)
        status = check_output(predator, i);
    return status;
}
