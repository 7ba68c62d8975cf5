# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Manual pages: dist_man_MANS += docs/man/NAME.SECTION

dist_man_MANS += \
    docs/man/inferctl.1 \
    docs/man/inferd-expression.5 \
    docs/man/inferd-model.5 \
    docs/man/inferd-sandbox.1 \
    docs/man/inferd-testhost.1 \
    docs/man/inferd.8

EXTRA_DIST += HACKING.md NEWS.md README.md
EXTRA_DIST += docs/architecture.md docs/compat.md docs/dependencies.md docs/metrics.md docs/overload.md docs/performance.md \
    docs/policies.md docs/reliability.md docs/security.md docs/settings.md
