# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Manual pages: dist_man_MANS += docs/man/NAME.SECTION

dist_man_MANS += docs/man/inferd-expression.5 docs/man/inferd-sandbox.1

EXTRA_DIST += docs/metrics.md docs/settings.md

dist_man_MANS += docs/man/inferctl.1
