// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Has a running inferd do something, at its admin address.
#ifndef INFERCTL_ADMIN_H
#define INFERCTL_ADMIN_H

#include <jansson.h>
#include <stdbool.h>

#include "http_ask.h"

#define ADMIN_HELP                                                                                                     \
    "      --admin=ADDRESS          inferd's --admin-address: unix:/PATH or HOST:PORT; by default\n"                   \
    "                               INFERD_ADMIN_ADDRESS\n"

// The admin address: the option's, or the environment's, where that token is shown. False after saying that there is
// none.
bool admin_place(struct http_place *place, const char *option, const char *token, const char *command);
// Posts, and waits until the generation from which on it is so is published. The answer, or NULL after saying what is
// wrong.
json_t *admin_act(const struct http_place *place, const char *path, const char *command);
// What GET /config answers; NULL after saying what is wrong.
json_t *admin_config(const struct http_place *place, const char *command);

#endif
