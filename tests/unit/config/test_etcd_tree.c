// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// From keys to models: which key counts, what is a change, and what a key that can't be read leaves as it was.
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/log.h"
#include "base/text.h"
#include "config/etcd_tree.h"
#include "../base/caught.h"

struct fixture {
    struct source source;
    struct changes changes;
    struct etcd_tree tree;
    struct text text;
    int64_t revision;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    log_set_level(LOG_ERROR + 1);
    changes_init(&f->changes);
    etcd_tree_init(&f->tree, "/p", &f->source, &f->changes);
    text_init(&f->text);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    etcd_tree_free(&f->tree);
    changes_free(&f->changes);
    text_free(&f->text);
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *key, const char *value)
{
    struct etcd_stamp stamp = {inferd_bytes_of(key), 1, ++f->revision};

    assert_true(etcd_tree_put(&f->tree, &stamp, inferd_bytes_of(value)));
}

static void drop(struct fixture *f, const char *key)
{
    f->revision++;
    etcd_tree_drop(&f->tree, inferd_bytes_of(key));
}

// Ends the batch; what came of it as a text.
static const char *end(struct fixture *f, bool whole)
{
    enum etcd_tree_end how = etcd_tree_end(&f->tree, whole);

    text_clear(&f->text);
    text_add(&f->text, how == ETCD_TREE_WHOLE ? "whole" : how == ETCD_TREE_REREAD ? "reread" : "");
    for (size_t i = 0; i < f->changes.count && how != ETCD_TREE_REREAD; i++) {
        const struct source_change *c = &f->changes.list[i];

        text_printf(&f->text, " %s=%s", c->model ? c->model : "service", c->value ? c->value : "gone");
        assert_int_equal(c->value ? strlen(c->value) : 0, c->value_len);
        assert_non_null(c->key);
    }
    changes_clear(&f->changes);
    return text_string(&f->text);
}

static void reads_the_whole_tree(void **state)
{
    struct fixture *f = *state;

    etcd_tree_begin(&f->tree);
    put(f, "/p/config-map/b", "{b}");
    put(f, "/p/config-map/a", "{a}");
    put(f, "/p/service-config", "{s}");
    put(f, "/p/other", "?");
    assert_string_equal(end(f, true), "whole service={s} a={a} b={b}");
}

static void follows_changes(void **state)
{
    struct fixture *f = *state;

    reads_the_whole_tree(state);
    put(f, "/p/config-map/a", "{2}");
    put(f, "/p/config-map/c", "{c}");
    drop(f, "/p/config-map/b");
    assert_string_equal(end(f, false), " a={2} b=gone c={c}");
    put(f, "/p/config-map/b", "{b}");
    drop(f, "/p/service-config");
    assert_string_equal(end(f, false), " service=gone b={b}");
    drop(f, "/p/config-map/never");
    assert_string_equal(end(f, false), "");
}

static void every_key_is_a_resource(void **state)
{
    struct fixture *f = *state;

    f->tree.resources = true;
    etcd_tree_begin(&f->tree);
    put(f, "/p/12", "{12}");
    put(f, "/p/config-map", "{not a map");
    put(f, "/p/service-config", "{s}");
    put(f, "/p/a/b", "?");
    assert_string_equal(end(f, true), "whole 12={12} config-map={not a map service-config={s}");
    drop(f, "/p/12");
    etcd_tree_end(&f->tree, false);
    assert_int_equal(f->changes.count, 1);
    assert_string_equal(f->changes.list[0].key, "/p/12");
    assert_null(f->changes.list[0].value);
}

static void takes_no_change_for_the_same_text(void **state)
{
    struct fixture *f = *state;

    reads_the_whole_tree(state);
    put(f, "/p/config-map/a", "{a}");
    assert_string_equal(end(f, false), "");
}

static void takes_the_last_of_several_changes(void **state)
{
    struct fixture *f = *state;

    reads_the_whole_tree(state);
    put(f, "/p/config-map/a", "{2}");
    drop(f, "/p/config-map/a");
    put(f, "/p/config-map/a", "{3}");
    put(f, "/p/config-map/b", "{2}");
    drop(f, "/p/config-map/b");
    put(f, "/p/config-map/new", "{n}");
    drop(f, "/p/config-map/new");
    assert_string_equal(end(f, false), " a={3} b=gone");
}

