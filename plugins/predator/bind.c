// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Binds a predator component: the columns of its features and of its scores.
#include <stdio.h>
#include <stdlib.h>

#include "predator.h"

#define CONFIG_ID "inferflow_config_id"

static int bind_feature(struct predator *predator, struct inferd_binder *binder, const char *name, const char *path,
                        struct predator_source *source)
{
    bool slate = predator->options->slate;

    source->target = predator->host->reads(binder, name, INFERD_TARGETS,
                                           INFERD_READ_SCHEMA | (slate ? INFERD_READ_OPTIONAL : 0), path);
    source->slate = INFERD_NO_COLUMN;
    if (slate)
        source->slate = predator->host->reads(binder, name, INFERD_SLATES, INFERD_READ_OPTIONAL, path);
    return source->target == INFERD_NO_COLUMN || (slate && source->slate == INFERD_NO_COLUMN) ? INFERD_INVALID_ARGUMENT
                                                                                              : INFERD_OK;
}

static void read_shape(struct predator_input *input)
{
    const int64_t *shape = input->option->shape.items;

    input->open = SIZE_MAX;
    input->slots = 1;
    for (size_t d = 0; d < input->option->shape.count; d++) {
        if (shape[d] == -1)
            input->open = d;
        else if (shape[d] > 0)
            input->slots *= (uint64_t)shape[d];
    }
    input->takes_vector = input->option->shape.count && shape[0] > 1 && input->width == 1;
}

static int bind_input(struct predator *predator, struct inferd_binder *binder, uint32_t number)
{
    struct predator_input *input = &predator->inputs[number];
    const char *const *names;
    char path[96];

    input->option = &predator->input_options[number];
    input->type = inferd_type_element(input->option->data_type.type);
    input->size = inferd_type_size(input->type);
    input->width = (uint32_t)input->option->features.count;
    input->sources = calloc(input->width + 1, sizeof(*input->sources));
    if (!input->sources)
        return predator->host->fail(predator->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    read_shape(input);
    names = input->option->features.items;
    for (uint32_t i = 0; i < input->width; i++) {
        predator_feature_path(predator, number, i, path, sizeof(path));
        if (bind_feature(predator, binder, names[i], path, &input->sources[i]) != INFERD_OK)
            return INFERD_INVALID_ARGUMENT;
    }
    return INFERD_OK;
}

// A score's elements, and its type: one number, or a vector. Replies of the compat mode repeat a spelling of ours.
static unsigned score_type(const struct predator *predator, const struct predator_output_option *output, size_t number,
                           uint32_t *elements, char **spelling)
{
    const struct inferd_list *dims = output->dims.items;
    const int64_t *sizes = number < output->dims.count ? dims[number].items : NULL;
    size_t count = sizes ? dims[number].count : 0;
    unsigned type = output->data_type.type;

    *elements = 1;
    *spelling = NULL;
    for (size_t d = 0; d < count; d++)
        *elements *= (uint32_t)sizes[d];
    if (count == 0 || (count == 1 && sizes[0] == 1))
        return type;
    if (asprintf(spelling, "DataType%sVector", output->data_type.spelling) < 0)
        *spelling = NULL;
    if (predator->info->compat && *spelling) // "DataTypeDataTypeFP32Vector" the original can't read: UNKNOWN
        return predator->convert->type_of(*spelling);
    return inferd_type_element(type) + INFERD_TYPE_STRING_VECTOR - INFERD_TYPE_STRING;
}

static int bind_output(struct predator *predator, struct inferd_binder *binder, uint32_t number)
{
    const struct predator_output_option *option = &predator->output_options[number];
    const char *const *names = option->scores.items;
    struct predator_output *output = &predator->outputs[number];
    char path[96], *spelling;

    output->name = inferd_bytes_of(option->name);
    output->scores = &predator->scores[predator->score_count];
    for (uint32_t i = 0; i < option->scores.count; i++) {
        struct predator_score *score = &predator->scores[predator->score_count];
        unsigned type = score_type(predator, option, i, &score->elements, &spelling);

        predator_score_path(predator, number, i, path, sizeof(path));
        score->column = predator->host->writes(binder, names[i], predator->space, type,
                                               predator->by_guide ? INFERD_WRITE_QUALIFIED : 0,
                                               spelling ? spelling : option->data_type.spelling, path);
        free(spelling);
        if (score->column == INFERD_NO_COLUMN)
            return INFERD_INVALID_ARGUMENT;
        output->elements += score->elements;
        output->score_count++;
        predator->score_count++;
    }
    return INFERD_OK;
}

// In the original the config's id comes with a model's column that is new: where keys name that one already, it is
// missing, unless they name it, too.
static bool lacks_config_id(const struct predator *predator, struct inferd_binder *binder, const char *model_column)
{
    return predator->info->compat && predator->host->is_read(binder, model_column, INFERD_TARGETS) &&
           !predator->host->is_read(binder, CONFIG_ID, INFERD_TARGETS);
}

static int bind_calibration(struct predator *predator, struct inferd_binder *binder)
{
    const struct predator_options *options = predator->options;
    bool lacks_id;
    char *name;
    int status;

    if (!*predator->calibration)
        return INFERD_OK;
    if (asprintf(&name, "%s_model", predator->calibration) < 0)
        return predator->host->fail(predator->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    lacks_id = lacks_config_id(predator, binder, name);
    status = predator->host->constant(binder, name, inferd_bytes_of(options->model_name), "calibration");
    free(name);
    if (status == INFERD_OK && !lacks_id)
        status = predator->host->constant(binder, CONFIG_ID, inferd_bytes_of(predator->info->model), "calibration");
    return status;
}

static bool make_tables(struct predator *predator)
{
    size_t scores = 0;

    for (size_t i = 0; i < predator->output_option_count; i++)
        scores += predator->output_options[i].scores.count;
    predator->inputs = calloc(predator->input_option_count + 1, sizeof(*predator->inputs));
    predator->outputs = calloc(predator->output_option_count + 1, sizeof(*predator->outputs));
    predator->scores = calloc(scores + 1, sizeof(*predator->scores));
    return predator->inputs && predator->outputs && predator->scores;
}

int predator_bind(void *component, struct inferd_binder *binder)
{
    struct predator *predator = component;
    int status = INFERD_OK;

    if (!make_tables(predator))
        return predator->host->fail(predator->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    for (uint32_t i = 0; i < predator->input_option_count && status == INFERD_OK; i++, predator->input_count++)
        status = bind_input(predator, binder, i);
    for (uint32_t i = 0; i < predator->output_option_count && status == INFERD_OK; i++, predator->output_count++)
        status = bind_output(predator, binder, i);
    if (status == INFERD_OK)
        status = bind_calibration(predator, binder);
    if (status == INFERD_OK && !predator_encode(predator))
        status = predator->host->fail(predator->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    return status;
}
