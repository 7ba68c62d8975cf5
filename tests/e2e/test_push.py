# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferctl push, history and rollback against a real etcd: what is refused isn't put, what somebody else has changed isn't
# written over, what was is told and can be had again, and what was compacted away is told as that. A daemon follows.
import json
import threading

import pytest

import small_models as small
from ctl import FINE, FOUND, TROUBLE, USAGE, ctl, ctl_json
from daemon import Daemon, until
from certificates import Certificates
from etcd import Cluster, Etcd, Link
from ports import free_port

PREFIX = "/config/inferflow/services/shop/model-config"
KEY = f"{PREFIX}/config-map/prices"


@pytest.fixture
def etcd(tmp_path):
    with Etcd(tmp_path) as running:
        yield running


def at(etcd, **more):
    return {"ETCD_SERVER": etcd.url, "APP_NAME": "shop", **more}


def prices(percent=0):
    model = small.prices()
    model["response_config"]["logging_perc"] = percent
    return model


def put_file(directory, model, name="prices"):
    small.write(directory, name, model)
    return directory / f"{name}.json"


def value(etcd, key=KEY):
    return etcd.ctl("get", "--print-value-only", key).decode().strip()


def test_push_and_what_it_tells(etcd, tmp_path):
    path = put_file(tmp_path, prices())
    first = ctl(FINE, "push", path, **at(etcd)).stdout
    assert first == f"prices: pushed, revision {etcd.revision()}, which was not there\n"
    assert json.loads(value(etcd)) == prices()
    before = etcd.revision()
    assert ctl(FINE, "push", path, **at(etcd)).stdout == f"prices: unchanged since revision {before}\n"
    assert etcd.revision() == before
    put_file(tmp_path, prices(1))
    [told] = ctl_json(FINE, "push", "--dry-run", path, **at(etcd))
    assert told["outcome"] == "would be pushed" and etcd.revision() == before
    [told] = ctl_json(FINE, "push", path, **at(etcd))
    assert told == {"model": "prices", "source": str(path), "outcome": "pushed", "before": before, "revision": before + 1}
    ctl(FINE, "push", "--model", "other", path, **at(etcd))
    assert json.loads(value(etcd, f"{PREFIX}/config-map/other")) == prices(1)


def test_what_is_refused_is_not_put(etcd, tmp_path):
    put_file(tmp_path, prices(), "good")
    put_file(tmp_path, prices(101), "bad")
    before = etcd.revision()
    done = ctl(FOUND, "push", tmp_path, **at(etcd))
    assert f"{tmp_path}/bad.json: response_config.logging_perc: is 101" in done.stderr
    assert "1 of 2 is refused; nothing was put" in done.stderr and etcd.revision() == before
    assert "No such file" in ctl(TROUBLE, "push", tmp_path / "none.json", **at(etcd)).stderr
    (tmp_path / "bad.json").write_text("{")
    ctl(FOUND, "push", tmp_path / "bad.json", **at(etcd))
    assert etcd.revision() == before


def test_all_of_a_directory_at_one_revision(etcd, tmp_path):
    for i in range(20):
        put_file(tmp_path, prices(i), f"m{i}")
    (tmp_path / "service-config.json").write_text('{"v2-logging-type": "proto"}')
    before = etcd.revision()
    told = ctl_json(FINE, "push", tmp_path, **at(etcd))
    assert len(told) == 21 and {one["revision"] for one in told} == {before + 1} == {etcd.revision()}
    assert value(etcd, f"{PREFIX}/service-config") == '{"v2-logging-type": "proto"}'


