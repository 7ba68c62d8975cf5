// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The expression of a component that is computed here: found where the config or the store has it, and compiled over
// the component's operands, so that what is wrong with it refuses the config.
#include <stdio.h>
#include <stdlib.h>

#include <inferd/ext/resource.h>
#include "numerix.h"

int numerix_find_expression(struct numerix *numerix)
{
    const struct inferd_options stored_options = {numerix_stored_table, sizeof(struct numerix_stored)};
    const struct inferd_resource *resource = numerix->host->extension(INFERD_EXT_RESOURCE);
    const struct numerix_stored *stored;
    char subtree[256];

    if (*numerix->options->expression) {
        numerix->text = numerix->options->expression;
        return INFERD_OK;
    }
    if (!resource)
        return numerix->host->fail(numerix->info->self, INFERD_UNIMPLEMENTED, "compute_id",
                                   "can't be looked up, for this host lacks %s: write the expression as \"expression\"",
                                   INFERD_EXT_RESOURCE);
    if (snprintf(subtree, sizeof(subtree), "%s/expression-config", numerix->settings->app_name) >= (int)sizeof(subtree))
        return numerix->host->fail(numerix->info->self, INFERD_INVALID_ARGUMENT, "compute_id",
                                   "can't be looked up: the setting numerix-app-name is too long");
    stored =
        resource->object(numerix->info->self, subtree, numerix->options->compute_id, &stored_options, "compute_id");
    if (!stored)
        return INFERD_INVALID_ARGUMENT;
    numerix->text = stored->expression;
    return INFERD_OK;
}

int numerix_compile_expression(struct numerix *numerix)
{
    const char *path = *numerix->options->expression ? "expression" : "compute_id";
    struct inferd_bytes *names = calloc(numerix->operand_count + 1, sizeof(*names));
    struct expression_error error;

    if (!names)
        return numerix->host->fail(numerix->info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    numerix->first_operand = *numerix->options->component_id ? 1 : 0;
    if (numerix->first_operand)
        names[0] = numerix_id_name(numerix);
    for (uint32_t i = 0; i < numerix->operand_count; i++)
        names[numerix->first_operand + i] = numerix->operands[i].name;
    numerix->expression = expression_compile(inferd_bytes_of(numerix->text), names,
                                             numerix->first_operand + numerix->operand_count, &error);
    free(names);
    if (numerix->expression)
        return INFERD_OK;
    return numerix->host->fail(
        numerix->info->self, INFERD_INVALID_ARGUMENT, path,
        "the expression \"%.200s\" is wrong: %s; the names it may use are those of score_mapping", numerix->text,
        error.text);
}
