use crate::variants::variant_name;

/// Why the simulated card failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such variant.
    #[error("there is no card of {ports} ports and {engines} look-up engines to simulate")]
    NoVariant {
        /// Network ports.
        ports: u8,
        /// Look-up engines.
        engines: u8,
    },
    /// The variant exists, but was left out of this build.
    #[error(
        "the simulated card {name} was not built: build it with `make card-{name}`",
        name = variant_name(*ports, *engines)
    )]
    NotBuilt {
        /// Network ports.
        ports: u8,
        /// Look-up engines.
        engines: u8,
    },
    /// There is no corner of that name.
    #[error("there is no card named {0} to simulate")]
    NoCorner(String),
    /// The corner exists, but was left out of this build.
    #[error("the simulated card {0} was not built: build it with `make card-{0}`")]
    CornerNotBuilt(String),
    /// An assertion of the model or a protocol monitor of the shim failed, or the shim was misused.
    #[error(transparent)]
    Model(#[from] cxx::Exception),
    /// Memory that is no window for the card.
    #[error("memory of {bytes} bytes cannot be shown to the card at {address:#x}: {why}")]
    Window {
        /// Address on the bus.
        address: u64,
        /// Bytes.
        bytes: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The card answered a register access with an error. A write may be reported by a later access.
    #[error("the register access at byte {offset:#07x} was refused")]
    Refused {
        /// Byte offset.
        offset: u32,
    },
    /// The card did not answer a register access.
    #[error("the register access at byte {offset:#07x} was not answered")]
    NoAnswer {
        /// Byte offset.
        offset: u32,
    },
}
