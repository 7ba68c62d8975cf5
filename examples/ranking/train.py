#!/usr/bin/python3
# SPDX-FileCopyrightText: 2026 The inferd authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes this example's data and trains its model: a small shop, three months of which are simulated day by day. The
# first two give the features (who clicked on and bought what), the third one gives what the model learns from: a
# product was shown to a user, and was bought or not.
#
#     apt-get install python3-xgboost
#     ./train.py
#
# Writes features/*.csv and models/purchase.json beside itself. Nothing is left to chance: the same versions of Python,
# NumPy and XGBoost write the same bytes.
import csv
import math
import os

import numpy
import xgboost

HERE = os.path.dirname(os.path.abspath(__file__))

USERS, PRODUCTS_EACH = 60, 12
HISTORY_DAYS, TRAINING_DAYS = 60, 30
SHOWN_A_DAY = 12  # products that a user sees in a day

# category: a usual price, and what its products are called
CATEGORIES = {
    "shoes": (55, ["Trail Runner", "Court Classic", "Desert Boot", "Slip-On", "Derby", "Sandal"]),
    "dresses": (45, ["Summer Dress", "Wrap Dress", "Shirt Dress", "Maxi Dress", "Kaftan", "Pinafore"]),
    "bags": (40, ["Tote", "Rucksack", "Messenger", "Weekender", "Clutch", "Belt Bag"]),
    "watches": (120, ["Field Watch", "Diver", "Chronograph", "Dress Watch", "Pilot", "Pocket Watch"]),
    "headphones": (80, ["Studio Phones", "Earbuds", "Neckband", "Open-Back", "Travel Phones", "Gaming Set"]),
    "lamps": (35, ["Desk Lamp", "Floor Lamp", "Lantern", "Pendant", "Clip Light", "Night Light"]),
    "cookware": (30, ["Saucepan", "Wok", "Casserole", "Skillet", "Kettle", "Griddle"]),
    "books": (15, ["Atlas", "Cookbook", "Novel", "Field Guide", "Sketchbook", "Almanac"]),
}
COLOURS = ["Red", "Blue"]

# What the model sees, in this order: the config's inputs name the same columns.
FEATURES = [
    "user:profile:age", "user:profile:orders", "user:spend:average",
    "product:offer:price", "product:offer:discount", "product:offer:rating",
    "user_category:count:clicks", "user_category:count:orders", "user_category:taste:recency",
]


def make_users(random):
    """Users, and what nobody can observe of them: how they like each category, and how little they like to spend."""
    users = []
    for number in range(USERS):
        users.append({
            "id": f"u{number + 1:02}",
            "age": int(random.integers(18, 70)),
            "thrift": random.uniform(0, 1),
            "likes": dict(zip(CATEGORIES, random.normal(0, 1.2, len(CATEGORIES)))),
            "orders": 0, "spent": 0.0,
        })
    return users


def make_products(random):
    products = []
    for category, (usual_price, names) in CATEGORIES.items():
        for number in range(PRODUCTS_EACH):
            products.append({
                "id": f"p{len(products) + 1:03}",
                "name": f"{COLOURS[number // len(names)]} {names[number % len(names)]}",
                "category": category,
                "price": round(usual_price * math.exp(random.normal(0, 0.45)), 2),
                "discount": round(float(random.choice([0, 0, 0, 0.1, 0.2, 0.3])), 2),
                "rating": round(float(random.uniform(2.5, 5)), 1),
                # A campaign: not a property that predicts a purchase, but one that the shop decides on.
                "boost": float(random.choice([1, 1, 1, 1, 1.25, 1.5])),
            })
    return products


def chance(value):
    return 1 / (1 + math.exp(-value))


