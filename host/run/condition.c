// SPDX-FileCopyrightText: 2026 The inferd authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether conditions hold. Their depth was bounded when they were compiled.
#include "run/condition.h"

#include <inferd/ext/convert.h>
#include "run/convert/convert.h"

static const char *const forms[] = {[INFERD_POINTWISE] = "pointwise",
                                    [INFERD_PAIRWISE] = "pairwise",
                                    [INFERD_SLATEWISE] = "slatewise",
                                    [INFERD_ENTITIES] = "entities"};

// The subject's text; empty where it is missing.
static struct inferd_bytes text_of(struct run *run, const struct plan_condition *test)
{
    struct inferd_bytes text = {NULL, 0};

    switch (test->subject) {
    case SUBJECT_COLUMN:
        return run->columns[test->column]->rows ? convert_text(run->columns[test->column], 0, &run->arena) : text;
    case SUBJECT_HEADER:
        run_headers(run, test->name, &text, 1);
        return text;
    case SUBJECT_TENANT:
        return run->tenant;
    case SUBJECT_FORM:
        return inferd_bytes_of(forms[run->request->form]);
    default:
        return text;
    }
}

static bool number_of(struct run *run, const struct plan_condition *test, struct inferd_bytes text, double *number)
{
    if (test->subject == SUBJECT_ROWS || test->subject == SUBJECT_SLATES) {
        *number = test->subject == SUBJECT_ROWS ? run->targets : run->slates;
        return true;
    }
    return text.len && convert_value(text, INFERD_TYPE_STRING, INFERD_TYPE_FP64, 0, number);
}

static bool compare(enum plan_relation relation, double number, double with)
{
    switch (relation) {
    case IS_OTHER:
        return number != with;
    case IS_LESS:
        return number < with;
    case IS_LESS_OR_EQUAL:
        return number <= with;
    case IS_MORE:
        return number > with;
    case IS_MORE_OR_EQUAL:
        return number >= with;
    default:
        return number == with;
    }
}

static bool test_holds(struct run *run, const struct plan_condition *test)
{
    const bool counts = test->subject == SUBJECT_ROWS || test->subject == SUBJECT_SLATES;
    struct inferd_bytes text = text_of(run, test);
    double number = 0;
    bool is_number, among = false;

    if (text.len == 0 && !counts)
        return false;
    if (test->op == CONDITION_HAS)
        return true;
    is_number = number_of(run, test, text, &number);
    for (uint32_t i = 0; i < test->value_count && !among; i++) {
        const struct plan_literal *value = &test->values[i];

        if (value->is_number)
            among = is_number && compare(test->relation, number, value->number);
        else
            among = inferd_bytes_equal(text, value->text) != (test->relation == IS_OTHER);
    }
    return among != (test->relation == IS_NOT_AMONG);
}

bool run_condition_holds(struct run *run, const struct plan_condition *condition)
{
    switch (condition->op) {
    case CONDITION_AND:
        return run_condition_holds(run, condition->left) && run_condition_holds(run, condition->right);
    case CONDITION_OR:
        return run_condition_holds(run, condition->left) || run_condition_holds(run, condition->right);
    case CONDITION_NOT:
        return !run_condition_holds(run, condition->left);
    default:
        return test_holds(run, condition);
    }
}
