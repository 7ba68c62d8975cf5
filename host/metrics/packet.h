// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Lines gathered into packets of at most PACKET_MAX bytes, which fit into an Ethernet frame with room for tunnels.
// Knows nothing of what the lines say nor of where the packets go.
#ifndef METRICS_PACKET_H
#define METRICS_PACKET_H

#include <stdbool.h>
#include <stddef.h>

#define PACKET_MAX 1432

// Sends one packet; what fails is the sender's to count.
typedef void packet_send_fn(void *user, const char *data, size_t len);

struct packet {
    packet_send_fn *send;
    void *user;
    size_t len;
    char data[PACKET_MAX];
};

void packet_init(struct packet *packet, packet_send_fn *send, void *user);
// Adds a line without its newline; false: it is longer than a packet.
bool packet_add(struct packet *packet, const char *line, size_t len);
// Sends what is gathered.
void packet_flush(struct packet *packet);

#endif
