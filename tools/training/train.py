#!/usr/bin/env python3
"""Trains the classifier of values and writes it down as `trees.rs`.

Usage: train.py CASES features.tsv JUDGE/trees.rs   (needs scikit-learn 1.5)

CASES is the folder of labelled cases; features.tsv is what
`tools features` writes. JUDGE is src/redact/engine/judge. A candidate is a secret if it covers most of the secret
of its case; one in a clean case or in a clean file is none; what a case says
nothing of is left out, and so are near misses and identifiers.

Before the classifier is trained on everything, five parts of the cases and of
the clean files are held back in turn (neighbours stay together, since they come
from one place), and what it finds in them is printed, with all features and
without each group of them.
"""
import collections
import json
import sys
import zlib
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

DEPTH, TREES, RATE = 4, 64, 0.2
GROUPS = {
    "n-grams": [9, 10, 11],
    "structure": list(range(0, 9)) + list(range(12, 18)) + list(range(21, 32)) + [46, 47, 48, 49],
    "stock words": [18, 19, 20, 37],
    "name": [32, 33, 34, 35, 36, 37],
    "syntax and line": [38, 39, 40, 41, 42, 43, 44, 45],
}


def load(cases, table):
    known = {}
    for path in sorted(Path(cases).glob("*.jsonl")):
        if path.stem != "personal":
            for line in path.open():
                case = json.loads(line)
                known[case["id"]] = case
    rows, labels, weights, groups, files = [], [], [], [], []
    seen = collections.Counter()
    lines = []
    for line in open(table, encoding="utf-8", errors="replace"):
        parts = line.rstrip("\n").split("\t")
        source, start, end = parts[0], int(parts[1]), int(parts[2])
        features = [int(number) for number in parts[5:]]
        case = known.get(source)
        if case is None:
            label, file, kind = 0, "clean", "clean"
            group = zlib.crc32("/".join(source.split("/")[:-1]).encode())
            key = ("clean", parts[3])
        else:
            file, number = source.rsplit("-", 1)
            kind = case["kind"]
            together = int(number) // 40 if file in ("repos", "config") else case["provider"]
            group = zlib.crc32(f"{file}/{together}".encode())
            key = (file, parts[3])
            if case["label"] == "secret":
                text, secret = case["text"].encode(), case["secret"].encode()
                at, most = text.find(secret), 0
                while at >= 0:
                    most = max(most, min(end, at + len(secret)) - max(start, at))
                    at = text.find(secret, at + 1)
                if most * 2 < len(secret) or kind not in ("normal", "low_entropy"):
                    continue
                label = 1
            elif kind in ("plain", "placeholder"):
                label = 0
            else:
                continue
        seen[key, label] += 1
        lines.append((key, label, kind, file))
        rows.append(features)
        labels.append(label)
        groups.append(group % 5)
        files.append(file)
    for key, label, kind, file in lines:
        weight = seen[key, label] ** -0.4
        if label == 0 and file != "clean":
            weight *= 6.0
        if kind == "low_entropy":
            weight *= 0.2
        if file in ("repos", "config") and label == 1:
            weight *= 3.0
        weights.append(weight)
    return (np.array(rows), np.array(labels), np.array(weights), np.array(groups), np.array(files))


def fit(rows, labels, weights):
    model = HistGradientBoostingClassifier(
        max_iter=TREES, max_depth=DEPTH, learning_rate=RATE, min_samples_leaf=25,
        l2_regularization=3.0, early_stopping=False, random_state=1, max_bins=128,
    )
    return model.fit(rows, labels, sample_weight=weights)


def held_back(data, columns=None):
    rows, labels, weights, groups, files = data
    if columns is not None:
        rows = rows[:, columns]
    scores = np.zeros(len(labels))
    for part in range(5):
        train = groups != part
        scores[~train] = fit(rows[train], labels[train], weights[train]).decision_function(rows[~train])
    return scores


def report(title, data, scores, least):
    _, labels, _, _, files = data
    clean = (files == "clean")
    parts = [f"clean {np.sum(scores[clean] > least):5d} of {clean.sum()}"]
    for file in sorted(set(files) - {"clean"}):
        mine = files == file
        found = scores[mine & (labels == 1)] > least
        wrong = scores[mine & (labels == 0)] > least
        parts.append(f"{file} {100 * found.mean():.1f} ({wrong.sum()}/{len(wrong)})")
    print(f"{title:28}", "; ".join(parts))


def flatten(predictor, least=2**15 - 1):
    """A tree of scikit-learn as a complete one."""
    size = (1 << DEPTH) - 1
    features, thresholds, leaves = [0] * size, [least] * size, [0] * (size + 1)

    def walk(node, place, depth):
        row = predictor.nodes[node]
        if depth == DEPTH:
            leaves[place - size] = round(float(row["value"]) * 1000)
        elif row["is_leaf"]:
            for child in (2 * place + 1, 2 * place + 2):
                walk(node, child, depth + 1)
        else:
            features[place] = int(row["feature_idx"])
            thresholds[place] = int(np.floor(row["num_threshold"]))
            walk(row["left"], 2 * place + 1, depth + 1)
            walk(row["right"], 2 * place + 2, depth + 1)

    walk(0, 0, 0)
    return features, thresholds, leaves


def write(model, least, path):
    bias = round((float(model._baseline_prediction.ravel()[0]) - least) * 1000)
    with open(path, "w") as out:
        out.write("//! The trees of the classifier, made by `tools/training/train.py`.\n\n")
        out.write("use super::classify::Tree;\n\n")
        out.write("/// The log-odds before any tree is evaluated, less the threshold, in thousandths.\n")
        out.write(f"pub(super) const BIAS: i32 = {bias};\n\n")
        out.write("#[rustfmt::skip]\npub(super) static TREES: &[Tree] = &[\n")
        for (predictor,) in model._predictors:
            features, thresholds, leaves = flatten(predictor)
            out.write(f"    Tree {{ features: {features}, thresholds: {thresholds}, leaves: {leaves} }},\n")
        out.write("];\n")


def main():
    cases, table, path = sys.argv[1:4]
    least = float(sys.argv[4]) if len(sys.argv) > 4 else 1.0
    data = load(cases, table)
    rows, labels, weights, _, _ = data
    print(f"{len(labels)} candidates, {labels.sum()} of them secrets")
    if "--quick" not in sys.argv:
        scores = held_back(data)
        for at in (0.0, 0.5, 1.0, 1.5, 2.0):
            report(f"held back, least {at}", data, scores, at)
        if "--ablation" in sys.argv:
            for name, group in GROUPS.items():
                columns = [column for column in range(rows.shape[1]) if column not in group]
                report(f"without {name}", data, held_back(data, columns), least)
                print(end="", flush=True)
    model = fit(rows, labels, weights)
    report("all", data, model.decision_function(rows), least)
    write(model, least, path)


main()
