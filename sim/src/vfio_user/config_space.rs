//! Configuration space of the card's PCI function: identity, base addresses, capabilities. What a client writes is kept
//! where a bit can be written and ignored elsewhere.

use super::bars::{REGISTER_BYTES, TABLE_BYTES, VECTORS};

/// Bytes of a PCI Express function's configuration space.
pub(super) const CONFIG_BYTES: usize = 4096;

/// Vendor of the boards' PCIe block.
const VENDOR: u16 = 0x10ee;
const DEVICE: u16 = 0xf105;
const SUBSYSTEM: u16 = 0x0001;
/// Ethernet controller.
const CLASS: [u8; 3] = [0x00, 0x00, 0x02];

const COMMAND: usize = 0x04;
/// Memory accesses, bus master, interrupt pin off.
const COMMAND_BITS: u16 = 0x0406;
const BUS_MASTER: u8 = 0x04;
const STATUS: usize = 0x06;
const HAS_CAPABILITIES: u16 = 0x0010;
const BAR_0: usize = 0x10;
const BAR_2: usize = 0x18;

const POWER: usize = 0x40;
const MSIX: usize = 0x50;
const EXPRESS: usize = 0x60;
const DEVICE_CONTROL: usize = EXPRESS + 0x08;
/// In the upper byte of device control.
const FUNCTION_RESET: u8 = 0x80;
/// Pending bits within BAR 2, and the number of that BAR.
const PENDING: u32 = 0x800 | 2;

/// What a write asks for beyond being kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    /// The bus-master bit has changed to this.
    pub bus_master: Option<bool>,
    /// A function-level reset was asked for and the space is as after one.
    pub reset: bool,
}

/// The space.
#[derive(Debug)]
pub(super) struct ConfigSpace {
    bytes: [u8; CONFIG_BYTES],
    writable: [u8; CONFIG_BYTES],
    revision: u8,
}

impl ConfigSpace {
    /// As after a reset. `revision` is the major version of the registers.
    pub fn new(revision: u8) -> Self {
        let mut space = Self {
            bytes: [0; CONFIG_BYTES],
            writable: [0; CONFIG_BYTES],
            revision,
        };
        space.reset();
        space
    }

    /// What a function-level reset leaves: base addresses, commands and enables are cleared.
    pub fn reset(&mut self) {
        self.bytes = [0; CONFIG_BYTES];
        self.writable = [0; CONFIG_BYTES];
        self.identity();
        self.power_management(POWER, MSIX);
        self.msix(MSIX, EXPRESS);
        self.express(EXPRESS);
    }

    /// Whether the function may write and read memory and send interrupts.
    pub fn bus_master(&self) -> bool {
        self.bytes[COMMAND] & BUS_MASTER != 0
    }

    /// Bytes from `offset` on; beyond the space they read as ones.
    pub fn read(&self, offset: u64, into: &mut [u8]) {
        for (step, byte) in into.iter_mut().enumerate() {
            *byte = index(offset, step).map_or(0xff, |at| self.bytes[at]);
        }
    }

    /// Writes bytes from `offset` on.
    pub fn write(&mut self, offset: u64, from: &[u8]) -> Effect {
        let was = self.bus_master();
        let mut reset = false;
        for (step, byte) in from.iter().enumerate() {
            let Some(at) = index(offset, step) else {
                break;
            };
            reset |= at == DEVICE_CONTROL + 1 && byte & FUNCTION_RESET != 0;
            let mask = self.writable[at];
            self.bytes[at] = self.bytes[at] & !mask | byte & mask;
        }
        if reset {
            self.reset();
        }
        let is = self.bus_master();
        Effect {
            bus_master: (is != was).then_some(is),
            reset,
        }
    }

    fn identity(&mut self) {
        self.put16(0x00, VENDOR, 0);
        self.put16(0x02, DEVICE, 0);
        self.put16(COMMAND, 0, COMMAND_BITS);
        self.put16(STATUS, HAS_CAPABILITIES, 0);
        self.bytes[0x08] = self.revision;
        self.bytes[0x09..0x0c].copy_from_slice(&CLASS);
        // Cache line size and interrupt line are the system's to use.
        self.writable[0x0c] = 0xff;
        self.writable[0x3c] = 0xff;
        // A base address is as aligned as its window is long.
        self.put32(BAR_0, 0, !(REGISTER_BYTES - 1));
        self.put32(BAR_2, 0, !(TABLE_BYTES - 1));
        self.put16(0x2c, VENDOR, 0);
        self.put16(0x2e, SUBSYSTEM, 0);
        self.bytes[0x34] = POWER as u8;
    }

    fn power_management(&mut self, at: usize, next: usize) {
        self.capability(at, 0x01, next);
        // Version 3 of the specification; no state between D0 and D3, no wake-up.
        self.put16(at + 2, 0x0003, 0);
        // Returning from D3 resets nothing; the state is kept.
        self.put16(at + 4, 0x0008, 0x0003);
    }

    fn msix(&mut self, at: usize, next: usize) {
        self.capability(at, 0x11, next);
        // Vectors less one; enable and function mask.
        self.put16(at + 2, u16::from(VECTORS) - 1, 0xc000);
        self.put32(at + 4, 2, 0);
        self.put32(at + 8, PENDING, 0);
    }

