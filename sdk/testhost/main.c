// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd-testhost: binds a component and runs it once, from the command line. What it prints is for people.
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <inferd/status.h>

#include "testhost.h"

static const char help[] =
    "Usage: inferd-testhost [OPTION]... KIND\n"
    "Bind one component of a kind, and run it once, without the daemon.\n"
    "\n"
    "  -m, --module-path=PATH      directories of modules, separated by colons\n"
    "  -c, --component=JSON        the component's object\n"
    "      --shared=JSON           the other members of component_config\n"
    "  -s, --setting=NAME=VALUE    a setting of the module\n"
    "      --resource=SUBTREE/KEY=TEXT  a text that the component finds beside its config\n"
    "      --compat                as in the compat mode\n"
    "  -n, --rows=N                run with N targets; without it the component is only bound\n"
    "  -i, --input=COLUMN=A,B,...  the request's texts of a column, one for each target\n"
    "  -r, --reply=FILE            the message that answers the next call; calls without one fail\n"
    "  -d, --dump=DIRECTORY        write the message of each call to DIRECTORY/call-N\n"
    "  -h, --help                  show this help and exit\n"
    "  -V, --version               show the version and exit\n"
    "\n"
    "It prints the columns that the component reads and writes, its calls, how the step ended, rows that failed, and "
    "the\n"
    "values of the columns written. The exit status is 0, 1 when the component is refused or the step fails, or 2 "
    "when\n"
    "it is called wrongly.\n";

enum { SHARED = 256, COMPAT, RESOURCE, MOST = 64 };

struct arguments {
    struct testhost_options options;
    const char *settings[MOST + 1], *inputs[MOST], *replies[MOST], *dump;
    struct testhost_resource resources[MOST + 1];
    size_t setting_count, input_count, reply_count, resource_count;
    long rows; // -1: bind only
};

static const struct option long_options[] = {
    {"module-path", required_argument, NULL, 'm'},
    {"component", required_argument, NULL, 'c'},
    {"shared", required_argument, NULL, SHARED},
    {"setting", required_argument, NULL, 's'},
    {"resource", required_argument, NULL, RESOURCE},
    {"compat", no_argument, NULL, COMPAT},
    {"rows", required_argument, NULL, 'n'},
    {"input", required_argument, NULL, 'i'},
    {"reply", required_argument, NULL, 'r'},
    {"dump", required_argument, NULL, 'd'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void usage_error(const char *why, const char *what)
{
    fprintf(stderr, "inferd-testhost: %s%s\nTry 'inferd-testhost --help'.\n", why, what);
    exit(2);
}

static void add(const char **list, size_t *count, const char *value, const char *what)
{
    if (*count == MOST)
        usage_error("too many times: ", what);
    list[(*count)++] = value;
}

static void add_setting(struct arguments *given, const char *setting)
{
    char *option = malloc(strlen(setting) + 3);

    if (!option)
        abort();
    sprintf(option, "--%s", setting);
    add(given->settings, &given->setting_count, option, "--setting");
}

// SUBTREE/KEY=TEXT; a subtree has slashes, a key has none.
static void add_resource(struct arguments *given, char *resource)
{
    char *text = strchr(resource, '='), *key;

    if (text)
        *text++ = '\0';
    key = text ? strrchr(resource, '/') : NULL;
    if (!key)
        usage_error("no SUBTREE/KEY=TEXT: ", resource);
    if (given->resource_count == MOST)
        usage_error("too many times: ", "--resource");
    *key++ = '\0';
    given->resources[given->resource_count++] = (struct testhost_resource){resource, key, text};
    given->options.resources = given->resources;
}

static void take_option(struct arguments *given, int option)
{
    switch (option) {
    case 'm':
        given->options.modules = optarg;
        break;
    case 'c':
        given->options.component = optarg;
        break;
    case SHARED:
        given->options.shared = optarg;
        break;
    case 's':
        add_setting(given, optarg);
        break;
    case RESOURCE:
        add_resource(given, optarg);
        break;
    case COMPAT:
        given->options.compat = true;
        break;
    case 'n':
        given->rows = strtol(optarg, NULL, 10);
        if (given->rows < 0 || given->rows > 1000000)
            usage_error("no number of rows: ", optarg);
        break;
    case 'i':
        add(given->inputs, &given->input_count, optarg, "--input");
        break;
    case 'r':
        add(given->replies, &given->reply_count, optarg, "--reply");
        break;
    case 'd':
        given->dump = optarg;
        break;
    case 'h':
        fputs(help, stdout);
        exit(0);
    case 'V':
        puts("inferd-testhost (inferd) " PACKAGE_VERSION);
        exit(0);
    default:
        exit((fputs("Try 'inferd-testhost --help'.\n", stderr), 2));
    }
}

static void print_columns(const struct testhost *testhost)
{
    static const char *const spaces[] = {"targets", "slates"};
    const struct testhost_column *columns;
    size_t count = testhost_columns(testhost, &columns);

    for (size_t i = 0; i < count; i++) {
        const struct testhost_column *column = &columns[i];

        if (column->read)
            printf("reads   %-7s  %s\n", spaces[column->space], column->name);
        if (column->written)
            printf("writes  %-7s  %s  %s%s\n", spaces[column->space], column->name, inferd_type_name(column->type),
                   inferd_type_is_vector(column->type) ? "Vector" : "");
        if (column->constant)
            printf("holds   %-7s  %s  %.*s\n", spaces[column->space], column->name, (int)column->value.len,
                   (const char *)column->value.data);
    }
}

// "COLUMN=A,B,…"
static void set_input(struct testhost_run *run, const struct testhost *testhost, uint32_t rows, const char *input)
{
    const char *equals = strchr(input, '=');
    char *name = strdup(input), *rest = name;
    const char **texts = calloc(rows + 1, sizeof(*texts));

    if (!equals)
        usage_error("no COLUMN=VALUES: ", input);
    if (!name || !texts)
        abort();
    strsep(&rest, "=");
    if (!testhost_column(testhost, INFERD_TARGETS, name))
        usage_error("the component reads no such column: ", name);
    for (uint32_t r = 0; r < rows; r++)
        texts[r] = strsep(&rest, ",");
    testhost_inline(run, INFERD_TARGETS, name, texts);
    free(texts);
    free(name);
}

static struct inferd_bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t len = 0, some = 0;

    if (!file)
        usage_error("can't be read: ", path);
    do {
        len += some;
        data = realloc(data, len + 65536);
        if (!data)
            abort();
        some = fread(data + len, 1, 65536, file);
    } while (some);
    fclose(file);
    return (struct inferd_bytes){data, len};
}

static void dump_call(const char *directory, size_t number, struct inferd_bytes message)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/call-%zu", directory, number);
    file = fopen(path, "wb");
    if (!file || fwrite(message.data, 1, message.len, file) != message.len || fclose(file) != 0)
        usage_error("can't be written: ", path);
}

