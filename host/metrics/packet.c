// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Packs lines, with newlines between them.
#include "metrics/packet.h"

#include <string.h>

void packet_init(struct packet *packet, packet_send_fn *send, void *user)
{
    packet->send = send;
    packet->user = user;
    packet->len = 0;
}

bool packet_add(struct packet *packet, const char *line, size_t len)
{
    if (len > PACKET_MAX)
        return false;
    if (packet->len > 0 && packet->len + 1 + len > PACKET_MAX)
        packet_flush(packet);
    if (packet->len > 0)
        packet->data[packet->len++] = '\n';
    memcpy(packet->data + packet->len, line, len);
    packet->len += len;
    return true;
}

void packet_flush(struct packet *packet)
{
    if (packet->len > 0)
        packet->send(packet->user, packet->data, packet->len);
    packet->len = 0;
}
