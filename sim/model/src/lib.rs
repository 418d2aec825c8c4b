//! flowswitch-model
