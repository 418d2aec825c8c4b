//! flowswitch
