// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The registry on real modules, good and bad: what is loaded, what is refused and with which words, versions side by
// side, files that change under it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "module/registry.h"
#include "place.h"

// The report of a file in the place; fails the test where there is none.
static const struct module_report *report_of(struct registry *registry, struct place *place, const char *name)
{
    const struct module_report *reports;
    size_t count = registry_reports(registry, &reports);
    const char *path = place_file(place, name);

    for (size_t i = 0; i < count; i++)
        if (strcmp(reports[i].path, path) == 0)
            return &reports[i];
    fail_msg("no report of %s", path);
    return NULL;
}

static void assert_refused(struct registry *registry, struct place *place, const char *name, const char *words)
{
    const struct module_report *report = report_of(registry, place, name);

    assert_false(report->loaded);
    if (strstr(report->reason, words) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", name, report->reason, words);
}

// Scans the place's directory with one module in it that must be refused.
static void expect_refusal(struct place *place, const char *module, const char *words)
{
    struct registry *registry = registry_new(NULL, NULL);
    const struct module *const *modules;
    char name[128];

    snprintf(name, sizeof name, "%s.so", module);
    place_module(place, module, module);
    assert_non_null(registry);
    assert_int_equal(registry_scan(registry, place->dir), 1);
    assert_refused(registry, place, name, words);
    assert_int_equal(registry_modules(registry, &modules), 0);
    registry_free(registry);
    assert_int_equal(unlink(place_file(place, name)), 0);
}

static void bad_modules_are_refused_with_words_that_help(void **state)
{
    static const struct {
        const char *module, *words;
    } cases[] = {
        {"plain_library", "not a module: it has no ELF note"},
        {"no_note", "not a module: it has no ELF note of inferd; a module ends with INFERD_MODULE()"},
        {"no_symbol", "not a module: it doesn't export the symbol inferd_module"},
        {"wrong_magic", "begins with 0x0badc0de instead of 0x44464e49"},
        {"newer_major",
         "built for ABI 2.0, this inferd has ABI 1.0: build it with this inferd's SDK, or update inferd"},
        {"newer_minor", "built for ABI 1.99, this inferd has ABI 1.0"},
        {"note_lies", "its ELF note says note-lies 1.0.0, its struct note-lies 2.0.0"},
        {"no_kinds", "it offers no kinds"},
        {"twice", "it offers kind \"double\" twice"},
        {"short_kind", "kind \"stub\" lacks the function destroy()"},
        {"missing_function", "kind \"idle\" lacks the function run()"},
        {"bad_options", "kind \"outside\", option \"count\": its field (offset 8, 8 bytes) is not within the struct"},
        {"bad_settings", "setting \"bad-port\": fallback \"eighty\" must be a number"},
        {"endless_options", "nested more than 8 deep"},
        {"undefined_symbol", "undefined symbol: inferd_tests_no_such_function"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refusal(*state, cases[i].module, cases[i].words);
}

static void files_that_are_no_modules_are_refused(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    size_t len;
    unsigned char *good = place_read("good_1_9", &len);

    place_write(place, "text.so", "#!/bin/sh\n", 10);
    place_write(place, "empty.so", "", 0);
    place_write(place, "half.so", good, len / 2);
    place_write(place, "head.so", good, 64);
    good[4] = 9; // EI_CLASS
    place_write(place, "alien.so", good, len);
    assert_int_equal(symlink("/nonexistent/file", place_file(place, "dangling.so")), 0);
    assert_int_equal(mkdir(place_file(place, "folder.so"), 0700), 0);
    assert_int_equal(mkfifo(place_file(place, "pipe.so"), 0600), 0);
    free(good);

    assert_int_equal(registry_scan(registry, place->dir), 8);
    assert_refused(registry, place, "text.so", "not a module: no shared object");
    assert_refused(registry, place, "empty.so", "the file is empty");
    assert_refused(registry, place, "half.so", "the file is cut short");
    assert_refused(registry, place, "head.so", "the file is cut short");
    assert_refused(registry, place, "alien.so", "for another machine");
    assert_refused(registry, place, "dangling.so", "it can't be read: No such file");
    assert_refused(registry, place, "folder.so", "not a regular file");
    assert_refused(registry, place, "pipe.so", "not a regular file");
    registry_free(registry);
}

static void a_good_module_offers_its_kinds(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    const struct module *const *modules;
    const struct module_kind *const *kinds;
    const struct inferd_option *table;

    place_module(place, "good_1_9", "good");
    place_write(place, "readme.txt", "no module", 9);
    assert_int_equal(registry_scan(registry, place->dir), 0);
    assert_true(report_of(registry, place, "good.so")->loaded);
    assert_string_equal(report_of(registry, place, "good.so")->reason, "");
    assert_int_equal(registry_modules(registry, &modules), 1);
    assert_string_equal(modules[0]->info.name, "good");
    assert_string_equal(modules[0]->info.version, "1.9.0");
    assert_string_equal(modules[0]->path, place_file(place, "good.so"));
    assert_int_equal(registry_kinds(registry, &kinds), 2);
    assert_string_equal(kinds[0]->kind->name, "root"); // by rank
    assert_string_equal(kinds[1]->kind->name, "plain");
    assert_ptr_equal(kinds[1], registry_find(registry, "plain", NULL));
    assert_ptr_equal(kinds[1]->module, modules[0]);
    assert_null(registry_find(registry, "absent", NULL));
    table = kinds[1]->kind->options.table;
    assert_string_equal(table[1].name, "count");
    assert_string_equal(table[8].nested[1].alias, "cols");
    registry_free(registry);
}

static void an_older_modules_short_structs_are_filled_up(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    const struct module_kind *kind;
    const struct inferd_option *table;

    place_module(place, "shorter", "shorter");
    assert_int_equal(registry_scan(registry, place->dir), 0);
    kind = registry_find(registry, "short", NULL);
    assert_non_null(kind);
    assert_null(kind->module->info.settings.table); // lies behind the stated size
    assert_int_equal(kind->module->info.settings.size, 0);
    table = kind->kind->options.table;
    assert_string_equal(table[0].name, "first");
    assert_string_equal(table[1].name, "second");
    assert_string_equal(table[1].fallback, "2");
    assert_null(table[0].nested);
    assert_int_equal(table[1].nested_size, 0);
    assert_null(table[2].name);
    registry_free(registry);
}

static void kinds_of_another_size_are_stepped_through(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);

    place_module(place, "longer", "longer");
    assert_int_equal(registry_scan(registry, place->dir), 0);
    assert_non_null(registry_find(registry, "long_one", NULL));
    assert_non_null(registry_find(registry, "long_two", NULL));
    assert_non_null(registry_find(registry, "long_two", NULL)->kind->destroy);
    registry_free(registry);
}

static void versions_live_side_by_side(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    const struct module_kind *const *kinds;
    const struct module *const *modules;

    place_module(place, "good_1_9", "a");
    place_module(place, "good_2_0", "b");
    place_module(place, "good_1_10", "c");
    assert_int_equal(registry_scan(registry, place->dir), 0);
    assert_int_equal(registry_modules(registry, &modules), 3);
    assert_int_equal(registry_kinds(registry, &kinds), 2);
    assert_string_equal(kinds[1]->module->info.version, "2.0.0");
    assert_string_equal(registry_find(registry, "plain", NULL)->module->info.version, "2.0.0");
    assert_string_equal(registry_find(registry, "plain", "1")->module->info.version, "1.10.0"); // 10 after 9
    assert_string_equal(registry_find(registry, "plain", "1.9")->module->info.version, "1.9.0");
    assert_string_equal(registry_find(registry, "plain", "1.10.0")->module->info.version, "1.10.0");
    assert_null(registry_find(registry, "plain", "1.1"));
    assert_null(registry_find(registry, "plain", "3"));
    // Each has memory of its own: one object opened three times would have one.
    assert_ptr_not_equal(registry_find(registry, "plain", "1.9")->kind->create,
                         registry_find(registry, "plain", "1.10")->kind->create);
    registry_free(registry);
}

static void the_same_version_twice_is_refused(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    char words[256];

    place_module(place, "good_1_9", "a");
    place_module(place, "good_1_9", "b");
    assert_int_equal(registry_scan(registry, place->dir), 1);
    snprintf(words, sizeof words, "module good 1.9.0 is already loaded from %s/a.so", place->dir);
    assert_refused(registry, place, "b.so", words);
    registry_free(registry);
}

static void a_taken_kind_is_refused_and_both_are_named(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    char words[256];

    place_module(place, "good_1_9", "a");
    place_module(place, "taken_kind", "b");
    assert_int_equal(registry_scan(registry, place->dir), 1);
    snprintf(words, sizeof words, "kind \"plain\": that is also a kind of module good 1.9.0 (%s/a.so)", place->dir);
    assert_refused(registry, place, "b.so", words);
    assert_string_equal(registry_find(registry, "plain", NULL)->module->info.name, "good");
    // It stays so: what was opened and refused is not opened again.
    assert_int_equal(registry_scan(registry, place->dir), 1);
    registry_free(registry);
}

static void links_and_folders_given_twice_load_once(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    const struct module *const *modules;
    char path[256];

    place_module(place, "good_1_9", "good");
    assert_int_equal(symlink("good.so", place_file(place, "link.so")), 0);
    snprintf(path, sizeof path, "%s:%s:%s/good.so", place->dir, place->dir, place->dir);
    assert_int_equal(registry_scan(registry, path), 0);
    assert_int_equal(registry_scan(registry, path), 0);
    assert_int_equal(registry_modules(registry, &modules), 1);
    registry_free(registry);
}

static void build_trees_are_searched(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);

    assert_int_equal(mkdir(place_file(place, ".libs"), 0700), 0);
    assert_int_equal(mkdir(place_file(place, "longer"), 0700), 0);
    assert_int_equal(mkdir(place_file(place, "longer/.libs"), 0700), 0);
    place_module(place, "good_1_9", ".libs/good");
    place_module(place, "longer", "longer/.libs/longer");
    assert_int_equal(registry_scan(registry, place->dir), 0);
    assert_non_null(registry_find(registry, "plain", NULL));
    assert_non_null(registry_find(registry, "long_one", NULL));
    registry_free(registry);
}

static void a_folder_that_is_not_there_is_reported(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);

    assert_int_equal(registry_scan(registry, place_file(place, "absent")), 1);
    assert_refused(registry, place, "absent", "it can't be searched for modules: No such file");
    assert_int_equal(registry_scan(registry, ""), 0);
    registry_free(registry);
}

