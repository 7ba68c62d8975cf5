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
#include "base/write.h"
#include "command.h"

#define RESULT_FD 3

extern char **environ;

int elsewhere_tell(const json_t *line)
{
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
    bool told = text != NULL && write_all(RESULT_FD, text, strlen(text)) && write_all(RESULT_FD, "\n", 1);

    free(text);
    return told ? EXIT_FINE : EXIT_TROUBLE;
}

static int spawn(const char *const *arguments, int input, int result, pid_t *child)
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
    if (input >= 0)
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, result, RESULT_FD);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    status = posix_spawn(child, "/proc/self/exe", &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    free(argv);
    return status;
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

struct telling {
    void (*each)(void *user, json_t *line);
    void *user;
    bool told; // anything
};

static void tell(struct telling *telling, const char *text, size_t len)
{
    json_t *line = json_loadb(text, len, 0, NULL);

    if (line != NULL) {
        telling->told = true;
        telling->each(telling->user, line);
    }
    json_decref(line);
}

static void read_lines(int fd, struct telling *telling)
{
    char data[16384];
    struct text rest;
    ssize_t n;

    text_init(&rest);
    while ((n = read(fd, data, sizeof data)) > 0 || (n < 0 && errno == EINTR)) {
        const char *from = data, *end;

        for (; n > 0 && (end = memchr(from, '\n', (size_t)n)) != NULL; n -= end + 1 - from, from = end + 1) {
            text_append(&rest, from, (size_t)(end - from));
            tell(telling, text_string(&rest), rest.len);
            text_clear(&rest);
        }
        if (n > 0)
            text_append(&rest, from, (size_t)n);
    }
    text_free(&rest);
}

enum elsewhere_end elsewhere_each(const char *const *arguments, int input, void (*each)(void *user, json_t *line),
                                  void *user, const char *doing, char *error, size_t size)
{
    struct telling telling = {each, user, false};
    int ends[2], failed, status = 0;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        snprintf(error, size, "no process to do it in: %s", strerror(errno));
        return ELSEWHERE_TROUBLE;
    }
    failed = spawn(arguments, input, ends[1], &child);
    close(ends[1]);
    if (failed == 0) {
        read_lines(ends[0], &telling);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
    }
    close(ends[0]);
    if (failed != 0) {
        snprintf(error, size, "no process to do it in: %s", strerror(failed));
        return ELSEWHERE_TROUBLE;
    }
    if (describe_end(status, doing, telling.told, error, size))
        return ELSEWHERE_DIED;
    if (telling.told)
        return ELSEWHERE_DONE;
    snprintf(error, size, "no memory");
    return ELSEWHERE_TROUBLE;
}

static void take(void *user, json_t *line)
{
    json_t **result = user;

    json_decref(*result);
    *result = json_incref(line);
}

json_t *elsewhere_run(const char *const *arguments, const char *doing, bool *died, char *error, size_t size)
{
    json_t *result = NULL;
    enum elsewhere_end end = elsewhere_each(arguments, -1, take, &result, doing, error, size);

    *died = end == ELSEWHERE_DIED;
    if (end != ELSEWHERE_DONE) {
        json_decref(result);
        result = NULL;
    }
    return result;
}
