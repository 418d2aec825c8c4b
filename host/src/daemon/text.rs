//! The running configuration as text, with the states that the operator wants now.

use std::collections::BTreeMap;

use flowswitch_api::Administrative;
use toml_edit::{DocumentMut, Item, TableLike, value};

/// Writes states into a configuration; comments and everything else stay.
pub fn with_states(
    text: &str,
    servers: &BTreeMap<String, Administrative>,
    routers: &BTreeMap<String, Administrative>,
) -> String {
    if servers.is_empty() && routers.is_empty() {
        return text.to_owned();
    }
    // It was parsed when it was applied.
    let Ok(mut document) = text.parse::<DocumentMut>() else {
        return text.to_owned();
    };
    for (of, members, states) in [
        ("cluster", "server", servers),
        ("router_pool", "router", routers),
    ] {
        for_each(document.as_table_mut(), of, |table| {
            for_each(table, members, |member| set(member, states));
        });
    }
    document.to_string()
}

/// Each table of an array of tables, written as `[[...]]` or inline.
fn for_each(table: &mut dyn TableLike, key: &str, mut each: impl FnMut(&mut dyn TableLike)) {
    match table.get_mut(key) {
        Some(Item::ArrayOfTables(tables)) => {
            for table in tables.iter_mut() {
                each(table);
            }
        }
        Some(Item::Value(toml_edit::Value::Array(tables))) => {
            for table in tables.iter_mut() {
                if let Some(table) = table.as_inline_table_mut() {
                    each(table);
                }
            }
        }
        _ => {}
    }
}

fn set(member: &mut dyn TableLike, states: &BTreeMap<String, Administrative>) {
    let name = member.get("name").and_then(Item::as_str);
    let Some(state) = name.and_then(|name| states.get(name)) else {
        return;
    };
    match member.get_mut("state").and_then(Item::as_value_mut) {
        Some(written) => {
            let decor = written.decor().clone();
            *written = state.to_string().into();
            *written.decor_mut() = decor;
        }
        None => {
            member.insert("state", value(state.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# The farm.\n[[cluster]]\nname = \"web\" # Why not\n\n  [[cluster.server]]\n  name = \"a\"\n  \
                        state = \"ready\" # for now\n\n  [[cluster.server]]\n  name = \"b\" # bee\n\n[[router_pool]]\nrouter = \
                        [{ name = \"r\" }]\n";

    #[test]
    fn comments_stay() {
        let states = |name: &str, state| [(name.to_owned(), state)].into();
        let drained = with_states(
            TEXT,
            &states("a", Administrative::Drain),
            &BTreeMap::default(),
        );
        assert_eq!(drained, TEXT.replace("\"ready\"", "\"drain\""));
        let inserted = with_states(
            TEXT,
            &states("b", Administrative::Maintenance),
            &states("r", Administrative::Drain),
        );
        let expected = TEXT
            .replace("# bee\n", "# bee\nstate = \"maintenance\"\n")
            .replace("\"r\" }", "\"r\" , state = \"drain\" }");
        assert_eq!(squeezed(&inserted), squeezed(&expected));
        assert_eq!(
            with_states(TEXT, &BTreeMap::default(), &BTreeMap::default()),
            TEXT
        );
    }

    fn squeezed(text: &str) -> String {
        text.split([' ', '\n'])
            .filter(|word| !word.is_empty())
            .collect()
    }
}
