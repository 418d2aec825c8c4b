//! What the tests of the card share: frames, images, cards, and the judges that compare them with the contract.
#![deny(missing_docs)]

pub mod cards;
pub mod fixture;
pub mod hex;
pub mod rig;
