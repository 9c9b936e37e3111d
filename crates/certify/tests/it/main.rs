//! Certificates against brute force, against attackers, and prices that are refused.

mod brute;
mod prices;
mod random;
mod tries;
