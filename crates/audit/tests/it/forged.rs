//! A ledger that lies and links its lies: every later link, and the kernel's head, follow from the forged record.

use alloy::primitives::aliases::{U40, U160};
use alloy::primitives::{Address, Bytes, I256, U256};
use mandate_audit::{History, audit};
use mandate_core::record::body::Decision;
use mandate_core::record::{HeadDigest, LinkHead, RecordKind, head_digest};

use crate::world::eventful;

/// Links everything anew, so that no link gives the forgery away.
fn relink(history: &mut History) {
    let mut heads = [HeadDigest::ZERO; 2];
    for record in &mut history.records {
        let head = &mut heads[usize::from(record.market == Address::ZERO)];
        let at = LinkHead {
            previous: *head,
            sequence: record.sequence,
            kind: RecordKind::from_number(record.kind).unwrap(),
            chain_id: history.domain.chain_id,
            kernel: history.kernel,
            time: record.time,
        };
        record.link = at.link(&record.body);
        *head = head_digest(record.link);
    }
    history.present.head.0 = heads[0];
    history.present.kernel_head.0 = heads[1];
}

type Forgery = (&'static str, RecordKind, fn(&mut Decision), &'static [&'static str]);

fn origin_bit(decision: &mut Decision, bit: usize) {
    decision.origin ^= U256::ONE << bit;
}

const FORGERIES: &[Forgery] = &[
    ("output", RecordKind::Apply, |d| d.output += I256::ONE, &["WrongOutput"]),
    ("to", RecordKind::Apply, |d| d.moves[0].to += U160::ONE, &["WrongMove"]),
    ("from", RecordKind::Apply, |d| d.moves[0].from += U160::ONE, &["WrongFrom"]),
    ("trail", RecordKind::Apply, |d| d.moves[0].trail += U256::ONE, &["WrongTrail"]),
    ("charge", RecordKind::Apply, |d| d.charge += U256::ONE, &["WrongCharge"]),
    ("quote", RecordKind::Queue, |d| d.charge += U256::ONE, &["WrongCharge"]),
    ("eta", RecordKind::Queue, |d| d.eta += U40::ONE, &["WrongField"]),
    ("era", RecordKind::Apply, |d| origin_bit(d, 200), &["WrongField"]),
    ("actor", RecordKind::Apply, |d| origin_bit(d, 0), &["WrongField"]),
    ("principal", RecordKind::Apply, |d| origin_bit(d, 240), &["WrongField"]),
    ("producer", RecordKind::Apply, |d| origin_bit(d, 248), &["WrongField", "BadOrigin"]),
    ("sequence", RecordKind::Apply, |d| origin_bit(d, 160), &["WrongReport", "Refusable"]),
    ("subject", RecordKind::Apply, |d| d.moves[0].subject.0[31] ^= 1, &["NoReport"]),
    ("features", RecordKind::Apply, flip_features, &["WrongFeatures"]),
];

fn flip_features(decision: &mut Decision) {
    let mut features = decision.features.to_vec();
    features[2] ^= 1;
    decision.features = Bytes::from(features);
}

/// A fresh decision of the model about a person.
fn is_fresh(decision: &Decision) -> bool {
    let person = decision.moves.first().is_some_and(|m| m.class == 2);
    person && !decision.features.is_empty()
}

#[tokio::test]
async fn k10_a_forged_record_is_found_although_every_link_agrees() {
    let (_, honest) = eventful().await;
    let mut missed = Vec::new();
    for (what, kind, forge, names) in FORGERIES {
        let mut history = honest.clone();
        let records = history.records.iter_mut().filter(|r| r.kind == *kind as u8);
        let mut fresh = records.filter_map(|r| {
            let body = Decision::decode(&r.body).ok().filter(is_fresh)?;
            Some((r, body))
        });
        let (record, mut body) = fresh.next().unwrap();
        forge(&mut body);
        record.body = body.encode().into();
        let sequence = record.sequence;
        drop(fresh);
        relink(&mut history);
        let audit = audit(&history);
        let linked = audit.findings.iter().all(|f| f.fault.name() != "BrokenLink");
        assert!(linked, "{what}: the forgery is linked");
        let here = mandate_audit::Place::Record(sequence);
        let named = |f: &&mandate_audit::Finding| {
            f.place == here && names.contains(&f.fault.name().as_str())
        };
        if !audit.findings.iter().any(|f| named(&f)) {
            missed.push((what, audit.findings));
        }
    }
    assert!(missed.is_empty(), "not found: {missed:#?}");
}

/// A report that nobody signed: the calldata is forged, and the record with it.
#[tokio::test]
async fn k10_a_forged_report_fails_by_its_signatures() {
    use alloy::sol_types::SolCall;
    use mandate_contracts::i_kernel::IKernel::decideCall;
    let (_, mut history) = eventful().await;
    let decides = |r: &&mut mandate_audit::Entry| {
        let call = r.call.as_ref().and_then(|(_, input)| decideCall::abi_decode(input).ok());
        call.is_some_and(|call| call.decision.class == 2) && r.kind == 1
    };
    let record = history.records.iter_mut().find(decides).unwrap();
    let (sender, input) = record.call.clone().unwrap();
    let mut call = decideCall::abi_decode(&input).unwrap();
    let expires = &mut call.decision.report.expiresAt;
    *expires += U40::ONE;
    record.call = Some((sender, call.abi_encode().into()));
    let place = mandate_audit::Place::Record(record.sequence);
    let audit = audit(&history);
    let [found] = audit.findings.as_slice() else { panic!("{:?}", audit.findings) };
    assert_eq!((found.place, found.fault.name().as_str()), (place, "BadReport"));
}