def visit(random, user, products):
    """A day of a user: the products shown, and for each whether it was clicked on and bought."""
    for index in random.choice(len(products), SHOWN_A_DAY, replace=False):
        product = products[index]
        like = user["likes"][product["category"]]
        cost = math.log(product["price"] * (1 - product["discount"]) / 40)
        clicked = random.uniform() < chance(like - 0.8)
        worth = 1.1 * like + 0.9 * (product["rating"] - 4) - (0.4 + 1.6 * user["thrift"]) * cost - 0.4
        yield product, clicked, clicked and random.uniform() < chance(worth)


def watch_history(random, users, products):
    """Two months of visits, summed up for each user and category. Fills in what users ordered and spent."""
    taste = {}
    for day in range(HISTORY_DAYS):
        for user in users:
            for product, clicked, bought in visit(random, user, products):
                if not clicked:
                    continue
                seen = taste.setdefault((user["id"], product["category"]), {"clicks": 0, "orders": 0, "last": 0})
                seen["clicks"] += 1
                seen["last"] = day
                if bought:
                    seen["orders"] += 1
                    user["orders"] += 1
                    user["spent"] += product["price"] * (1 - product["discount"])
    for seen in taste.values():
        seen["recency"] = round(1 / (HISTORY_DAYS - seen["last"]), 4)  # 1: yesterday; 0, where there is no row: never
    for user in users:
        user["average"] = round(user["spent"] / max(user["orders"], 1), 2)
    return taste


def model_row(user, product, taste):
    # What the feature store doesn't know reaches the model as 0, so that is what it learns with.
    seen = taste.get((user["id"], product["category"]), {"clicks": 0, "orders": 0, "recency": 0})
    return [
        user["age"], user["orders"], user["average"],
        product["price"], product["discount"], product["rating"],
        seen["clicks"], seen["orders"], seen["recency"],
    ]


def train(random, users, products, taste):
    rows, labels = [], []
    for _ in range(TRAINING_DAYS):
        for user in users:
            for product, _, bought in visit(random, user, products):
                rows.append(model_row(user, product, taste))
                labels.append(bought)
    rows, labels = numpy.array(rows, "f4"), numpy.array(labels, "f4")
    split = len(rows) * 4 // 5  # the last days are kept apart, to see how well it does
    learn = xgboost.DMatrix(rows[:split], labels[:split], feature_names=FEATURES)
    test = xgboost.DMatrix(rows[split:], labels[split:], feature_names=FEATURES)
    parameters = {"objective": "binary:logistic", "eval_metric": "auc", "max_depth": 4, "eta": 0.15, "subsample": 0.8,
                  "min_child_weight": 5, "tree_method": "exact", "seed": 1, "nthread": 1}
    model = xgboost.train(parameters, learn, 30)
    area = float(model.eval(test).rsplit(":", 1)[1])
    print(f"{len(rows)} products shown, {int(labels.sum())} bought. Area under the ROC curve, last days: {area:.3f}")
    return model


def write(name, header, rows):
    with open(os.path.join(HERE, "features", name), "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main():
    random = numpy.random.default_rng(20260101)
    users, products = make_users(random), make_products(random)
    taste = watch_history(random, users, products)
    model = train(random, users, products, taste)
    for folder in ("features", "models"):
        os.makedirs(os.path.join(HERE, folder), exist_ok=True)
    model.save_model(os.path.join(HERE, "models", "purchase.json"))
    write("user.csv", ["user_id", "profile:age@Int32", "profile:orders@Int32", "spend:average@FP32"],
          ([user["id"], user["age"], user["orders"], user["average"]] for user in users))
    write("product.csv", ["product_id", "catalog:name@String", "catalog:category@String", "offer:price@FP32",
                          "offer:discount@FP32", "offer:rating@FP32", "promo:boost@FP32"],
          ([product[key] for key in ("id", "name", "category", "price", "discount", "rating", "boost")]
           for product in products))
    write("user_category.csv",
          ["user_id", "category", "count:clicks@Int32", "count:orders@Int32", "taste:recency@FP32"],
          ([*key, seen["clicks"], seen["orders"], seen["recency"]] for key, seen in sorted(taste.items())))


main()
