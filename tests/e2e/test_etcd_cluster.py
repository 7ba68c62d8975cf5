# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The source 'etcd' with a real cluster of three members: members that die, hang, and lose the others; TLS with
# certificates on both sides; authentication; and wall clocks that are set while it runs.
import json
import os
import re
import signal
import subprocess

import pytest

import small_models as small
from certificates import Certificates
from daemon import BUILD, Follower, sanitizers
from etcd import Cluster, Etcd, Link
from etcd_source import PROGRAM, Source
from sandbox import Sandbox, fill

PREFIX = "/config/inferflow/services/shop/model-config"
CLOCK = os.path.join(BUILD, "tests", "e2e", ".libs", "clock.so")
QUICK = {"TIMEOUT_MS": "3000"}  # several times what an election takes


def model(name):
    return f"{PREFIX}/config-map/{name}"


@pytest.fixture
def cluster(tmp_path):
    with Cluster(tmp_path) as running:
        yield running


def member_in_use(cluster, source):
    """The member that the source says its models come from."""
    return cluster.member_of(int(re.search(r"at 127\.0\.0\.1:(\d+)", source.said("config_etcd"))[1]))


def wait_for(source, name, value):
    """Until the source tells it; what it tells of others before is fine."""
    while source.next()[1].get(name) != value:
        pass


def test_loses_members_and_finds_others(cluster):
    cluster.put(model("a"), "{1}")
    with Source(cluster.urls, PREFIX, **QUICK) as source:
        assert source.next() == (True, {"a": b"{1}"})
        first = member_in_use(cluster, source)
        first.kill()
        cluster.put(model("a"), "{2}")
        wait_for(source, "a", b"{2}")
        assert source.count()["outages"] == 0  # two of three are a cluster
        first.start()
        others = [m for m in cluster.members if m is not first]
        for other in others:  # one is none: nothing can be read
            other.kill()
        source.said("config_etcd_away")
        cluster.start(others)
        cluster.put(model("a"), "{3}")
        wait_for(source, "a", b"{3}")
        assert source.count()["wholes"] == 1


def test_leaves_a_member_that_hangs(cluster):
    cluster.put(model("a"), "{1}")
    with Source(cluster.urls, PREFIX, **QUICK) as source:
        source.next()
        used = member_in_use(cluster, source)
        # It must have answered once when it was asked whether it is there: another member's answer would do.
        cluster.put(model("a"), "{2}")
        wait_for(source, "a", b"{2}")
        used.process.send_signal(signal.SIGSTOP)
        cluster.put(model("a"), "{3}")
        wait_for(source, "a", b"{3}")
        assert source.count()["outages"] == 0
        used.process.send_signal(signal.SIGCONT)


def test_leaves_a_member_that_has_lost_the_others(cluster):
    """It answers, but has no leader any more: a watch on it would tell nothing."""
    cluster.put(model("a"), "{1}")
    alone, *others = cluster.members
    with Source(alone.url + "," + ",".join(m.url for m in others), PREFIX, **QUICK) as source:
        source.next()
        assert member_in_use(cluster, source) is alone
        for other in others:
            other.kill()
        source.said("config_etcd_away")
        alone.kill()
        cluster.start(others)
        cluster.put(model("a"), "{2}")
        wait_for(source, "a", b"{2}")


def test_bears_a_slow_link(tmp_path):
    with Etcd(tmp_path) as etcd, Link(etcd.port) as link:
        etcd.put(model("a"), "{1}")
        link.delay = 0.05
        with Source(link.url, PREFIX) as source:
            assert source.next() == (True, {"a": b"{1}"})
            for i in range(5):
                etcd.put(model("a"), f"{{{i + 2}}}")
            wait_for(source, "a", b"{6}")
            assert source.count()["outages"] == 0


