// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// A stand-in for the daemon, for tests of what is between processes: as a worker it answers lines on its connections,
// as a checking child it does what the payload says, as a master it spawns itself. Words on its command line tell it
// how to misbehave.
//
// Threads: one for each connection, which waits in read(); 'lock' guards the counts.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/log.h"
#include "process/check.h"
#include "process/listener.h"
#include "process/master.h"
#include "process/signals.h"
#include "process/worker.h"

struct connection {
    int fd;
    enum mux_protocol protocol;
    char peer[LISTENER_ADDRESS_SIZE];
};

static struct worker *worker;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned connections;
static bool draining;
static bool stubborn, ready_on_go;

static const char *value_of(int argc, char **argv, const char *name)
{
    size_t len = strlen(name);

    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && strncmp(argv[i] + 2, name, len) == 0 && argv[i][2 + len] == '=')
            return argv[i] + 2 + len + 1;
    }
    return NULL;
}

static bool has_word(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], word) == 0)
            return true;
    }
    return false;
}

static _Noreturn void crash_in(const char *node)
{
    breadcrumb_follow(BREADCRUMB_LOOP);
    breadcrumb_enter(breadcrumb_add("some_model", node, "some_module"));
    signal(SIGSEGV, SIG_DFL); // a sanitizer's handler would exit instead
    raise(SIGSEGV);
    abort();
}

static _Noreturn void hang(void)
{
    breadcrumb_follow(BREADCRUMB_LOOP);
    breadcrumb_enter(breadcrumb_add("some_model", "slow_node", "some_module"));
    for (;;)
        pause();
}

// 128 MiB that stay.
static void hog(void)
{
    static char *volatile kept;

    kept = malloc(128 << 20);
    if (kept)
        memset(kept, 1, 128 << 20);
}

static bool read_line(int fd, char *line, size_t size)
{
    size_t len = 0;

    while (len + 1 < size && read(fd, line + len, 1) == 1) {
        if (line[len++] == '\n') {
            line[len] = '\0';
            return true;
        }
    }
    return false;
}

static void answer(const struct connection *connection)
{
    dprintf(connection->fd, "%u %ld %d %s\n", worker_index(worker), (long)getpid(), (int)connection->protocol,
            connection->peer);
}

static void *serve(void *argument)
{
    struct connection *connection = argument;
    char line[256];

    fcntl(connection->fd, F_SETFL, 0); // a thread may wait
    while (read_line(connection->fd, line, sizeof(line))) {
        if (strncmp(line, "GET /crash", 10) == 0)
            crash_in("some_node");
        if (strncmp(line, "GET /exit", 9) == 0)
            _exit(3);
        if (strncmp(line, "GET /hang", 9) == 0)
            hang();
        if (strncmp(line, "GET /hog", 8) == 0)
            hog();
        if (strncmp(line, "GET ", 4) == 0)
            answer(connection);
        if (strncmp(line, "GET /bye", 8) == 0)
            break;
    }
    shutdown(connection->fd, SHUT_RDWR);
    close(connection->fd);
    free(connection);
    pthread_mutex_lock(&lock);
    connections--;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void take_connection(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer,
                            socklen_t peer_len)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    pthread_t thread;

    (void)user;
    connection->fd = fd;
    connection->protocol = protocol;
    listener_address_text(peer, peer_len, connection->peer, sizeof(connection->peer));
    pthread_mutex_lock(&lock);
    connections++;
    pthread_mutex_unlock(&lock);
    if (pthread_create(&thread, NULL, serve, connection) != 0)
        abort();
    pthread_detach(thread);
}

// Reports the payload's size and beginning.
static bool take_payload(void *user, const void *bytes, size_t len)
{
    char report[64];
    int head = (int)(len < 32 ? len : 32);

    (void)user;
    snprintf(report, sizeof(report), "%zu %.*s", len, head, (const char *)bytes);
    if (!worker_report(worker, report, strlen(report)))
        abort();
    if (ready_on_go && len >= 2 && memcmp(bytes, "go", 2) == 0 &&
        (len == 2 || ((const char *)bytes)[2] == '0' + (int)worker_index(worker)))
        worker_ready(worker);
    return true;
}

static void miss(void *user, const char *why)
{
    (void)user;
    if (!worker_report(worker, why, strlen(why)))
        abort();
}

