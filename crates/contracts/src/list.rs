// The contracts whose artifacts are committed, one a line: `module::Name = "path"`.
// This file is read twice: by `lib.rs`, which makes the bindings, and by `xtask`, which refreshes the artifacts.
contracts! {
    attestors::Attestors = "abi/Attestors.json",
    i_actuator::IActuator = "abi/IActuator.json",
    interpreter::Interpreter = "abi/Interpreter.json",
    model_store::ModelStore = "abi/ModelStore.json",
    price_oracle::PriceOracle = "abi/PriceOracle.json",
}
