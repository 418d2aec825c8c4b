//! What the tests of the card share: frames, images, cards, and the judges that compare them with the contract.
#![deny(missing_docs)]

pub mod answers;
pub mod capture;
pub mod cards;
pub mod chart;
pub mod clock_cost;
pub mod cosim;
pub mod drops;
pub mod fixture;
pub mod flows;
pub mod frame;
pub mod hex;
pub mod layout;
pub mod leaving;
pub mod live;
pub mod measure;
pub mod metrics;
pub mod neighbour;
pub mod operate;
pub mod rig;
pub mod rings;
pub mod spread;
pub mod vm;
