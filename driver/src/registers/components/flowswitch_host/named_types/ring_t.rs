//! Regfile: rx

#[allow(unused_imports)]
use super::_root; // alias to root module of generated code

// Anonymous component instances
pub mod arm;
pub mod completed;
pub mod completions_high;
pub mod completions_low;
pub mod descriptors_high;
pub mod descriptors_low;
pub mod size;
pub mod tail;

/// rx
#[derive(Eq, PartialEq)]
pub struct RingT<'io, IO = peakrdl_rust::io::PtrIO> {
    ptr: *mut u8,
    io: &'io IO,
}

// SAFETY: it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`.
unsafe impl<IO: Sync> Send for RingT<'_, IO> {}
// SAFETY: it holds a register's address, which is only given to `IO`, and a shared `IO`, which is `Sync`.
unsafe impl<IO: Sync> Sync for RingT<'_, IO> {}

// manually implement Copy to ease generic bounds
// (IO does not need to be Copy)
impl<IO> Copy for RingT<'_, IO> {}

// manually implement Clone to ease generic bounds
// (IO does not need to be Clone)
impl<IO> Clone for RingT<'_, IO> {
    fn clone(&self) -> Self {
        *self
    }
}

impl RingT<'static> {
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

impl<'io, IO> RingT<'io, IO> {
    /// Size in bytes of the underlying memory
    pub const SIZE: usize = 0x20;

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

impl<'io, IO: peakrdl_rust::io::RegisterIO> RingT<'io, IO> {
    /// Descriptors, low word
    ///
    /// Address of the descriptor ring, bits 31:0; a multiple of 64. Taken over when the ring starts.
    #[inline(always)]
    #[must_use]
    pub const fn descriptors_low(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, descriptors_low::DescriptorsLow, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x0).cast(), self.io)
        }
    }

    /// Descriptors, high word
    ///
    /// Address of the descriptor ring, bits 63:32.
    #[inline(always)]
    #[must_use]
    pub const fn descriptors_high(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, descriptors_high::DescriptorsHigh, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x4).cast(), self.io)
        }
    }

    /// Completions, low word
    ///
    /// Address of the completion ring, bits 31:0; a multiple of 64. Taken over when the ring starts.
    #[inline(always)]
    #[must_use]
    pub const fn completions_low(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, completions_low::CompletionsLow, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x8).cast(), self.io)
        }
    }

    /// Completions, high word
    ///
    /// Address of the completion ring, bits 63:32.
    #[inline(always)]
    #[must_use]
    pub const fn completions_high(
        &self,
    ) -> peakrdl_rust::reg::Reg<'io, completions_high::CompletionsHigh, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0xC).cast(), self.io)
        }
    }

    /// Size
    ///
    /// Entries of both rings. Taken over when the ring starts.
    #[inline(always)]
    #[must_use]
    pub const fn size(&self) -> peakrdl_rust::reg::Reg<'io, size::Size, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x10).cast(), self.io)
        }
    }

    /// Tail (doorbell)
    ///
    /// Descriptors posted since the ring started, modulo 2^16. 0 when the ring starts.
    #[inline(always)]
    #[must_use]
    pub const fn tail(&self) -> peakrdl_rust::reg::Reg<'io, tail::Tail, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x14).cast(), self.io)
        }
    }

    /// Completed
    ///
    /// Completions written since the ring started, modulo 2^16.
    #[inline(always)]
    #[must_use]
    pub const fn completed(&self) -> peakrdl_rust::reg::Reg<'io, completed::Completed, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x18).cast(), self.io)
        }
    }

    /// Arm
    ///
    /// Arms the ring's vector: it fires once as soon as the completions written differ from those seen.
    #[inline(always)]
    #[must_use]
    pub const fn arm(&self) -> peakrdl_rust::reg::Reg<'io, arm::Arm, IO> {
        // SAFETY: whoever made this block promised that its registers are there; this one lies inside by the register map.
        unsafe {
            peakrdl_rust::reg::Reg::from_ptr_with(self.ptr.wrapping_byte_add(0x1C).cast(), self.io)
        }
    }
}
