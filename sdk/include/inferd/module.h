// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What a module exports: one data symbol, inferd_module, and an ELF note with the same facts. Nothing of the module
// runs before the host has checked magic and version; the host decides, and a refusal prints both versions.
#ifndef INFERD_MODULE_H
#define INFERD_MODULE_H

#include <inferd/kind.h>
#include <inferd/option.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INFERD_MODULE_MAGIC UINT32_C(0x44464e49) // "INFD"
#define INFERD_ABI_MAJOR 1                       // equal on both sides
#define INFERD_ABI_MINOR 0                       // a module's may be older than the host's, not newer

#define INFERD_MODULE_SYMBOL "inferd_module"

struct inferd_module {
    uint32_t magic;        // INFERD_MODULE_MAGIC
    uint16_t abi_major;    // INFERD_ABI_MAJOR
    uint16_t abi_minor;    // INFERD_ABI_MINOR
    uint32_t size;         // sizeof(struct inferd_module)
    uint32_t kind_size;    // sizeof(struct inferd_kind): the kinds' stride
    uint32_t option_size;  // sizeof(struct inferd_option): the stride of every option table
    uint32_t setting_size; // sizeof(struct inferd_setting): the stride of the settings' table
    const char *name;
    const char *version; // of the module, dotted numbers: "1.2.0"; the highest is bound where a config asks for none
    const char *description;
    const struct inferd_kind *kinds; // kind_count of them
    size_t kind_count;
    struct inferd_settings settings; // the module's settings
};

#define INFERD_MODULE_HEAD                                                                                             \
    INFERD_MODULE_MAGIC, INFERD_ABI_MAJOR, INFERD_ABI_MINOR, sizeof(struct inferd_module), sizeof(struct inferd_kind), \
        sizeof(struct inferd_option), sizeof(struct inferd_setting)

// The note's section; its name is "inferd", its type 1, its description "<major>.<minor> <name> <version>", so that
// tools list modules without opening them.
#define INFERD_NOTE_SECTION ".note.inferd"
#define INFERD_NOTE_NAME "inferd"
#define INFERD_NOTE_TYPE 1

#define INFERD_STRING_2(x) #x
#define INFERD_STRING(x) INFERD_STRING_2(x)

// Defines the exported symbol and the note. Use once in a module:
//     INFERD_MODULE("scale", "1.0.0", "Scales a column", kinds, 1, {NULL, 0});
#define INFERD_MODULE(name_, version_, description_, kinds_, count_, ...)                                              \
    __asm__(".pushsection " INFERD_NOTE_SECTION ",\"a\",@note\n"                                                       \
            ".balign 4\n.long 7, 2f - 1f, " INFERD_STRING(                                                             \
                INFERD_NOTE_TYPE) "\n.asciz \"" INFERD_NOTE_NAME                                                       \
                                  "\"\n.balign 4\n1: .asciz \"" INFERD_STRING(INFERD_ABI_MAJOR) "." INFERD_STRING(     \
                                      INFERD_ABI_MINOR) " " name_ " " version_ "\"\n2: .balign 4\n.popsection\n");     \
    INFERD_EXPORT const struct inferd_module inferd_module = {                                                         \
        INFERD_MODULE_HEAD, name_, version_, description_, kinds_, count_, __VA_ARGS__}

#ifdef __cplusplus
#define INFERD_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define INFERD_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
}
#endif

#endif
