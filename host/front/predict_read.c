// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads requests of the Predict service: once over the message to count, once to fill arrays of views.
#include "front/predict_read.h"

#include <string.h>

#include <inferd/wire.h>

#define BYTES(number) INFERD_WIRE_TAG(number, INFERD_WIRE_BYTES)
#define VARINT(number) INFERD_WIRE_TAG(number, INFERD_WIRE_VARINT)

// Which fields hold what, by form; 0: it has none.
struct form {
    const char *name, *group_name;
    uint32_t slate_schema, slates, targets, tenant;
};

static const struct form forms[] = {
    [INFERD_POINTWISE] = {"pointwise", "", 0, 0, BYTES(5), BYTES(6)},
    [INFERD_PAIRWISE] = {"pairwise", "pair", BYTES(5), BYTES(6), BYTES(7), BYTES(8)},
    [INFERD_SLATEWISE] = {"slatewise", "slate", BYTES(5), BYTES(6), BYTES(7), BYTES(8)},
};

struct reading {
    struct run *run;
    const struct form *form;
    unsigned kind;
    struct inferd_bytes message;
    uint32_t contexts, schemas, slate_schemas, slates, targets, slate_indexes;
    struct inferd_request *request;
    struct inferd_input *context, *target, *slate; // the three parts of the request's inputs
    struct inferd_bytes *ids;
    uint32_t *offsets, *indexes;
    const char *error; // what is wrong with a message that can be read
};

// Passes over the targets that stand here. How many.
static uint32_t skip_targets(struct inferd_wire_reader *reader, unsigned form)
{
    const uint32_t tag = forms[form].targets;
    struct inferd_bytes target;
    uint32_t count = 0;

    while (inferd_wire_next_bytes(reader, tag, &target))
        count++;
    return count;
}

bool predict_read_ids(unsigned form, struct inferd_bytes message, struct inferd_bytes *model,
                      struct inferd_bytes *tenant)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    const uint32_t tenant_tag = forms[form].tenant;
    struct inferd_wire_field field;

    *model = *tenant = (struct inferd_bytes){NULL, 0};
    while (skip_targets(&reader, form), inferd_wire_next(&reader, &field)) {
        if (field.tag == BYTES(1))
            *model = field.bytes;
        else if (field.tag == tenant_tag)
            *tenant = field.bytes;
    }
    return !reader.bad && inferd_utf8_valid(*model);
}

static uint32_t count_indexes(struct inferd_bytes slate)
{
    struct inferd_wire_reader reader = inferd_wire_read(slate);
    struct inferd_wire_field field;
    size_t count = 0;

    while (inferd_wire_next(&reader, &field))
        if (field.tag == BYTES(1) || field.tag == VARINT(1))
            count += inferd_wire_count_varints(field.bytes);
    return (uint32_t)count;
}

static bool count_fields(struct reading *r)
{
    struct inferd_wire_reader reader = inferd_wire_read(r->message);
    struct inferd_wire_field field;

    while (r->targets += skip_targets(&reader, r->kind), inferd_wire_next(&reader, &field)) {
        if (field.tag == r->form->targets) {
            r->targets++;
        } else if (field.tag == BYTES(3)) {
            r->contexts++;
        } else if (field.tag == BYTES(4)) {
            r->schemas++;
        } else if (field.tag == r->form->slate_schema) {
            r->slate_schemas++;
        } else if (field.tag == r->form->slates) {
            r->slates++;
            r->slate_indexes += r->kind == INFERD_PAIRWISE ? 2 : count_indexes(field.bytes);
        } else if ((field.tag == BYTES(2) || field.tag == r->form->tenant) && !inferd_utf8_valid(field.bytes)) {
            return false;
        }
    }
    return !reader.bad;
}

