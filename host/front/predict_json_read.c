// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Makes a request's message of its JSON. Features of targets are the columns of a table: every name that any target
// has.
#include "front/predict_json.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"

struct making {
    const json_t *json, *types;
    struct arena *arena;
    char *error;
    size_t size;
};

static bool fail(struct making *making, const char *path, const char *why)
{
    char said[256];

    snprintf(said, sizeof(said), "%s", why);
    snprintf(making->error, making->size, "%s: %s", path, said);
    return false;
}

// NULL with an error.
static void *take(struct making *making, size_t count, size_t size)
{
    void *room = arena_zalloc(making->arena, count * size + 1);

    if (!room)
        fail(making, "the request", "takes too much memory; send fewer targets or features at a time");
    return room;
}

static bool add_context(struct making *making, const json_t *context, ContextFeature ***list, size_t *count)
{
    const char *name;
    json_t *value;
    size_t n = 0;

    if (context && !json_is_object(context))
        return fail(making, "context", "must be an object of values by names");
    *list = take(making, json_object_size(context), sizeof(**list));
    if (!*list)
        return false;
    json_object_foreach((json_t *)context, name, value)
    {
        ContextFeature *feature = take(making, 1, sizeof(*feature));
        char path[192], why[256];
        int type;

        if (!feature)
            return false;
        snprintf(path, sizeof(path), "context.%s", name);
        context_feature__init(feature);
        feature->name = (char *)name;
        if (!predict_json_type(value, name, making->types, &type, why, sizeof(why)) ||
            !predict_json_encode(value, type, making->arena, &feature->value, why, sizeof(why)))
            return fail(making, path, why);
        feature->data_type = (DataType)type;
        (*list)[n++] = feature;
    }
    *count = n;
    return true;
}

// The columns of a list of rows, and where to find them by name.
struct schema {
    FeatureSchema **columns;
    size_t count;
    struct map by_name;
};

// A column by its name, made with the type of the value where it isn't there yet.
static bool add_column(struct making *making, struct schema *schema, const char *name, int type)
{
    size_t len = strlen(name);
    FeatureSchema *column = map_find(&schema->by_name, name, len);

    if (column) {
        if (column->data_type == DATA_TYPE__DataTypeInt64 && type == DATA_TYPE__DataTypeFP64)
            column->data_type = (DataType)type; // numbers, of which one has a point
        return true;
    }
    column = take(making, 1, sizeof(*column));
    if (!column)
        return false;
    feature_schema__init(column);
    column->name = (char *)name;
    column->data_type = (DataType)type;
    schema->columns[schema->count++] = column;
    return map_set(&schema->by_name, column->name, len, column, NULL) || fail(making, name, "does not fit in memory");
}

static bool add_columns(struct making *making, struct schema *schema, const json_t *row, const char *path,
                        const char *reserved)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)row, name, value)
    {
        char at[256], why[256];
        int type;

        if (strcmp(name, reserved) == 0 || json_is_null(value))
            continue;
        snprintf(at, sizeof(at), "%s.%s", path, name);
        if (!predict_json_type(value, name, making->types, &type, why, sizeof(why)))
            return fail(making, at, why);
        if (!add_column(making, schema, name, type))
            return false;
    }
    return true;
}

// All names but the one that says what a row is, each with the type of its first value.
static bool make_schema(struct making *making, const char *list, const char *reserved, FeatureSchema ***columns,
                        size_t *count)
{
    const json_t *rows = json_object_get(making->json, list), *row;
    struct schema schema = {.count = 0};
    size_t i, room = 0;
    bool fine = true;

    json_array_foreach(rows, i, row) room += json_object_size(row);
    *columns = schema.columns = take(making, room, sizeof(*schema.columns));
    if (!schema.columns)
        return false;
    map_init(&schema.by_name);
    for (i = 0; fine && i < json_array_size(rows); i++) {
        char path[64];

        snprintf(path, sizeof(path), "%s[%zu]", list, i);
        fine = add_columns(making, &schema, json_array_get(rows, i), path, reserved);
    }
    map_free(&schema.by_name);
    *count = schema.count;
    return fine;
}

