// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Its note says another version than its struct.
#include "parts.h"

static const struct inferd_kind kinds[] = {{.name = "liar", FUNCTIONS}};
static const char version[] = "2.0.0";

#define NOTE(text)                                                                                                     \
    __asm__(".pushsection " INFERD_NOTE_SECTION ",\"a\",@note\n.balign 4\n.long 7, 2f - 1f, 1\n.asciz \"inferd\"\n"    \
            ".balign 4\n1: .asciz \"" text "\"\n2: .balign 4\n.popsection\n")

NOTE(INFERD_STRING(INFERD_ABI_MAJOR) "." INFERD_STRING(INFERD_ABI_MINOR) " note-lies 1.0.0");

INFERD_EXPORT const struct inferd_module inferd_module = {INFERD_MODULE_HEAD, "note-lies", version, "", kinds, 1,
                                                          {NULL, 0}};
