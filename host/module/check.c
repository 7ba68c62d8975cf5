// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The module and its kinds: names, versions, functions. Tables are checked in check_options.c and check_settings.c.
#include "module/check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "module/version.h"

#define FAIL(...) (snprintf(error, size, __VA_ARGS__), false)

static bool in_class(char c, const char *classes)
{
    for (; *classes != '\0'; classes++) {
        bool lower = *classes == 'a' && c >= 'a' && c <= 'z';
        bool letter = *classes == 'A' && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
        bool digit = *classes == '0' && c >= '0' && c <= '9';
        bool itself = strchr("aA0", *classes) == NULL && c == *classes;

        if (lower || letter || digit || itself)
            return true;
    }
    return false;
}

bool module_name_valid(const char *name, const char *first, const char *rest)
{
    size_t len = 0;

    if (name == NULL || !in_class(name[0], first))
        return false;
    while (name[len] != '\0' && len <= MODULE_NAME_MAX && in_class(name[len], rest))
        len++;
    return name[len] == '\0' && len <= MODULE_NAME_MAX;
}

// Names the first function that a kind must have and lacks.
static const char *missing_function(const struct inferd_kind *kind)
{
    if (kind->create == NULL)
        return "create";
    if (kind->bind == NULL)
        return "bind";
    if (kind->run == NULL)
        return "run";
    if (kind->destroy == NULL)
        return "destroy";
    return NULL;
}

static bool check_kind(const struct inferd_kind *kind, size_t index, char *error, size_t size)
{
    const uint32_t known = INFERD_KIND_ROOT | INFERD_KIND_REQUIRED;
    const char *missing = missing_function(kind);
    char what[160];

    if (!module_name_valid(kind->name, "a", "a0_"))
        return FAIL("kind %zu: name \"%.64s\" must be lower-case letters, digits and '_', at most %d of them",
                    index + 1, kind->name != NULL ? kind->name : "", MODULE_NAME_MAX);
    if (missing != NULL)
        return FAIL("kind \"%s\" lacks the function %s(), which every kind must have", kind->name, missing);
    if (kind->flags & ~known)
        return FAIL("kind \"%s\": flags 0x%x hold bits that ABI " MODULE_ABI
                    " doesn't know; see enum inferd_kind_flags",
                    kind->name, kind->flags);
    if (kind->implicit != NULL && !module_name_valid(kind->implicit, "A", "A0_.-"))
        return FAIL("kind \"%s\": implicit component's name \"%.64s\" must begin with a letter and hold letters, "
                    "digits, '_', '.' and '-' only",
                    kind->name, kind->implicit);
    snprintf(what, sizeof what, "kind \"%s\"", kind->name);
    if (!module_check_options(&kind->options, what, error, size))
        return false;
    snprintf(what, sizeof what, "kind \"%s\", shared options", kind->name);
    return module_check_options(&kind->shared, what, error, size);
}

bool module_check(const struct inferd_module *info, char *error, size_t size)
{
    if (!module_name_valid(info->name, "a", "a0_-"))
        return FAIL("the module's name \"%.64s\" must be lower-case letters, digits, '_' and '-', at most %d of them",
                    info->name != NULL ? info->name : "", MODULE_NAME_MAX);
    if (info->version == NULL || !module_version_valid(info->version))
        return FAIL("the module's version \"%.64s\" must be dotted numbers, as \"1.2.0\"",
                    info->version != NULL ? info->version : "");
    if (!module_check_settings(&info->settings, error, size))
        return false;
    for (size_t i = 0; i < info->kind_count; i++) {
        if (!check_kind(&info->kinds[i], i, error, size))
            return false;
        for (size_t k = 0; k < i; k++)
            if (strcmp(info->kinds[k].name, info->kinds[i].name) == 0)
                return FAIL("it offers kind \"%s\" twice; rename one", info->kinds[i].name);
    }
    return true;
}
