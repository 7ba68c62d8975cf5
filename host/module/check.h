// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Checks what a module says of itself, on the host's copy (adopt.h), so that nobody after the loader needs to doubt a
// name, a table or a function pointer. Knows nothing of other modules.
#ifndef MODULE_CHECK_H
#define MODULE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <inferd/module.h>

#define MODULE_NAME_MAX 63

// This host's ABI, for messages.
#define MODULE_ABI INFERD_STRING(INFERD_ABI_MAJOR) "." INFERD_STRING(INFERD_ABI_MINOR)

// False with a message that says where and how to mend it.
bool module_check(const struct inferd_module *info, char *error, size_t size);

// The parts of it. 'what' names the table in messages.
bool module_check_options(const struct inferd_options *options, const char *what, char *error, size_t size);
bool module_check_settings(const struct inferd_settings *settings, char *error, size_t size);
// Whether a fallback's text is one of the option's (a setting's) type and range.
bool module_check_fallback(const struct inferd_option *option, char *error, size_t size);
bool module_check_setting_fallback(const struct inferd_setting *setting, char *error, size_t size);

// Whether a text begins with a character of 'first', goes on with those of 'rest' and is not too long. In both, 'a'
// stands for the lower-case letters, 'A' for all letters, '0' for the digits; others for themselves.
bool module_name_valid(const char *name, const char *first, const char *rest);

#endif
