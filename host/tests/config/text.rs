//! No text makes the reader panic.

use flowswitch::config::Config;
use flowswitch::image;
use proptest::prelude::*;

use crate::file::FIG2;

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..40, prop::sample::select(vec![
                "", "\"", "[", "]", "[[", "=", "\n", "é", "-1", "99999999999999999999", "{", "}", "1.5", "true",
                "[[cluster]]\n", "port = \"é\"\n", "name = \"\"\n", "\u{0}", "a.b = 1\n", "[[[[[[[[", "1979-05-27",
            ])),
            0..6,
        )
    ) {
        let mut text = FIG2.to_owned();
        for (place, cut, insert) in edits {
            let place = text.floor_char_boundary(place.index(text.len() + 1));
            let end = text.floor_char_boundary((place + cut).min(text.len()));
            text.replace_range(place..end.max(place), insert);
        }
        match Config::parse("test.toml", &text) {
            Ok(config) => prop_assert!(image::plan(&config).is_ok()),
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
