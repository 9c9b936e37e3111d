//! Worlds: markets, populations, attackers, seeds, metrics and reports.
