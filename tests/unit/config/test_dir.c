// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// The source 'dir' on a real directory: what it hands over as files come, change and go, and as the directory itself
// does. Each step waits for the next revision; that something is no change is shown by what the next revision holds.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/log.h"
#include "base/text.h"
#include "config/source.h"

enum { REVISIONS = 4096, TRIES = 20, PATIENCE_S = 60 };

struct fixture {
    char top[64]; // temporary directory
    char dir[96]; // in it, watched
    struct source *source;
    pthread_mutex_t lock;
    pthread_cond_t more;
    char *revisions[REVISIONS]; // as texts: "whole a={} service={}", "a=gone"
    int64_t last;
    size_t got, seen;
};

static void changed(void *user, const struct source_revision *revision)
{
    struct fixture *f = user;
    struct text text;

    text_init(&text);
    text_add(&text, revision->whole ? "whole" : "");
    for (size_t i = 0; i < revision->count; i++) {
        const struct source_change *c = &revision->changes[i];

        text_printf(&text, "%s%s=%s", text.len ? " " : "", c->model ? c->model : "service",
                    c->value ? c->value : "gone");
        if (c->value && strlen(c->value) != c->value_len)
            text_printf(&text, "(%zu)", c->value_len);
    }
    pthread_mutex_lock(&f->lock);
    if (f->got < REVISIONS && revision->revision > f->last)
        f->revisions[f->got++] = text.len ? text.data : strdup("");
    f->last = revision->revision;
    pthread_cond_signal(&f->more);
    pthread_mutex_unlock(&f->lock);
}

// The next revision.
static const char *next(struct fixture *f)
{
    const char *revision;
    struct timespec end;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&f->lock);
    while (f->got == f->seen && rc == 0)
        rc = pthread_cond_timedwait(&f->more, &f->lock, &end);
    revision = f->got > f->seen ? f->revisions[f->seen++] : "none came";
    pthread_mutex_unlock(&f->lock);
    return revision;
}

static void expect(struct fixture *f, const char *revision)
{
    assert_string_equal(next(f), revision);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    pthread_condattr_t monotonic;

    log_set_level(LOG_ERROR + 1);
    strcpy(f->top, "/tmp/inferd-dir-XXXXXX");
    assert_non_null(mkdtemp(f->top));
    snprintf(f->dir, sizeof(f->dir), "%s/models", f->top);
    assert_int_equal(mkdir(f->dir, 0755), 0);
    pthread_mutex_init(&f->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&f->more, &monotonic);
    pthread_condattr_destroy(&monotonic);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];

    source_close(f->source);
    for (size_t i = 0; i < f->got; i++)
        free(f->revisions[i]);
    snprintf(command, sizeof(command), "rm -rf %s", f->top);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static const char *path_of(struct fixture *f, const char *name)
{
    static char paths[2][160];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, sizeof(paths[0]), "%s/%s", f->dir, name);
    return path;
}

