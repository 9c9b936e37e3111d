//! Each refusal of this crate, by name, at its bound.

use alloy::primitives::{Address, B256, U256, aliases::U40, keccak256};

use crate::{
    Attestor, Domain, Observation, OracleError, Report, SignedReport, SignerSet, gather_report,
    gather_round, lower_middle,
};

const DOMAIN: Domain = Domain { chain_id: 1, attestors: Address::repeat_byte(0xA7) };

fn members(n: u8) -> Vec<Attestor> {
    let mut members: Vec<_> =
        (0..n).map(|i| Attestor::from_bytes(&keccak256([i])).unwrap()).collect();
    members.sort_by_key(Attestor::address);
    members
}

fn set_of(members: &[Attestor], quorum: usize) -> SignerSet {
    SignerSet::new(7, 1, members.iter().map(Attestor::address).collect(), quorum).unwrap()
}

fn report() -> Report {
    Report {
        subject: B256::repeat_byte(1),
        sequence: 5,
        signerSet: 7,
        signerVersion: 1,
        schemaHash: B256::repeat_byte(2),
        market: Address::repeat_byte(3),
        issuedAt: U40::from(100),
        expiresAt: U40::from(200),
        payload: vec![0, 0, 1].into(),
    }
}

fn observation(round: u64) -> Observation {
    Observation {
        oracle: Address::repeat_byte(9),
        signerSet: 7,
        signerVersion: 1,
        round,
        observedAt: U40::from(100),
        price: U256::from(10),
    }
}

#[test]
fn an_attestor_never_contradicts_itself() {
    let mut attestor = members(1).remove(0);
    let first = report();
    let signature = attestor.sign_report(&DOMAIN, &first).unwrap();
    assert_eq!(attestor.sign_report(&DOMAIN, &first), Ok(signature), "the same again is fine");

    let mut other = report();
    other.payload = vec![1].into();
    assert!(matches!(
        attestor.sign_report(&DOMAIN, &other),
        Err(OracleError::WouldEquivocate { .. })
    ));
    other.sequence = 4;
    assert_eq!(
        attestor.sign_report(&DOMAIN, &other),
        Err(OracleError::SequenceOld { given: 4, allowed: 5 })
    );
    other.subject = B256::ZERO;
    assert!(attestor.sign_report(&DOMAIN, &other).is_ok(), "another subject is another place");
    let elsewhere = Domain { chain_id: 2, ..DOMAIN };
    other = report();
    other.payload = vec![1].into();
    assert!(attestor.sign_report(&elsewhere, &other).is_ok(), "another chain too");
}

#[test]
fn a_set_is_ascending_and_its_quorum_overlaps() {
    let signers: Vec<_> = members(5).iter().map(Attestor::address).collect();
    let new = |signers: &[Address], quorum| SignerSet::new(7, 1, signers.to_vec(), quorum).err();
    assert_eq!(new(&[], 1), Some(OracleError::SignerCount { given: 0, allowed: 32 }));
    assert_eq!(
        new(&[Address::ZERO; 33], 33),
        Some(OracleError::SignerCount { given: 33, allowed: 32 })
    );
    assert_eq!(
        new(&signers, 3),
        Some(OracleError::QuorumOutOfRange { given: 3, least: 4, most: 5 })
    );
    assert_eq!(
        new(&signers, 6),
        Some(OracleError::QuorumOutOfRange { given: 6, least: 4, most: 5 })
    );
    assert_eq!(new(&signers, 4), None);
    let [a, b] = [signers[0], signers[1]];
    assert_eq!(
        new(&[b, a], 2),
        Some(OracleError::SignersNotAscending { index: 1, given: a, previous: b })
    );
    assert_eq!(
        new(&[a, a], 2),
        Some(OracleError::SignersNotAscending { index: 1, given: a, previous: a })
    );
    assert_eq!(
        new(&[Address::ZERO], 1),
        Some(OracleError::SignersNotAscending {
            index: 0,
            given: Address::ZERO,
            previous: Address::ZERO
        })
    );
}

