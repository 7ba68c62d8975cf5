// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Protobuf's wire format, for messages on the hot path: a reader that walks over a message's fields where they lie, and
// a writer into memory whose size was computed before. Nothing is allocated and nothing is copied; only <string.h> is
// needed. Both know fields by tag, not messages: what a field means, and that a later one of a singular field wins, is
// the caller's to know.
//
// Reading a message with "string name = 1; repeated int64 shape = 3;":
//
//     struct inferd_wire_reader reader = inferd_wire_read(message);
//     struct inferd_wire_field field;
//
//     while (inferd_wire_next(&reader, &field)) {
//         switch (field.tag) {
//         case INFERD_WIRE_TAG(1, INFERD_WIRE_BYTES):
//             name = field.bytes;
//             break;
//         case INFERD_WIRE_TAG(3, INFERD_WIRE_BYTES): // packed
//         case INFERD_WIRE_TAG(3, INFERD_WIRE_VARINT):
//             values = inferd_wire_numbers(&field);
//             while (inferd_wire_varint(&values, &value))
//                 shape[dims++] = (int64_t)value;
//             bad |= values.bad;
//             break;
//         }
//     }
//     if (reader.bad || bad || !inferd_utf8_valid(name))
//         ... not a message
//
// Writing one: add up inferd_wire_*_size() of its fields, get memory, then put them one behind the other.
#ifndef INFERD_WIRE_H
#define INFERD_WIRE_H

#include <inferd/utf8.h>
#include <inferd/wire_reader.h>
#include <inferd/wire_writer.h>

#endif
