# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# inferctl diff: what a change of a config means for graph, columns, servers, request and reply, between files,
# directories and revisions of a real etcd; and what it exits with.
import copy
import json

import small_models as small
from ctl import FINE, FOUND, TROUBLE, USAGE, ctl, ctl_json
from etcd import Etcd

PREFIX = "/config/inferflow/services/shop/model-config"


def scored(**changes):
    """Prices, scored by a model server."""
    model = small.predator("rank", ["product:attrs:price"], "score")
    model.update(changes)
    return small.config({"fs_product": ["feature_initializer"], "rank": ["fs_product"]}, ["product_id", "score"],
                        [small.PRODUCT], [model])


def two(tmp_path, before, now, name="ranker"):
    for directory, model in ("before", before), ("now", now):
        (tmp_path / directory).mkdir(exist_ok=True)
        small.write(tmp_path / directory, name, model)
    return tmp_path / "before", tmp_path / "now"


def test_nothing_is_different(tmp_path):
    before, now = two(tmp_path, scored(), scored())
    assert ctl(FINE, "diff", before, now).stdout == ""
    assert ctl_json(FINE, "diff", before / "ranker.json", now / "ranker.json") == []


def test_servers_and_options(tmp_path):
    before, now = two(tmp_path, scored(model_end_points=[{"endpoint": "a:1", "percentage": 20}]),
                      scored(model_end_point="127.0.0.2", model_end_points=[{"endpoint": "b:1", "percentage": 30}]))
    [told] = ctl_json(FOUND, "diff", before, now)
    assert told["model"] == "ranker" and told["change"] == "changed"
    assert told["endpoints"] == {"rank: model_end_point": {"before": "127.0.0.1", "now": "127.0.0.2"},
                                 "rank: model_end_points[0].endpoint": {"before": "a:1", "now": "b:1"}}
    assert told["options"]["component_config.predator_components.rank.model_end_points[0].percentage"] == {
        "before": "20", "now": "30"}
    assert "graph" not in told and "columns" not in told and "reply" not in told


def test_the_server_of_a_shadow_is_one(tmp_path):
    """Requests go there, too."""
    before, now = two(tmp_path, scored(shadow={"endpoint": "c:1"}), scored(shadow={"endpoint": "d:1"}))
    [told] = ctl_json(FOUND, "diff", before, now)
    assert told["endpoints"] == {"rank: shadow.endpoint": {"before": "c:1", "now": "d:1"}}
    [told] = ctl_json(FOUND, "diff", two(tmp_path, scored(), scored(shadow={"endpoint": "d:1"}))[0], now)
    assert told["endpoints"] == {"rank: shadow.endpoint": {"now": "d:1"}}
    assert told["graph"]["rank~shadow"]["now"].endswith(", a shadow of rank")


def test_graph_columns_request_and_reply(tmp_path):
    changed = scored()
    changed["component_config"]["feature_components"].append(
        small.feature("fs_user", "user", [("user_id", "user_id")], [("profile", "DataTypeInt32", ["age"])]))
    changed["dag_execution_config"]["component_dependency"] = {
        "fs_product": ["feature_initializer"], "fs_user": ["feature_initializer"], "rank": ["fs_product", "fs_user"]}
    changed["component_config"]["predator_components"][0]["inputs"][0].update(
        features=["product:attrs:price", "user:profile:age"], shape=[2])
    changed["component_config"]["predator_components"][0]["outputs"][0]["data_type"] = "FP64"
    changed["response_config"]["features"] = ["product_id", "score", "user:profile:age"]
    before, now = two(tmp_path, scored(), changed)
    [told] = ctl_json(FOUND, "diff", before, now)
    assert "before" not in told["graph"]["fs_user"] and "after feature_initializer" in told["graph"]["fs_user"]["now"]
    assert told["graph"]["rank"]["before"].endswith("after fs_product, required")
    assert told["graph"]["rank"]["now"].endswith("after fs_product, fs_user, required")
    assert told["columns"] == {"score": {"before": "FP32, by rank", "now": "FP64, by rank"},
                               "user:profile:age": {"now": "Int32, by fs_user"}}
    assert told["request"] == {"user_id": {"now": "read by fs_user"}}
    assert told["reply"]["targets"] == {"before": "product_id String, score FP32",
                                        "now": "product_id String, score FP64, user:profile:age Int32"}
    assert ctl(FOUND, "diff", before, now).stdout.splitlines()[:4] == [
        "ranker: changed", "  graph", f"    ~ rank: {told['graph']['rank']['now']} (was {told['graph']['rank']['before']})",
        f"    + fs_user: {told['graph']['fs_user']['now']}"]


