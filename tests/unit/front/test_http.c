// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// HTTP on handed-over connections: routes, bodies, limits, replies that come late or never, and stopping.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include "front/http.h"
#include "front/http_health.h"
#include "front/http_route.h"
#include "process/listener.h"
#include "../process/client.h"

#define BODY_LIMIT 1000
#define LATE 50
#define LARGE (64u << 20) // more than sockets hold

static struct http_server *server;
static struct listener listener;
static struct http_request *late[LATE]; // in the order in which they came
static sem_t late_came;
static int late_count; // on the server's thread, then read after late_came
static bool is_ready;

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
    char text[256];

    snprintf(text, sizeof(text), "%s %s %s|%s|%s|%s", (const char *)user, http_method(request), http_path(request),
             http_rest(request), query ? query : "-", header ? header : "-");
    http_reply(request, 200, NULL, text, strlen(text));
}

static void keep(struct http_request *request, void *user)
{
    (void)user;
    late[late_count++] = request;
    sem_post(&late_came);
}

static void add_length(void *user, const char *name, const char *value)
{
    *(size_t *)user += strlen(name) + strlen(value);
}

// The second part of a request that is answered in two, on the server's thread; user: who counts them.
static void go_on(struct http_request *request, void *user)
{
    size_t len = 0, headers = 0;
    char text[64];

    http_body(request, &len);
    if (request == late[late_count - 1]) // it is still there
        http_each_header(request, add_length, &headers);
    http_add_header(request, "X-Thing", "added");
    snprintf(text, sizeof(text), "%zu bytes, %zu of headers", len, headers);
    http_reply(request, 200, NULL, text, strlen(text));
    sem_post(user);
}

static sem_t gone_on;

static void go_on_at_once(struct http_request *request, void *user)
{
    (void)user;
    late[late_count++] = request;
    http_continue(request, go_on, &gone_on);
}

static sem_t held, let_go;

// Nothing else is read meanwhile.
static void hold(struct http_request *request, void *user)
{
    (void)user;
    sem_post(&held);
    sem_wait(&let_go);
    http_reply(request, 200, NULL, "held", 4);
}

static void complain(struct http_request *request, void *user)
{
    (void)user;
    http_reply_error(request, 429, "too many of \"%s\"", "them");
}

static bool ready(void *user)
{
    return *(bool *)user;
}

static struct http_health health = {ready, &is_ready};

static const struct http_route routes[] = {
    {"GET", "/health/self", false, http_health_self, NULL},
    {"GET", "/health/ready", false, http_health_ready, &health},
    {"POST", "/echo", false, echo, NULL},
    {"GET", "/things/", true, tell, (void *)"things"},
    {"GET", "/things/special/", true, tell, (void *)"special"},
    {"GET", "/things/one", false, tell, (void *)"one"},
    {"DELETE", "/things/", true, tell, (void *)"delete"},
    {"GET", "/late", false, keep, NULL},
    {"POST", "/late", false, keep, NULL},
    {"GET", "/twice", false, go_on_at_once, NULL},
    {"GET", "/hold", false, hold, NULL},
    {"GET", "/fail", false, complain, NULL},
};

static void start(unsigned max_connections, unsigned idle_s)
{
    struct http_options options = {
        .max_head_bytes = 4096,
        .max_body_bytes = BODY_LIMIT,
        .max_bodies = 2 * 4096, // which a small one takes
        .max_connections = max_connections,
        .max_unread = LARGE + LARGE / 2,
        .idle_s = idle_s,
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
    };
    char error[256];

    late_count = 0;
    sem_init(&late_came, 0, 0);
    server = http_start(&options, error, sizeof(error));
    assert_non_null(server);
    assert_true(listener_open(&listener, "127.0.0.1:0", 128, error, sizeof(error)));
    fcntl(listener.fds[0], F_SETFL, 0);
}

static void stop(void)
{
    http_stop(server);
    listener_close(&listener);
}

