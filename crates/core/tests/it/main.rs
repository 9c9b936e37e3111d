//! The rules of `core` seen from outside.

mod mandate;
