//! flowswitch-sim
