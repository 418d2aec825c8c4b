// The variants of the card that are built: shared by the build script and the library.

/// Ports and engines of every variant that can be built.
pub const VARIANTS: [(u8, u8); 7] = [(2, 1), (3, 1), (4, 1), (8, 1), (2, 2), (4, 4), (8, 8)];

/// Name of a variant in file names, in the model's class name and in the list of what is wanted.
pub fn variant_name(ports: u8, engines: u8) -> String {
    format!("p{ports}e{engines}")
}
