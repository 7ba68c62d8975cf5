// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The file of the last good generation: what is written is read; a file that was cut, damaged, made by somebody else or
// by a newer inferd, or for other configs, is refused with words that say so; what can't be written leaves the old one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>
#include "daemon/last_good.h"

#define ORIGIN "etcd:/config/x"

struct fixture {
    char dir[64], state[80];
    char *path;
    struct arena arena;
    struct bundle bundle;
    char error[512];
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.dir = "/tmp/inferd-last-good-XXXXXX"};
    assert_non_null(mkdtemp(fixture.dir));
    snprintf(fixture.state, sizeof(fixture.state), "%s/state", fixture.dir);
    fixture.path = last_good_path(fixture.state, "shop", ORIGIN);
    arena_init(&fixture.arena, 4096, 0);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", f->dir);
    free(f->path);
    arena_free(&f->arena);
    return system(command);
}

static bool write_models(struct fixture *f, const char *text)
{
    struct bundle_entry entry = {.model = "m", .text = {(const uint8_t *)text, strlen(text)}};
    struct bundle bundle = {.number = 5, .revision = 99, .entries = &entry, .count = 1};
    size_t len;
    uint8_t *bytes = bundle_encode(&bundle, &len);
    bool done = last_good_write(f->path, ORIGIN, (struct inferd_bytes){bytes, len}, f->error, sizeof(f->error));

    free(bytes);
    return done;
}

static enum last_good read_models(struct fixture *f)
{
    return last_good_read(f->path, ORIGIN, &f->bundle, &f->arena, f->error, sizeof(f->error));
}

static void assert_text(struct fixture *f, const char *text)
{
    assert_int_equal(read_models(f), LAST_GOOD_READ);
    assert_int_equal(f->bundle.count, 1);
    assert_int_equal(f->bundle.revision, 99);
    assert_int_equal(f->bundle.entries[0].text.len, strlen(text));
    assert_memory_equal(f->bundle.entries[0].text.data, text, strlen(text));
}

static void assert_refused(struct fixture *f, const char *words)
{
    assert_int_equal(read_models(f), LAST_GOOD_REFUSED);
    if (!strstr(f->error, words))
        fail_msg("\"%s\" does not say \"%s\"", f->error, words);
    assert_non_null(strstr(f->error, f->path));
}

static size_t read_bytes(struct fixture *f, char *bytes, size_t size)
{
    FILE *file = fopen(f->path, "re");
    size_t len;

    assert_non_null(file);
    len = fread(bytes, 1, size, file);
    fclose(file);
    return len;
}

static void write_bytes(struct fixture *f, const char *bytes, size_t len)
{
    FILE *file = fopen(f->path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static size_t count_files(const char *dir)
{
    DIR *list = opendir(dir);
    size_t count = 0;

    while (readdir(list))
        count++;
    closedir(list);
    return count - 2;
}

static void what_is_written_is_read(void **state)
{
    struct fixture *f = *state;
    struct stat st;

    assert_int_equal(read_models(f), LAST_GOOD_NONE);
    assert_true(write_models(f, "{1}"));
    assert_text(f, "{1}");
    assert_true(write_models(f, "{two}"));
    assert_text(f, "{two}");
    assert_int_equal(count_files(f->state), 1);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(f->state, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    struct fixture *f = *state;
    char bytes[1024];
    size_t len;

    assert_true(write_models(f, "{1}"));
    len = read_bytes(f, bytes, sizeof(bytes));
    for (size_t cut = 0; cut < len; cut++) {
        write_bytes(f, bytes, cut);
        assert_int_equal(read_models(f), LAST_GOOD_REFUSED);
    }
    assert_refused(f, "it is cut short");
    write_bytes(f, bytes, 0);
    assert_refused(f, "it is not inferd's");
}

static void a_file_with_any_bit_flipped_is_refused(void **state)
{
    struct fixture *f = *state;
    char bytes[1024];
    size_t len;

    assert_true(write_models(f, "{1}"));
    len = read_bytes(f, bytes, sizeof(bytes));
    for (size_t bit = 0; bit < len * 8; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        write_bytes(f, bytes, len);
        // (Hexadecimal digits may be in capitals, and a space may be a tab or its like.)
        if (read_models(f) == LAST_GOOD_READ)
            assert_text(f, "{1}");
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    bytes[len - 1] ^= 1;
    write_bytes(f, bytes, len);
    assert_refused(f, "the checksum differs");
}

static void other_files_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char newer[] = "inferd-generation 2 some other things\n\1\2\3";
    static const char odd[] = "inferd-generation 1 x\n";

    assert_true(write_models(f, "{1}"));
    write_bytes(f, "\177ELF and more of it, enough", 26);
    assert_refused(f, "it is not inferd's");
    write_bytes(f, newer, sizeof(newer));
    assert_refused(f, "a newer inferd wrote it");
    write_bytes(f, odd, sizeof(odd));
    assert_refused(f, "its first line is damaged");
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(mkdir(f->path, 0700), 0);
    assert_refused(f, "it is not a regular file");
}

static void configs_of_another_place_are_refused(void **state)
{
    struct fixture *f = *state;

    assert_true(write_models(f, "{1}"));
    assert_int_equal(last_good_read(f->path, "dir:/etc/x", &f->bundle, &f->arena, f->error, sizeof(f->error)),
                     LAST_GOOD_REFUSED);
    assert_non_null(strstr(f->error, "it holds the configs of another place"));
}

static void names_say_whose_it_is(void **state)
{
    struct fixture *f = *state;
    char *other = last_good_path(f->state, "shop", "dir:/etc/x"), *odd = last_good_path(f->state, "a/../b", ORIGIN);

    assert_string_not_equal(f->path, other);
    assert_non_null(strstr(f->path, "/state/shop-"));
    assert_non_null(strstr(odd, "/state/a_.._b-"));
    free(other);
    free(odd);
}

static void what_cant_be_written_leaves_the_old_one(void **state)
{
    struct fixture *f = *state;
    struct rlimit before, small;
    char long_text[4096];

    assert_true(write_models(f, "{1}"));
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){1000, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(write_models(f, long_text));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(strstr(f->error, "can't write"));
    assert_text(f, "{1}");
    assert_int_equal(count_files(f->state), 1); // nor is anything left behind
}

static void only_the_last_folder_is_made(void **state)
{
    struct fixture *f = *state;

    snprintf(f->state, sizeof(f->state), "%s/not/there", f->dir);
    free(f->path);
    f->path = last_good_path(f->state, "shop", ORIGIN);
    assert_false(write_models(f, "{1}"));
    assert_non_null(strstr(f->error, "can't make the directory"));
    assert_int_equal(read_models(f), LAST_GOOD_NONE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read),
        TEST(a_file_cut_anywhere_is_refused),
        TEST(a_file_with_any_bit_flipped_is_refused),
        TEST(other_files_are_refused),
        TEST(configs_of_another_place_are_refused),
        TEST(names_say_whose_it_is),
        TEST(what_cant_be_written_leaves_the_old_one),
        TEST(only_the_last_folder_is_made),
    };

    return cmocka_run_group_tests_name("last_good", tests, NULL, NULL);
}
