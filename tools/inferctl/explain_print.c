// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What explain found, for people: the graph first, then each node, then what goes in and what comes out. Names stand in
// one column, so that the eye finds them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text ? text : "";
}

static bool is(const json_t *object, const char *member)
{
    return json_is_true(json_object_get(object, member));
}

static void print_names(const json_t *names)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        printf("%s%s", i == 0 ? "" : ", ", json_string_value(json_array_get(names, i)));
}

// The longest of a member in a list, so that what follows is aligned; not more than a line has room for.
static int width_of(const json_t *list, const char *member, int least)
{
    enum { MOST = 48 };

    for (size_t i = 0; i < json_array_size(list); i++) {
        int len = (int)strlen(text_of(json_array_get(list, i), member));

        least = len > least && len <= MOST ? len : least;
    }
    return least;
}

// A slate component looks for each of its columns among the targets' and the slates'; the one that nobody has, and that
// the request needn't have, is no news.
static bool is_news(const json_t *reads, const json_t *read)
{
    if (!is(read, "optional") || strcmp(text_of(read, "from"), "request") != 0)
        return true;
    for (size_t i = 0; i < json_array_size(reads); i++) {
        const json_t *other = json_array_get(reads, i);

        if (other != read && strcmp(text_of(other, "column"), text_of(read, "column")) == 0 &&
            (strcmp(text_of(other, "from"), "request") != 0 || strcmp(text_of(read, "space"), "slates") == 0))
            return false;
    }
    return true;
}

// Where a column's values are from, as the end of a line.
static void print_origin(const json_t *column)
{
    const char *from = text_of(column, "from");

    if (strcmp(from, "ids") == 0)
        fputs(", the targets' ids", stdout);
    else if (strcmp(from, "request") == 0)
        printf(" of the request%s", is(column, "optional") ? ", if it is there" : "");
    else if (strcmp(from, "constant") == 0)
        fputs(", a constant", stdout);
    else if (*from)
        printf(" of %s", from);
}

static void print_column(const json_t *column, const char *what, int width)
{
    const char *type = text_of(column, "type");

    printf("  %s%-*s %s%s", what, width, text_of(column, "column"), *type ? " " : "", type);
    if (strcmp(text_of(column, "space"), "slates") == 0)
        fputs(", of slates", stdout);
    print_origin(column);
    puts("");
}

static void print_policies(const json_t *policies)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)policies, name, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY);

        if (strcmp(name, "required") != 0) // the first line tells
            printf("  policy  %s %s\n", name, text ? text : "");
        free(text);
    }
}

static void print_node(const json_t *node)
{
    const json_t *reads = json_object_get(node, "reads"), *writes = json_object_get(node, "writes");
    int width = width_of(writes, "column", width_of(reads, "column", 8));
    const char *shape = text_of(node, "shape");

    printf("\n%s: %s of module %s %s", text_of(node, "name"), text_of(node, "kind"), text_of(node, "module"),
           text_of(node, "version"));
    printf("%s%s%s%s\n", *shape ? ", in the shape \"" : "", shape, *shape ? "\"" : "",
           is(node, "required") ? "; where it fails, the request does" : "");
    if (strcmp(text_of(node, "listed"), "implicitly") != 0)
        printf("  %s\n", text_of(node, "path"));
    if (*text_of(node, "stands_in_for"))
        printf("  runs only in the place of %s, where that fails\n", text_of(node, "stands_in_for"));
    if (*text_of(node, "shadows"))
        printf("  makes the calls of %s to another backend, to compare\n", text_of(node, "shadows"));
    print_policies(json_object_get(node, "policies"));
    for (size_t i = 0; i < json_array_size(reads); i++)
        if (is_news(reads, json_array_get(reads, i)))
            print_column(json_array_get(reads, i), "reads   ", width);
    for (size_t i = 0; i < json_array_size(writes); i++)
        print_column(json_array_get(writes, i), "writes  ", width);
}

static void print_head(const json_t *explained)
{
    const json_t *dependency = json_object_get(explained, "dependency");
    const char *shape = text_of(explained, "shape");
    bool parents = strcmp(text_of(dependency, "reading"), "parents") == 0;

    printf("%s, from %s\n", text_of(explained, "model"), text_of(explained, "source"));
    printf("  component_dependency  keys list %s (\"%s\"), %s\n",
           parents ? "what they wait for" : "what waits for them", text_of(dependency, "reading"),
           strcmp(text_of(dependency, "told_by"), "config") == 0 ? "as dependency_direction says"
                                                                 : "as the root's place tells");
    printf("  shape                 %s\n", strcmp(shape, "several") == 0 ? "several, see below"
                                           : *shape                      ? shape
                                                                         : "any");
    if (is(explained, "compat"))
        puts("  compat                inferflow");
    if (strcmp(text_of(explained, "inline_values"), "text") == 0)
        puts("  inline_values         text: values in requests are texts, whatever type they declare");
}

