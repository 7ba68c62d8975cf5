#!/bin/sh
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# make installcheck, after build.sh: the installed inferd loads the modules built there and compiles a model config that
# uses them; and without them, or with an option they don't take, it says what is wrong.
#
# From make: DESTDIR, sbindir, libdir; $1 is build.sh's working directory.
set -eu
work=$1
modules=$DESTDIR$libdir/inferd
mkdir -p "$work/models"
# Settings in the environment of who runs this are not ours.
unset $(env | sed -nE 's/^((APP|ETCD|INFERD|EXTERNAL)_[A-Za-z0-9_]*)=.*/\1/p')

write_model() { # factor, as JSON
    cat >"$work/models/weather.json" <<JSON
{
    "dag_execution_config": {"component_dependency": {"fahrenheit": ["feature_initializer"]}},
    "component_config": {
        "scale_components": [
            {"component": "fahrenheit", "input": "celsius", "output": "fahrenheit", "factor": $1, "offset": 32}
        ]
    },
    "response_config": {"features": ["place_id", "fahrenheit"]}
}
JSON
}

check() { # expected status, words to find in what is said, more modules
    status=0
    said=$("$DESTDIR$sbindir/inferd" --check --config-dir="$work/models" --module-path="$modules${3:+:$3}" 2>&1) || status=$?
    if [ "$status" -ne "$1" ] || ! printf '%s\n' "$said" | grep -q -- "$2"; then
        echo "installcheck: inferd --check ended with $status, not $1 and '$2':" >&2
        printf '%s\n' "$said" >&2
        exit 1
    fi
}

for built in "$work/by-hand" "$work/root$libdir/inferd"; do
    echo "installcheck: inferd with ${built#"$work"/}/scale.so"
    write_model 1.8
    check 0 weather "$built"
    write_model '"much"'
    check 1 'scale_components\[0\]\.factor' "$built"
done
write_model 1.8
check 1 scale