static void takes_an_empty_value_for_none(void **state)
{
    struct fixture *f = *state;

    reads_the_whole_tree(state);
    put(f, "/p/config-map/a", "");
    assert_string_equal(end(f, false), " a=gone");
}

static void splits_the_map(void **state)
{
    struct fixture *f = *state;

    etcd_tree_begin(&f->tree);
    put(f, "/p/config-map", "{\"a\": {\"x\": 1}, \"b\": {\"y\": [1, 2.5]}}");
    put(f, "/p/config-map/c", "{c}");
    assert_string_equal(end(f, true), "whole a={\"x\":1} b={\"y\":[1,2.5]} c={c}");
    put(f, "/p/config-map", "{\"b\": {\"y\": [1, 2.5]}, \"d\": {}}");
    assert_string_equal(end(f, false), " a=gone d={}");
    drop(f, "/p/config-map");
    assert_string_equal(end(f, false), " b=gone d=gone");
}

static void prefers_a_models_own_key_to_the_map(void **state)
{
    struct fixture *f = *state;

    etcd_tree_begin(&f->tree);
    put(f, "/p/config-map/a", "{own}");
    put(f, "/p/config-map", "{\"a\": {}, \"b\": {}}");
    assert_string_equal(end(f, true), "whole a={own} b={}");
    put(f, "/p/config-map", "{\"a\": {\"x\": 1}, \"b\": {}}");
    assert_string_equal(end(f, false), "");
    // The map's text of it isn't here any more.
    drop(f, "/p/config-map/a");
    assert_string_equal(end(f, false), "reread");
    etcd_tree_begin(&f->tree);
    put(f, "/p/config-map", "{\"a\": {\"x\": 1}, \"b\": {}}");
    assert_string_equal(end(f, true), "whole a={\"x\":1} b={}");
}

static void keeps_the_models_of_a_map_it_can_not_read(void **state)
{
    static const char *const wrong[] = {"{\"a\": {}", "[1]", "7", "{\"a\": {}, \"a\": {}}", "\xff\xfe"};
    struct fixture *f = *state;

    etcd_tree_begin(&f->tree);
    put(f, "/p/config-map", "{\"a\": {}, \"b\": {}}");
    put(f, "/p/config-map/c", "{c}");
    assert_string_equal(end(f, true), "whole a={} b={} c={c}");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        put(f, "/p/config-map", wrong[i]);
        assert_string_equal(end(f, false), "");
        assert_int_equal(f->source.refused, i + 1);
    }
    // Also when all is read again: what the whole tree does not name would go.
    etcd_tree_begin(&f->tree);
    put(f, "/p/config-map", "nonsense");
    put(f, "/p/config-map/d", "{d}");
    assert_string_equal(end(f, true), " c=gone d={d}");
    put(f, "/p/config-map", "{\"a\": {}}");
    assert_string_equal(end(f, false), " b=gone");
}

static void starts_with_a_map_it_can_not_read(void **state)
{
    struct fixture *f = *state;

    etcd_tree_begin(&f->tree);
    put(f, "/p/config-map", "{");
    put(f, "/p/config-map/c", "{c}");
    assert_string_equal(end(f, true), "whole c={c}");
}

static void prefers_the_spelling_written_last(void **state)
{
    struct fixture *f = *state;

    etcd_tree_begin(&f->tree);
    put(f, "/p/configmap/a", "{1}");
    put(f, "/p/config-map/a", "{2}");
    assert_string_equal(end(f, true), "whole a={2}");
    put(f, "/p/configmap/a", "{3}");
    assert_string_equal(end(f, false), " a={3}");
    drop(f, "/p/configmap/a");
    assert_string_equal(end(f, false), "reread");
}

static void prefers_the_map_written_last(void **state)
{
    struct fixture *f = *state;

    etcd_tree_begin(&f->tree);
    put(f, "/p/configmap", "{\"a\": {}}");
    put(f, "/p/config-map", "{\"b\": {}}");
    assert_string_equal(end(f, true), "whole b={}");
    drop(f, "/p/config-map");
    assert_string_equal(end(f, false), "reread");
    etcd_tree_begin(&f->tree);
    put(f, "/p/configmap", "{\"a\": {}}");
    assert_string_equal(end(f, true), "whole a={}");
}

