// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd.conf: lines of name = value. A comment begins with # or ; at the start of a line or after a space; a value in
// double quotes is taken as it stands between them, but for backslashes before quotes and backslashes.
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/owned.h"
#include "config/settings_inner.h"

static char *trim(char *text)
{
    char *end = text + strlen(text);

    while (end > text && isspace((unsigned char)end[-1]))
        *--end = '\0';
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static bool is_comment(char c)
{
    return c == '#' || c == ';';
}

// Takes the text out of its quotes, where a backslash makes the next character plain. False: a quote isn't closed, or
// something follows it.
static bool unquote(char *value)
{
    char *to = value, *from = value + 1;

    for (; *from && *from != '"'; from++) {
        if (*from == '\\' && from[1])
            from++;
        *to++ = *from;
    }
    if (!*from++)
        return false;
    *to = '\0';
    while (isspace((unsigned char)*from))
        from++;
    return !*from || is_comment(*from);
}

// Makes the rest of a line the value it stands for. False as above.
static bool read_value(char *value)
{
    if (*value == '"')
        return unquote(value);
    for (char *c = value; *c; c++)
        if (is_comment(*c) && (c == value || isspace((unsigned char)c[-1])))
            *c = '\0';
    trim(value);
    return true;
}

static bool given_before(const struct settings *settings, const char *name, const char **where)
{
    for (size_t i = 0; i < settings->given_count; i++)
        if (settings->given[i].origin == SETTING_FILE && strcmp(settings->given[i].option, name) == 0) {
            *where = settings->given[i].where;
            return true;
        }
    return false;
}

static void read_line(struct settings *settings, const char *where, char *line, struct problems *problems)
{
    const uint32_t elsewhere = HOST_SETTING_COMMAND | HOST_SETTING_HIDDEN | HOST_SETTING_NOT_IN_FILE;
    char *name = trim(line), *equals = strchr(name, '='), *value = equals ? equals + 1 : NULL;
    const struct inferd_setting *setting;
    const char *before;

    if (!*name || is_comment(*name))
        return;
    if (*name == '[') {
        problems_add(problems, PROBLEM_CONFIG, where, "there are no sections here; leave the line out");
        return;
    }
    if (!equals || equals == name) {
        problems_add(problems, PROBLEM_CONFIG, where, "expected a line such as: port = 8085");
        return;
    }
    *equals = '\0';
    name = trim(name);
    value = trim(value);
    setting = host_settings_find(name);
    if (!read_value(value))
        problems_add(problems, PROBLEM_CONFIG, where, "the value of %s has no closing quote at its end", name);
    else if (setting && (setting->flags & elsewhere))
        problems_add(problems, PROBLEM_CONFIG, where, "%s is for the command line: --%s", name, name);
    else if (given_before(settings, name, &before))
        problems_add(problems, PROBLEM_CONFIG, where, "%s is given twice, also at %s; leave one of them out", name,
                     before);
    else if (!settings_give(settings, name, value, where, SETTING_FILE))
        problems_add(problems, PROBLEM_CONFIG, where, "does not fit in memory");
}

void settings_read_file(struct settings *settings, const char *path, bool required, struct problems *problems)
{
    FILE *file = fopen(path, "re");
    char *line = NULL, why[512];
    size_t capacity = 0;
    struct text where;

    if (!file) {
        if (required || errno != ENOENT)
            problems_add(problems, PROBLEM_CONFIG, path, "can't be read: %m");
        return;
    }
    if (!owned_by_us(path, why, sizeof(why))) {
        problems_add(problems, PROBLEM_CONFIG, path, "is not read: %s", why);
        fclose(file);
        return;
    }
    text_init(&where);
    for (unsigned n = 1; getline(&line, &capacity, file) >= 0; n++) {
        text_clear(&where);
        text_printf(&where, "%s:%u", path, n);
        read_line(settings, text_string(&where), line, problems);
    }
    if (ferror(file))
        problems_add(problems, PROBLEM_CONFIG, path, "can't be read: %m");
    text_free(&where);
    free(line);
    fclose(file);
}
