// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a file in the module path says of itself, read before it is opened.
#include "fuzz.h"
#include "module/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct module_note note;
    char error[256] = "";

    if (!module_note_read(data, size, &note, error, sizeof(error))) {
        FUZZ_ALWAYS(*error);
        return 0;
    }
    FUZZ_ALWAYS(memchr(note.name, 0, sizeof(note.name)) && memchr(note.version, 0, sizeof(note.version)));
    FUZZ_ALWAYS(module_note_accepts(&note, error, sizeof(error)) || *error);
    return 0;
}
