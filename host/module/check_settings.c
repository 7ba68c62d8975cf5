// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The table of a module's settings. Values come as text from a command line, the environment or a file, so fallbacks
// are text too, not JSON.
#include "module/check.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FAIL(...) (snprintf(error, size, __VA_ARGS__), false)

static bool is_truth(const char *text)
{
    static const char *const words[] = {"true", "false", "1", "0", "yes", "no", "on", "off"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

// Reads a number; what follows it is its unit.
static bool read_number(const struct inferd_setting *setting, double *number, const char **unit)
{
    char *end;

    errno = 0;
    if (setting->type == INFERD_OPTION_INT)
        *number = (double)strtoll(setting->fallback, &end, 10);
    else
        *number = strtod(setting->fallback, &end);
    *unit = end;
    return end != setting->fallback && errno == 0 && isfinite(*number);
}

bool module_check_setting_fallback(const struct inferd_setting *setting, char *error, size_t size)
{
    const char *text = setting->fallback, *unit;
    double number;

    if (setting->type == INFERD_OPTION_STRING)
        return true;
    if (setting->type == INFERD_OPTION_BOOL)
        return is_truth(text) || FAIL("fallback \"%.64s\" must be true or false", text);
    if (!read_number(setting, &number, &unit))
        return FAIL("fallback \"%.64s\" must be a number", text);
    for (const char *at = unit; *at != '\0'; at++)
        if (setting->unit == NULL || !isalpha((unsigned char)*at))
            return FAIL("fallback \"%.64s\" must be a number%s", text, setting->unit != NULL ? " and its unit" : "");
    if (*unit == '\0' && setting->min != setting->max && !(number >= setting->min && number <= setting->max))
        return FAIL("fallback \"%.64s\" is out of its range %g to %g", text, setting->min, setting->max);
    return true;
}

static bool check_names(const struct inferd_setting *table, const struct inferd_setting *setting, char *error,
                        size_t size)
{
    const char *variables[] = {setting->environment, setting->also};

    if (!module_name_valid(setting->option, "a", "a0-"))
        return FAIL("its option's name must be lower-case letters, digits and '-', at most %d of them",
                    MODULE_NAME_MAX);
    for (size_t i = 0; i < 2; i++)
        if (variables[i] != NULL && !module_name_valid(variables[i], "A_", "A0_"))
            return FAIL("\"%.64s\" is no name of an environment variable: letters, digits and '_', at most %d of them",
                        variables[i], MODULE_NAME_MAX);
    for (const struct inferd_setting *other = table; other != setting; other++)
        if (strcmp(other->option, setting->option) == 0)
            return FAIL("it is in the table twice; drop one");
    return true;
}

static bool check_entry(const struct inferd_setting *setting, size_t room, char *error, size_t size)
{
    const uint32_t known = INFERD_OPTION_REQUIRED | INFERD_OPTION_SECRET | INFERD_OPTION_UNUSED;
    size_t field = setting->type == INFERD_OPTION_BOOL ? sizeof(bool) : 8;

    _Static_assert(sizeof(int64_t) == 8 && sizeof(double) == 8 && sizeof(char *) <= 8, "fields of a setting");
    if (setting->type < INFERD_OPTION_BOOL || setting->type > INFERD_OPTION_STRING)
        return FAIL("type %u is none of BOOL, INT, REAL and STRING", setting->type);
    if (setting->type == INFERD_OPTION_STRING)
        field = sizeof(char *);
    if (setting->flags & ~known)
        return FAIL("flags 0x%x hold bits that ABI " MODULE_ABI " doesn't know; see enum inferd_option_flags",
                    setting->flags);
    if (!(setting->flags & INFERD_OPTION_UNUSED)) {
        if (setting->offset > room || field > room - setting->offset)
            return FAIL("its field (offset %zu, %zu bytes) is not within the struct of %zu bytes; use offsetof() and "
                        "sizeof of one struct",
                        setting->offset, field, room);
        if (setting->offset % field != 0)
            return FAIL("offset %zu can't be that of a field of its type", setting->offset);
    }
    if (isnan(setting->min) || isnan(setting->max) || setting->min > setting->max)
        return FAIL("range %g to %g is none", setting->min, setting->max);
    return setting->fallback == NULL || module_check_setting_fallback(setting, error, size);
}

bool module_check_settings(const struct inferd_settings *settings, char *error, size_t size)
{
    char why[256];

    for (const struct inferd_setting *at = settings->table; at != NULL && at->option != NULL; at++)
        if (!check_names(settings->table, at, why, sizeof why) || !check_entry(at, settings->size, why, sizeof why))
            return FAIL("setting \"%.64s\": %s", at->option, why);
    return true;
}