def test_verifies_etcd_and_shows_a_certificate(tmp_path):
    tls, stranger = Certificates(tmp_path / "tls"), Certificates(tmp_path / "stranger")
    ours = {"CA_FILE": tls.ca, "CERT_FILE": tls.client_cert, "KEY_FILE": tls.client_key}
    with Cluster(tmp_path, tls) as cluster:
        cluster.put(model("a"), "{1}")
        with Source(cluster.urls, PREFIX, **ours, **QUICK) as source:
            assert source.next() == (True, {"a": b"{1}"})
            member_in_use(cluster, source).kill()
            cluster.put(model("a"), "{2}")
            wait_for(source, "a", b"{2}")
        for other in ({"CA_FILE": stranger.ca}, {"CERT_FILE": "", "KEY_FILE": ""},
                      {"CERT_FILE": stranger.client_cert, "KEY_FILE": stranger.client_key}):
            with Source(cluster.urls, PREFIX, **{**ours, **other, **QUICK}) as source:
                source.said("config_etcd_away")
                assert source.count()["reachable"] is False


def test_authenticates_over_tls(tmp_path):
    tls = Certificates(tmp_path / "tls")
    with Etcd(tmp_path, tls=tls) as etcd:
        etcd.put(model("a"), "{1}")
        etcd.enable_auth({"inferd": "pass word"})
        with Source(etcd.url, PREFIX, "inferd", "pass word", CA_FILE=tls.ca, CERT_FILE=tls.client_cert,
                    KEY_FILE=tls.client_key) as source:
            assert source.next() == (True, {"a": b"{1}"})


@pytest.mark.parametrize("url, files, words", [
    ("https://127.0.0.1:1", {"CERT_FILE": "/a.pem"}, "--etcd-cert-file and --etcd-key-file go together"),
    ("http://127.0.0.1:1", {"CA_FILE": "/a.pem"}, "would be talked to in plain text: write https://127.0.0.1:1"),
])
def test_refuses_certificates_that_would_be_of_no_use(url, files, words):
    done = subprocess.run([PROGRAM, "etcd", url, PREFIX], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, **files}, check=False)
    assert done.returncode == 1 and words in done.stderr


def test_says_which_certificate_can_not_be_read(tmp_path):
    with Source("https://127.0.0.1:1", PREFIX, CA_FILE=str(tmp_path / "none.pem")) as source:
        message = source.said("config_etcd_away")
        assert "can't read the CA certificates" in message and "none.pem" in message


def test_clocks_that_are_set_change_nothing(tmp_path):
    """A day forward, a year back, and to 1971, under load of a kind, with changes that go live meanwhile."""
    clock = tmp_path / "clock"
    clock.write_text("0")
    with Sandbox(fill(tmp_path / "data", small.FEATURES)) as sandbox, Etcd(tmp_path) as etcd:
        etcd.put(model("prices"), json.dumps(small.prices()))
        env = {"ETCD_SERVER": etcd.url, "APP_NAME": "shop", "LD_PRELOAD": CLOCK, "CLOCK_FILE": str(clock),
               # A sanitizer wants to be loaded first, and can do without.
               **sanitizers("verify_asan_link_order=0")}
        with Follower(None, sandbox, env=env, workers=2) as daemon:
            daemon.wait_log("worker_ready")
            for i, jump in enumerate((86400, -365 * 86400, -50 * 365 * 86400, 0)):
                fresh = tmp_path / "clock.new"
                fresh.write_text(str(jump))
                fresh.rename(clock)
                config = small.prices()
                config["response_config"]["features"] = ["product_id", "final"][:1 + i % 2]
                etcd.put(model("prices"), json.dumps(config))
                line = daemon.wait_log("generation")
                assert (line["time"] < "2000") == (jump < -40 * 365 * 86400)
                wanted = config["response_config"]["features"]
                while True:
                    reply = daemon.predict(small.request("prices", ["p1"]))
                    if [c.name for c in reply.target_output_schema] == wanted:
                        break
            events = [l["event"] for l in daemon.seen]
            assert "config_etcd_away" not in events and "worker_died" not in events
