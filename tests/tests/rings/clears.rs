//! The clear register empties the card; the rings go on meanwhile.

use flowswitch_driver::Difference;
use flowswitch_sim::card::Card;
use flowswitch_tests::measure::{image, server_mac, to_server};
use flowswitch_tests::rings::{Host, Way, plain, to_host};

const GENERATION: u32 = 0x00c;
const CONFIGURATION: u32 = 0x030;
const CLEAR: u32 = 0x038;
const CLEAR_STATUS: u32 = 0x03c;
const FLOW_STATUS: u32 = 0x064;
/// "CLER", first letter in the lowest byte.
const KEY: u32 = 0x5245_4c43;

#[test]
fn a_clear_forgets_everything_but_the_rings() {
    let mut host = Host::new(2, 81);
    host.start_both(7);
    host.write(CONFIGURATION, 0x1234_5678);
    host.write(CONFIGURATION + 4, 0x9abc_def0);
    // Another word does nothing.
    host.write(CLEAR, KEY + 1);
    host.run(1_000);
    assert_eq!(host.read(CLEAR_STATUS), 0);
    assert_ne!(host.read(GENERATION), 0);
    host.offer(0, [to_server(1, 1, 1)]);
    host.run(300);
    assert_eq!(host.card.take_departures().len(), 1);

    host.write(CLEAR, KEY);
    assert_eq!(host.read(CLEAR_STATUS), 1, "it takes a while");
    let mut sent = 0;
    while host.read(CLEAR_STATUS) != 0 {
        if sent < 60 {
            host.post_frame(0, &plain(server_mac(0), 64, sent));
            host.doorbell(Way::Transmit);
            sent += 1;
        }
        host.run(256);
    }
    let completions = host.await_completions(Way::Transmit, sent as usize);
    assert!(completions.iter().all(|completion| completion.status == 0));
    host.run(300);
    assert_eq!(
        host.card.take_departures().len(),
        sent as usize,
        "the rings go on"
    );
    for register in [GENERATION, CONFIGURATION, CONFIGURATION + 4] {
        assert_eq!(host.read(register), 0, "register {register:#x}");
    }
    assert_eq!(host.read(FLOW_STATUS) & 1, 0, "no seed, no flows");

    // There is no logical port any more, so nothing passes.
    host.offer(0, [to_server(1, 1, 2), to_host(64, 3)]);
    host.run(1_000);
    assert_eq!(host.card.take_departures(), []);
    let driver = host.card.driver_mut();
    driver.forget();
    let empty = flowswitch_driver::image::Image {
        ports: image(2).ports,
        fdb_age: 279,
        ..Default::default()
    };
    let differences = driver.verify(&empty).expect("the tables are readable");
    assert_eq!(
        differences,
        [Difference::NoFlows],
        "tables that are not empty"
    );

    // And the card can be programmed anew.
    host.card
        .program(&image(2))
        .expect("the card takes the image");
    host.post_buffer(64);
    host.doorbell(Way::Receive);
    host.offer(0, [to_server(1, 1, 4), to_host(64, 5)]);
    assert!(host.await_received(1)[0].data == to_host(64, 5));
    assert!(host.card.take_departures()[0].data == to_server(1, 1, 4));
    host.check_books();
}
