# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# The models of Inferflow's Configuration Guide, the files that a sandbox serves for them, and requests.
import copy
import json
import os

import protos

GUIDE = os.path.join(os.environ["srcdir"], "tests", "golden", "guide")
MODEL = "model_config_id_example"


def example(name):
    with open(os.path.join(GUIDE, name), encoding="utf-8") as file:
        return json.load(file)


def ranking():
    return copy.deepcopy(example("ranking.json")[MODEL])


def stump(thresholds):
    """An XGBoost model of a stump for each feature: 1 below the threshold, 2 from it on, and all of them added up."""
    def tree(number, feature, threshold):
        return {
            "base_weights": [0.0, 1.0, 2.0], "categories": [], "categories_nodes": [], "categories_segments": [],
            "categories_sizes": [], "default_left": [0, 0, 0], "id": number, "left_children": [1, -1, -1],
            "loss_changes": [1.0, 0.0, 0.0], "parents": [2147483647, 0, 0], "right_children": [2, -1, -1],
            "split_conditions": [threshold, 1.0, 2.0], "split_indices": [feature, 0, 0], "split_type": [0, 0, 0],
            "sum_hessian": [1.0, 1.0, 1.0],
            "tree_param": {"num_deleted": "0", "num_feature": str(len(thresholds)), "num_nodes": "3",
                           "size_leaf_vector": "1"}}
    trees = [tree(i, i, t) for i, t in enumerate(thresholds)]
    return json.dumps({
        "learner": {
            "attributes": {}, "feature_names": [], "feature_types": [],
            "gradient_booster": {"model": {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(trees))},
                                           "tree_info": [0] * len(trees), "trees": trees,
                                           "iteration_indptr": list(range(len(trees) + 1))}, "name": "gbtree"},
            "learner_model_param": {"base_score": "0E0", "boost_from_average": "1", "num_class": "0",
                                    "num_feature": str(len(thresholds)), "num_target": "1"},
            "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}}},
        "version": [1, 7, 4]})


FILES = {
    "features/user.csv": "user_id,demographics:age,demographics:location,demographics:income_bracket,"
                         "behavior:click_rate,behavior:purchase_freq\nu1,31,1,2,0.5,7\nu2,64,1,2,0.25,7\n",
    "features/product.csv": "product_id,attributes:category_id\np1,10\np2,20\np3,30\n",
    "features/user_category.csv": "user_id,category_id,affinity:clicks\nu1,10,9\nu1,20,1\nu2,20,5\n",
    "models/product_ranker_v3.json": stump([40, 0.4, 15]),
    "expressions/diversity_rerank_v1.expr": "ranker_model:score user:behavior:click_rate *\n",
    "expressions/rerank.expr": "score rate *\n",
    "expressions/by_short_names.expr": "score user:behavior:click_rate *\n",
}


def here(sandbox, model):
    """The guide's model with servers that are here: the sandbox's models have one output each."""
    model["component_config"]["predator_component_config"]["ranker_model"].update(
        model_endpoint=sandbox.address("kserve"), model_end_points={sandbox.address("kserve"): 100}, deadline=60000,
        outputs={"score_columns": ["score"]})
    return model


def request(model, user="u1", ids=("p1", "p2", "p3")):
    predict = protos.load("predict")
    message = predict.PointWiseRequest(model_config_id=model, tracking_id="t1")
    message.context_features.add(name="context:user:user_id", value=user.encode(), data_type=predict.DataTypeString)
    for target in ids:
        message.targets.add(id=target)
    return message
