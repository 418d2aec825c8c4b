//! The master of the register port: accesses in their order, and reads that nobody waits for any more.

use flowswitch_verilated::register_bench::{RegisterAnswer, RegisterBench};
use std::collections::{HashMap, VecDeque};

/// Takes what the master shows and answers it some clocks later, in order.
struct Slave {
    /// The next random numbers come of it.
    state: u64,
    words: HashMap<u32, u32>,
    addresses: VecDeque<u32>,
    data: VecDeque<u32>,
    /// What the read under way brings, and in how many clocks.
    read: Option<(u32, u32)>,
    /// The master shows the address of a read.
    asked: Option<u32>,
}

impl Slave {
    fn new(seed: u64) -> Self {
        Self {
            state: seed,
            words: HashMap::new(),
            addresses: VecDeque::new(),
            data: VecDeque::new(),
            read: None,
            asked: None,
        }
    }

    /// A number below `limit`, by Knuth's linear congruential generator.
    fn below(&mut self, limit: u32) -> u32 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as u32 % limit
    }

    fn step(&mut self, master: &mut RegisterBench) {
        let mut answer = RegisterAnswer {
            aw_ready: self.below(3) == 0,
            w_ready: self.below(3) == 0,
            ar_ready: self.read.is_none() && self.below(3) == 0,
            ..RegisterAnswer::default()
        };
        if !self.addresses.is_empty() && !self.data.is_empty() && self.below(4) == 0 {
            let address = self.addresses.pop_front().expect("an address");
            let word = self.data.pop_front().expect("a word");
            self.words.insert(address, word);
            answer.b_valid = true;
        }
        match &mut self.read {
            Some((word, 0)) => {
                answer.r_valid = true;
                answer.r_data = *word;
                self.read = None;
            }
            Some((_, clocks)) => *clocks -= 1,
            None => {}
        }
        let ask = master.step(&answer);
        assert_eq!(ask.fault, "");
        if ask.aw_valid && answer.aw_ready {
            self.addresses.push_back(ask.aw_address);
        }
        if ask.w_valid && answer.w_ready {
            self.data.push_back(ask.w_data);
        }
        if let Some(before) = self.asked {
            // AXI: valid stays until it is taken, and so does what it is about.
            assert!(ask.ar_valid && ask.ar_address == before, "a read vanished");
        }
        self.asked = ask.ar_valid.then_some(ask.ar_address);
        if ask.ar_valid && answer.ar_ready {
            let word = self.words.get(&ask.ar_address).copied().unwrap_or(!0);
            self.read = Some((word, self.below(40)));
            self.asked = None;
        }
    }
}

#[test]
fn whoever_waits_gets_the_answer_to_the_own_read() {
    let (mut waited_for, mut given_up) = (0, 0);
    for seed in 0..40 {
        let mut master = RegisterBench::new();
        let mut slave = Slave::new(seed);
        let mut written = HashMap::new();
        for number in 0..200 {
            for _ in 0..slave.below(4) {
                let address = 4 * slave.below(8);
                master.write(address, number);
                written.insert(address, number);
            }
            let address = 4 * slave.below(8);
            master.read(address);
            let patience = slave.below(60);
            let mut clocks = 0;
            while master.busy() && clocks < patience {
                slave.step(&mut master);
                clocks += 1;
            }
            if master.busy() {
                master.give_up();
                given_up += 1;
                for _ in 0..slave.below(30) {
                    slave.step(&mut master);
                }
            } else {
                let expected = written.get(&address).copied().unwrap_or(!0);
                assert_eq!(master.read_value(), expected, "seed {seed}, read {number}");
                waited_for += 1;
            }
        }
    }
    assert!(
        waited_for > 1_000 && given_up > 1_000,
        "{waited_for} reads were waited for, {given_up} were not"
    );
}

#[test]
fn a_late_answer_is_not_that_of_the_next_read() {
    let mut master = RegisterBench::new();
    let nothing = RegisterAnswer::default();
    master.read(0x10);
    assert!(master.step(&nothing).ar_valid);
    let taken = RegisterAnswer {
        ar_ready: true,
        ..nothing
    };
    assert_eq!(master.step(&taken).ar_address, 0x10);
    master.give_up();
    assert!(!master.busy());
    master.read(0x20);
    assert!(master.busy());
    assert!(
        !master.step(&nothing).ar_valid,
        "the bus has a read under way"
    );
    let late = RegisterAnswer {
        r_valid: true,
        r_data: 1,
        ..nothing
    };
    assert_eq!(master.step(&late).fault, "");
    assert!(master.busy(), "that was not its answer");
    assert_eq!(master.step(&taken).ar_address, 0x20);
    let own = RegisterAnswer { r_data: 2, ..late };
    assert_eq!(master.step(&own).fault, "");
    assert_eq!((master.busy(), master.read_value()), (false, 2));
}

#[test]
fn an_answer_that_nobody_asked_for_is_a_fault() {
    for answer in [
        RegisterAnswer {
            b_valid: true,
            ..RegisterAnswer::default()
        },
        RegisterAnswer {
            r_valid: true,
            ..RegisterAnswer::default()
        },
    ] {
        let mut master = RegisterBench::new();
        master.read(0);
        assert_ne!(master.step(&answer).fault, "");
    }
}
