# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The SDK: headers and what authors of modules build with, installed; and the test host.

pkginclude_HEADERS = \
    sdk/include/inferd/bytes.h \
    sdk/include/inferd/column.h \
    sdk/include/inferd/host.h \
    sdk/include/inferd/kind.h \
    sdk/include/inferd/module.h \
    sdk/include/inferd/option.h \
    sdk/include/inferd/status.h \
    sdk/include/inferd/types.h \
    sdk/include/inferd/tile.h \
    sdk/include/inferd/utf8.h \
    sdk/include/inferd/wire.h \
    sdk/include/inferd/wire_reader.h \
    sdk/include/inferd/wire_tag.h \
    sdk/include/inferd/wire_writer.h \
    sdk/include/inferd/types.tbl

extincludedir = $(pkgincludedir)/ext
extinclude_HEADERS = \
    sdk/include/inferd/ext/blocking.h \
    sdk/include/inferd/ext/cache.h \
    sdk/include/inferd/ext/convert.h \
    sdk/include/inferd/ext/flight.h \
    sdk/include/inferd/ext/log.h \
    sdk/include/inferd/ext/metrics.h \
    sdk/include/inferd/ext/request.h \
    sdk/include/inferd/ext/resource.h \
    sdk/include/inferd/ext/rpc.h \
    sdk/include/inferd/ext/timer.h

dist_pkgdata_DATA = sdk/inferd_module.map

# What inferctl new-plugin writes. The files carry no licence: what is made of them is its author's.
templatedir = $(pkgdatadir)/template
dist_template_DATA = \
    sdk/template/Makefile.am \
    sdk/template/README.md \
    sdk/template/configure.ac \
    sdk/template/plugin.c

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = sdk/inferd.pc

aclocaldir = $(datadir)/aclocal
dist_aclocal_DATA = m4/inferd.m4

include sdk/testhost/local.mk
