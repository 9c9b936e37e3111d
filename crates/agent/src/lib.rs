//! observe, infer, decide, submit, journal: the loop that steers an economy.
