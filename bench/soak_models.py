# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
"""What the soak asks for: models, each with two configs whose right answers differ in every row, and requests with the
right answer for either, computed here by the backend's rules. A reply that is neither is wrong: of another request, of
both configs mixed, or stale from a cache.
"""
from workloads import (FP32, TEXT, Entity, Expression, Model, Workload, field, fields, fp32, labels, model_score, varint)

POINT, SLATE, PAIR = "/Predict/InferPointWise", "/Predict/InferSlateWise", "/Predict/InferPairWise"
LEGACY = "/Inferflow/RetrieveModelScore"
OK, CANCEL, INVALID, NOT_FOUND, UNIMPLEMENTED = 0, "cancel", 3, 5, 12


class Task:
    def __init__(self, name, weight, path, request, rights=(), status=OK, model=None, lame=None):
        self.name, self.weight, self.path, self.request = name, weight, path, request
        self.rights, self.status, self.model, self.lame = list(rights), status, model, lame


def number_text(value):
    """FP32 as the replies of RetrieveModelScore have it: the fewest digits that read back the same."""
    if value == 0:
        return "0"
    for precision in range(9):
        text = f"{value:.{precision}e}"
        if fp32(float(text)) == fp32(value):
            break
    mantissa, exponent = text.split("e")
    if int(exponent) < -4:
        return text
    places = max(0, len(mantissa.replace(".", "")) - 1 - int(exponent))
    return f"{float(text):.{places}f}"


def legacy_request(model, rows, columns):
    features = b"".join(field(3, field(1, name) + fields(2, [row[name] for row in rows])) for name in columns)
    entity = field(1, "catalog_id") + fields(2, [row["catalog_id"] for row in rows]) + features
    return field(1, entity) + field(2, model) + field(3, "soak")


def legacy_reply(workload, lame=False):
    """What 'workload' answers, as rows of texts; lame: when its features can't be had, which these replies can't say."""
    rows = solved_rows(workload, lame)
    lines = [["catalog_id", *workload.scores]]
    lines += [[row["catalog_id"], *(number_text(row[score]) for score in workload.scores)] for row in rows]
    return b"".join(field(1, fields(1, line)) for line in lines)


def solved_rows(workload, lame):
    rows = [{**row, **{name: float(text) for name, text in workload.schema}} for row in workload.rows]
    for entity in workload.entities:
        for row in rows:
            row.update(dict.fromkeys(entity.columns, 0) if lame else entity.values(row[entity.key]))
    for component in (*workload.models, *workload.expressions):
        for row in rows:
            row[component.score] = component.compute(row)
    return rows


# The shapes that the bench has, in two variants each; 'seed' makes another request.

def w0(variant, seed=0, targets=1):
    plain = [(f"f{i}", str((seed * 4 + i + 1) / 64)) for i in range(4)]
    made = Workload("w0", targets, [], [Model("w0_model", "ranker" + variant, [[name for name, _ in plain]], "w0_score")],
                    [], schema=plain)
    return move(made, seed)


def w1(variant, seed=0, targets=50):
    stats = Entity("w1_features", "catalog_id", "catalog", "stats", labels("f" + variant, 20))
    return move(Workload("w1", targets, [stats], [Model("w1_model", "ranker20", [stats.columns], "w1_score")], []), seed)


def w2(variant, seed=0, targets=200):
    attributes = Entity("w2_catalog", "catalog_id", "catalog", "attrs", labels("c", 30))
    recent = Entity("w2_recent", "catalog_id", "catalog_rt", "rt", labels("s" + variant, 20))
    profile = Entity("w2_user", "user_id", "user", "prof", labels("u", 10))
    made = Workload(
        "w2", targets, [attributes, recent, profile],
        [Model("w2_ctr_model", "ctr", [attributes.columns + recent.columns + profile.columns], "w2_ctr"),
         Model("w2_cvr_model", "cvr" + variant, [attributes.columns, profile.columns], "w2_cvr")],
        [Expression("w2_final_score", "1", {"ctr": "w2_ctr", "cvr": "w2_cvr"}, "w2_final")],
        context={"user_id": f"u-{seed}"})
    return move(made, seed)


class Cached(Workload):
    """W1 with its features cached: the version says when what is cached is of other features."""

    def __init__(self, variant, seed, targets=50):
        stats = Entity("w4_features", "catalog_id", "catalog", "stats", labels("g" + variant, 20))
        super().__init__("w4", targets, [stats], [Model("w4_model", "ranker20", [stats.columns], "w4_score")], [])
        self.version = 1 + (variant != "")
        move(self, seed)

    def config(self):
        config = super().config()
        config["component_config"].update(cache_enabled=True, cache_version=self.version)
        config["component_config"]["feature_components"][0].update(comp_cache_enabled=True, comp_cache_ttl=5)
        return config


def move(workload, seed):
    """Other targets, so that no request's reply is right for another."""
    for i, row in enumerate(workload.rows):
        row["catalog_id"] = str(100000 + 1000 * seed + i)
    return workload


