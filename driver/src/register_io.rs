//! Carries the accesses of the generated register types over a [`Device`].
//!
//! The generated types address registers by raw pointers and declare the accesses unsafe, because they may be
//! volatile loads and stores. Here a pointer is nothing but a byte offset from zero; none is ever followed.
#![allow(unsafe_code)]

use std::cell::RefCell;

use num_traits::{FromBytes, ToBytes};
use peakrdl_rust::io::RawRegisterIO;
use peakrdl_rust::reg::RegInt;

use crate::device::{Device, DeviceError};
use crate::registers::Flowswitch;
use crate::registers::components::flowswitch::{card::FlowswitchCsr, host::FlowswitchHost};

/// The registers of a card, for as long as the device is borrowed.
pub(crate) struct RegisterWindow<'d, D>(RefCell<&'d mut D>);

impl<'d, D: Device> RegisterWindow<'d, D> {
    pub(crate) fn new(device: &'d mut D) -> Self {
        Self(RefCell::new(device))
    }

    /// Those of the card.
    pub(crate) fn registers(&self) -> FlowswitchCsr<'_, Self> {
        self.whole().card()
    }

    /// Those of the host port.
    pub(crate) fn host(&self) -> FlowswitchHost<'_, Self> {
        self.whole().host()
    }

    fn whole(&self) -> Flowswitch<'_, Self> {
        // SAFETY: the pointer is used as a byte offset by the accesses below and never followed.
        unsafe { Flowswitch::from_ptr_with(std::ptr::null_mut(), self) }
    }
}

impl<D: Device> RawRegisterIO for RegisterWindow<'_, D> {
    type Error = DeviceError;

    // SAFETY: asks nothing of the caller; the pointer is used as a number.
    unsafe fn try_read<T: RegInt>(&self, ptr: *const T) -> Result<T, DeviceError> {
        let offset = offset(ptr)?;
        let word = self.0.borrow_mut().read32(offset)?.to_ne_bytes();
        let bytes = word
            .as_slice()
            .try_into()
            .map_err(|_| DeviceError::Refused { offset })?;
        Ok(<T as FromBytes>::from_ne_bytes(&bytes))
    }

    // SAFETY: asks nothing of the caller; the pointer is used as a number.
    unsafe fn try_write<T: RegInt>(&self, ptr: *mut T, value: T) -> Result<(), DeviceError> {
        let offset = offset(ptr)?;
        let bytes = <T as ToBytes>::to_ne_bytes(&value);
        let word = bytes
            .as_ref()
            .try_into()
            .map_err(|_| DeviceError::Refused { offset })?;
        self.0
            .borrow_mut()
            .write32(offset, u32::from_ne_bytes(word))
    }
}

/// The byte offset that a pointer of the generated types stands for.
fn offset<T>(ptr: *const T) -> Result<u32, DeviceError> {
    u32::try_from(ptr.addr()).map_err(|_| DeviceError::Refused { offset: u32::MAX })
}