// A client whose other end the server has. kept: a duplicate as the master has one, closed when the server says so.
static int connect_keeping(int *kept)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);
    int client = client_connect(listener.port);
    int fd = accept4(listener.fds[0], (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    assert_true(client >= 0 && fd >= 0);
    if (kept)
        *kept = dup(fd);
    http_add(server, fd, (struct sockaddr *)&peer, len);
    return client;
}

static int connect_client(void)
{
    return connect_keeping(NULL);
}

// Reads one reply by its Content-Length. The status; 0 if the connection ended.
static int read_reply(int client, char *head, size_t head_size, char *body, size_t body_size, bool has_body)
{
    char line[512];
    int status = 0;
    size_t len = 0;

    head[0] = '\0';
    while (client_read(client, true, line, sizeof(line)) && line[0]) {
        if (strcmp(line, "\r\n") == 0)
            break;
        if (strlen(head) + strlen(line) < head_size)
            strcat(head, line);
    }
    if (sscanf(head, "HTTP/1.1 %d", &status) != 1)
        return 0;
    if (strstr(head, "Content-Length: "))
        len = strtoul(strstr(head, "Content-Length: ") + 16, NULL, 10);
    assert_true(len < body_size);
    for (size_t got = 0; has_body && got < len;) {
        ssize_t piece = recv(client, body + got, len - got, 0);

        assert_true(piece > 0);
        got += (size_t)piece;
    }
    body[has_body ? len : 0] = '\0';
    return status;
}

static char head[2048], body[8192];

static int ask(int client, const char *request)
{
    assert_true(client_send(client, request));
    return read_reply(client, head, sizeof(head), body, sizeof(body), strncmp(request, "HEAD", 4) != 0);
}

static bool has_header(const char *line)
{
    char wanted[256];

    snprintf(wanted, sizeof(wanted), "\r\n%s\r\n", line);
    return strstr(head, wanted) != NULL;
}

static void answers_health_as_recorded(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    client = connect_client();
    assert_int_equal(ask(client, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_string_equal(body, "true");
    assert_true(has_header("Content-Type: text/plain; charset=utf-8"));
    assert_true(has_header("Content-Length: 4"));
    assert_non_null(strstr(head, "\r\nDate: "));
    is_ready = false;
    assert_int_equal(ask(client, "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n"), 503);
    assert_string_equal(body, "false");
    is_ready = true;
    assert_int_equal(ask(client, "GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_int_equal(ask(client, "HEAD /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_true(has_header("Content-Length: 4"));
    // Nothing came after the head: the next reply begins at once.
    assert_int_equal(ask(client, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    close(client);
    stop();
}

static void finds_routes(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    client = connect_client();
    assert_int_equal(ask(client, "GET /things/a%20b?q=1%262&r HTTP/1.1\r\nHost: x\r\nX-THING: t\r\n\r\n"), 200);
    assert_string_equal(body, "things GET /things/a b|a b|1&2|t");
    assert_int_equal(ask(client, "GET /things/special/x HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_string_equal(body, "special GET /things/special/x|x|-|-");
    assert_int_equal(ask(client, "GET /things/one HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_string_equal(body, "one GET /things/one||-|-");
    assert_int_equal(ask(client, "DELETE /things/one HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_string_equal(body, "delete DELETE /things/one|one|-|-");
    close(client);
    stop();
}

static void explains_what_is_not_there(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    client = connect_client();
    assert_int_equal(ask(client, "GET /no\"thing HTTP/1.1\r\nHost: x\r\n\r\n"), 404);
    assert_string_equal(body, "{\"error\": {\"status\": 404, \"message\": \"there is nothing at /no\\\"thing\"}}\n");
    assert_true(has_header("Content-Type: application/json"));
    assert_int_equal(ask(client, "PUT /things/one HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), 405);
    assert_true(has_header("Allow: GET, HEAD, DELETE"));
    assert_int_equal(ask(client, "POST /things/one HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"), 405);
    assert_int_equal(ask(client, "GET /fail HTTP/1.1\r\nHost: x\r\n\r\n"), 429);
    assert_string_equal(body, "{\"error\": {\"status\": 429, \"message\": \"too many of \\\"them\\\"\"}}\n");
    close(client);
    stop();
}

static int post(int client, size_t len, const char *more)
{
    char request[8192];
    int head_len = snprintf(request, sizeof(request), "POST /echo HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n",
                            more, len);

    memset(request + head_len, 'b', len);
    request[(size_t)head_len + len] = '\0';
    return ask(client, request);
}

static void takes_bodies_up_to_the_limit(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    client = connect_client();
    assert_int_equal(post(client, 0, ""), 200);
    assert_int_equal(post(client, BODY_LIMIT, ""), 200);
    assert_int_equal(strlen(body), BODY_LIMIT);
    assert_int_equal(body[BODY_LIMIT - 1], 'b');
    assert_int_equal(post(client, BODY_LIMIT + 1, ""), 413); // read to its end, the connection lives
    assert_int_equal(post(client, 3, ""), 200);
    assert_string_equal(body, "bbb");
    assert_int_equal(ask(client, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
                     200);
    assert_string_equal(body, "abcde");
    close(client);
    stop();
}

static void cuts_off_what_is_far_too_large(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    client = connect_client(); // says so beforehand: told at once
    assert_int_equal(ask(client, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                                 "Content-Length: 1001\r\n\r\n"),
                     413);
    close(client);
    client = connect_client();
    assert_int_equal(ask(client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"), 413);
    assert_true(client_sees_end(client));
    close(client);
    client = connect_client(); // does not say so, and goes on
    assert_true(client_send(client, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    while (client_send(client, "10\r\n0123456789abcdef\r\n"))
        ;
    close(client);
    client = connect_client();
    memset(body, 'h', sizeof(body));
    snprintf(body, sizeof(body), "GET /health/self HTTP/1.1\r\nHost: x\r\nX: ");
    body[strlen(body)] = 'h';
    body[6000] = '\0';
    strcat(body, "\r\n\r\n");
    assert_true(client_send(client, body));
    assert_int_equal(read_reply(client, head, sizeof(head), body, sizeof(body), true), 431);
    close(client);
    stop();
}

static void waits_for_late_replies(void **state)
{
    int clients[LATE];

    (void)state;
    start(0, 0);
    for (int i = 0; i < LATE; i++) {
        clients[i] = connect_client();
        assert_true(client_send(clients[i], "GET /late HTTP/1.1\r\nHost: x\r\n\r\n"));
        sem_wait(&late_came); // so that the order is known
    }
    for (int i = LATE - 1; i >= 0; i--) {
        char text[16];

        snprintf(text, sizeof(text), "late %d", i);
        assert_string_equal(http_path(late[i]), "/late");
        http_reply(late[i], 200, NULL, text, strlen(text));
        assert_int_equal(read_reply(clients[i], head, sizeof(head), body, sizeof(body), true), 200);
        assert_string_equal(body, text);
        assert_int_equal(ask(clients[i], "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
        close(clients[i]);
    }
    stop();
}

static void *reply_all(void *unused)
{
    (void)unused;
    for (int i = 0; i < LATE; i++) {
        sem_wait(&late_came);
        http_reply(late[i], 200, NULL, "soon", 4);
    }
    return NULL;
}

// The reply races with the handler's return.
static void takes_replies_at_any_moment(void **state)
{
    pthread_t thread;
    int client;

    (void)state;
    start(0, 0);
    client = connect_client();
    assert_int_equal(pthread_create(&thread, NULL, reply_all, NULL), 0);
    for (int i = 0; i < LATE; i++)
        assert_int_equal(ask(client, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    pthread_join(thread, NULL);
    close(client);
    stop();
}

static int ask_late(void)
{
    int client = connect_client();

    assert_true(client_send(client, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&late_came);
    return client;
}

// There is one thread, so handlers have returned when another request has its reply.
static void wait_for_handlers(void)
{
    int client = connect_client();

    assert_int_equal(ask(client, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    close(client);
}

// The status of the reply, and all of it is read.
static int read_large(int client)
{
    static char bytes[65536];
    size_t left = LARGE;
    ssize_t got;
    char first[512] = "", line[512];

    while (client_read(client, true, line, sizeof(line)) && strcmp(line, "\r\n") != 0)
        if (!*first)
            strcpy(first, line);
    if (strncmp(first, "HTTP/1.1 200", 12) != 0)
        return atoi(first + 9);
    while (left > 0 && (got = recv(client, bytes, sizeof(bytes), 0)) > 0)
        left -= (size_t)got;
    assert_int_equal(left, 0);
    return 200;
}

// Two large replies are more than may be unread; small ones go out all the same.
static void keeps_no_more_than_may_be_unread(void **state)
{
    char *large = calloc(1, LARGE);
    int first, other, status;

    (void)state;
    start(0, 0);
    first = ask_late();
    http_reply(late[0], 200, NULL, large, LARGE);
    other = ask_late();
    http_reply(late[1], 200, NULL, large, LARGE);
    assert_int_equal(read_large(other), 503);
    close(other);
    other = connect_client();
    assert_int_equal(ask(other, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    close(other);
    assert_int_equal(read_large(first), 200);
    do { // the server sees the end of it a moment later
        other = ask_late();
        http_reply(late[late_count - 1], 200, NULL, large, LARGE);
        status = read_large(other);
        close(other);
    } while (status == 503 && late_count < LATE);
    assert_int_equal(status, 200);
    close(first);
    stop();
    free(large);
}

static void survives_clients_that_leave(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    client = connect_client();
    assert_true(client_send(client, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&late_came);
    close(client);
    http_reply(late[0], 200, NULL, "too late", 8);
    client = connect_client();
    assert_int_equal(ask(client, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    close(client);
    stop();
}

static void handlers_go_on_later(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    sem_init(&gone_on, 0, 0);
    client = connect_client();
    assert_int_equal(ask(client, "GET /twice HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_string_equal(body, "0 bytes, 5 of headers");
    assert_true(has_header("X-Thing: added"));
    for (int i = 0; i < 3; i++) {
        assert_true(client_send(client, "GET /late HTTP/1.1\r\nHost: xyz\r\n\r\n"));
        sem_wait(&late_came);
        http_continue(late[late_count - 1], go_on, &gone_on);
        assert_int_equal(read_reply(client, head, sizeof(head), body, sizeof(body), true), 200);
        assert_string_equal(body, "0 bytes, 7 of headers");
        assert_int_equal(ask(client, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    }
    close(client);
    stop();
    for (int i = 0; i < 4; i++)
        assert_int_equal(sem_trywait(&gone_on), 0); // each once
    assert_int_not_equal(sem_trywait(&gone_on), 0);
}

static void reply_to_nobody(struct http_request *request, void *user)
{
    http_reply(request, 200, NULL, "for nobody", 10);
    sem_post(user);
}

// A handler that is to go on has things to free, so it is called all the same.
static void handlers_go_on_without_a_client(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    sem_init(&gone_on, 0, 0);
    client = ask_late();
    close(client);
    http_continue(late[0], reply_to_nobody, &gone_on);
    sem_wait(&gone_on);
    client = ask_late();
    wait_for_handlers();
    stop();
    assert_int_equal(read_reply(client, head, sizeof(head), body, sizeof(body), true), 503);
    close(client);
    http_continue(late[1], reply_to_nobody, &gone_on);
    assert_int_equal(sem_trywait(&gone_on), 0);
}

// All bodies together have room for two of these.
static void takes_no_more_bodies_than_there_is_room_for(void **state)
{
    static const char request[] = "POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
    int clients[3];

    (void)state;
    start(0, 0);
    for (int i = 0; i < 2; i++) {
        clients[i] = connect_client();
        assert_true(client_send(clients[i], request));
        sem_wait(&late_came);
    }
    clients[2] = connect_client();
    assert_int_equal(ask(clients[2], request), 503);
    assert_int_equal(ask(clients[2], "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    for (int i = 0; i < 2; i++)
        http_reply(late[i], 200, NULL, "done", 4);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(read_reply(clients[i], head, sizeof(head), body, sizeof(body), true), 200);
        assert_int_equal(ask(clients[i], "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200); // it is forgotten
    }
    assert_true(client_send(clients[2], request));
    sem_wait(&late_came);
    http_reply(late[2], 200, NULL, "done", 4);
    assert_int_equal(read_reply(clients[2], head, sizeof(head), body, sizeof(body), true), 200);
    for (int i = 0; i < 3; i++)
        close(clients[i]);
    stop();
}

static void answers_the_late_when_it_stops(void **state)
{
    int clients[2];

    (void)state;
    start(0, 0);
    for (int i = 0; i < 2; i++) {
        clients[i] = connect_client();
        assert_true(client_send(clients[i], "GET /late HTTP/1.1\r\nHost: x\r\n\r\n"));
        sem_wait(&late_came);
    }
    wait_for_handlers();
    stop();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(read_reply(clients[i], head, sizeof(head), body, sizeof(body), true), 503);
        assert_true(client_sees_end(clients[i]));
        close(clients[i]);
        assert_string_equal(http_path(late[i]), "/late"); // still there for who has not replied
        http_reply(late[i], 200, NULL, "x", 1);
    }
}

static void wait_for_end(int fd)
{
    struct pollfd watched = {.fd = fd, .events = POLLRDHUP};

    assert_int_equal(poll(&watched, 1, -1), 1);
    close(fd);
}

// With a duplicate elsewhere a mere close() would leave the client waiting.
static void ends_connections_for_every_holder(void **state)
{
    int kept, client;

    (void)state;
    start(0, 0);
    client = connect_keeping(&kept);
    assert_int_equal(ask(client, "GET /health/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 200);
    assert_true(client_sees_end(client));
    wait_for_end(kept);
    close(client);
    client = connect_keeping(&kept);
    assert_int_equal(ask(client, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    stop();
    assert_true(client_sees_end(client));
    wait_for_end(kept);
    close(client);
}

static sem_t gone;

static void count_gone(void *user)
{
    sem_post(user);
}

static void asks_to_close_when_it_drains(void **state)
{
    int kept[2], slow, late_one;

    (void)state;
    start(0, 0);
    sem_init(&gone, 0, 0);
    for (int i = 0; i < 2; i++) {
        kept[i] = connect_client();
        assert_int_equal(ask(kept[i], "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
        assert_false(has_header("Connection: close"));
    }
    slow = connect_client();
    assert_true(client_send(slow, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo"));
    late_one = ask_late();
    assert_int_equal(http_connections(server), 4);
    while (http_requests(server) < 2) // the head of the slow one may have yet to be read
        ;
    http_drain(server, count_gone, &gone);
    assert_int_equal(ask(kept[0], "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_true(has_header("Connection: close"));
    assert_true(client_sees_end(kept[0]));
    sem_wait(&gone);
    assert_int_equal(http_connections(server), 3);
    close(kept[1]);
    sem_wait(&gone);
    assert_int_equal(ask(slow, "dy"), 200);
    assert_true(has_header("Connection: close"));
    http_reply(late[0], 200, NULL, "late", 4);
    assert_int_equal(read_reply(late_one, head, sizeof(head), body, sizeof(body), true), 200);
    assert_true(has_header("Connection: close"));
    sem_wait(&gone);
    sem_wait(&gone);
    assert_int_equal(http_connections(server) + http_requests(server), 0);
    close(kept[0]);
    close(slow);
    close(late_one);
    stop();
}

// What was sent before is served, though it is read only afterwards.
static void parts_with_who_asks_for_nothing(void **state)
{
    struct pollfd came;
    int holder, asking, idle, half, slow;

    (void)state;
    start(0, 0);
    sem_init(&gone, 0, 0);
    sem_init(&held, 0, 0);
    sem_init(&let_go, 0, 0);
    slow = connect_client();
    assert_true(client_send(slow, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbo"));
    while (http_requests(server) == 0)
        ;
    asking = connect_keeping(&came.fd);
    assert_int_equal(ask(asking, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    idle = connect_client();
    assert_int_equal(ask(idle, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    half = connect_client();
    assert_true(client_send(half, "GET /hea"));
    holder = connect_client();
    http_drain(server, count_gone, &gone);
    assert_true(client_send(holder, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&held);
    assert_true(client_send(asking, "GET /things/one HTTP/1.1\r\nHost: x\r\n\r\n"));
    came.events = POLLIN;
    assert_int_equal(poll(&came, 1, -1), 1);
    http_part(server);
    sem_post(&let_go);
    assert_int_equal(read_reply(holder, head, sizeof(head), body, sizeof(body), true), 200);
    assert_int_equal(read_reply(asking, head, sizeof(head), body, sizeof(body), true), 200);
    assert_string_equal(body, "one GET /things/one||-|-");
    assert_true(client_sees_end(holder) && client_sees_end(asking) && client_sees_end(idle) && client_sees_end(half));
    for (int i = 0; i < 4; i++)
        sem_wait(&gone);
    assert_int_equal(ask(slow, "dy"), 200);
    assert_true(client_sees_end(slow));
    sem_wait(&gone);
    assert_int_equal(http_connections(server) + http_requests(server), 0);
    close(came.fd);
    close(holder);
    close(asking);
    close(idle);
    close(half);
    close(slow);
    stop();
}

static void makes_room_by_closing_the_idlest(void **state)
{
    int busy, slow, idle, newest;

    (void)state;
    start(3, 0);
    busy = connect_client();
    assert_true(client_send(busy, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&late_came);
    slow = connect_client();
    assert_true(client_send(slow, "GET /hea"));
    idle = connect_client();
    assert_int_equal(ask(idle, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_true(client_send(slow, "lth")); // moves, but gets nowhere
    newest = connect_client();
    assert_true(client_sees_end(slow));
    assert_int_equal(ask(newest, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    assert_int_equal(ask(idle, "GET /health/self HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
    http_reply(late[0], 200, NULL, "ok", 2);
    assert_int_equal(read_reply(busy, head, sizeof(head), body, sizeof(body), true), 200);
    close(busy);
    close(slow);
    close(idle);
    close(newest);
    stop();
}

static void closes_the_new_one_when_all_are_busy(void **state)
{
    int busy, refused;

    (void)state;
    start(1, 0);
    busy = connect_client();
    assert_true(client_send(busy, "GET /late HTTP/1.1\r\nHost: x\r\n\r\n"));
    sem_wait(&late_came);
    refused = connect_client();
    assert_true(client_sees_end(refused));
    close(refused);
    http_reply(late[0], 200, NULL, "ok", 2);
    assert_int_equal(read_reply(busy, head, sizeof(head), body, sizeof(body), true), 200);
    close(busy);
    stop();
}

static void closes_what_is_idle(void **state)
{
    int client;

    (void)state;
    start(0, 1);
    client = connect_client();
    assert_true(client_send(client, "GET /he"));
    assert_true(client_sees_end(client));
    close(client);
    stop();
}

static void refuses_nonsense(void **state)
{
    int client;

    (void)state;
    start(0, 0);
    client = connect_client();
    assert_int_equal(ask(client, "GET / HTTP/1.1\r\nno colon\r\n\r\n"), 400);
    close(client);
    stop();
}

static void lists_methods_and_prefers_the_closest(void **state)
{
    char allowed[128];
    size_t count = sizeof(routes) / sizeof(routes[0]);

    (void)state;
    assert_null(http_route_find(routes, count, "GET", "/thing", allowed, sizeof(allowed)));
    assert_string_equal(allowed, "");
    assert_null(http_route_find(routes, count, "GET", "/echo", allowed, sizeof(allowed)));
    assert_string_equal(allowed, "POST");
    assert_string_equal(http_route_find(routes, count, "HEAD", "/things/one", allowed, sizeof(allowed))->path,
                        "/things/one");
    assert_null(http_route_find(routes, count, "HEAD", "/echo", allowed, sizeof(allowed)));
    assert_null(http_route_find(routes, 0, "GET", "/", allowed, sizeof(allowed)));
    // The order of the table doesn't matter.
    struct http_route reversed[] = {routes[4], routes[3]};
    assert_string_equal(http_route_find(reversed, 2, "GET", "/things/special/a", allowed, sizeof(allowed))->path,
                        "/things/special/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_health_as_recorded),
        cmocka_unit_test(finds_routes),
        cmocka_unit_test(explains_what_is_not_there),
        cmocka_unit_test(takes_bodies_up_to_the_limit),
        cmocka_unit_test(cuts_off_what_is_far_too_large),
        cmocka_unit_test(waits_for_late_replies),
        cmocka_unit_test(takes_replies_at_any_moment),
        cmocka_unit_test(keeps_no_more_than_may_be_unread),
        cmocka_unit_test(survives_clients_that_leave),
        cmocka_unit_test(handlers_go_on_later),
        cmocka_unit_test(handlers_go_on_without_a_client),
        cmocka_unit_test(takes_no_more_bodies_than_there_is_room_for),
        cmocka_unit_test(answers_the_late_when_it_stops),
        cmocka_unit_test(ends_connections_for_every_holder),
        cmocka_unit_test(asks_to_close_when_it_drains),
        cmocka_unit_test(parts_with_who_asks_for_nothing),
        cmocka_unit_test(makes_room_by_closing_the_idlest),
        cmocka_unit_test(closes_the_new_one_when_all_are_busy),
        cmocka_unit_test(closes_what_is_idle),
        cmocka_unit_test(refuses_nonsense),
        cmocka_unit_test(lists_methods_and_prefers_the_closest),
    };

    signal(SIGPIPE, SIG_IGN);
    alarm(120);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
