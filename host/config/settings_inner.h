// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Inside of the settings, shared by their files only.
#ifndef CONFIG_SETTINGS_INNER_H
#define CONFIG_SETTINGS_INNER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "config/settings.h"

#define SETTINGS_MAGIC UINT32_C(0x53455454)

// Flags of the host's table beyond enum inferd_option_flags.
#define HOST_SETTING_COMMAND (UINT32_C(1) << 16)     // on the command line only
#define HOST_SETTING_HIDDEN (UINT32_C(1) << 17)      // likewise, and said to nobody
#define HOST_SETTING_NOT_IN_FILE (UINT32_C(1) << 18) // not in inferd.conf

// Where a value comes from, the strongest last.
enum setting_origin { SETTING_DEFAULT, SETTING_FILE, SETTING_ENVIRONMENT, SETTING_OPTION };

// A value of the command line or of inferd.conf.
struct setting_given {
    const char *option;
    const char *value;
    const char *where; // "--port", "/etc/inferd/inferd.conf:7"
    enum setting_origin origin;
    bool claimed;
};

// A setting of a table that was filled, and what it came to.
struct setting_known {
    const char *owner; // module, or NULL: the host
    const struct inferd_setting *setting;
    const char *text; // NULL: no default either
    const char *where;
    enum setting_origin origin;
};

struct settings {
    uint32_t magic;
    struct arena arena;
    struct host_settings *host;
    struct setting_given *given;
    size_t given_count;
    struct setting_known *known;
    size_t known_count;
    struct problems warnings; // of modules' settings, until settings_unclaimed() tells them
};

extern const struct inferd_setting host_settings_table[];
// The host's setting of that name, NULL if none.
const struct inferd_setting *host_settings_find(const char *option);
// The title of the section that begins with that entry of the host's table, NULL where none does.
const char *host_settings_section(const struct inferd_setting *setting);
// What one setting says about another, and defaults that are found out.
void host_settings_finish(struct settings *settings, struct problems *problems);

// Copies what it is given. False: no memory.
bool settings_give(struct settings *settings, const char *option, const char *value, const char *where,
                   enum setting_origin origin);
// The value that wins, in known->text, where and origin.
void settings_resolve(struct settings *settings, struct setting_known *known, struct problems *problems);
struct setting_known *settings_known(struct settings *settings, const char *owner, const char *option);

// The letter that stands for the option, 0 if none does.
char settings_letter(const char *option);
void settings_read_args(struct settings *settings, int argc, char *const *argv, struct problems *problems);
void settings_read_file(struct settings *settings, const char *path, bool required, struct problems *problems);

// The path in a secret's text "file:/path"; NULL: the text is the secret, or the setting is none.
const char *setting_secret_file(const struct inferd_setting *setting, const char *text);
// Reads a value; false with what is wrong and what is expected in why. A text is copied to the arena.
bool setting_parse(const struct inferd_setting *setting, const char *text, struct arena *arena, void *field,
                   struct text *why);

#endif
