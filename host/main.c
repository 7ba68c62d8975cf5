// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The daemon's entry: its command line. It knows of no protocol, no config format and no kind.
#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static void print_help(void)
{
    puts("Usage: inferd [OPTION]...\n"
         "Serve model inference by components that modules provide.\n"
         "\n"
         "  -h, --help     show this help and exit\n"
         "  -V, --version  show the version and exit");
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    int c = getopt_long(argc, argv, "hV", options, NULL);
    if (c == 'V') {
        puts(PACKAGE_STRING);
        return EXIT_SUCCESS;
    }
    if (c == 'h') {
        print_help();
        return EXIT_SUCCESS;
    }
    fputs("Try 'inferd --help'.\n", stderr);
    return 2;
}