static void drain(void *user, bool alone)
{
    (void)user;
    if (alone)
        _exit(EXIT_FAILURE);
    if (stubborn)
        return;
    pthread_mutex_lock(&lock);
    draining = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static int run_worker(int fd, bool garbage)
{
    const struct worker_callbacks callbacks = {take_connection, take_payload, miss, drain};
    char error[256];

    worker = worker_attach(fd, &callbacks, NULL, error, sizeof(error));
    if (!worker || !worker_start(worker, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return EXIT_FAILURE;
    }
    if (garbage && send(fd, "x", 1, 0) == 1)
        pause();
    if (!ready_on_go)
        worker_ready(worker);
    pthread_mutex_lock(&lock);
    while (!draining || connections > 0)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    worker_detach(worker);
    worker_free(worker);
    return EXIT_SUCCESS;
}

static int check_payload(struct check_child child, bool first)
{
    char error[256] = "";

    if (child.payload_len > 1000) { // tells what it got by its last bytes
        check_child_report(&child, (const char *)child.payload + child.payload_len - 4, 4);
    } else if (strncmp(child.payload, "crash", 5) == 0) {
        check_child_report(&child, "before", 6);
        crash_in("checked_node");
    } else if (strncmp(child.payload, "hang", 4) == 0) {
        breadcrumb_enter(breadcrumb_add(NULL, NULL, "slow_module") | BREADCRUMB_CREATE);
        check_child_report(&child, "hanging", 7);
        for (;;)
            pause();
    } else if (strncmp(child.payload, "talk", 4) == 0) {
        memset(error, 'x', sizeof(error));
        while (check_child_report(&child, error, sizeof(error)))
            ;
        pause();
    } else if (strncmp(child.payload, "refuse", 6) == 0) {
        check_child_report(&child, "it is wrong", 11);
        return 7;
    } else if (strncmp(child.payload, "who", 3) == 0) {
        snprintf(error, sizeof(error), "%ld", (long)getpid());
        check_child_report(&child, error, strlen(error));
    } else if (strncmp(child.payload, "first", 5) == 0) {
        check_child_report(&child, first ? "it is fine" : "it is bro", first ? 10 : 9);
        if (!first)
            crash_in("broken_node");
    } else if (strncmp(child.payload, "end", 3) == 0) {
        if (!first)
            _exit(0);
        check_child_report(&child, "it is fine", 10);
    } else if (strncmp(child.payload, "deaf", 4) == 0) { // ends its report but not itself
        check_child_detach(&child);
        for (;;)
            pause();
    } else {
        check_child_report(&child, "it is ", 6);
        check_child_report(&child, "fine", 4);
    }
    return EXIT_SUCCESS;
}

static int run_check(int fd)
{
    struct check_child child;
    bool first = true;
    char error[256];
    int status;

    if (!check_child_attach(fd, &child, error, sizeof(error))) {
        fprintf(stderr, "%s\n", error);
        return EXIT_FAILURE;
    }
    do {
        status = check_payload(child, first);
        first = false;
    } while (status == EXIT_SUCCESS && check_child_next(&child));
    check_child_detach(&child);
    return status;
}

static void tell_ready(void *user, unsigned index, pid_t pid)
{
    (void)user;
    printf("ready %u %ld\n", index, (long)pid);
    fflush(stdout);
}

static int run_master(char **argv)
{
    char *words[] = {argv[0], NULL};
    struct master_options options = {.listen = "127.0.0.1:0", .workers = 2, .argv = words, .ready = tell_ready};
    char error[256];
    struct master *master = master_new(&options, error, sizeof(error));

    if (!master)
        return EXIT_FAILURE;
    return master_run(master);
}

int main(int argc, char **argv)
{
    const char *worker_fd = value_of(argc, argv, WORKER_OPTION_FD);
    const char *check_fd = value_of(argc, argv, CHECK_OPTION_CHILD);

    signals_prepare();
    stubborn = has_word(argc, argv, "stubborn");
    ready_on_go = has_word(argc, argv, "ready-on-go");
    if (has_word(argc, argv, "die-early"))
        return 9;
    if (has_word(argc, argv, "few-files"))
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){64 + 16, 64 + 16});
    if (check_fd)
        return run_check(atoi(check_fd));
    if (worker_fd)
        return run_worker(atoi(worker_fd), has_word(argc, argv, "garbage"));
    if (has_word(argc, argv, "master"))
        return run_master(argv);
    fputs("fake_worker is started by tests\n", stderr);
    return 2;
}
