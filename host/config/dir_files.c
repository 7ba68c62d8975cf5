// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads config files and remembers a hash of each, so that a file that was only touched is no change.
#include "config/dir_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"

#define SERVICE_FILE "service-config.json"
#define MAP_FILE "config-map.json"
#define SUFFIX ".json"

enum { LARGEST = 64 << 20 };

struct dir_file {
    uint64_t hash; // of the text that was handed over; 0: none was
    bool failed;   // the last attempt to read it failed, which was said
    bool seen;     // by the scan that is going on
    bool went;     // maybe for good
    char name[];
};

void dir_files_init(struct dir_files *files, const char *path, struct source *source)
{
    files->path = path;
    files->source = source;
    map_init(&files->files);
    dir_map_init(&files->map);
}

void dir_files_free(struct dir_files *files)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&files->files, &at)))
        free(slot->value);
    map_free(&files->files);
    dir_map_free(&files->map);
}

bool dir_files_wants(const char *name)
{
    const size_t tail = sizeof(SUFFIX) - 1;
    size_t len = strlen(name);

    return name[0] != '.' && name[0] != '#' && len > tail && strcmp(name + len - tail, SUFFIX) == 0;
}

static struct dir_file *find(const struct dir_files *files, const char *name)
{
    return map_find(&files->files, name, strlen(name));
}

static struct dir_file *find_or_add(struct dir_files *files, const char *name)
{
    struct dir_file *file = find(files, name);
    size_t len = strlen(name);

    if (file)
        return file;
    file = calloc(1, sizeof(*file) + len + 1);
    if (!file)
        return NULL;
    memcpy(file->name, name, len + 1);
    if (!map_set(&files->files, file->name, len, file, NULL)) {
        free(file);
        return NULL;
    }
    return file;
}

// Whether it is the service config, or the map of models. Among resources these names mean nothing.
static bool is_service(const struct dir_files *files, const char *name)
{
    return !files->resources && strcmp(name, SERVICE_FILE) == 0;
}

static bool is_map(const struct dir_files *files, const char *name)
{
    return !files->resources && strcmp(name, MAP_FILE) == 0;
}

static void say_failed(const struct dir_files *files, struct dir_file *file, const char *name, const char *reason)
{
    const struct log_field fields[] = {{"file", name}, {"directory", files->path}, {NULL, NULL}};

    if (file->failed)
        return;
    file->failed = true;
    atomic_fetch_add(&files->source->refused, 1);
    log_line(LOG_ERROR, "config_file_unreadable", fields, "%s/%s: %s; %s stays as it was", files->path, name, reason,
             files->resources ? "it" : "its model");
}

static bool real_path(int fd, char path[PATH_MAX])
{
    char link[32];
    ssize_t len;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, PATH_MAX - 1);
    if (len <= 0)
        return false;
    path[len] = '\0';
    return true;
}

// Whether an open file is in the directory, or below it, wherever links led. Others may be such that only inferd may
// read them, and refusing what they hold would show some of it to whoever put the link there.
static bool is_within(int dir, int file)
{
    char above[PATH_MAX], path[PATH_MAX];
    size_t len;

    if (!real_path(dir, above) || !real_path(file, path))
        return false;
    len = strcmp(above, "/") == 0 ? 0 : strlen(above);
    return strncmp(path, above, len) == 0 && path[len] == '/';
}

// The text of a file, terminated, in the arena; NULL with the reason.
static char *read_text(int dir, int fd, struct arena *arena, size_t *len, const char **reason)
{
    struct stat st;
    char *text = NULL;
    ssize_t n;

    if (fstat(fd, &st) < 0)
        *reason = strerror(errno);
    else if (!is_within(dir, fd))
        *reason = "it is a link out of the directory; links may lead only to files within it, so put a copy there";
    else if (!S_ISREG(st.st_mode))
        *reason = "it is no plain file";
    else if (st.st_size > LARGEST)
        *reason = "it is larger than 64 MiB";
    else if (!(text = arena_alloc(arena, (size_t)st.st_size + 1)))
        *reason = "there is no memory for it";
    // What grows meanwhile is read again when its writer closes it.
    for (*len = 0; text && *len < (size_t)st.st_size; *len += (size_t)n) {
        n = read(fd, text + *len, (size_t)st.st_size - *len);
        if (n < 0) {
            *reason = strerror(errno);
            return NULL;
        }
        if (n == 0)
            break;
    }
    if (text)
        text[*len] = '\0';
    return text;
}

// Adds a change of the model, NULL: of the service config. Values are copied where they don't live in the arena.
static void add_change(const struct dir_files *files, struct changes *changes, const char *name, const char *model,
                       const char *value, size_t len)
{
    struct source_change change = {.model = model, .value = value, .value_len = len};

    change.key = arena_printf(&changes->arena, "%s/%s", files->path, name);
    if (!change.key || !changes_add(changes, &change))
        log_error("config_file_unreadable", "%s/%s: there is no memory for it", files->path, name);
}

static size_t id_length(const char *name)
{
    return strlen(name) - (sizeof(SUFFIX) - 1);
}

// A file's own change.
static void add_file_change(const struct dir_files *files, struct changes *changes, const char *name, const char *value,
                            size_t len)
{
    const char *model = arena_strndup(&changes->arena, name, id_length(name));

    add_change(files, changes, name, is_service(files, name) ? NULL : model ? model : "", value, len);
}

struct map_changes {
    const struct dir_files *files;
    struct changes *changes; // NULL: nobody is told
};

