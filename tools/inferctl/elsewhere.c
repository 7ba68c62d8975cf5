// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Opens modules in a process of its own, for one that crashes must not take inferctl along. That process is inferctl
// again, with a command that --help doesn't tell of; it writes its rows to a pipe, for standard output may be a
// module's toy.
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/text.h"
#include "rows.h"

#define RESULT_FD 3

extern char **environ;

static int run(const struct command *command, int argc, char **argv)
{
    json_t *rows = argc == 2 ? rows_opened(argv[1]) : NULL;
    int status = rows != NULL && json_dumpfd(rows, RESULT_FD, JSON_COMPACT) == 0 ? EXIT_FINE : EXIT_TROUBLE;

    (void)command;
    json_decref(rows);
    return status;
}

const struct command open_here_command = {.name = "open-here", .run = run};

static int spawn(const char *path, int result, pid_t *child)
{
    const char *const argv[] = {"inferctl", open_here_command.name, path, NULL};
    posix_spawn_file_actions_t actions;
    int status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, result, RESULT_FD);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    status = posix_spawn(child, "/proc/self/exe", &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

static void read_all(int fd, struct text *out)
{
    char data[4096];
    ssize_t n;

    while ((n = read(fd, data, sizeof data)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            text_append(out, data, (size_t)n);
}

// How a process ended, where that wasn't in peace.
static bool describe_end(int status, bool rows, char *error, size_t size)
{
    const char *when = rows ? "after it was opened, at the end of the process" : "while it was opened";

    if (WIFSIGNALED(status))
        snprintf(error, size, "it crashed %s: SIG%s (%s); look at its constructors and destructors", when,
                 sigabbrev_np(WTERMSIG(status)), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != EXIT_FINE)
        snprintf(error, size, "it ended the process %s, with exit status %d; a module must not call exit()", when,
                 WEXITSTATUS(status));
    else
        return false;
    return true;
}

// Runs the child to its end; its output, and its wait status in *status. False: errno.
static bool run_child(const char *path, struct text *output, int *status)
{
    int ends[2], error;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    error = spawn(path, ends[1], &child);
    close(ends[1]);
    if (error == 0) {
        read_all(ends[0], output);
        while (waitpid(child, status, 0) < 0 && errno == EINTR)
            ;
    }
    close(ends[0]);
    errno = error;
    return error == 0;
}

json_t *rows_opened_elsewhere(const char *path, bool *died, char *error, size_t size)
{
    struct text output = {0};
    json_t *rows = NULL;
    int status;

    *died = false;
    if (!run_child(path, &output, &status)) {
        snprintf(error, size, "no process to open it in: %s", strerror(errno));
    } else {
        rows = json_loads(text_string(&output), 0, NULL);
        *died = describe_end(status, rows != NULL, error, size);
        if (rows == NULL && !*died)
            snprintf(error, size, "no memory");
    }
    text_free(&output);
    if (*died) {
        json_decref(rows);
        rows = NULL;
    }
    return rows;
}

json_t *rows_opened_apart(const char *path)
{
    json_t *files = rows_noted(path), *rows = json_array();

    for (size_t i = 0; rows != NULL && i < json_array_size(files); i++) {
        json_t *noted = json_array_get(files, i), *opened;
        const char *file = json_string_value(json_object_get(noted, "path"));
        char error[512] = "";
        bool died;

        opened = rows_opened_elsewhere(file, &died, error, sizeof error);
        if (opened != NULL) {
            json_array_extend(rows, opened);
        } else if (died) {
            json_object_set_new(noted, "refused", json_string(error));
            json_array_append(rows, noted);
        } else {
            fprintf(stderr, "inferctl: %s: %s\n", file, error);
            json_decref(rows);
            rows = NULL;
        }
        json_decref(opened);
    }
    json_decref(files);
    return rows;
}

json_t *rows_opened_safely(const char *path)
{
    char error[512];
    bool died;
    json_t *rows = rows_opened_elsewhere(path, &died, error, sizeof error);

    if (rows == NULL && died)
        return rows_opened_apart(path);
    if (rows == NULL)
        fprintf(stderr, "inferctl: %s\n", error);
    return rows;
}
