// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Keeps settings as the words that a command line of the daemon's would have.
#include "given.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SETTING = 1000, ETCD_PASSWORD = FIRST_SETTING + 4 };

static const struct {
    const char *name;
    int letter; // of its short option, or its number
} table[GIVEN_OPTIONS] = {
    {"config-file", 'c'},
    {"config-dir", FIRST_SETTING},
    {"etcd-endpoints", FIRST_SETTING + 1},
    {"etcd-prefix", FIRST_SETTING + 2},
    {"etcd-username", FIRST_SETTING + 3},
    {"etcd-password", ETCD_PASSWORD},
    {"etcd-ca-file", FIRST_SETTING + 5},
    {"etcd-cert-file", FIRST_SETTING + 6},
    {"etcd-key-file", FIRST_SETTING + 7},
    {"name", FIRST_SETTING + 8},
    {"compat", FIRST_SETTING + 9},
    {"module-path", 'p'},
};

void given_options(struct option *options)
{
    for (size_t i = 0; i < GIVEN_OPTIONS; i++)
        options[i] = (struct option){table[i].name, required_argument, NULL, table[i].letter};
}

static char **find(const struct given *given, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < given->count; i++)
        if (strncmp(given->words[i] + 2, name, len) == 0 && given->words[i][2 + len] == '=')
            return (char **)&given->words[i];
    return NULL;
}

bool given_set(struct given *given, const char *name, const char *value)
{
    char **there = find(given, name), *word;

    if ((!there && given->count == GIVEN_WORDS) || asprintf(&word, "--%s=%s", name, value) < 0)
        return false;
    if (there)
        free(*there);
    else
        there = &given->words[given->count++];
    *there = word;
    return true;
}

// A secret is handed on by the environment: a process's words can be seen by everybody on the machine.
static bool take_password(const char *value)
{
    if (strncmp(value, "file:", 5) != 0)
        fputs("inferctl: warning: --etcd-password is a secret that everybody on this machine can see in the list of "
              "processes; give file:/path of a file that has it, or ETCD_PASSWORD in the environment\n",
              stderr);
    return setenv("ETCD_PASSWORD", value, true) == 0;
}

bool given_take(struct given *given, int letter, const char *value)
{
    for (size_t i = 0; i < GIVEN_OPTIONS; i++)
        if (table[i].letter == letter)
            return letter == ETCD_PASSWORD ? take_password(value) : given_set(given, table[i].name, value);
    return false;
}

bool given_add(struct given *given, const char *name, const char *value)
{
    return find(given, name) || given_set(given, name, value);
}

bool given_has(const struct given *given, const char *name)
{
    return find(given, name);
}

void given_copy(struct given *given, const struct given *from)
{
    *given = (struct given){.count = 0};
    for (size_t i = 0; i < from->count; i++) {
        given->words[given->count] = strdup(from->words[i]);
        given->count += given->words[given->count] != NULL;
    }
}

void given_free(struct given *given)
{
    for (size_t i = 0; i < given->count; i++)
        free(given->words[i]);
    *given = (struct given){.count = 0};
}

struct settings *given_settings(const struct given *given, const char *command)
{
    char *argv[GIVEN_WORDS + 2] = {(char *)command};
    struct problems problems;
    struct settings *settings;

    memcpy(argv + 1, given->words, given->count * sizeof(*argv));
    problems_init(&problems);
    settings = settings_read((int)given->count + 1, argv, &problems);
    for (size_t i = 0; i < problems.count; i++)
        if (problems.list[i].kind != PROBLEM_WARNING)
            fprintf(stderr, "inferctl %s: %s: %s\n", command, problems.list[i].path, problems.list[i].message);
    if (!settings)
        fprintf(stderr, "inferctl %s: no memory\n", command);
    if (settings && problems.errors) {
        settings_free(settings);
        settings = NULL;
    }
    problems_free(&problems);
    return settings;
}