def test_the_order_of_a_list_of_components_is_no_change(tmp_path):
    one = scored()
    one["component_config"]["predator_components"].append(small.predator("other", ["product:attrs:price"], "second"))
    one["dag_execution_config"]["component_dependency"]["other"] = ["fs_product"]
    turned = copy.deepcopy(one)
    turned["component_config"]["predator_components"].reverse()
    before, now = two(tmp_path, one, turned)
    assert ctl(FINE, "diff", before, now).stdout == ""


def test_models_that_come_go_or_are_refused(tmp_path):
    before, now = two(tmp_path, scored(), scored(deadline="late"))
    small.write(before, "old", small.prices())
    small.write(now, "new", small.prices())
    told = {one["model"]: one for one in ctl_json(FOUND, "diff", before, now)}
    assert {name: one["change"] for name, one in told.items()} == {"new": "added", "old": "removed", "ranker": "changed"}
    assert told["ranker"]["problems"][0]["path"] == "component_config.predator_components[0].deadline"
    assert told["ranker"]["options"] == {
        "component_config.predator_components.rank.deadline": {"before": "60000", "now": '"late"'}}
    assert ctl(FOUND, "diff", before, now).stdout.count("ranker: changed, and would be refused") == 1
    assert [one["model"] for one in ctl_json(FOUND, "diff", "--model=new", before, now)] == ["new"]
    assert "there is no model 'none' in either" in ctl(TROUBLE, "diff", "--model=none", before, now).stderr


def test_files_of_other_names(tmp_path):
    small.write(tmp_path, "a", scored())
    small.write(tmp_path, "b", scored(deadline=7))
    [told] = ctl_json(FOUND, "diff", tmp_path / "a.json", tmp_path / "b.json")
    assert told["change"] == "changed" and list(told["options"]) == [
        "component_config.predator_components.rank.deadline"]


def test_revisions_of_etcd(tmp_path):
    with Etcd(tmp_path) as etcd:
        at = {"ETCD_SERVER": etcd.url, "APP_NAME": "shop"}
        etcd.put(f"{PREFIX}/config-map/ranker", json.dumps(scored()))
        first = etcd.revision()
        etcd.put(f"{PREFIX}/config-map/ranker", json.dumps(scored(deadline=9)))
        [told] = ctl_json(FOUND, "diff", f"etcd:@{first}", "etcd:", **at)
        assert list(told["options"].values()) == [{"before": "60000", "now": "9"}]
        assert ctl(FINE, "diff", f"etcd:@{first + 1}", "etcd:", **at).stdout == ""
        small.write(tmp_path, "ranker", scored())
        assert ctl_json(FOUND, "diff", "etcd:", tmp_path, **at)[0]["model"] == "ranker"
        etcd.compact()
        assert "compacted away" in ctl(TROUBLE, "diff", f"etcd:@{first}", "etcd:", **at).stderr


def test_what_can_not_be_told(tmp_path):
    assert "No such file" in ctl(TROUBLE, "diff", tmp_path / "none.json", tmp_path).stderr
    assert "two places are compared" in ctl(USAGE, "diff", tmp_path).stderr
