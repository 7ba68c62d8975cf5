// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The texts of configs that a command looks at, and the places they are read from:
//
//   FILE                    a model's config (its name without .json is the id), or a map of models
//   DIRECTORY               as inferd's --config-dir
//   etcd:[PREFIX][@REVISION]  as inferd's --etcd-prefix, of the newest or of an earlier revision
//
// Reading runs nothing of a module.
#ifndef INFERCTL_TEXTS_H
#define INFERCTL_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "given.h"

struct config_text {
    char *model; // its id; NULL: the service config
    char *where; // file or key
    char *text;  // terminated
    size_t len;
};

struct texts {
    struct config_text *list; // in ascending order of models
    size_t count;
    int64_t revision; // of etcd; 0: from elsewhere
    size_t unread;    // values that hold several models and can't be read; that has been said
    bool of_file;     // the place was a file
    char trouble[512];
};

// Reads a place's; what the configs read beside themselves is to be looked for there too, and 'given' gets what it
// takes (unless it is a file, and a store was named). NULL: from where the settings say.
// False: it could not be read, 'trouble' says why.
bool texts_read(struct texts *texts, const char *place, struct given *given, const char *command);
// Whether a file's text is a map of models and not one model.
bool texts_is_map(const char *text, size_t len);
// Whether a directory has files of configs.
bool texts_in_directory(const char *path);
// Tells that a place has no configs.
void texts_say_none(const char *place, const char *command);
// A single file service-config.json is no model's, as it is none's in a directory.
void texts_know_service(struct texts *texts);
// The text of that model, or NULL with the nearest name, or NULL, in *nearest.
const struct config_text *texts_find(const struct texts *texts, const char *model, const char **nearest);
// Leaves one text only, which is of 'texts'.
void texts_keep(struct texts *texts, const struct config_text *one);
void texts_free(struct texts *texts);

#endif
