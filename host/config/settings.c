// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Settings: which value wins, and structs filled with those that do. The command line is settings_args.c's, inferd.conf
// settings_file.c's, single values setting_value.c's, what the host's own mean host_settings.c's.
#include "config/settings.h"

#include <stdlib.h>
#include <string.h>
#include "base/magic.h"
#include "config/settings_inner.h"

bool settings_give(struct settings *settings, const char *option, const char *value, const char *where,
                   enum setting_origin origin)
{
    struct setting_given *list = realloc(settings->given, (settings->given_count + 1) * sizeof(*list));
    struct setting_given given = {.origin = origin};

    if (list)
        settings->given = list;
    given.option = arena_strndup(&settings->arena, option, strlen(option));
    given.value = arena_strndup(&settings->arena, value, strlen(value));
    given.where = arena_strndup(&settings->arena, where, strlen(where));
    if (!list || !given.option || !given.value || !given.where)
        return false;
    list[settings->given_count++] = given;
    return true;
}

struct setting_known *settings_known(struct settings *settings, const char *owner, const char *option)
{
    for (size_t i = 0; i < settings->known_count; i++) {
        struct setting_known *k = &settings->known[i];

        if (strcmp(k->owner ? k->owner : "", owner ? owner : "") == 0 && strcmp(k->setting->option, option) == 0)
            return k;
    }
    return NULL;
}

// The last value given in that way; all of them are claimed.
static bool take_given(struct settings *settings, struct setting_known *known, enum setting_origin origin)
{
    bool found = false;

    for (size_t i = 0; i < settings->given_count; i++) {
        struct setting_given *g = &settings->given[i];

        if (g->origin != origin || strcmp(g->option, known->setting->option) != 0)
            continue;
        g->claimed = true;
        found = true;
        known->text = g->value;
        known->where = g->where;
        known->origin = origin;
    }
    return found;
}

// The value of a variable; what is set but empty counts as not set.
static const char *variable(const char *name)
{
    const char *value = name ? getenv(name) : NULL;

    return value && *value ? value : NULL;
}

// A second name may be that of a setting of the host, which then stands in for the first one where that isn't set; they
// are two settings, and may differ.
static bool is_a_hosts_own(const char *name)
{
    for (const struct inferd_setting *s = host_settings_table; s->option; s++)
        if (s->environment && strcmp(s->environment, name) == 0)
            return true;
    return false;
}

static void take_environment(struct settings *settings, struct setting_known *known, struct problems *problems)
{
    const struct inferd_setting *s = known->setting;
    const char *first = variable(s->environment), *second = variable(s->also);

    if (!first && !second)
        return;
    known->text = first ? first : second;
    known->text = arena_strndup(&settings->arena, known->text, strlen(known->text));
    known->where = first ? s->environment : s->also;
    known->origin = SETTING_ENVIRONMENT;
    if (first && second && strcmp(first, second) != 0 && !is_a_hosts_own(s->also))
        problems_add(problems, PROBLEM_WARNING, s->also, "differs from %s, which is used; leave one of them out",
                     s->environment);
}

void settings_resolve(struct settings *settings, struct setting_known *known, struct problems *problems)
{
    known->text = known->setting->fallback;
    known->where = known->setting->option;
    known->origin = SETTING_DEFAULT;
    take_given(settings, known, SETTING_FILE);
    take_environment(settings, known, problems);
    take_given(settings, known, SETTING_OPTION);
    if (known->setting->flags & INFERD_OPTION_SECRET && known->origin == SETTING_OPTION &&
        !setting_secret_file(known->setting, known->text))
        problems_add(
            problems, PROBLEM_WARNING, known->where,
            "is a secret that everybody on this machine can see in the list of processes; give file:/path of a "
            "file that has it, or its variable in the environment");
    if ((known->setting->flags & INFERD_OPTION_UNUSED) && known->origin != SETTING_DEFAULT)
        problems_add(problems, PROBLEM_WARNING, known->where, "has no effect: %s", known->setting->help);
}

// A setting's place among those known; a module's second version takes the first's.
static struct setting_known *add_known(struct settings *settings, const char *owner, const struct inferd_setting *s)
{
    struct setting_known *known = settings_known(settings, owner, s->option);

