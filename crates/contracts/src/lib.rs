//! Committed ABI and bytecode of our Solidity, and typed bindings to them.
//!
//! `abi/<Name>.json` holds `{abi, bytecode, deployedBytecode}` of one contract, keys sorted, so that `cargo build` needs
//! no Solidity compiler. Our contracts take constructor arguments only: no libraries are linked and nothing is patched
//! after deployment.
//!
//! # Adding a contract
//!
//! 1. Add one line to `src/list.rs`, the only list there is: `kernel::Kernel = "abi/Kernel.json",`.
//! 2. `forge build src/kernel/Kernel.sol` in `contracts/`, then `cargo xtask abi`.
//!
//! The test `abi_is_current` in `xtask` says which file is stale whenever `contracts/out` has a newer build.
//!
//! # Using one
//!
//! `Kernel` is then a module of [`alloy_sol_types`] items: `Kernel::BYTECODE`, `Kernel::constructorCall`, one `…Call` per
//! function, one struct per event and error, and the enums `KernelCalls`, `KernelErrors`, `KernelEvents`. Structs that
//! Solidity declares elsewhere stand beside it in the contract's module, for example `i_actuator::IActuator::Change`.
//! Two contracts that name the same struct each have their own copy: the encodings are equal, the Rust types are not.

use alloy_sol_types::SolConstructor;

/// One committed contract, untyped: what a registry of errors or a deployment needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The contract's name in Solidity.
    pub name: &'static str,
    /// The committed JSON: `{abi, bytecode, deployedBytecode}`.
    pub json: &'static str,
}

macro_rules! contracts {
    ($($module:ident :: $name:ident = $path:tt),* $(,)?) => {
        $(
            #[doc = concat!("Bindings of the contract `", stringify!($name), "` and of the structs it names.")]
            #[allow(missing_docs, missing_debug_implementations, clippy::all, clippy::missing_const_for_fn)]
            pub mod $module {
                alloy_sol_types::sol! {
                    #[sol(all_derives)]
                    $name,
                    $path
                }
            }
            pub use $module::$name;
        )*

        /// Every committed contract, in the order of `src/list.rs`.
        pub const ALL: &[Artifact] = &[
            $(Artifact { name: stringify!($name), json: include_str!(concat!("../", $path)) }),*
        ];
    };
}

include!("list.rs");

/// Input of the transaction that deploys a contract: its creation code followed by the encoded constructor arguments.
pub fn creation<C: SolConstructor>(bytecode: &[u8], arguments: &C) -> Vec<u8> {
    [bytecode, &arguments.abi_encode()].concat()
}
