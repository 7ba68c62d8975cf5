# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The source 'etcd' against a real etcd: changes, transactions, outages, compaction, lost data, authentication, several
# endpoints, large and strange values. Every step waits for what the source prints or logs.
import os
import subprocess

import pytest

from etcd import Etcd, Link
from ports import free_port
from etcd_source import PATIENCE, PROGRAM, Source

PREFIX = "/config/inferflow/services/shop/model-config"


@pytest.fixture
def etcd(tmp_path):
    with Etcd(tmp_path) as etcd:
        yield etcd


@pytest.fixture
def link(etcd):
    with Link(etcd.port) as link:
        yield link


def model(name):
    return f"{PREFIX}/config-map/{name}"


def test_follows_keys(etcd):
    etcd.put(model("a"), "{1}")
    etcd.put(PREFIX + "/service-config", "{s}")
    etcd.put("/config/inferflow/services/shop2/model-config/config-map/x", "other service")
    etcd.put(PREFIX + "-2/config-map/x", "other prefix")
    with Source(etcd.url, PREFIX) as source:
        assert source.next() == (True, {None: b"{s}", "a": b"{1}"})
        assert source.revision == etcd.revision()
        etcd.put(model("b"), "{2}")
        assert source.next() == (False, {"b": b"{2}"})
        etcd.put(model("a"), "{3}")
        assert source.next() == (False, {"a": b"{3}"})
        assert source.revision == etcd.revision()
        etcd.delete(model("b"))
        assert source.next() == (False, {"b": None})
        etcd.put(PREFIX + "/service-config", "{t}")
        assert source.next() == (False, {None: b"{t}"})
        etcd.put(PREFIX + "-2/config-map/x", "still another")
        etcd.put(model("a"), "{3}")  # as it was: no change
        etcd.put(model("a"), "{4}")
        assert source.next() == (False, {"a": b"{4}"})
        etcd.delete(PREFIX + "/", "--prefix")
        assert source.next() == (False, {None: None, "a": None})
        assert source.count() == {"reachable": True, "revisions": 7, "wholes": 1, "outages": 0, "refused": 0}


def test_starts_with_nothing(etcd):
    with Source(etcd.url, PREFIX) as source:
        assert source.next() == (True, {})
        etcd.put(model("a"), "{1}")
        assert source.next() == (False, {"a": b"{1}"})


def test_ignores_case_and_dashes_in_names_but_not_in_ids(etcd):
    etcd.put(PREFIX + "/Config-Map/My-Model", "{1}")
    etcd.put(PREFIX + "/configmap/mymodel", "{2}")
    etcd.put(PREFIX + "/ServiceConfig", "{3}")
    with Source(etcd.url, PREFIX) as source:
        assert source.next() == (True, {None: b"{3}", "My-Model": b"{1}", "mymodel": b"{2}"})


def test_names_keys_that_nobody_reads(etcd):
    etcd.put(model("a") + "/dag", "{1}")
    with Source(etcd.url, PREFIX) as source:
        assert model("a") + "/dag is none that is read" in " ".join(source.said("config_key_unknown").split())
        assert source.next() == (True, {})


def test_takes_the_map_of_all_models(etcd):
    etcd.put(PREFIX + "/config-map", '{"a": {"x": 1}, "b": {}}')
    etcd.put(model("b"), "{own}")
    with Source(etcd.url, PREFIX) as source:
        assert source.next() == (True, {"a": b'{"x":1}', "b": b"{own}"})
        etcd.put(PREFIX + "/config-map", '{"a": {"x": 2}, "b": {"y": 1}, "c": {}}')
        assert source.next() == (False, {"a": b'{"x":2}', "c": b"{}"})
        etcd.put(PREFIX + "/config-map", '{"a": ')
        assert "config-map is no JSON object of model configs" in source.said("config_map_unreadable")
        etcd.delete(model("b"))  # the map's text of b is read anew, but the map is unreadable now
        assert source.next() == (False, {})
        etcd.put(PREFIX + "/config-map", '{"b": {}, "c": {}}')
        assert source.next() == (False, {"a": None, "b": b"{}"})
        etcd.put(model("c"), "{own}")
        assert source.next() == (False, {"c": b"{own}"})
        etcd.delete(model("c"))
        assert source.next() == (True, {"b": b"{}", "c": b"{}"})


