# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Model configs, data and a plugin to begin with.

# A project of its own, built by make installcheck.
EXTRA_DIST += \
    examples/plugin/Makefile.am \
    examples/plugin/README.md \
    examples/plugin/configure.ac \
    examples/plugin/scale.c

# A ranking, which ./quickstart runs; inferd-sandbox serves the folder.
EXTRA_DIST += \
    quickstart \
    examples/ranking/README.md \
    examples/ranking/config/numerix/expression-config \
    examples/ranking/config/product_ranking.json \
    examples/ranking/expressions/score_alone.json \
    examples/ranking/expressions/score_times_boost.json \
    examples/ranking/features/product.csv \
    examples/ranking/features/user.csv \
    examples/ranking/features/user_category.csv \
    examples/ranking/models/purchase.json \
    examples/ranking/rank.py \
    examples/ranking/request.json \
    examples/ranking/train.py
