// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Spawning: posix_spawn with inherited descriptors and a pidfd in return.
#include "process/spawn.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char **join_arguments(const struct spawn_options *options)
{
    size_t own = 0, count = 0;
    char **joined;

    while (options->argv[own])
        own++;
    joined = calloc(own + SPAWN_MAX_OPTIONS + 2, sizeof(*joined));
    if (!joined)
        return NULL;
    joined[count++] = own > 0 ? options->argv[0] : (char *)"inferd";
    // Before all others: after "--" they would be no options.
    for (size_t i = 0; options->options[i]; i++)
        joined[count++] = (char *)options->options[i];
    for (size_t i = 1; i < own; i++)
        joined[count++] = options->argv[i];
    return joined;
}

// An error number, or 0.
static int spawn(const struct spawn_options *options, char **argv, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    const char *program = options->program ? options->program : "/proc/self/exe";
    int problem = posix_spawn_file_actions_init(&actions);

    if (problem)
        return problem;
    // Onto itself: that clears close-on-exec in the child.
    for (const int *fd = options->fds; *fd >= 0 && !problem; fd++)
        problem = posix_spawn_file_actions_adddup2(&actions, *fd, *fd);
    if (!problem)
        problem =
            posix_spawn(pid, program, &actions, NULL, argv, options->environment ? options->environment : environ);
    posix_spawn_file_actions_destroy(&actions);
    return problem;
}

int spawn_self(const struct spawn_options *options, pid_t *pid)
{
    char **argv = join_arguments(options);
    int problem, fd;

    if (!argv)
        return -1;
    problem = spawn(options, argv, pid);
    free(argv);
    if (problem) {
        errno = problem;
        return -1;
    }
    // A pid that nobody has waited for is not given to another process.
    fd = pidfd_open(*pid, 0);
    if (fd < 0) {
        problem = errno;
        kill(*pid, SIGKILL);
        waitpid(*pid, NULL, 0);
        errno = problem;
    }
    return fd;
}
