//! What the examples ship is what the code makes.

use std::path::Path;

use mandate_lab::deploy::RatePolicy;

#[test]
fn the_shipped_rate_model_is_the_demo_s() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/lending/models/rate.mdt");
    let made = RatePolicy::demo().model().unwrap().encode();
    if std::fs::read(&file).is_ok_and(|shipped| shipped == made) {
        return;
    }
    std::fs::write(&file, made).unwrap();
    panic!("examples/lending/models/rate.mdt was stale; it is refreshed now: commit it");
}
