// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// What becomes of models as a source tells of them and checks refuse or take them: what is published, what stays, what
// stands in, and that nothing is remembered of models that are gone.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "daemon/known.h"

struct fixture {
    struct known_models models;
    struct arena arena;
    struct bundle bundle, stand_ins;
    uint64_t number;
};

static const struct resource_list none;

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.number = 0};
    known_init(&fixture.models);
    arena_init(&fixture.arena, 4096, 0);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    known_free(&f->models);
    arena_free(&f->arena);
    return 0;
}

static bool tell(struct fixture *f, bool whole, const struct source_change *changes, size_t count)
{
    return known_take(&f->models, &(struct source_revision){1, whole, changes, count}, false);
}

static struct source_change change(const char *id, const char *text)
{
    return (struct source_change){id, id, text, text ? strlen(text) : 0};
}

#define TELL(f, whole, ...)                                                                                            \
    tell(f, whole, (struct source_change[]){__VA_ARGS__},                                                              \
         sizeof((struct source_change[]){__VA_ARGS__}) / sizeof(struct source_change))

static bool is_bad(struct inferd_bytes text)
{
    return text.data && memchr(text.data, '!', text.len);
}

// A check that refuses every text with a "!" in it, or in a resource that goes with it.
static void check(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++) {
        struct bundle_entry *entry = &bundle->entries[i];

        for (size_t k = 0; entry->text.data && k < entry->resources.count; k++)
            if (is_bad(entry->resources.items[k].text))
                entry->reason = "a resource has a !";
        if (is_bad(entry->text))
            entry->reason = "it has a !";
    }
}

// One generation: the count of its entries.
static size_t publish(struct fixture *f)
{
    f->bundle = (struct bundle){.number = ++f->number};
    known_collect(&f->models, &f->bundle, &f->arena);
    check(&f->bundle);
    known_stand_ins(&f->models, &f->bundle, &f->stand_ins, &f->arena);
    check(&f->stand_ins);
    known_keep(&f->models, &f->bundle, &f->stand_ins);
    return f->bundle.count;
}

static const struct bundle_entry *entry_of(const struct bundle *bundle, const char *id)
{
    static const struct bundle_entry missing = {.reason = "there is no such entry"};

    for (size_t i = 0; i < bundle->count; i++)
        if (strcmp(bundle->entries[i].model, id) == 0)
            return &bundle->entries[i];
    fail_msg("the bundle has no \"%s\"", id);
    return &missing; // not reached, which a compiler can't know
}

static void assert_text(const struct bundle_entry *entry, const char *text)
{
    if (!text) {
        assert_null(entry->text.data);
        return;
    }
    assert_int_equal(entry->text.len, strlen(text));
    assert_memory_equal(entry->text.data, text, strlen(text));
}

static void only_changes_are_published(void **state)
{
    struct fixture *f = *state;

    TELL(f, true, change("a", "1"), change("b", "1"));
    assert_int_equal(publish(f), 2);
    TELL(f, false, change("a", "2"), change("b", "1"));
    assert_int_equal(publish(f), 1);
    assert_text(entry_of(&f->bundle, "a"), "2");
    TELL(f, true, change("a", "2"), change("b", "1"));
    assert_int_equal(publish(f), 0);
    known_show(&f->models, &f->bundle, &f->arena);
    assert_int_equal(entry_of(&f->bundle, "a")->generation, 2);
    assert_int_equal(entry_of(&f->bundle, "b")->generation, 1);
}

static void a_refused_text_leaves_the_last_good_one(void **state)
{
    struct fixture *f = *state;

    TELL(f, true, change("a", "1"), change("new", "!"));
    publish(f);
    TELL(f, false, change("a", "2!"));
    publish(f);
    assert_text(entry_of(&f->bundle, "a"), NULL);
    assert_int_equal(f->models.refused, 2);
    assert_int_equal(f->models.served, 1);
    known_show(&f->models, &f->bundle, &f->arena);
    assert_text(entry_of(&f->bundle, "a"), "1");
    assert_string_equal(entry_of(&f->bundle, "a")->reason, "it has a !");
    assert_text(entry_of(&f->bundle, "new"), NULL);
    TELL(f, false, change("a", "3"));
    publish(f);
    assert_int_equal(f->models.refused, 1);
}

