//! Addrmap: Flowswitch registers

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

// Anonymous component instances
pub mod announcer;
pub mod capability_flow;
pub mod capability_logical;
pub mod capability_members;
pub mod capability_ports;
pub mod capability_tables;
pub mod clear;
pub mod clear_status;
pub mod configuration;
pub mod features;
pub mod flow_seed;
pub mod flow_status;
pub mod forwarding;
pub mod generation;
pub mod identity;
pub mod persistence;
pub mod port;
pub mod status;
pub mod table_address;
pub mod table_command;
pub mod table_data;
pub mod table_status;
pub mod version;

/// Flowswitch registers
///
/// Identification, forwarding, announcements, ports, flows and table access of a Flowswitch card.
#[derive(Eq, PartialEq)]
pub struct FlowswitchCsr<'io, IO = peakrdl_rust::io::PtrIO> {
    ptr: *mut u8,
    io: &'io IO,
}

// SAFETY: it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`.
unsafe impl<IO: Sync> Send for FlowswitchCsr<'_, IO> {}
// SAFETY: it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`.
unsafe impl<IO: Sync> Sync for FlowswitchCsr<'_, IO> {}

// manually implement Copy to ease generic bounds
// (IO does not need to be Copy)
impl<IO> Copy for FlowswitchCsr<'_, IO> {}

// manually implement Clone to ease generic bounds
// (IO does not need to be Clone)
impl<IO> Clone for FlowswitchCsr<'_, IO> {
    fn clone(&self) -> Self {
        *self
    }
}

impl FlowswitchCsr<'static> {
    /// # Safety
    ///
    /// The caller must guarantee that the provided address points to a
    /// hardware register block implementing this interface.
    #[inline(always)]
    #[must_use]
    // SAFETY: nothing is done here; what the caller must promise stands in the documentation.
    pub const unsafe fn from_ptr(ptr: *mut ()) -> Self {
        Self {
            ptr: ptr.cast::<u8>(),
            io: &peakrdl_rust::io::PtrIO,
        }
    }
}

impl<'io, IO> FlowswitchCsr<'io, IO> {
    /// Size in bytes of the underlying memory
    pub const SIZE: usize = 0xC0;

    /// # Safety
    ///
    /// The caller must guarantee that the provided address points to a
    /// hardware register block implementing this interface.
    #[inline(always)]
    #[must_use]
    // SAFETY: nothing is done here; what the caller must promise stands in the documentation.
    pub const unsafe fn from_ptr_with(ptr: *mut (), io: &'io IO) -> Self {
        Self {
            ptr: ptr.cast::<u8>(),
            io,
        }
    }

    #[inline(always)]
    #[must_use]
    pub const fn as_ptr(&self) -> *mut () {
        self.ptr.cast::<()>()
    }
}

