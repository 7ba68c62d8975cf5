#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Boots the machine's own systemd as process 1 of a container: all of this file system, with what is written kept in
# memory, and no network but loopback. To be run in new namespaces by check_systemd.py; arguments: a directory to mount at,
# and the hierarchy of control groups that systemd is to have.
set -eu
at=$1 hierarchy=$2
mount --make-rprivate /
mount -t tmpfs tmpfs "$at"
mkdir "$at/written" "$at/work" "$at/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$at/written,workdir=$at/work" "$at/root"
cd "$at/root"
mount -t proc proc proc
mount --rbind /sys sys
if [ "$hierarchy" = cgroup2 ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else # which the rest needn't know of
    mount -t tmpfs tmpfs sys/fs/cgroup
    mkdir sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
fi
mount --rbind /dev dev
mount -t tmpfs tmpfs run
ip link set lo up
exec chroot . /usr/bin/env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system \
    --unit=basic.target --log-target=console --show-status=no
