// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads a token.
#include "bearer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VARIABLE "INFERCTL_TOKEN"

// Whether it can stand in a header: letters that can be seen, and no blanks.
static bool is_token(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

// The first line of a file, malloc'd; NULL with errno, or 0: it has none.
static char *read_line(const char *path)
{
    FILE *file = fopen(path, "re");
    size_t capacity = 0;
    char *line = NULL;
    ssize_t len;

    if (!file)
        return NULL;
    errno = 0;
    len = getline(&line, &capacity, file);
    if (len < 0) {
        free(line);
        line = NULL;
    } else {
        line[strcspn(line, "\r\n")] = '\0';
    }
    fclose(file);
    return line;
}

bool bearer_read(const char *file, const char *command, char **token)
{
    const char *given = getenv(VARIABLE);

    *token = NULL;
    if (!file && (!given || !*given))
        return true;
    *token = file ? read_line(file) : strdup(given);
    if (*token && is_token(*token))
        return true;
    if (!*token && errno)
        fprintf(stderr, "inferctl %s: the token is to be read from %s: %s\n", command, file ? file : VARIABLE,
                strerror(errno));
    else
        fprintf(stderr,
                "inferctl %s: %s%s is no token: write the token alone there, as 'inferctl token' prints it, without "
                "quotes and blanks\n",
                command, file ? "the first line of " : "what is in ", file ? file : VARIABLE);
    bearer_free(*token);
    *token = NULL;
    return false;
}

void bearer_free(char *token)
{
    if (token)
        explicit_bzero(token, strlen(token));
    free(token);
}
