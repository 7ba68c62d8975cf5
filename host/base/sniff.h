// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells a protocol by its first bytes. A pure function: knows nothing of sockets.
#ifndef BASE_SNIFF_H
#define BASE_SNIFF_H

#include <stddef.h>

enum sniff_verdict {
    SNIFF_MORE,   // too little to tell
    SNIFF_HTTP1,  // a method and the beginning of a target
    SNIFF_HTTP2,  // the whole client preface
    SNIFF_TLS,    // a TLS hello
    SNIFF_RUBBISH // none of them, whatever follows
};

#define SNIFF_SIZE 32 // this many bytes always give a verdict

enum sniff_verdict sniff(const char *bytes, size_t len);

#endif
