//! Requests and cards that say what their files do not.

use super::run::{Case, Spoil};

const CARD: &str = "model card small.card.toml";
const CHECK: &str = "model card --check small.card.json";
const REQUEST: &str = "title = \"t\"\npurpose = \"p\"\nmodel = \"small.model\"\n[data]\nfile = \"people.csv\"\n\
    target = \"late\"\npositive = \"yes\"\n";

pub(super) fn cases() -> Vec<Case> {
    let request = |given, text: &str| {
        Case::new(given, Spoil::Bytes("small.card.toml", text.as_bytes().into()), CARD)
    };
    let card = |given, text: &str| {
        Case::new(given, Spoil::Bytes("small.card.json", text.as_bytes().into()), CHECK)
    };
    let changed = |from: &str, to: &str| REQUEST.replace(from, to);
    vec![
        Case::new("neither a request nor a card", Spoil::Nothing, "model card"),
        Case::new("no request", Spoil::Nothing, CARD),
        Case::new("a request without end", Spoil::Nothing, "model card /dev/zero"),
        request("a request that is no TOML", "title = \n"),
        request("a request without a purpose", &changed("purpose = \"p\"\n", "")),
        request("an empty purpose", &changed("\"p\"", "\" \"")),
        request("a key that is unknown", &format!("auc = 0.99\n{REQUEST}")),
        request("a model that is not there", &changed("small.model", "other.model")),
        request("a model that is none", &changed("small.model", "people.csv")),
        request("a target that is no column", &changed("\"late\"", "\"lateness\"")),
        request("a positive text that no row has", &changed("\"yes\"", "\"maybe\"")),
        request(
            "an import's depth beside training",
            &format!("{REQUEST}[origin]\ntrained = \"small.toml\"\ndepth = 2\n"),
        ),
        request("a target of words, read as a number", &changed("positive = \"yes\"\n", "")),
        request(
            "robustness without a threshold",
            &format!("{REQUEST}[robustness]\nprices = \"p.toml\"\nbudgets = [1]\n"),
        ),
        request(
            "a negative budget",
            &format!(
                "threshold = 0.2\n{REQUEST}[robustness]\nprices = \"p.toml\"\nbudgets = [-1]\n"
            ),
        ),
        request(
            "imported and trained",
            &format!("{REQUEST}[origin]\nimported = \"a\"\ntrained = \"b\"\n"),
        ),
        Case::new("no card", Spoil::Nothing, CHECK),
        card("a card that is no JSON", "{"),
        card("a card without a request", "{\"format\": 1}"),
        card(
            "a card whose files are not there",
            "{\"request\": {\"title\": \"t\", \"purpose\": \"p\", \"model\": \"no.model\", \"data\": {\"file\": \"people.csv\", \"target\": \"late\"}}}",
        ),
    ]
}
