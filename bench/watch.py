"""Lays out public data for `bench/watch.sh`: columns as numbers, rows in their order, one description a model.

Usage: python bench/watch.py DATA_FOLDER OUT_FOLDER. The standard library is enough.
"""

import csv
import gzip
import pathlib
import sys

HEAD = """name = "{name}"
seed = 1
[target]
column = "{target}"
{more}[split]
test_percent = 20
[model]
family = "{family}"
{model}[refresh]
{refresh}
"""
FEATURE = '[[features]]\nname = "{0}"\nunit = "as in the file"\ntype = "real"\nreason = "{0}"\n'
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
PRICES = ["less than 20000", "20000 to 29000", "30000 to 39000", "40000 to 59000", "60000 to 69000", "more than 69000"]


def describe(out, name, target, features, family, refresh, more="", model=""):
    """A description of columns that are all numbers."""
    head = HEAD.format(name=name, target=target, family=family, refresh=refresh, more=more, model=model)
    (out / f"{name}.toml").write_text(head + "".join(FEATURE.format(f) for f in features))


def write(out, parts, columns, rows):
    """Cuts rows, in their order, into files."""
    at = 0
    for name, length in parts:
        part = rows[at:] if length is None else rows[at : at + length]
        at += len(part)
        with open(out / name, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(part)


def taiwan(data, out):
    with open(data / "02_credit/taiwan_credit_default.csv", newline="") as file:
        rows = list(csv.reader(file))
    header, rows = rows[0], rows[1:]
    features = [name for name in header if name not in ("default_next_month", "SEX", "EDUCATION", "MARRIAGE", "AGE")]
    write(out, [("taiwan-train.csv", 12_000), ("taiwan-reference.csv", 6_000), ("taiwan-later.csv", None)], header, rows)
    describe(out, "taiwan", "default_next_month", features, "trees", 'window = "8000 rows"\nlater = "4000 rows"')


def fraud(data, out):
    """Claims of 1994 to 1996, in the order of their months."""
    with open(data / "03_insurance/vehicle_claim_fraud_oracle.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    past = {"none": 0, "1": 1, "2 to 4": 3, "more than 4": 5}
    vehicle = {"new": 0, "2 years": 2, "3 years": 3, "4 years": 4, "5 years": 5, "6 years": 6, "7 years": 7, "more than 7": 8}
    columns = {
        "age": lambda r: r["Age"],
        "male": lambda r: int(r["Sex"] == "Male"),
        "own_fault": lambda r: int(r["Fault"] == "Policy Holder"),
        "collision": lambda r: int(r["BasePolicy"] == "Collision"),
        "all_perils": lambda r: int(r["BasePolicy"] == "All Perils"),
        "sport": lambda r: int(r["VehicleCategory"] == "Sport"),
        "utility": lambda r: int(r["VehicleCategory"] == "Utility"),
        "price": lambda r: PRICES.index(r["VehiclePrice"]),
        "deductible": lambda r: r["Deductible"],
        "rating": lambda r: r["DriverRating"],
        "past_claims": lambda r: past[r["PastNumberOfClaims"]],
        "vehicle_age": lambda r: vehicle[r["AgeOfVehicle"]],
        "urban": lambda r: int(r["AccidentArea"] == "Urban"),
        "police": lambda r: int(r["PoliceReportFiled"] == "Yes"),
        "external": lambda r: int(r["AgentType"] == "External"),
        "moved": lambda r: int(r["AddressChange_Claim"] not in ("no change", "none")),
    }
    table = [[f"{r['Year']}-{MONTHS.index(r['Month']) + 1:02}", *(f(r) for f in columns.values()), r["FraudFound_P"]] for r in rows]
    table.sort(key=lambda row: row[0])
    header = ["month", *columns, "fraud"]
    first = sum(row[0] < "1995" for row in table)
    write(out, [("fraud-train.csv", first), ("fraud-later.csv", None)], header, table)
    write(out, [("fraud.csv", None)], header, table)
    describe(out, "fraud", "fraud", list(columns), "glm", 'time = "month"\nwindow = "6000 rows"\nlater = "3000 rows"')


def motor(data, out):
    features = ["ageph", "bm", "power", "agec", "plus", "comprehensive", "female", "diesel", "work", "fleet", "long", "lat"]
    table = []
    with gzip.open(data / "03_insurance/beMTPL97.csv.gz", "rt", newline="") as lines:
        for r in csv.DictReader(lines):
            flags = [r["coverage"] == "TPL+", r["coverage"] == "TPL++", r["sex"] == "female", r["fuel"] == "diesel", r["use"] == "work"]
            kept = [r["ageph"], r["bm"], r["power"], r["agec"], *map(int, flags), r["fleet"], r["long"], r["lat"]]
            table.append([r["nclaims"], r["amount"], r["expo"], *kept])
    header = ["nclaims", "amount", "expo", *features]
    write(out, [("motor-train.csv", 60_000), ("motor-reference.csv", 40_000), ("motor-later.csv", None)], header, table)
    for name, target, exposure, loss, rows in [
        ("frequency", "nclaims", "expo", 'loss = "poisson"\n', 20_000),
        ("severity", "amount", "nclaims", 'loss = "gamma"\n', 2_000),
        ("premium", "amount", "expo", 'loss = "tweedie"\npower = 1.5\n', 20_000),
    ]:
        refresh = f'window = "{2 * rows} rows"\nlater = "{rows} rows"'
        describe(out, name, target, features, "glm", refresh, f'exposure = "{exposure}"\n', loss)


def main():
    data, out = map(pathlib.Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    taiwan(data, out)
    fraud(data, out)
    motor(data, out)


if __name__ == "__main__":
    main()