static void models_that_are_gone_are_forgotten(void **state)
{
    struct fixture *f = *state;

    TELL(f, true, change("a", "1"), change("b", "!"), change("c", "1"));
    publish(f);
    TELL(f, false, change("a", NULL), change("b", NULL));
    assert_int_equal(publish(f), 2);
    assert_true(entry_of(&f->bundle, "a")->removed && entry_of(&f->bundle, "b")->removed);
    assert_int_equal(f->models.by_id.count, 1);
    TELL(f, true, change("d", "1"));
    publish(f);
    assert_true(entry_of(&f->bundle, "c")->removed);
    assert_int_equal(f->models.by_id.count, 1);
    assert_int_equal(f->models.served, 1);
    assert_int_equal(f->models.wanted, 1);
    assert_int_equal(f->models.refused, 0);
}

static void a_source_that_comes_back_empty_is_not_believed(void **state)
{
    struct fixture *f = *state;

    assert_true(tell(f, true, NULL, 0)); // there was nothing before
    TELL(f, false, change("a", "1"), change("b", "1"));
    publish(f);
    assert_false(tell(f, true, NULL, 0));
    assert_int_equal(publish(f), 0);
    assert_int_equal(f->models.kept, 2);
    TELL(f, false, change("a", "2")); // it is named again
    assert_int_equal(publish(f), 1);
    assert_int_equal(f->models.kept, 1);
    TELL(f, true, change("a", "2")); // and a tree that has some is believed
    assert_int_equal(publish(f), 1);
    assert_true(entry_of(&f->bundle, "b")->removed);
    assert_int_equal(f->models.kept, 0);
    assert_false(tell(f, true, NULL, 0));
    TELL(f, false, change("a", NULL)); // deleted by hand
    assert_int_equal(publish(f), 1);
    assert_int_equal(f->models.by_id.count, 0);
    assert_int_equal(f->models.kept, 0);
}

static void an_empty_source_is_believed_if_told_so(void **state)
{
    struct fixture *f = *state;

    TELL(f, true, change("a", "1"));
    publish(f);
    assert_true(known_take(&f->models, &(struct source_revision){2, true, NULL, 0}, true));
    assert_int_equal(publish(f), 1);
    assert_int_equal(f->models.by_id.count, 0);
}

static void what_was_stored_is_published_and_then_unchanged(void **state)
{
    struct fixture *f = *state;

    known_store(&f->models, "a", (struct inferd_bytes){(const uint8_t *)"1", 1}, &none);
    known_show(&f->models, &f->bundle, &f->arena);
    assert_int_equal(f->bundle.count, 0); // not yet
    assert_int_equal(publish(f), 1);
    assert_text(entry_of(&f->bundle, "a"), "1");
    TELL(f, true, change("a", "1"));
    assert_int_equal(publish(f), 0);
}

static void what_was_stored_stands_in_for_what_is_refused(void **state)
{
    struct fixture *f = *state;

    known_store(&f->models, "a", (struct inferd_bytes){(const uint8_t *)"old", 3}, &none);
    known_store(&f->models, "b", (struct inferd_bytes){(const uint8_t *)"old!", 4}, &none); // not good any more
    known_store(&f->models, "c", (struct inferd_bytes){(const uint8_t *)"old", 3}, &none);
    TELL(f, true, change("a", "new!"), change("b", "new!"));
    assert_int_equal(publish(f), 3);
    assert_text(entry_of(&f->bundle, "a"), "old");
    assert_non_null(entry_of(&f->bundle, "a")->reason);
    assert_text(entry_of(&f->bundle, "b"), NULL);
    assert_true(entry_of(&f->bundle, "c")->removed);
    assert_int_equal(f->models.served, 1);
    assert_int_equal(f->models.refused, 2);
    known_show(&f->models, &f->bundle, &f->arena);
    assert_int_equal(f->bundle.count, 2);
    assert_text(entry_of(&f->bundle, "a"), "old");
}

