#!/usr/bin/env python3
"""Makes the models and expected answers of crates/import/tests/vectors with the libraries that others use.

Usage: import_vectors.py [FOLDER]. Every model is small, seeded, and answers sixty rows; `expected.json` has the rows and
the answers, and the hash of this file and its requirements, by which a test sees that the vectors are stale.
"""

import json
import pathlib
import sys
import warnings

import lightgbm
import numpy as np
import onnx
import onnxmltools
import onnxruntime
import pandas
import xgboost
from onnx import TensorProto, helper, numpy_helper
from onnxmltools.convert.common.data_types import FloatTensorType as Floats
from skl2onnx import convert_sklearn, to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier,
                              RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge, SGDClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

HERE = pathlib.Path(__file__).resolve().parent
ROWS = 60
COLUMNS = 4


def data():
    """Four hundred rows of decimals, some of them missing, a category, and four kinds of outcome."""
    draw = np.random.default_rng(20261126)
    x = draw.normal(size=(400, COLUMNS)).round(2) * [1, 10, 0.5, 3]
    x = x.round(3)
    z = x @ [1, 0.1, 1, -0.3] + np.where(x[:, 0] > 0, x[:, 2], 0)
    holes = x.copy()
    holes[draw.random(x.shape) < 0.1] = np.nan
    codes = draw.integers(0, 9, size=400)
    return {
        "x": x,
        "holes": holes,
        "codes": codes,
        "yes": (z + draw.normal(size=400) > 0).astype(int),
        "three": np.digitize(z, [-0.7, 0.7]),
        "amount": z,
        "count": draw.poisson(np.exp(z / 3)).astype(float),
        "positive": np.exp(z / 3) + 0.01,
    }


class Vectors:
    """Collects models and their answers."""

    def __init__(self, folder):
        self.folder = folder
        self.cases = {}
        self.rows = {}

    def add(self, name, blob, rows=None, answers=None, leaves=None, link=None, refused=None):
        if name.endswith(".txt"):
            # Spaces at the ends of lines mean nothing.
            blob = b"".join(line.rstrip() + b"\n" for line in blob.splitlines())
        (self.folder / name).write_bytes(blob)
        case = {"refused": refused} if refused else {"rows": rows, "link": link, "answers": numbers(answers)}
        if leaves is not None:
            case["leaves"] = np.asarray(leaves).astype(int).reshape(ROWS, -1).tolist()
        self.cases[name] = case

    def onnx(self, name, model, rows, x, link):
        session = onnxruntime.InferenceSession(model.SerializeToString())
        floats = x.astype(np.float32)
        inputs = session.get_inputs()
        feed = {inputs[0].name: floats} if len(inputs) == 1 else {
            one.name: floats[:, [i]] for i, one in enumerate(inputs)}
        answer = session.run(None, feed)[-1]
        if isinstance(answer, list):
            answer = np.array([list(row.values())[1] for row in answer])
        answer = answer[:, 1] if answer.ndim == 2 and answer.shape[1] == 2 else answer.reshape(-1)
        self.add(name, model.SerializeToString(), rows, answer, link=link)


def numbers(values):
    """A list in which a missing value is nothing."""
    values = np.asarray(values, dtype=float)
    if values.ndim == 2:
        return [numbers(row) for row in values]
    return [None if np.isnan(value) else float(value) for value in values]