// Answers calls in their order; answers may lead to more calls.
static void answer_calls(struct testhost_run *run, const struct arguments *given)
{
    for (size_t i = 0; i < testhost_calls(run); i++) {
        const struct testhost_call *call = testhost_call(run, i);

        printf("call %zu  %s %s  %zu bytes%s\n", i, call->address, call->path, call->message.len,
               call->tls ? "  TLS" : "");
        if (given->dump)
            dump_call(given->dump, i, call->message);
        if (i < given->reply_count) {
            struct inferd_bytes reply = read_file(given->replies[i]);

            testhost_reply(run, i, reply);
            free((void *)reply.data);
        } else {
            testhost_fail(run, i, INFERD_UNAVAILABLE, "no --reply is given for it");
        }
    }
}

static void print_values(struct testhost_run *run, const struct testhost *testhost, uint32_t rows)
{
    const struct testhost_column *columns;
    size_t count = testhost_columns(testhost, &columns);

    for (size_t i = 0; i < count; i++) {
        if (!columns[i].written || columns[i].space != INFERD_TARGETS)
            continue;
        printf("%s:", columns[i].name);
        for (uint32_t r = 0; r < rows; r++)
            printf("%s%s", r ? ", " : " ", testhost_text(run, INFERD_TARGETS, columns[i].name, r));
        putchar('\n');
    }
}

static int run_once(struct testhost *testhost, const struct arguments *given)
{
    struct testhost_run *run = testhost_run(testhost);
    const struct testhost_row_error *errors;
    uint32_t rows = (uint32_t)given->rows;
    int status;

    testhost_rows(run, rows);
    for (size_t i = 0; i < given->input_count; i++)
        set_input(run, testhost, rows, given->inputs[i]);
    testhost_start(run);
    answer_calls(run, given);
    status = testhost_status(run);
    printf("step  %s%s%s\n", inferd_status_name(status), *testhost_message(run) ? ": " : "", testhost_message(run));
    for (size_t i = 0, count = testhost_row_errors(run, &errors); i < count; i++)
        printf("rows %u to %u  %s: %s\n", errors[i].first, errors[i].first + errors[i].count - 1,
               inferd_status_name(errors[i].status), errors[i].message);
    print_values(run, testhost, rows);
    fputs(testhost_log(testhost), stderr);
    testhost_run_free(run);
    return status == INFERD_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    const char *path = getenv("INFERD_MODULE_PATH");
    struct arguments given = {.options = {.modules = path ? path : INFERD_MODULE_DIR}, .rows = -1};
    struct testhost *testhost;
    char error[8192] = "";
    int option, status = 0;

    while ((option = getopt_long(argc, argv, "m:c:s:n:i:r:d:hV", long_options, NULL)) != -1)
        take_option(&given, option);
    if (optind + 1 != argc)
        usage_error("one KIND is needed", "");
    given.options.kind = argv[optind];
    given.options.settings = given.settings;
    testhost = testhost_open(&given.options, error, sizeof(error));
    if (!testhost) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    print_columns(testhost);
    if (given.rows >= 0)
        status = run_once(testhost, &given);
    testhost_close(testhost);
    for (size_t i = 0; i < given.setting_count; i++)
        free((void *)given.settings[i]);
    return status;
}
