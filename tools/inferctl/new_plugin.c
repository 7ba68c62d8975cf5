// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferctl new-plugin: writes a module to begin with, from the installed template.
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/text.h"
#include "module/check.h"

#define NAME_TOKEN "@NAME@"

static const char *const files[] = {"plugin.c", "configure.ac", "Makefile.am", "README.md"};

static bool trouble(const char *path)
{
    fprintf(stderr, "inferctl new-plugin: %s: %s\n", path, strerror(errno));
    return false;
}

// Appends a file with each token replaced by the name.
static bool read_template(const char *path, const char *name, struct text *out)
{
    FILE *file = fopen(path, "r");
    char line[1024];

    if (file == NULL)
        return trouble(path);
    while (fgets(line, sizeof line, file) != NULL) {
        const char *from = line;

        for (const char *token; (token = strstr(from, NAME_TOKEN)) != NULL; from = token + strlen(NAME_TOKEN)) {
            text_append(out, from, (size_t)(token - from));
            text_add(out, name);
        }
        text_add(out, from);
    }
    fclose(file);
    return !out->failed;
}

static bool write_file(const char *path, const struct text *content)
{
    FILE *file = fopen(path, "wx");
    bool written;

    if (file == NULL)
        return trouble(path);
    written = fwrite(content->data, 1, content->len, file) == content->len;
    if (fclose(file) != 0 || !written)
        return trouble(path);
    return true;
}

static bool write_plugin(const char *template, const char *name, const char *directory)
{
    bool fine = true;

    for (size_t i = 0; fine && i < sizeof files / sizeof *files; i++) {
        struct text from = {0}, to = {0}, content = {0};

        text_printf(&from, "%s/%s", template, files[i]);
        if (i == 0)
            text_printf(&to, "%s/%s.c", directory, name);
        else
            text_printf(&to, "%s/%s", directory, files[i]);
        fine = !from.failed && !to.failed && read_template(from.data, name, &content) && write_file(to.data, &content);
        text_free(&from);
        text_free(&to);
        text_free(&content);
    }
    return fine;
}

// Asked first, so that nothing is left behind where there is no template.
static bool has_template(const char *template)
{
    struct stat st;

    return stat(template, &st) == 0 || trouble(template);
}

// Makes the directory; one that is there and empty will do.
static bool make_directory(const char *path)
{
    const struct dirent *entry;
    bool empty = true;
    DIR *directory;

    if (mkdir(path, 0777) == 0)
        return true;
    if (errno != EEXIST || (directory = opendir(path)) == NULL)
        return trouble(path);
    while ((entry = readdir(directory)) != NULL)
        empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(directory);
    if (!empty)
        fprintf(stderr, "inferctl new-plugin: %s: not empty; give another directory\n", path);
    return empty;
}

static void print_next(const char *name, const char *directory)
{
    printf("Wrote a module with the kind '%s' to %s. To build and check it:\n\n"
           "  cd %s\n"
           "  cc -shared -fPIC -fvisibility=hidden -O2 $(pkg-config --cflags inferd) %s.c -o %s.so\n"
           "  inferctl check %s.so\n\n"
           "README.md there goes on from here.\n",
           name, directory, directory, name, name, name);
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"template", required_argument, NULL, 't'},
        HELP_OPTION,
        {NULL, 0, NULL, 0},
    };
    const char *template = INFERD_TEMPLATE_DIR, *name, *directory;
    int option, status;

    while ((option = command_option(command, argc, argv, "t:h", options, &status)) != -1)
        if (option == 't')
            template = optarg;
        else
            return status;
    if (argc - optind < 1 || argc - optind > 2)
        return command_usage(command, argc == optind ? "what is it to be called?" : "too many arguments");
    name = argv[optind];
    directory = optind + 1 < argc ? argv[optind + 1] : name;
    if (!module_name_valid(name, "a", "a0_"))
        return command_usage(
            command, "'%s' can't be the name of a kind: lower-case letters, digits and '_', a letter first", name);
    if (!has_template(template) || !make_directory(directory) || !write_plugin(template, name, directory))
        return EXIT_TROUBLE;
    print_next(name, directory);
    return EXIT_FINE;
}

const struct command new_plugin_command = {
    .name = "new-plugin",
    .arguments = "[OPTION]... NAME [DIRECTORY]",
    .summary = "Write a module with the kind NAME to begin with",
    .help = "It goes to DIRECTORY, which is NAME if not given, and is ready to be built.\n"
            "\n"
            "Options:\n"
            "  -t, --template=DIR  take the template from DIR instead of " INFERD_TEMPLATE_DIR "\n"
            "  -h, --help          show this help and exit\n",
    .run = run,
};
