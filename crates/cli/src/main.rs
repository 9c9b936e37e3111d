//! The `mandate` program.

mod agent;
mod audit;
mod check;
mod demo;
mod deploy;
mod help;
mod ledger;
mod model;
mod secrets;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use ui::Ui;

/// Hands an economy to a model, with the most it can lose known beforehand.
#[derive(Debug, Parser)]
#[command(name = "mandate", version, about, long_about = None)]
struct Cli {
    /// Answer as JSON on stdout.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Agent(agent::Args),
    Audit(audit::Args),
    Check(check::Args),
    Demo(demo::Args),
    #[command(hide = true)]
    DemoLife(demo::life::Args),
    Deploy(deploy::Args),
    /// Train or import a model, look into one, score with one.
    #[command(subcommand)]
    Model(model::ModelCommand),
}

fn main() -> ExitCode {
    if secrets::any(std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())) {
        Ui::new(false).talk(secrets::REFUSAL);
        return ExitCode::from(USAGE);
    }
    let cli = Cli::parse();
    let ui = Ui::new(cli.json);
    let result = match cli.command {
        Command::Agent(args) => agent::run(&args, &ui),
        Command::Audit(args) => audit::run(&args, &ui),
        Command::Check(args) => check::run(&args, &ui),
        Command::Demo(args) => demo::run(&args, &ui),
        Command::DemoLife(args) => demo::life::run(&args),
        Command::Deploy(args) => deploy::run(&args, &ui),
        Command::Model(command) => command.run(&ui),
    };
    result.unwrap_or_else(|error| {
        ui.talk(&format!("error: {error:#}"));
        ExitCode::from(FAILED)
    })
}

/// Exit code of wrong usage, as the argument parser's.
const USAGE: u8 = 2;

/// Exit code of a command that could not do its work; 1 is a command's own "no", 2 is wrong usage.
const FAILED: u8 = 3;