    if (!known) {
        struct setting_known *list = realloc(settings->known, (settings->known_count + 1) * sizeof(*list));

        if (!list)
            return NULL;
        settings->known = list;
        known = &list[settings->known_count++];
        known->owner = owner;
    }
    known->setting = s;
    return known;
}

static void fill_one(struct settings *settings, struct setting_known *known, char *base, struct problems *problems)
{
    const struct inferd_setting *s = known->setting;
    void *field = base + s->offset;
    struct text why;

    text_init(&why);
    settings_resolve(settings, known, problems);
    if (s->type == INFERD_OPTION_STRING)
        *(const char **)field = "";
    if (known->text && !setting_parse(s, known->text, &settings->arena, field, &why)) {
        problems_add(problems, PROBLEM_CONFIG, known->where, "%s%s", text_string(&why),
                     known->origin == SETTING_DEFAULT ? " (the default itself is wrong)" : "");
        text_clear(&why);
        if (s->fallback)
            setting_parse(s, s->fallback, &settings->arena, field, &why);
    } else if (known->origin == SETTING_DEFAULT && (s->flags & INFERD_OPTION_REQUIRED))
        problems_add(problems, PROBLEM_CONFIG, s->option, "is missing: --%s=VALUE%s%s; %s", s->option,
                     s->environment ? " or " : "", s->environment ? s->environment : "", s->help ? s->help : "");
    text_free(&why);
}

// The filled struct, NULL where there is no memory; wrong values are problems, and have their defaults.
static void *fill_all(struct settings *settings, const char *owner, const struct inferd_settings *table,
                      struct problems *problems)
{
    char *base = arena_zalloc(&settings->arena, table->size);

    for (const struct inferd_setting *s = table->table; base && s && s->option; s++) {
        struct setting_known *known = add_known(settings, owner, s);

        if (known)
            fill_one(settings, known, base, problems);
        else
            base = NULL;
    }
    if (!base)
        problems_add(problems, PROBLEM_CONFIG, "settings", "do not fit in memory");
    return base;
}

// Another version of the module has maybe said it before.
static void keep_warning(struct problems *warnings, const struct problem *warning)
{
    for (size_t i = 0; i < warnings->count; i++)
        if (strcmp(warnings->list[i].path, warning->path) == 0 &&
            strcmp(warnings->list[i].message, warning->message) == 0)
            return;
    problems_add(warnings, PROBLEM_WARNING, warning->path, "%s", warning->message);
}

const void *settings_fill(struct settings *settings, const char *owner, const struct inferd_settings *table,
                          struct problems *problems)
{
    size_t errors = problems->errors, before = problems->count;
    const void *filled = NULL;

    CHECK_MAGIC(settings, SETTINGS_MAGIC);
    owner = arena_strndup(&settings->arena, owner, strlen(owner));
    if (owner)
        filled = fill_all(settings, owner, table, problems);
    for (size_t i = before; i < problems->count; i++)
        if (problems->list[i].kind == PROBLEM_WARNING)
            keep_warning(&settings->warnings, &problems->list[i]);
    return problems->errors == errors ? filled : NULL;
}

static void read_file(struct settings *settings, struct problems *problems)
{
    struct setting_known known = {.setting = host_settings_find("config-file")};

    settings_resolve(settings, &known, problems);
    if (known.text && *known.text)
        settings_read_file(settings, known.text, known.origin != SETTING_DEFAULT, problems);
}

struct settings *settings_read(int argc, char *const *argv, struct problems *problems)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    const struct inferd_settings all = {host_settings_table, sizeof(struct host_settings)};

    if (!settings)
        return NULL;
    settings->magic = SETTINGS_MAGIC;
    arena_init(&settings->arena, 4096, 0);
    problems_init(&settings->warnings);
    settings_read_args(settings, argc, argv, problems);
    read_file(settings, problems);
    settings->host = fill_all(settings, NULL, &all, problems);
    if (!settings->host) {
        settings_free(settings);
        return NULL;
    }
    host_settings_finish(settings, problems);
    return settings;
}

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    CHECK_MAGIC(settings, SETTINGS_MAGIC);
    settings->magic = 0;
    problems_free(&settings->warnings);
    arena_free(&settings->arena);
    free(settings->given);
    free(settings->known);
    free(settings);
}

const struct host_settings *settings_host(const struct settings *settings)
{
    CHECK_MAGIC(settings, SETTINGS_MAGIC);
    return settings->host;
}
