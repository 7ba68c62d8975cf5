// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests of RetrieveModelScore. Rows are the ids of the first entity; each entity's ids are a column of its name, a
// single id holds for every row. Features of entities are columns where they have a value for each row. Of entities and
// features of one name the first one counts. Two headers stand in for entities that a request lacks, with an id for
// each time that they are there. All are texts.
#include "init.h"

static const struct {
    const char *header, *entity;
} from_headers[] = {
    {"user-id", "user_id"},
    {"app-version-code", "app_version_code"},
};

// The columns that have a value already. There are no more of them than columns that somebody reads, however long the
// request is.
struct taken {
    uint32_t *indexes;
    uint32_t count;
};

static bool is_taken(const struct taken *taken, uint32_t index)
{
    for (uint32_t i = 0; i < taken->count; i++)
        if (taken->indexes[i] == index)
            return true;
    return false;
}

static int adopt(struct init *init, struct inferd_step *step, uint32_t index, struct inferd_bytes *cells)
{
    return init->request->adopt(step, index, INFERD_TYPE_STRING, INFERD_COLUMN_INLINE, cells);
}

// Fewer ids than rows: the other rows have none.
static int adopt_padded(struct init *init, struct inferd_step *step, uint32_t index, const struct inferd_input *input)
{
    uint32_t rows = step->rows[INFERD_TARGETS];
    struct inferd_bytes *cells = init->host->alloc(step, rows * sizeof(*cells));

    if (!cells)
        return INFERD_RESOURCE_EXHAUSTED;
    for (uint32_t r = 0; r < rows; r++)
        cells[r] = r < input->count ? input->cells[r] : (struct inferd_bytes){NULL, 0};
    init_ignore(init, input->name, "it has fewer ids than the first entity; they are the first rows'");
    return adopt(init, step, index, cells);
}

static int take(struct init *init, struct inferd_step *step, const struct inferd_input *input, uint32_t index)
{
    uint32_t rows = step->rows[INFERD_TARGETS];

    if (input->role == INFERD_INPUT_ENTITY && input->count == 1)
        return init->request->broadcast(step, index, INFERD_TYPE_STRING, INFERD_COLUMN_INLINE, input->cells[0]);
    if (input->role == INFERD_INPUT_ENTITY && input->count < rows)
        return adopt_padded(init, step, index, input);
    if (input->count == rows || input->role == INFERD_INPUT_ENTITY)
        return adopt(init, step, index, input->cells);
    init_ignore(init, input->name, "the feature has not as many values as the first entity has ids");
    return INFERD_OK;
}

static int take_inputs(struct init *init, struct inferd_step *step, const struct inferd_request *request,
                       struct taken *taken)
{
    for (uint32_t i = 0; i < request->inputs; i++) {
        const struct inferd_input *input = &request->input[i];
        uint32_t index = init->request->find(step, INFERD_TARGETS, input->name);
        int status;

        if (index == INFERD_NO_COLUMN)
            continue; // nobody reads it
        if (is_taken(taken, index)) {
            init_ignore(init, input->name, "the request has an entity or feature of that name already");
            continue;
        }
        taken->indexes[taken->count++] = index;
        status = take(init, step, input, index);
        if (status != INFERD_OK)
            return status;
    }
    return INFERD_OK;
}

static int take_headers(struct init *init, struct inferd_step *step, const struct taken *taken)
{
    for (size_t i = 0; i < sizeof(from_headers) / sizeof(from_headers[0]); i++) {
        struct inferd_bytes few[2];
        struct inferd_input input = {
            .name = inferd_bytes_of(from_headers[i].entity), .role = INFERD_INPUT_ENTITY, .cells = few};
        uint32_t rows = step->rows[INFERD_TARGETS], index = init->request->find(step, INFERD_TARGETS, input.name);
        int status;

        if (index == INFERD_NO_COLUMN || is_taken(taken, index))
            continue;
        input.count = init->request->headers(step, from_headers[i].header, few, 2);
        if (input.count == 0)
            continue;
        if (input.count > 1) { // one for each row
            input.cells = init->host->alloc(step, rows * sizeof(*input.cells));
            if (!input.cells)
                return INFERD_RESOURCE_EXHAUSTED;
            input.count = init->request->headers(step, from_headers[i].header, input.cells, rows);
        }
        status = take(init, step, &input, index);
        if (status != INFERD_OK)
            return status;
    }
    return INFERD_OK;
}

static int fill(struct init *init, struct inferd_step *step, const struct inferd_request *request, uint32_t rows)
{
    struct taken taken = {init->host->alloc(step, request->inputs * sizeof(uint32_t)), 0};
    int status = taken.indexes ? init->request->shape(step, rows, 0) : INFERD_RESOURCE_EXHAUSTED;

    if (status == INFERD_OK)
        status = take_inputs(init, step, request, &taken);
    return status == INFERD_OK ? take_headers(init, step, &taken) : status;
}

int init_entities(struct init *init, struct inferd_step *step, const struct inferd_request *request)
{
    const struct inferd_input *first = NULL;
    int status;

    for (uint32_t i = 0; i < request->inputs && !first; i++)
        if (request->input[i].role == INFERD_INPUT_ENTITY)
            first = &request->input[i];
    if (!first)
        return init->host->fail_step(step, INFERD_INVALID_ARGUMENT,
                                     "the request has no entities: the first one's ids are what is scored");
    status = fill(init, step, request, first->count);
    if (status == INFERD_OK)
        return INFERD_OK;
    return init->host->fail_step(step, status, "no memory for a matrix of %u rows", first->count);
}
