// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests of Predict. Rows are the targets, and the slates or pairs. A context value holds for every row of both
// spaces; where a target's or slate's value has the same name, the context's counts, and of two alike the last one.
#include "init.h"

// How a value is read: as its declared type, else as text.
static unsigned type_in(const struct inferd_input *input, bool texts)
{
    bool typed = input->type != INFERD_TYPE_UNKNOWN && input->type < INFERD_TYPE_COUNT;

    return typed && !texts ? input->type : INFERD_TYPE_STRING;
}

static int take(struct init *init, struct inferd_step *step, const struct inferd_input *input, unsigned space,
                bool texts)
{
    uint32_t index = init->request->find(step, space, input->name);
    unsigned type = type_in(input, texts);
    unsigned flags = type == INFERD_TYPE_STRING ? INFERD_COLUMN_INLINE : 0;

    if (index == INFERD_NO_COLUMN)
        return INFERD_OK; // nobody reads it
    if (space == INFERD_TARGETS && index == init->request->id_column(step)) {
        init_ignore(init, input->name, "it has the name of the column that holds the targets' ids");
        return INFERD_OK;
    }
    if (input->role == INFERD_INPUT_CONTEXT)
        return init->request->broadcast(step, index, type, flags, input->cells[0]);
    return init->request->adopt(step, index, type, flags, input->cells);
}

// All inputs of a role, in the request's order, so that the last of a name stays.
static int take_all(struct init *init, struct inferd_step *step, const struct inferd_request *request, unsigned role,
                    unsigned space, bool texts)
{
    for (uint32_t i = 0; i < request->inputs; i++) {
        int status = request->input[i].role == role ? take(init, step, &request->input[i], space, texts) : INFERD_OK;

        if (status != INFERD_OK)
            return status;
    }
    return INFERD_OK;
}

static int take_ids(struct init *init, struct inferd_step *step, const struct inferd_request *request)
{
    uint32_t index = init->request->id_column(step);

    if (index == INFERD_NO_COLUMN)
        return INFERD_OK;
    return init->request->adopt(step, index, INFERD_TYPE_STRING, INFERD_COLUMN_INLINE, request->ids);
}

// Only targets' values may all be texts: a slate's always have the types that the request declares.
static int fill(struct init *init, struct inferd_step *step, const struct inferd_request *request)
{
    bool texts = request->texts;
    int status = init->request->shape(step, request->targets, request->slates);

    if (status == INFERD_OK)
        status = take_ids(init, step, request);
    if (status == INFERD_OK)
        status = take_all(init, step, request, INFERD_INPUT_TARGET, INFERD_TARGETS, texts);
    if (status == INFERD_OK)
        status = take_all(init, step, request, INFERD_INPUT_CONTEXT, INFERD_TARGETS, texts);
    if (status == INFERD_OK && request->form != INFERD_POINTWISE)
        status = take_all(init, step, request, INFERD_INPUT_SLATE, INFERD_SLATES, false);
    if (status == INFERD_OK && request->form != INFERD_POINTWISE)
        status = take_all(init, step, request, INFERD_INPUT_CONTEXT, INFERD_SLATES, false);
    return status;
}

int init_predict(struct init *init, struct inferd_step *step, const struct inferd_request *request)
{
    int status = fill(init, step, request);

    if (status == INFERD_OK)
        return INFERD_OK;
    return init->host->fail_step(step, status, "no memory for a matrix of %u targets and %u slates", request->targets,
                                 request->slates);
}
