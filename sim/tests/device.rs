//! The card in this process as a device: memory, interrupts, resets, and time that passes.

use flowswitch_driver::{Device, DeviceError};
use flowswitch_sim::card::{Card, Injection};
use flowswitch_sim::rtl::{RtlCard, RtlOptions, SimDevice};
use std::time::Duration;

const STATUS: u32 = 0x1008;
const CONTROL: u32 = 0x1004;
const INTERRUPT_TEST: u32 = 0x100c;
const EVENT_ENABLE: u32 = 0x1064;
const TX_DESCRIPTORS: u32 = 0x1040;
const TX_COMPLETIONS: u32 = 0x1048;
const TX_SIZE: u32 = 0x1050;
const TX_TAIL: u32 = 0x1054;
const GENERATION: u32 = 0x00c;
const CLEAR: u32 = 0x038;
const CLEAR_KEY: u32 = u32::from_le_bytes(*b"CLER");
const CLEAR_STATUS: u32 = 0x03c;
const BUCKETS: u32 = 0x8_0000;
const MILLISECOND: Duration = Duration::from_millis(1);

fn open() -> SimDevice {
    SimDevice::open(2, 1, RtlOptions::default()).expect("a Verilated card")
}

/// Starts the transmit ring on two pages and posts a descriptor of zeros, which is a bad one.
fn post(device: &mut SimDevice, descriptors: u64, completions: u64) -> Result<(), DeviceError> {
    for (register, address) in [(TX_DESCRIPTORS, descriptors), (TX_COMPLETIONS, completions)] {
        device.write32(register, address as u32)?;
        device.write32(register + 4, (address >> 32) as u32)?;
    }
    device.write32(TX_SIZE, 4)?;
    device.write32(CONTROL, 2)?;
    device.write32(TX_TAIL, 1)
}

#[test]
fn the_card_reaches_what_was_allocated_until_it_is_dropped() -> Result<(), DeviceError> {
    let mut device = open();
    device.enable_interrupts(3)?;
    let descriptors = device.allocate(100)?;
    let completions = device.allocate(5_000)?;
    assert_eq!((descriptors.bytes(), completions.bytes()), (4_096, 8_192));
    assert!(descriptors.address() + 4_096 < completions.address());
    assert!(
        (0..8_192)
            .step_by(8)
            .all(|offset| completions.load(offset) == 0)
    );
    post(&mut device, descriptors.address(), completions.address())?;
    device.wait(MILLISECOND)?;
    assert_eq!(
        completions.load(0),
        1 << 63 | 2 << 40,
        "phase, status 2, index 0"
    );
    // The descriptors' memory is given back while the ring still runs.
    drop(descriptors);
    device.write32(TX_TAIL, 2)?;
    device.wait(MILLISECOND)?;
    assert_eq!(
        device.read32(STATUS)? >> 8 & 0xf,
        3,
        "a descriptor that cannot be read"
    );
    assert_eq!(device.harness().bus_faults().count, 1);
    Ok(())
}

#[test]
fn interrupts_come_once_and_only_those_taken() -> Result<(), DeviceError> {
    let mut device = open();
    device.write32(INTERRUPT_TEST, 7)?;
    assert_eq!(device.wait_interrupt(7, MILLISECOND)?, 0, "not enabled");
    device.reset()?;
    device.enable_interrupts(2)?;
    device.write32(INTERRUPT_TEST, 6)?;
    assert_eq!(device.wait_interrupt(1, MILLISECOND)?, 0, "another vector");
    assert_eq!(
        device.wait_interrupt(7, MILLISECOND)?,
        2,
        "vector 2 is not taken"
    );
    assert_eq!(device.wait_interrupt(7, MILLISECOND)?, 0, "once");
    assert!(matches!(
        device.enable_interrupts(4),
        Err(DeviceError::Unsupported(_))
    ));
    Ok(())
}

