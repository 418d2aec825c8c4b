//! No text makes the reader panic, and what it accepts fits a card.

use flowswitch::config::Config;
use flowswitch::image;
use flowswitch_driver::{Capabilities, check};
use proptest::prelude::*;

use crate::file::{FIG2, ONE_ARMED, ONE_VLAN};

/// A card of the default size.
fn card(ports: u8) -> Capabilities {
    Capabilities {
        minor_version: 1,
        rings: true,
        ports,
        engines: 1,
        services: 64,
        servers: 1024,
        routers: 64,
        buckets_log2: 17,
        fdb_sets_log2: 11,
        logical_ports: 64,
        vips: 64,
        flows_log2: 16,
        flow_store: 16,
        queue_beats: 512,
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(
        file in prop::sample::select(vec![FIG2, ONE_ARMED, ONE_VLAN]),
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..40, prop::sample::select(vec![
                "", "\"", "[", "]", "[[", "=", "\n", "é", "-1", "99999999999999999999", "{", "}", "1.5", "true",
                "[[cluster]]\n", "port = \"é\"\n", "name = \"\"\n", "\u{0}", "a.b = 1\n", "[[[[[[[[", "1979-05-27",
                "\nvlan = 210\n", "\nvlans = [7, \"200-300\"]\n", "\nnative = 7\n", "\n[[port]]\nid = 0\n",
                "192.31.65.2", "v220", "\npersistence = \"client\"\n", "\npersistence_prefix_ipv6 = 1\n",
                "\"ipsec\", ", "\necho = \"drop\"\n", "\ntcp = \"4396s\"\n",
            ])),
            0..6,
        )
    ) {
        let mut text = file.to_owned();
        for (place, cut, insert) in edits {
            let place = text.floor_char_boundary(place.index(text.len() + 1));
            let end = text.floor_char_boundary((place + cut).min(text.len()));
            text.replace_range(place..end.max(place), insert);
        }
        match Config::parse("test.toml", &text) {
            Ok(config) => {
                let plan = image::plan(&config);
                prop_assert!(plan.is_ok());
                let image = plan.map(|plan| plan.image).unwrap_or_default();
                prop_assert_eq!(check::check(&image, &card(config.switch.ports)), Ok(()));
            }
            Err(error) => for problem in error.problems {
                prop_assert!(problem.line() <= text.lines().count() + 1);
                let shown = format!("{:?}", miette::Report::new(problem));
                prop_assert!(shown.contains("help"));
            }
        }
    }

    #[test]
    fn no_random_text_makes_the_reader_panic(text in any::<String>()) {
        if let Ok(config) = Config::parse("test.toml", &text) {
            prop_assert!(config.clusters.is_empty());
        }
    }
}