def scikit_learn(out, d):
    x, f = d["x"], d["x"].astype(np.float32)
    head = x[:ROWS]

    def add(name, model, target, link, **more):
        classifier = hasattr(model.fit(f, target), "predict_proba")
        options = {"options": {"zipmap": False}} if classifier else {}
        out.onnx(f"sk_{name}.onnx", to_onnx(model, f[:1], **{**options, **more}), "x", head, link)

    add("logistic", make_pipeline(StandardScaler(), LogisticRegression()), d["yes"], "logistic")
    add("logistic_zipmap", make_pipeline(StandardScaler(), LogisticRegression()), d["yes"], "logistic", options={})
    add("sgd", SGDClassifier(loss="log_loss", random_state=1), d["yes"], "logistic")
    add("linear", LinearRegression(), d["amount"], "identity")
    add("poisson", PoissonRegressor(), d["count"], "log")
    add("boosted", GradientBoostingClassifier(n_estimators=12, max_depth=3, random_state=1), d["yes"], "logistic")
    add("boosted_scaled", make_pipeline(StandardScaler(), GradientBoostingClassifier(n_estimators=8, random_state=1)),
        d["yes"], "logistic")
    add("boosted_amount", GradientBoostingRegressor(n_estimators=12, max_depth=3, random_state=1), d["amount"], "identity")
    add("forest", RandomForestClassifier(7, max_depth=5, random_state=1), d["yes"], "identity")
    add("forest_amount", RandomForestRegressor(7, max_depth=6, random_state=1), d["amount"], "identity")
    add("tree", make_pipeline(MinMaxScaler(), DecisionTreeClassifier(max_depth=4, random_state=1)), d["yes"], "identity")
    add("network", make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=(8, 5), max_iter=150, random_state=1)), d["yes"], "logistic")
    add("network_amount", make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(8,), max_iter=150, random_state=1)),
        d["amount"], "identity")
    filled = make_pipeline(SimpleImputer(), MinMaxScaler(), Ridge()).fit(d["holes"].astype(np.float32), d["amount"])
    out.onnx("sk_imputed.onnx", to_onnx(filled, f[:1]), "holes", d["holes"][:ROWS], "identity")
    names = ["debt", "income", "age", "tenure"]
    mixed = make_pipeline(
        make_column_transformer((StandardScaler(), ["debt", "age"]), ("passthrough", ["income", "tenure"])),
        LogisticRegression()).fit(pandas.DataFrame(f, columns=names), d["yes"])
    model = convert_sklearn(mixed, initial_types=[(name, FloatTensorType([None, 1])) for name in names],
                            options={"zipmap": False})
    out.onnx("sk_columns.onnx", model, "x", head, "logistic")
    many = to_onnx(LogisticRegression().fit(f, d["three"]), f[:1], options={"zipmap": False})
    out.add("sk_three_classes.onnx", many.SerializeToString(), refused="a model of 3 classes")
    curved = to_onnx(MLPRegressor(hidden_layer_sizes=(5,), activation="tanh", max_iter=50, random_state=1).fit(f, d["amount"]), f[:1])
    out.add("sk_tanh.onnx", curved.SerializeToString(), refused='the operator "Tanh"')


def gemm(name, weights, bias, source, target):
    """A dense layer as PyTorch writes it."""
    parts = [numpy_helper.from_array(array.astype(np.float32), f"{name}.{part}")
             for part, array in (("weight", weights), ("bias", bias))]
    node = helper.make_node("Gemm", [source, f"{name}.weight", f"{name}.bias"], [target], name=f"/{name}/Gemm",
                            alpha=1.0, beta=1.0, transB=1)
    return node, parts