def test_hands_a_transaction_over_at_once(etcd):
    with Source(etcd.url, PREFIX) as source:
        source.next()
        etcd.txn({model(f"m{i}"): f"{{{i}}}" for i in range(120)})
        assert source.next() == (False, {f"m{i}": f"{{{i}}}".encode() for i in range(120)})
        etcd.txn({model("m0"): "{x}"}, deletes=[model("m1"), model("m2")])
        assert source.next() == (False, {"m0": b"{x}", "m1": None, "m2": None})


def test_reads_5000_keys(etcd):
    for first in range(0, 5000, 125):
        etcd.txn({model(f"m{i}"): f"{{{i}}}" for i in range(first, first + 125)})
    with Source(etcd.url, PREFIX) as source:
        assert source.next() == (True, {f"m{i}": f"{{{i}}}".encode() for i in range(5000)})
        etcd.put(model("m4999"), "{new}")
        assert source.next() == (False, {"m4999": b"{new}"})


def test_takes_large_values(etcd, link):
    def value(i):
        return bytes([97 + i]) * 1_000_000

    for i in range(8):
        etcd.put(model(f"m{i}"), value(i))
    with Source(link.url, PREFIX) as source:
        assert source.next() == (True, {f"m{i}": value(i) for i in range(8)})
        etcd.put(model("m0"), value(9))
        assert source.next() == (False, {"m0": value(9)})
        # Many at once, which etcd sends in fragments.
        link.cut()
        for i in range(8):
            etcd.put(model(f"m{i}"), value(10 + i))
        link.mend()
        got = {}
        while len(got) < 8:
            whole, changes = source.next()
            assert not whole
            got.update(changes)
        assert got == {f"m{i}": value(10 + i) for i in range(8)}


def test_passes_any_bytes_on(etcd):
    with Source(etcd.url, PREFIX) as source:
        source.next()
        etcd.put(model("a"), b"\xff\xfe not UTF-8 \x80")
        assert source.next() == (False, {"a": b"\xff\xfe not UTF-8 \x80"})
        etcd.put(model("b"), b"with\0zero")
        assert source.next() == (False, {"b": b"with\0zero"})
        etcd.put(model("né"), "{1}")
        assert source.next() == (False, {"né": b"{1}"})


def test_waits_for_an_etcd_that_is_not_there_yet(tmp_path):
    etcd = Etcd(tmp_path)
    with Source(etcd.url, PREFIX) as source:
        message = source.said("config_etcd_away")
        assert f"127.0.0.1:{etcd.port}" in message and "there are no models yet" in message
        assert source.count()["reachable"] is False
        with etcd:
            assert source.next() == (True, {})
            etcd.put(model("a"), "{1}")
            assert source.next() == (False, {"a": b"{1}"})
            source.said("config_etcd")
            assert source.count()["outages"] == 0


def test_resumes_after_a_cut(etcd, link):
    etcd.put(model("a"), "{1}")
    etcd.put(model("b"), "{1}")
    with Source(link.url, PREFIX) as source:
        assert source.next() == (True, {"a": b"{1}", "b": b"{1}"})
        source.said("config_etcd")
        link.cut()
        assert "the models stay as they are" in source.said("config_etcd_away")
        etcd.put(model("a"), "{2}")
        etcd.delete(model("b"))
        link.mend()
        assert source.next() == (False, {"a": b"{2}", "b": None})
        source.said("config_etcd")
        assert source.events == ["config_etcd", "config_etcd_away", "config_etcd"]  # not one for each attempt
        assert source.count() == {"reachable": True, "revisions": 2, "wholes": 1, "outages": 1, "refused": 0}


