//! Attestors: EIP-712 reports and price rounds, signing and quorum assembly.
