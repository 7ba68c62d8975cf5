// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The list of what is wrong with a config. Knows nothing of JSON. A problem that finds no memory to be kept in is still
// counted, so nothing is accepted by running out of memory.
#include "config/problems.h"

#include <stdlib.h>
#include <string.h>

void problems_init(struct problems *problems)
{
    memset(problems, 0, sizeof(*problems));
}

void problems_free(struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free(problems->list[i].path);
        free(problems->list[i].message);
    }
    free(problems->list);
    problems_init(problems);
}

void problems_add(struct problems *problems, enum problem_kind kind, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    problems_vadd(problems, kind, path, format, args);
    va_end(args);
}

void problems_vadd(struct problems *problems, enum problem_kind kind, const char *path, const char *format,
                   va_list args)
{
    struct problem *list = realloc(problems->list, (problems->count + 1) * sizeof(*list));
    struct text message;
    char *copy = strdup(path);

    if (kind != PROBLEM_WARNING)
        problems->errors++;
    if (list)
        problems->list = list;
    text_init(&message);
    text_vprintf(&message, format, args);
    if (list && copy && !message.failed) {
        list[problems->count].kind = kind;
        list[problems->count].path = copy;
        list[problems->count].message = message.data;
        problems->count++;
    } else {
        free(copy);
        text_free(&message);
    }
}

void problems_text(const struct problems *problems, struct text *out)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *p = &problems->list[i];

        text_printf(out, "%s%s%s%s\n", p->path, *p->path ? ": " : "", p->kind == PROBLEM_WARNING ? "warning: " : "",
                    p->message);
    }
}
