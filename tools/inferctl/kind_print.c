// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A kind's description as text: one paragraph an option, nested ones indented.
#include "kind_text.h"

#include <math.h>
#include <stdio.h>

#include "plan/tables.h"

#define INDENT 2
#define COLUMN 24 // where types begin

static void print_range(double min, double max, const char *unit)
{
    if (min != max && isinf(max))
        printf(", at least %.15g", min);
    else if (min != max)
        printf(", %.15g to %.15g", min, max);
    if (unit != NULL)
        printf(", in %s", unit);
}

static void print_flags(uint32_t flags)
{
    if (flags & INFERD_OPTION_REQUIRED)
        fputs(", required", stdout);
    if (flags & INFERD_OPTION_SECRET)
        fputs(", secret", stdout);
    if (flags & INFERD_OPTION_UNUSED)
        fputs(", accepted without effect", stdout);
}

static void print_help(const char *help, int indent)
{
    if (help != NULL && *help != '\0')
        printf("%*s%s\n", indent + 2 * INDENT, "", help);
}

static void print_options(const struct inferd_option *table, int indent)
{
    for (const struct inferd_option *option = table; option != NULL && option->name != NULL; option++) {
        int len = printf("%*s%s", indent, "", option->name);

        if (option->alias != NULL)
            len += printf(" (or %s)", option->alias);
        printf("%*s%s", len < COLUMN ? COLUMN - len : 1, "", kind_type_text(option->type));
        print_range(option->min, option->max, option->unit);
        if (option->fallback != NULL)
            printf(", default %s", option->fallback);
        print_flags(option->flags);
        if (option->shape != NULL)
            printf(", of the shape \"%s\"", option->shape);
        fputs("\n", stdout);
        print_help(option->help, indent);
        print_options(option->nested, indent + 2 * INDENT);
    }
}

static void print_settings(const struct inferd_setting *table)
{
    for (const struct inferd_setting *setting = table; setting != NULL && setting->option != NULL; setting++) {
        int len = printf("%*s--%s", INDENT, "", setting->option);

        printf("%*s%s", len < COLUMN ? COLUMN - len : 1, "", kind_type_text(setting->type));
        print_range(setting->min, setting->max, setting->unit);
        if (setting->fallback != NULL)
            printf(", default %s", setting->fallback);
        print_flags(setting->flags);
        fputs("\n", stdout);
        print_help(setting->help, INDENT);
        if (setting->environment != NULL)
            printf("%*sin the environment %s%s%s\n", 3 * INDENT, "", setting->environment,
                   setting->also != NULL ? " or " : "", setting->also != NULL ? setting->also : "");
    }
}

void kind_print(const struct module_kind *found)
{
    const struct inferd_kind *kind = found->kind;
    const struct inferd_module *module = &found->module->info;

    printf("%s: %s\n", kind->name, kind->description != NULL ? kind->description : "(its module doesn't say)");
    printf("of module %s %s, %s\n", module->name, module->version, found->module->path);
    if (kind->flags & INFERD_KIND_ROOT)
        puts("A root: it shapes the matrix and runs first; each model has one.");
    if (kind->flags & INFERD_KIND_REQUIRED)
        puts("Where it fails, the run fails, unless the component says \"required\": false.");
    if (kind->implicit != NULL)
        printf("Every model has one component of it without configuring it, called %s.\n", kind->implicit);
    if (kind->options.table != NULL) {
        printf("\nOptions of a component, an object in \"%s_components\", or by name in \"%s_component_config\":\n",
               kind->name, kind->name);
        print_options(kind->options.table, INDENT);
    }
    if (kind->shared.table != NULL) {
        puts("\nOptions of all components of the kind, in \"component_config\" itself:");
        print_options(kind->shared.table, INDENT);
    }
    if (!(kind->flags & INFERD_KIND_ROOT)) {
        puts("\nPolicies, which a component of any kind takes beside its options:");
        print_options(plan_component_table, INDENT);
    }
    if (module->settings.table != NULL) {
        puts("\nSettings of the module, given when inferd starts:");
        print_settings(module->settings.table);
    }
}
