# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# `make installcheck`: what was installed is enough to write a module with.

INSTALLCHECK_DIR = tests/installcheck/built
EXTRA_DIST += \
    tests/installcheck/build.sh \
    tests/installcheck/load.sh

installcheck-local:
	$(AM_V_at)export srcdir='$(abs_top_srcdir)' CC='$(CC)' DESTDIR='$(DESTDIR)' bindir='$(bindir)' sbindir='$(sbindir)' \
	    libdir='$(libdir)' datadir='$(datadir)' && \
	$(SHELL) $(srcdir)/tests/installcheck/build.sh '$(abs_top_builddir)/$(INSTALLCHECK_DIR)' && \
	$(SHELL) $(srcdir)/tests/installcheck/load.sh '$(abs_top_builddir)/$(INSTALLCHECK_DIR)'

clean-local:
	-rm -rf $(INSTALLCHECK_DIR)
