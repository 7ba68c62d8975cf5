# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The log while a backend fails: a few lines, how many more there would have been, and none lost.
import re
import time

import grpc

import small_models as small
from daemon import Daemon, metric, until
from fake import GOOD, Fake

CALLS = 300


def lines_of(daemon, component):
    return [line["message"] for line in daemon.seen
            if line and line["event"] == "plugin" and line["component"] == component]


def told(message):
    found = re.match(r"(\d+) more lines like the last ones were left out", message)
    return int(found[1]) if found else 0


def test_a_failing_backend_does_not_flood_the_log(configs):
    small.write(configs, "prices", small.prices())
    answers = {**GOOD, "numerix": lambda call: call.fail(grpc.StatusCode.INTERNAL, "on purpose")}
    with Fake(**answers) as fake, Daemon(configs, env=fake.env, workers=1) as daemon:
        daemon.wait_log("generation")
        began = time.monotonic()
        for _ in range(CALLS):
            try:
                daemon.predict(small.request("prices", ["p1"]))
            except grpc.RpcError:
                pass
        left_out = until(lambda: metric(daemon, "inferd_log_lines_left_out_total"))
        first = daemon.wait_log("plugin", component="boost")
        assert (first["level"], first["model"], told(first["message"])) == ("ERROR", "prices", 0)
        while not told(daemon.wait_log("plugin", component="boost")["message"]):
            pass  # it comes while nothing more happens
        lasted = time.monotonic() - began
    messages = lines_of(daemon, "boost")
    written = [message for message in messages if not told(message)]
    assert len(written) + sum(map(told, messages)) == CALLS
    assert sum(map(told, messages)) == left_out
    # What a place may write at once, and one a second; and as many that tell of the others.
    assert 10 <= len(written) <= 11 + lasted and len(messages) - len(written) <= 2 + lasted
