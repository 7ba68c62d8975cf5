// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens a source of configs and prints each revision as a line of JSON, for tests that change what is behind it:
//
//   source_printer dir PATH
//   source_printer etcd ENDPOINTS PREFIX [USER PASSWORD]
//
// With the variables ONCE=1 (no watching), RESOURCES=1 (a subtree of resources) and TIMEOUT_MS. A line "reread" or
// "count" on standard input does that; the end of the input closes the source.
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/text.h"
#include "config/source.h"

static void add_hex(struct text *line, const char *data, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        char two[2] = {digits[(unsigned char)data[i] >> 4], digits[data[i] & 15]};

        text_append(line, two, 2);
    }
}

static void add_change(struct text *line, const struct source_change *change)
{
    text_add(line, "{\"model\": ");
    if (change->model)
        text_json(line, change->model, strlen(change->model));
    else
        text_add(line, "null");
    text_add(line, ", \"key\": ");
    text_json(line, change->key, strlen(change->key));
    text_add(line, ", \"value\": ");
    if (change->value) {
        text_add(line, "\"");
        add_hex(line, change->value, change->value_len);
        text_add(line, "\"");
    } else
        text_add(line, "null");
    text_add(line, "}");
}

static void changed(void *user, const struct source_revision *revision)
{
    struct text line;

    (void)user;
    text_init(&line);
    text_printf(&line, "{\"revision\": %lld, \"whole\": %s, \"changes\": [", (long long)revision->revision,
                revision->whole ? "true" : "false");
    for (size_t i = 0; i < revision->count; i++) {
        text_add(&line, i ? ", " : "");
        add_change(&line, &revision->changes[i]);
    }
    text_add(&line, "]}\n");
    fputs(line.failed ? "out of memory\n" : text_string(&line), stdout);
    fflush(stdout);
    text_free(&line);
}

static void count(const struct source *source)
{
    struct source_counts c;

    source_count(source, &c);
    printf("{\"reachable\": %s, \"revisions\": %llu, \"wholes\": %llu, \"outages\": %llu, \"refused\": %llu}\n",
           c.reachable ? "true" : "false", (unsigned long long)c.revisions, (unsigned long long)c.wholes,
           (unsigned long long)c.outages, (unsigned long long)c.refused);
    fflush(stdout);
}

static struct source *open_source(int argc, char **argv, char *error, size_t size)
{
    const char *timeout = getenv("TIMEOUT_MS");
    bool watch = !getenv("ONCE");
    struct source_etcd_options etcd = {.timeout_ms = timeout ? atoll(timeout) : 5000, .watch = watch};
    struct source_dir_options dir = {.path = argc == 3 ? argv[2] : "", .watch = watch};

    etcd.ca_file = getenv("CA_FILE");
    etcd.cert_file = getenv("CERT_FILE");
    etcd.key_file = getenv("KEY_FILE");
    etcd.resources = dir.resources = getenv("RESOURCES") != NULL;
    if (argc == 3 && strcmp(argv[1], "dir") == 0)
        return source_open_dir(&dir, changed, NULL, NULL, error, size);
    if ((argc == 4 || argc == 6) && strcmp(argv[1], "etcd") == 0) {
        etcd.endpoints = argv[2];
        etcd.prefix = argv[3];
        etcd.user = argc == 6 ? argv[4] : NULL;
        etcd.password = argc == 6 ? argv[5] : NULL;
        return source_open_etcd(&etcd, changed, NULL, NULL, error, size);
    }
    snprintf(error, size, "wrong arguments");
    return NULL;
}

// gRPC and OpenSSL leave threads to their end by themselves. What one of these still holds when the process is over
// would be called a leak. One that doesn't end in all that time holds what it holds by its stack.
static void wait_for_threads(void)
{
#ifdef __SANITIZE_ADDRESS__
    glob_t tasks;
    size_t count = 2;

    for (int i = 0; i < 20000 && count > 1; i++) {
        if (glob("/proc/self/task/*", 0, NULL, &tasks) != 0)
            return;
        count = tasks.gl_pathc;
        globfree(&tasks);
        usleep(1000); // nobody tells when they have ended
    }
#endif
}

int main(int argc, char **argv)
{
    char error[256], line[64];
    struct source *source;

    log_set_level(LOG_DEBUG);
    source = open_source(argc, argv, error, sizeof(error));
    if (!source) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    while (fgets(line, sizeof(line), stdin)) {
        if (strcmp(line, "reread\n") == 0)
            source_reread(source);
        else if (strcmp(line, "count\n") == 0)
            count(source);
    }
    source_close(source);
    wait_for_threads();
    return 0;
}