def test_resumes_when_nothing_has_changed(etcd, link):
    etcd.put(model("a"), "{1}")
    with Source(link.url, PREFIX) as source:
        source.next()
        source.said("config_etcd")
        link.cut()
        source.said("config_etcd_away")
        link.mend()
        source.said("config_etcd")
        etcd.put(model("a"), "{2}")
        assert source.next() == (False, {"a": b"{2}"})


def test_7_13_reads_everything_after_a_compaction(etcd, link):
    etcd.put(model("a"), "{1}")
    etcd.put(model("b"), "{1}")
    with Source(link.url, PREFIX) as source:
        source.next()
        source.said("config_etcd")
        link.cut()
        etcd.put(model("a"), "{2}")
        etcd.delete(model("b"))
        etcd.put(model("c"), "{1}")
        etcd.compact()
        link.mend()
        source.said("config_etcd_compacted")
        assert source.next() == (True, {"a": b"{2}", "c": b"{1}"})
        etcd.put(model("a"), "{3}")
        assert source.next() == (False, {"a": b"{3}"})


def test_7_13_survives_kill_and_restart(etcd):
    etcd.put(model("a"), "{1}")
    with Source(etcd.url, PREFIX) as source:
        assert source.next() == (True, {"a": b"{1}"})
        for i in range(3):
            source.said("config_etcd")
            etcd.kill()
            source.said("config_etcd_away")
            etcd.start()
            etcd.put(model("a"), f"{{{i + 2}}}")
            assert source.next() == (False, {"a": f"{{{i + 2}}}".encode()})
        assert source.count()["wholes"] == 1
        assert source.count()["outages"] == 3


def test_reads_everything_from_a_store_with_less_in_it(etcd):
    for i in range(5):
        etcd.put(model("a"), f"{{{i}}}")
    etcd.put(model("b"), "{1}")
    with Source(etcd.url, PREFIX) as source:
        assert source.next() == (True, {"a": b"{4}", "b": b"{1}"})
        etcd.kill()
        etcd.forget()
        etcd.start()
        assert source.next() == (True, {})
        etcd.put(model("c"), "{1}")
        assert source.next() == (False, {"c": b"{1}"})


def test_reads_everything_from_a_new_store_with_more_in_it(etcd, link):
    etcd.put(model("a"), "{1}")
    etcd.put(model("b"), "{1}")
    with Source(link.url, PREFIX) as source:
        assert source.next() == (True, {"a": b"{1}", "b": b"{1}"})
        link.cut()
        etcd.kill()
        etcd.forget()
        etcd.start()
        # The same key is the newest, the store's revision is past the old one's, its cluster's name is the same.
        etcd.put(model("b"), "{2}")
        etcd.put(model("c"), "{1}")
        for i in range(9):
            etcd.put(model("d"), f"{{{i}}}")
        link.mend()
        source.said("config_etcd_replaced")
        assert source.next() == (True, {"b": b"{2}", "c": b"{1}", "d": b"{8}"})
        etcd.put(model("a"), "{3}")
        assert source.next() == (False, {"a": b"{3}"})


def test_tries_the_next_endpoint(etcd):
    etcd.put(model("a"), "{1}")
    with Source(f"http://127.0.0.1:{free_port()},{etcd.url}", PREFIX) as source:
        assert source.next() == (True, {"a": b"{1}"})
        source.said("config_etcd")
        assert source.events == ["config_etcd"]  # one of two away is no outage


def test_moves_to_another_endpoint(etcd):
    etcd.put(model("a"), "{1}")
    with Link(etcd.port) as one, Link(etcd.port) as two:
        with Source(f"{one.url},{two.url}", PREFIX) as source:
            source.next()
            one.cut()
            etcd.put(model("a"), "{2}")
            assert source.next() == (False, {"a": b"{2}"})
            one.mend()
            two.cut()
            etcd.put(model("a"), "{3}")
            assert source.next() == (False, {"a": b"{3}"})
            assert source.count()["outages"] == 0


