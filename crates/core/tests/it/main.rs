//! The rules of `core` seen from outside.

mod accrual;
mod curve;
mod mandate;
mod parity;
mod potential;
mod worst;
