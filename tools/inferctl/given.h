// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Settings of the daemon that commands take as options, and hand on: where configs and modules are, and how configs are
// compiled. The environment and the file of settings count as for the daemon.
#ifndef INFERCTL_GIVEN_H
#define INFERCTL_GIVEN_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/settings.h"

enum { GIVEN_OPTIONS = 12, GIVEN_WORDS = GIVEN_OPTIONS + 4 };

struct given {
    char *words[GIVEN_WORDS + 1]; // "--name=value", NULL-terminated; malloc'd
    size_t count;
};

#define GIVEN_LETTERS "c:p:"
#define GIVEN_HELP                                                                                                     \
    "  -c, --config-file=FILE       inferd's file of settings\n"                                                       \
    "      --config-dir=DIR         the directory of model configs\n"                                                  \
    "      --etcd-endpoints=LIST    etcd's servers, separated by commas: http://host:port\n"                           \
    "      --etcd-prefix=PREFIX     where in etcd the model configs are\n"                                             \
    "      --etcd-username=NAME     user of etcd\n"                                                                    \
    "      --etcd-password=WORD     its password: file:/PATH of a file that has it; or in ETCD_PASSWORD\n"             \
    "      --etcd-ca-file=FILE      what an https:// etcd is verified with\n"                                          \
    "      --etcd-cert-file=FILE    what is shown to it, with its key in\n"                                            \
    "      --etcd-key-file=FILE     this file\n"                                                                       \
    "      --name=NAME              name of the service\n"                                                             \
    "      --compat=inferflow       compile as for Inferflow's replies\n"                                              \
    "  -p, --module-path=PATH       directories of modules, separated by colons\n"

// Fills in options for getopt_long(), GIVEN_OPTIONS of them.
void given_options(struct option *options);
// Keeps a setting; an option that comes twice counts as its last. A password goes into the environment instead, and
// into no word. False: it is none of these.
bool given_take(struct given *given, int letter, const char *value);
// Adds a setting, unless one of that name was given. False: no memory.
bool given_add(struct given *given, const char *name, const char *value);
// The same, in place of one that was given.
bool given_set(struct given *given, const char *name, const char *value);
// Whether a setting was given on the command line.
bool given_has(const struct given *given, const char *name);
void given_copy(struct given *given, const struct given *from);
void given_free(struct given *given);
// The settings that come of it. NULL after saying what is wrong with them.
struct settings *given_settings(const struct given *given, const char *command);

#endif
