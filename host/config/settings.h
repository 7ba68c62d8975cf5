// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Settings, fixed at start: resolved in the order command line, environment, inferd.conf, default. The host's are known
// from the beginning; a module's only in a process that loads it, so what the host does not know is kept for them:
//
//   settings_read()        the host's, in every process
//   settings_fill()        a module's, when it is loaded; as often as there are modules
//   settings_unclaimed()   what neither the host nor any module took, when all are loaded
//
// On the command line: --name=VALUE, --name VALUE, and for the host's -c FILE (--config-file), -t (--check), -h, -V. A
// module's option is written --x-y=VALUE. Used on one thread at a time ([control]).
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stddef.h>
#include <inferd/option.h>
#include "config/host_settings.h"
#include "config/problems.h"

struct settings;

// What is wrong is added to problems, each with the place it stands ("--port", "APP_PORT", "inferd.conf:7"): refuse to
// start if there are errors. Never NULL but where there is no memory at all; what is wrong has its default.
struct settings *settings_read(int argc, char *const *argv, struct problems *problems);
void settings_free(struct settings *settings);
// Lives as long as the settings.
const struct host_settings *settings_host(const struct settings *settings);
// The struct of a module's settings, which lives as long as 'settings' do; NULL after an error in problems. 'owner' is
// the module's name, for help and reports; a second version of the module may come later under the same name.
const void *settings_fill(struct settings *settings, const char *owner, const struct inferd_settings *table,
                          struct problems *problems);
// Adds the warnings of modules' settings; and an error for each option of the command line, and a warning for each line
// of inferd.conf and each INFERD_… variable, that nobody knows, with the nearest name. Call it when all modules are
// loaded.
void settings_unclaimed(const struct settings *settings, struct problems *problems);

// Texts for people; of the host's settings and of those modules' that were filled.
void settings_show(const struct settings *settings, struct text *out); // as an inferd.conf, secrets masked
void settings_help(const struct settings *settings, struct text *out); // --help, after its first paragraph
// A table of settings in Markdown, for docs/settings.md; NULL: the host's, with titles of its sections.
void settings_markdown(const struct inferd_settings *table, struct text *out);

#endif
