// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The data type that a config's spelling names: "FP32", "fp32", "DataTypeFP32", "INT64", "BYTES", "FP32Vector"; in any
// case of letters, and with nothing around it. One reader for the host and, by inferd.convert/1, for plugins; the names
// stand in <inferd/types.tbl>.
#ifndef CONFIG_TYPE_NAME_H
#define CONFIG_TYPE_NAME_H

#include <stddef.h>

// INFERD_TYPE_UNKNOWN where it names none.
unsigned type_name_read(const char *spelling, size_t len);
// The data type's name nearest to the spelling, or NULL.
const char *type_name_near(const char *spelling);

#endif
