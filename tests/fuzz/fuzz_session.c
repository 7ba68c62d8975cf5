// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a client of gRPC sends: frames of HTTP/2, gRPC's headers and framing in them. An input is how it is sent (a
// byte: with a preface or without, in how many pieces, whether replies are read, methods end when their client goes,
// and the server goes before), and the bytes; then the client goes. Whatever it says, each call that begins ends once,
// and nothing is left.
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/socket.h>
#include "front/session.h"
#include "fuzz.h"
#include "tests/unit/front/session_stage.h"

#define MAX_UNREAD 200000

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";

static void read_all(int client)
{
    static char room[65536];

    while (read(client, room, sizeof(room)) > 0) {
    }
}

// False: the server has ended the connection.
static bool say(int client, const void *data, size_t len, bool deaf)
{
    const char *at = data;

    while (len > 0) {
        ssize_t sent = send(client, at, len, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent > 0) {
            at += sent;
            len -= (size_t)sent;
        }
        stage_turn();
        if (!deaf)
            read_all(client);
    }
    return true;
}

// Says goodbye halfway, and then goes.
static void leave(size_t left, size_t size)
{
    struct session *session = stage.server->sessions;

    if (session && left <= size / 2)
        session_say_goodbye(session);
    if (session && left <= size / 4)
        session_leave(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inferd_bytes input = {data, size > 65536 ? 65536 : size};
    uint8_t how = fuzz_byte(&input);
    bool deaf = how & 2;
    size_t piece = input.len / (1 + (how >> 3 & 7)) + 1;
    unsigned sessions;
    int pair[2];

    if (!stage.loop)
        stage_open(MAX_UNREAD);
    stage.is_slow = how & 4;
    sessions = stage.sessions_ended;
    FUZZ_ALWAYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    session_open(stage.server, pair[0], how & 64, NULL);
    if ((how & 1) || say(pair[1], preface, sizeof(preface), deaf))
        while (input.len > 0) {
            size_t len = input.len < piece ? input.len : piece;

            if (!say(pair[1], input.data, len, deaf))
                break;
            input.data += len;
            input.len -= len;
            if (how & 128) {
                stage_answer();
                leave(input.len, size);
            }
        }
    close(pair[1]);
    stage_turn(); // in which its going is seen
    while (stage_answer()) {
    }
    stage_wait(&stage.sessions_ended, sessions + 1);
    FUZZ_ALWAYS(stage.server->under_way == 0 && stage.server->unread.bytes == 0 && !stage.server->sessions);
    FUZZ_ALWAYS(stage.begun <= stage.ended);
    return 0;
}
