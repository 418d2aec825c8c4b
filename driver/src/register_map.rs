//! Registers by name, for tools that show and change single ones.
//!
//! Names are those of the register description: `forwarding`, `port[2]`, `host.rx.tail`; a field's name follows behind a dot.

mod names;

use std::fmt;

pub use names::REGISTERS;

use crate::card::Card;
use crate::device::Device;
use crate::error::Error;

/// What software may do with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It can be read.
    ReadOnly,
    /// It can be written; reading gives 0.
    WriteOnly,
    /// It can be read and written.
    ReadWrite,
    /// It can be read; ones that are written clear it.
    WriteOneToClear,
}

impl Access {
    /// Whether reading tells anything.
    pub fn readable(self) -> bool {
        self != Self::WriteOnly
    }

    /// Whether writing does anything.
    pub fn writable(self) -> bool {
        self != Self::ReadOnly
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ReadOnly => "r",
            Self::WriteOnly => "w",
            Self::ReadWrite => "rw",
            Self::WriteOneToClear => "rw1c",
        })
    }
}

/// A part of a register.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its lowest bit, 0 to 31.
    pub low: u8,
    /// Its bits, 1 to 32.
    pub width: u8,
    /// What software may do with it.
    pub access: Access,
    /// What it means.
    pub description: &'static str,
}

impl Field {
    /// The largest value, and with it the bits, lowest first.
    fn most(&self) -> u32 {
        u32::MAX >> (32 - u32::from(self.width))
    }

    /// The bits in their place.
    fn mask(&self) -> u32 {
        self.most() << self.low
    }
}

/// A register of 32 bits.
#[derive(Debug, PartialEq, Eq)]
pub struct Register {
    /// Its name.
    pub name: &'static str,
    /// Its byte offset in the window.
    pub offset: u32,
    /// What it is for.
    pub description: &'static str,
    /// Its fields, lowest first.
    pub fields: &'static [Field],
}

impl Register {
    fn readable(&self) -> bool {
        self.fields.iter().any(|field| field.access.readable())
    }

    fn writable(&self) -> bool {
        self.fields.iter().any(|field| field.access.writable())
    }
}

/// A register or one of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The register.
    pub register: &'static Register,
    /// The register's byte offset in the window.
    pub offset: u32,
    /// The field, if it is not the register as a whole.
    pub field: Option<&'static Field>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.register.name)?;
        match self.field {
            Some(field) => write!(f, ".{}", field.name),
            None => Ok(()),
        }
    }
}

/// A name that no register has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no register {name:?}{}", nearest.as_ref().map(|nearest| format!("; the nearest is {nearest:?}")).unwrap_or_default())]
pub struct NameError {
    /// What was asked for.
    pub name: String,
    nearest: Option<String>,
}

impl NameError {
    /// The name that is most like it, if any is.
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }

    /// As an error of the driver.
    pub fn into_error(self) -> Error {
        self.into()
    }
}

/// The names of all registers and fields.
pub fn names() -> impl Iterator<Item = String> {
    REGISTERS.iter().flat_map(|register| {
        let fields = register.fields.iter();
        let fields = fields.map(|field| format!("{}.{}", register.name, field.name));
        std::iter::once(register.name.to_owned()).chain(fields)
    })
}

/// The register at a byte offset of the window.
pub fn at(offset: u32) -> Option<&'static Register> {
    let place = REGISTERS.binary_search_by_key(&offset, |register| register.offset);
    REGISTERS.get(place.ok()?)
}

/// The register or field of that name.
///
/// # Errors
/// [`NameError`] with the nearest name if there is none.
pub fn find(name: &str) -> Result<Place, NameError> {
    let place = |register: &'static Register, field| Place {
        register,
        offset: register.offset,
        field,
    };
    for register in REGISTERS {
        if register.name == name {
            return Ok(place(register, None));
        }
        let rest = name.strip_prefix(register.name);
        let Some(wanted) = rest.and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        if let Some(field) = register.fields.iter().find(|field| field.name == wanted) {
            return Ok(place(register, Some(field)));
        }
    }
    let likeness = |known: &String| strsim::jaro_winkler(known, name);
    let nearest = names().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    Err(NameError {
        name: name.to_owned(),
        nearest: nearest.filter(|nearest| likeness(nearest) > 0.6),
    })
}