static void write_text(struct fixture *f, const char *name, const char *text)
{
    FILE *file = fopen(path_of(f, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void move(struct fixture *f, const char *from, const char *to)
{
    assert_int_equal(rename(path_of(f, from), path_of(f, to)), 0);
}

static void drop(struct fixture *f, const char *name)
{
    assert_int_equal(unlink(path_of(f, name)), 0);
}

static void open_source(struct fixture *f, bool watch)
{
    char error[256] = "";

    f->source = source_open_dir(&(struct source_dir_options){.path = f->dir, .watch = watch}, changed, NULL, f, error,
                                sizeof(error));
    if (!f->source)
        fail_msg("%s", error);
}

static void hands_over_the_whole_tree_first(void **state)
{
    struct fixture *f = *state;

    write_text(f, "b.json", "{b}");
    write_text(f, "a.json", "{a}");
    write_text(f, "service-config.json", "{s}");
    write_text(f, "Mixed-Case_1.json", "");
    open_source(f, true);
    expect(f, "whole Mixed-Case_1= a={a} b={b} service={s}");
}

static void ignores_other_files(void **state)
{
    struct fixture *f = *state;

    write_text(f, "notes.txt", "no");
    open_source(f, true);
    expect(f, "whole");
    write_text(f, ".hidden.json", "no");
    write_text(f, "#a.json", "no");
    write_text(f, "a.json~", "no");
    write_text(f, "a.json.swp", "no");
    write_text(f, ".json", "no");
    write_text(f, "last.json", "{}");
    expect(f, "last={}");
}

static void follows_files(void **state)
{
    struct fixture *f = *state;

    write_text(f, "a.json", "1");
    open_source(f, true);
    expect(f, "whole a=1");
    write_text(f, "a.json", "2");
    expect(f, "a=2");
    write_text(f, "b.json", "3");
    expect(f, "b=3");
    drop(f, "a.json");
    expect(f, "a=gone");
    write_text(f, "service-config.json", "4");
    expect(f, "service=4");
    drop(f, "service-config.json");
    expect(f, "service=gone");
}

static void takes_a_map_of_models_apart(void **state)
{
    struct fixture *f = *state;
    struct source_counts counts;

    write_text(f, "own.json", "1");
    write_text(f, "config-map.json", "{\"a\": {\"x\": 1}, \"own\": 2, \"z\": 3}");
    open_source(f, true);
    expect(f, "whole own=1 a={\"x\":1} z=3");
    write_text(f, "config-map.json", "{\"b\": 4, \"own\": 2, \"z\": 3}");
    expect(f, "b=4 a=gone");
    drop(f, "own.json"); // the map has it, too
    expect(f, "own=2");
    write_text(f, "config-map.json", "{\"b\": 4,");
    write_text(f, "z.json", "5");
    expect(f, "z=5");
    source_count(f->source, &counts);
    assert_int_equal(counts.refused, 1);
    source_reread(f->source); // not whole: what the map has now can't be told
    expect(f, "z=5");
    write_text(f, "config-map.json", "{\"b\": 6, \"z\": 3}");
    expect(f, "b=6 own=gone");
    source_reread(f->source);
    expect(f, "whole z=5 b=6");
    write_text(f, "config-map.json", "{\"z\": 3}");
    expect(f, "b=gone");
    drop(f, "z.json");
    expect(f, "z=3");
    drop(f, "config-map.json");
    expect(f, "z=gone");
}

static void takes_a_file_when_it_is_closed(void **state)
{
    struct fixture *f = *state;
    int fd;

    open_source(f, true);
    expect(f, "whole");
    fd = open(path_of(f, "a.json"), O_CREAT | O_WRONLY, 0644);
    assert_int_equal(write(fd, "ha", 2), 2);
    write_text(f, "b.json", "b");
    expect(f, "b=b");
    assert_int_equal(write(fd, "lf", 2), 2);
    close(fd);
    expect(f, "a=half");
}

static void takes_files_that_are_moved_in(void **state)
{
    struct fixture *f = *state;

    open_source(f, true);
    expect(f, "whole");
    write_text(f, "a.json.tmp", "1");
    move(f, "a.json.tmp", "a.json");
    expect(f, "a=1");
    write_text(f, ".a.new", "2");
    move(f, ".a.new", "a.json");
    expect(f, "a=2");
    move(f, "a.json", "b.json");
    expect(f, "b=2");
    expect(f, "a=gone");
}

// As some editors save: the old file is moved away, the new one written, the old one removed. If this test is held up
// in between for so long that the model is believed gone, it begins again.
static void keeps_a_model_while_an_editor_saves_it(void **state)
{
    struct fixture *f = *state;
    const char *revision;
    char b[16], expected[24];
    int fd;

    write_text(f, "a.json", "1");
    open_source(f, true);
    expect(f, "whole a=1");
    for (int i = 1;; i++) {
        snprintf(b, sizeof(b), "%d", i);
        snprintf(expected, sizeof(expected), "b=%d", i);
        move(f, "a.json", "a.json~");
        fd = open(path_of(f, "a.json"), O_CREAT | O_WRONLY, 0644);
        write_text(f, "b.json", b);
        revision = next(f);
        if (strcmp(revision, "a=gone") != 0 || i == TRIES)
            break;
        expect(f, expected);
        assert_int_equal(write(fd, "1", 1), 1);
        close(fd);
        expect(f, "a=1");
    }
    assert_string_equal(revision, expected);
    assert_int_equal(write(fd, "2", 1), 1);
    close(fd);
    drop(f, "a.json~");
    expect(f, "a=2");
}

static void takes_no_change_for_the_same_text(void **state)
{
    struct fixture *f = *state;

    write_text(f, "a.json", "1");
    open_source(f, true);
    expect(f, "whole a=1");
    write_text(f, "a.json", "1");
    write_text(f, "b.json", "2");
    expect(f, "b=2");
}

static void takes_links(void **state)
{
    struct fixture *f = *state;

    write_text(f, "text", "1");
    open_source(f, true);
    expect(f, "whole");
    assert_int_equal(symlink("text", path_of(f, "soft.json")), 0);
    expect(f, "soft=1");
    assert_int_equal(link(path_of(f, "text"), path_of(f, "hard.json")), 0);
    expect(f, "hard=1");
}

// As Kubernetes changes a mounted ConfigMap: files are links into a directory behind a link, which is swapped.
static void follows_a_config_map(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(mkdir(path_of(f, "..1"), 0755), 0);
    assert_int_equal(mkdir(path_of(f, "..2"), 0755), 0);
    write_text(f, "..1/a.json", "1");
    write_text(f, "..1/b.json", "1");
    write_text(f, "..2/a.json", "2");
    assert_int_equal(symlink("..1", path_of(f, "..data")), 0);
    assert_int_equal(symlink("..data/a.json", path_of(f, "a.json")), 0);
    assert_int_equal(symlink("..data/b.json", path_of(f, "b.json")), 0);
    open_source(f, true);
    expect(f, "whole a=1 b=1");
    assert_int_equal(symlink("..2", path_of(f, "..data_tmp")), 0);
    move(f, "..data_tmp", "..data");
    expect(f, "a=2 b=gone");
}

// It may lead to what only this process may read.
static void follows_no_link_out_of_it(void **state)
{
    struct fixture *f = *state;
    char outside[128];

    write_text(f, "../secret", "hunter2");
    snprintf(outside, sizeof(outside), "%s/secret", f->top);
    assert_int_equal(mkdir(path_of(f, "..1"), 0755), 0);
    write_text(f, "..1/in", "1");
    assert_int_equal(symlink("../secret", path_of(f, "a.json")), 0);
    assert_int_equal(symlink(outside, path_of(f, "b.json")), 0);
    assert_int_equal(symlink("/proc/self/environ", path_of(f, "c.json")), 0);
    assert_int_equal(symlink("..", path_of(f, "..data")), 0);
    assert_int_equal(symlink("..data/secret", path_of(f, "d.json")), 0);
    assert_int_equal(symlink("../models/..1/in", path_of(f, "e.json")), 0); // out, and in again
    open_source(f, true);
    expect(f, "whole e=1");
    write_text(f, "f.json", "1");
    expect(f, "f=1");
    write_text(f, "new", "1");
    move(f, "new", "a.json"); // the file itself, where the link was
    expect(f, "a=1");
    assert_int_equal(symlink("../secret", path_of(f, "new")), 0);
    move(f, "new", "a.json"); // and back: what was read stays
    write_text(f, "f.json", "2");
    expect(f, "f=2");
}

// Begins again where it is held up for so long that the model is believed gone before something else is in its place.
static void keeps_what_it_can_not_read(void **state)
{
    struct fixture *f = *state;
    const char *revision;
    char b[16], expected[24];

    write_text(f, "a.json", "1");
    open_source(f, true);
    expect(f, "whole a=1");
    for (int i = 1;; i++) {
        snprintf(b, sizeof(b), "%d", i);
        snprintf(expected, sizeof(expected), "b=%d", i);
        drop(f, "a.json");
        assert_int_equal(mkdir(path_of(f, "a.json"), 0755), 0);
        write_text(f, "b.json", b);
        revision = next(f);
        if (strcmp(revision, "a=gone") != 0 || i == TRIES)
            break;
        expect(f, expected);
        assert_int_equal(rmdir(path_of(f, "a.json")), 0);
        write_text(f, "a.json", "1");
        expect(f, "a=1");
    }
    assert_string_equal(revision, expected);
    source_reread(f->source);
    expect(f, expected); // not whole: a would go
    assert_int_equal(rmdir(path_of(f, "a.json")), 0);
    expect(f, "a=gone");
}

static void takes_a_file_that_becomes_readable(void **state)
{
    struct fixture *f = *state;
    struct source_counts counts;

    if (getuid() == 0) {
        // The superuser reads everything; be somebody else, who owns the directory.
        assert_int_equal(chown(f->top, 65534, 65534), 0);
        assert_int_equal(chown(f->dir, 65534, 65534), 0);
        assert_int_equal(setegid(65534), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    write_text(f, "a.json", "1");
    assert_int_equal(chmod(path_of(f, "a.json"), 0), 0);
    open_source(f, true);
    expect(f, "whole");
    source_count(f->source, &counts);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(chmod(path_of(f, "a.json"), 0644), 0);
    expect(f, "a=1");
    if (getuid() == 0) {
        assert_int_equal(seteuid(0), 0);
        assert_int_equal(setegid(0), 0);
    }
}

static void waits_for_a_directory_that_goes(void **state)
{
    struct fixture *f = *state;
    struct source_counts counts;
    const char *revision;
    char away[128];

    write_text(f, "a.json", "1");
    open_source(f, true);
    expect(f, "whole a=1");
    snprintf(away, sizeof(away), "%s/away", f->top);
    assert_int_equal(rename(f->dir, away), 0);
    assert_int_equal(mkdir(f->dir, 0755), 0);
    write_text(f, "b.json", "2");
    // The new directory may be seen before the file in it is, or while nothing was in that yet, or there was none.
    do
        revision = next(f);
    while (strcmp(revision, "whole") == 0 || strcmp(revision, "whole b=") == 0);
    assert_non_null(strstr(revision, "b=2"));
    drop(f, "b.json");
    expect(f, "b=gone");
    assert_int_equal(rmdir(f->dir), 0);
    assert_int_equal(rename(away, f->dir), 0);
    expect(f, "whole a=1");
    source_count(f->source, &counts);
    assert_true(counts.reachable);
}

static void waits_for_a_directory_that_is_not_there_yet(void **state)
{
    struct fixture *f = *state;
    char above[128];

    snprintf(above, sizeof(above), "%s/x", f->top);
    snprintf(f->dir, sizeof(f->dir), "%s/x/y/models", f->top);
    open_source(f, true);
    assert_int_equal(mkdir(above, 0755), 0);
    strcat(above, "/y");
    assert_int_equal(mkdir(above, 0755), 0);
    strcat(above, "/new");
    assert_int_equal(mkdir(above, 0755), 0);
    assert_int_equal(rename(above, f->dir), 0);
    expect(f, "whole");
    write_text(f, "a.json", "1");
    expect(f, "a=1");
}

static void follows_a_link_to_the_directory(void **state)
{
    struct fixture *f = *state;
    char one[128], two[128], link[128];

    snprintf(one, sizeof(one), "%s/one", f->top);
    snprintf(two, sizeof(two), "%s/two", f->top);
    snprintf(link, sizeof(link), "%s/link", f->top);
    write_text(f, "a.json", "1");
    assert_int_equal(rename(f->dir, one), 0);
    assert_int_equal(mkdir(f->dir, 0755), 0);
    write_text(f, "a.json", "2");
    assert_int_equal(rename(f->dir, two), 0);
    assert_int_equal(symlink("one", f->dir), 0);
    open_source(f, true);
    expect(f, "whole a=1");
    assert_int_equal(symlink("two", link), 0);
    assert_int_equal(rename(link, f->dir), 0);
    expect(f, "whole a=2");
}

static void rereads_when_asked(void **state)
{
    struct fixture *f = *state;

    write_text(f, "a.json", "1");
    open_source(f, false);
    expect(f, "whole a=1");
    write_text(f, "a.json", "2");
    write_text(f, "b.json", "3");
    source_reread(f->source);
    expect(f, "whole a=2 b=3");
    drop(f, "a.json");
    source_reread(f->source);
    expect(f, "whole b=3");
}

static void refuses_to_read_once_what_is_not_there(void **state)
{
    struct fixture *f = *state;
    char error[256] = "";

    assert_null(source_open_dir(&(struct source_dir_options){.path = "/nowhere/models"}, changed, NULL, f, error,
                                sizeof(error)));
    assert_string_equal(error, "/nowhere/models: can't be read: No such file or directory; make it, or name another "
                               "directory with --config-dir");
}

static void open_resources(struct fixture *f, bool watch)
{
    const struct source_dir_options options = {.path = f->dir, .watch = watch, .resources = true};
    char error[256] = "";

    f->source = source_open_dir(&options, changed, NULL, f, error, sizeof(error));
    if (!f->source)
        fail_msg("%s", error);
}

static void every_file_is_a_resource(void **state)
{
    struct fixture *f = *state;

    write_text(f, "service-config.json", "{s}");
    write_text(f, "12.json", "{x}");
    write_text(f, "config-map.json", "{m}");
    open_resources(f, true);
    expect(f, "whole 12={x} service-config={s} config-map={m}");
    drop(f, "service-config.json");
    expect(f, "service-config=gone");
}

static void resources_need_no_directory(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(rmdir(f->dir), 0);
    open_resources(f, true);
    expect(f, "whole");
    assert_int_equal(mkdir(f->dir, 0755), 0);
    expect(f, "whole");
    write_text(f, "a.json", "1");
    expect(f, "a=1");
    source_close(f->source);
    drop(f, "a.json");
    assert_int_equal(rmdir(f->dir), 0);
    f->last = 0;
    open_resources(f, false);
    expect(f, "whole");
}

static void takes_a_relative_path(void **state)
{
    struct fixture *f = *state;
    char here[256];

    assert_non_null(getcwd(here, sizeof(here)));
    write_text(f, "a.json", "1");
    assert_int_equal(chdir(f->top), 0);
    f->source =
        source_open_dir(&(struct source_dir_options){.path = "models//", .watch = true}, changed, NULL, f, here, 0);
    assert_int_equal(chdir(here), 0);
    assert_non_null(f->source);
    expect(f, "whole a=1");
    write_text(f, "a.json", "2");
    expect(f, "a=2");
}

static void takes_many_files_at_once(void **state)
{
    struct fixture *f = *state;
    const char *revision;
    size_t models = 0;
    char name[32];

    open_source(f, true);
    expect(f, "whole");
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "m%d.json", i);
        write_text(f, name, "{}");
    }
    source_reread(f->source);
    // Some came one by one; the whole tree has them all.
    do
        revision = next(f);
    while (strncmp(revision, "whole", 5) != 0 && strcmp(revision, "none came") != 0);
    for (const char *c = revision; (c = strstr(c, "={}")); c++)
        models++;
    assert_int_equal(models, 2000);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(hands_over_the_whole_tree_first),
        CASE(ignores_other_files),
        CASE(follows_files),
        CASE(takes_a_map_of_models_apart),
        CASE(takes_a_file_when_it_is_closed),
        CASE(takes_files_that_are_moved_in),
        CASE(keeps_a_model_while_an_editor_saves_it),
        CASE(takes_no_change_for_the_same_text),
        CASE(takes_links),
        CASE(follows_a_config_map),
        CASE(follows_no_link_out_of_it),
        CASE(keeps_what_it_can_not_read),
        CASE(takes_a_file_that_becomes_readable),
        CASE(waits_for_a_directory_that_goes),
        CASE(waits_for_a_directory_that_is_not_there_yet),
        CASE(follows_a_link_to_the_directory),
        CASE(rereads_when_asked),
        CASE(refuses_to_read_once_what_is_not_there),
        CASE(every_file_is_a_resource),
        CASE(resources_need_no_directory),
        CASE(takes_a_relative_path),
        CASE(takes_many_files_at_once),
    };

    return cmocka_run_group_tests_name("dir", tests, NULL, NULL);
}
