// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Settings as texts for people: --help, --show-config, and the tables of docs/settings.md.
#include <ctype.h>
#include <string.h>
#include "base/magic.h"
#include "config/settings_inner.h"

// Whether --show-config has it: what nobody gave and has no value would say nothing.
static bool is_shown(const struct setting_known *k)
{
    uint32_t flags = k->setting->flags;

    if (flags & (HOST_SETTING_COMMAND | HOST_SETTING_HIDDEN))
        return false;
    return k->origin != SETTING_DEFAULT || (k->text && !(flags & INFERD_OPTION_UNUSED));
}

// What stands for the value in --option=VALUE: the option's last word, or N.
static void add_placeholder(struct text *out, const struct inferd_setting *s)
{
    const char *dash = strrchr(s->option, '-'), *word = dash ? dash + 1 : s->option;

    if (s->type == INFERD_OPTION_BOOL)
        text_add(out, s->flags & HOST_SETTING_COMMAND ? "" : "[=true|false]");
    else if (s->type != INFERD_OPTION_STRING && !s->unit && strcmp(word, "port") != 0)
        text_add(out, "=N");
    else {
        text_add(out, "=");
        for (; *word; word++)
            text_printf(out, "%c", toupper((unsigned char)*word));
    }
}

// Words of a text from the column on, within 80 columns.
static void add_wrapped(struct text *out, const char *words, size_t column, size_t *at)
{
    while (*words) {
        size_t len = strcspn(words, " ");

        if (*at > column && *at + 1 + len > 79) {
            text_printf(out, "\n%*s", (int)column, "");
            *at = column;
        } else if (*at > column) {
            text_add(out, " ");
            (*at)++;
        }
        text_append(out, words, len);
        *at += len;
        words += len;
        words += strspn(words, " ");
    }
}

static void add_help(struct text *out, const struct inferd_setting *s)
{
    enum { COLUMN = 30 };
    char letter[] = {'-', settings_letter(s->option), ',', '\0'};
    struct text line;
    size_t at;

    text_init(&line);
    text_printf(&line, "  %s --%s", letter[1] ? letter : "   ", s->option);
    add_placeholder(&line, s);
    text_printf(out, "%-*s", COLUMN, text_string(&line));
    if (line.len >= COLUMN)
        text_printf(out, "\n%*s", COLUMN, "");
    text_clear(&line);
    text_add(&line, s->help ? s->help : "");
    if (s->environment || s->fallback) {
        text_add(&line, " [");
        text_printf(&line, "%s%s%s", s->environment ? s->environment : "", s->also ? " or " : "",
                    s->also ? s->also : "");
        if (s->fallback && *s->fallback)
            text_printf(&line, "%s%s", s->environment ? "; default " : "default ", s->fallback);
        text_add(&line, "]");
    }
    at = COLUMN;
    add_wrapped(out, text_string(&line), COLUMN, &at);
    text_add(out, "\n");
    text_free(&line);
}

void settings_help(const struct settings *settings, struct text *out)
{
    const char *owner = NULL;

    CHECK_MAGIC(settings, SETTINGS_MAGIC);
    for (size_t i = 0; i < settings->known_count; i++) {
        const struct setting_known *k = &settings->known[i];
        const char *title = k->owner ? NULL : host_settings_section(k->setting);

        if (k->setting->flags & HOST_SETTING_HIDDEN)
            continue;
        if (title)
            text_printf(out, "%s%s:\n", i ? "\n" : "", title);
        if (k->owner && (!owner || strcmp(owner, k->owner) != 0))
            text_printf(out, "\nModule %s:\n", k->owner);
        owner = k->owner;
        add_help(out, k->setting);
    }
}

// A value as inferd.conf has it.
static void add_value(struct text *out, const char *value)
{
    bool bare = *value && *value != '"' && !isspace((unsigned char)*value) && !strpbrk(value, "#;") &&
                !isspace((unsigned char)value[strlen(value) - 1]);

    if (bare) {
        text_add(out, value);
        return;
    }
    text_add(out, "\"");
    for (; *value; value++)
        text_printf(out, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
    text_add(out, "\"");
}

static void show_one(struct text *out, const struct setting_known *k)
{
    const struct inferd_setting *s = k->setting;
    bool masked = (s->flags & INFERD_OPTION_SECRET) && *k->text && !setting_secret_file(s, k->text);
    struct text line;

    text_init(&line);
    text_printf(&line, "%s%s = ", masked || (s->flags & HOST_SETTING_NOT_IN_FILE) ? "# " : "", s->option);
    if (masked)
        text_add(&line, "********");
    else
        add_value(&line, k->text);
    text_printf(out, "%-47s # %s\n", text_string(&line), k->origin == SETTING_DEFAULT ? "default" : k->where);
    text_free(&line);
}

void settings_show(const struct settings *settings, struct text *out)
{
    const char *title = NULL, *owner = NULL;

    CHECK_MAGIC(settings, SETTINGS_MAGIC);
    for (size_t i = 0; i < settings->known_count; i++) {
        const struct setting_known *k = &settings->known[i];
        const char *section = k->owner ? NULL : host_settings_section(k->setting);

        title = section ? section : title;
        if (!is_shown(k))
            continue;
        if (title && !k->owner) {
            text_printf(out, "%s# %s\n", out->len ? "\n" : "", title);
            title = NULL;
        }
        if (k->owner && (!owner || strcmp(owner, k->owner) != 0))
            text_printf(out, "\n# Module %s\n", k->owner);
        owner = k->owner;
        show_one(out, k);
    }
}

// A default as the documentation has it: places that configure decides by their names.
static void add_default(struct text *out, const struct inferd_setting *s)
{
    static const struct {
        const char *path, *name;
    } places[] = {
        {INFERD_SYSCONFDIR, "$sysconfdir"}, {INFERD_PKGLIBDIR, "$pkglibdir"}, {INFERD_LOCALSTATEDIR, "$localstatedir"}};

    if (!s->fallback || !*s->fallback)
        return;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        size_t len = strlen(places[i].path);

        if (strncmp(s->fallback, places[i].path, len) == 0) {
            text_printf(out, "`%s%s`", places[i].name, s->fallback + len);
            return;
        }
    }
    text_printf(out, "`%s`", s->fallback);
    if (s->unit && isdigit((unsigned char)s->fallback[strlen(s->fallback) - 1]))
        text_printf(out, " %s", s->unit);
}

// Text in a cell: a bar would end it.
static void add_cell(struct text *out, const char *text)
{
    for (; *text; text++)
        text_printf(out, *text == '|' || *text == '<' ? "\\%c" : "%c", *text);
}

void settings_markdown(const struct inferd_settings *table, struct text *out)
{
    static const char head[] = "| option | environment | default | meaning |\n|---|---|---|---|\n";
    const struct inferd_setting *first = table ? table->table : host_settings_table;

    if (table)
        text_add(out, head);
    for (const struct inferd_setting *s = first; s->option; s++) {
        const char *title = table ? NULL : host_settings_section(s);

        if (s->flags & HOST_SETTING_HIDDEN)
            continue;
        if (title)
            text_printf(out, "\n### %s\n\n%s", title, head);
        text_printf(out, "| `--%s` | %s%s%s", s->option, s->environment ? "`" : "",
                    s->environment ? s->environment : "", s->environment ? "`" : "");
        if (s->also)
            text_printf(out, ", `%s`", s->also);
        text_add(out, " | ");
        add_default(out, s);
        text_add(out, " | ");
        add_cell(out, s->help ? s->help : "");
        text_add(out, " |\n");
    }
}
