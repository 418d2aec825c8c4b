//! Addrmap: Flowswitch register window

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

// Instances of named component types
pub use _root::components::flowswitch_csr as card;
pub use _root::components::flowswitch_host as host;

/// Flowswitch register window
///
/// All registers of a Flowswitch card.
#[derive(Eq, PartialEq)]
pub struct Flowswitch<'io, IO = peakrdl_rust::io::PtrIO> {
    ptr: *mut u8,
    io: &'io IO,
}

// SAFETY: it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`.
unsafe impl<IO: Sync> Send for Flowswitch<'_, IO> {}
// SAFETY: it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`.
unsafe impl<IO: Sync> Sync for Flowswitch<'_, IO> {}

// manually implement Copy to ease generic bounds
// (IO does not need to be Copy)
impl<IO> Copy for Flowswitch<'_, IO> {}

// manually implement Clone to ease generic bounds
// (IO does not need to be Clone)
impl<IO> Clone for Flowswitch<'_, IO> {
    fn clone(&self) -> Self {
        *self
    }
}

impl Flowswitch<'static> {
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

impl<'io, IO> Flowswitch<'io, IO> {
    /// Size in bytes of the underlying memory
    pub const SIZE: usize = 0x10C4;

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

impl<'io, IO: peakrdl_rust::io::RegisterIO> Flowswitch<'io, IO> {
    /// Flowswitch registers
    ///
    /// Identification, forwarding, announcements, ports, flows and table access of a Flowswitch card.
    #[inline(always)]
    #[must_use]
    pub const fn card(&self) -> card::FlowswitchCsr<'io, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            card::FlowswitchCsr::from_ptr_with(self.ptr.wrapping_byte_add(0x0).cast(), self.io)
        }
    }

    /// Host port registers
    ///
    /// Descriptor rings, interrupts and punt limits of a Flowswitch card, at byte 0x1000 of the window.
    #[inline(always)]
    #[must_use]
    pub const fn host(&self) -> host::FlowswitchHost<'io, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            host::FlowswitchHost::from_ptr_with(self.ptr.wrapping_byte_add(0x1000).cast(), self.io)
        }
    }
}
