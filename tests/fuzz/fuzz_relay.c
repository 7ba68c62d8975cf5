// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What comes over a connection to the TLS port, before keys were agreed on and after. An input's first byte says which:
// what is odd is bytes from the wire; what is even is a client that agrees on keys, offering what the byte says by
// ALPN, and then a list of things that it and the server behind do, each a byte of what, one of how many, and so many
// bytes. What the server gets is what the client has said, or a beginning of it, and each connection is told the end
// of.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>
#include "front/relay.h"
#include "front/tls.h"
#include "front/tls_names.h"
#include "../unit/front/tls_files.h"
#include "fuzz.h"

enum { SAY, SEND_RAW, REPLY, SHUT, UPDATE_KEYS, SERVER_ENDS, READ, DEEDS };

struct client {
    SSL *ssl;
    int fd;
    uint8_t said[4096];     // by it, over TLS
    size_t said_len, heard; // by the server
};

static char cert_file[64], key_file[64];
static struct relay *relay;
static SSL_CTX *context;
static sem_t settled; // a connection was opened, answered, or has ended
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int plain = -1; // of the connection that was opened; under the lock
static int balance;    // connections that were taken, and neither answered nor ended; likewise

static void opened(void *user, enum relay_protocol protocol, int fd, struct tls_names *names, bool spare)
{
    (void)user, (void)protocol, (void)spare;
    tls_names_free(names);
    pthread_mutex_lock(&lock);
    FUZZ_ALWAYS(plain < 0);
    plain = fd;
    sem_post(&settled);
    pthread_mutex_unlock(&lock);
}

static void count_end(void)
{
    pthread_mutex_lock(&lock);
    balance--;
    sem_post(&settled); // under the lock: who sees the balance finds no more to come
    pthread_mutex_unlock(&lock);
}

static void answered(void *user)
{
    (void)user;
    count_end();
}

static void ended(void *user)
{
    (void)user;
    count_end();
}

static void remove_files(void)
{
    unlink(cert_file);
    unlink(key_file);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct relay_options options;
    struct front_tls_files files = {.cert_file = cert_file, .key_file = key_file};
    struct front_tls *tls;
    char error[512];

    (void)argc;
    (void)argv;
    signal(SIGPIPE, SIG_IGN);
    sem_init(&settled, 0, 0);
    tls_files_make(cert_file, key_file, sizeof(cert_file));
    atexit(remove_files);
    tls = front_tls_new(&files, error, sizeof(error));
    FUZZ_ALWAYS(tls);
    options = (struct relay_options){
        .tls = tls, .agree_us = 10000000, .part_us = 30000000, .opened = opened, .answered = answered, .ended = ended};
    relay = relay_new(&options, error, sizeof(error));
    context = SSL_CTX_new(TLS_client_method());
    FUZZ_ALWAYS(relay && context);
    return 0;
}

static int plain_end(void)
{
    int fd;

    pthread_mutex_lock(&lock);
    fd = plain;
    pthread_mutex_unlock(&lock);
    return fd;
}

static void close_plain(void)
{
    int fd = plain_end();

    if (fd < 0)
        return;
    pthread_mutex_lock(&lock);
    plain = -1;
    pthread_mutex_unlock(&lock);
    close(fd);
}

static int take(void)
{
    int ends[2];

    FUZZ_ALWAYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    pthread_mutex_lock(&lock);
    balance++;
    pthread_mutex_unlock(&lock);
    FUZZ_ALWAYS(relay_take(relay, ends[1], false));
    return ends[0];
}

static void hear(struct client *client)
{
    uint8_t got[4096];
    int fd = plain_end();
    ssize_t len = fd < 0 ? -1 : recv(fd, got, sizeof(got), MSG_DONTWAIT);

    if (len <= 0)
        return;
    FUZZ_ALWAYS(client->heard + (size_t)len <= client->said_len);
    FUZZ_ALWAYS(memcmp(got, client->said + client->heard, (size_t)len) == 0);
    client->heard += (size_t)len;
}

static void say(struct client *client, struct inferd_bytes bytes)
{
    int sent;

    if (client->said_len + bytes.len > sizeof(client->said) || !bytes.len)
        return;
    sent = SSL_write(client->ssl, bytes.data, (int)bytes.len);
    if (sent <= 0)
        return;
    memcpy(client->said + client->said_len, bytes.data, (size_t)sent);
    client->said_len += (size_t)sent;
}

static void do_one(struct client *client, unsigned deed, struct inferd_bytes bytes)
{
    char got[4096];

    ERR_clear_error();
    if (deed == SAY)
        say(client, bytes);
    else if (deed == SEND_RAW)
        send(client->fd, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    else if (deed == REPLY && plain_end() >= 0)
        send(plain_end(), bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    else if (deed == SHUT)
        bytes.len % 2 ? (void)SSL_shutdown(client->ssl) : (void)shutdown(client->fd, SHUT_WR);
    else if (deed == UPDATE_KEYS)
        SSL_key_update(client->ssl, bytes.len % 2 ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
    else if (deed == SERVER_ENDS)
        close_plain();
    else if (deed == READ)
        SSL_read(client->ssl, got, sizeof(got));
    hear(client);
}

static void offer(SSL *ssl, unsigned what)
{
    static const char *const offers[] = {"\2h2", "\10http/1.1", "\2h2\10http/1.1"};

    if (what < sizeof(offers) / sizeof(offers[0]))
        SSL_set_alpn_protos(ssl, (const unsigned char *)offers[what], (unsigned)strlen(offers[what]));
}

// The search's alarm clock may come in between, here and below.
static void agree(SSL *ssl)
{
    int done;

    do
        done = SSL_connect(ssl);
    while (done != 1 && SSL_get_error(ssl, done) == SSL_ERROR_WANT_READ);
    FUZZ_ALWAYS(done == 1);
}

static void wait_until_settled(void)
{
    while (sem_wait(&settled) != 0) {
    }
}

static void play(struct client *client, unsigned what, struct inferd_bytes *input)
{
    client->ssl = SSL_new(context);
    offer(client->ssl, what % 4);
    if (what & 4)
        SSL_set_max_proto_version(client->ssl, TLS1_2_VERSION);
    SSL_set_fd(client->ssl, client->fd);
    agree(client->ssl);
    if (what % 4 == 0) {
        wait_until_settled();
        FUZZ_ALWAYS(plain_end() >= 0);
    }
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    while (input->len > 0) {
        unsigned deed = fuzz_byte(input) % DEEDS;
        size_t len = fuzz_byte(input);
        struct inferd_bytes bytes = {input->data, len < input->len ? len : input->len};

        do_one(client, deed, bytes);
        input->data += bytes.len;
        input->len -= bytes.len;
    }
}

// The client is gone; so is the server, once it has been opened. Until the relay has told what became of it.
static void wait_for_end(struct client *client)
{
    bool over = false;

    while (!over) {
        hear(client);
        close_plain();
        pthread_mutex_lock(&lock);
        over = balance == 0 && plain < 0;
        pthread_mutex_unlock(&lock);
        if (!over)
            wait_until_settled();
    }
    while (sem_trywait(&settled) == 0)
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size};
    struct client client = {.fd = take()};
    unsigned what = fuzz_byte(&input);

    if (what % 2)
        send(client.fd, input.data, input.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    else
        play(&client, what / 2, &input);
    SSL_free(client.ssl);
    close(client.fd);
    wait_for_end(&client);
    ERR_clear_error();
    return 0;
}
