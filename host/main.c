// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's entry: settings, then one of its ways to run. It knows of no protocol, no config format and no kind.
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "config/settings.h"
#include "daemon/check.h"
#include "daemon/daemon.h"
#include "daemon/modules.h"
#include "process/program.h"
#include "process/signals.h"

static bool tell_problems(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        fprintf(stderr, "inferd: %s: %s%s\n", problems->list[i].path,
                problems->list[i].kind == PROBLEM_WARNING ? "warning: " : "", problems->list[i].message);
    return problems->errors == 0;
}

// What is printed includes the modules' settings, so they are loaded.
static int print(struct settings *settings, void (*text_of)(const struct settings *settings, struct text *out))
{
    struct registry *registry = modules_load(settings);
    struct problems problems;
    struct text text;

    problems_init(&problems);
    modules_check_options(settings, &problems);
    if (!tell_problems(&problems))
        return 2;
    problems_free(&problems);
    text_init(&text);
    text_of(settings, &text);
    fputs(text_string(&text), stdout);
    text_free(&text);
    registry_free(registry);
    return EXIT_SUCCESS;
}

static int lead(struct settings *settings, char **argv)
{
    char *program = program_find(argv[0]);
    int status = daemon_master(settings, program, argv);

    free(program);
    return status;
}

static int run(struct settings *settings, char **argv)
{
    const struct host_settings *host = settings_host(settings);
    int level = LOG_INFO;

    // Who is started by way of /proc/self/exe is called "exe" in ps and top otherwise.
    prctl(PR_SET_NAME, host->check_child >= 0 ? "inferd-check" : host->worker_fd >= 0 ? "inferd-worker" : "inferd");
    if (log_level_of(host->log_level, &level))
        log_set_level(level);
    if (host->check_child >= 0)
        return check_child_main(settings);
    if (host->worker_fd >= 0)
        return daemon_worker(settings);
    if (host->check)
        return check_main(settings);
    return host->workers == 0 ? daemon_single(settings) : lead(settings, argv);
}

int main(int argc, char **argv)
{
    struct problems problems;
    struct settings *settings;
    const struct host_settings *host;
    int status;

    signals_prepare();
    problems_init(&problems);
    settings = settings_read(argc, argv, &problems);
    if (!settings)
        return EXIT_FAILURE;
    host = settings_host(settings);
    if (host->version) {
        puts(PACKAGE_STRING);
        return EXIT_SUCCESS;
    }
    if (host->help) {
        puts("Usage: inferd [OPTION]...\nServes model inference by components that modules provide.\n");
        return print(settings, settings_help);
    }
    if ((host->worker_fd < 0 && host->check_child < 0 && !tell_problems(&problems)) || problems.errors) {
        fputs("Try 'inferd --help'.\n", stderr);
        problems_free(&problems);
        settings_free(settings);
        return 2;
    }
    problems_free(&problems);
    status = host->show_config ? print(settings, settings_show) : run(settings, argv);
    settings_free(settings);
    return status;
}
