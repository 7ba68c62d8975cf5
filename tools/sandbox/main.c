// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// inferd-sandbox: the backends of a ranking, from plain files. Options, signals, start and end.
#include "config.h"
#include "server.h"

#include <grpc/grpc.h>

#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "Usage: inferd-sandbox [OPTION]... DIRECTORY\n"
    "Serve a feature store (OnFS), a model server (KServe v2) and Numerix from plain files.\n"
    "\n"
    "DIRECTORY holds:\n"
    "  features/ENTITY.csv, .jsonl   features by key; columns 'user_id', 'profile:age@Int32', ...\n"
    "  models/NAME.json              models that XGBoost saved as JSON\n"
    "  expressions/ID.expr, .json    postfix expressions: score boost *, or {\"expression\": \"score boost *\"}\n"
    "\n"
    "Options:\n"
    "  -p, --port=PORT           listen on PORT; 0, the default, takes a free one\n"
    "      --onfs-port=PORT      a port of its own for the feature store\n"
    "      --kserve-port=PORT    a port of its own for the model server\n"
    "      --numerix-port=PORT   a port of its own for Numerix\n"
    "  -a, --address=ADDRESS     listen on ADDRESS (default 127.0.0.1)\n"
    "      --drop-missing        leave unknown keys out, instead of answering with empty columns\n"
    "      --typed               answer inferences with typed contents, instead of raw ones\n"
    "      --latency-ms=[SERVICE:]N\n"
    "                            answer N milliseconds late\n"
    "      --fail=[SERVICE:]CODE[=PERCENT]\n"
    "                            fail calls with a gRPC code, such as UNAVAILABLE\n"
    "  -v, --verbose             log every call to standard error\n"
    "  -h, --help                show this help and exit\n"
    "  -V, --version             show the version and exit\n"
    "\n"
    "SERVICE is onfs, kserve or numerix; without it an option holds for all three.\n"
    "When it serves, it prints one line: ready onfs=HOST:PORT kserve=HOST:PORT numerix=HOST:PORT\n"
    "SIGHUP reads the files again; SIGTERM and SIGINT end it.\n";

enum { ONFS_PORT = 256, KSERVE_PORT, NUMERIX_PORT, /* as in enum service */ DROP_MISSING, TYPED, LATENCY, FAIL };

