"""Integer trees beside LightGBM, XGBoost and ONNX Runtime: one process, one thread, the engines by turns.

    bench/engine.py LIBRARY OUT.json        LIBRARY is bench/engine built for release

One LightGBM model of 100 and one of 500 trees of at most 6 levels, on generated rows of whole numbers, runs in LightGBM, in ONNX Runtime
(converted by onnxmltools) and here (imported, every leaf the same, margins within the printed bound, checked for every row). XGBoost runs a model of the same
shape of its own. Everybody starts from an array of floats, as each likes them best, and says margins. Each figure is the least of many rounds: what
other programs take of the machine falls on all alike.
"""

import ctypes
import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

import lightgbm
import numpy as np
import onnxmltools
import onnxruntime
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

ROWS, FEATURES, BATCH, SINGLE, ROUNDS, LEVELS = 20_000, 23, 5_000, 500, 25, 6
DOUBLES = ctypes.POINTER(ctypes.c_double)


def data():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 10_000, (ROWS, FEATURES)).astype(np.float64)
    signal = x[:, 0] * x[:, 1] / 10_000 + x[:, 2] + rng.normal(0, 3_000, ROWS)
    return np.ascontiguousarray(x), (signal > 6_000).astype(int)


def pointer(array):
    return array.ctypes.data_as(DOUBLES)


class Ours:
    def __init__(self, path, model, x):
        self.c = ctypes.CDLL(path)
        self.c.engine_import.restype = ctypes.c_void_p
        self.c.engine_bound.restype = self.c.engine_row.restype = ctypes.c_double
        self.c.engine_time_single.restype = self.c.lightgbm_time_single.restype = ctypes.c_double
        text = model.model_to_string().encode()
        size = ctypes.c_size_t
        self.model = ctypes.c_void_p(
            self.c.engine_import(text, size(len(text)), pointer(x), size(FEATURES), size(len(x))))
        if not self.model:
            sys.exit("the model was not imported leaf by leaf into complete trees")
        self.bound = self.c.engine_bound(self.model)

    def batch(self, x):
        out = np.empty(len(x))
        self.c.engine_rows(self.model, pointer(x), ctypes.c_size_t(len(x)), pointer(out))
        return out

    def single(self, row):
        return self.c.engine_row(self.model, ctypes.byref(ctypes.c_double.from_buffer(row)))

    def in_c(self, x):
        out = np.empty(len(x))
        return self.c.engine_time_single(self.model, pointer(x), ctypes.c_size_t(len(x)), pointer(out)), out


class LightGbmInC:
    """LightGBM's fastest function for single rows, called in a loop that is not Python's."""

    def __init__(self, ours, booster):
        self.ours, self.booster = ours, booster
        self.c = ctypes.CDLL(os.path.join(lightgbm.__path__[0], "lib", "lib_lightgbm.so"))
        self.config = ctypes.c_void_p()
        raw, double, whole = 1, 1, -1
        failed = self.c.LGBM_BoosterPredictForMatSingleRowFastInit(
            booster._handle, raw, 0, whole, double, FEATURES, b"num_threads=1", ctypes.byref(self.config))
        if failed:
            sys.exit("LightGBM refuses single rows")

    def in_c(self, x):
        out = np.empty(len(x))
        size = ctypes.c_size_t
        return self.ours.c.lightgbm_time_single(
            self.c.LGBM_BoosterPredictForMatSingleRowFast, self.config, pointer(x), size(FEATURES), size(len(x)),
            pointer(out)), out


def onnx(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    converted = onnxmltools.convert_lightgbm(
        model, initial_types=[("x", FloatTensorType([None, FEATURES]))], zipmap=False)
    session = onnxruntime.InferenceSession(
        converted.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_outputs()[1].name
    return lambda x: session.run([name], {"x": x})[0][:, 1]


def nanoseconds(work, rows):
    start = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - start) / rows


def measure(trees, library):
    x, y = data()
    common = {"objective": "binary", "num_leaves": 2**LEVELS, "max_depth": LEVELS, "num_threads": 1, "verbosity": -1,
              "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0, "seed": 1, "deterministic": True}
    light = lightgbm.train(common, lightgbm.Dataset(x, y), trees)
    boosted = xgboost.train({"objective": "binary:logistic", "max_depth": LEVELS, "nthread": 1, "min_child_weight": 0,
                             "tree_method": "hist", "seed": 1}, xgboost.DMatrix(x, y, nthread=1), trees)
    boosted.set_param({"nthread": 1})
    runtime, ours = onnx(light), Ours(library, light, x)
    in_c = LightGbmInC(ours, light)
    told = light.predict(x, raw_score=True, num_threads=1)
    apart = np.abs(ours.batch(x) - told).max()
    if apart > ours.bound or np.abs(ours.in_c(x)[1] - told).max() > ours.bound or (in_c.in_c(x)[1] != told).any():
        sys.exit(f"margins are {apart} apart, {ours.bound} allowed")
    batch, single = x[:BATCH], [np.ascontiguousarray(row) for row in x[:SINGLE]]
    floats, lone = batch.astype(np.float32), [row.astype(np.float32)[None, :] for row in single]
    rows = [row[None, :] for row in single]
    each = lambda ask, inputs: lambda: nanoseconds(lambda: [ask(row) for row in inputs], len(inputs))
    whole = lambda ask, inputs: lambda: nanoseconds(lambda: ask(inputs), len(inputs))
    margin = lambda x: boosted.inplace_predict(x, predict_type="margin")
    plain = lambda x: light.predict(x, raw_score=True, num_threads=1)
    engines = {
        "batch": {"ours": whole(ours.batch, batch), "LightGBM": whole(plain, batch),
                  "XGBoost": whole(margin, floats), "ONNX Runtime": whole(runtime, floats)},
        "single, Python": {"ours": each(ours.single, single), "LightGBM": each(plain, rows),
                           "XGBoost": each(margin, lone), "ONNX Runtime": each(runtime, lone)},
        "single, C": {"ours": lambda: ours.in_c(x[:BATCH])[0], "LightGBM": lambda: in_c.in_c(x[:BATCH])[0]},
    }
    best = {way: dict.fromkeys(who, float("inf")) for way, who in engines.items()}
    for _ in range(ROUNDS):
        for way, who in engines.items():
            for name, work in who.items():
                best[way][name] = min(best[way][name], work())
    leaves = sum(tree["num_leaves"] for tree in light.dump_model()["tree_info"])
    return {"leaves": leaves, "apart": apart, "bound": ours.bound, "ns_per_row": best}


def main():
    library, out = sys.argv[1:]
    answer = {f"{trees}x{LEVELS}": measure(trees, library) for trees in (100, 500)}
    with open(out, "w", encoding="utf-8") as file:
        json.dump(answer, file, indent=1)
    for shape, told in answer.items():
        print(f"{shape}: {told['leaves']} leaves, margins {told['apart']:.1e} apart at most, {told['bound']:.1e} allowed")
        for way, figures in told["ns_per_row"].items():
            own = figures["ours"]
            line = [f"{name} {ns:,.0f} ({ns / own:.1f}x)" for name, ns in figures.items()]
            print(f"  {way:15} ns a row: " + ", ".join(line))


if __name__ == "__main__":
    main()