static bool make_values(struct making *making, const json_t *row, const char *path, FeatureSchema **schema,
                        size_t count, ProtobufCBinaryData **values)
{
    *values = take(making, count, sizeof(**values));
    if (!*values)
        return false;
    for (size_t i = 0; json_is_object(row) && i < count; i++) {
        const json_t *value = json_object_get(row, schema[i]->name);
        char at[256], why[256];

        if (!value)
            continue;
        snprintf(at, sizeof(at), "%s.%s", path, schema[i]->name);
        if (!predict_json_encode(value, (int)schema[i]->data_type, making->arena, &(*values)[i], why, sizeof(why)))
            return fail(making, at, why);
    }
    return true;
}

static bool make_targets(struct making *making, FeatureSchema **schema, size_t columns, Target ***targets,
                         size_t *count)
{
    const json_t *list = json_object_get(making->json, "targets"), *row;
    size_t i;

    if (!json_is_array(list))
        return fail(making, "targets", "must be a list of ids, or of objects with an \"id\" and features");
    *targets = take(making, json_array_size(list), sizeof(**targets));
    if (!*targets)
        return false;
    json_array_foreach(list, i, row)
    {
        const json_t *id = json_is_object(row) ? json_object_get(row, "id") : row;
        Target *target = (*targets)[i] = take(making, 1, sizeof(*target));
        char path[64];

        if (!target)
            return false;
        snprintf(path, sizeof(path), "targets[%zu]", i);
        target__init(target);
        if (json_is_integer(id))
            target->id = (char *)arena_printf(making->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
        else if (json_is_string(id))
            target->id = (char *)json_string_value(id);
        else
            return fail(making, path, "needs an \"id\", a text or a number");
        if (!target->id)
            return fail(making, path, "does not fit in memory");
        target->n_feature_values = columns;
        if (!make_values(making, row, path, schema, columns, &target->feature_values))
            return false;
    }
    *count = json_array_size(list);
    return true;
}

// Targets of a pair or a slate.
static bool read_indexes(struct making *making, const json_t *row, const char *path, bool pairs, int32_t **indexes,
                         size_t *count)
{
    const json_t *list = json_object_get(row, "targets"), *one;
    size_t i, known = json_array_size(json_object_get(making->json, "targets"));

    *count = json_array_size(list);
    *indexes = take(making, *count, sizeof(**indexes));
    if (!*indexes)
        return false;
    if (!*count || (pairs && *count != 2))
        return fail(making, path,
                    pairs ? "needs \"targets\": [i, j], two of targets, from 0"
                          : "needs \"targets\": [i, …], which of targets it has, from 0");
    json_array_foreach(list, i, one)
    {
        json_int_t index = json_is_integer(one) ? json_integer_value(one) : -1;

        if (index < 0 || (size_t)index >= known)
            return fail(making, path, "names a target that there is not: they are numbered from 0");
        (*indexes)[i] = (int32_t)index;
    }
    return true;
}

static bool make_slates(struct making *making, PairWiseRequest *pairs, SlateWiseRequest *slates)
{
    const char *name = pairs ? "pairs" : "slates";
    const json_t *list = json_object_get(making->json, name), *row;
    size_t count = json_array_size(list), columns, i, n;
    FeatureSchema **schema = NULL;

    if (!make_schema(making, name, "targets", &schema, &columns))
        return false;
    if (pairs) {
        pairs->pair_input_schema = schema;
        pairs->n_pair_input_schema = columns;
        pairs->pairs = take(making, count, sizeof(*pairs->pairs));
        pairs->n_pairs = count;
    } else {
        slates->slate_input_schema = schema;
        slates->n_slate_input_schema = columns;
        slates->slates = take(making, count, sizeof(*slates->slates));
        slates->n_slates = count;
    }
    if (pairs ? !pairs->pairs : !slates->slates)
        return false;
    json_array_foreach(list, i, row)
    {
        ProtobufCBinaryData *values;
        int32_t *indexes;
        char path[64];

        snprintf(path, sizeof(path), "%s[%zu]", name, i);
        if (!read_indexes(making, row, path, pairs, &indexes, &n) ||
            !make_values(making, row, path, schema, columns, &values))
            return false;
        if (pairs) {
            TargetPair *pair = pairs->pairs[i] = take(making, 1, sizeof(*pair));

            if (!pair)
                return false;
            target_pair__init(pair);
            pair->first_target_index = indexes[0];
            pair->second_target_index = indexes[1];
            pair->feature_values = values;
            pair->n_feature_values = columns;
        } else {
            TargetSlate *slate = slates->slates[i] = take(making, 1, sizeof(*slate));

            if (!slate)
                return false;
            target_slate__init(slate);
            slate->target_indices = indexes;
            slate->n_target_indices = n;
            slate->feature_values = values;
            slate->n_feature_values = columns;
        }
    }
    return true;
}

static bool pack(struct making *making, const ProtobufCMessage *message, struct predict_json *request)
{
    uint8_t *bytes;

    request->len = protobuf_c_message_get_packed_size(message);
    request->bytes = bytes = take(making, request->len, 1);
    if (!bytes)
        return false;
    protobuf_c_message_pack(message, bytes);
    return true;
}

static char *text_of(const struct making *making, const char *member)
{
    const char *text = json_string_value(json_object_get(making->json, member));

    return (char *)(text ? text : "");
}

// The three messages have the same parts under other numbers.
#define FILL(request)                                                                                                  \
    do {                                                                                                               \
        (request).model_config_id = (char *)model;                                                                     \
        (request).tracking_id = text_of(making, "tracking_id");                                                        \
        (request).tenant_id = text_of(making, "tenant_id");                                                            \
        (request).context_features = context;                                                                          \
        (request).n_context_features = contexts;                                                                       \
        (request).target_input_schema = schema;                                                                        \
        (request).n_target_input_schema = columns;                                                                     \
        (request).targets = targets;                                                                                   \
        (request).n_targets = target_count;                                                                            \
    } while (0)

static bool make(struct making *making, const char *model, struct predict_json *request)
{
    PointWiseRequest point = POINT_WISE_REQUEST__INIT;
    PairWiseRequest pair = PAIR_WISE_REQUEST__INIT;
    SlateWiseRequest slate = SLATE_WISE_REQUEST__INIT;
    size_t contexts = 0, columns = 0, target_count = 0;
    ContextFeature **context = NULL;
    FeatureSchema **schema = NULL;
    Target **targets = NULL;

    if (!add_context(making, json_object_get(making->json, "context"), &context, &contexts) ||
        !make_schema(making, "targets", "id", &schema, &columns) ||
        !make_targets(making, schema, columns, &targets, &target_count))
        return false;
    if (request->form == INFERD_PAIRWISE) {
        FILL(pair);
        return make_slates(making, &pair, NULL) && pack(making, &pair.base, request);
    }
    if (request->form == INFERD_SLATEWISE) {
        FILL(slate);
        return make_slates(making, NULL, &slate) && pack(making, &slate.base, request);
    }
    FILL(point);
    return pack(making, &point.base, request);
}

bool predict_json_read(const json_t *json, const char *model, struct arena *arena, struct predict_json *request,
                       char *error, size_t size)
{
    static const char *const known[] = {"model",   "tracking_id", "tenant_id", "context",
                                        "targets", "pairs",       "slates",    "types"};
    static const char *const texts[] = {"model", "tracking_id", "tenant_id"};
    struct making making = {json, json_object_get(json, "types"), arena, error, size};
    const json_t *pairs = json_object_get(json, "pairs"), *slates = json_object_get(json, "slates");
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return fail(&making, "the request", "must be a JSON object");
    json_object_foreach((json_t *)json, name, value)
    {
        bool found = false;

        for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
            found |= strcmp(known[i], name) == 0;
        if (!found)
            return fail(&making, name,
                        "is not known; a request has model, tracking_id, tenant_id, context, targets, "
                        "pairs or slates, types");
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        const json_t *text = json_object_get(json, texts[i]);

        if (text && !json_is_string(text))
            return fail(&making, texts[i], "must be a text");
    }
    if (pairs && slates)
        return fail(&making, "pairs", "and slates don't go together: a request has one of them");
    if (!model)
        model = json_string_value(json_object_get(json, "model"));
    if (!model)
        return fail(&making, "model", "is missing: name the model config that is asked");
    request->form = pairs ? INFERD_PAIRWISE : slates ? INFERD_SLATEWISE : INFERD_POINTWISE;
    return make(&making, model, request);
}
