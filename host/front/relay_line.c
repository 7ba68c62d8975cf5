// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// One connection: agreeing on keys, then bytes from either side to the other, as far as there is room.
#include "front/relay_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/magic.h"
#include "base/sniff.h"
#include "front/tls.h"
#include "front/tls_names.h"
#include "metrics/metrics.h"

#define PIECES 4 // in one turn, so that others get theirs

void relay_line_note(struct relay_side *side, uint32_t events)
{
    side->readable |= (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    side->over |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
}

void relay_line_end(struct relay_line *line)
{
    if (line->state == RELAY_OVER)
        return;
    if (line->ssl && SSL_is_init_finished(line->ssl))
        SSL_shutdown(line->ssl);
    if (!line->answered)
        line->options->ended(line->options->user);
    line->state = RELAY_OVER;
    // The master has a duplicate, so closing alone neither ends the connection nor takes it out of the epoll set.
    shutdown(line->outer.fd, SHUT_RDWR);
    epoll_ctl(line->epoll, EPOLL_CTL_DEL, line->outer.fd, NULL);
    close(line->outer.fd);
    if (line->inner.fd >= 0)
        close(line->inner.fd);
    SSL_free(line->ssl);
    free(line->in.bytes);
    free(line->out.bytes);
    ERR_clear_error();
}

static void count_refusal(const struct relay_line *line, unsigned long problem)
{
    long verdict = SSL_get_verify_result(line->ssl);
    const char *why = ERR_reason_error_string(problem);

    if (verdict == X509_V_ERR_CERT_REVOKED)
        metrics_add(METRICS_TLS_REVOKED, 1);
    else if (verdict != X509_V_OK || ERR_GET_REASON(problem) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        metrics_add(METRICS_TLS_CERTIFICATE, 1);
    else
        metrics_add(METRICS_TLS_NOT_AGREED, 1);
    // The lists' own faults keep everybody out: they are worth a line.
    if (verdict == X509_V_ERR_UNABLE_TO_GET_CRL || verdict == X509_V_ERR_CRL_HAS_EXPIRED ||
        verdict == X509_V_ERR_CRL_SIGNATURE_FAILURE || verdict == X509_V_ERR_CRL_NOT_YET_VALID) {
        if (log_limit_admit(line->bad_lists, LOG_ERROR, clock_now_us()))
            log_error(line->bad_lists->event,
                      "a client was refused because of the revocation lists, not its certificate: %s",
                      X509_verify_cert_error_string(verdict));
    } else if (log_enabled(LOG_DEBUG))
        log_debug("connection", "closed a connection to the TLS port: %s",
                  verdict != X509_V_OK ? X509_verify_cert_error_string(verdict)
                  : why                ? why
                                       : "it ended before keys were agreed on");
}

// The server's end of a socket pair, and ours in the epoll set. False: no descriptors.
static bool make_inner(struct relay_line *line, int *plain)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = &line->inner};
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return false;
    if (epoll_ctl(line->epoll, EPOLL_CTL_ADD, ends[0], &event) == 0) {
        line->inner.fd = ends[0];
        *plain = ends[1];
        return true;
    }
    close(ends[0]);
    close(ends[1]);
    return false;
}

static void open_line(struct relay_line *line, enum relay_protocol protocol)
{
    X509 *certificate = SSL_get0_peer_certificate(line->ssl);
    int plain;

    if (!make_inner(line, &plain)) {
        const char *why = strerror(errno);

        metrics_add(METRICS_CONNECTIONS_LOST, 1);
        if (log_limit_admit(line->no_files, LOG_WARNING, clock_now_us()))
            log_warning(line->no_files->event,
                        "no descriptors left for a connection to the TLS port (%s); closing it. Raise the "
                        "limit of open files (ulimit -n, LimitNOFILE=)",
                        why);
        relay_line_end(line);
    } else {
        metrics_add(protocol == RELAY_HTTP2 ? METRICS_TLS_HTTP2 : METRICS_TLS_HTTP1, 1);
        line->state = RELAY_OPEN;
        line->speaks_http2 = protocol == RELAY_HTTP2;
        line->options->opened(line->options->user, protocol, plain, certificate ? tls_names_of(certificate) : NULL,
                              line->spare);
    }
}

