//! Cards that are reset: against a card in memory.

use flowswitch_driver::Error;
use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::register_map::find;

use crate::fig2::open;
use crate::random::image;

/// An access between two resets that are tried: a prime, so that all kinds of accesses are met.
const STRIDE: usize = 401;

#[test]
fn a_card_that_was_reset_is_programmed_anew_without_being_told() {
    let (old, new) = (image(4), image(5));
    let mut card = open(FakeDevice::new(8));
    card.program(&old).unwrap();
    for next in [&old, &new] {
        card.device_mut().reset_after = Some(0);
        card.generation().unwrap_err();
        assert_eq!(card.generation().unwrap(), 0);
        assert!(!card.runs(&old).unwrap());
        let report = card.program(next).unwrap();
        assert!(!report.unchanged);
        assert_eq!(card.verify(next).unwrap(), []);
        assert!(card.runs(next).unwrap());
    }
}

#[test]
fn an_update_outlives_a_reset_at_any_access() {
    let (old, new) = (image(4), image(5));
    let mut first = open(FakeDevice::new(8));
    first.program(&old).unwrap();
    let (device, _) = first.detach();
    let mut resets = 0;
    for accesses in (0..).step_by(STRIDE) {
        let mut card = open(device.clone());
        card.device_mut().reset_after = Some(accesses);
        card.program(&new).unwrap();
        let over = card.device().reset_after.is_some();
        card.device_mut().reset_after = None;
        assert_eq!(card.verify(&new).unwrap(), [], "{accesses} accesses");
        assert!(card.runs(&new).unwrap(), "{accesses} accesses");
        if over {
            break;
        }
        resets += 1;
    }
    assert!(resets > 50, "{resets} resets came before the end");
}

#[test]
fn an_update_that_began_before_a_reset_does_not_end_after_it() {
    let image = image(4);
    let mut card = open(FakeDevice::new(8));
    card.program(&image).unwrap();
    let held = card.generation().unwrap();
    card.device_mut().reset_after = Some(0);
    card.generation().unwrap_err();
    let generation = find("generation").unwrap();
    for number in [held, held | 1, 2] {
        card.write_register(&generation, number).unwrap();
        assert_eq!(card.generation().unwrap(), 0, "{number} was taken");
    }
    assert!(matches!(
        card.adjust(Some(&image), &image),
        Err(Error::Reset)
    ));
}

#[test]
fn states_that_change_on_a_card_that_was_reset_tell_of_the_reset() {
    let image = image(4);
    let mut changed = image.clone();
    let member = changed.members.values_mut().next().unwrap();
    member.draining = !member.draining;
    let (mut whole, mut cut) = (0, 0);
    // At any access of the adjustment, or before the first.
    for accesses in 0..40 {
        let mut card = open(FakeDevice::new(8));
        card.program(&image).unwrap();
        card.device_mut().reset_after = Some(accesses);
        match card.adjust(Some(&image), &changed) {
            Err(Error::Reset) => cut += 1,
            // The access that told of the reset was the last one, which asks for it.
            Err(Error::Device(_)) => assert_eq!(card.generation().unwrap(), 0),
            // The reset is yet to come.
            Ok(_) => {
                assert!(card.device().reset_after.is_some());
                whole += 1;
                continue;
            }
            Err(error) => panic!("{accesses} accesses: {error}"),
        }
        card.program(&changed).unwrap();
        assert_eq!(card.verify(&changed).unwrap(), []);
        assert!(card.runs(&changed).unwrap());
    }
    assert!(cut > 0 && whole > 0, "{cut} cut, {whole} whole");
}

#[test]
fn an_entry_is_not_written_to_a_card_that_lost_the_others() {
    let image = image(4);
    let bucket = image.buckets[0];
    let mut card = open(FakeDevice::new(8));
    card.program(&image).unwrap();
    card.device_mut().reset_after = Some(0);
    card.generation().unwrap_err();
    assert!(matches!(card.write_bucket(0, bucket), Err(Error::Reset)));
    assert_eq!(card.generation().unwrap(), 0, "nothing was written");
    // Nothing that is known was lost now: a card is written entry by entry from empty on.
    card.write_bucket(0, bucket).unwrap();
    assert_eq!(card.read_bucket(0).unwrap(), bucket);
    card.program(&image).unwrap();
    assert_eq!(card.verify(&image).unwrap(), []);
}