static bool allocate(struct reading *r)
{
    struct arena *arena = &r->run->arena;
    uint32_t inputs = r->contexts + r->schemas + r->slate_schemas;
    size_t cells = (size_t)r->contexts + (size_t)r->schemas * r->targets + (size_t)r->slate_schemas * r->slates;
    struct inferd_input *input = arena_zalloc(arena, inputs * sizeof(*input));
    struct inferd_bytes *cell = arena_zalloc(arena, cells * sizeof(*cell));

    r->request = arena_zalloc(arena, sizeof(*r->request));
    r->ids = arena_zalloc(arena, r->targets * sizeof(*r->ids));
    r->offsets = arena_zalloc(arena, ((size_t)r->slates + 1) * sizeof(*r->offsets));
    r->indexes = arena_alloc(arena, (size_t)r->slate_indexes * sizeof(*r->indexes));
    if (!input || !cell || !r->request || !r->ids || !r->offsets || !r->indexes)
        return false;
    r->context = input;
    r->target = input + r->contexts;
    r->slate = r->target + r->schemas;
    for (uint32_t i = 0; i < inputs; i++) {
        input[i].role = (uint16_t)(i < r->contexts                ? INFERD_INPUT_CONTEXT
                                   : i < r->contexts + r->schemas ? INFERD_INPUT_TARGET
                                                                  : INFERD_INPUT_SLATE);
        input[i].count = i < r->contexts ? 1 : i < r->contexts + r->schemas ? r->targets : r->slates;
        input[i].cells = cell;
        cell += input[i].count;
    }
    *r->request = (struct inferd_request){.size = sizeof(*r->request),
                                          .form = r->kind,
                                          .targets = r->targets,
                                          .slates = r->slates,
                                          .inputs = inputs,
                                          .input = input,
                                          .ids = r->ids,
                                          .slate_offsets = r->offsets,
                                          .slate_targets = r->indexes,
                                          .texts = r->run->plan->inline_text};
    return true;
}

static uint16_t type_of(uint64_t number)
{
    return number < INFERD_TYPE_COUNT ? (uint16_t)number : INFERD_TYPE_UNKNOWN;
}

static bool read_schema(struct inferd_bytes message, struct inferd_input *input)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    while (inferd_wire_next(&reader, &field)) {
        if (field.tag == BYTES(1))
            input->name = field.bytes;
        else if (field.tag == VARINT(2))
            input->type = type_of(field.value);
    }
    return !reader.bad && inferd_utf8_valid(input->name);
}

static bool read_context(struct inferd_bytes message, struct inferd_input *input)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;

    while (inferd_wire_next(&reader, &field)) {
        if (field.tag == BYTES(1))
            input->name = field.bytes;
        else if (field.tag == BYTES(2))
            input->cells[0] = field.bytes;
        else if (field.tag == VARINT(3))
            input->type = type_of(field.value);
    }
    return !reader.bad && inferd_utf8_valid(input->name);
}

// Values beyond the schema are ignored, missing ones stay empty.
static bool read_target(struct reading *r, struct inferd_bytes message, uint32_t row)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field;
    uint32_t value = 0;

    inferd_wire_next_bytes(&reader, BYTES(1), &r->ids[row]);
    while (value < r->schemas && inferd_wire_next_bytes(&reader, BYTES(2), &r->target[value].cells[row]))
        value++;
    while (inferd_wire_next(&reader, &field)) {
        if (field.tag == BYTES(1))
            r->ids[row] = field.bytes;
        else if (field.tag == BYTES(2) && value < r->schemas)
            r->target[value++].cells[row] = field.bytes;
    }
    return !reader.bad && inferd_utf8_valid(r->ids[row]);
}

// The targets that stand here, from row 'row' on.
static bool read_targets(struct reading *r, struct inferd_wire_reader *reader, uint32_t *row)
{
    const uint32_t tag = r->form->targets;
    struct inferd_bytes message;

    while (inferd_wire_next_bytes(reader, tag, &message))
        if (!read_target(r, message, (*row)++))
            return false;
    return true;
}

