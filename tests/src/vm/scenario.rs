//! One boot: the program in the guest does all that a driver does, is killed under traffic, and its successor finds all as
//! it should be.

use super::datagrams::{Tally, datagram, number_of};
use super::failure::Failure;
use super::guest::PATIENCE;
use super::installation::{Driver, Installation, Places, traffic};
use crate::frame::FrameBuilder;
use crate::live::ledger::Ledger;
use crate::live::stations::{Cluster, STATION_ADDRESSES, Stations};
use flowswitch::config::Config;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// Port that datagrams to the host and of the host go to.
pub const PORT: u16 = 4_000;
/// Port of the card that the station is on.
const STATION_PORT: u8 = 3;
/// Where the guest has its configuration.
pub const CONFIG: &str = "/cluster.toml";
/// Datagrams of one round of traffic, and how many a second: all of them fit into the queues between the stacks and a card
/// that a busy machine runs slowly.
const DATAGRAMS: u64 = 400;
const PER_SECOND: u32 = 80;
/// When, within such a round, a fault happens.
const FAULT_AFTER: Duration = Duration::from_millis(1_500);
/// Frames to be captured in the guest.
const CAPTURED: usize = 40;
/// Frames that are sent meanwhile, and how many a second.
const PUNTED: u64 = 400;
const PUNTED_PER_SECOND: u32 = 40;
/// Frames injected by the guest.
const INJECTED: u64 = 3;
/// How long what the guest has sent may take to be heard.
const HEARD: Duration = Duration::from_secs(20);
/// How long an answer may take that goes by several commands.
const LOOK: Duration = Duration::from_millis(200);

/// What the run is about.
pub struct Scenario<'a> {
    /// Where things are.
    pub places: &'a Places,
    /// The guest's file system.
    pub initrd: &'a Path,
    /// The configuration.
    pub config: &'a Config,
    /// What stands in it.
    pub cluster: &'a Cluster,
    /// The judges' book.
    pub ledger: &'a Ledger,
}

