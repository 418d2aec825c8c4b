//! Tables as they are shown.

use flowswitch_driver::Row;
use flowswitch_driver::fake::FakeDevice;
use flowswitch_driver::tables::Table;

use super::fig2::{fig2, open};

fn used(table: Table, card: &mut flowswitch_driver::Card<FakeDevice>) -> (u32, Vec<Row>) {
    let mut rows = Vec::new();
    let count = card
        .dump(table, |row| {
            if row.used {
                rows.push(row.clone());
            }
        })
        .unwrap();
    (count, rows)
}

fn text(row: &Row) -> String {
    let fields = row.fields.iter();
    let fields: Vec<String> = fields
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{} {}", row.index, fields.join(" "))
}

#[test]
fn entries_are_told_in_words_and_numbers() {
    let mut device = FakeDevice::new(8);
    device.host.counters[16 + 2] = 1 << 32 | 7;
    let mut card = open(device);
    card.program(&fig2()).unwrap();
    let (count, services) = used(Table::Service, &mut card);
    assert_eq!(count, 64);
    assert_eq!(
        text(&services[0]),
        "0 address=192.31.65.1 protocol=6 ports=80 vlan=any cluster=0 virtual_mac=0 buckets=0+1024 flags=-"
    );
    assert_eq!(
        services[0].words,
        [0xc01f_4101, 0, 0, 0, 0x0611, 0x0050_0050, 0x00a0_0000, 0]
    );
    let (count, members) = used(Table::Member, &mut card);
    assert_eq!((count, members.len()), (1024 + 64, 8));
    assert_eq!(
        text(&members[0]),
        "0 mac=02:00:00:00:02:10 port=3 logical_port=3 weight=1 flags=up,up-on-link"
    );
    let (_, ports) = used(Table::LogicalPort, &mut card);
    assert_eq!(
        text(&ports[3]),
        "3 port=3 vlans=1-4094 domain=0 flood=0-2 flags=untagged,server"
    );
    let (_, limited) = used(Table::HostCounters, &mut card);
    assert_eq!(
        limited.iter().map(text).collect::<Vec<_>>(),
        ["18 count=4294967303"]
    );
    card.device_mut()
        .insert_flow(77, [1, 0x0004_0200, 0, 0, 0, 0, 0, 0]);
    card.device_mut()
        .insert_flow(60_000, [2, 0x0004_0100, 0, 0, 0, 0, 0, 0]);
    let (count, flows) = used(Table::Flow, &mut card);
    assert_eq!(count, 2);
    assert_eq!((flows[0].index, flows[1].index), (77, 60_000));
    assert_eq!(flows[1].words[..2], [2, 0x0004_0100]);
}

#[test]
fn every_table_is_dumped_to_its_end() {
    let mut card = open(FakeDevice::new(4));
    card.program(&{
        let mut image = fig2();
        image.ports.truncate(4);
        image
    })
    .ok();
    for table in Table::ALL {
        let (count, rows) = used(table, &mut card);
        assert_eq!(Table::by_name(table.name()), Some(table));
        assert!(count > 0 || table == Table::Flow, "{table:?}");
        let names = |row: &Row| row.fields.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        for row in &rows {
            assert_eq!(names(row), names(&rows[0]), "{table:?}");
        }
    }
}

#[test]
fn buckets_are_told_by_their_members() {
    let mut device = FakeDevice::new(4);
    device.buckets.insert(3, 0x8401_8005);
    let mut card = open(device);
    let mut rows = Vec::new();
    assert_eq!(
        card.dump_buckets(2..4, |row| rows.push(row.clone()))
            .unwrap(),
        2
    );
    assert_eq!(text(&rows[0]), "2 first=- second=-");
    assert_eq!(text(&rows[1]), "3 first=server 5 second=router 1");
    assert_eq!(
        card.dump_buckets((1 << 17) - 1..u32::MAX, |_| ()).unwrap(),
        1
    );
}