def test_ids_that_the_daemon_would_ignore_are_refused(etcd, tmp_path):
    path = put_file(tmp_path, prices())
    before = etcd.revision()
    for model in "a/b", "", "a\tb", "\x7f":
        done = ctl(FOUND, "push", "--model", model, path, **at(etcd))
        assert f"'{model}' can't be a model's id, as inferd would ignore its key" in done.stderr and done.stdout == ""
        for command in "rollback", "history":
            assert "can't be a model's id" in ctl(FOUND, command, model, **at(etcd)).stderr
    done = ctl(FOUND, "push", "--model", "service-config", path, **at(etcd))
    assert "it is what the service config is called" in done.stderr
    (tmp_path / "all.json").write_text(json.dumps({"good": prices(), "not/good": prices()}))
    assert "'not/good' can't be" in ctl(FOUND, "push", tmp_path / "all.json", **at(etcd)).stderr
    assert etcd.revision() == before
    etcd.put(f"{PREFIX}/service-config", "{}")
    assert "'' can't be a model's id" in ctl(FOUND, "push", "--model", "", path, **at(etcd)).stderr
    assert value(etcd, f"{PREFIX}/service-config") == "{}"


def test_a_place_without_configs(etcd, tmp_path):
    for place in tmp_path, "etcd:/nothing/there":
        done = ctl(FOUND, "push", place, **at(etcd))
        assert f"there are no configs in {place}" in done.stderr and done.stdout == ""
        assert ctl_json(FOUND, "push", place, **at(etcd)) == []


def test_the_service_config_goes_back(etcd, tmp_path):
    path, key = tmp_path / "service-config.json", f"{PREFIX}/service-config"
    revisions = []
    for kind in "proto", "arrow":
        path.write_text(json.dumps({"v2-logging-type": kind}))
        ctl(FINE, "push", path, **at(etcd))
        revisions.append(etcd.revision())
    assert json.loads(value(etcd, key)) == {"v2-logging-type": "arrow"}
    told = ctl_json(FINE, "history", "service-config", **at(etcd))
    assert told["model"] is None and told["key"] == key
    assert [one["revision"] for one in told["history"]] == revisions
    told = ctl_json(FINE, "rollback", "service-config", **at(etcd))
    assert (told["model"], told["key"], told["from"]) == (None, key, revisions[0])
    assert json.loads(value(etcd, key)) == {"v2-logging-type": "proto"}
    said = ctl(FINE, "rollback", "-n", "service-config", **at(etcd)).stdout
    assert said == f"service-config: would be as it was at revision {revisions[1]}\n"
    etcd.put(key, '{"v2-logging-type": 3}')
    ctl(FINE, "rollback", "service-config", **at(etcd))
    assert "v2-logging-type" in ctl(FOUND, "rollback", "service-config", **at(etcd)).stderr  # it was refused
    assert ctl_json(FINE, "rollback", "-d", "--to=1", "service-config", **at(etcd))["deleted"] is True
    assert value(etcd, key) == ""


def test_more_than_a_transaction_holds(etcd, tmp_path):
    (tmp_path / "all.json").write_text(json.dumps({f"m{i:03}": prices(i % 100) for i in range(230)}))
    told = ctl_json(FINE, "push", tmp_path / "all.json", **at(etcd))
    assert len(told) == 230 and len({one["revision"] for one in told}) == 3
    assert ctl(FINE, "check", "-q", "etcd:", **at(etcd)).stdout == "230 models, 0 refused\n"


def test_keys_that_are_spelled_differently_and_maps(etcd, tmp_path):
    etcd.put(f"{PREFIX}/configMap/prices", json.dumps(prices()))
    path = put_file(tmp_path, prices(7))
    ctl(FINE, "push", path, **at(etcd))
    assert value(etcd, KEY) == "" and json.loads(value(etcd, f"{PREFIX}/configMap/prices")) == prices(7)
    etcd.put(f"{PREFIX}/config-map", json.dumps({"mapped": prices()}))
    done = ctl(FOUND, "push", put_file(tmp_path, prices(), "mapped"), **at(etcd))
    assert "the config of mapped is in the map of all models" in done.stderr
    etcd.put(KEY, json.dumps(prices()))
    assert "prices has two keys" in ctl(FOUND, "push", path, **at(etcd)).stderr


