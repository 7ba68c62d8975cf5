// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Certificates by backend.
#include "run/backend_tls.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/magic.h"
#include "base/owned.h"
#include "config/word_lines.h"
#include "rpc/call.h"

struct line {
    const char *pattern;
    const char *ca, *cert, *key; // NULL: not given
    struct line *next;
};

struct backend_tls {
    struct arena arena; // all of it
    struct line *first, **end;
};

static const char *copy(struct backend_tls *tls, const char *text)
{
    const char *copied = arena_strndup(&tls->arena, text, strlen(text));

    ALWAYS(copied);
    return copied;
}

static bool take_word(struct backend_tls *tls, struct line *line, const char *word, char *why, size_t size)
{
    static const char *const names[] = {"ca", "cert", "key"};
    const char **places[] = {&line->ca, &line->cert, &line->key};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *path = word_value(word, names[i]);

        if (!path)
            continue;
        if (access(path, R_OK) != 0) {
            snprintf(why, size, "can't read the file of %s: %m", word);
            return false;
        }
        if (places[i] != &line->cert && !owned_by_us(path, why, size)) // as the access file
            return false;
        *places[i] = copy(tls, path);
        return true;
    }
    snprintf(why, size, "\"%s\" is not known here; expected ca=FILE, cert=FILE and key=FILE", word);
    return false;
}

static bool take_line(void *user, char *const *words, size_t count, char *why, size_t size)
{
    struct backend_tls *tls = user;
    struct line *line = arena_zalloc(&tls->arena, sizeof(*line));

    ALWAYS(line);
    line->pattern = copy(tls, words[0]);
    if (count < 2) {
        snprintf(why, size, "backend %s gets no file; write ca=FILE, or cert=FILE and key=FILE, after it", words[0]);
        return false;
    }
    for (size_t i = 1; i < count; i++)
        if (!take_word(tls, line, words[i], why, size))
            return false;
    if (!line->cert != !line->key) {
        snprintf(why, size, "a certificate goes with its private key: give both cert=FILE and key=FILE");
        return false;
    }
    *tls->end = line;
    tls->end = &line->next;
    return true;
}

struct backend_tls *backend_tls_new(const char *path, char *error, size_t size)
{
    struct backend_tls *tls = calloc(1, sizeof(*tls));

    ALWAYS(tls);
    arena_init(&tls->arena, 4096, 0);
    tls->end = &tls->first;
    if (owned_by_us(path, error, size) && word_lines_read(path, take_line, tls, error, size))
        return tls;
    backend_tls_free(tls);
    return NULL;
}

void backend_tls_free(struct backend_tls *tls)
{
    if (!tls)
        return;
    arena_free(&tls->arena);
    free(tls);
}

void backend_tls_apply(const struct backend_tls *tls, struct rpc_method_options *options)
{
    if (!tls || !options->tls || options->ca_file || options->cert_file)
        return;
    for (const struct line *line = tls->first; line; line = line->next) {
        if (fnmatch(line->pattern, options->address, 0) != 0)
            continue;
        options->ca_file = line->ca;
        options->cert_file = line->cert;
        options->key_file = line->key;
        return;
    }
}
