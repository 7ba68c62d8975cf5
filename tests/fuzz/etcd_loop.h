// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// In place of host/rpc for the source 'etcd': a loop on the source's own thread whose calls and stream are answered
// from an input. Each answer of an input is a length (two bytes, little-endian), a status (a byte), and a message. When
// there are no more, everything waits until the source is closed.
#ifndef FUZZ_ETCD_LOOP_H
#define FUZZ_ETCD_LOOP_H

#include <inferd/bytes.h>

// To be called before a source is opened.
void etcd_loop_begin(struct inferd_bytes answers);
// Waits until the source has been given all of them.
void etcd_loop_wait(void);

#endif
