//! Committed ABI and bytecode of our Solidity, typed bindings, deployment order.