def test_leaves_an_endpoint_that_does_not_answer(etcd, tmp_path):
    etcd.put(model("a"), "{1}")
    os.mkdir(tmp_path / "stuck")
    with Etcd(tmp_path / "stuck") as stuck:
        stuck.pause()
        with Source(f"{stuck.url},{etcd.url}", PREFIX, TIMEOUT_MS="1500") as source:
            assert source.next() == (True, {"a": b"{1}"})
        stuck.resume()


def test_says_an_outage_of_several_endpoints_once(etcd, tmp_path):
    os.mkdir(tmp_path / "stuck")
    with Etcd(tmp_path / "stuck") as stuck, Link(etcd.port) as link:
        # One will not answer, one will not be there: two reasons in turn.
        with Source(f"{link.url},{stuck.url}", PREFIX, TIMEOUT_MS="1500") as source:
            source.next()
            source.said("config_etcd")
            stuck.pause()
            link.hang_up()
            source.said("config_etcd_away")
            for _ in range(3):
                assert link.hung_up.acquire(timeout=PATIENCE)
            link.answer()
            source.said("config_etcd")
            assert source.events == ["config_etcd", "config_etcd_away", "config_etcd"]
        stuck.resume()


def test_authenticates(etcd):
    etcd.put(model("a"), "{1}")
    etcd.enable_auth({"inferd": "pass word"})
    with Source(etcd.url, PREFIX, "inferd", "pass word") as source:
        assert source.next() == (True, {"a": b"{1}"})
        etcd.put(model("a"), "{2}")
        assert source.next() == (False, {"a": b"{2}"})
        etcd.kill()  # its tokens are gone
        etcd.start()
        etcd.put(model("a"), "{3}")
        assert source.next() == (False, {"a": b"{3}"})


@pytest.mark.parametrize("credentials", [[], ["inferd", "wrong"], ["nobody", "x"]])
def test_says_who_may_not_read(etcd, credentials):
    etcd.enable_auth({"inferd": "right"})
    with Source(etcd.url, PREFIX, *credentials) as source:
        assert "(check --etcd-username and --etcd-password)" in source.said("config_etcd_away")
        assert source.count()["reachable"] is False


def test_begins_to_authenticate_when_etcd_does(etcd, link):
    etcd.put(model("a"), "{1}")
    with Source(link.url, PREFIX, "inferd", "right") as source:
        assert source.next() == (True, {"a": b"{1}"})
        etcd.enable_auth({"inferd": "right"})
        link.cut()
        etcd.put(model("a"), "{2}")
        link.mend()
        assert source.next() == (False, {"a": b"{2}"})


def test_reads_once(etcd):
    etcd.put(model("a"), "{1}")
    with Source(etcd.url, PREFIX, ONCE="1") as source:
        assert source.next() == (True, {"a": b"{1}"})
        etcd.put(model("a"), "{2}")
        source.tell("reread")
        assert source.next() == (True, {"a": b"{2}"})
        etcd.kill()
        source.tell("reread")
        source.said("config_etcd_away")
        etcd.start()
        assert source.next() == (True, {"a": b"{2}"})


def test_rereads_when_asked(etcd):
    etcd.put(model("a"), "{1}")
    with Source(etcd.url, PREFIX) as source:
        assert source.next() == (True, {"a": b"{1}"})
        source.tell("reread")
        assert source.next() == (True, {"a": b"{1}"})
        etcd.put(model("a"), "{2}")
        assert source.next() == (False, {"a": b"{2}"})


def test_ends_whatever_it_is_at(etcd, link):
    with Source(link.url, PREFIX) as source:
        pass  # at once
    with Source(link.url, PREFIX) as source:
        source.next()
    link.cut()
    with Source(link.url, PREFIX) as source:
        source.said("config_etcd_away")  # between two attempts
    with Source(f"http://127.0.0.1:{free_port()}", PREFIX) as source:
        pass


def test_refuses_what_is_no_endpoint():
    done = subprocess.run([PROGRAM, "etcd", "http://a/b", PREFIX], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b'"http://a/b" is no etcd endpoint; expected http://host:port' in done.stderr
