//! Addrmap: Host port registers

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

// Anonymous component instances
pub mod bus_timeout;
pub mod capability;
pub mod clock_count;
pub mod control;
pub mod core_clock;
pub mod event_arm;
pub mod event_enable;
pub mod event_status;
pub mod interrupt_test;
pub mod punt_limit;
pub mod rx_moderation;
pub mod status;
pub mod time_high;
pub mod time_low;

/// Named types defined within this component's body
pub mod named_types {
    #[allow(unused_imports)]
    use super::_root; // alias to root module of generated code
    pub mod ring_t;
}

// Instances of named component types
pub use _root::components::flowswitch_host::named_types::ring_t as rx;
pub use _root::components::flowswitch_host::named_types::ring_t as tx;

/// Host port registers
///
/// Descriptor rings, interrupts and punt limits of a Flowswitch card, at byte 0x1000 of the window.
#[derive(Eq, PartialEq)]
pub struct FlowswitchHost<'io, IO = peakrdl_rust::io::PtrIO> {
    ptr: *mut u8,
    io: &'io IO,
}

// SAFETY: it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`.
unsafe impl<IO: Sync> Send for FlowswitchHost<'_, IO> {}
// SAFETY: it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`.
unsafe impl<IO: Sync> Sync for FlowswitchHost<'_, IO> {}

// manually implement Copy to ease generic bounds
// (IO does not need to be Copy)
impl<IO> Copy for FlowswitchHost<'_, IO> {}

// manually implement Clone to ease generic bounds
// (IO does not need to be Clone)
impl<IO> Clone for FlowswitchHost<'_, IO> {
    fn clone(&self) -> Self {
        *self
    }
}

impl FlowswitchHost<'static> {
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

impl<'io, IO> FlowswitchHost<'io, IO> {
    /// Size in bytes of the underlying memory
    pub const SIZE: usize = 0xC4;

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

impl<'io, IO: peakrdl_rust::io::RegisterIO> FlowswitchHost<'io, IO> {
    /// Host capability
    ///
    /// What the host port can do.
    #[inline(always)]
    #[must_use]
    pub const fn capability(&self) -> peakrdl_rust::reg::Reg<'io, capability::Capability, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x0).cast(), self.io)
        }
    }

    /// Host control
    ///
    /// Starts and stops the rings.
    #[inline(always)]
    #[must_use]
    pub const fn control(&self) -> peakrdl_rust::reg::Reg<'io, control::Control, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x4).cast(), self.io)
        }
    }

    /// Host status
    ///
    /// State of the rings.
    #[inline(always)]
    #[must_use]
    pub const fn status(&self) -> peakrdl_rust::reg::Reg<'io, status::Status, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x8).cast(), self.io)
        }
    }

    /// Interrupt test
    ///
    /// Fires the vectors whose bits are written, armed or not.
    #[inline(always)]
    #[must_use]
    pub const fn interrupt_test(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, interrupt_test::InterruptTest, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0xC).cast(), self.io)
        }
    }

    /// Event status
    ///
    /// What has happened; a bit stays until a one is written to it.
    #[inline(always)]
    #[must_use]
    pub const fn event_status(&self) -> peakrdl_rust::reg::Reg<'io, event_status::EventStatus, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x60).cast(), self.io)
        }
    }

    /// Event enable
    ///
    /// Which events fire the event vector; bits as in the event status.
    #[inline(always)]
    #[must_use]
    pub const fn event_enable(&self) -> peakrdl_rust::reg::Reg<'io, event_enable::EventEnable, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x64).cast(), self.io)
        }
    }

    /// Event arm
    ///
    /// Arms the event vector: it fires once as soon as an enabled event is in the event status.
    #[inline(always)]
    #[must_use]
    pub const fn event_arm(&self) -> peakrdl_rust::reg::Reg<'io, event_arm::EventArm, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x68).cast(), self.io)
        }
    }

    /// Receive moderation
    ///
    /// How long completions may gather before the receive vector fires.
    #[inline(always)]
    #[must_use]
    pub const fn rx_moderation(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, rx_moderation::RxModeration, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x6C).cast(), self.io)
        }
    }

    /// Core clock
    ///
    /// Nominal frequency of the core clock.
    #[inline(always)]
    #[must_use]
    pub const fn core_clock(&self) -> peakrdl_rust::reg::Reg<'io, core_clock::CoreClock, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x70).cast(), self.io)
        }
    }

    /// Clock count
    ///
    /// Clocks of the core since its reset, modulo 2^32.
    #[inline(always)]
    #[must_use]
    pub const fn clock_count(&self) -> peakrdl_rust::reg::Reg<'io, clock_count::ClockCount, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x74).cast(), self.io)
        }
    }

    /// Time, low word
    ///
    /// time_ns, bits 31:0. Reading it holds the high word.
    #[inline(always)]
    #[must_use]
    pub const fn time_low(&self) -> peakrdl_rust::reg::Reg<'io, time_low::TimeLow, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x78).cast(), self.io)
        }
    }

    /// Time, high word
    ///
    /// time_ns, bits 63:32, of when the low word was last read.
    #[inline(always)]
    #[must_use]
    pub const fn time_high(&self) -> peakrdl_rust::reg::Reg<'io, time_high::TimeHigh, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x7C).cast(), self.io)
        }
    }

    /// Punt limit
    ///
    /// Frames to the host, by host reason. Not reset by host_control.reset.
    #[inline(always)]
    #[must_use]
    pub const fn punt_limit(&self) -> [peakrdl_rust::reg::Reg<'io, punt_limit::PuntLimit, IO>; 16] {
        // SAFETY: We will initialize every element before using the array
        let mut array = [core::mem::MaybeUninit::uninit(); 16];

        let mut i0 = 0;
        while i0 < 16 {
            // SAFETY: whoever made this block promised that its registers are there; these lie inside by the register map.
            array[i0].write(unsafe {
                peakrdl_rust::reg::Reg::<'io, punt_limit::PuntLimit, IO>::from_ptr_with(
                    self.ptr.wrapping_byte_add(0x80 + i0 * 0x4).cast(),
                    self.io,
                )
            });
            i0 += 1;
        }

        // SAFETY: All elements have been initialized above
        // SAFETY: all elements of the array were written by the loop above.
        unsafe { core::mem::transmute(array) }
    }

    /// Bus time-out
    ///
    /// When a bus that does nothing is given up: the rings stop with error 5.
    #[inline(always)]
    #[must_use]
    pub const fn bus_timeout(&self) -> peakrdl_rust::reg::Reg<'io, bus_timeout::BusTimeout, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0xC0).cast(), self.io)
        }
    }

    /// rx
    #[inline(always)]
    #[must_use]
    pub const fn rx(&self) -> rx::RingT<'io, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe { rx::RingT::from_ptr_with(self.ptr.wrapping_byte_add(0x20).cast(), self.io) }
    }

    /// tx
    #[inline(always)]
    #[must_use]
    pub const fn tx(&self) -> tx::RingT<'io, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe { tx::RingT::from_ptr_with(self.ptr.wrapping_byte_add(0x40).cast(), self.io) }
    }
}
