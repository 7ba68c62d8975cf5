// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The wire reader and protobuf-c on the same bytes: both make the same message of them, or both none. Knows what they
// may rightly disagree on (struct opinion).
#include <stdlib.h>
#include <string.h>
#include "every.h"

struct every_packed every_pack(const ProtobufCMessage *message)
{
    struct every_packed packed = {NULL, protobuf_c_message_get_packed_size(message)};

    packed.data = malloc(packed.len + 1);
    if (packed.data)
        protobuf_c_message_pack(message, packed.data);
    return packed;
}

// The reader drops what it doesn't know; protobuf-c keeps it.
static void drop_unknown(Test__Every *every)
{
    for (unsigned i = 0; i < every->base.n_unknown_fields; i++)
        free(every->base.unknown_fields[i].data);
    free(every->base.unknown_fields);
    every->base.unknown_fields = NULL;
    every->base.n_unknown_fields = 0;
    for (size_t i = 0; i < every->n_inner; i++)
        drop_unknown(every->inner[i]);
}

static bool are_equal(const ProtobufCMessage *left, const ProtobufCMessage *right)
{
    struct every_packed a = every_pack(left), b = every_pack(right);
    bool equal = a.data && b.data && a.len == b.len && memcmp(a.data, b.data, a.len) == 0;

    free(a.data);
    free(b.data);
    return equal;
}

const char *every_compare(struct inferd_bytes bytes, struct opinion *opinion, bool *taken)
{
    ProtobufCMessage *ours = every_read(bytes, opinion);
    ProtobufCMessage *theirs = protobuf_c_message_unpack(&test__every__descriptor, NULL, bytes.len, bytes.data);
    const char *difference = NULL;

    *taken = ours;
    if (ours && !theirs && !opinion->groups && !opinion->tight)
        difference = "taken, but not by protobuf-c";
    if (!ours && theirs && !opinion->loose)
        difference = "rejected, but not by protobuf-c";
    if (theirs)
        drop_unknown((Test__Every *)theirs);
    if (ours && theirs && !opinion->loose && !are_equal(ours, theirs))
        difference = "read as different values";
    if (ours)
        protobuf_c_message_free_unpacked(ours, NULL);
    if (theirs)
        protobuf_c_message_free_unpacked(theirs, NULL);
    return difference;
}