static void map_changed(void *user, const struct dir_map_item *item)
{
    struct map_changes *to = user;
    struct arena *arena = to->changes ? &to->changes->arena : NULL;
    const char *own = arena ? arena_printf(arena, "%s" SUFFIX, item->id) : NULL;
    const struct dir_file *file = own ? find(to->files, own) : NULL;

    if (arena && !(file && file->hash))
        add_change(to->files, to->changes, MAP_FILE, arena_strndup(arena, item->id, strlen(item->id)),
                   item->text ? arena_strndup(arena, item->text, item->len) : NULL, item->len);
}

// Takes the text of the map of models. False: it is none, and what was read before stays.
static bool take_map(struct dir_files *files, const char *text, size_t len, bool always, struct changes *changes)
{
    struct map_changes to = {files, changes};
    const char *where = arena_printf(&changes->arena, "%s/" MAP_FILE, files->path);
    json_t *map = model_map_read(files->source, where ? where : MAP_FILE, text, len);

    if (map)
        dir_map_take(&files->map, map, always, map_changed, &to);
    json_decref(map);
    return map;
}

// Takes a file's text and adds a change if it is another than before, or always. False: there is no such file.
static bool take(struct dir_files *files, int fd, const char *name, bool always, struct changes *changes)
{
    int in = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *reason = strerror(errno);
    struct dir_file *file;
    size_t len = 0;
    char *text;
    uint64_t hash;

    if (in < 0 && errno == ENOENT)
        return false;
    file = find_or_add(files, name);
    text = in >= 0 && file ? read_text(fd, in, &changes->arena, &len, &reason) : NULL;
    if (!file) {
        log_error("config_file_unreadable", "%s/%s: there is no memory for it", files->path, name);
    } else if (text) {
        hash = map_hash(text, len);
        file->failed = false;
        if (is_map(files, name))
            file->failed = (always || hash != file->hash) && !take_map(files, text, len, always, changes);
        else if (always || hash != file->hash)
            add_file_change(files, changes, name, text, len);
        file->hash = hash;
    } else {
        say_failed(files, file, name, reason);
    }
    if (in >= 0)
        close(in);
    return true;
}

// Forgets a file. A model that the map has, too, has the map's text from now on; of others it is told only if they
// would be missed.
static void drop(struct dir_files *files, struct dir_file *file, struct changes *changes, bool missed)
{
    struct map_changes to = {files, changes}, nobody = {files, NULL};
    const struct dir_map_item *item = dir_map_find(&files->map, file->name, id_length(file->name));
    bool shown = file->hash != 0;

    file->hash = 0;
    if (is_map(files, file->name))
        dir_map_take(&files->map, NULL, false, map_changed, missed ? &to : &nobody);
    else if (shown && item)
        map_changed(&to, item);
    else if (shown && missed)
        add_file_change(files, changes, file->name, NULL, 0);
    map_remove(&files->files, file->name, strlen(file->name));
    free(file);
}

void dir_files_read(struct dir_files *files, int fd, const char *name, struct changes *changes)
{
    take(files, fd, name, false, changes);
}

bool dir_files_failed(const struct dir_files *files, const char *name)
{
    const struct dir_file *file = find(files, name);

    return file && file->failed;
}

void dir_files_went(struct dir_files *files, const char *name)
{
    struct dir_file *file = find(files, name);

    if (file)
        file->went = true;
}

static struct dir_file *find_unseen(const struct dir_files *files)
{
    const struct map_slot *slot;
    size_t at = 0;

    while ((slot = map_next(&files->files, &at)))
        if (!((struct dir_file *)slot->value)->seen)
            return slot->value;
    return NULL;
}

static void drop_unseen(struct dir_files *files, struct changes *changes, bool missed)
{
    struct dir_file *file;

    while ((file = find_unseen(files)))
        drop(files, file, changes, missed);
}

void dir_files_settle(struct dir_files *files, int fd, struct changes *changes)
{
    const struct map_slot *slot;
    struct stat st;
    size_t at = 0;

    while ((slot = map_next(&files->files, &at))) {
        struct dir_file *file = slot->value;

        // One that is there again is read when its writer closes it.
        file->seen = !file->went || fstatat(fd, file->name, &st, 0) == 0 || errno != ENOENT;
        file->went = false;
    }
    drop_unseen(files, changes, true);
}

static int is_wanted(const struct dirent *entry)
{
    return dir_files_wants(entry->d_name);
}

// The map last: of what it has, models with files of their own are left out.
static int map_last(const struct dirent **a, const struct dirent **b)
{
    int order = (strcmp((*a)->d_name, MAP_FILE) == 0) - (strcmp((*b)->d_name, MAP_FILE) == 0);

    return order ? order : strcmp((*a)->d_name, (*b)->d_name);
}

bool dir_files_scan(struct dir_files *files, int fd, bool all, struct changes *changes, bool *whole)
{
    const struct map_slot *slot;
    struct dirent **entries;
    size_t at = 0;
    int count = scandirat(fd, ".", &entries, is_wanted, map_last);

    if (count < 0)
        return false;
    *whole = all;
    while ((slot = map_next(&files->files, &at)))
        ((struct dir_file *)slot->value)->seen = false;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        struct dir_file *file = take(files, fd, name, all, changes) ? find(files, name) : NULL;

        if (file)
            file->seen = true;
        if (file && file->failed && file->hash && (strcmp(name, MAP_FILE) != 0 || files->map.items.count))
            *whole = false;
        free(entries[i]);
    }
    free(entries);
    drop_unseen(files, changes, !*whole); // in a whole tree, what is not named is gone
    return true;
}
