//! Prices, budgets and rows that nothing can be certified for.

use super::run::{Case, Spoil};

const CERTIFY: &str =
    "model certify small.model --data people.csv --prices prices.toml --budgets 1,5";
const PRICED: &str = "[features.delays]\nprice = \"costly\"\nper_unit = 1\n";

pub(super) fn cases() -> Vec<Case> {
    let prices = |given, text: &str| {
        Case::new(given, Spoil::Bytes("prices.toml", text.as_bytes().into()), CERTIFY)
    };
    let flags = |given, flags: &str| {
        let spoil = Spoil::Bytes("prices.toml", PRICED.into());
        Case::new(given, spoil, &format!("{CERTIFY} {flags}"))
    };
    vec![
        Case::new("no prices", Spoil::Nothing, CERTIFY),
        Case::new(
            "prices without end",
            Spoil::Nothing,
            &CERTIFY.replace("prices.toml", "/dev/zero"),
        ),
        prices("prices that are no TOML", "[features.delays\n"),
        Case::new(
            "prices that are no UTF-8",
            Spoil::Bytes("prices.toml", vec![0xff, 0xfe]),
            CERTIFY,
        ),
        prices(
            "a price for a feature that is not the model's",
            "[features.shoe_size]\nprice = \"free\"\n",
        ),
        prices("a price that is no word of ours", "[features.delays]\nprice = \"cheap\"\n"),
        prices("a costly feature without an amount", "[features.delays]\nprice = \"costly\"\n"),
        prices("a free feature with an amount", "[features.delays]\nprice = \"free\"\nfixed = 1\n"),
        prices("a negative price", "[features.delays]\nprice = \"costly\"\nfixed = -1\n"),
        prices("a price without end", "[features.delays]\nprice = \"costly\"\nper_unit = inf\n"),
        prices(
            "a price that is not a number",
            "[features.delays]\nprice = \"costly\"\nper_unit = nan\n",
        ),
        prices("a key that is unknown", "[features.delays]\nprice = \"free\"\nwhen = \"always\"\n"),
        flags("a negative budget", "--budgets=-1"),
        flags("a threshold that no probability reaches", "--threshold 1.5"),
        flags("a threshold that is no number", "--threshold high"),
        flags("no regions", "--regions 0"),
        flags("no rows", "--rows 0"),
    ]
}
