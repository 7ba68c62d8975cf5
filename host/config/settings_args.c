// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The command line, word by word. Only the host's options are known here; a module's are kept.
#include <string.h>
#include "config/nearest.h"
#include "config/settings_inner.h"

static const struct short_option {
    char letter;
    const char *option;
} short_options[] = {{'c', "config-file"}, {'t', "check"}, {'h', "help"}, {'V', "version"}};

static const char *short_name(char letter)
{
    for (size_t i = 0; i < sizeof(short_options) / sizeof(short_options[0]); i++)
        if (short_options[i].letter == letter)
            return short_options[i].option;
    return NULL;
}

char settings_letter(const char *option)
{
    for (size_t i = 0; i < sizeof(short_options) / sizeof(short_options[0]); i++)
        if (strcmp(short_options[i].option, option) == 0)
            return short_options[i].letter;
    return '\0';
}

static void give(struct settings *settings, const char *option, const char *value, struct problems *problems)
{
    struct text where;

    text_init(&where);
    text_printf(&where, "--%s", option);
    if (!settings_give(settings, option, value, text_string(&where), SETTING_OPTION))
        problems_add(problems, PROBLEM_CONFIG, option, "does not fit in memory");
    text_free(&where);
}

static void refuse_unknown(const char *word, const char *name, struct problems *problems)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (const struct inferd_setting *s = host_settings_table; s->option; s++)
        if (!(s->flags & HOST_SETTING_HIDDEN))
            nearest_try(&nearest, s->option);
    if (nearest.found)
        problems_add(problems, PROBLEM_CONFIG, word, "there is no such option; did you mean --%s?", nearest.found);
    else
        problems_add(problems, PROBLEM_CONFIG, word,
                     "there is no such option; see --help (a module's is written --x-y=VALUE)");
}

// What a module's option looks like: x-y.
static bool may_be_a_modules(const char *name)
{
    const char *dash = strchr(name, '-');

    return dash && dash != name && dash[1];
}

// One option of the host; the number of words of the command line it takes beyond the first.
static int take(struct settings *settings, const struct inferd_setting *setting, const char *value, const char *next,
                struct problems *problems)
{
    int more = 0;

    if (!value && setting->type == INFERD_OPTION_BOOL)
        value = "true";
    else if (!value && next) {
        value = next;
        more = 1;
    }
    if (value)
        give(settings, setting->option, value, problems);
    else
        problems_add(problems, PROBLEM_CONFIG, setting->option, "needs a value: --%s=VALUE", setting->option);
    return more;
}

static int read_long(struct settings *settings, const char *word, const char *next, struct problems *problems)
{
    const char *equals = strchr(word, '='), *value = equals ? equals + 1 : NULL;
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    const char *name = arena_strndup(&settings->arena, word + 2, len - 2);
    const struct inferd_setting *setting = name ? host_settings_find(name) : NULL;

    if (!name)
        problems_add(problems, PROBLEM_CONFIG, word, "does not fit in memory");
    else if (setting)
        return take(settings, setting, value, next, problems);
    else if (value && may_be_a_modules(name))
        give(settings, name, value, problems);
    else
        refuse_unknown(word, name, problems);
    return 0;
}

static int read_short(struct settings *settings, const char *word, const char *next, struct problems *problems)
{
    const char *name = short_name(word[1]), *rest = word[2] ? word + 2 : NULL;
    const struct inferd_setting *setting = name ? host_settings_find(name) : NULL;

    if (!setting || (rest && setting->type == INFERD_OPTION_BOOL)) {
        problems_add(problems, PROBLEM_CONFIG, word, "there is no such option; see --help");
        return 0;
    }
    return take(settings, setting, rest, next, problems);
}

void settings_read_args(struct settings *settings, int argc, char *const *argv, struct problems *problems)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;

        if (strncmp(word, "--", 2) == 0 && word[2])
            i += read_long(settings, word, next, problems);
        else if (word[0] == '-' && word[1] && word[1] != '-')
            i += read_short(settings, word, next, problems);
        else
            problems_add(problems, PROBLEM_CONFIG, word, "options only are expected here; see --help");
    }
}
