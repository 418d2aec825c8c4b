//! A top-of-rack switch: machines by untagged wires, the card by one that carries every VLAN with its tag.
//!
//! It is a program, because kernels without VLANs are to run the test too. Its wire to the card is a pair of TAP devices
//! whose frames netfilter hands from one to the other.

use crate::live::command::{self, CommandError};
use crossbeam_channel::{Receiver, Sender, unbounded};
use flowswitch_sim::taps::Tap;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;

/// The card's only wire.
pub const TRUNK: &str = "trunk";
/// This switch's end of it.
const UPLINK: &str = "uplink";
const JOINT: &str = "table netdev joint {
  chain up { type filter hook ingress device \"uplink\" priority 0; fwd to \"trunk\"; }
  chain down { type filter hook ingress device \"trunk\" priority 0; fwd to \"uplink\"; }
}
";
/// Longest packet of that wire: a whole one and a tag.
const MTU: &str = "1600";
const TAG: [u8; 2] = [0x81, 0x00];
const MAC: usize = 6;
const TYPE: usize = 2 * MAC;

type Mac = [u8; MAC];

/// A port of the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Trunk,
    Access(usize),
}

/// What the switch has learned, and how it forwards.
#[derive(Debug)]
struct Switch {
    /// VLANs of the ports for machines.
    vlans: Vec<u16>,
    learned: BTreeMap<(u16, Mac), Place>,
}

/// Starts the switch for machines of these names and VLANs; it makes a device for each. The card's device [`TRUNK`] must be
/// there. It works until the process ends.
///
/// # Errors
/// If the devices cannot be made or joined.
pub fn start(ports: &[(&str, u16)], folder: &Path) -> Result<(), io::Error> {
    let failed = |error: CommandError| io::Error::other(error);
    let (sender, received) = unbounded();
    let uplink = open(UPLINK, Place::Trunk, &sender)?;
    let mut machines = Vec::new();
    for (place, (name, _)) in ports.iter().enumerate() {
        machines.push(open(name, Place::Access(place), &sender)?);
    }
    for device in [TRUNK, UPLINK] {
        // The machine that they are in has no business with what passes.
        let quiet = ["ip", "link", "set", device, "addrgenmode", "none"];
        command::run(&quiet).map_err(failed)?;
        command::run(&["ip", "link", "set", device, "mtu", MTU, "up"]).map_err(failed)?;
    }
    let rules = folder.join("joint.nft");
    fs::write(&rules, JOINT)?;
    command::run(&["nft", "-f", &rules.display().to_string()]).map_err(failed)?;
    let switch = Switch {
        vlans: ports.iter().map(|(_, vlan)| *vlan).collect(),
        learned: BTreeMap::new(),
    };
    thread::spawn(move || work(switch, &received, &uplink, &machines));
    Ok(())
}

fn open(name: &str, place: Place, to: &Sender<(Place, Vec<u8>)>) -> io::Result<Tap> {
    let tap = Tap::open(name)?;
    let to = to.clone();
    tap.receive(move |frame| to.send((place, frame)).is_ok());
    Ok(tap)
}

fn work(mut switch: Switch, received: &Receiver<(Place, Vec<u8>)>, uplink: &Tap, machines: &[Tap]) {
    for (from, frame) in received {
        for (to, frame) in switch.forward(from, &frame) {
            let tap = match to {
                Place::Trunk => Some(uplink),
                Place::Access(place) => machines.get(place),
            };
            // A device that is down loses it, as a wire does.
            let _ = tap.map(|tap| tap.send(&frame));
        }
    }
}

impl Switch {
    /// Where a frame goes, and as what.
    fn forward(&mut self, from: Place, frame: &[u8]) -> Vec<(Place, Vec<u8>)> {
        let Some((vlan, frame)) = self.classify(from, frame) else {
            return Vec::new();
        };
        let (Some(to), Some(source)) = (mac(&frame, 0), mac(&frame, MAC)) else {
            return Vec::new();
        };
        self.learned.insert((vlan, source), from);
        let members = self.vlans.iter().enumerate();
        let members = members.filter(|(_, of)| **of == vlan);
        let members = members.map(|(place, _)| Place::Access(place));
        let all = members.chain([Place::Trunk]);
        // A group address is never learned.
        let known = self.learned.get(&(vlan, to)).copied();
        all.filter(|place| *place != from && known.is_none_or(|known| known == *place))
            .map(|place| match place {
                Place::Trunk => (place, tagged(vlan, &frame)),
                Place::Access(_) => (place, frame.clone()),
            })
            .collect()
    }

    /// A frame's VLAN, and the frame without its tag.
    fn classify(&self, from: Place, frame: &[u8]) -> Option<(u16, Vec<u8>)> {
        match from {
            Place::Access(place) => Some((*self.vlans.get(place)?, frame.to_owned())),
            Place::Trunk => {
                let (kind, rest) = frame.get(TYPE..)?.split_at_checked(2)?;
                let (control, rest) = rest.split_at_checked(2)?;
                let vlan = u16::from_be_bytes(control.try_into().ok()?) & 0xfff;
                (kind == TAG).then(|| (vlan, [&frame[..TYPE], rest].concat()))
            }
        }
    }
}

fn mac(frame: &[u8], at: usize) -> Option<Mac> {
    frame.get(at..at + MAC)?.try_into().ok()
}

fn tagged(vlan: u16, frame: &[u8]) -> Vec<u8> {
    [&frame[..TYPE], &TAG, &vlan.to_be_bytes(), &frame[TYPE..]].concat()
}

#[cfg(test)]
mod tests {
    use super::{Place, Switch, tagged};
    use std::collections::BTreeMap;

    fn frame(to: u8, from: u8) -> Vec<u8> {
        let mut frame = vec![to; 6];
        frame.extend([from; 6]);
        frame.extend([0x08, 0x00, 1, 2, 3]);
        frame
    }

    #[test]
    fn vlans_stay_apart_and_stations_are_learned() {
        let mut switch = Switch {
            vlans: vec![100, 100, 210],
            learned: BTreeMap::new(),
        };
        let [a, b] = [Place::Access(0), Place::Access(1)];
        let asked = frame(0xff, 2);
        let flooded = vec![(b, asked.clone()), (Place::Trunk, tagged(100, &asked))];
        assert_eq!(switch.forward(a, &asked), flooded);
        let answer = frame(2, 4);
        let to_a = vec![(a, answer.clone())];
        assert_eq!(switch.forward(Place::Trunk, &tagged(100, &answer)), to_a);
        assert_eq!(switch.forward(b, &answer), to_a);
        let other = vec![(Place::Access(2), answer.clone())];
        assert_eq!(switch.forward(Place::Trunk, &tagged(210, &answer)), other);
        assert!(switch.forward(Place::Trunk, &answer).is_empty());
        assert!(
            switch
                .forward(Place::Trunk, &tagged(99, &answer))
                .is_empty()
        );
        assert!(switch.forward(a, &[0; 5]).is_empty());
        // Its station is at the port that it came from.
        assert!(switch.forward(a, &frame(2, 6)).is_empty());
    }
}