impl<D: Device> Card<D> {
    /// Reads a register, or a field of one as a number.
    ///
    /// # Errors
    /// [`Error::NotReadable`] if it is for writing only; [`DeviceError`](crate::DeviceError) if the access failed.
    pub fn read_register(&mut self, place: &Place) -> Result<u32, Error> {
        let readable = match place.field {
            Some(field) => field.access.readable(),
            None => place.register.readable(),
        };
        if !readable {
            return Err(Error::NotReadable(place.to_string()));
        }
        let word = self.device.read32(place.offset)?;
        Ok(match place.field {
            Some(field) => word >> field.low & field.most(),
            None => word,
        })
    }

    /// Writes a register, or a field of one: its other fields keep what they hold. What is known of the tables is forgotten,
    /// because some registers change them.
    ///
    /// # Errors
    /// [`Error::NotWritable`] if it is for reading only, [`Error::TooWide`] if the value has more bits than the field;
    /// [`DeviceError`](crate::DeviceError) if an access failed.
    pub fn write_register(&mut self, place: &Place, value: u32) -> Result<(), Error> {
        let register = place.register;
        let writable = match place.field {
            Some(field) => field.access.writable(),
            None => register.writable(),
        };
        if !writable {
            return Err(Error::NotWritable(place.to_string()));
        }
        let word = match place.field {
            None => value,
            Some(field) if value > field.most() => {
                return Err(Error::TooWide {
                    name: place.to_string(),
                    value,
                    most: field.most(),
                });
            }
            Some(field) => self.held_by_others(register, field)? | value << field.low,
        };
        self.forget();
        self.device.write32(place.offset, word)?;
        Ok(())
    }

    /// What must be written to the other fields so that they keep what they hold.
    fn held_by_others(&mut self, register: &Register, field: &Field) -> Result<u32, Error> {
        let others = register.fields.iter();
        let others = others.filter(|other| other.access == Access::ReadWrite);
        let kept = others.fold(0, |mask, other| mask | other.mask()) & !field.mask();
        if kept == 0 {
            return Ok(0);
        }
        Ok(self.device.read32(register.offset)? & kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::FakeDevice;

    #[test]
    fn every_name_is_found_and_every_bit_is_told_once() {
        for name in names() {
            assert_eq!(find(&name).unwrap().to_string(), name);
        }
        for register in REGISTERS {
            let mut bits = 0;
            for field in register.fields {
                assert_eq!(bits & field.mask(), 0, "{}", register.name);
                bits |= field.mask();
            }
            assert_ne!(bits, 0, "{}", register.name);
            assert_eq!(at(register.offset), Some(register));
            assert_eq!(at(register.offset + 1), None);
        }
        let offsets = REGISTERS.iter().map(|register| register.offset);
        assert!(offsets.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn places_by_hand() {
        let place = find("port[2].bpdu_to_host").unwrap();
        assert_eq!((place.offset, place.field.unwrap().low), (0x48, 16));
        assert_eq!(find("host.tx.tail").unwrap().offset, 0x1054);
        assert_eq!(find("host.punt_limit[15].burst").unwrap().offset, 0x10bc);
        let error = find("forwarding.fbd_age").unwrap_err();
        assert_eq!(error.nearest(), Some("forwarding.fdb_age"));
        assert_eq!(find("").unwrap_err().nearest(), None);
    }

    #[test]
    fn a_field_is_written_and_its_neighbours_stay() {
        let mut card = Card::open(FakeDevice::new(4)).unwrap();
        let age = find("forwarding.fdb_age").unwrap();
        card.write_register(&age, 300).unwrap();
        card.write_register(&find("forwarding.drop_unknown").unwrap(), 1)
            .unwrap();
        assert_eq!(card.read_register(&age).unwrap(), 300);
        assert_eq!(
            card.read_register(&find("forwarding").unwrap()).unwrap(),
            300 << 16 | 1
        );
        assert!(matches!(
            card.write_register(&age, 1 << 15),
            Err(Error::TooWide { most: 0x7fff, .. })
        ));
        let magic = find("identity.magic").unwrap();
        assert!(matches!(
            card.write_register(&magic, 0),
            Err(Error::NotWritable(name)) if name == "identity.magic"
        ));
        assert!(matches!(
            card.read_register(&find("table_command").unwrap()),
            Err(Error::NotReadable(_))
        ));
        // Events that are not named stay.
        card.device_mut().host.event(0b101);
        card.write_register(&find("host.event_status.link").unwrap(), 1)
            .unwrap();
        let status = find("host.event_status").unwrap();
        assert_eq!(card.read_register(&status).unwrap(), 0b100);
    }
}