static void stored_and_refused_is_not_served(void **state)
{
    struct fixture *f = *state;

    known_store(&f->models, "a", (struct inferd_bytes){(const uint8_t *)"1!", 2}, &none);
    assert_int_equal(publish(f), 1);
    assert_text(entry_of(&f->bundle, "a"), NULL);
    assert_int_equal(f->models.served, 0);
    assert_int_equal(f->models.refused, 1);
}

// One generation whose model "a" has read that.
static void publish_reading(struct fixture *f, const char *text)
{
    struct resource resource = {"app/texts", "x", inferd_bytes_of(text)};
    const struct resource_list list = {&resource, 1};

    known_note(&f->models, "a", &list);
    known_retry(&f->models, true);
    assert_int_equal(publish(f), 1);
}

static void expect_shown(struct fixture *f, const char *text, const char *resource)
{
    const struct bundle_entry *entry;

    known_show(&f->models, &f->bundle, &f->arena);
    entry = entry_of(&f->bundle, "a");
    assert_text(entry, text);
    assert_int_equal(entry->resources.count, 1);
    assert_true(inferd_bytes_equal(entry->resources.items[0].text, inferd_bytes_of(resource)));
}

static void resources_go_with_the_text_that_read_them(void **state)
{
    struct fixture *f = *state;

    TELL(f, true, change("a", "1"));
    publish_reading(f, "good");
    expect_shown(f, "1", "good");
    publish_reading(f, "bad!"); // refuses the text that it had served with
    assert_int_equal(f->models.refused, 1);
    expect_shown(f, "1", "good");
    TELL(f, false, change("a", "2"));
    publish_reading(f, "better");
    assert_int_equal(f->models.refused, 0);
    expect_shown(f, "2", "better");
}

static void a_stored_text_stands_in_for_itself_with_its_resources(void **state)
{
    struct resource resource = {"app/texts", "x", {(const uint8_t *)"old", 3}};
    const struct resource_list list = {&resource, 1};
    struct fixture *f = *state;

    known_store(&f->models, "a", (struct inferd_bytes){(const uint8_t *)"1", 1}, &list);
    TELL(f, true, change("a", "1"));
    publish_reading(f, "bad!");
    assert_text(entry_of(&f->bundle, "a"), "1");
    assert_string_equal(entry_of(&f->bundle, "a")->reason, "a resource has a !");
    expect_shown(f, "1", "old");
}

static void refused_ones_are_tried_again(void **state)
{
    struct fixture *f = *state;

    TELL(f, true, change("a", "1"), change("b", "!"));
    publish(f);
    known_retry(&f->models, false);
    assert_int_equal(publish(f), 1);
    known_retry(&f->models, true);
    assert_int_equal(publish(f), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(only_changes_are_published),
        TEST(a_refused_text_leaves_the_last_good_one),
        TEST(models_that_are_gone_are_forgotten),
        TEST(a_source_that_comes_back_empty_is_not_believed),
        TEST(an_empty_source_is_believed_if_told_so),
        TEST(what_was_stored_is_published_and_then_unchanged),
        TEST(what_was_stored_stands_in_for_what_is_refused),
        TEST(stored_and_refused_is_not_served),
        TEST(resources_go_with_the_text_that_read_them),
        TEST(a_stored_text_stands_in_for_itself_with_its_resources),
        TEST(refused_ones_are_tried_again),
    };

    return cmocka_run_group_tests_name("known", tests, NULL, NULL);
}
