// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Option tables. From one table the host parses and checks JSON (or a setting's text) with paths in its errors, fills a
// struct of the module's, and prints help, the man page's section and a JSON Schema. A table ends with an entry whose
// name is NULL.
//
// Ownership: the filled struct and everything it points to belong to the host and live until the component (settings:
// the process) ends. The module only reads them.
#ifndef INFERD_OPTION_H
#define INFERD_OPTION_H

#include <inferd/types.h>

#ifdef __cplusplus
extern "C" {
#endif

// What the field at 'offset' is:
enum inferd_option_type {
    INFERD_OPTION_BOOL = 1, // bool
    INFERD_OPTION_INT,      // int64_t
    INFERD_OPTION_REAL,     // double
    INFERD_OPTION_STRING,   // const char *, never NULL (default "")
    INFERD_OPTION_TYPE,    // struct inferd_typed_name: any spelling (FP32, fp32, DataTypeFP32, INT64, BYTES, …Vector)
    INFERD_OPTION_INTS,    // struct inferd_list of int64_t
    INFERD_OPTION_STRINGS, // struct inferd_list of const char *
    INFERD_OPTION_MAP, // struct inferd_list of struct inferd_pair, a JSON object of strings (or numbers, as text), in
                       // ascending order of keys
    INFERD_OPTION_OBJECT,    // the nested struct itself, laid out by 'nested'
    INFERD_OPTION_LIST,      // struct inferd_list of nested structs, each nested_size bytes, laid out by 'nested'
    INFERD_OPTION_INT_LISTS, // struct inferd_list of struct inferd_list of int64_t
    INFERD_OPTION_MEMBERS // like LIST, from a JSON object: each member is an item, its name goes to the first option of
                          // 'nested', a STRING, its value to the second
};

enum inferd_option_flags {
    INFERD_OPTION_REQUIRED = 1, // refused when missing
    INFERD_OPTION_SECRET = 2,   // masked wherever settings are printed
    INFERD_OPTION_UNUSED = 4,   // accepted and said to have no effect any more
    INFERD_OPTION_ENDPOINT = 8  // of a STRING: names a server; told by inferctl explain and diff
};

struct inferd_list {
    const void *items; // NULL where count is 0
    size_t count;
};

struct inferd_pair {
    const char *key;
    const char *value;
};

struct inferd_typed_name {
    const char *spelling; // as the config has it
    uint32_t type;        // enum inferd_type; UNKNOWN where the spelling is empty
};

struct inferd_option {
    const char *name;                   // JSON member's name
    const char *alias;                  // another spelling of the name, or NULL
    uint32_t type;                      // enum inferd_option_type
    uint32_t flags;                     // enum inferd_option_flags
    size_t offset;                      // of the field in the struct
    const char *fallback;               // value where it is missing, as JSON text; NULL: zero, "", empty
    double min, max;                    // of INT, REAL and the items of INTS; min == max: unbounded
    const char *unit;                   // "ms", "bytes", "%", or NULL
    const char *help;                   // one line
    const struct inferd_option *nested; // OBJECT, LIST: their table
    size_t nested_size;                 // LIST, MEMBERS: bytes of one item's struct
    const char *shape;                  // the shape of the object that this entry is of ("guide"); NULL: of every one
};

// A table of options and the size of the struct it fills. Options of one name and of different types are forms of one
// option: a value goes to the form that it fits, the others get their fallbacks. Options of one type may share a field,
// too, which then has the value of the one that is there.
//
// Where a kind's configs exist in several shapes, entries name the shape they are of. An object is of the shape that
// its members tell; the component is told which (info->shape), and members of two shapes in one object are refused.
struct inferd_options {
    const struct inferd_option *table;
    size_t size;
};

// A setting of a module's, fixed at start: given as --<option>=VALUE, by environment, in inferd.conf (as the option),
// or by default, in this order. Numbers take INT/REAL/BOOL/STRING only.
struct inferd_setting {
    const char *option;      // command-line name, "feature-store-host"
    const char *environment; // first spelling, or NULL
    const char *also;        // second spelling, or NULL; on a conflict the first wins with a warning
    uint32_t type;           // BOOL, INT, REAL, STRING
    uint32_t flags;          // enum inferd_option_flags
    size_t offset;
    const char *fallback; // text, as in the environment
    double min, max;      // as in struct inferd_option
    const char *unit;     // "ms": a text like "200ms" or "5s" is taken too
    const char *help;
};

struct inferd_settings {
    const struct inferd_setting *table; // ends with option == NULL; NULL: no settings
    size_t size;
};

#ifdef __cplusplus
}
#endif

#endif
