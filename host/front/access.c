// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The access file. Every token is compared with every line, so that the time says nothing of which lines there are.
#include "front/access.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/magic.h"
#include "base/owned.h"
#include "config/word_lines.h"

#define HASH "sha256:"
#define SUBJECT "cert:"

struct access_caller {
    const char *name;
    const char *subject; // NULL: a token it is
    uint8_t digest[DIGEST_SIZE];
    const char *models, *tenants; // with commas; NULL: none
    bool admin;
    struct access_caller *next;
};

struct access {
    struct arena arena; // all of it
    struct access_caller *first, **end;
};

static const char *copy(struct access *access, const char *text)
{
    const char *copied = arena_strndup(&access->arena, text, strlen(text));

    ALWAYS(copied);
    return copied;
}

static bool take_credential(struct access *access, struct access_caller *caller, const char *word, char *why,
                            size_t size)
{
    if (strncmp(word, SUBJECT, strlen(SUBJECT)) == 0 && word[strlen(SUBJECT)]) {
        caller->subject = copy(access, word + strlen(SUBJECT));
        return true;
    }
    if (strncmp(word, HASH, strlen(HASH)) == 0 && digest_parse(word + strlen(HASH), caller->digest))
        return true;
    // Not what it is: it may be a token.
    snprintf(why, size,
             "%s has no credential; expected sha256: and 64 hexadecimal digits ('inferctl token' makes "
             "them), or cert: and a name in a certificate",
             caller->name);
    return false;
}

static bool take_word(struct access *access, struct access_caller *caller, const char *word, char *why, size_t size)
{
    const char *models = word_value(word, "models"), *tenants = word_value(word, "tenants");

    if (models)
        caller->models = copy(access, models);
    else if (tenants)
        caller->tenants = copy(access, tenants);
    else if (strcmp(word, "admin") == 0)
        caller->admin = true;
    else
        snprintf(why, size, "%s: \"%.64s\" is not known here; expected models=LIST, tenants=LIST or admin",
                 caller->name, word);
    return models || tenants || caller->admin;
}

static bool is_taken(const struct access *access, const struct access_caller *caller)
{
    for (const struct access_caller *other = access->first; other; other = other->next)
        if (strcmp(other->name, caller->name) == 0)
            return true;
    return false;
}

static bool take_line(void *user, char *const *words, size_t count, char *why, size_t size)
{
    struct access *access = user;
    struct access_caller *caller = arena_zalloc(&access->arena, sizeof(*caller));

    ALWAYS(caller);
    caller->name = copy(access, words[0]);
    if (!take_credential(access, caller, count > 1 ? words[1] : "", why, size))
        return false;
    for (size_t i = 2; i < count; i++) {
        bool admin = caller->admin;

        caller->admin = false;
        if (!take_word(access, caller, words[i], why, size))
            return false;
        caller->admin |= admin;
    }
    if (is_taken(access, caller)) {
        snprintf(why, size, "%s is there already; names tell callers apart in the log", caller->name);
        return false;
    }
    *access->end = caller;
    access->end = &caller->next;
    return true;
}

struct access *access_new(const char *path, char *error, size_t size)
{
    struct access *access = calloc(1, sizeof(*access));

    ALWAYS(access);
    arena_init(&access->arena, 4096, 0);
    access->end = &access->first;
    if (!path || (owned_by_us(path, error, size) && word_lines_read(path, take_line, access, error, size)))
        return access;
    access_free(access);
    return NULL;
}

void access_free(struct access *access)
{
    if (!access)
        return;
    arena_free(&access->arena);
    free(access);
}

const struct access_caller *access_by_token(const struct access *access, struct inferd_bytes token)
{
    const struct access_caller *found = NULL;
    uint8_t digest[DIGEST_SIZE];

    if (!digest_of(token.data, token.len, digest))
        return NULL;
    for (const struct access_caller *caller = access->first; caller; caller = caller->next)
        if (digest_equal(caller->digest, digest) && !caller->subject)
            found = caller;
    return found;
}

const struct access_caller *access_by_subject(const struct access *access, struct inferd_bytes subject)
{
    for (const struct access_caller *caller = access->first; caller; caller = caller->next)
        if (caller->subject && strlen(caller->subject) == subject.len &&
            memcmp(caller->subject, subject.data, subject.len) == 0)
            return caller;
    return NULL;
}

bool access_token(struct inferd_bytes header, struct inferd_bytes *token)
{
    const size_t len = strlen("Bearer ");

    if (header.len <= len || strncasecmp((const char *)header.data, "Bearer ", len) != 0)
        return false;
    token->data = header.data + len;
    token->len = header.len - len;
    return true;
}

static bool fits(const char *list, struct inferd_bytes text)
{
    for (const char *entry = list, *end; entry; entry = *end ? end + 1 : NULL) {
        size_t len;

        end = strchrnul(entry, ',');
        len = (size_t)(end - entry);
        if (len > 0 && entry[len - 1] == '*' && text.len >= len - 1 &&
            (len == 1 || memcmp(entry, text.data, len - 1) == 0))
            return true;
        if (len > 0 && text.len == len && memcmp(entry, text.data, len) == 0)
            return true;
    }
    return false;
}

const char *access_name(const struct access_caller *caller)
{
    return caller->name;
}

bool access_to_model(const struct access_caller *caller, struct inferd_bytes model)
{
    return fits(caller->models, model);
}

bool access_to_tenant(const struct access_caller *caller, struct inferd_bytes tenant)
{
    return fits(caller->tenants, tenant);
}

bool access_to_admin(const struct access_caller *caller)
{
    return caller->admin;
}