static bool read_pair(struct reading *r, struct inferd_bytes message, uint32_t row)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    uint32_t *index = &r->indexes[r->offsets[row]], value = 0;
    struct inferd_wire_field field;

    index[0] = index[1] = 0;
    while (inferd_wire_next(&reader, &field)) {
        if (field.tag == VARINT(1))
            index[0] = (uint32_t)field.value;
        else if (field.tag == VARINT(2))
            index[1] = (uint32_t)field.value;
        else if (field.tag == BYTES(3) && value < r->slate_schemas)
            r->slate[value++].cells[row] = field.bytes;
    }
    r->offsets[row + 1] = r->offsets[row] + 2;
    return !reader.bad;
}

static bool read_slate(struct reading *r, struct inferd_bytes message, uint32_t row)
{
    struct inferd_wire_reader reader = inferd_wire_read(message), numbers;
    uint32_t at = r->offsets[row], value = 0;
    struct inferd_wire_field field;
    uint64_t index;

    while (inferd_wire_next(&reader, &field)) {
        if (field.tag == BYTES(1) || field.tag == VARINT(1)) {
            numbers = inferd_wire_numbers(&field);
            while (inferd_wire_varint(&numbers, &index))
                r->indexes[at++] = (uint32_t)index;
            if (numbers.bad)
                return false;
        } else if (field.tag == BYTES(2) && value < r->slate_schemas) {
            r->slate[value++].cells[row] = field.bytes;
        }
    }
    r->offsets[row + 1] = at;
    return !reader.bad;
}

static bool fill(struct reading *r)
{
    struct inferd_wire_reader reader = inferd_wire_read(r->message);
    uint32_t context = 0, schema = 0, slate_schema = 0, slate = 0, target = 0;
    struct inferd_wire_field field;
    bool fine = true;

    while (fine && (fine = read_targets(r, &reader, &target)) && inferd_wire_next(&reader, &field)) {
        if (field.tag == r->form->targets)
            fine = read_target(r, field.bytes, target++);
        else if (field.tag == r->form->tenant)
            r->run->tenant = field.bytes;
        else if (field.tag == BYTES(3))
            fine = read_context(field.bytes, &r->context[context++]);
        else if (field.tag == BYTES(4))
            fine = read_schema(field.bytes, &r->target[schema++]);
        else if (field.tag == r->form->slate_schema)
            fine = read_schema(field.bytes, &r->slate[slate_schema++]);
        else if (field.tag == r->form->slates)
            fine =
                r->kind == INFERD_PAIRWISE ? read_pair(r, field.bytes, slate++) : read_slate(r, field.bytes, slate++);
    }
    return fine;
}

static void check(struct reading *r)
{
    struct arena *arena = &r->run->arena;

    if (r->form->slates && r->slates == 0) {
        r->error = arena_printf(arena, "%s request must have at least one %s", r->form->name, r->form->group_name);
        return;
    }
    if (r->targets == 0) {
        r->error = arena_printf(arena, "%s request must have at least one target", r->form->name);
        return;
    }
    for (uint32_t s = 0; s < r->slates; s++)
        for (uint32_t i = r->offsets[s]; i < r->offsets[s + 1]; i++)
            if (r->indexes[i] >= r->targets) {
                r->error = arena_printf(arena, "%s request has out-of-range target index %d in %s %u (target count=%u)",
                                        r->form->name, (int32_t)r->indexes[i], r->form->group_name, s, r->targets);
                return;
            }
}

const struct inferd_request *predict_read(struct run *run, unsigned form, struct inferd_bytes message, int *status,
                                          const char **error)
{
    struct reading r = {.run = run, .form = &forms[form], .kind = form, .message = message};

    *status = INFERD_INTERNAL;
    *error = "";
    if (!count_fields(&r))
        return NULL;
    if (!allocate(&r)) {
        *status = INFERD_RESOURCE_EXHAUSTED;
        *error = "no memory for the request's columns";
        return NULL;
    }
    if (!fill(&r))
        return NULL;
    check(&r);
    if (r.error) {
        *status = INFERD_INVALID_ARGUMENT;
        *error = r.error;
        return NULL;
    }
    return r.request;
}
