// A module of inferd with one kind, "@NAME@". A model config uses it so:
//
//     "@NAME@_components": [
//         {"component": "my_@NAME@", "input": "price", "output": "my_price"}
//     ]
//
// 'inferctl kind @NAME@' prints its options, <inferd/kind.h> says what each function may do.
#include <inferd/ext/convert.h>
#include <inferd/module.h>
#include <stdlib.h>

// The options of a component; the host fills them from its JSON object by the table below.
struct options {
    const char *input;
    const char *output;
};

static const struct inferd_option option_table[] = {
    {.name = "input",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct options, input),
     .help = "the column to read"},
    {.name = "output",
     .type = INFERD_OPTION_STRING,
     .flags = INFERD_OPTION_REQUIRED,
     .offset = offsetof(struct options, output),
     .help = "the column to write, FP32"},
    {.name = NULL},
};

// A component of this kind in one model.
struct component {
    const struct inferd_component *info;
    const struct inferd_convert *convert;
    uint32_t input, output; // indexes of columns
};

// Options in, component out.
static int create(const struct inferd_component *info, void **made)
{
    const struct inferd_convert *convert = info->host->extension(INFERD_EXT_CONVERT);
    struct component *component;

    if (!convert)
        return info->host->fail(info->self, INFERD_UNIMPLEMENTED, "", "this host lacks " INFERD_EXT_CONVERT);
    component = calloc(1, sizeof(*component));
    if (!component)
        return info->host->fail(info->self, INFERD_RESOURCE_EXHAUSTED, "", "no memory");
    component->info = info;
    component->convert = convert;
    *made = component;
    return INFERD_OK;
}

// Says which columns are read and written.
static int bind_columns(void *self, struct inferd_binder *binder)
{
    struct component *component = self;
    const struct options *options = component->info->options;
    const struct inferd_host *host = component->info->host;

    component->input = host->reads(binder, options->input, INFERD_TARGETS, 0, "input");
    component->output = host->writes(binder, options->output, INFERD_TARGETS, INFERD_TYPE_FP32, 0, NULL, "output");
    if (component->input == INFERD_NO_COLUMN || component->output == INFERD_NO_COLUMN)
        return INFERD_INVALID_ARGUMENT;
    return INFERD_OK;
}

// One request: a row for each target. A row that gets no value stays missing.
static int run(void *self, struct inferd_step *step)
{
    const struct component *component = self;
    const struct inferd_column *input = step->columns[component->input];
    struct inferd_column *output = step->columns[component->output];

    for (uint32_t row = 0; row < step->rows[INFERD_TARGETS]; row++) {
        float value;

        if (component->convert->elements(input, row, INFERD_TYPE_FP32, 0, &value, 1) != 1)
            continue;
        // The work of the kind: so far it passes values on.
        inferd_column_set(output, row, (struct inferd_bytes){(const uint8_t *)&value, sizeof(value)});
    }
    return INFERD_OK;
}

static void destroy(void *self)
{
    free(self);
}

static const struct inferd_kind kinds[] = {{
    .name = "@NAME@",
    .description = "Passes a column on",
    .rank = 100,
    .options = {option_table, sizeof(struct options)},
    .create = create,
    .bind = bind_columns,
    .run = run,
    .destroy = destroy,
}};

INFERD_MODULE("@NAME@", "0.1.0", "Passes columns on", kinds, 1, {NULL, 0});