class Slates:
    """Targets with a score each, and slates of three of them (or pairs) whose score sees a feature of the slate's own."""
    name = "slates"

    def __init__(self, variant, seed, pairs):
        self.pairs, self.rows = pairs, [
            {"catalog_id": str(200000 + 100 * seed + i), "f1": (seed + i) / 128, "f2": i / 32} for i in range(8)]
        size = 2 if pairs else 3
        self.slates = [{"targets": [(first + step) % 8 for step in range(size)], "s1": (first + seed + 1) / 64}
                       for first in range(8)]
        self.of_target = Model("target_model", "targets" + variant, [["f1", "f2"]], "target_score")
        self.of_slate = Model("slate_model", "slates" + variant, [["f1", "f2", "s1"]], "slate_score")

    def config(self):
        slate = {**self.of_slate.config(), "slate_component": True}
        return {
            "dag_execution_config": {"component_dependency": {
                "target_model": ["feature_initializer"], "slate_model": ["feature_initializer"]}},
            "component_config": {"cache_enabled": False, "cache_version": 1, "cache_ttl": 300, "error_logging_percent": 100,
                                 "feature_components": [], "predator_components": [self.of_target.config(), slate],
                                 "numerix_components": []},
            "response_config": {"features": ["catalog_id", "target_score", "slate_score"], "model_schema_features_perc": 0,
                                "logging_perc": 0, "log_features": False, "log_batch_size": 500},
        }

    def request(self):
        def schema(number, name):
            return field(number, field(1, name) + field(2, FP32))

        def slate(one):
            value = field(3 if self.pairs else 2, fp32(one["s1"]))
            if self.pairs:
                return field(1, one["targets"][0]) + field(2, one["targets"][1]) + value
            return field(1, b"".join(varint(i) for i in one["targets"])) + value

        return (field(1, self.name) + schema(4, "f1") + schema(4, "f2") + schema(5, "s1") +
                b"".join(field(6, slate(one)) for one in self.slates) +
                b"".join(field(7, field(1, row["catalog_id"]) + fields(2, [fp32(row["f1"]), fp32(row["f2"])]))
                         for row in self.rows))

    def reply(self):
        def score(model, row):
            return fp32(model_score(model.name, "output__0", model._rows(row)))

        slates = b"".join(
            field(1, field(2, score(self.of_slate, {**self.rows[one["targets"][0]], "s1": one["s1"]}))) for one in self.slates)
        targets = b"".join(field(2, field(2, row["catalog_id"]) + field(2, score(self.of_target, row))) for row in self.rows)
        schema = field(3, field(1, "catalog_id") + field(2, TEXT)) + field(3, field(1, "target_score") + field(2, FP32))
        return slates + targets + schema + field(4, field(1, "slate_score") + field(2, FP32))


VARIANTS = ("", "b")


def point_tasks(make, weight, seeds, **more):
    for seed in seeds:
        both = [make(variant, seed, **more) for variant in VARIANTS]
        yield Task(f"{both[0].name}.{seed}", weight, POINT, both[0].request(), [w.solve()[1] for w in both], model=both[0].name)


def all_tasks():
    tasks = [*point_tasks(w0, 40, range(8)), *point_tasks(w1, 4, range(4)), *point_tasks(w2, 1, range(2)),
             *point_tasks(Cached, 10, range(4))]
    for seed in range(2):
        for pairs, path in ((False, SLATE), (True, PAIR)):
            both = [Slates(variant, seed, pairs) for variant in VARIANTS]
            tasks.append(Task(f"{'pairs' if pairs else 'slates'}.{seed}", 8, path, both[0].request(),
                              [s.reply() for s in both], model="slates"))
    for make, weight, columns in ((w0, 30, ["f0", "f1", "f2", "f3"]), (w1, 4, [])):
        for seed in range(2):
            both = [make(variant, seed, targets=5) for variant in VARIANTS]
            rows = [{**row, **dict(both[0].schema)} for row in both[0].rows]
            tasks.append(Task(f"legacy_{both[0].name}.{seed}", weight, LEGACY, legacy_request(both[0].name, rows, columns),
                              [legacy_reply(w) for w in both], model=both[0].name,
                              lame=legacy_reply(both[0], lame=True) if both[0].entities else None))
    tasks += [
        Task("cancelled_w1", 4, POINT, w1("", 0).request(), [w1(v, 0).solve()[1] for v in VARIANTS], CANCEL, model="w1"),
        Task("unknown_model", 2, POINT, field(1, "nobody") + field(5, field(1, "x")), status=NOT_FOUND),
        Task("no_message", 2, POINT, b"\x0a\xff\xff", status=INVALID),
        Task("unknown_method", 2, "/Predict/Nope", b"", status=UNIMPLEMENTED),
    ]
    for task in tasks:
        assert len(set(task.rights)) == len(task.rights), task.name
    return tasks


def all_models():
    """{model: its two configs}"""
    slates = [Slates(variant, 0, False) for variant in VARIANTS]
    made = {w("").name: [w(variant).config() for variant in VARIANTS] for w in (w0, w1, w2)}
    made["w4"] = [Cached(variant, 0).config() for variant in VARIANTS]
    made["slates"] = [s.config() for s in slates]
    return made
