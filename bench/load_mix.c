// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tasks are read, drawn and judged.
#include "bench/load_mix.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <grpc/byte_buffer_reader.h>
#include "bench/load_rows.h"
#include "bench/support.h"

#define KEPT 20       // wrong replies of a task
#define WRONG -1      // in place of a status
#define BOUT_US 50000 // that a bout of failures takes at most, so that it can be told from what was before and after

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
        if (*more == '~') {
            task->lame = read_file(more + 1);
            task->has_lame = true;
            continue;
        }
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
        if (task->has_lame)
            grpc_slice_unref(task->lame);
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

static void tell(const struct mix *mix, struct task *task)
{
    struct bout *bout = &task->bout;

    if (bout->calls > 0 && mix->failures != NULL)
        fprintf(mix->failures, "%s %zu %.6f %.6f %d %s\n", task->name, bout->calls, (double)bout->begun_us / 1e6,
                (double)bout->ended_us / 1e6, (int)bout->status, bout->detail);
    bout->calls = 0;
}

static void add_failure(struct mix *mix, struct task *task, const struct outcome *outcome, const char *detail)
{
    struct bout *bout = &task->bout;

    if (*mix->first_error == '\0')
        snprintf(mix->first_error, sizeof(mix->first_error), "%s: %d %s", task->name, (int)outcome->status, detail);
    task->errors++;
    if (bout->status != outcome->status || outcome->ended_us > bout->ended_us + BOUT_US ||
        outcome->begun_us < bout->begun_us || strcmp(bout->detail, detail) != 0)
        tell(mix, task);
    if (bout->calls++ == 0) {
        bout->begun_us = outcome->begun_us;
        bout->status = outcome->status;
        snprintf(bout->detail, sizeof(bout->detail), "%s", detail);
    }
    bout->ended_us = outcome->ended_us;
    if (bout->ended_us > bout->begun_us + BOUT_US)
        tell(mix, task);
}

// A text that fits in a line.
static void make_line(char *line, size_t size, const uint8_t *text, size_t len)
{
    size_t n = len < size - 1 ? len : size - 1;

    memcpy(line, text, n);
    line[n] = '\0';
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
}

static bool is_partial(const struct task *task, grpc_slice got, char *error, size_t size)
{
    for (size_t i = 0; i < task->rights; i++)
        if (rows_excused(GRPC_SLICE_START_PTR(got), GRPC_SLICE_LENGTH(got), GRPC_SLICE_START_PTR(task->right[i]),
                         GRPC_SLICE_LENGTH(task->right[i]), error, size))
            return true;
    return false;
}

static void compare(struct mix *mix, struct task *task, const struct outcome *outcome)
{
    grpc_byte_buffer_reader reader;
    char error[256], line[256];
    grpc_slice got;
    size_t i = 0;

    grpc_byte_buffer_reader_init(&reader, outcome->reply);
    got = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    if (task->rights == 0)
        task->right[task->rights++] = grpc_slice_ref(got);
    while (i < task->rights && !grpc_slice_eq(got, task->right[i]))
        i++;
    if (i < task->rights) {
        task->seen[i]++;
    } else if (task->has_lame && grpc_slice_eq(got, task->lame)) {
        task->partial++;
        add_failure(mix, task, outcome, "lame: values are missing");
    } else if (is_partial(task, got, error, sizeof(error))) {
        task->partial++;
        make_line(line, sizeof(line), (const uint8_t *)error, strlen(error));
        add_failure(mix, task, outcome, line);
    } else {
        task->wrong++;
        keep(mix, task, got);
        if (mix->failures != NULL)
            fprintf(mix->failures, "%s 1 %.6f %.6f %d wrong reply\n", task->name, (double)outcome->begun_us / 1e6,
                    (double)outcome->ended_us / 1e6, WRONG);
    }
    grpc_slice_unref(got);
}

void mix_judge(struct mix *mix, struct task *task, const struct outcome *outcome)
{
    char line[256];

    task->calls++;
    if (task->cancelled && outcome->status == GRPC_STATUS_CANCELLED)
        return;
    if ((unsigned long)outcome->status != task->status ||
        (outcome->status == GRPC_STATUS_OK && outcome->reply == NULL)) {
        make_line(line, sizeof(line), GRPC_SLICE_START_PTR(outcome->detail), GRPC_SLICE_LENGTH(outcome->detail));
        add_failure(mix, task, outcome, line);
    } else if (outcome->status == GRPC_STATUS_OK) {
        compare(mix, task, outcome);
    }
}

void mix_end(struct mix *mix)
{
    for (size_t i = 0; i < mix->count; i++)
        tell(mix, &mix->tasks[i]);
    if (mix->failures != NULL && fclose(mix->failures) != 0)
        die("can't write failures: %m");
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
