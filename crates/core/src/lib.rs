//! Vocabulary: fixed point, units, mandates, bound rules as pure integer functions, records and their hashes.

#![no_std]