#[test]
fn time_passes_while_the_device_waits() -> Result<(), DeviceError> {
    let mut device = open();
    device.enable_interrupts(3)?;
    for wait in [0, 1, 1_000, 123_456_789].map(Duration::from_nanos) {
        for interrupt in [false, true] {
            let (began, clocks) = (device.harness().now_ns(), device.harness().clock());
            if interrupt {
                assert_eq!(device.wait_interrupt(7, wait)?, 0);
            } else {
                device.wait(wait)?;
            }
            let passed = Duration::from_nanos(device.harness().now_ns() - began);
            assert!(
                passed >= wait && passed < wait + Duration::from_micros(1),
                "{passed:?}"
            );
            // Not by a clock for every 3 ns of it.
            assert!(device.harness().clock() - clocks < 20_000);
        }
    }
    Ok(())
}

#[test]
fn a_reset_takes_the_bus_away() -> Result<(), DeviceError> {
    let mut device = open();
    device.enable_interrupts(3)?;
    device.write32(EVENT_ENABLE, 1)?;
    device.write32(INTERRUPT_TEST, 1)?;
    device.wait(MILLISECOND)?;
    device.reset()?;
    assert_eq!(device.read32(EVENT_ENABLE)?, 0);
    let (descriptors, completions) = (device.allocate(64)?, device.allocate(64)?);
    post(&mut device, descriptors.address(), completions.address())?;
    device.wait(MILLISECOND)?;
    assert_eq!(completions.load(0), 0);
    assert_eq!(device.read32(STATUS)? >> 8 & 0xf, 3);
    device.write32(CONTROL, 0)?;
    device.enable_interrupts(3)?;
    assert_eq!(
        device.wait_interrupt(7, MILLISECOND)?,
        0,
        "from before the reset"
    );
    post(&mut device, descriptors.address(), completions.address())?;
    device.wait(MILLISECOND)?;
    assert_eq!(completions.load(0), 1 << 63 | 2 << 40);
    Ok(())
}

#[test]
fn a_card_without_rings_has_registers_alone() {
    let mut card = RtlCard::new(2, 1, RtlOptions::default()).expect("a Verilated card");
    let device = card.driver_mut().device_mut();
    let refused =
        |result: Result<(), DeviceError>| matches!(result, Err(DeviceError::Unsupported(_)));
    assert!(refused(device.allocate(64).map(drop)));
    assert!(refused(device.enable_interrupts(1)));
    assert!(refused(device.wait_interrupt(1, MILLISECOND).map(drop)));
    assert!(refused(device.reset()));
}

/// The stream of the host's frames is not there beside the rings.
#[test]
fn nothing_is_injected_beside_the_rings() {
    let options = RtlOptions {
        rings: true,
        ..RtlOptions::default()
    };
    let mut card = RtlCard::new(2, 1, options).expect("a Verilated card");
    card.inject(vec![Injection {
        egress: 0,
        at_ns: 0,
        data: vec![0; 60],
    }]);
    let refused = card.run_until_idle().expect_err("no such way in");
    assert!(refused.to_string().contains("rings"), "{refused}");
    card.run_until_idle().expect("the card lives on");
}

#[test]
fn an_access_waits_until_a_card_is_cleared() -> Result<(), DeviceError> {
    let mut device = open();
    // Nothing is written to a card whose generation tells that it holds nothing.
    device.write32(BUCKETS, 0x8001_8002)?;
    assert!(device.read32(BUCKETS).is_err(), "the write was refused");
    device.write32(GENERATION, 1)?;
    device.write32(BUCKETS, 0x8001_8002)?;
    assert_eq!(device.read32(BUCKETS)?, 0x8001_8002);
    device.write32(CLEAR, CLEAR_KEY)?;
    // It waits for as many clocks as there are buckets.
    assert_eq!(device.read32(BUCKETS)?, 0);
    assert_eq!(device.read32(CLEAR_STATUS)?, 0, "all of it is done");
    device.write32(GENERATION, 1)?;
    device.write32(BUCKETS, 0x8003_8004)?;
    assert_eq!(device.read32(BUCKETS)?, 0x8003_8004);
    Ok(())
}