static bool has_agreed_on_http2(const SSL *ssl)
{
    const unsigned char *protocol;
    unsigned len;

    SSL_get0_alpn_selected(ssl, &protocol, &len);
    return len == 2; // "h2"; the others there are begin with "http/1."
}

// The first bytes, as far as they tell what is spoken. They stay in line->in, which is what the server gets first.
// False: there are no more for now, and *ended: nor will there be.
static bool hear_more(struct relay_line *line, bool *ended)
{
    struct relay_rest *in = &line->in;
    size_t now = 0;
    int done, problem;

    ERR_clear_error();
    done = SSL_read_ex(line->ssl, in->bytes + in->len, SNIFF_SIZE - in->len, &now);
    problem = done == 1 ? SSL_ERROR_NONE : SSL_get_error(line->ssl, done);
    in->len += now;
    *ended = done != 1 && problem != SSL_ERROR_WANT_READ && problem != SSL_ERROR_WANT_WRITE;
    return done == 1;
}

// Nothing is opened for a client that has yet to say something, so it holds nothing up that a plain one doesn't.
static void hear(struct relay_line *line)
{
    enum sniff_verdict verdict;
    bool ended = false;

    if (!line->in.bytes) {
        line->in.bytes = malloc(SNIFF_SIZE);
        ALWAYS(line->in.bytes);
    }
    do
        verdict = sniff((const char *)line->in.bytes, line->in.len);
    while (verdict == SNIFF_MORE && hear_more(line, &ended));
    if (verdict == SNIFF_HTTP1) {
        open_line(line, RELAY_HTTP1);
    } else if (verdict != SNIFF_MORE || ended) {
        metrics_add(METRICS_TLS_SPEAKS_NOTHING, 1);
        log_debug("connection", "closed a connection to the TLS port: %s",
                  verdict == SNIFF_HTTP2 ? "it speaks HTTP/2, which must be agreed on by ALPN"
                  : ended                ? "it ended before it said what it speaks"
                                         : "it has agreed on keys, but doesn't speak HTTP");
        relay_line_end(line);
    }
}

static bool begin(struct relay_line *line)
{
    line->ssl = front_tls_accept(line->options->tls);
    return line->ssl && SSL_set_fd(line->ssl, line->outer.fd) == 1;
}

static void agree(struct relay_line *line)
{
    int done, problem;

    ERR_clear_error();
    if (!line->ssl && !begin(line)) {
        relay_line_end(line);
        return;
    }
    done = SSL_accept(line->ssl); // 1 as well when that was before
    if (done == 1) {
        if (has_agreed_on_http2(line->ssl))
            open_line(line, RELAY_HTTP2);
        else
            hear(line);
        return;
    }
    problem = SSL_get_error(line->ssl, done);
    if (problem == SSL_ERROR_WANT_READ || problem == SSL_ERROR_WANT_WRITE)
        return;
    count_refusal(line, ERR_peek_error());
    relay_line_end(line);
}

static void keep_rest(struct relay_rest *rest, const uint8_t *bytes, size_t len)
{
    rest->bytes = malloc(len);
    ALWAYS(rest->bytes);
    memcpy(rest->bytes, bytes, len);
    rest->at = 0;
    rest->len = len;
}

static void drop_rest(struct relay_rest *rest)
{
    free(rest->bytes);
    *rest = (struct relay_rest){NULL, 0, 0};
}

// How much there was room for; -1: that side is gone.
static ssize_t send_inside(struct relay_line *line, const uint8_t *bytes, size_t len)
{
    size_t sent = 0;

    while (sent < len) {
        ssize_t now = send(line->inner.fd, bytes + sent, len - sent, MSG_NOSIGNAL);

        if (now >= 0)
            sent += (size_t)now;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)sent;
}

static ssize_t send_outside(struct relay_line *line, const uint8_t *bytes, size_t len)
{
    size_t sent = 0, now;

    while (sent < len) {
        int done, problem;

        ERR_clear_error();
        done = SSL_write_ex(line->ssl, bytes + sent, len - sent, &now);
        problem = done == 1 ? SSL_ERROR_NONE : SSL_get_error(line->ssl, done);
        if (done == 1)
            sent += now;
        else if (problem == SSL_ERROR_WANT_WRITE || problem == SSL_ERROR_WANT_READ)
            break;
        else
            return -1;
    }
    return (ssize_t)sent;
}

