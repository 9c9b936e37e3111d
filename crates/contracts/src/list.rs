// The contracts whose artifacts are committed, one a line: `module::Name = "path"`.
// This file is read twice: by `lib.rs`, which makes the bindings, and by `xtask`, which refreshes the artifacts.
contracts! {
    i_actuator::IActuator = "abi/IActuator.json",
}
