// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The SDK's wire reader and protobuf-c read the same message from any bytes, or both none.
#include "fuzz.h"
#include "../unit/sdk/every.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct opinion opinion = {0};
    const char *difference;
    bool taken;

    difference = every_compare((struct inferd_bytes){data, size}, &opinion, &taken);
    if (difference)
        fprintf(stderr, "%s\n", difference);
    FUZZ_ALWAYS(!difference);
    return 0;
}
