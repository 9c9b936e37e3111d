//! Model files, integer inference, attributions, commitments; builds without std.

#![no_std]
