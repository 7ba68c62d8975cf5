// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// grpc.reflection, v1 and v1alpha (their messages are the same): what services there are and how their messages look,
// from descriptors that the build makes of proto/*.proto.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <inferd/status.h>
#include <inferd/wire.h>
#include "base/text.h"
#include "front/descriptors.h"
#include "front/methods.h"
#include "front/server.h"

#define BYTES(number) INFERD_WIRE_TAG(number, INFERD_WIRE_BYTES)

// A request asks by one of these fields.
enum { BY_FILE = 3, BY_SYMBOL = 4, BY_EXTENSION = 5, EXTENSIONS_OF = 6, LIST = 7 };
// A reply answers by one of these.
enum { ORIGINAL = 2, FILES = 4, EXTENSION_NUMBERS = 5, SERVICES = 6, ERROR = 7 };
// Fields of a FileDescriptorProto.
enum { FILE_NAME = 1, FILE_PACKAGE = 2, FILE_MESSAGE = 4, FILE_ENUM = 5, FILE_SERVICE = 6 };

static bool next_file(struct inferd_wire_reader *set, struct inferd_bytes *file)
{
    struct inferd_wire_field field;

    while (inferd_wire_next(set, &field))
        if (field.tag == BYTES(1)) {
            *file = field.bytes;
            return true;
        }
    return false;
}

static struct inferd_wire_reader all_files(void)
{
    return inferd_wire_read((struct inferd_bytes){front_descriptors, front_descriptors_size});
}

static struct inferd_bytes get(struct inferd_bytes message, uint32_t number)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_bytes found = {NULL, 0};
    struct inferd_wire_field field;

    while (inferd_wire_next(&reader, &field))
        if (field.tag == BYTES(number))
            found = field.bytes;
    return found;
}

static struct text full_name(struct inferd_bytes package, struct inferd_bytes name)
{
    struct text text;

    text_init(&text);
    text_printf(&text, "%.*s%s%.*s", (int)package.len, (const char *)package.data, package.len ? "." : "",
                (int)name.len, (const char *)name.data);
    return text;
}

// Whether 'symbol' is 'name' or something inside it.
static bool covers(const struct text *name, struct inferd_bytes symbol)
{
    return symbol.len >= name->len && memcmp(symbol.data, text_string(name), name->len) == 0 &&
           (symbol.len == name->len || symbol.data[name->len] == '.');
}

static bool declares(struct inferd_bytes file, struct inferd_bytes symbol)
{
    struct inferd_wire_reader reader = inferd_wire_read(file);
    struct inferd_bytes package = get(file, FILE_PACKAGE);
    struct inferd_wire_field field;
    bool found = false;

    while (!found && inferd_wire_next(&reader, &field)) {
        if (field.tag != BYTES(FILE_MESSAGE) && field.tag != BYTES(FILE_ENUM) && field.tag != BYTES(FILE_SERVICE))
            continue;
        struct text name = full_name(package, get(field.bytes, 1));

        found = covers(&name, symbol);
        text_free(&name);
    }
    return found;
}

// A growing reply: fields put one behind the other.
struct reply {
    uint8_t *data;
    size_t len;
};

static void put(struct reply *reply, uint32_t number, struct inferd_bytes bytes)
{
    uint8_t *grown = realloc(reply->data, reply->len + inferd_wire_bytes_size(number, bytes.len));

    if (!grown)
        return;
    reply->data = grown;
    reply->len = (size_t)(inferd_wire_put_bytes(grown + reply->len, number, bytes) - grown);
}

static void put_reply(struct reply *reply, uint32_t number, struct reply *inner)
{
    put(reply, number, (struct inferd_bytes){inner->data, inner->len});
    free(inner->data);
}

static void put_error(struct reply *reply, int status, const char *text)
{
    struct reply error = {NULL, 0};
    uint8_t code[2] = {INFERD_WIRE_TAG(1, INFERD_WIRE_VARINT), (uint8_t)status};

    error.data = malloc(sizeof(code));
    if (!error.data)
        return;
    memcpy(error.data, code, sizeof(code));
    error.len = sizeof(code);
    put(&error, 2, inferd_bytes_of(text));
    put_reply(reply, ERROR, &error);
}

static void put_services(struct reply *reply)
{
    struct inferd_wire_reader set = all_files();
    struct reply list = {NULL, 0};
    struct inferd_bytes file;

    while (next_file(&set, &file)) {
        struct inferd_wire_reader reader = inferd_wire_read(file);
        struct inferd_wire_field field;

        while (inferd_wire_next(&reader, &field)) {
            struct reply service = {NULL, 0};
            struct text name;

            if (field.tag != BYTES(FILE_SERVICE))
                continue;
            name = full_name(get(file, FILE_PACKAGE), get(field.bytes, 1));
            put(&service, 1, inferd_bytes_of(text_string(&name)));
            put_reply(&list, 1, &service);
            text_free(&name);
        }
    }
    put_reply(reply, SERVICES, &list);
}

static void put_file(struct reply *reply, struct inferd_bytes asked, bool by_symbol)
{
    struct inferd_wire_reader set = all_files();
    struct inferd_bytes file;

    while (next_file(&set, &file)) {
        struct reply files = {NULL, 0};

        if (by_symbol ? !declares(file, asked) : !inferd_bytes_equal(get(file, FILE_NAME), asked))
            continue;
        put(&files, 1, file);
        put_reply(reply, FILES, &files);
        return;
    }
    put_error(reply, INFERD_NOT_FOUND, by_symbol ? "no such symbol" : "no such file");
}

static void answer(struct inbound *inbound, struct inferd_bytes message)
{
    struct inferd_wire_reader reader = inferd_wire_read(message);
    struct inferd_wire_field field, asked = {0};
    struct reply reply = {NULL, 0};

    while (inferd_wire_next(&reader, &field))
        if (field.tag >> 3 >= BY_FILE && field.tag >> 3 <= LIST)
            asked = field;
    put(&reply, ORIGINAL, message);
    switch (asked.tag >> 3) {
    case BY_FILE:
    case BY_SYMBOL:
        put_file(&reply, asked.bytes, asked.tag >> 3 == BY_SYMBOL);
        break;
    case LIST:
        put_services(&reply);
        break;
    case BY_EXTENSION:
    case EXTENSIONS_OF:
        put_error(&reply, INFERD_NOT_FOUND, "there are no extensions here");
        break;
    default:
        put_error(&reply, INFERD_INVALID_ARGUMENT, "asks for nothing that is known");
    }
    inbound_send(inbound, grpc_slice_from_copied_buffer((const char *)reply.data, reply.len));
    free(reply.data);
}

static void received(struct inbound *inbound, bool more, struct inferd_bytes message)
{
    if (more)
        answer(inbound, message);
    else
        inbound_fail(inbound, INFERD_OK, "");
}

static void sent(struct inbound *inbound, bool fine)
{
    if (fine)
        inbound_receive(inbound);
    else
        inbound_fail(inbound, INFERD_CANCELLED, "the client is gone");
}

void reflection_stream(struct inbound *inbound)
{
    inbound->on_received = received;
    inbound->on_sent = sent;
    inbound_receive(inbound);
}
