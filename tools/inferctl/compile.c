// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Hands texts to the process that compiles them, and takes what comes of it.
#include "compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "command.h"
#include "compile_parcel.h"
#include "elsewhere.h"
#include "process/parcel.h"
#include "progress.h"

struct compiling {
    const struct texts *texts;
    size_t next; // the text that is compiled, or will be
    bool begun;
    struct progress progress;
    void (*each)(void *user, const struct config_text *text, json_t *result);
    void *user;
};

static void hand_over(struct compiling *compiling, json_t *result)
{
    compiling->each(compiling->user, &compiling->texts->list[compiling->next++], result);
    compiling->begun = false;
    progress_step(&compiling->progress, compiling->next);
}

static void take_line(void *user, json_t *line)
{
    struct compiling *compiling = user;
    json_t *result = json_object_get(line, "result");

    if (json_object_get(line, "begin"))
        compiling->begun = true;
    else if (result && compiling->next < compiling->texts->count)
        hand_over(compiling, result);
}

static void refuse(struct compiling *compiling, const char *why)
{
    const struct config_text *text = &compiling->texts->list[compiling->next];
    json_t *result = json_pack("{s:s?, s:s, s:b, s:b, s:[{s:s, s:s, s:b}], s:[]}", "model", text->model, "source",
                               text->where, "refused", true, "crashed", true, "problems", "path", "", "message", why,
                               "warning", false, "refused_modules");

    hand_over(compiling, result);
    json_decref(result);
}

// The process's words: which text is first, whether plans are asked for, settings.
static enum elsewhere_end compile_rest(struct compiling *compiling, const struct given *given, bool plans, int parcel,
                                       char *error, size_t size)
{
    const char *arguments[GIVEN_WORDS + 4] = {compile_here_command.name};
    char first[24];

    snprintf(first, sizeof(first), "%zu", compiling->next);
    arguments[1] = first;
    arguments[2] = plans ? "plans" : "problems";
    memcpy(arguments + 3, given->words, given->count * sizeof(*arguments));
    return elsewhere_each(arguments, parcel, take_line, compiling, "the config was compiled", error, size);
}

int compile_texts(const struct texts *texts, const struct given *given, bool plans, const char *command,
                  void (*each)(void *user, const struct config_text *text, json_t *result), void *user)
{
    struct compiling compiling = {.texts = texts, .each = each, .user = user};
    int parcel = compile_parcel_pack(texts);
    char error[512] = "no memory";
    enum elsewhere_end end = ELSEWHERE_TROUBLE;

    progress_begin(&compiling.progress, "configs compiled", texts->count);
    while (parcel >= 0 && compiling.next < texts->count) {
        size_t before = compiling.next;

        end = compile_rest(&compiling, given, plans, parcel, error, sizeof(error));
        if (end == ELSEWHERE_DIED && compiling.begun)
            refuse(&compiling, error);
        else if (end == ELSEWHERE_TROUBLE || compiling.next == before)
            break;
    }
    progress_end(&compiling.progress);
    if (parcel >= 0)
        close(parcel);
    if (parcel >= 0 && compiling.next == texts->count)
        return EXIT_FINE;
    fprintf(stderr, "inferctl %s: %s%s\n", command, error,
            end == ELSEWHERE_DIED ? "; it was not yet at a config: 'inferctl check' of the module path tells which "
                                    "module did it"
                                  : "");
    return end == ELSEWHERE_DIED ? EXIT_FOUND : EXIT_TROUBLE;
}

static void append(void *user, const struct config_text *text, json_t *result)
{
    (void)text;
    json_array_append(user, result);
}

json_t *compile_all(const struct texts *texts, const struct given *given, bool plans, const char *command, int *status)
{
    json_t *results = json_array();

    *status = results ? compile_texts(texts, given, plans, command, append, results) : EXIT_TROUBLE;
    if (*status == EXIT_FINE)
        return results;
    json_decref(results);
    return NULL;
}
