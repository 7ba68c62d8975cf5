// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads conditions: "or" of "and" of tests, which "not" and parentheses change. One word is looked at in advance.
#include "plan/condition.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define DEEPEST 32
#define LONGEST 256 // conditions in one, which bounds what recursion over them costs
#define MOST_VALUES 256

enum token { THE_END, NAME, QUOTED_NAME, TEXT, NUMBER, RELATION, OPEN, CLOSE, COMMA, WRONG };

struct reading {
    struct arena *arena;
    const char *text, *at; // at: behind the word that is looked at
    const char *word;      // where that begins
    enum token token;
    const char *name; // of NAME and TEXT
    double number;
    enum plan_relation relation;
    bool (*column)(void *user, const char *name, uint32_t *index);
    void *user;
    char *error;
    size_t size;
    bool failed;
    unsigned depth, count;
};

static void *complain(struct reading *r, const char *expected)
{
    if (!r->failed)
        snprintf(r->error, r->size, "at character %zu, \"%.20s\": %s", (size_t)(r->word - r->text) + 1, r->word,
                 expected);
    r->failed = true;
    return NULL;
}

static enum token relation(struct reading *r)
{
    static const struct {
        const char *sign;
        enum plan_relation relation;
    } signs[] = {{"==", IS_EQUAL},         {"!=", IS_OTHER}, {"<=", IS_LESS_OR_EQUAL},
                 {">=", IS_MORE_OR_EQUAL}, {"<", IS_LESS},   {">", IS_MORE}};

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (strncmp(r->at, signs[i].sign, strlen(signs[i].sign)) == 0) {
            r->at += strlen(signs[i].sign);
            r->relation = signs[i].relation;
            return RELATION;
        }
    return WRONG;
}

static enum token quoted(struct reading *r, char quote, enum token token)
{
    const char *end = strchr(r->at + 1, quote);

    if (!end)
        return WRONG;
    r->name = arena_strndup(r->arena, r->at + 1, (size_t)(end - r->at) - 1);
    r->at = end + 1;
    return r->name ? token : WRONG;
}

static bool is_of_name(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("_.:-@", c)) || (unsigned char)c >= 0x80;
}

static enum token plain(struct reading *r)
{
    char *end;

    if (isdigit((unsigned char)*r->at) || *r->at == '-' || *r->at == '.') {
        r->number = strtod(r->at, &end);
        if (end == r->at || is_of_name(*end))
            return WRONG;
        r->at = end;
        return NUMBER;
    }
    while (is_of_name(*r->at))
        r->at++;
    if (r->at == r->word)
        return WRONG;
    r->name = arena_strndup(r->arena, r->word, (size_t)(r->at - r->word));
    return r->name ? NAME : WRONG;
}

static void next(struct reading *r)
{
    while (isspace((unsigned char)*r->at))
        r->at++;
    r->word = r->at;
    switch (*r->at) {
    case '\0':
        r->token = THE_END;
        break;
    case '(':
    case ')':
    case ',':
        r->token = *r->at == '(' ? OPEN : *r->at == ')' ? CLOSE : COMMA;
        r->at++;
        break;
    case '\'':
        r->token = quoted(r, '\'', TEXT);
        break;
    case '`':
        r->token = quoted(r, '`', QUOTED_NAME);
        break;
    case '=':
    case '!':
    case '<':
    case '>':
        r->token = relation(r);
        break;
    default:
        r->token = plain(r);
    }
}

static bool is_word(const struct reading *r, const char *word)
{
    return r->token == NAME && strcmp(r->name, word) == 0;
}

static struct plan_condition *new_condition(struct reading *r, enum plan_condition_op op)
{
    struct plan_condition *condition = r->count++ < LONGEST ? arena_zalloc(r->arena, sizeof(*condition)) : NULL;

    if (r->count > LONGEST)
        return complain(r, "is too long a condition");
    if (!condition)
        return complain(r, "there is no memory");
    condition->op = op;
    return condition;
}

static bool read_subject(struct reading *r, struct plan_condition *test)
{
    static const char *const words[] = {
        [SUBJECT_TENANT] = "tenant", [SUBJECT_FORM] = "form", [SUBJECT_ROWS] = "rows", [SUBJECT_SLATES] = "slates"};

    if (r->token != NAME && r->token != QUOTED_NAME)
        return complain(r, "a name is expected: a request column, `a name in backquotes`, header:NAME, tenant, form, "
                           "rows or slates");
    test->name = r->name;
    test->subject = SUBJECT_COLUMN;
    for (int i = SUBJECT_TENANT; r->token == NAME && i <= SUBJECT_SLATES; i++)
        if (strcmp(r->name, words[i]) == 0)
            test->subject = (enum plan_subject)i;
    if (r->token == NAME && strncmp(r->name, "header:", 7) == 0 && r->name[7]) {
        test->subject = SUBJECT_HEADER;
        test->name += 7;
    }
    if (test->subject == SUBJECT_COLUMN && !r->column(r->user, r->name, &test->column)) {
        *r->error = '\0';
        r->failed = true;
        return false;
    }
    next(r);
    return true;
}