def test_compare_and_swap(etcd, tmp_path):
    path = put_file(tmp_path, prices())
    ctl(FINE, "push", "--expect=0", path, **at(etcd))
    mine = etcd.revision()
    put_file(tmp_path, prices(2))
    assert f"its revision is {mine}, not 0" in ctl(FOUND, "push", "--expect=0", path, **at(etcd)).stderr
    etcd.put(KEY, json.dumps(prices(3)))
    done = ctl(FOUND, "push", f"--expect={mine}", path, **at(etcd))
    assert "nothing was pushed" in done.stderr and json.loads(value(etcd)) == prices(3)
    ctl(FINE, "push", f"--expect={etcd.revision()}", path, **at(etcd))
    assert json.loads(value(etcd)) == prices(2)


def test_many_push_at_once_and_each_change_is_told(etcd, tmp_path):
    """Of pushes that look at the same revision one wins; the others say so, and write nothing."""
    ctl(FINE, "push", put_file(tmp_path, prices()), **at(etcd))
    seen, statuses = etcd.revision(), []

    def push(i):
        directory = tmp_path / str(i)
        directory.mkdir()
        path = put_file(directory, prices(i + 1))
        try:
            ctl(FINE, "push", f"--expect={seen}", path, **at(etcd))
            statuses.append(FINE)
        except AssertionError as error:
            statuses.append(error.args[0][0])

    threads = [threading.Thread(target=push, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [FINE, FOUND, FOUND, FOUND] and etcd.revision() == seen + 1


def test_history_and_rollback(etcd, tmp_path):
    revisions = []
    for i in range(3):
        ctl(FINE, "push", put_file(tmp_path, prices(i)), **at(etcd))
        revisions.append(etcd.revision())
        etcd.put("/somebody/else", str(i))
    told = ctl_json(FINE, "history", "prices", **at(etcd))
    assert [(one["revision"], one["version"]) for one in told["history"]] == list(zip(revisions, (1, 2, 3)))
    assert told["current"] == revisions[2] and told["kept_from"] == 1 and told["key"] == KEY
    lines = ctl(FINE, "history", "prices", **at(etcd)).stdout.splitlines()
    assert lines[0] == KEY and lines[2].split()[:2] == [str(revisions[2]), "3"] and lines[2].endswith("current")
    texts = json.loads(ctl(FINE, "history", "--texts", "prices", **at(etcd)).stdout)["history"]
    assert [one["config"] for one in texts] == [prices(0), prices(1), prices(2)]

    before = etcd.revision()
    said = ctl(FINE, "rollback", "--dry-run", "prices", **at(etcd)).stdout
    assert said == f"prices: would be as it was at revision {revisions[1]}\n" and etcd.revision() == before
    told = ctl_json(FINE, "rollback", "prices", **at(etcd))
    assert told == {"model": "prices", "key": KEY, "from": revisions[1], "before": revisions[2], "revision": before + 1,
                    "deleted": False}
    assert json.loads(value(etcd)) == prices(1)
    ctl(FINE, "rollback", f"--to={revisions[0]}", "prices", **at(etcd))
    assert json.loads(value(etcd)) == prices(0)
    assert "is what it was" in ctl(FINE, "rollback", f"--to={revisions[0]}", "prices", **at(etcd)).stderr
    assert "was not there at revision 1" in ctl(FOUND, "rollback", "--to=1", "prices", **at(etcd)).stderr
    assert "has not come to revision" in ctl(FOUND, "rollback", "--to=99999", "prices", **at(etcd)).stderr


def test_what_was_deleted_comes_back(etcd, tmp_path):
    ctl(FINE, "push", put_file(tmp_path, prices(4)), **at(etcd))
    pushed = etcd.revision()
    etcd.delete(KEY)
    told = ctl_json(FINE, "history", "prices", **at(etcd))
    assert told["current"] == 0
    assert [(one["revision"], one["deleted"]) for one in told["history"]] == [(pushed, False), (pushed + 1, True)]
    assert ctl(FINE, "rollback", "prices", **at(etcd)).stdout.startswith(f"prices: as it was at revision {pushed};")
    assert json.loads(value(etcd)) == prices(4)
    assert "nothing is known of one" in ctl(FOUND, "history", "never", **at(etcd)).stderr
    assert "was nothing else before" in ctl(FOUND, "rollback", "never", **at(etcd)).stderr


def test_a_model_that_was_new_goes_again(etcd, tmp_path):
    etcd.put("/somebody/else", "1")
    before = etcd.revision()
    ctl(FINE, "push", put_file(tmp_path, prices(4)), **at(etcd))
    pushed = etcd.revision()
    done = ctl(FOUND, "rollback", "prices", **at(etcd))
    assert f"prices was not there at revision {before}: --delete deletes it" in done.stderr and etcd.revision() == pushed
    said = ctl(FINE, "rollback", "--delete", "--dry-run", "prices", **at(etcd)).stdout
    assert said.startswith("prices: would be deleted") and etcd.revision() == pushed
    told = ctl_json(FINE, "rollback", "--delete", "prices", **at(etcd))
    assert told == {"model": "prices", "key": KEY, "from": before, "before": pushed, "revision": pushed + 1, "deleted": True}
    assert value(etcd) == ""
    listed = ctl_json(FINE, "history", "prices", **at(etcd))
    assert [(one["revision"], one["deleted"]) for one in listed["history"]] == [(pushed, False), (pushed + 1, True)]
    # And it is a change like others.
    ctl(FINE, "rollback", "prices", **at(etcd))
    ctl(FINE, "push", put_file(tmp_path, prices(5)), **at(etcd))
    # One that isn't new goes back to what it was, and by its revision to nothing.
    assert ctl_json(FINE, "rollback", "--delete", "prices", **at(etcd))["deleted"] is False
    assert json.loads(value(etcd)) == prices(4)
    ctl(FOUND, "rollback", f"--to={before}", "prices", **at(etcd))
    assert ctl_json(FINE, "rollback", "-d", f"--to={before}", "prices", **at(etcd))["deleted"] is True
    assert value(etcd) == ""
    assert "is not there, and was not" in ctl(FINE, "rollback", "-d", f"--to={before}", "prices", **at(etcd)).stderr


def test_what_somebody_else_has_changed_is_not_deleted(etcd, tmp_path):
    """Of many that roll back at once, while others push, each either was alone or says so."""
    ctl(FINE, "push", put_file(tmp_path, prices()), **at(etcd))
    seen, statuses = etcd.revision(), []

    def delete():
        try:
            ctl(FINE, "rollback", "--delete", f"--to={seen - 1}", "prices", **at(etcd))
            statuses.append(FINE)
        except AssertionError as error:
            statuses.append(error.args[0][0])

    threads = [threading.Thread(target=delete) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert FINE in statuses and set(statuses) <= {FINE, FOUND} and etcd.revision() == seen + 1


def test_what_was_compacted_is_told(etcd, tmp_path):
    for i in range(2):
        ctl(FINE, "push", put_file(tmp_path, prices(i)), **at(etcd))
    first = etcd.revision() - 1
    etcd.put("/somebody/else", "1")
    etcd.compact()
    kept = etcd.revision()
    assert "it was compacted away" in ctl(FOUND, "rollback", f"--to={first}", "prices", **at(etcd)).stderr
    assert f"compacted away what prices was before revision {first + 1}" in ctl(FOUND, "rollback", "prices", **at(etcd)).stderr
    assert "'inferctl push' puts" in ctl(FOUND, "rollback", f"--to={first}", "prices", **at(etcd)).stderr
    ctl(FINE, "push", "--model", "new", tmp_path / "prices.json", **at(etcd))
    etcd.compact()
    kept = etcd.revision()
    done = ctl(FOUND, "rollback", "new", **at(etcd))
    assert "--delete deletes it" in done.stderr and "'inferctl push' puts one from a file" in done.stderr
    told = ctl_json(FINE, "history", "prices", **at(etcd))
    assert told["kept_from"] == kept and [one["revision"] for one in told["history"]] == [first + 1]
    assert f"revisions from {kept} on" in ctl(FINE, "history", "prices", **at(etcd)).stdout
    ctl(FINE, "push", put_file(tmp_path, prices(5)), **at(etcd))
    ctl(FINE, "push", put_file(tmp_path, prices(6)), **at(etcd))
    told = ctl_json(FINE, "history", "prices", **at(etcd))
    assert [one["version"] for one in told["history"]] == [3, 4]


def test_an_earlier_config_that_is_refused_now_is_not_put(etcd, tmp_path):
    etcd.put(KEY, json.dumps(prices(101)))
    ctl(FINE, "push", put_file(tmp_path, prices()), **at(etcd))
    done = ctl(FOUND, "rollback", "prices", **at(etcd))
    assert "response_config.logging_perc: is 101" in done.stderr and json.loads(value(etcd)) == prices()


def test_a_daemon_takes_what_is_pushed(etcd, tmp_path):
    ctl(FINE, "push", put_file(tmp_path, prices()), **at(etcd))
    with Daemon(env=at(etcd)) as daemon:
        ctl(FINE, "push", put_file(tmp_path, prices(9)), **at(etcd))
        pushed = etcd.revision()

        def taken():
            config = json.loads(daemon.get("/config")[1])
            return config["revision"] >= pushed and config

        # Workers take a generation some time after it is published.
        assert until(taken)["models"]["prices"]["serving"] is True


def test_a_member_that_is_away_and_a_store_that_asks_who(tmp_path):
    path = put_file(tmp_path, prices())
    with Cluster(tmp_path) as cluster:
        cluster.members[0].kill()
        ctl(FINE, "push", path, ETCD_SERVER=cluster.urls, APP_NAME="shop")
        assert len(ctl_json(FINE, "history", "prices", ETCD_SERVER=cluster.urls, APP_NAME="shop")["history"]) == 1
    with Etcd(tmp_path / "auth") as etcd:
        etcd.enable_auth({"ann": "word"})
        assert "etcd:" in ctl(TROUBLE, "push", path, **at(etcd)).stderr
        done = ctl(TROUBLE, "push", path, **at(etcd, ETCD_USERNAME="ann", ETCD_PASSWORD="word"))
        assert "permission denied" in done.stderr  # she may read
        ctl(FINE, "push", path, **at(etcd, ETCD_USERNAME="root", ETCD_PASSWORD="secret"))
        ctl(FINE, "history", "prices", **at(etcd, ETCD_USERNAME="ann", ETCD_PASSWORD="word"))
        (tmp_path / "word").write_text("word\n")
        done = ctl(FINE, "history", "--etcd-username=ann", f"--etcd-password=file:{tmp_path}/word", "prices", **at(etcd))
        assert done.stderr == ""
        done = ctl(FINE, "history", "--etcd-username=ann", "--etcd-password=word", "prices", **at(etcd, ETCD_PASSWORD="none"))
        assert done.stderr.count("\n") == 1 and "a secret that everybody on this machine can see" in done.stderr


def test_tls(tmp_path):
    tls = Certificates(tmp_path / "tls")
    with Etcd(tmp_path, tls=tls) as etcd:
        files = ["--etcd-ca-file", tls.ca, "--etcd-cert-file", tls.client_cert, "--etcd-key-file", tls.client_key]
        ctl(FINE, "push", *files, put_file(tmp_path, prices()), **at(etcd))
        assert len(ctl_json(FINE, "history", *files, "prices", **at(etcd))["history"]) == 1


def test_a_store_that_is_away(tmp_path):
    path = put_file(tmp_path, prices())
    nobody = {"ETCD_SERVER": f"http://127.0.0.1:{free_port()}", "APP_NAME": "shop"}
    for words in (["push", path], ["history", "prices"], ["rollback", "prices"]):
        assert "etcd: " in ctl(TROUBLE, *words, **nobody).stderr
        assert "say where etcd is" in ctl(TROUBLE, *words).stderr
        assert f"Try 'inferctl {words[0]} --help'" in ctl(USAGE, words[0]).stderr
    assert "--expect takes a revision" in ctl(USAGE, "push", "--expect=x", path).stderr
    assert "--to takes a revision" in ctl(USAGE, "rollback", "--to=0", "prices").stderr
    with Etcd(tmp_path) as etcd, Link(etcd.port) as link:
        link.hang_up()
        ctl(TROUBLE, "push", path, ETCD_SERVER=link.url, APP_NAME="shop")
