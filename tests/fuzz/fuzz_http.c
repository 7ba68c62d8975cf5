// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What comes over a plain connection: told apart by the mux, and if it is HTTP/1 served. An input is where to cut it in
// two sends (a byte) and the bytes. HTTP/2 is gRPC's to parse.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "front/http.h"
#include "front/http_health.h"
#include "process/counters.h"
#include "process/listener.h"
#include "process/mux.h"
#include "process/poller.h"
#include "base/sniff.h"
#include "fuzz.h"

static struct http_server *server;
static struct poller poller;
static struct mux *mux;
static struct listener listener;
static struct process_counters counters;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void echo(struct http_request *request, void *user)
{
    size_t len;
    const void *body = http_body(request, &len);

    (void)user;
    http_reply(request, 200, "application/octet-stream", body, len);
}

static void tell(struct http_request *request, void *user)
{
    const char *query = http_query(request, "q"), *header = http_header(request, "x-thing");

    (void)user;
    http_reply_error(request, 400, "%s %s %s %s %s", http_method(request), http_path(request), http_rest(request),
                     query ? query : "", header ? header : "");
}

static void go_on(struct http_request *request, void *user)
{
    http_add_header(request, "Retry-After", "1");
    echo(request, user);
}

static void count(void *user, const char *name, const char *value)
{
    *(size_t *)user += strlen(name) + strlen(value);
}

static void later(struct http_request *request, void *user)
{
    size_t length = 0;

    http_each_header(request, count, &length);
    http_continue(request, go_on, user);
}

static bool ready(void *user)
{
    (void)user;
    return true;
}

static struct http_health health = {ready, NULL};
static const struct http_route routes[] = {
    {"GET", "/health/self", false, http_health_self, NULL},
    {"GET", "/health/ready", false, http_health_ready, &health},
    {"POST", "/echo", false, echo, NULL},
    {"POST", "/later/", true, later, NULL},
    {"GET", "/things/", true, tell, NULL},
    {"DELETE", "/things/special/", true, tell, NULL},
};

static void route(void *user, int fd, enum mux_protocol protocol, const struct sockaddr *peer, socklen_t peer_len)
{
    (void)user;
    if (protocol == MUX_HTTP1)
        http_add(server, fd, peer, peer_len);
    else
        close(fd);
}

static void *accept_all(void *user)
{
    (void)user;
    poller_run(&poller);
    return NULL;
}

// A socket without a path, and without the states that TCP leaves behind.
static void listen_locally(void)
{
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + 16);

    snprintf(address.sun_path + 1, 17, "fuzz_http%07d", (int)getpid());
    listener.fds[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    listener.count = 1;
    FUZZ_ALWAYS(bind(listener.fds[0], (struct sockaddr *)&address, len) == 0 && listen(listener.fds[0], 64) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const struct http_options options = {.max_head_bytes = 4096,
                                         .max_body_bytes = 1000,
                                         .max_connections = 32,
                                         .routes = routes,
                                         .route_count = sizeof(routes) / sizeof(routes[0])};
    const struct mux_options mux_options = {.route = route, .counters = &counters};
    char error[256];
    pthread_t thread;

    (void)argc;
    (void)argv;
    signal(SIGPIPE, SIG_IGN);
    server = http_start(&options, error, sizeof(error));
    listen_locally();
    FUZZ_ALWAYS(server && poller_init(&poller, NULL, NULL));
    mux = mux_new(&poller, &listener, &(struct listener){.count = 0}, &mux_options);
    FUZZ_ALWAYS(mux);
    FUZZ_ALWAYS(pthread_create(&thread, NULL, accept_all, NULL) == 0);
    return 0;
}

// The verdict on a beginning is that on what follows, once there is one, and SNIFF_SIZE bytes are enough for it.
static void check_sniff(const uint8_t *data, size_t size)
{
    enum sniff_verdict verdict = SNIFF_MORE;

    for (size_t len = 0; len <= size && len <= SNIFF_SIZE; len++) {
        uint8_t *exact = fuzz_copy((struct inferd_bytes){data, len});
        enum sniff_verdict now = sniff((const char *)exact, len);

        FUZZ_ALWAYS(verdict == SNIFF_MORE || verdict == now);
        FUZZ_ALWAYS(len < SNIFF_SIZE || now != SNIFF_MORE);
        verdict = now;
        free(exact);
    }
}

static void send_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = TEMP_FAILURE_RETRY(send(fd, data, size, MSG_NOSIGNAL));

        if (sent <= 0)
            return; // it has heard enough
        data += sent;
        size -= (size_t)sent;
    }
}

static int open_connection(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 17);

    FUZZ_ALWAYS(fd >= 0 && TEMP_FAILURE_RETRY(connect(fd, (struct sockaddr *)&address, len)) == 0);
    return fd;
}

// A later connection is served later, so what came before it has been looked at when its reply is here; and the server
// is well.
static void wait_for_server(void)
{
    static const char request[] = "GET /health/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    char reply[4096];
    int fd = open_connection();

    send_all(fd, (const uint8_t *)request, sizeof(request) - 1);
    FUZZ_ALWAYS(TEMP_FAILURE_RETRY(recv(fd, reply, 12, MSG_PEEK | MSG_WAITALL)) ==
                12); // libFuzzer's alarm interrupts it
    FUZZ_ALWAYS(memcmp(reply, "HTTP/1.1 200", 12) == 0);
    while (TEMP_FAILURE_RETRY(recv(fd, reply, sizeof(reply), 0)) > 0)
        ;
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    size_t cut = fuzz_byte(&input);
    char reply[4096];
    int fd;

    check_sniff(input.data, input.len);
    if (cut > input.len)
        cut = input.len;
    fd = open_connection();
    send_all(fd, input.data, cut);
    send_all(fd, input.data + cut, input.len - cut);
    shutdown(fd, SHUT_WR);
    wait_for_server();
    while (recv(fd, reply, sizeof(reply), MSG_DONTWAIT) > 0)
        ;
    close(fd); // in the middle of a body the library waits for more all the same: until it is idle, or crowded out
    return 0;
}
