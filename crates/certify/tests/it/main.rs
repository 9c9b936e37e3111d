//! Certificates against brute force, against attackers, and prices that are refused.

mod brute;
mod limits;
mod prices;
mod random;
mod tries;
