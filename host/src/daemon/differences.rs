//! In what one configuration differs from another, key by key.

use flowswitch_api::Difference;
use toml_edit::{Document, Item, TableLike, Value};

/// Lists the keys that differ, in the order of the new text; those that are gone come last. Comments, spaces and the order of keys
/// are no difference.
pub fn differences(old: &str, new: &str) -> Vec<Difference> {
    let (old, new) = (keys(old), keys(new));
    let find = |keys: &[(String, String)], key: &str| {
        let found = keys.iter().find(|(other, _)| other == key);
        found.map(|(_, value)| value.clone())
    };
    let mut found = Vec::new();
    for (key, to) in &new {
        let from = find(&old, key);
        if from.as_ref() != Some(to) {
            found.push(Difference {
                key: key.clone(),
                from,
                to: Some(to.clone()),
            });
        }
    }
    for (key, from) in old {
        if find(&new, &key).is_none() {
            found.push(Difference {
                key,
                from: Some(from),
                to: None,
            });
        }
    }
    found
}

/// All keys with their values, as in `cluster.web.server.s210.weight`.
fn keys(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Ok(document) = Document::parse(text) {
        walk(document.as_table(), "", &mut found);
    }
    found
}

fn walk(table: &dyn TableLike, path: &str, found: &mut Vec<(String, String)>) {
    for (name, item) in table.iter() {
        let key = joined(path, name);
        if let Some(tables) = item.as_array_of_tables() {
            let tables: Vec<&dyn TableLike> = tables.iter().map(|t| t as &dyn TableLike).collect();
            walk_all(&tables, &key, found);
        } else if let Some(tables) = inline_tables(item) {
            walk_all(&tables, &key, found);
        } else if let Some(table) = item.as_table_like() {
            walk(table, &key, found);
        } else if let Some(value) = item.as_value() {
            found.push((key, plain(value)));
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn inline_tables(item: &Item) -> Option<Vec<&dyn TableLike>> {
    let array = item.as_array().filter(|array| !array.is_empty())?;
    let tables = array.iter().map(|value| {
        let table = value.as_inline_table()?;
        Some(table as &dyn TableLike)
    });
    tables.collect()
}

/// Tables of an array go by their name, else by what tells them apart, else by their place.
fn walk_all(tables: &[&dyn TableLike], key: &str, found: &mut Vec<(String, String)>) {
    let word = |table: &dyn TableLike, key: &str| {
        let value = table.get(key)?.as_value()?;
        Some(value.as_str().map_or_else(|| plain(value), str::to_owned))
    };
    let mut used: Vec<String> = Vec::new();
    for table in tables {
        let own = ["name", "kind", "id"].iter();
        let own = own.filter_map(|key| word(*table, key)).next();
        let own = own.unwrap_or_else(|| "?".to_owned());
        let before = used.iter().filter(|other| **other == own).count();
        let path = if before == 0 {
            joined(key, &own)
        } else {
            joined(key, &format!("{own}-{}", before + 1))
        };
        used.push(own);
        // One that has no other key is there all the same.
        if table.iter().all(|(name, _)| name == "name") {
            found.push((path.clone(), "{}".to_owned()));
        }
        walk(*table, &path, found);
    }
}

/// A value without the spaces and comments around it.
fn plain(value: &Value) -> String {
    match value {
        Value::Array(array) => {
            let values: Vec<String> = array.iter().map(plain).collect();
            format!("[{}]", values.join(", "))
        }
        Value::InlineTable(table) => {
            let pairs = table
                .iter()
                .map(|(key, value)| format!("{key} = {}", plain(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        other => {
            let mut bare = other.clone();
            bare.decor_mut().clear();
            bare.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = r#"
[switch]
ports = 4 # all of them
[[cluster]]
name = "web"
services = ["tcp/80",
  "tcp/443"]
[[cluster.server]]
name = "a"
weight = 1
[[cluster.server]]
name = "b"
[[cluster.check]]
kind = "http"
[[cluster.check]]
kind = "http"
path = "/two"
"#;

    fn lines(new: &str) -> Vec<String> {
        let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let found = differences(OLD, new);
        let lines = found.iter();
        lines
            .map(|d| format!("{}: {} > {}", d.key, word(&d.from), word(&d.to)))
            .collect()
    }

    #[test]
    fn what_says_the_same_does_not_differ() {
        let same = OLD
            .replace(" # all of them", "")
            .replace("\n  \"tcp", " \"tcp");
        assert_ne!(same, OLD);
        assert_eq!(lines(&same), Vec::<String>::new());
    }

    #[test]
    fn keys_by_name() {
        let new = OLD
            .replace("weight = 1", "weight = 3\nstate = \"drain\"")
            .replace("[[cluster.server]]\nname = \"b\"\n", "")
            .replace("\"tcp/443\"", "\"udp/443\"")
            .replace("/two", "/2");
        assert_eq!(
            lines(&new),
            [
                "cluster.web.services: [\"tcp/80\", \"tcp/443\"] > [\"tcp/80\", \"udp/443\"]",
                "cluster.web.server.a.weight: 1 > 3",
                "cluster.web.server.a.state: - > \"drain\"",
                "cluster.web.check.http-2.path: \"/two\" > \"/2\"",
                "cluster.web.server.b: {} > -",
                "cluster.web.server.b.name: \"b\" > -",
            ]
        );
    }
}
