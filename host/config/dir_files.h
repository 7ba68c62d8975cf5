// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The files of a config directory: which of them are configs, what was read of them, and what has changed since. Knows
// nothing of inotify or threads: whoever watches says which names to look at.
#ifndef CONFIG_DIR_FILES_H
#define CONFIG_DIR_FILES_H

#include "base/map.h"
#include "config/dir_map.h"
#include "config/source_inner.h"

struct dir_files {
    const char *path;      // of the directory
    struct source *source; // counts what can't be read
    bool resources;        // every file holds a text of its own; it is called a model's all the same
    struct map files;      // struct dir_file by name
    struct dir_map map;    // of config-map.json; a model's own file goes before what is in there
};

void dir_files_init(struct dir_files *files, const char *path, struct source *source);
void dir_files_free(struct dir_files *files);
// Whether a file of that name is a config; hidden ones, editors' copies and other suffixes are not.
bool dir_files_wants(const char *name);
// Reads the whole directory, open as 'fd'. all: a change for each file, also where it is as before; whole then says
// that they are the whole tree. (They aren't where a file can't be read now: a model that isn't named would go.) False
// with errno: the directory can't be read, and nothing is different from before.
bool dir_files_scan(struct dir_files *files, int fd, bool all, struct changes *changes, bool *whole);
// Reads one file again and adds a change if it is another text than before. A file that can't be read stays as it was.
void dir_files_read(struct dir_files *files, int fd, const char *name, struct changes *changes);
// Notes that a file went; dir_files_settle() adds a change for each of those that are still gone.
void dir_files_went(struct dir_files *files, const char *name);
void dir_files_settle(struct dir_files *files, int fd, struct changes *changes);
// Whether the last attempt to read it failed.
bool dir_files_failed(const struct dir_files *files, const char *name);

#endif
