// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasks are read, drawn and judged.
#include "bench/load_mix.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/byte_buffer_reader.h>
#include "bench/support.h"

#define KEPT 20 // wrong replies of a task

struct task *mix_add(struct mix *mix, const char *name, const char *path)
{
    struct task *task;

    mix->tasks = need(realloc(mix->tasks, (mix->count + 1) * sizeof(*mix->tasks)));
    task = &mix->tasks[mix->count++];
    *task = (struct task){.name = need(strdup(name)), .path = need(strdup(path)), .weight = 1};
    mix->weights++;
    return task;
}

static void read_task(struct mix *mix, char *line)
{
    char *word[5], *more, *rest;
    struct task *task;

    for (size_t i = 0; i < 5; i++) {
        word[i] = strtok_r(i == 0 ? line : NULL, " \n", &rest);
        if (word[i] == NULL)
            die("--mix: a line lacks words; it is NAME WEIGHT PATH STATUS REQUEST RIGHT...");
    }
    task = mix_add(mix, word[0], word[2]);
    task->weight = number_of("mix", word[1]);
    mix->weights += task->weight - 1;
    task->cancelled = strcmp(word[3], "cancel") == 0;
    task->status = task->cancelled ? GRPC_STATUS_OK : number_of("mix", word[3]);
    task->request = read_file(word[4]);
    while ((more = strtok_r(NULL, " \n", &rest)) != NULL) {
        if (task->rights == MIX_RIGHTS)
            die("--mix: %s has more than %d right replies", task->name, MIX_RIGHTS);
        task->right[task->rights++] = read_file(more);
    }
}

void mix_read(struct mix *mix, const char *file)
{
    FILE *lines = fopen(file, "r");
    char line[4096];

    if (lines == NULL)
        die("%s: %m", file);
    while (fgets(line, sizeof(line), lines) != NULL)
        read_task(mix, line);
    fclose(lines);
    if (mix->weights == 0)
        die("%s: no task with a weight", file);
}

void mix_free(struct mix *mix)
{
    for (size_t i = 0; i < mix->count; i++) {
        struct task *task = &mix->tasks[i];

        for (size_t k = 0; k < task->rights; k++)
            grpc_slice_unref(task->right[k]);
        grpc_slice_unref(task->request);
        free(task->name);
        free(task->path);
    }
    free(mix->tasks);
}

struct task *mix_draw(struct mix *mix)
{
    struct task *task = mix->tasks;
    unsigned long drawn;

    mix->random = mix->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    drawn = (unsigned long)(mix->random >> 33) % mix->weights;
    for (; drawn >= task->weight; task++)
        drawn -= task->weight;
    return task;
}

static void keep(const struct mix *mix, const struct task *task, grpc_slice reply)
{
    char path[4096];
    FILE *file;

    if (mix->keep == NULL || task->wrong > KEPT)
        return;
    snprintf(path, sizeof(path), "%s/%s.wrong%zu", mix->keep, task->name, task->wrong);
    file = fopen(path, "wb");
    if (file == NULL ||
        fwrite(GRPC_SLICE_START_PTR(reply), 1, GRPC_SLICE_LENGTH(reply), file) != GRPC_SLICE_LENGTH(reply))
        die("%s: %m", path);
    fclose(file);
}

static void compare(struct mix *mix, struct task *task, grpc_byte_buffer *reply)
{
    grpc_byte_buffer_reader reader;
    grpc_slice got;
    size_t i = 0;

    grpc_byte_buffer_reader_init(&reader, reply);
    got = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    if (task->rights == 0)
        task->right[task->rights++] = grpc_slice_ref(got);
    while (i < task->rights && !grpc_slice_eq(got, task->right[i]))
        i++;
    if (i < task->rights) {
        task->seen[i]++;
    } else {
        task->wrong++;
        keep(mix, task, got);
    }
    grpc_slice_unref(got);
}

void mix_judge(struct mix *mix, struct task *task, grpc_status_code status, grpc_slice detail, grpc_byte_buffer *reply)
{
    task->calls++;
    if (task->cancelled && status == GRPC_STATUS_CANCELLED)
        return;
    if ((unsigned long)status != task->status || (status == GRPC_STATUS_OK && reply == NULL)) {
        if (*mix->first_error == '\0')
            snprintf(mix->first_error, sizeof(mix->first_error), "%s: %d %.*s", task->name, (int)status,
                     (int)GRPC_SLICE_LENGTH(detail), (const char *)GRPC_SLICE_START_PTR(detail));
        task->errors++;
    } else if (status == GRPC_STATUS_OK) {
        compare(mix, task, reply);
    }
}

size_t mix_errors(const struct mix *mix)
{
    size_t sum = 0;

    for (size_t i = 0; i < mix->count; i++)
        sum += mix->tasks[i].errors;
    return sum;
}

size_t mix_wrong(const struct mix *mix)
{
    size_t sum = 0;

    for (size_t i = 0; i < mix->count; i++)
        sum += mix->tasks[i].wrong;
    return sum;
}
