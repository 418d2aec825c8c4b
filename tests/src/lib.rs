//! flowswitch-tests
