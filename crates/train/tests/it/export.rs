//! What is exported reads back as the same data, and trains the same model.

use std::path::Path;

use mandate_train::{
    Dataset, Description, Missing, Split, Target, TrainConfig, export, fit, synth,
};

fn described(data: &Dataset, config: TrainConfig) -> Description {
    Description {
        name: "people".into(),
        data: None,
        target: Target {
            column: "default".into(),
            positive: "yes, all".into(),
            negative: "no".into(),
        },
        features: data.features.clone(),
        config,
    }
}

fn read(csv: &str, toml: &str) -> (Dataset, Description) {
    let description = Description::parse(toml, Path::new("out/people.toml")).unwrap();
    assert_eq!(description.data.as_deref(), Some(Path::new("out/people.csv")));
    (Dataset::from_csv(csv.as_bytes(), Path::new("people.csv"), &description).unwrap(), description)
}

fn bits(data: &Dataset) -> Vec<Vec<u64>> {
    data.columns.iter().map(|c| c.iter().map(|x| x.to_bits()).collect()).collect()
}

#[test]
fn the_generators_applicants_train_the_same_model_from_a_file() {
    let mut data = synth::applicants(1, 2_000).data;
    data.features[0].range = Some((0.0, 2e6));
    data.features[3].missing = Missing::Fill(0.5);
    let mut config = TrainConfig::default();
    config.trees.trees = 10;
    let (csv, toml) = export(&data, &described(&data, config.clone()), "people.csv");
    let (again, description) = read(&csv, &toml);
    assert_eq!((bits(&again), &again.outcome), (bits(&data), &data.outcome));
    let told = &description.config;
    assert_eq!(
        (&again.features, told.trees, told.seed),
        (&data.features, config.trees, config.seed)
    );
    assert_eq!((&told.split, told.family), (&config.split, config.family));
    let id = |data: &Dataset, config| fit(data, config).unwrap().model.program().id();
    assert_eq!(id(&again, &description.config), id(&data, &config));
}

#[test]
fn a_test_part_that_the_data_name_stays_the_test_part() {
    let mut data = synth::applicants(3, 200).data;
    data.in_test = Some((0..200).map(|row| row % 3 == 0).collect());
    data.features[1].name = "part".into();
    let split = Split::Time { name: "month".into(), from: "2024-01".into() };
    let config = TrainConfig { split, ..TrainConfig::default() };
    let (csv, toml) = export(&data, &described(&data, config), "people.csv");
    let (again, description) = read(&csv, &toml);
    assert_eq!(again.in_test, data.in_test);
    assert!(matches!(&description.config.split, Split::Column { name, .. } if name == "part_"));
}
