// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The command line, the environment and inferd.conf, with the settings of the host and of all modules. An input is
// lines: "$NAME=value" of the environment, or else words of the command line, to an empty line; then inferd.conf.
#include <sys/mman.h>
#include <unistd.h>
#include "config/settings.h"
#include "stage.h"

enum { MOST_WORDS = 16 };

struct words {
    int count;
    char *list[MOST_WORDS + 3];
};

static void set_environment(char *text)
{
    char *equals = strchr(text, '=');

    if (equals && equals > text) {
        *equals = '\0';
        setenv(text, equals + 1, 1);
    }
    free(text);
}

static int write_file(struct inferd_bytes content)
{
    int fd = memfd_create("inferd.conf", MFD_CLOEXEC);

    FUZZ_ALWAYS(fd >= 0 && write(fd, content.data, content.len) == (ssize_t)content.len);
    return fd;
}

static void read_all(const struct words *words)
{
    const struct module *const *modules;
    size_t count = registry_modules(stage_registry(), &modules);
    struct problems problems;
    struct settings *settings;
    struct text text;

    problems_init(&problems);
    settings = settings_read(words->count, words->list, &problems);
    FUZZ_ALWAYS(settings && settings_host(settings));
    for (size_t i = 0; i < count; i++)
        settings_fill(settings, modules[i]->info.name, &modules[i]->info.settings, &problems);
    settings_unclaimed(settings, &problems);
    text_init(&text);
    settings_show(settings, &text);
    settings_help(settings, &text);
    problems_text(&problems, &text);
    FUZZ_ALWAYS(text_string(&text));
    text_free(&text);
    problems_free(&problems);
    settings_free(settings);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    stage_open();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size}, line;
    char **environment = environ, *none[] = {NULL}, option[64];
    struct words words = {1, {strdup("inferd")}};
    int file;

    environ = none;
    while ((line = fuzz_part(&input, '\n')).len) {
        if (line.data[0] == '$')
            set_environment(fuzz_text((struct inferd_bytes){line.data + 1, line.len - 1}));
        else if (words.count < MOST_WORDS)
            words.list[words.count++] = fuzz_text(line);
    }
    file = write_file(input);
    snprintf(option, sizeof(option), "--config-file=/proc/self/fd/%d", file);
    words.list[words.count++] = strdup(option); // the last one counts
    read_all(&words);
    clearenv();
    environ = environment;
    close(file);
    for (int i = 0; i < words.count; i++)
        free(words.list[i]);
    return 0;
}
