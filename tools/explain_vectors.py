#!/usr/bin/env python3
"""Makes crates/explain/tests/vectors/expected.json: attributions of the importer's test models by `shap` and by the libraries.

Usage: explain_vectors.py [FILE]. Models and rows are those of crates/import/tests/vectors; nothing else is read. The file has
the hash of this script and its requirements, by which a test sees that it is stale.
"""

import json
import pathlib
import sys
import warnings

import lightgbm
import numpy as np
import shap
import xgboost

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent / "crates/import/tests/vectors"
# Model, whether `shap` reads it for interventional attributions, and the rows' name.
LIGHTGBM = [("lgb_logistic", True), ("lgb_poisson", True), ("lgb_gamma", True), ("lgb_deep", True), ("lgb_dart", True),
            ("lgb_forest", False), ("lgb_categories", False), ("lgb_zero", False)]
XGBOOST = [("xgb_logistic", True), ("xgb_squared", True), ("xgb_gamma", True), ("xgb_forest", False)]
BACKGROUND = slice(20, 60)
ROWS = slice(0, 20)


def floats(rows):
    return np.array([[np.nan if x is None else x for x in row] for row in rows], dtype=float)


def lists(array):
    return np.asarray(array, dtype=float).tolist()


def interventional(booster, x):
    """What `shap` says of the first rows against the others, and its base."""
    explainer = shap.TreeExplainer(booster, x[BACKGROUND], feature_perturbation="interventional")
    values = explainer.shap_values(x[ROWS], check_additivity=False)
    return {"contributions": lists(values), "base": float(np.ravel(explainer.expected_value)[0])}


def of_lightgbm(name, with_shap, x):
    booster = lightgbm.Booster(model_file=MODELS / f"{name}.txt")
    told = booster.predict(x[ROWS], pred_contrib=True)
    assert np.abs(told.sum(axis=1) - booster.predict(x[ROWS], raw_score=True)).max() < 1e-12, name
    # A random forest predicts from the average of its trees; its contributions and its raw score are their sum.
    told = told / booster.num_trees() if name == "lgb_forest" else told
    case = {"path_dependent": lists(told)}
    if with_shap:
        case["interventional"] = interventional(booster, x)
    return case


def of_xgboost(name, with_shap, x):
    booster = xgboost.Booster(model_file=MODELS / f"{name}.json")
    matrix = xgboost.DMatrix(x[ROWS])
    case = {"path_dependent": lists(booster.predict(matrix, pred_contribs=True)), "single_precision": True}
    if with_shap:
        case["interventional"] = interventional(booster, x)
    return case


def maker():
    """The hash (FNV-1a) of what the vectors were made by."""
    fnv = 0xCBF29CE484222325
    for byte in b"".join((HERE / name).read_bytes() for name in ("explain_vectors.py", "explain-requirements.txt")):
        fnv = (fnv ^ byte) * 0x100000001B3 % 2**64
    return f"{fnv:016x}"


def main():
    warnings.filterwarnings("ignore")
    made = json.loads((MODELS / "expected.json").read_text())
    file = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "crates/explain/tests/vectors/expected.json"
    cases = {}
    rows = lambda model: floats(made["rows"][made["cases"][model]["rows"]])
    for name, with_shap in LIGHTGBM:
        cases[f"{name}.txt"] = of_lightgbm(name, with_shap, rows(f"{name}.txt"))
    for name, with_shap in XGBOOST:
        cases[f"{name}.json"] = of_xgboost(name, with_shap, rows(f"{name}.json"))
    answer = {"made_by": maker(), "cases": cases}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(answer, separators=(",", ":"), sort_keys=True) + "\n")
    print(f"{len(cases)} models in {file.name}")


if __name__ == "__main__":
    main()
