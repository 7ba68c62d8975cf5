// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The last good generation on disk.
#include "daemon/last_good.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <inferd/wire.h>

#include "base/write.h"

#define TITLE "inferd-generation"
#define FORMAT 1
#define HEAD_MAX 80
#define LONGEST ((off_t)2 << 30)

enum { ORIGIN = 1, BUNDLE = 2 };

char *last_good_path(const char *state_dir, const char *service, const char *origin)
{
    unsigned long sum = crc32(0, (const unsigned char *)origin, (unsigned)strlen(origin));
    char *path;

    // Services that share the directory, or a name, don't take each other's.
    if (asprintf(&path, "%s/%s-%08lx.generation", state_dir, service, sum) < 0)
        return NULL;
    for (char *c = path + strlen(state_dir) + 1; *c; c++)
        if (*c == '/')
            *c = '_';
    return path;
}

static bool fail(char *error, size_t size, const char *what, const char *path)
{
    snprintf(error, size, "%s %s: %s", what, path, strerror(errno));
    return false;
}

// The folder of a path, made if it is missing; a descriptor.
static int open_folder(const char *path, char *error, size_t size)
{
    char *folder = strndup(path, (size_t)(strrchr(path, '/') - path));
    int fd = -1;

    if (!folder)
        fail(error, size, "no memory for", path);
    else if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        fail(error, size, "can't make the directory", folder);
    else if ((fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        fail(error, size, "can't open the directory", folder);
    free(folder);
    return fd;
}

// To a file of another name, which takes the place of the old one once it is on disk.
static bool replace(const char *path, const uint8_t *head, size_t head_len, const uint8_t *body, size_t body_len,
                    char *error, size_t size)
{
    int folder = open_folder(path, error, size), fd = -1;
    char *fresh = NULL;
    bool done = false;

    if (folder < 0)
        return false;
    if (asprintf(&fresh, "%s.new-%ld", path, (long)getpid()) < 0) // another process may write it, too
        fresh = NULL;
    else
        fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        fail(error, size, "can't make", fresh ? fresh : path);
    else if (!write_all(fd, head, head_len) || !write_all(fd, body, body_len) || fsync(fd) != 0)
        fail(error, size, "can't write", fresh);
    else if (rename(fresh, path) != 0 || fsync(folder) != 0)
        fail(error, size, "can't replace", path);
    else
        done = true;
    if (fd >= 0)
        close(fd);
    if (fresh && !done)
        unlink(fresh);
    free(fresh);
    close(folder);
    return done;
}

bool last_good_write(const char *path, const char *origin, struct inferd_bytes bundle, char *error, size_t size)
{
    size_t len = inferd_wire_bytes_size(ORIGIN, strlen(origin)) + inferd_wire_bytes_size(BUNDLE, bundle.len);
    uint8_t *body = malloc(len), *at;
    char head[HEAD_MAX];
    bool done;

    if (!body) {
        snprintf(error, size, "no memory for %s", path);
        return false;
    }
    at = inferd_wire_put_bytes(body, ORIGIN, inferd_bytes_of(origin));
    inferd_wire_put_bytes(at, BUNDLE, bundle);
    snprintf(head, sizeof(head), TITLE " %d %zu %08lx\n", FORMAT, len, crc32_z(0, body, len));
    done = replace(path, (uint8_t *)head, strlen(head), body, len, error, size);
    free(body);
    return done;
}

// The whole file, terminated, in the arena. NULL with a message in error, or without one where there is no file.
static char *read_file(const char *path, size_t *len, struct arena *arena, char *error, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *bytes = NULL;
    struct stat st;
    ssize_t got = 0;

    *error = '\0';
    *len = 0;
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (errno != ENOENT)
            fail(error, size, "can't read", path);
    } else if (!S_ISREG(st.st_mode) || st.st_size > LONGEST) {
        snprintf(error, size, "%s is no file of a generation: %s", path,
                 S_ISREG(st.st_mode) ? "it is longer than 2 GiB" : "it is not a regular file");
    } else if (!(bytes = arena_alloc(arena, (size_t)st.st_size + 1))) {
        snprintf(error, size, "no memory for %s", path);
    } else {
        while (*len < (size_t)st.st_size && (got = read(fd, bytes + *len, (size_t)st.st_size - *len)) > 0)
            *len += (size_t)got;
        bytes[*len] = '\0';
        if (got < 0) {
            fail(error, size, "can't read", path);
            bytes = NULL;
        }
    }
    if (fd >= 0)
        close(fd);
    return bytes;
}

// What is wrong with the file, if anything; the body, otherwise.
static const char *check_head(const char *bytes, size_t len, struct inferd_bytes *body)
{
    const char *end = memchr(bytes, '\n', len < HEAD_MAX ? len : HEAD_MAX);
    unsigned long long length = 0;
    unsigned long sum = 0;
    unsigned format = 0;

    if (len < sizeof(TITLE) || memcmp(bytes, TITLE " ", sizeof(TITLE)) != 0 ||
        sscanf(bytes + sizeof(TITLE), "%u", &format) != 1)
        return "it is not inferd's";
    if (format > FORMAT)
        return "a newer inferd wrote it";
    if (!end || sscanf(bytes, TITLE " %u %llu %lx", &format, &length, &sum) != 3)
        return "its first line is damaged";
    *body = (struct inferd_bytes){(const uint8_t *)end + 1, len - (size_t)(end + 1 - bytes)};
    if (body->len < length)
        return "it is cut short";
    if (body->len > length || crc32_z(0, body->data, body->len) != sum)
        return "its bytes are damaged: the checksum differs";
    return NULL;
}

static const char *read_body(struct inferd_bytes body, const char *origin, struct bundle *bundle, struct arena *arena)
{
    struct inferd_wire_reader reader = inferd_wire_read(body);
    struct inferd_wire_field field;
    struct inferd_bytes from = {NULL, 0}, bytes = {NULL, 0};

    while (inferd_wire_next(&reader, &field))
        if (field.tag == INFERD_WIRE_TAG(ORIGIN, INFERD_WIRE_BYTES))
            from = field.bytes;
        else if (field.tag == INFERD_WIRE_TAG(BUNDLE, INFERD_WIRE_BYTES))
            bytes = field.bytes;
    if (reader.bad || !bytes.data)
        return "what it holds can't be read";
    if (from.len != strlen(origin) || memcmp(from.data, origin, from.len) != 0)
        return "it holds the configs of another place";
    return bundle_decode(bundle, bytes.data, bytes.len, arena) ? NULL : "what it holds can't be read";
}

enum last_good last_good_read(const char *path, const char *origin, struct bundle *bundle, struct arena *arena,
                              char *error, size_t size)
{
    struct inferd_bytes body;
    size_t len;
    char *bytes = read_file(path, &len, arena, error, size);
    const char *wrong;

    if (!bytes)
        return *error ? LAST_GOOD_REFUSED : LAST_GOOD_NONE;
    wrong = check_head(bytes, len, &body);
    if (!wrong)
        wrong = read_body(body, origin, bundle, arena);
    if (!wrong)
        return LAST_GOOD_READ;
    snprintf(error, size, "%s is not taken: %s; the next good generation replaces it", path, wrong);
    return LAST_GOOD_REFUSED;
}