typedef ssize_t send_fn(struct relay_line *line, const uint8_t *bytes, size_t len);

// False: something is left, or the line is over.
static bool send_rest(struct relay_line *line, struct relay_rest *rest, send_fn *send_on)
{
    ssize_t sent = rest->bytes ? send_on(line, rest->bytes + rest->at, rest->len - rest->at) : 0;

    if (sent < 0) {
        relay_line_end(line);
        return false;
    }
    rest->at += (size_t)sent;
    if (rest->at < rest->len)
        return false;
    drop_rest(rest);
    return true;
}

static bool send_piece(struct relay_line *line, size_t len, struct relay_rest *rest, send_fn *send_on)
{
    ssize_t sent = send_on(line, line->piece, len);

    if (sent < 0) {
        relay_line_end(line);
        return false;
    }
    if ((size_t)sent == len)
        return true;
    keep_rest(rest, line->piece + sent, len - (size_t)sent);
    return false;
}

// Records until there are no more, or no room. The length.
static size_t read_outside(struct relay_line *line)
{
    size_t len = 0, now;

    while (len < RELAY_PIECE && line->outer.readable && !line->in_over) {
        int done, problem;

        ERR_clear_error();
        done = SSL_read_ex(line->ssl, line->piece + len, RELAY_PIECE - len, &now);
        if (done == 1) {
            len += now;
            continue;
        }
        problem = SSL_get_error(line->ssl, done);
        if (problem == SSL_ERROR_WANT_WRITE) // to be tried again when there is room
            return len;
        line->outer.readable = false;
        line->in_over |= problem != SSL_ERROR_WANT_READ;
    }
    return len;
}

// From the client to the server. True: there may be more.
static bool bring_in(struct relay_line *line)
{
    size_t len;

    if (!send_rest(line, &line->in, send_inside) || !line->outer.readable)
        return false;
    len = read_outside(line);
    if (len > 0 && !send_piece(line, len, &line->in, send_inside))
        return false;
    return line->outer.readable && len > 0;
}

// Without it the client can't tell the end from a cut. False: there is no room for it now.
static bool has_said_goodbye(struct relay_line *line)
{
    int done;

    ERR_clear_error();
    done = SSL_shutdown(line->ssl);
    return done >= 0 || SSL_get_error(line->ssl, done) != SSL_ERROR_WANT_WRITE;
}

// From the server to the client. True: there may be more.
static bool bring_out(struct relay_line *line)
{
    ssize_t len;

    if (!send_rest(line, &line->out, send_outside) || !line->inner.readable)
        return false;
    len = recv(line->inner.fd, line->piece, RELAY_PIECE, 0);
    if (len < 0 && errno == EINTR)
        return true;
    if (len < 0 && errno == EAGAIN) {
        line->inner.readable = false;
        return false;
    }
    if (len <= 0) { // the server has ended it, and all it said was passed on
        line->parting = !has_said_goodbye(line);
        if (!line->parting)
            relay_line_end(line);
        return false;
    }
    if (line->speaks_http2 && !line->answered) {
        line->answered = true;
        line->options->answered(line->options->user);
    }
    // A short read has taken all there was, but the end isn't told twice.
    line->inner.readable = len == RELAY_PIECE || line->inner.over;
    return send_piece(line, (size_t)len, &line->out, send_outside) && line->inner.readable;
}

bool relay_line_turn(struct relay_line *line)
{
    bool more = true;

    if (line->state == RELAY_AGREEING)
        agree(line);
    for (int i = 0; i < PIECES && more && line->state == RELAY_OPEN; i++) {
        more = bring_in(line);
        if (line->state == RELAY_OPEN)
            more |= bring_out(line);
        // The server answers the end with its own.
        if (line->state == RELAY_OPEN && line->in_over && !line->in.bytes)
            shutdown(line->inner.fd, SHUT_WR);
    }
    line->parting |= line->inner.over && line->out.bytes;
    return more && line->state == RELAY_OPEN;
}
