//! An eventful history is recomputed whole.

use mandate_audit::audit;
use mandate_core::record::RecordKind;

use crate::world::eventful;

#[tokio::test]
#[expect(clippy::print_stderr, reason = "the figures are the point")]
async fn k10_every_kind_of_record_is_recomputed_without_a_mismatch() {
    let (_, history) = eventful().await;
    let audit = audit(&history);
    for finding in audit.findings.iter().chain(&audit.remarks) {
        eprintln!("{finding}");
    }
    eprintln!("{:?}\n{:?}", audit.kinds, audit.taken);
    assert!(audit.is_clean() && audit.remarks.is_empty());
    for number in 1..=16 {
        let kind = RecordKind::from_number(number).unwrap();
        assert!(audit.kinds.contains_key(&kind), "no {kind:?} happened");
    }
    assert!(audit.outputs > 30 && audit.reports > 30 && audit.parameters > 20, "{audit:?}");
    assert_eq!(audit.signatures, 4 * audit.reports);
}
