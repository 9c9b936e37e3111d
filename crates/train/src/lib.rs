//! Data sets, training, quantisation and metrics.
