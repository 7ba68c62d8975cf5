# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# What service managers want: units and the user, in the places that configure was told.

nodist_systemdsystemunit_DATA = deploy/systemd/inferd.service
dist_systemdsystemunit_DATA = deploy/systemd/inferd.socket
dist_sysusers_DATA = deploy/sysusers.d/inferd.conf
EXTRA_DIST += deploy/systemd/inferd.service.in
CLEANFILES += deploy/systemd/inferd.service

deploy/systemd/inferd.service: deploy/systemd/inferd.service.in Makefile
	@$(MKDIR_P) deploy/systemd
	$(AM_V_GEN)sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
	    $(srcdir)/deploy/systemd/inferd.service.in > $@.tmp && mv $@.tmp $@
