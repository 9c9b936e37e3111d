//! What is exported reads back as the same data, and trains the same model.

use std::path::Path;

use mandate_train::{
    Calibrate, ClassWeight, Dataset, Description, Family, Loss, Missing, Monotone, NetworkLimits,
    Split, Target, TrainConfig, TreeLimits, export, fit, synth,
};

fn described(data: &Dataset, config: TrainConfig) -> Description {
    Description {
        name: "people".into(),
        data: None,
        manifest: false,
        target: Target {
            positive: "yes, all".into(),
            negative: "no".into(),
            ..Target::chance("default")
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

/// Each setting that a description has, written and read again.
#[test]
fn every_setting_is_written_and_read_back() {
    let mut data = synth::applicants(4, 400).data;
    data.exposure = Some((0..400).map(|row| 0.25 + f64::from(row % 4)).collect());
    data.weight = Some((0..400).map(|row| 1.0 + f64::from(row % 3)).collect());
    data.block = Some((0..400).map(|row| row / 10).collect());
    data.features[2].monotone = Some(Monotone::Up);
    let group = Split::Group { name: "household".into(), test_percent: 30 };
    let time = Split::Time { name: "month".into(), from: "2024-01".into() };
    for (family, loss, split) in [
        (Family::Trees, Loss::Tweedie(1.25), group.clone()),
        (Family::Trees, Loss::Poisson, time),
        (Family::Trees, Loss::Logistic, group),
    ] {
        if matches!(split, Split::Time { .. }) {
            data.in_test = Some((0..400).map(|row| row >= 300).collect());
        }
        let config = TrainConfig {
            family,
            loss,
            split,
            calibration: Calibrate::Affine,
            folds: Some(3),
            limits: loss == Loss::Poisson,
            trees: TreeLimits { trees: 5, ..TreeLimits::default() },
            class_weight: if loss == Loss::Logistic {
                ClassWeight::Balanced
            } else {
                ClassWeight::Equal
            },
            ..TrainConfig::default()
        };
        let mut description = described(&data, config.clone());
        description.target.weight = Some("times".into());
        description.target.exposure = (loss != Loss::Logistic).then(|| "years".into());
        if loss == Loss::Logistic {
            (data.exposure, data.in_test) = (None, None);
        }
        let (csv, toml) = export(&data, &description, "people.csv");
        let (again, told) = read(&csv, &toml);
        assert_eq!((&again.exposure, &again.weight), (&data.exposure, &data.weight), "{loss:?}");
        assert_eq!((&again.block, &again.in_test), (&data.block, &data.in_test), "{loss:?}");
        assert_eq!(again.features, data.features);
        let settings = |c: &TrainConfig| (c.loss, c.class_weight, c.calibration, c.folds, c.limits);
        assert_eq!(settings(&told.config), settings(&config));
        let id = |data: &Dataset, config| fit(data, config).unwrap().model.program().id();
        assert_eq!(id(&again, &told.config), id(&data, &config), "{loss:?}");
    }
}

#[test]
fn a_networks_shape_is_written_and_read_back() {
    let data = synth::applicants(4, 400).data;
    let network = NetworkLimits { units: vec![7, 3], lanes: 5, ..NetworkLimits::default() };
    let config = TrainConfig { family: Family::Network, network, ..TrainConfig::default() };
    let (csv, toml) = export(&data, &described(&data, config.clone()), "people.csv");
    let (_, told) = read(&csv, &toml);
    assert_eq!((&told.config.network, told.config.family), (&config.network, config.family));
}