static bool read_value(struct reading *r, const struct plan_condition *test, struct plan_literal *value)
{
    bool counts = test->subject == SUBJECT_ROWS || test->subject == SUBJECT_SLATES;

    if (r->token != NUMBER && r->token != TEXT)
        return complain(r, "a number or a 'text' is expected");
    if (r->token == TEXT && counts)
        return complain(r, "is a number of rows, which no text is");
    if (r->token == TEXT && test->relation >= IS_LESS && test->relation <= IS_MORE_OR_EQUAL)
        return complain(r, "texts are equal or not, but none is less than another: compare with a number");
    value->is_number = r->token == NUMBER;
    value->number = r->number;
    if (r->token == TEXT)
        value->text = inferd_bytes_of(r->name);
    next(r);
    return true;
}

static bool read_values(struct reading *r, struct plan_condition *test)
{
    struct plan_literal *values = arena_zalloc(r->arena, MOST_VALUES * sizeof(*values));

    if (!values)
        return complain(r, "there is no memory");
    if (r->token != OPEN)
        return complain(r, "\"(\" is expected, and values, separated by commas");
    do {
        if (test->value_count == MOST_VALUES)
            return complain(r, "are more than 256 values");
        next(r);
        if (!read_value(r, test, &values[test->value_count++]))
            return false;
    } while (r->token == COMMA);
    if (r->token != CLOSE)
        return complain(r, "\",\" or \")\" is expected");
    next(r);
    test->values = values;
    return true;
}

static bool read_one_value(struct reading *r, struct plan_condition *test)
{
    struct plan_literal *value = arena_zalloc(r->arena, sizeof(*value));

    if (!value)
        return complain(r, "there is no memory");
    test->values = value;
    test->value_count = 1;
    return read_value(r, test, value);
}

static const struct plan_condition *read_test(struct reading *r)
{
    struct plan_condition *test = new_condition(r, is_word(r, "has") ? CONDITION_HAS : CONDITION_IS);

    if (!test)
        return NULL;
    if (test->op == CONDITION_HAS)
        next(r);
    if (!read_subject(r, test))
        return NULL;
    if (test->op == CONDITION_HAS)
        return test;
    test->relation = r->relation;
    if (r->token == RELATION) {
        next(r);
        return read_one_value(r, test) ? test : NULL;
    }
    test->relation = is_word(r, "not") ? IS_NOT_AMONG : IS_AMONG;
    if (test->relation == IS_NOT_AMONG)
        next(r);
    if (!is_word(r, "in"))
        return complain(r, "==, !=, <, <=, >, >=, in or not in is expected");
    next(r);
    return read_values(r, test) ? test : NULL;
}

static const struct plan_condition *read_or(struct reading *r);

static const struct plan_condition *read_one(struct reading *r)
{
    const struct plan_condition *inner;
    struct plan_condition *negated;

    if (++r->depth > DEEPEST)
        return complain(r, "stands too deep in parentheses");
    if (is_word(r, "not")) {
        next(r);
        negated = new_condition(r, CONDITION_NOT);
        inner = negated ? read_one(r) : NULL;
        if (inner)
            negated->left = inner;
        inner = inner ? negated : NULL;
    } else if (r->token == OPEN) {
        next(r);
        inner = read_or(r);
        if (inner && r->token != CLOSE)
            return complain(r, "\")\" is expected");
        if (inner)
            next(r);
    } else {
        inner = read_test(r);
    }
    r->depth--;
    return inner;
}

static const struct plan_condition *join(struct reading *r, const char *word, enum plan_condition_op op,
                                         const struct plan_condition *(*part)(struct reading *r))
{
    const struct plan_condition *left = part(r);

    while (left && is_word(r, word)) {
        struct plan_condition *both = new_condition(r, op);

        if (!both)
            return NULL;
        next(r);
        both->left = left;
        both->right = part(r);
        left = both->right ? both : NULL;
    }
    return left;
}

static const struct plan_condition *read_and(struct reading *r)
{
    return join(r, "and", CONDITION_AND, read_one);
}

static const struct plan_condition *read_or(struct reading *r)
{
    return join(r, "or", CONDITION_OR, read_and);
}

const struct plan_condition *plan_condition_read(struct arena *arena, const char *text,
                                                 bool (*column)(void *user, const char *name, uint32_t *index),
                                                 void *user, char *error, size_t size)
{
    struct reading r = {
        .arena = arena, .text = text, .at = text, .column = column, .user = user, .error = error, .size = size};
    const struct plan_condition *condition;

    next(&r);
    condition = read_or(&r);
    if (condition && r.token != THE_END)
        return complain(&r, "\"and\", \"or\" or the end is expected");
    return condition;
}
