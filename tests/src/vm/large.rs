//! A configuration that fills the card: as many servers and buckets as there can be.

use std::fmt::Write as _;

/// Servers of a card.
const SERVERS: u32 = 1_024;

/// The same installation with servers enough to fill the server table and a bucket table of 65,536 for them, in a second
/// cluster; those of `text` stay as they are.
pub fn large_configuration(text: &str) -> String {
    let there = text.matches("[[cluster.server]]").count();
    // Bucket tables have 64 entries for each server or more.
    let servers = SERVERS - u32::try_from(there).unwrap_or(SERVERS);
    let mut cluster = String::from(
        "\n[[cluster]]\nname = \"large\"\naddresses = [\"192.31.65.200\"]\n\
         virtual_mac = \"02:00:5e:00:65:c8\"\nservices = [\"tcp/80\"]\n",
    );
    for server in 0..servers {
        // Cannot fail: it is written to memory.
        let _ = write!(
            cluster,
            "\n  [[cluster.server]]\n  name = \"large-{server}\"\n  \
             mac = \"02:00:00:01:{:02x}:{:02x}\"\n  port = \"server-{}\"\n",
            server >> 8,
            server & 0xff,
            ["a", "b"][(server % 2) as usize]
        );
    }
    let at = text.find("\n[[router_pool]]").unwrap_or(text.len());
    format!("{}{cluster}{}", &text[..at], &text[at..])
}

#[cfg(test)]
mod tests {
    use super::large_configuration;
    use flowswitch::config::Config;
    use flowswitch::image::plan;

    #[test]
    fn it_fills_the_card() {
        let text = large_configuration(include_str!("../../vm/cluster.toml"));
        let config = Config::parse("large.toml", &text).expect("valid");
        let image = plan(&config).expect("it fits").image;
        assert_eq!(
            image
                .members
                .keys()
                .filter(|member| **member < 1_024)
                .count(),
            1_024
        );
        assert!(
            image.buckets.len() >= 65_536,
            "{} buckets",
            image.buckets.len()
        );
    }
}
