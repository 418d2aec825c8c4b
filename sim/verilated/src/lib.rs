//! flowswitch-verilated
