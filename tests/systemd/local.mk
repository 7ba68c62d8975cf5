# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# `make check-systemd`: the installed service under a real systemd, in a container; by root.

EXTRA_DIST += \
    tests/systemd/boot.sh \
    tests/systemd/check_systemd.py

check-systemd: all
	$(AM_V_at)$(PYTHON) $(srcdir)/tests/systemd/check_systemd.py --make '$(MAKE)'
.PHONY: check-systemd
