// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads one setting's text: switches, numbers with units, plain text.
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "config/settings_inner.h"

#define SECRET_FILE "file:"

// Suffixes a number may have; 'kind' groups those that measure the same.
static const struct suffix {
    const char *text, *kind;
    double factor;
} suffixes[] = {
    {"us", "time", 1},           {"ms", "time", 1e3},       {"s", "time", 1e6},    {"m", "time", 60e6},
    {"h", "time", 3600e6},       {"bytes", "size", 1},      {"B", "size", 1},      {"K", "size", 1024},
    {"M", "size", 1048576},      {"G", "size", 1073741824}, {"KiB", "size", 1024}, {"MiB", "size", 1048576},
    {"GiB", "size", 1073741824}, {"kB", "size", 1e3},       {"KB", "size", 1e3},   {"MB", "size", 1e6},
    {"GB", "size", 1e9},         {"%", "share", 1},
};

static const struct suffix *find_suffix(const char *text)
{
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (strcmp(suffixes[i].text, text) == 0)
            return &suffixes[i];
    return NULL;
}

static const char *example_of(const char *unit)
{
    const struct suffix *s = unit ? find_suffix(unit) : NULL;

    if (!s)
        return "";
    return strcmp(s->kind, "time") == 0 ? " (or 200ms, 5s, 1m)" : strcmp(s->kind, "size") == 0 ? " (or 512MiB)" : "";
}

static void expect(const struct inferd_setting *setting, const char *text, struct text *why)
{
    const char *what = setting->type == INFERD_OPTION_INT ? "an integer" : "a number";
    bool bounded = setting->min != setting->max;

    text_printf(why, "is \"%s\"; expected %s", setting->flags & INFERD_OPTION_SECRET ? "…" : text, what);
    if (bounded && isinf(setting->max))
        text_printf(why, " of at least %.15g", setting->min);
    else if (bounded)
        text_printf(why, " from %.15g to %.15g", setting->min, setting->max);
    text_printf(why, "%s%s%s", setting->unit ? " " : "", setting->unit ? setting->unit : "", example_of(setting->unit));
}

// The factor from the text's suffix to the setting's unit; 0: it has no such unit.
static double factor_of(const char *text, const char *unit)
{
    const struct suffix *to = unit ? find_suffix(unit) : NULL, *from;

    while (*text == ' ')
        text++;
    if (!*text)
        return 1;
    from = find_suffix(text);
    return from && to && strcmp(from->kind, to->kind) == 0 ? from->factor / to->factor : 0;
}

static bool is_in_range(const struct inferd_setting *setting, double number)
{
    return setting->min == setting->max || (number >= setting->min && number <= setting->max);
}

// What is refused isn't stored: others reckon with what is there.
static bool read_number(const struct inferd_setting *setting, const char *text, double *field)
{
    double number, factor;
    char *end;

    if (!isdigit((unsigned char)*text) && *text != '-' && *text != '+' && *text != '.')
        return false;
    number = strtod(text, &end);
    factor = factor_of(end, setting->unit);
    if (end == text || factor == 0 || !isfinite(number) || !is_in_range(setting, number * factor))
        return false;
    *field = number * factor;
    return true;
}

static bool read_int(const struct inferd_setting *setting, const char *text, int64_t *field)
{
    const double edge = 9007199254740992.0; // beyond, a double no longer tells integers apart
    long long whole;
    double number;
    char *end;

    errno = 0;
    whole = strtoll(text, &end, 10);
    if (end != text && !*end && errno == 0) {
        if (is_in_range(setting, (double)whole))
            *field = whole;
        return is_in_range(setting, (double)whole);
    }
    if (!read_number(setting, text, &number) || fabs(number) > edge || floor(number) != number)
        return false;
    *field = (int64_t)number;
    return true;
}

static bool read_bool(const char *text, bool *field)
{
    static const char *const yes[] = {"true", "t", "1", "yes", "on"}, *const no[] = {"false", "f", "0", "no", "off"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        *field = strcasecmp(text, yes[i]) == 0;
        if (*field || strcasecmp(text, no[i]) == 0)
            return true;
    }
    return false;
}

const char *setting_secret_file(const struct inferd_setting *setting, const char *text)
{
    const size_t len = strlen(SECRET_FILE);

    return setting->flags & INFERD_OPTION_SECRET && text && strncmp(text, SECRET_FILE, len) == 0 ? text + len : NULL;
}

// The first line of a secret's file, on the arena. NULL with what is wrong in why.
static const char *read_secret(const char *path, struct arena *arena, struct text *why)
{
    FILE *file = fopen(path, "re");
    const char *secret = NULL;
    size_t capacity = 0;
    char *line = NULL;
    ssize_t len = file ? getline(&line, &capacity, file) : -1;

    if (len > 0)
        line[strcspn(line, "\r\n")] = '\0';
    if (len > 0 && *line)
        secret = arena_strndup(arena, line, strlen(line));
    else if (!file || ferror(file))
        text_printf(why, "is to be read from %s, which can't be: %m", path);
    else
        text_printf(why, "is to be the first line of %s, which is empty", path);
    if (line)
        explicit_bzero(line, capacity);
    free(line);
    if (file)
        fclose(file);
    return secret;
}

bool setting_parse(const struct inferd_setting *setting, const char *text, struct arena *arena, void *field,
                   struct text *why)
{
    switch (setting->type) {
    case INFERD_OPTION_BOOL:
        if (read_bool(text, field))
            return true;
        text_printf(why, "is \"%s\"; expected true or false", text);
        return false;
    case INFERD_OPTION_INT:
        if (read_int(setting, text, field))
            return true;
        expect(setting, text, why);
        return false;
    case INFERD_OPTION_REAL:
        if (read_number(setting, text, field))
            return true;
        expect(setting, text, why);
        return false;
    case INFERD_OPTION_STRING:
        if (setting_secret_file(setting, text)) {
            text = read_secret(setting_secret_file(setting, text), arena, why);
            if (!text)
                return false;
        }
        *(const char **)field = arena_strndup(arena, text, strlen(text));
        if (*(const char **)field)
            return true;
        text_add(why, "does not fit in memory");
        return false;
    default:
        text_printf(why, "has a type (%u) that a setting can't have", setting->type);
        return false;
    }
}