impl<'io, IO: peakrdl_rust::io::RegisterIO> FlowswitchCsr<'io, IO> {
    /// Identity
    ///
    /// Tells a Flowswitch card from anything else.
    #[inline(always)]
    #[must_use]
    pub const fn identity(&self) -> peakrdl_rust::reg::Reg<'io, identity::Identity, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x0).cast(), self.io)
        }
    }

    /// Version
    ///
    /// Version of the register interface, tables included.
    #[inline(always)]
    #[must_use]
    pub const fn version(&self) -> peakrdl_rust::reg::Reg<'io, version::Version, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x4).cast(), self.io)
        }
    }

    /// Features
    ///
    /// One bit for each optional feature; a bit not named here is 0.
    #[inline(always)]
    #[must_use]
    pub const fn features(&self) -> peakrdl_rust::reg::Reg<'io, features::Features, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x8).cast(), self.io)
        }
    }

    /// Generation
    ///
    /// Belongs to software. The card keeps it as it keeps its tables: 0 after configuration and after a reset of the core, untouched by a register reset. While it is 0 it takes 1 alone, and writes of tables and buckets are refused.
    #[inline(always)]
    #[must_use]
    pub const fn generation(&self) -> peakrdl_rust::reg::Reg<'io, generation::Generation, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0xC).cast(), self.io)
        }
    }

    /// Port capability
    ///
    /// Parameters of the data path.
    #[inline(always)]
    #[must_use]
    pub const fn capability_ports(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, capability_ports::CapabilityPorts, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x10).cast(), self.io)
        }
    }

    /// Member capability
    ///
    /// Entries of the member table.
    #[inline(always)]
    #[must_use]
    pub const fn capability_members(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, capability_members::CapabilityMembers, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x14).cast(), self.io)
        }
    }

    /// Table capability
    ///
    /// Sizes of the other tables.
    #[inline(always)]
    #[must_use]
    pub const fn capability_tables(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, capability_tables::CapabilityTables, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x18).cast(), self.io)
        }
    }

    /// Logical port capability
    ///
    /// Entries of the tables of logical ports and virtual addresses.
    #[inline(always)]
    #[must_use]
    pub const fn capability_logical(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, capability_logical::CapabilityLogical, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x1C).cast(), self.io)
        }
    }

    /// Forwarding
    ///
    /// What holds for frames of all ports.
    #[inline(always)]
    #[must_use]
    pub const fn forwarding(&self) -> peakrdl_rust::reg::Reg<'io, forwarding::Forwarding, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x20).cast(), self.io)
        }
    }

    /// Status
    ///
    /// Links and the hardware's own change of member entries after a link has changed.
    #[inline(always)]
    #[must_use]
    pub const fn status(&self) -> peakrdl_rust::reg::Reg<'io, status::Status, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x24).cast(), self.io)
        }
    }

    /// Announcer
    ///
    /// Announcements of the virtual addresses by the card itself.
    #[inline(always)]
    #[must_use]
    pub const fn announcer(&self) -> peakrdl_rust::reg::Reg<'io, announcer::Announcer, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x28).cast(), self.io)
        }
    }

    /// Configuration
    ///
    /// Belongs to software, as the generation does: 64 bits that tell which configuration the tables hold.
    #[inline(always)]
    #[must_use]
    pub const fn configuration(
        &self,
    ) -> [peakrdl_rust::reg::Reg<'io, configuration::Configuration, IO>; 2] {
        // SAFETY: We will initialize every element before using the array
        let mut array = [core::mem::MaybeUninit::uninit(); 2];

        let mut i0 = 0;
        while i0 < 2 {
            // SAFETY: whoever made this block promised that its registers are there; these lie inside by the register map.
            array[i0].write(unsafe {
                peakrdl_rust::reg::Reg::<'io, configuration::Configuration, IO>::from_ptr_with(
                    self.ptr.wrapping_byte_add(0x30 + i0 * 0x4).cast(),
                    self.io,
                )
            });
            i0 += 1;
        }

        // SAFETY: All elements have been initialized above
        // SAFETY: all elements of the array were written by the loop above.
        unsafe { core::mem::transmute(array) }
    }

    /// Clear
    ///
    /// Brings the card to the state after configuration: all tables zero, generation and configuration 0, forwarding, announcer, port and persistence settings reset, no flow, no seed, nothing learned. Counters, links and the rings go on.
    #[inline(always)]
    #[must_use]
    pub const fn clear(&self) -> peakrdl_rust::reg::Reg<'io, clear::Clear, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x38).cast(), self.io)
        }
    }

    /// Clear status
    ///
    /// State of the last clearing; a reset of the core begins one.
    #[inline(always)]
    #[must_use]
    pub const fn clear_status(&self) -> peakrdl_rust::reg::Reg<'io, clear_status::ClearStatus, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x3C).cast(), self.io)
        }
    }

    /// Port
    ///
    /// Settings of one network port; what concerns its logical ports is in their table. Those of a port that the card does not have are without effect.
    #[inline(always)]
    #[must_use]
    pub const fn port(&self) -> [peakrdl_rust::reg::Reg<'io, port::Port, IO>; 8] {
        // SAFETY: We will initialize every element before using the array
        let mut array = [core::mem::MaybeUninit::uninit(); 8];

        let mut i0 = 0;
        while i0 < 8 {
            // SAFETY: whoever made this block promised that its registers are there; these lie inside by the register map.
            array[i0].write(unsafe {
                peakrdl_rust::reg::Reg::<'io, port::Port, IO>::from_ptr_with(
                    self.ptr.wrapping_byte_add(0x40 + i0 * 0x4).cast(),
                    self.io,
                )
            });
            i0 += 1;
        }

        // SAFETY: All elements have been initialized above
        // SAFETY: all elements of the array were written by the loop above.
        unsafe { core::mem::transmute(array) }
    }

    /// Flow capability
    ///
    /// Sizes of the flow table.
    #[inline(always)]
    #[must_use]
    pub const fn capability_flow(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, capability_flow::CapabilityFlow, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x60).cast(), self.io)
        }
    }

    /// Flow status
    ///
    /// State of the flow table.
    #[inline(always)]
    #[must_use]
    pub const fn flow_status(&self) -> peakrdl_rust::reg::Reg<'io, flow_status::FlowStatus, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x64).cast(), self.io)
        }
    }

    /// Persistence
    ///
    /// How much of a client's address tells it from others, for virtual addresses that keep a client's flows together.
    #[inline(always)]
    #[must_use]
    pub const fn persistence(&self) -> peakrdl_rust::reg::Reg<'io, persistence::Persistence, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x68).cast(), self.io)
        }
    }

    /// Flow seed
    ///
    /// Seed of the flow table's keyed hash. Writing word 3 hands all four words to the card, which then clears its flow table. Not readable.
    #[inline(always)]
    #[must_use]
    pub const fn flow_seed(&self) -> [peakrdl_rust::reg::Reg<'io, flow_seed::FlowSeed, IO>; 4] {
        // SAFETY: We will initialize every element before using the array
        let mut array = [core::mem::MaybeUninit::uninit(); 4];

        let mut i0 = 0;
        while i0 < 4 {
            // SAFETY: whoever made this block promised that its registers are there; these lie inside by the register map.
            array[i0].write(unsafe {
                peakrdl_rust::reg::Reg::<'io, flow_seed::FlowSeed, IO>::from_ptr_with(
                    self.ptr.wrapping_byte_add(0x70 + i0 * 0x4).cast(),
                    self.io,
                )
            });
            i0 += 1;
        }

        // SAFETY: All elements have been initialized above
        // SAFETY: all elements of the array were written by the loop above.
        unsafe { core::mem::transmute(array) }
    }

    /// Table address
    ///
    /// Entry that the next command is for.
    #[inline(always)]
    #[must_use]
    pub const fn table_address(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, table_address::TableAddress, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x80).cast(), self.io)
        }
    }

    /// Table command
    ///
    /// Starts an access to the entry named by the table address. Both bits at once, or a command while busy, is refused with the error bit.
    #[inline(always)]
    #[must_use]
    pub const fn table_command(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, table_command::TableCommand, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x84).cast(), self.io)
        }
    }

    /// Table status
    ///
    /// State of the last table command.
    #[inline(always)]
    #[must_use]
    pub const fn table_status(&self) -> peakrdl_rust::reg::Reg<'io, table_status::TableStatus, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x88).cast(), self.io)
        }
    }

    /// Table data
    ///
    /// One word of an entry; word 0 holds the entry's lowest bits.
    #[inline(always)]
    #[must_use]
    pub const fn table_data(&self) -> [peakrdl_rust::reg::Reg<'io, table_data::TableData, IO>; 8] {
        // SAFETY: We will initialize every element before using the array
        let mut array = [core::mem::MaybeUninit::uninit(); 8];

        let mut i0 = 0;
        while i0 < 8 {
            // SAFETY: whoever made this block promised that its registers are there; these lie inside by the register map.
            array[i0].write(unsafe {
                peakrdl_rust::reg::Reg::<'io, table_data::TableData, IO>::from_ptr_with(
                    self.ptr.wrapping_byte_add(0xa0 + i0 * 0x4).cast(),
                    self.io,
                )
            });
            i0 += 1;
        }

        // SAFETY: All elements have been initialized above
        // SAFETY: all elements of the array were written by the loop above.
        unsafe { core::mem::transmute(array) }
    }
}
