"""scikit-learn on the splits that our scorers were measured on.

Usage: python bench/sentiment.py TEXTS.csv OURS.json [OUT.json]

`TEXTS.csv` has columns `text` and `label`, `OURS.json` is what `cargo run --example sentiment` wrote. Two rivals, both hashing and
logistic regression: words and pairs of words with the library's defaults, and the n-grams that ours takes with C = 10, the best of
1, 10 and 100 on a split of its own.
"""

import csv
import json
import pathlib
import statistics
import sys

from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.pipeline import make_union

BUCKETS = 2**18
WORDS = HashingVectorizer(ngram_range=(1, 2), n_features=BUCKETS, binary=True, alternate_sign=False)
CHARACTERS = HashingVectorizer(
    analyzer="char_wb", ngram_range=(3, 5), n_features=BUCKETS, binary=True, alternate_sign=False
)
RIVALS = {
    "scikit-learn, words, defaults": (WORDS, LogisticRegression(max_iter=300)),
    "scikit-learn, words and characters": (make_union(WORDS, CHARACTERS), LogisticRegression(C=10, max_iter=300)),
}


def read(path):
    """(texts, labels)."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [int(row["label"]) for row in rows]


def measure(x, y, test, model):
    """Accuracy and macro F1 on the rows `test` of a model of all others."""
    held = set(test)
    learnt = [row for row in range(len(y)) if row not in held]
    model.fit(x[learnt], [y[row] for row in learnt])
    said, truth = model.predict(x[test]), [y[row] for row in test]
    return accuracy_score(truth, said), f1_score(truth, said, average="macro")


def rows(ours, texts, labels):
    """(name, accuracies, macro F1s) of every scorer."""
    splits = ours["splits"]
    for name in ("linear", "vader"):
        yield name, [s[name]["accuracy"] for s in splits], [s[name]["macro_f1"] for s in splits]
    for name, (vectorizer, model) in RIVALS.items():
        x = vectorizer.transform(texts)
        figures = [measure(x, labels, split["test"], model) for split in splits]
        yield name, [a for a, _ in figures], [f for _, f in figures]


def main(data, ours, out=None):
    ours = json.loads(pathlib.Path(ours).read_text())
    texts, labels = read(data)
    table = []
    print(f"| {len(ours['splits'])} splits, four fifths learnt from | accuracy | macro F1 |\n| --- | --- | --- |")
    for name, accuracy, f1 in rows(ours, texts, labels):
        table.append({"scorer": name, "accuracy": accuracy, "macro_f1": f1})
        print(f"| {name} | {statistics.mean(accuracy):.4f} | {statistics.mean(f1):.4f} |", flush=True)
    speed = statistics.median(split["texts_per_s"] for split in ours["splits"])
    print(f"\nour linear model: {speed:,.0f} texts a second, n-grams included, one thread")
    if out:
        pathlib.Path(out).write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