static void print_graph(const json_t *nodes)
{
    int width = width_of(nodes, "name", 8), kinds = width_of(nodes, "kind", 4);
    json_int_t last = -1;

    puts("\nThe graph, in order; nodes with the same number may run at the same time");
    for (size_t i = 0; i < json_array_size(nodes); i++) {
        const json_t *node = json_array_get(nodes, i), *before = json_object_get(node, "waits_for");
        json_int_t stage = json_integer_value(json_object_get(node, "stage"));

        if (*text_of(node, "stands_in_for") || *text_of(node, "shadows"))
            printf("    -");
        else if (stage == last)
            printf("  %3s", "");
        else
            printf("  %3" JSON_INTEGER_FORMAT, stage);
        last = stage;
        printf("  %-*s  ", width, text_of(node, "name"));
        if (*text_of(node, "stands_in_for")) {
            printf("%-*s  in the place of %s", kinds, text_of(node, "kind"), text_of(node, "stands_in_for"));
        } else if (*text_of(node, "shadows")) {
            printf("%-*s  behind %s, and nobody waits for it", kinds, text_of(node, "kind"), text_of(node, "shadows"));
        } else if (json_array_size(before)) {
            printf("%-*s  after ", kinds, text_of(node, "kind"));
            print_names(before);
        } else {
            fputs(text_of(node, "kind"), stdout);
        }
        puts("");
    }
}

static void print_constants(const json_t *constants)
{
    int width = width_of(constants, "column", 8);

    if (json_array_size(constants))
        puts("\nThe same in every row of every request");
    for (size_t i = 0; i < json_array_size(constants); i++) {
        const json_t *constant = json_array_get(constants, i);

        printf("  %-*s  \"%s\", by %s\n", width, text_of(constant, "column"), text_of(constant, "value"),
               text_of(constant, "path"));
    }
}

static void print_request(const json_t *request)
{
    const json_t *columns = json_object_get(request, "columns");
    int width = width_of(columns, "column", (int)strlen(text_of(request, "ids")));

    printf("\nA request needs\n  %-*s  the targets' ids\n", width, text_of(request, "ids"));
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const json_t *column = json_array_get(columns, i), *readers = json_object_get(column, "readers");

        if (is(column, "optional"))
            continue;
        printf("  %-*s  ", width, text_of(column, "column"));
        if (strcmp(text_of(column, "space"), "slates") == 0)
            fputs("of slates, ", stdout);
        if (json_array_size(readers)) {
            fputs("read by ", stdout);
            print_names(readers);
        } else {
            fputs("for the reply only", stdout);
        }
        puts("");
    }
}

static void print_table(const json_t *columns, const char *title)
{
    int width = width_of(columns, "column", 8);

    if (json_array_size(columns))
        printf("\n%s\n", title);
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const json_t *column = json_array_get(columns, i);

        if (json_is_null(json_object_get(column, "from")))
            printf("  %-*s  (only slates have it)\n", width, text_of(column, "column"));
        else
            print_column(column, "", width);
    }
}

static void print_reply(const json_t *reply)
{
    const json_t *schema = json_object_get(reply, "schema");
    json_int_t percent = json_integer_value(json_object_get(reply, "schema_percent"));

    print_table(json_object_get(reply, "targets"), "The reply has");
    print_table(json_object_get(reply, "slates"), "and of slates");
    if (percent) {
        printf("\nRetrieveModelScore replies to %" JSON_INTEGER_FORMAT " %% of the users with\n  ", percent);
        print_names(schema);
        puts("");
    }
}

static void print_problems(const json_t *explained)
{
    const json_t *problems = json_object_get(explained, "problems");
    const json_t *modules = json_object_get(explained, "refused_modules");

    if (json_array_size(problems))
        printf("\n%s\n", is(explained, "refused") ? "It is refused" : "Warnings");
    for (size_t i = 0; i < json_array_size(problems); i++) {
        const json_t *problem = json_array_get(problems, i);

        printf("  %s%s%s%s\n", text_of(problem, "path"), *text_of(problem, "path") ? ": " : "",
               is(problem, "warning") && is(explained, "refused") ? "warning: " : "", text_of(problem, "message"));
    }
    for (size_t i = 0; i < json_array_size(modules); i++)
        fprintf(stderr, "inferctl explain: %s: refused: %s\n", text_of(json_array_get(modules, i), "path"),
                text_of(json_array_get(modules, i), "reason"));
}

void explain_print(const json_t *explained)
{
    const json_t *nodes = json_object_get(explained, "nodes"), *unused = json_object_get(explained, "unused");

    if (is(explained, "refused")) {
        printf("%s, from %s\n", text_of(explained, "model"), text_of(explained, "source"));
        print_problems(explained);
        return;
    }
    print_head(explained);
    print_graph(nodes);
    if (json_array_size(unused)) {
        fputs("    -  ", stdout);
        print_names(unused);
        puts("  never: the graph doesn't name them");
    }
    for (size_t i = 0; i < json_array_size(nodes); i++)
        print_node(json_array_get(nodes, i));
    print_constants(json_object_get(explained, "constants"));
    print_request(json_object_get(explained, "request"));
    print_reply(json_object_get(explained, "reply"));
    print_problems(explained);
}
