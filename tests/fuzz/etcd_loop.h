// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// In place of host/rpc for what talks to etcd: a loop, on the source's own thread or on the client's, whose calls and
// stream are answered from an input. Each answer of an input is a length (two bytes, little-endian), a status (a byte),
// and a message. When there are no more, the source waits until it is closed; the client is told that nobody is there.
#ifndef FUZZ_ETCD_LOOP_H
#define FUZZ_ETCD_LOOP_H

#include <inferd/bytes.h>

// To be called before a source is opened.
void etcd_loop_begin(struct inferd_bytes answers);
// The same for a client, which runs the loop itself.
void etcd_loop_begin_alone(struct inferd_bytes answers);
// Waits until the source has been given all of them.
void etcd_loop_wait(void);

#endif
