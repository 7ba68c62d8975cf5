// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading files of lines of words.
#include "config/word_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define BLANKS " \t\r\n"

static bool read_line(char *line, word_line_fn *fn, void *user, char *why, size_t size)
{
    char *words[WORD_LINES_MAX], *rest = NULL;
    size_t count = 0;

    for (char *word = strtok_r(line, BLANKS, &rest); word && *word != '#'; word = strtok_r(NULL, BLANKS, &rest)) {
        if (count == WORD_LINES_MAX) {
            snprintf(why, size, "it has more than %d words", WORD_LINES_MAX);
            return false;
        }
        words[count++] = word;
    }
    return count == 0 || fn(user, words, count, why, size);
}

bool word_lines_read(const char *path, word_line_fn *line, void *user, char *error, size_t size)
{
    FILE *file = fopen(path, "re");
    char *text = NULL, why[320];
    size_t capacity = 0, number = 0;
    bool fine = true;

    if (!file) {
        snprintf(error, size, "can't read %s: %s", path, strerror(errno));
        return false;
    }
    while (fine && getline(&text, &capacity, file) >= 0) {
        number++;
        fine = read_line(text, line, user, why, sizeof(why));
        if (!fine)
            snprintf(error, size, "%s:%zu: %s", path, number, why);
    }
    if (fine && ferror(file)) {
        snprintf(error, size, "can't read %s: %s", path, strerror(errno));
        fine = false;
    }
    if (text)
        explicit_bzero(text, capacity);
    free(text);
    fclose(file);
    return fine;
}

const char *word_value(const char *word, const char *name)
{
    size_t len = strlen(name);

    return strncmp(word, name, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}
