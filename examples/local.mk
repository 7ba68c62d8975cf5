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