impl Scenario<'_> {
    /// Does everything once; returns the frames that were lost when the program was killed.
    ///
    /// # Errors
    /// If it cannot go on; what is judged goes to the ledger.
    pub fn run(&self) -> Result<u64, Failure> {
        let mut installation = Installation::new(self.places)?;
        self.say("the card serves");
        let mut driver = installation.boot(self.places, self.initrd)?;
        self.say(format!(
            "the guest is up, {:.1} s after its kernel; the card is at {}",
            driver.guest.uptime(),
            driver.address()
        ));
        self.first_use(&mut driver)?;
        installation.populate(self.cluster, &self.places.own)?;
        let stations = installation.stations().ok_or_else(no_stations)?;
        self.say("the machines around the card are up");
        for &address in &self.cluster.addresses {
            self.lossless(&self.traffic(stations, address)?, "balanced");
        }
        self.punts(&mut driver, stations)?;
        self.injections(&mut driver, stations)?;
        let lost = self.kill(&mut driver, stations, FAULT_AFTER)?;
        self.unchanged(&mut driver)?;
        driver.guest.power_off()?;
        self.say("the guest is off");
        let address = self.cluster.addresses[0];
        let tally = self.traffic(stations, address)?;
        self.lossless(&tally, "balanced without a guest");
        self.say(installation.stop()?);
        Ok(lost)
    }

    fn say(&self, what: impl AsRef<str>) {
        println!("vm: {:6.1} s  {}", self.ledger.seconds(), what.as_ref());
    }

    /// Binding, looking, testing and programming a card that nobody has programmed.
    fn first_use(&self, driver: &mut Driver) -> Result<(), Failure> {
        let listed = driver.guest.must("flowswitch device list")?;
        if !listed.output.contains(driver.address()) {
            return Err(listed.lacks("line of the card"));
        }
        driver.bind()?;
        let info = driver.json("device info", PATIENCE)?;
        if info["capabilities"]["rings"] != Value::Bool(true) {
            self.ledger.fault(format!("the card has no rings: {info}"));
        }
        self.doctor(driver)?;
        let (report, took) = driver.apply(CONFIG)?;
        let writes = writes(&report);
        self.say(format!(
            "programmed by {writes} writes in {:.1} s",
            took.as_secs_f64()
        ));
        if writes == 0 {
            self.ledger
                .fault("a fresh card held the configuration already");
        }
        Ok(())
    }

    fn doctor(&self, driver: &mut Driver) -> Result<(), Failure> {
        let begun = Instant::now();
        driver.doctor()?;
        self.say(format!(
            "doctor: all well, in {:.1} s",
            begun.elapsed().as_secs_f64()
        ));
        self.ledger.count("doctor: all well", 1);
        Ok(())
    }

    /// One round of datagrams to an address of the cluster.
    ///
    /// # Errors
    /// If they cannot be sent.
    pub fn traffic(&self, stations: &Stations, to: IpAddr) -> Result<Tally, Failure> {
        traffic(stations, &self.places.own, to, DATAGRAMS, PER_SECOND)
    }

    /// Every datagram came back, once, and all servers served.
    pub fn lossless(&self, tally: &Tally, what: &str) {
        let (sent, lost) = (tally.sent, tally.lost());
        self.say(format!(
            "{sent} datagrams {what}, {lost} lost: {:?}",
            tally.servers
        ));
        self.ledger
            .count(format!("datagrams {what}"), tally.returned);
        if lost != 0 || tally.doubled != 0 {
            self.ledger.fault(format!(
                "{what}: {lost} of {sent} datagrams lost, {} doubled",
                tally.doubled
            ));
        }
        if tally.servers.len() != self.cluster.server_macs.len() {
            self.ledger.fault(format!(
                "{what}: not all servers served: {:?}",
                tally.servers
            ));
        }
    }

    /// Frames to the host reach a program in the guest by the ring, in order and whole, with interrupts.
    fn punts(&self, driver: &mut Driver, stations: &Stations) -> Result<(), Failure> {
        let host = self.host_address().ok_or_else(no_stations)?;
        let words = format!(
            "capture --reason addressed --count {CAPTURED} --duration 120s --output /tmp/punts --json"
        );
        let process = driver.start(&words, "/tmp/capture")?;
        driver.wait_interrupts()?;
        let (own, to) = (
            self.places.own.display().to_string(),
            format!("{host}:{PORT}"),
        );
        let (count, rate) = (PUNTED.to_string(), PUNTED_PER_SECOND.to_string());
        let tell = [own.as_str(), "tell", &to, &count, &rate];
        let counted = thread::scope(|scope| {
            let told = scope.spawn(|| stations.station.run(&tell));
            let mut most = Vec::new();
            let begun = Instant::now();
            while driver
                .guest
                .run(&format!("kill -0 {process}"), PATIENCE)?
                .status
                == 0
            {
                if let Ok(now) = driver.interrupts() {
                    most = now;
                }
                if begun.elapsed() > PATIENCE {
                    break;
                }
                thread::sleep(LOOK);
            }
            match told.join() {
                Ok(told) => told.map_err(Failure::from)?,
                Err(_) => return Err(no_stations()),
            };
            Ok::<_, Failure>(most)
        })?;
        let said = driver.guest.must("cat /tmp/capture")?;
        let said = said.json()?;
        self.say(format!(
            "the kernel counted interrupts {counted:?}; the capture says {said}"
        ));
        let interrupts = said["interrupts"].as_u64().unwrap_or_default();
        self.ledger.count("interrupts of the capture", interrupts);
        self.ledger.require("interrupts of the capture", 1);
        let numbers = self.captured(driver)?;
        let in_order = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
        if numbers.len() != CAPTURED || !in_order {
            self.ledger.fault(format!(
                "the guest captured {numbers:?}, not {CAPTURED} in order"
            ));
        }
        self.ledger
            .count("punted frames in the guest", numbers.len() as u64);
        Ok(())
    }

    /// The numbers of the captured datagrams, every byte of each compared.
    fn captured(&self, driver: &mut Driver) -> Result<Vec<u64>, Failure> {
        let answer = driver.guest.must("xxd -p /tmp/punts")?;
        let bytes = bytes_of(&answer.output).ok_or_else(|| answer.lacks("bytes"))?;
        let capture = flowswitch_sim::pcap::read(&bytes);
        let capture = capture.map_err(|_| answer.lacks("capture file"))?;
        let payload = |frame: &[u8]| {
            // Ethernet, IPv4 without options, UDP.
            let length = usize::from(u16::from_be_bytes([*frame.get(38)?, *frame.get(39)?]));
            number_of(frame.get(42..34 + length)?)
        };
        let numbers = capture.records.iter().map(|record| payload(&record.data));
        let numbers: Option<Vec<u64>> = numbers.collect();
        numbers.ok_or_else(|| answer.lacks("whole datagrams"))
    }

    /// Frames that the guest injects leave by the port it names.
    fn injections(&self, driver: &mut Driver, stations: &Stations) -> Result<(), Failure> {
        let (heard, hears) = channel();
        let own = self.places.own.display().to_string();
        let at = format!("{}:{PORT}", STATION_ADDRESSES[0]);
        let _hearing = stations.station.follow(&[&own, "hear", &at], move |line| {
            // Who waits for it has given up if this fails.
            let _ = heard.send(line.to_owned());
        })?;
        let silent = |begun: Instant| Failure::Silent {
            who: "the station",
            what: "does not hear what the guest injects".into(),
            after: begun.elapsed(),
            said: String::new(),
        };
        let begun = Instant::now();
        hears.recv_timeout(HEARD).map_err(|_| silent(begun))?;
        for number in 0..INJECTED {
            let frame = self.frame_of_host(stations, number)?;
            driver.json(
                &format!("inject --port {STATION_PORT} --hex {frame}"),
                PATIENCE,
            )?;
            let line = hears.recv_timeout(HEARD).map_err(|_| silent(begun))?;
            if line != number.to_string() {
                self.ledger
                    .fault(format!("injected datagram {number} was heard as {line}"));
            }
            self.ledger.count("injected frames heard", 1);
        }
        Ok(())
    }

    fn frame_of_host(&self, stations: &Stations, number: u64) -> Result<String, Failure> {
        let (Some(host), Some(about)) = (self.host_address(), &self.config.host) else {
            return Err(no_stations());
        };
        let station = stations
            .station
            .run(&["cat", "/sys/class/net/station/address"])?;
        let station = parse_mac(station.trim()).ok_or_else(no_stations)?;
        let to: Ipv4Addr = STATION_ADDRESSES[0].parse().map_err(|_| no_stations())?;
        let frame = FrameBuilder::ethernet(station, about.mac.value.0)
            .ipv4(host, to, 17, 0, 0)
            .udp(PORT, PORT)
            .bytes(&datagram(number))
            .finish();
        Ok(frame.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn host_address(&self) -> Option<Ipv4Addr> {
        let addresses = self.config.host.iter().flat_map(|host| &host.addresses);
        addresses
            .filter_map(|address| match address.value {
                IpAddr::V4(address) => Some(address),
                IpAddr::V6(_) => None,
            })
            .next()
    }

    /// Kills a program that has the rings and interrupts at work, under traffic; returns the datagrams lost.
    ///
    /// # Errors
    /// If it cannot go on.
    pub fn kill(
        &self,
        driver: &mut Driver,
        stations: &Stations,
        after: Duration,
    ) -> Result<u64, Failure> {
        let process = driver.start("capture", "/tmp/capture")?;
        driver.wait_interrupts()?;
        let tally = self.during_traffic(stations, after, || driver.kill(process))?;
        self.lossless(&tally, "balanced while the program was killed");
        Ok(tally.lost())
    }

    /// Kills the virtual machine under traffic, its program at work; returns the datagrams lost.
    ///
    /// # Errors
    /// If it cannot go on.
    pub fn kill_machine(
        &self,
        mut driver: Driver,
        stations: &Stations,
        after: Duration,
    ) -> Result<u64, Failure> {
        driver.start("capture", "/tmp/capture")?;
        driver.wait_interrupts()?;
        let tally = self.during_traffic(stations, after, || driver.guest.kill())?;
        self.lossless(&tally, "balanced while the machine was killed");
        Ok(tally.lost())
    }

    fn during_traffic(
        &self,
        stations: &Stations,
        after: Duration,
        fault: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<Tally, Failure> {
        let address = self.cluster.addresses[0];
        thread::scope(|scope| {
            let traffic = scope.spawn(|| self.traffic(stations, address));
            thread::sleep(after);
            let done = fault();
            let tally = traffic.join().unwrap_or_else(|_| Err(no_stations()))?;
            done.map(|()| tally)
        })
    }

    /// A new program reads all tables back, finds them as they should be and writes nothing.
    ///
    /// # Errors
    /// If it cannot go on.
    pub fn unchanged(&self, driver: &mut Driver) -> Result<(), Failure> {
        let (report, took) = driver.apply_thoroughly(CONFIG)?;
        let writes = writes(&report);
        self.say(format!(
            "attached again, tables read back: {writes} writes, in {:.1} s",
            took.as_secs_f64()
        ));
        if writes != 0 || report["unchanged"] != Value::Bool(true) {
            self.ledger
                .fault(format!("a program that attached again wrote {report}"));
        }
        self.ledger.count("attached again without a write", 1);
        Ok(())
    }
}

/// Register writes of a report.
pub fn writes(report: &Value) -> u64 {
    report["written"]["writes"].as_u64().unwrap_or(u64::MAX)
}

fn no_stations() -> Failure {
    Failure::Missing {
        path: "tests/vm/cluster.toml".into(),
        remedy: "the configuration must have a host with an IPv4 address and the machines of tests/live/rig.toml",
    }
}

fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let bytes: Vec<u8> = text
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16))
        .collect::<Result<_, _>>()
        .ok()?;
    bytes.try_into().ok()
}

/// The bytes of lines of hexadecimal digits.
fn bytes_of(lines: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = lines
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::{bytes_of, parse_mac};

    #[test]
    fn hexadecimal_is_read() {
        assert_eq!(bytes_of("00ff\n10\n"), Some(vec![0, 0xff, 0x10]));
        assert_eq!(bytes_of("0g"), None);
        assert_eq!(parse_mac("02:00:00:00:0a:01"), Some([2, 0, 0, 0, 10, 1]));
        assert_eq!(parse_mac("02:00"), None);
    }
}
