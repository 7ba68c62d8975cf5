// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Files that operators and model builders write, and one that lay on disk: who may ask for what, backends'
// certificates, the last good generation, the sandbox's tables and models. An input is a byte (which of them), a line
// (what is asked of it afterwards) and the file.
#include <fcntl.h>
#include <math.h>
#include <unistd.h>
#include <zlib.h>

#include "base/owned.h"
#include "daemon/last_good.h"
#include "front/access.h"
#include "fuzz.h"
#include "rpc/call.h"
#include "run/backend_tls.h"
#include "table.h"
#include "xgboost.h"

static char folder[64] = "/dev/shm/inferd-fuzz-XXXXXX"; // in memory: a disk would be what takes most of the time
static const char *const names[] = {"access", "backends", "generation", "table.csv", "table.jsonl", "model.json"};
enum { FILES = sizeof(names) / sizeof(names[0]) };

static void path_of(size_t which, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", folder, names[which]);
}

static void clean(void)
{
    char path[128];

    for (size_t i = 0; i < FILES; i++) {
        path_of(i, path, sizeof(path));
        unlink(path);
    }
    rmdir(folder);
}

static void write_file(const char *path, struct inferd_bytes head, struct inferd_bytes body)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    FUZZ_ALWAYS(fd >= 0);
    FUZZ_ALWAYS(!head.len || write(fd, head.data, head.len) == (ssize_t)head.len);
    FUZZ_ALWAYS(!body.len || write(fd, body.data, body.len) == (ssize_t)body.len);
    close(fd);
}

static void play_access(const char *path, struct inferd_bytes asked)
{
    char error[512] = "";
    struct access *access = access_new(path, error, sizeof(error));
    struct inferd_bytes token = asked;
    const struct access_caller *callers[2];

    FUZZ_ALWAYS(access || *error);
    if (!access)
        return;
    access_token(asked, &token);
    callers[0] = access_by_token(access, token);
    callers[1] = access_by_subject(access, asked);
    for (size_t i = 0; i < 2; i++) {
        if (!callers[i])
            continue;
        FUZZ_ALWAYS(*access_name(callers[i]));
        access_to_model(callers[i], asked);
        access_to_tenant(callers[i], (struct inferd_bytes){NULL, 0});
        access_to_admin(callers[i]);
    }
    access_free(access);
}

static void play_backends(const char *path, struct inferd_bytes asked)
{
    char error[512] = "", *address = fuzz_text(asked);
    struct rpc_method_options options = {.address = address, .tls = true};
    struct backend_tls *tls = backend_tls_new(path, error, sizeof(error));

    FUZZ_ALWAYS(tls || *error);
    backend_tls_apply(tls, &options);
    FUZZ_ALWAYS(!options.cert_file == !options.key_file);
    backend_tls_free(tls);
    free(address);
}

// The checksum is made to fit, for nothing would ever get past it; unless the line asks for the file as it is.
static void play_generation(const char *path, struct inferd_bytes asked, struct inferd_bytes body)
{
    struct bundle bundle, again;
    struct arena arena;
    char error[512] = "", head[80];
    uint8_t *bytes;
    size_t len;

    snprintf(head, sizeof(head), "inferd-generation 1 %zu %08lx\n", body.len, crc32_z(0, body.data, body.len));
    if (!asked.len)
        write_file(path, inferd_bytes_of(head), body);
    arena_init(&arena, 4096, 0);
    if (last_good_read(path, "dir:/x", &bundle, &arena, error, sizeof(error)) == LAST_GOOD_READ) {
        bytes = bundle_encode(&bundle, &len);
        FUZZ_ALWAYS(bytes && bundle_decode(&again, bytes, len, &arena));
        FUZZ_ALWAYS(again.count == bundle.count && again.number == bundle.number);
        free(bytes);
    } else {
        FUZZ_ALWAYS(*error);
    }
    arena_free(&arena);
}

static void play_table(const char *path)
{
    struct text problems;
    struct table *table;
    struct arena arena;

    text_init(&problems);
    arena_init(&arena, 4096, 0);
    table = table_load(path, "user", &arena, &problems);
    FUZZ_ALWAYS(table || problems.len > 0);
    if (table)
        table_close(table);
    arena_free(&arena);
    text_free(&problems);
}

static void play_model(const char *path)
{
    struct text problems;
    struct xgboost_model *model;
    struct arena arena;
    float *features, *sums;

    text_init(&problems);
    arena_init(&arena, 4096, 0);
    model = xgboost_load(path, "m", &arena, &problems);
    FUZZ_ALWAYS(model || problems.len > 0);
    if (model && model->n_features < 100000) {
        features = calloc(model->n_features + 1, sizeof(*features));
        sums = calloc(model->n_groups + 1, sizeof(*sums));
        FUZZ_ALWAYS(features && sums);
        for (size_t i = 0; i < model->n_features; i += 2)
            features[i] = NAN;
        xgboost_predict(model, features, sums);
        free(features);
        free(sums);
    }
    arena_free(&arena);
    text_free(&problems);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char error[256];

    (void)argc;
    (void)argv;
    if (!mkdtemp(folder))
        FUZZ_ALWAYS(mkdtemp(strcpy(folder, "/tmp/inferd-fuzz-XXXXXX")));
    FUZZ_ALWAYS(owned_by_us(folder, error, sizeof(error))); // else no file of ours would be read
    atexit(clean);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    unsigned which = fuzz_byte(&input) % FILES;
    struct inferd_bytes asked = fuzz_part(&input, '\n');
    char path[128];

    path_of(which, path, sizeof(path));
    write_file(path, (struct inferd_bytes){NULL, 0}, input);
    if (which == 0)
        play_access(path, asked);
    else if (which == 1)
        play_backends(path, asked);
    else if (which == 2)
        play_generation(path, asked, input);
    else if (which == 5)
        play_model(path);
    else
        play_table(path);
    return 0;
}
