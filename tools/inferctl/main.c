// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl: looks after inferd's modules and model configs. Finds the command; the commands are in files of their own.
#include "config.h"
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const hidden[] = {&open_here_command, &compile_here_command};

static const struct command *const commands[] = {
    &check_command,    &diff_command,    &explain_command,    &history_command, &infer_command,
    &kind_command,     &modules_command, &new_plugin_command, &push_command,    &quarantine_command,
    &rollback_command, &status_command,  &token_command,
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int print_help(void)
{
    fputs("Usage: inferctl COMMAND [ARGUMENT]...\n"
          "Look after the modules and the model configs of inferd.\n"
          "\n"
          "Commands:\n",
          stdout);
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\n"
          "Options:\n"
          "  -h, --help     show this help and exit\n"
          "  -V, --version  show the version and exit\n"
          "\n"
          "'inferctl COMMAND --help' tells more of a command.\n"
          "Exit status: 0 all is well; 1 something is wrong with what was looked at; 2 the command line is wrong;\n"
          "3 it could not be done.\n",
          stdout);
    return EXIT_FINE;
}

static int print_command_help(const struct command *command)
{
    printf("Usage: inferctl %s %s\n%s.\n\n%s", command->name, command->arguments, command->summary, command->help);
    return EXIT_FINE;
}

int command_option(const struct command *command, int argc, char **argv, const char *letters,
                   const struct option *options, int *status)
{
    int option = getopt_long(argc, argv, letters, options, NULL);

    if (option == 'h') {
        *status = print_command_help(command);
        return -2;
    }
    if (option == '?') {
        fprintf(stderr, "Try 'inferctl %s --help' for more information.\n", command->name);
        *status = EXIT_USAGE;
        return -2;
    }
    return option;
}

int command_usage(const struct command *command, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "inferctl %s: ", command->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry 'inferctl %s --help' for more information.\n", command->name);
    return EXIT_USAGE;
}

bool command_number(const char *text, int64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoll(text, &end, 10);
    return end != text && !*end && errno == 0 && *number >= 0;
}

static int run_command(int argc, char **argv)
{
    static char title[64]; // with it getopt_long() begins its messages

    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, argv[0]) == 0) {
            snprintf(title, sizeof title, "inferctl %s", argv[0]);
            argv[0] = title;
            return commands[i]->run(commands[i], argc, argv);
        }
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (strcmp(hidden[i]->name, argv[0]) == 0)
            return hidden[i]->run(hidden[i], argc, argv);
    fprintf(stderr, "inferctl: there is no command '%s'\nTry 'inferctl --help' for more information.\n", argv[0]);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int status;

    if (argc < 2) {
        fputs("inferctl: which command?\nTry 'inferctl --help' for more information.\n", stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        status = print_help();
    else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        status = puts("inferctl (inferd) " PACKAGE_VERSION) < 0 ? EXIT_TROUBLE : EXIT_FINE;
    else
        status = run_command(argc - 1, argv + 1);
    if (fflush(stdout) != 0) {
        perror("inferctl: standard output");
        return EXIT_TROUBLE;
    }
    return status;
}
