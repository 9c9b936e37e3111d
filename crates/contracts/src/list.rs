// The contracts whose artifacts are committed, one a line: `module::Name = "path"`.
// This file is read twice: by `lib.rs`, which makes the bindings, and by `xtask`, which refreshes the artifacts.
contracts! {
    attestors::Attestors = "abi/Attestors.json",
    cap_harms_nobody::CapHarmsNobody = "abi/CapHarmsNobody.json",
    closed_rounds::ClosedRounds = "abi/ClosedRounds.json",
    i_actuator::IActuator = "abi/IActuator.json",
    i_kernel::IKernel = "abi/IKernel.json",
    interpreter::Interpreter = "abi/Interpreter.json",
    kernel::Kernel = "abi/Kernel.json",
    kernel_admin::KernelAdmin = "abi/KernelAdmin.json",
    kernel_undo::KernelUndo = "abi/KernelUndo.json",
    lab_token::LabToken = "abi/LabToken.json",
    lending_actuator::LendingActuator = "abi/LendingActuator.json",
    lending_market::LendingMarket = "abi/LendingMarket.json",
    model_store::ModelStore = "abi/ModelStore.json",
    price_oracle::PriceOracle = "abi/PriceOracle.json",
    range_steward::RangeSteward = "abi/RangeSteward.json",
    ratio_cap::RatioCap = "abi/RatioCap.json",
    snapshot_matches::SnapshotMatches = "abi/SnapshotMatches.json",
    worst_case::WorstCase = "abi/WorstCase.json",
}