static void a_file_overwritten_in_place_harms_nobody(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    const struct module_kind *old;
    struct inferd_component info = {.size = sizeof info};
    void *component = NULL;

    place_module(place, "good_1_9", "good");
    assert_int_equal(registry_scan(registry, place->dir), 0);
    old = registry_find(registry, "plain", NULL);
    place_write(place, "good.so", "gone", 4); // same inode: a mapping of the file itself would now be of these bytes
    assert_int_equal(registry_scan(registry, place->dir), 1);
    assert_refused(registry, place, "good.so", "not a module");
    assert_int_equal(old->kind->create(&info, &component), INFERD_OK);
    assert_ptr_equal(component, &info);
    place_module(place, "good_2_0", "good");
    assert_int_equal(registry_scan(registry, place->dir), 0);
    assert_string_equal(registry_find(registry, "plain", NULL)->module->info.version, "2.0.0");
    assert_ptr_equal(registry_find(registry, "plain", "1"), old);
    registry_free(registry);
}

static void what_was_refused_is_tried_again_once_it_is_mended(void **state)
{
    struct place *place = *state;
    struct registry *registry = registry_new(NULL, NULL);
    const struct module_report *reports;

    place_module(place, "missing_function", "module");
    assert_int_equal(registry_scan(registry, place->dir), 1);
    place_module(place, "good_1_9", "module");
    assert_int_equal(registry_scan(registry, place->dir), 0);
    assert_true(report_of(registry, place, "module.so")->loaded);
    assert_int_equal(registry_reports(registry, &reports), 1);
    registry_free(registry);
}