#[test]
fn gathering_refuses_what_does_not_belong() {
    let mut all = members(5);
    let set = set_of(&all, 4);
    let signatures: Vec<_> =
        all.iter_mut().map(|m| m.sign_report(&DOMAIN, &report()).unwrap()).collect();
    let gather = |signatures: &[_]| gather_report(&DOMAIN, &set, report(), signatures);
    assert_eq!(gather(&signatures[..3]), Err(OracleError::QuorumMissing { given: 3, allowed: 4 }));
    let signed = gather(&signatures).unwrap();
    assert_eq!((signed.signers, signed.signatures.len()), (U256::from(0b1111), 4 * 65));
    let twice = [signatures[0], signatures[0]];
    assert_eq!(gather(&twice), Err(OracleError::SignedTwice { given: set.signers()[0] }));

    let mut stranger = Attestor::from_bytes(&keccak256("stranger")).unwrap();
    let foreign = stranger.sign_report(&DOMAIN, &report()).unwrap();
    assert_eq!(gather(&[foreign]), Err(OracleError::NotMember { given: stranger.address() }));

    let mut twin = signatures[0];
    let order = (crate::statement::HALF_ORDER << 1) | U256::from(1);
    let s: U256 = order - U256::from_be_slice(&twin[32..64]);
    twin[32..64].copy_from_slice(&s.to_be_bytes::<32>());
    twin[64] = 55 - twin[64];
    assert!(matches!(gather(&[twin]), Err(OracleError::HighS { position: 0, .. })));
    let mut odd = signatures[0];
    odd[64] = 1;
    assert_eq!(gather(&[odd]), Err(OracleError::BadV { position: 0, given: 1 }));

    let mut old = report();
    old.signerVersion = 2;
    assert_eq!(
        gather_report(&DOMAIN, &set, old, &[]),
        Err(OracleError::WrongSignerVersion { given: 2, allowed: 1 })
    );
    let mut other = report();
    other.signerSet = 8;
    assert_eq!(
        gather_report(&DOMAIN, &set, other, &[]),
        Err(OracleError::WrongSignerSet { given: 8, allowed: 7 })
    );
}

#[test]
fn a_round_needs_one_place_and_enough_members() {
    let mut all = members(6);
    let set = set_of(&all, 4);
    assert_eq!((set.liars(), set.least_observations()), (1, 5), "N−f where it exceeds M");
    let mut given: Vec<_> = all
        .iter_mut()
        .map(|m| (observation(3), m.sign_observation(&DOMAIN, &observation(3)).unwrap()))
        .collect();
    assert!(gather_round(&DOMAIN, &set, 3, &given).is_ok());
    assert_eq!(
        gather_round(&DOMAIN, &set, 3, &given[..4]),
        Err(OracleError::QuorumMissing { given: 4, allowed: 5 })
    );
    assert_eq!(
        gather_round(&DOMAIN, &set, 4, &given),
        Err(OracleError::WrongRound { given: 3, allowed: 4 })
    );
    let oracle = given[0].0.oracle;
    given[1].0.oracle = Address::ZERO;
    assert_eq!(
        gather_round(&DOMAIN, &set, 3, &given),
        Err(OracleError::WrongOracle { given: Address::ZERO, allowed: oracle })
    );
}

#[test]
fn an_even_count_takes_the_lower_middle() {
    let middle = |values: &[u64]| {
        lower_middle(&values.iter().copied().map(U256::from).collect::<Vec<_>>())
            .map(|v| v.to::<u64>())
    };
    assert_eq!(middle(&[]), None);
    assert_eq!(middle(&[4]), Some(4));
    assert_eq!(middle(&[9, 1]), Some(1));
    assert_eq!(middle(&[9, 1, 5]), Some(5));
    assert_eq!(middle(&[9, 1, 5, 7]), Some(5));
}

#[test]
fn json_carries_a_report_and_nothing_else() {
    let mut all = members(1);
    let set = set_of(&all, 1);
    let signature = all[0].sign_report(&DOMAIN, &report()).unwrap();
    let signed = gather_report(&DOMAIN, &set, report(), &[signature]).unwrap();
    let text = signed.to_json();
    assert_eq!(SignedReport::from_json(&text), Ok(signed));

    let reason = |text: &str| match SignedReport::from_json(text) {
        Err(OracleError::Malformed { reason }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason("").contains("EOF"));
    assert!(reason(&text[..text.len() / 2]).contains("EOF"));
    assert!(reason(&text.replace("\"sequence\": 5", "\"sequence\": -5")).contains("invalid value"));
    assert!(
        reason(&text.replace("\"issuedAt\": 100", "\"issuedAt\": 1099511627776"))
            .contains("issuedAt")
    );
    assert!(reason(&text.replacen('{', "{\"more\": 1,", 1)).contains("unknown field"));
    assert!(reason(&" ".repeat(256 * 1024 + 1)).contains("at most"));
}