static const struct option long_options[] = {
    {"port", required_argument, NULL, 'p'},
    {"onfs-port", required_argument, NULL, ONFS_PORT},
    {"kserve-port", required_argument, NULL, KSERVE_PORT},
    {"numerix-port", required_argument, NULL, NUMERIX_PORT},
    {"address", required_argument, NULL, 'a'},
    {"drop-missing", no_argument, NULL, DROP_MISSING},
    {"typed", no_argument, NULL, TYPED},
    {"latency-ms", required_argument, NULL, LATENCY},
    {"fail", required_argument, NULL, FAIL},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

enum { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static bool read_port(const char *text, int *port)
{
    char *end;
    long value = strtol(text, &end, 10);

    *port = (int)value;
    return end != text && *end == '\0' && value >= 0 && value <= 65535;
}

// Takes an option; false where its value says nothing.
static bool take_option(struct server_options *options, int option, const char *value)
{
    switch (option) {
    case 'p':
        return read_port(value, &options->port);
    case ONFS_PORT:
    case KSERVE_PORT:
    case NUMERIX_PORT:
        return read_port(value, &options->own_ports[option - ONFS_PORT]);
    case 'a':
        options->address = value;
        return true;
    case DROP_MISSING:
        return options->manners.drop_missing = true;
    case TYPED:
        return options->manners.typed = true;
    case LATENCY:
        return faults_read_latency(&options->faults, value);
    case FAIL:
        return faults_read_fail(&options->faults, value);
    case 'v':
        return options->verbose = true;
    default:
        return false;
    }
}

// Reads the command line. The directory, or NULL where the program shall end with the status in *status.
static const char *read_command_line(int argc, char **argv, struct server_options *options, int *status)
{
    int option, index = 0;

    *status = EXIT_USAGE;
    while ((option = getopt_long(argc, argv, "p:a:vhV", long_options, &index)) != -1) {
        if (option == 'h' || option == 'V') {
            fputs(option == 'h' ? help : "inferd-sandbox (inferd) " PACKAGE_VERSION "\n", stdout);
            *status = fflush(stdout) == 0 ? EXIT_FINE : EXIT_FAILED;
            return NULL;
        }
        if (option != '?' && take_option(options, option, optarg))
            continue;
        if (option != '?')
            fprintf(stderr, "inferd-sandbox: '%s' is no value of that option\n", optarg);
        fputs("Try 'inferd-sandbox --help' for more information.\n", stderr);
        return NULL;
    }
    if (optind + 1 == argc)
        return argv[optind];
    fputs(optind == argc ? "inferd-sandbox: the DIRECTORY is missing\n"
                         : "inferd-sandbox: only one DIRECTORY is served\n",
          stderr);
    fputs("Try 'inferd-sandbox --help' for more information.\n", stderr);
    return NULL;
}

// Says what was wrong, a line each, and forgets it.
static void complain(struct text *problems)
{
    fputs(text_string(problems), stderr);
    text_clear(problems);
}

struct watch {
    struct server *server;
    const char *directory;
    sigset_t signals;
};

static void reload(struct watch *watch)
{
    struct text problems;
    struct store *store;

    text_init(&problems);
    store = store_load(watch->directory, &problems);
    complain(&problems);
    if (store)
        server_use(watch->server, store);
    fprintf(stderr, "inferd-sandbox: %s\n", store ? "files read again" : "still serving what was read before");
    text_free(&problems);
}

// A thread of its own: signals are taken one by one, so that handling them may do anything.
static void *watch_signals(void *argument)
{
    struct watch *watch = argument;
    int signal;

    while (sigwait(&watch->signals, &signal) == 0 && signal == SIGHUP)
        reload(watch);
    server_stop(watch->server);
    return NULL;
}

static void announce(const struct server *server, const char *address)
{
    fputs("ready", stdout);
    for (int i = 0; i < SERVICES; i++)
        printf(" %s=%s:%d", service_name((enum service)i), address, server_port(server, (enum service)i));
    putchar('\n');
    fflush(stdout);
}

static int serve(const char *directory, const struct server_options *options, const sigset_t *signals,
                 struct text *problems)
{
    struct watch watch = {.directory = directory, .signals = *signals};
    struct store *store;
    pthread_t watcher;

    store = store_load(directory, problems);
    if (!store)
        return EXIT_FAILED;
    watch.server = server_open(options, store, problems);
    if (!watch.server)
        return EXIT_FAILED;
    if (pthread_create(&watcher, NULL, watch_signals, &watch) != 0) {
        text_add(problems, "can't start a thread for signals\n");
        server_free(watch.server);
        return EXIT_FAILED;
    }
    announce(watch.server, options->address);
    server_run(watch.server);
    pthread_join(watcher, NULL);
    server_free(watch.server);
    return EXIT_FINE;
}

// Blocks the signals that watch_signals() waits for. Threads inherit it, so this comes before any.
static void block_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGHUP);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
    struct server_options options = {.address = "127.0.0.1", .own_ports = {-1, -1, -1}};
    struct text problems;
    const char *directory;
    sigset_t signals;
    int status;

    faults_init(&options.faults);
    directory = read_command_line(argc, argv, &options, &status);
    if (!directory)
        return status;
    block_signals(&signals);
    setenv("GRPC_VERBOSITY", "NONE", 0); // what gRPC would log, our own messages say
    text_init(&problems);
    grpc_init();
    status = serve(directory, &options, &signals, &problems);
    grpc_shutdown_blocking();
    complain(&problems);
    text_free(&problems);
    return status;
}
