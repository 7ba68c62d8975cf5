// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The main program where there is no libFuzzer: plays files, or all files of directories, and says in TAP that they
// were played. Without arguments: the program's own corpus, tests/fuzz/corpus/<name without fuzz_>. What breaks ends
// the program; the last line then names the file.
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fuzz.h"

#pragma weak LLVMFuzzerInitialize

static size_t played;

static void play(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat facts;
    uint8_t *data;
    size_t size;

    FUZZ_ALWAYS(file && fstat(fileno(file), &facts) == 0);
    size = (size_t)facts.st_size;
    data = malloc(size ? size : 1);
    FUZZ_ALWAYS(data && fread(data, 1, size, file) == size);
    fclose(file);
    printf("# %s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    played++;
}

static void play_all(const char *folder)
{
    struct dirent **names;
    int count = scandir(folder, &names, NULL, alphasort);
    char path[4096];

    if (count < 0) {
        fprintf(stderr, "%s: %s\n", folder, strerror(errno));
        exit(99);
    }
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            play(path);
        free(names[i]);
    }
    free(names);
}

// An input that hangs is a finding too. Nothing here takes a second where the machine isn't busy otherwise.
static void on_alarm(int signal)
{
    (void)signal;
    fprintf(stderr, "it hangs\n");
    abort();
}

int main(int argc, char **argv)
{
    char folder[4096], *name = basename(argv[0]);
    struct stat facts;

    snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", SOURCE_DIR, name + strlen("fuzz_"));
    signal(SIGALRM, on_alarm);
    alarm(300);
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    if (argc < 2)
        play_all(folder);
    for (int i = 1; i < argc; i++) {
        if (stat(argv[i], &facts) == 0 && S_ISDIR(facts.st_mode))
            play_all(argv[i]);
        else
            play(argv[i]);
    }
    printf("1..1\n%sok 1 - plays %zu inputs without a fault\n", played ? "" : "not ", played);
    return played ? 0 : 1;
}
