// The variants of the card that are built: shared by the build script and the library.

/// Ports and engines of every variant that can be built.
pub const VARIANTS: [(u8, u8); 7] = [(2, 1), (3, 1), (4, 1), (8, 1), (2, 2), (4, 4), (8, 8)];

/// A card whose parameters are at the ends of what is allowed: it has a name and is opened by that.
pub struct Corner {
    /// Its name.
    pub name: &'static str,
    /// Network ports.
    pub ports: u8,
    /// Look-up engines.
    pub engines: u8,
    /// Parameters of the top that are not at their defaults.
    pub parameters: &'static [(&'static str, u32)],
}

/// All corners that can be built. `rtl/parameter_check.sv` says what the ends are; of queues there are longer ones, but
/// none of 16,384 beats could be filled within a test.
pub const CORNERS: [Corner; 2] = [
    Corner {
        name: "smallest",
        ports: 2,
        engines: 1,
        parameters: &[
            ("Services", 1),
            ("BucketsLog2", 4),
            ("Servers", 2),
            ("Routers", 1),
            ("FdbSetsLog2", 4),
            ("FlowsLog2", 12),
            ("QueueBeats", 256),
        ],
    },
    Corner {
        name: "largest",
        ports: 8,
        engines: 1,
        parameters: &[
            ("Services", 64),
            ("BucketsLog2", 17),
            ("Servers", 1024),
            ("Routers", 64),
            ("FdbSetsLog2", 16),
            ("FlowsLog2", 22),
            ("QueueBeats", 2048),
        ],
    },
];

/// Name of a variant in file names, in the model's class name and in the list of what is wanted.
pub fn variant_name(ports: u8, engines: u8) -> String {
    format!("p{ports}e{engines}")
}
