//! The one door to a ledger: an in-process EVM and a JSON-RPC client behind one trait.
