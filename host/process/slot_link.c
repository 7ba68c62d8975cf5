// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a slot sends to its worker and hears from it. Letters (payloads, the drain) go out at once, connections when the
// worker is ready; what finds no room in the socket waits here for it.
#include "process/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "process/counters.h"
#include "process/slot_link.h"
#include "process/worker.h"

#define MAX_LETTERS 64 // a worker that leaves so many unread has hung

static void say_when_writable(struct slot *slot)
{
    bool more = slot->letters || (slot->state == SLOT_READY && slot->waiting.first);

    poller_change(slot->context->poller, &slot->control, more ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static enum control_result send_letter(struct slot *slot, enum control_kind kind, int fd)
{
    struct control_head head = {.kind = kind};

    return control_send(slot->control.fd, &head, NULL, 0, fd, false);
}

static void drop_letter(struct slot *slot)
{
    struct slot_letter *letter = slot->letters;

    slot->letters = letter->next;
    slot->letter_count--;
    if (letter->fd >= 0)
        close(letter->fd);
    free(letter);
}

static enum control_result flush_letters(struct slot *slot)
{
    enum control_result result = CONTROL_DONE;

    while (slot->letters && (result = send_letter(slot, slot->letters->kind, slot->letters->fd)) == CONTROL_DONE)
        drop_letter(slot);
    return result;
}

static enum mux_protocol told_protocol(const struct connection *connection)
{
    if (!connection->spare)
        return connection->protocol;
    return connection->protocol == MUX_TLS ? MUX_TLS_SPARE : MUX_HTTP2_SPARE;
}

static enum control_result flush_connections(struct slot *slot)
{
    struct connection *connection;

    while ((connection = slot->waiting.first)) {
        struct control_head head = {
            .kind = CONTROL_CONNECTION,
            .protocol = told_protocol(connection),
            .id = connection->id,
            .peer_len = connection->peer_len,
            .peer = connection->peer,
        };
        enum control_result result = control_send(slot->control.fd, &head, NULL, 0, connection->watch.fd, false);

        if (result != CONTROL_DONE)
            return result;
        connection_move(connection, &slot->handed);
        process_count(&slot->context->counters->handed);
        connection_handed(connection);
    }
    return CONTROL_DONE;
}

// A worker that closed its end, or speaks nonsense, is of no use: its death brings the next one.
static void give_up(struct slot *slot)
{
    if (slot->context->draining || slot->state == SLOT_LEAVING)
        return;
    log_error("worker", "worker %u (pid %ld) closed or garbled its connection to the master; killing it", slot->index,
              (long)slot->pid);
    slot_kill(slot);
}

void slot_flush(struct slot *slot)
{
    enum control_result result = flush_letters(slot);

    if (result == CONTROL_DONE && slot->state == SLOT_READY)
        result = flush_connections(slot);
    if (result == CONTROL_GONE)
        give_up(slot);
    say_when_writable(slot);
}

static bool keep_letter(struct slot *slot, enum control_kind kind, int fd)
{
    struct slot_letter *letter = calloc(1, sizeof(*letter));

    if (!letter)
        return false;
    letter->kind = kind;
    letter->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0 && letter->fd < 0) {
        free(letter);
        return false;
    }
    *(slot->letters ? &slot->last_letter->next : &slot->letters) = letter;
    slot->last_letter = letter;
    slot->letter_count++;
    return true;
}

void slot_send(struct slot *slot, enum control_kind kind, int fd)
{
    if (!slot_has_worker(slot))
        return;
    if (!slot->letters && send_letter(slot, kind, fd) == CONTROL_DONE)
        return;
    if (slot->letter_count < MAX_LETTERS && keep_letter(slot, kind, fd)) {
        slot_flush(slot);
        return;
    }
    log_error("worker", "worker %u (pid %ld) takes no more messages; killing it", slot->index, (long)slot->pid);
    slot_kill(slot);
}

void slot_take(struct slot *slot, struct connection *connection)
{
    connection_move(connection, &slot->waiting);
    if (slot->state == SLOT_READY)
        slot_flush(slot);
}

// The worker has no descriptor left for it.
static void lose(struct slot *slot, uint64_t id)
{
    struct connection *connection = connection_find(&slot->handed, id);

    if (!connection)
        return; // the client was faster
    process_count(&slot->context->counters->lost);
    shutdown(connection->watch.fd, SHUT_RDWR);
    connection_close(connection);
}

static void hear(struct slot *slot, const struct control_message *message)
{
    const struct master_options *options = slot->context->options;

    if (message->fd >= 0)
        close(message->fd); // a worker has none to give
    if (message->head.kind == CONTROL_READY && slot->state == SLOT_COMING)
        slot_become_ready(slot);
    else if (message->head.kind == CONTROL_REPORT && options->report)
        options->report(options->user, slot->index, message->body, message->body_len);
    else if (message->head.kind == CONTROL_LOST)
        lose(slot, message->head.id);
    else if (message->head.kind == CONTROL_MISSED)
        slot_is_behind(slot, message->body, message->body_len);
    else if (message->head.kind == CONTROL_CAUGHT_UP)
        slot_has_caught_up(slot);
}

enum control_result slot_listen(struct slot *slot)
{
    struct control_message message;
    char body[WORKER_MAX_REPORT];
    enum control_result result;

    while ((result = control_receive(slot->control.fd, &message, body, sizeof(body), false)) == CONTROL_DONE)
        hear(slot, &message);
    return result;
}

void slot_serve_control(struct poller_watch *watch, uint32_t events)
{
    struct slot *slot = POLLER_OWNER(watch, struct slot, control);

    if (events & EPOLLIN && slot_listen(slot) == CONTROL_GONE) {
        poller_drop(slot->context->poller, watch); // its death is seen elsewhere
        give_up(slot);
        return;
    }
    if (events & EPOLLOUT)
        slot_flush(slot);
}

void slot_take_back(struct slot *slot)
{
    struct control_message message;

    while (control_receive(slot->far_end, &message, NULL, 0, false) == CONTROL_DONE) {
        struct connection *connection =
            message.head.kind == CONTROL_CONNECTION ? connection_find(&slot->handed, message.head.id) : NULL;

        if (message.fd >= 0)
            close(message.fd);
        if (connection) {
            process_count(&slot->context->counters->taken_back);
            connection->handed = false;
            connection_move(connection, &slot->waiting);
        }
    }
    while (slot->letters)
        drop_letter(slot);
}
