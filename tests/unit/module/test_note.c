// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading a file's note without opening it: what a good module's says, and that no damage to the file can do harm (the
// sanitizers watch).
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include "module/note.h"
#include "place.h"

static void a_good_file_says_all(void **state)
{
    size_t len;
    unsigned char *file = place_read("good_1_10", &len);
    struct module_note note;
    char error[256] = "";

    (void)state;
    assert_true(module_note_read(file, len, &note, error, sizeof error));
    assert_string_equal(note.name, "good");
    assert_string_equal(note.version, "1.10.0");
    assert_int_equal(note.abi_major, INFERD_ABI_MAJOR);
    assert_int_equal(note.abi_minor, INFERD_ABI_MINOR);
    assert_int_equal(note.head.magic, INFERD_MODULE_MAGIC);
    assert_int_equal(note.head.size, sizeof(struct inferd_module));
    assert_int_equal(note.head.kind_size, sizeof(struct inferd_kind));
    assert_int_equal(note.head.option_size, sizeof(struct inferd_option));
    assert_int_equal(note.head.setting_size, sizeof(struct inferd_setting));
    assert_true(module_note_accepts(&note, error, sizeof error));
    free(file);
}

static void note_and_struct_must_agree(void **state)
{
    struct module_note note = {
        .abi_major = 1, .abi_minor = 0, .head = {.magic = INFERD_MODULE_MAGIC, .abi_major = 1, .abi_minor = 0}};
    char error[256] = "";

    (void)state;
    assert_true(module_note_accepts(&note, error, sizeof error));
    note.abi_major = 2;
    assert_false(module_note_accepts(&note, error, sizeof error));
    assert_non_null(strstr(error, "built for ABI 2.0, this inferd has ABI 1.0"));
    note.abi_major = 65537; // must not be taken for 1
    assert_false(module_note_accepts(&note, error, sizeof error));
    note.abi_major = 1;
    note.head.abi_major = 0;
    assert_false(module_note_accepts(&note, error, sizeof error));
    assert_non_null(strstr(error, "built for ABI 0.0"));
}

// Reads a copy that ends with the allocation, so that reading on is seen.
static void read_copy(const unsigned char *file, size_t len)
{
    unsigned char *copy = malloc(len > 0 ? len : 1);
    struct module_note note;
    char error[256] = "";

    assert_non_null(copy);
    memcpy(copy, file, len);
    if (!module_note_read(copy, len, &note, error, sizeof error))
        assert_true(strncmp(error, "not a module: ", 14) == 0);
    free(copy);
}

static void any_length_is_survived(void **state)
{
    size_t len;
    unsigned char *file = place_read("good_1_9", &len);

    (void)state;
    for (size_t cut = 0; cut < len; cut += cut < 1024 ? 1 : 61)
        read_copy(file, cut);
    free(file);
}

static void any_offset_is_survived(void **state)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    size_t len;
    unsigned char *file = place_read("good_1_9", &len);
    ElfW(Ehdr) header;
    size_t sections;

    (void)state;
    memcpy(&header, file, sizeof header);
    sections = header.e_shoff;
    for (size_t i = 0; i < len; i++) {
        unsigned char kept = file[i];

        // All of the headers, some of the rest.
        if (i >= sizeof header + header.e_phnum * sizeof(ElfW(Phdr)) && i < sections && i % 37 != 0)
            continue;
        for (size_t k = 0; k < sizeof values; k++) {
            file[i] = values[k];
            read_copy(file, len);
        }
        file[i] = kept;
    }
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_says_all),
        cmocka_unit_test(note_and_struct_must_agree),
        cmocka_unit_test(any_length_is_survived),
        cmocka_unit_test(any_offset_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
