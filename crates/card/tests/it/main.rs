//! A card from files, and what happens to one that says something else.

use std::fs;
use std::path::Path;

use mandate_card::{Card, CardError, Gas, Request, check, page};
use mandate_train::{TrainConfig, TreeLimits, fit, synth};

const REQUEST: &str = r#"
    title = "Late <b>payments</b>"
    purpose = "an example"
    model = "a.model"
    threshold = 0.3
    [data]
    file = "rows.csv"
    target = "late"
    positive = "1"
    [fairness]
    protected = ["side"]
    [robustness]
    prices = "prices.toml"
    budgets = [3]
    rows = 40
"#;

/// A trained model, its rows as a CSV file, and prices.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let data = synth::applicants(3, 600).data;
    let trees = TreeLimits { trees: 8, ..TreeLimits::default() };
    let trained = fit(&data, &TrainConfig { trees, ..TrainConfig::default() }).unwrap();
    let names: Vec<&str> = data.features.iter().map(|feature| feature.name.as_str()).collect();
    let mut text = format!("{},side,late\n", names.join(","));
    for row in 0..data.rows() {
        let values = data.row(row).map(|x| if x.is_nan() { String::new() } else { x.to_string() });
        let values: Vec<String> = values.collect();
        text +=
            &format!("{},{},{}\n", values.join(","), ["left", "right"][row % 2], data.outcome[row]);
    }
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("a.model", &trained.model.encode());
    write("rows.csv", text.as_bytes());
    let prices = format!("[features.{}]\nprice = \"costly\"\nfixed = 2\n", names[2]);
    write("prices.toml", prices.as_bytes());
    write("a.card.toml", REQUEST.as_bytes());
    folder
}

fn compute(folder: &Path) -> Result<Card, CardError> {
    let request = Request::read(&folder.join("a.card.toml"))?;
    Card::compute(&request, folder, |_| Ok(Gas { run: 1, load: 2 }))
}

#[test]
fn a_card_is_recomputed_and_a_changed_number_or_file_is_named() {
    let folder = folder();
    let card = compute(folder.path()).unwrap();
    assert_eq!((card.data.rows, card.robustness[0].rows), (600, 40));
    assert_eq!(card.fairness.as_ref().unwrap().attributes[0].groups.len(), 2);
    let said = serde_json::to_value(&card).unwrap();
    assert_eq!(check(&said, &card), []);

    let mut better = said.clone();
    better["quality"]["figures"][0]["value"] = 0.99.into();
    let found = check(&better, &card);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].place, "/quality/figures/0/value");

    // One row more, and every number of the data says so.
    let rows = folder.path().join("rows.csv");
    let text = fs::read_to_string(&rows).unwrap();
    let last = text.lines().last().unwrap().to_owned();
    fs::write(&rows, format!("{text}{last}\n")).unwrap();
    let places = check(&said, &compute(folder.path()).unwrap());
    for place in ["/data/hash", "/data/root", "/data/rows"] {
        assert!(places.iter().any(|difference| difference.place == place), "{place}: {places:?}");
    }
}

#[test]
fn the_page_holds_every_section_and_no_markup_from_files() {
    let folder = folder();
    let html = page(&compute(folder.path()).unwrap());
    assert!(html.contains("Late &lt;b&gt;payments&lt;/b&gt;") && !html.contains("<b>payments"));
    for title in [
        "How good it is",
        "What counts",
        "Whom it treats differently",
        "Against crafted inputs",
        "Limits",
        "Files",
    ] {
        assert!(html.contains(&format!("<h2>{title}</h2>")), "{title}");
    }
    assert!(!html.contains("http"), "nothing is fetched");
}

#[test]
fn a_model_that_training_does_not_make_has_no_card() {
    let folder = folder();
    let request = format!("{REQUEST}[origin]\ntrained = \"train.toml\"\n");
    fs::write(folder.path().join("a.card.toml"), request).unwrap();
    let names = synth::applicants(3, 10).data.features;
    let mut text = "name = \"a\"\ndata = \"rows.csv\"\nseed = 9\n[target]\ncolumn = \"late\"\n[split]\ntest_percent = 20\n[model]\nfamily = \"glm\"\n".to_owned();
    for feature in &names {
        text += &format!(
            "[[features]]\nname = \"{}\"\nunit = \"-\"\ntype = \"real\"\nmissing = \"allow\"\nreason = \"r\"\n",
            feature.name
        );
    }
    fs::write(folder.path().join("train.toml"), text).unwrap();
    let error = compute(folder.path()).unwrap_err();
    assert!(matches!(error, CardError::NotReproduced { .. }), "{error}");
}
