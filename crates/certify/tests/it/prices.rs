//! Files of prices.

use mandate_certify::{Direction, Price, PriceError, Prices, Space};
use mandate_model::{Feature, Missing, Schema};

fn schema() -> Schema {
    let feature = |name: &str, scale_num, scale_den| Feature {
        name: name.into(),
        unit: "unit".into(),
        scale_num,
        scale_den,
        low: 0,
        high: 1_000,
        missing: Missing::Keep,
        reason: String::new(),
    };
    Schema::new(
        "score",
        vec![feature("income", 1, 10), feature("age", 1, 1), feature("late", 1, 1)],
    )
    .unwrap()
}

#[test]
fn prices_are_read_in_the_units_of_the_schema() {
    let text = r#"
        money = "USD"
        [features.income]
        price = "costly"
        fixed = 2
        per_unit = 0.5
        direction = "up"
        [features.late]
        price = "free"
    "#;
    let prices = Prices::parse(text, &schema()).unwrap();
    assert_eq!(prices.money, "USD");
    let billion = 1_000_000_000;
    // A step of the schema is ten units.
    let income = Price::Costly {
        fixed: 2 * billion,
        step: 5 * billion,
        direction: Direction::Up,
        missing: None,
    };
    assert_eq!(
        prices.features,
        [income, Price::Impossible, Price::Free { direction: Direction::Both }]
    );
    let space = Space::new(&schema(), &prices, &[100, 40, 3], 20 * billion);
    assert_eq!(space.cost(&[103, 40, 900]), Some(17 * i128::from(billion)));
    assert_eq!(space.cost(&[99, 40, 3]), None, "only up");
    assert_eq!(space.cost(&[100, 41, 3]), None, "not priced");
}

#[test]
fn bad_prices_are_refused_by_name() {
    let parse = |text: &str| Prices::parse(text, &schema()).unwrap_err();
    assert!(matches!(parse("features = 3"), PriceError::Malformed { .. }));
    let unknown = parse("[features.salary]\nprice = \"free\"");
    assert_eq!(
        unknown.to_string(),
        "feature `salary` is priced but not in the model; it has income, age, late"
    );
    let negative = parse("[features.age]\nprice = \"costly\"\nfixed = -1");
    assert!(matches!(negative, PriceError::AmountOutOfRange { key: "fixed", .. }), "{negative}");
    let infinite = parse("[features.age]\nprice = \"costly\"\nper_unit = inf");
    assert!(matches!(infinite, PriceError::AmountOutOfRange { key: "per_unit", .. }));
    assert!(matches!(parse("[features.age]\nprice = \"costly\""), PriceError::NoAmount { .. }));
    let free = parse("[features.age]\nprice = \"free\"\nfixed = 1");
    assert!(matches!(free, PriceError::NotCostly { key: "fixed", .. }));
    match parse("[features.age]\nprice = \"cheap\"") {
        PriceError::Malformed { place, .. } => assert_eq!(place, "line 2, column 9"),
        other => panic!("{other}"),
    }
}