    fn express(&mut self, at: usize) {
        self.capability(at, 0x10, 0);
        // Version 2, an endpoint.
        self.put16(at + 0x02, 0x0002, 0);
        // Function-level reset, role-based errors, payloads of up to 512 bytes.
        self.put32(at + 0x04, 0x1000_8002, 0);
        // Relaxed ordering and no-snoop allowed, reads of 512 bytes.
        self.put16(at + 0x08, 0x2810, 0x7fff);
        // Port 0, 16 lanes at 8 GT/s, running so.
        self.put32(at + 0x0c, 0x0000_0103, 0);
        self.put16(at + 0x10, 0x0000, 0x00c3);
        self.put16(at + 0x12, 0x0103, 0);
        // Completion time-out ranges A and B, which may be switched off.
        self.put32(at + 0x24, 0x0000_0013, 0);
        self.put16(at + 0x28, 0x0000, 0x001f);
        // 2.5, 5 and 8 GT/s; the target is the fastest.
        self.put32(at + 0x2c, 0x0000_000e, 0);
        self.put16(at + 0x30, 0x0003, 0);
    }

    fn capability(&mut self, at: usize, id: u8, next: usize) {
        self.bytes[at] = id;
        self.bytes[at + 1] = next as u8;
    }

    fn put16(&mut self, at: usize, value: u16, writable: u16) {
        self.bytes[at..at + 2].copy_from_slice(&value.to_le_bytes());
        self.writable[at..at + 2].copy_from_slice(&writable.to_le_bytes());
    }

    fn put32(&mut self, at: usize, value: u32, writable: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        self.writable[at..at + 4].copy_from_slice(&writable.to_le_bytes());
    }
}

/// Where a byte of an access stands, if it is in the space.
fn index(offset: u64, step: usize) -> Option<usize> {
    let at = usize::try_from(offset).ok()?.checked_add(step)?;
    (at < CONFIG_BYTES).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::{
        BAR_0, BAR_2, COMMAND, CONFIG_BYTES, ConfigSpace, DEVICE_CONTROL, EXPRESS, Effect, MSIX,
    };
    use proptest::prelude::*;

    fn word(space: &ConfigSpace, at: usize) -> u32 {
        let mut bytes = [0; 4];
        space.read(at as u64, &mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// Identifiers and places of the capabilities, in the order of the list.
    fn capabilities(space: &ConfigSpace) -> Vec<(u8, usize)> {
        let mut found = Vec::new();
        let mut at = word(space, 0x34) as usize & 0xff;
        while at != 0 && found.len() < 16 {
            let [id, next, ..] = word(space, at).to_le_bytes();
            found.push((id, at));
            at = usize::from(next);
        }
        found
    }

    #[test]
    fn the_function_is_that_of_the_contract() {
        let space = ConfigSpace::new(3);
        assert_eq!(word(&space, 0x00), 0xf105_10ee);
        assert_eq!(word(&space, 0x08), 0x0200_0003);
        assert_eq!(word(&space, 0x2c), 0x0001_10ee);
        assert_eq!(
            capabilities(&space),
            [(0x01, 0x40), (0x11, MSIX), (0x10, EXPRESS)]
        );
        assert_eq!(word(&space, MSIX) >> 16 & 0x7ff, 2, "three vectors");
        assert_eq!(word(&space, MSIX + 4), 2, "table at the start of BAR 2");
        assert_eq!(word(&space, MSIX + 8), 0x802, "pending bits in BAR 2");
        assert_eq!(word(&space, EXPRESS + 4) >> 28 & 1, 1, "FLR");
    }

    #[test]
    fn base_addresses_tell_their_sizes() {
        let mut space = ConfigSpace::new(1);
        for (bar, size) in [(BAR_0, 1 << 20), (BAR_2, 4096)] {
            space.write(bar as u64, &[0xff; 4]);
            assert_eq!(!word(&space, bar) + 1, size);
        }
        space.write(0x14, &[0xff; 4]);
        assert_eq!(word(&space, 0x14), 0, "no BAR 1");
    }

    #[test]
    fn a_reset_clears_the_bus_master_bit_and_tells() {
        let mut space = ConfigSpace::new(1);
        let on = space.write(COMMAND as u64, &[6, 4]);
        assert_eq!(
            on,
            Effect {
                bus_master: Some(true),
                reset: false
            }
        );
        assert_eq!(space.write(COMMAND as u64, &[6, 4]), Effect::default());
        let reset = space.write(DEVICE_CONTROL as u64, &[0, 0x80]);
        assert_eq!(
            reset,
            Effect {
                bus_master: Some(false),
                reset: true
            }
        );
        assert_eq!(word(&space, COMMAND) & 0xffff, 0);
    }

    proptest! {
        /// Whatever is written, what cannot be written stays, and reading it back is the same whatever the pieces.
        #[test]
        fn only_writable_bits_change(
            writes in prop::collection::vec((0..6000u64, prop::collection::vec(any::<u8>(), 0..20)), 0..40)
        ) {
            let fresh = ConfigSpace::new(1);
            let mut space = ConfigSpace::new(1);
            for (at, bytes) in &writes {
                space.write(*at, bytes);
            }
            for at in 0..CONFIG_BYTES {
                let kept = !fresh.writable[at];
                prop_assert_eq!(space.bytes[at] & kept, fresh.bytes[at] & kept, "byte {:#x}", at);
            }
            let mut whole = vec![0; CONFIG_BYTES + 8];
            space.read(0, &mut whole);
            prop_assert_eq!(&whole[CONFIG_BYTES..], &[0xff; 8]);
        }

        #[test]
        fn no_offset_is_too_far(at in any::<u64>(), length in 0..64usize) {
            for at in [at | 1 << 40, u64::MAX] {
                let mut space = ConfigSpace::new(1);
                let mut bytes = vec![0; length];
                space.read(at, &mut bytes);
                prop_assert!(bytes.iter().all(|byte| *byte == 0xff));
                prop_assert_eq!(space.write(at, &bytes), Effect::default());
            }
        }
    }
}
