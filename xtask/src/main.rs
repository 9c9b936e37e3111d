//! Chores: artifacts, docs, house rules.

fn main() {}