static void forgets_what_a_whole_read_does_not_see(void **state)
{
    struct fixture *f = *state;

    reads_the_whole_tree(state);
    etcd_tree_begin(&f->tree);
    put(f, "/p/config-map/a", "{a}");
    assert_string_equal(end(f, true), "whole a={a}");
    put(f, "/p/config-map/b", "{b}");
    assert_string_equal(end(f, false), " b={b}");
}

static void finds_the_newest_key(void **state)
{
    struct fixture *f = *state;
    struct etcd_stamp stamp;

    assert_false(etcd_tree_newest(&f->tree, &stamp));
    reads_the_whole_tree(state);
    put(f, "/p/config-map/b", "{2}");
    assert_true(etcd_tree_newest(&f->tree, &stamp));
    assert_int_equal(stamp.modified, f->revision);
    assert_true(inferd_bytes_equal(stamp.key, inferd_bytes_of("/p/config-map/b")));
}

static void leaves_alone_what_was_not_asked_for(void **state)
{
    static const char *const keys[] = {"", "/p", "/pconfig-map/x", "/x/config-map/x", "/q/service-config"};
    struct fixture *f = *state;

    etcd_tree_begin(&f->tree);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        put(f, keys[i], "{}");
    put(f, "/p/config-map/a", "{a}");
    assert_string_equal(end(f, true), "whole a={a}");
    assert_int_equal(atomic_load(&f->source.refused), 5);
}

// Somebody may have put any number of them there.
static void says_little_of_many_keys_that_are_none(void **state)
{
    struct fixture *f = *state;
    size_t lines = 0;
    char key[64];

    log_set_level(LOG_WARNING);
    assert_int_equal(catch_stderr(state), 0);
    etcd_tree_begin(&f->tree);
    for (int i = 0; i < 200; i++) {
        snprintf(key, sizeof(key), i % 2 ? "/p/none/%d" : "/q/config-map/%d", i);
        put(f, key, "{}");
    }
    etcd_tree_end(&f->tree, true);
    etcd_tree_free(&f->tree);
    for (const char *line = read_all(); (line = strchr(line, '\n')); line++)
        lines++;
    release_stderr(state);
    etcd_tree_init(&f->tree, "/p", &f->source, &f->changes);
    assert_true(lines >= 2 * LOG_LIMIT_BURST + 2 && lines < 100); // and two that tell of the others
    assert_non_null(strstr(got, "config_key_unknown"));
    assert_non_null(strstr(got, "config_key_not_asked_for"));
    assert_non_null(strstr(got, "more lines like the last ones were left out"));
}

static void takes_many_models(void **state)
{
    struct fixture *f = *state;
    char key[64];

    for (int round = 0; round < 2; round++) {
        etcd_tree_begin(&f->tree);
        for (int i = 0; i < 5000; i++) {
            snprintf(key, sizeof(key), "/p/config-map/m%d", i);
            put(f, key, key);
        }
        assert_int_equal(etcd_tree_end(&f->tree, true), ETCD_TREE_WHOLE);
        assert_int_equal(f->changes.count, 5000);
        changes_clear(&f->changes);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof(key), "/p/config-map/m%d", i);
        drop(f, key);
    }
    assert_int_equal(etcd_tree_end(&f->tree, false), ETCD_TREE_CHANGES);
    assert_int_equal(f->changes.count, 5000);
    assert_int_equal(f->tree.models.count, 0);
    assert_int_equal(f->tree.entries.count, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(reads_the_whole_tree),
        CASE(follows_changes),
        CASE(every_key_is_a_resource),
        CASE(takes_no_change_for_the_same_text),
        CASE(takes_the_last_of_several_changes),
        CASE(takes_an_empty_value_for_none),
        CASE(splits_the_map),
        CASE(prefers_a_models_own_key_to_the_map),
        CASE(keeps_the_models_of_a_map_it_can_not_read),
        CASE(starts_with_a_map_it_can_not_read),
        CASE(prefers_the_spelling_written_last),
        CASE(prefers_the_map_written_last),
        CASE(forgets_what_a_whole_read_does_not_see),
        CASE(finds_the_newest_key),
        CASE(leaves_alone_what_was_not_asked_for),
        CASE(says_little_of_many_keys_that_are_none),
        CASE(takes_many_models),
    };

    return cmocka_run_group_tests_name("etcd_tree", tests, NULL, NULL);
}