def pytorch_style(out, d):
    """What `torch.onnx.export` writes for nn.Sequential of Linear, BatchNorm1d, ReLU and Sigmoid or Softmax."""
    draw = np.random.default_rng(7)
    shape = [("batch", COLUMNS)]

    def model(nodes, parts, width):
        graph = helper.make_graph(nodes, "main_graph", [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape[0])],
                                  [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", width])], parts)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="pytorch")

    one, two = (gemm("net.0", draw.normal(size=(6, COLUMNS)) / 2, draw.normal(size=6), "input", "h0"),
                gemm("net.2", draw.normal(size=(1, 6)), draw.normal(size=1), "h1", "h2"))
    nodes = [one[0], helper.make_node("Relu", ["h0"], ["h1"]), two[0], helper.make_node("Sigmoid", ["h2"], ["output"])]
    out.onnx("torch_sigmoid.onnx", model(nodes, one[1] + two[1], 1), "x", d["x"][:ROWS], "logistic")

    one = gemm("net.0", draw.normal(size=(5, COLUMNS)) / 2, draw.normal(size=5), "input", "h0")
    norm = [numpy_helper.from_array(array.astype(np.float32), f"net.1.{part}") for part, array in (
        ("weight", draw.uniform(0.5, 2, 5)), ("bias", draw.normal(size=5)), ("running_mean", draw.normal(size=5)),
        ("running_var", draw.uniform(0.5, 2, 5)))]
    two, three = (gemm("net.3", draw.normal(size=(4, 5)) / 2, draw.normal(size=4), "h2", "h3"),
                  gemm("net.5", draw.normal(size=(2, 4)), draw.normal(size=2), "h4", "h5"))
    nodes = [one[0], helper.make_node("BatchNormalization", ["h0"] + [part.name for part in norm], ["h1"], epsilon=1e-5),
             helper.make_node("Relu", ["h1"], ["h2"]), two[0], helper.make_node("Relu", ["h3"], ["h4"]), three[0],
             helper.make_node("Softmax", ["h5"], ["output"], axis=1)]
    parts = one[1] + norm + two[1] + three[1]
    out.onnx("torch_softmax.onnx", model(nodes, parts, 2), "x", d["x"][:ROWS], "logistic")

    only = gemm("linear", draw.normal(size=(1, COLUMNS)), draw.normal(size=1), "input", "output")
    out.onnx("torch_linear.onnx", model([only[0]], only[1], 1), "x", d["x"][:ROWS], "identity")


def xgboosted(out, d):
    holes = d["holes"]
    head = holes[:ROWS]

    def add(name, target, link, rounds=12, **parameters):
        matrix = xgboost.DMatrix(holes, target)
        model = xgboost.train({"max_depth": 4, "seed": 1, "nthread": 1, **parameters}, matrix, rounds)
        some = xgboost.DMatrix(head)
        leaves = None if parameters.get("booster") == "gblinear" else model.predict(some, pred_leaf=True)
        for form in ("ubj", "json"):
            out.add(f"xgb_{name}.{form}", bytes(model.save_raw(form)), "holes", model.predict(some), leaves, link)

    add("logistic", d["yes"], "logistic", objective="binary:logistic")
    add("dart", d["yes"], "logistic", objective="binary:logistic", booster="dart", rate_drop=0.3)
    add("poisson", d["count"], "log", objective="count:poisson")
    add("gamma", d["positive"], "log", objective="reg:gamma")
    add("tweedie", d["count"], "log", objective="reg:tweedie")
    add("squared", d["amount"], "identity", objective="reg:squarederror")
    add("raw", d["yes"], "identity", objective="binary:logitraw", base_score=0.3)
    add("forest", d["yes"], "logistic", rounds=1, objective="binary:logistic", num_parallel_tree=6, subsample=0.6, eta=1)
    add("linear", d["yes"], "logistic", objective="binary:logistic", booster="gblinear", updater="coord_descent")
    frame = np.column_stack([holes[:, :2], d["codes"]])
    types = ["float", "float", "c"]
    matrix = xgboost.DMatrix(frame, d["yes"] ^ (d["codes"] % 2), feature_types=types, enable_categorical=True)
    model = xgboost.train({"max_depth": 4, "max_cat_to_onehot": 1, "objective": "binary:logistic", "seed": 1}, matrix, 6)
    some = xgboost.DMatrix(frame[:ROWS], feature_types=types, enable_categorical=True)
    out.rows["codes"] = numbers(frame[:ROWS])
    out.add("xgb_categories.ubj", bytes(model.save_raw("ubj")), "codes", model.predict(some),
            model.predict(some, pred_leaf=True), "logistic")
    many = xgboost.train({"objective": "multi:softprob", "num_class": 3}, xgboost.DMatrix(holes, d["three"]), 2)
    out.add("xgb_three_classes.ubj", bytes(many.save_raw("ubj")), refused='a model of "3" outputs')
    hinge = xgboost.train({"objective": "binary:hinge"}, xgboost.DMatrix(holes, d["yes"]), 2)
    out.add("xgb_hinge.json", bytes(hinge.save_raw("json")), refused="a step as link (binary:hinge)")
    model = xgboost.XGBClassifier(n_estimators=8, max_depth=3, random_state=1).fit(d["x"], d["yes"])
    converted = onnxmltools.convert_xgboost(model, initial_types=[("x", Floats([None, COLUMNS]))])
    out.onnx("xgb_converted.onnx", converted, "x", d["x"][:ROWS], "logistic")


def lightgbmed(out, d):
    holes = d["holes"]

    def add(name, target, link, x=holes, rows="holes", rounds=12, categories=(), **parameters):
        sets = lightgbm.Dataset(x, target, categorical_feature=list(categories) or "auto")
        model = lightgbm.train({"num_leaves": 8, "min_data_in_leaf": 8, "seed": 1, "verbosity": -1, "num_threads": 1,
                                "deterministic": True, **parameters}, sets, rounds)
        head = x[:ROWS]
        out.add(f"lgb_{name}.txt", model.model_to_string().encode(), rows, model.predict(head),
                model.predict(head, pred_leaf=True), link)
        return model

    add("logistic", d["yes"], "logistic", objective="binary")
    add("steep", d["yes"], "logistic", objective="binary", sigmoid=2.5)
    add("zero", d["yes"], "logistic", x=holes.round(0), rows="whole", objective="binary", zero_as_missing=True)
    out.rows["whole"] = numbers(holes.round(0)[:ROWS])
    add("no_missing", d["yes"], "logistic", x=d["x"], rows="x", objective="binary", use_missing=False)
    add("dart", d["amount"], "identity", objective="regression", boosting="dart", drop_rate=0.4)
    add("forest", d["yes"], "logistic", objective="binary", boosting="rf", bagging_fraction=0.6, bagging_freq=1)
    add("poisson", d["count"], "log", objective="poisson")
    add("gamma", d["positive"], "log", objective="gamma")
    add("tweedie", d["count"], "log", objective="tweedie")
    add("entropy", d["yes"], "logistic", objective="cross_entropy")
    add("deep", d["yes"], "logistic", x=d["x"], rows="x", objective="binary", num_leaves=31, min_data_in_leaf=3, rounds=20)
    frame = np.column_stack([holes[:, :2], d["codes"]])
    add("categories", d["yes"] ^ (d["codes"] % 2), "logistic", x=frame, rows="codes", categories=[2], objective="binary",
        min_data_per_group=5, cat_smooth=1, num_leaves=6)
    pandas_categories(out, d)
    many = lightgbm.train({"objective": "multiclass", "num_class": 3, "verbosity": -1}, lightgbm.Dataset(holes, d["three"]), 2)
    out.add("lgb_three_classes.txt", many.model_to_string().encode(), refused="a model of 3 outputs")
    root = lightgbm.train({"objective": "regression", "reg_sqrt": True, "verbosity": -1}, lightgbm.Dataset(holes, d["positive"]), 2)
    out.add("lgb_root.txt", root.model_to_string().encode(), refused="regression sqrt")
    leaves = lightgbm.train({"objective": "regression", "linear_tree": True, "verbosity": -1},
                            lightgbm.Dataset(d["x"], d["amount"]), 2)
    out.add("lgb_linear_leaves.txt", leaves.model_to_string().encode(), refused="a linear model in each leaf")
    model = lightgbm.LGBMClassifier(n_estimators=8, num_leaves=6, verbosity=-1, random_state=1).fit(d["x"], d["yes"])
    converted = onnxmltools.convert_lightgbm(model, initial_types=[("x", Floats([None, COLUMNS]))], zipmap=False)
    out.onnx("lgb_converted.onnx", converted, "x", d["x"][:ROWS], "logistic")


def pandas_categories(out, d):
    """Columns of a category type, unordered and ordered: the model asks for places in lists that stand behind its text."""
    grade = np.where(np.isnan(d["holes"][:, 2]), np.nan, np.array([7, 1, 5, 2, 11, 4, 9, 20, 14])[d["codes"]])
    level = np.digitize(d["x"][:, 3], [-4, -1, 1, 4]) * 3 - 2
    frame = pandas.DataFrame({"debt": d["holes"][:, 0], "grade": pandas.Categorical(grade), "income": d["holes"][:, 1],
                              "level": pandas.Categorical(level, ordered=True)})
    sets = lightgbm.Dataset(frame, d["yes"] ^ (d["codes"] % 2))
    model = lightgbm.train({"objective": "binary", "num_leaves": 8, "min_data_in_leaf": 8, "min_data_per_group": 5, "cat_smooth": 1,
                            "seed": 1, "verbosity": -1, "num_threads": 1, "deterministic": True}, sets, 12)
    # Values that training has not seen are missing to the model.
    grade[:6] = [3, 0, 6, 7, 8, -1]
    level[:6] = [0, 1, 2, 3, 11, -3]
    head = pandas.DataFrame({**frame, "grade": pandas.Categorical(grade), "level": pandas.Categorical(level, ordered=True)})[:ROWS]
    out.rows["pandas"] = numbers(np.column_stack([d["holes"][:, 0], grade, d["holes"][:, 1], level])[:ROWS])
    out.add("lgb_pandas.txt", model.model_to_string().encode(), "pandas", model.predict(head),
            model.predict(head, pred_leaf=True), "logistic")


def maker():
    """The hash (FNV-1a) of what the vectors were made by."""
    fnv = 0xCBF29CE484222325
    for byte in b"".join((HERE / name).read_bytes() for name in ("import_vectors.py", "import-requirements.txt")):
        fnv = (fnv ^ byte) * 0x100000001B3 % 2**64
    return f"{fnv:016x}"


def main():
    warnings.filterwarnings("ignore")
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "crates/import/tests/vectors"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    d = data()
    out = Vectors(folder)
    out.rows.update({"x": numbers(d["x"][:ROWS]), "holes": numbers(d["holes"][:ROWS])})
    scikit_learn(out, d)
    pytorch_style(out, d)
    xgboosted(out, d)
    lightgbmed(out, d)
    answer = {"made_by": maker(), "rows": out.rows, "cases": out.cases}
    (folder / "expected.json").write_text(json.dumps(answer, indent=None, separators=(",", ":"), sort_keys=True) + "\n")
    print(f"{len(out.cases)} models in {folder}")


if __name__ == "__main__":
    main()
