//! Settings and files that no demo can run with; each is refused before anything is trained or deployed.

use super::run::{Case, Spoil};

pub(super) fn cases() -> Vec<Case> {
    let usage = |given, command| Case::new(given, Spoil::Nothing, command);
    let prices = |given, bytes: &str| {
        Case::new(given, Spoil::Bytes("people.csv", bytes.into()), "demo --prices people.csv")
    };
    vec![
        usage("no seeds", "demo --seeds 0"),
        usage("more seeds than a run can bear", "demo --seeds 1001"),
        usage("no months", "demo --months 0"),
        usage("months without end", "demo --months 18446744073709551615"),
        usage("nobody who applies", "demo --borrowers 0"),
        usage("people without end", "demo --borrowers 18446744073709551615"),
        usage("a word for a number", "demo --seed one"),
        usage("applicants that are not there", "demo --applicants nobody.csv"),
        usage("applicants that are no table", "demo --applicants small.model"),
        usage("prices that are not there", "demo --prices nowhere.csv"),
        prices("prices without their columns", "day,value\n1,2\n"),
        prices("a negative price", "timestamp,close\n2022-01-01,10\n2022-01-02,-1\n"),
        prices("a price that is no number", "timestamp,close\n2022-01-01,nan\n"),
        prices("time that runs backwards", "timestamp,close\n2022-01-02,10\n2022-01-01,10\n"),
        prices("a time that is none", "timestamp,close\nyesterday,10\n"),
        prices("a day of prices for months", "timestamp,close\n2022-01-01,10\n2022-01-02,11\n"),
        prices(
            "the first and the last second of 64 bits",
            "timestamp,close\n-9223372036854775808,10\n9223372036854775807,11\n",
        ),
        usage("a file where the folder should go", "demo --out people.csv"),
    ]
}
