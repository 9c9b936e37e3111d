//! The metrics against numbers of another library.

use mandate_train::metrics::Metrics;

#[derive(serde::Deserialize)]
struct Reference {
    y: Vec<u8>,
    p: Vec<f64>,
    roc_auc: f64,
    log_loss: f64,
    brier: f64,
    average_precision: f64,
    ks: f64,
}

#[test]
fn metrics_equal_the_reference_to_1e_12() {
    let Some(path) = crate::shared("07_reference_vectors/binary_metrics.json") else { return };
    let r: Reference = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let y: Vec<bool> = r.y.iter().map(|&y| y == 1).collect();
    let m = Metrics::of(&y, &r.p);
    for (name, ours, theirs) in [
        ("auc", m.auc, r.roc_auc),
        ("log loss", m.log_loss, r.log_loss),
        ("brier", m.brier, r.brier),
        ("average precision", m.average_precision, r.average_precision),
        ("ks", m.ks, r.ks),
    ] {
        assert!((ours - theirs).abs() <= 1e-12, "{name}: {ours} and {theirs}");
    }
}