static const void *give_settings(void *user, const struct inferd_module *module, char *error, size_t size)
{
    int *calls = user;

    assert_string_equal(module->name, "good");
    assert_string_equal(module->settings.table[0].option, "plain-host");
    if (++*calls == 1)
        return calls;
    snprintf(error, size, "PLAIN_PORT is no number");
    return NULL;
}

static void settings_are_filled_through_the_callback(void **state)
{
    struct place *place = *state;
    int calls = 0;
    struct registry *registry = registry_new(give_settings, &calls);

    place_module(place, "good_1_9", "a");
    place_module(place, "good_2_0", "b");
    place_module(place, "longer", "c"); // has no settings: nobody is asked
    assert_int_equal(registry_scan(registry, place->dir), 1);
    assert_int_equal(calls, 2);
    assert_ptr_equal(registry_find(registry, "plain", NULL)->module->settings, &calls);
    assert_string_equal(registry_find(registry, "plain", NULL)->module->info.version, "1.9.0");
    assert_refused(registry, place, "b.so", "PLAIN_PORT is no number");
    assert_null(registry_find(registry, "long_one", NULL)->module->settings);
    registry_free(registry);
}

// Opens a path in a process of its own; its wait status.
static int open_elsewhere(const char *path)
{
    const char *program = BUILD_DIR "/tests/unit/module/opener";
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        setenv("ASAN_OPTIONS", "handle_segv=0", 1);
        setenv("TSAN_OPTIONS", "handle_segv=0", 1);
        execl(program, program, path, (char *)NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_crashing_constructor_only_costs_the_process_that_opens_it(void **state)
{
    struct place *place = *state;
    int status;

    place_module(place, "crashing", "crashing");
    status = open_elsewhere(place->dir);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
    assert_int_equal(unlink(place_file(place, "crashing.so")), 0);
    place_module(place, "good_1_9", "good");
    status = open_elsewhere(place->dir);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    place_module(place, "newer_minor", "newer");
    status = open_elsewhere(place->dir);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1); // refusals
}

int main(void)
{
#define PLACED(test) cmocka_unit_test_setup_teardown(test, place_make, place_drop)
    const struct CMUnitTest tests[] = {
        PLACED(bad_modules_are_refused_with_words_that_help),
        PLACED(files_that_are_no_modules_are_refused),
        PLACED(a_good_module_offers_its_kinds),
        PLACED(an_older_modules_short_structs_are_filled_up),
        PLACED(kinds_of_another_size_are_stepped_through),
        PLACED(versions_live_side_by_side),
        PLACED(the_same_version_twice_is_refused),
        PLACED(a_taken_kind_is_refused_and_both_are_named),
        PLACED(links_and_folders_given_twice_load_once),
        PLACED(build_trees_are_searched),
        PLACED(a_folder_that_is_not_there_is_reported),
        PLACED(a_file_overwritten_in_place_harms_nobody),
        PLACED(what_was_refused_is_tried_again_once_it_is_mended),
        PLACED(settings_are_filled_through_the_callback),
        PLACED(a_crashing_constructor_only_costs_the_process_that_opens_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
