//! Refusals in words: what the kernel said, what it means, and whether it may pass.

use mandate_chain::Revert;

/// What a named refusal means, and whether time alone may lift it.
const MEANINGS: &[(&str, &str, bool)] = &[
    ("AgentRevoked", "governance has revoked this agent", false),
    ("BadV", "a signature on the report is not in its one encoding", false),
    ("BitmapOutOfRange", "the report names a signer that its set does not have", false),
    ("CorridorEmpty", "the mandate allows no value at all", false),
    ("DriftExceeded", "the market's allowance for change is used up; it leaks back", true),
    ("DuplicateParameter", "the decision moves one parameter twice", false),
    ("Frozen", "no agent may move this parameter", false),
    ("HighS", "a signature on the report is the malleable twin of a true one", false),
    ("LinearViolated", "the values together would break a relation of the mandate", true),
    ("LockedOut", "a rollback has locked agents out of this parameter for a while", true),
    ("MandateExpired", "the mandate has expired", false),
    ("MandateRevoked", "governance has revoked the mandate", false),
    ("NoModel", "no model is active in the slot", true),
    (
        "NotSigner",
        "a signature on the report is not by the member it claims, or for another content, contract or chain",
        false,
    ),
    ("NotTightening", "without standing one may only make things safer", false),
    ("OutOfCorridor", "the value would leave the mandate's corridor", false),
    ("Paused", "riskier changes are paused", true),
    ("PredicateFailed", "a condition of the mandate could not be evaluated", true),
    ("PredicateViolated", "the state afterwards would break a condition of the mandate", true),
    ("QuorumMissing", "too few members signed the report", false),
    ("QuoteFailed", "the economy could not price the change", true),
    ("QuoteTooLarge", "the harm of the change cannot be booked", false),
    ("ReportExpired", "the report may no longer be used", false),
    ("ReportFromFuture", "the report was issued later than now", true),
    ("ReportStale", "the report is older than the mandate allows", false),
    ("SafeStepExceeded", "even a safer move may not be that large", false),
    ("SequenceOld", "a newer report about this subject has been shown", false),
    ("SequenceUsed", "this report, or a newer one, has been used already", false),
    ("StepExceeded", "the move is larger than one step", false),
    ("SubDriftExceeded", "this agent's share of the allowance is used up; it leaks back", true),
    ("TooEarly", "the waiting time is not over", true),
    ("TooSoon", "the parameter moved too short a time ago", true),
    ("UnknownAgent", "the mandate does not name this agent", false),
    ("UnknownClass", "the mandate does not have this class", false),
    ("UnknownMarket", "the kernel does not know this market", false),
    ("WrongEpoch", "the epoch has passed", false),
    ("WrongGeneration", "the parameter has moved since it was looked at", false),
    ("WrongMarket", "the report was made for another market", false),
    ("WrongSchema", "the report's features are not those of the active model", false),
    ("WrongSignerSet", "the report was signed by a set that the mandate does not name", false),
    ("WrongSignerVersion", "the signer set has changed since the report was made", false),
];

/// A refusal in words, and whether it may pass without the decision being changed.
pub(crate) fn explain(revert: &Revert) -> (String, bool) {
    let known = revert.name().and_then(|name| MEANINGS.iter().find(|(known, ..)| *known == name));
    known.map_or_else(
        || (revert.to_string(), false),
        |(_, meaning, passes)| (format!("{meaning}: {revert}"), *passes),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_without_doubles() {
        assert!(MEANINGS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_known_refusal_is_explained_and_an_unknown_one_shown() {
        let named = |name: &str| Revert::Named {
            name: name.into(),
            args: Vec::new(),
            data: alloy::primitives::Bytes::new(),
        };
        let (words, passes) = explain(&named("TooSoon"));
        assert!(words.starts_with("the parameter moved too short a time ago: TooSoon("), "{words}");
        assert!(passes);
        assert_eq!(explain(&named("Strange")), ("Strange()".into(), false));
        assert!(!explain(&Revert::OutOfGas).1);
    }
}
