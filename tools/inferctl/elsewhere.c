// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Runs inferctl in a process of its own and takes its result.
#include "elsewhere.h"

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
#include "command.h"

#define RESULT_FD 3

extern char **environ;

int elsewhere_tell(const json_t *result)
{
    return result != NULL && json_dumpfd(result, RESULT_FD, JSON_COMPACT) == 0 ? EXIT_FINE : EXIT_TROUBLE;
}

static int spawn(const char *const *arguments, int result, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    const char **argv;
    size_t count = 0;
    int status;

    while (arguments[count] != NULL)
        count++;
    argv = calloc(count + 2, sizeof *argv);
    if (argv == NULL)
        return ENOMEM;
    argv[0] = "inferctl";
    memcpy(argv + 1, arguments, count * sizeof *argv);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, result, RESULT_FD);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    status = posix_spawn(child, "/proc/self/exe", &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    free(argv);
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
static bool describe_end(int status, const char *doing, bool told, char *error, size_t size)
{
    char when[128];

    snprintf(when, sizeof when, told ? "after %s, at the end of the process" : "while %s", doing);
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
static bool run_child(const char *const *arguments, struct text *output, int *status)
{
    int ends[2], error;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    error = spawn(arguments, ends[1], &child);
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

json_t *elsewhere_run(const char *const *arguments, const char *doing, bool *died, char *error, size_t size)
{
    struct text output = {0};
    json_t *result = NULL;
    int status;

    *died = false;
    if (!run_child(arguments, &output, &status)) {
        snprintf(error, size, "no process to do it in: %s", strerror(errno));
    } else {
        result = json_loads(text_string(&output), 0, NULL);
        *died = describe_end(status, doing, result != NULL, error, size);
        if (result == NULL && !*died)
            snprintf(error, size, "no memory");
    }
    text_free(&output);
    if (*died) {
        json_decref(result);
        result = NULL;
    }
    return result;
}
