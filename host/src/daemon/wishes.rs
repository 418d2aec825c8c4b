//! What the operator wants of servers and routers, where that is not what the configuration says.

use std::collections::BTreeMap;

use flowswitch_api::Administrative;

use crate::config::{Config, State};

/// States by name; those that are as the configuration says are not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Of servers.
    pub servers: BTreeMap<String, Administrative>,
    /// Of routers.
    pub routers: BTreeMap<String, Administrative>,
}

/// A state of the configuration as the API names it.
pub fn administrative(state: State) -> Administrative {
    match state {
        State::Ready => Administrative::Ready,
        State::Drain => Administrative::Drain,
        State::Maintenance => Administrative::Maintenance,
    }
}

/// What a configuration says of each server and each router.
fn written(config: &Config) -> Wishes {
    let servers = config.clusters.iter().flat_map(|cluster| &cluster.servers);
    let routers = config.pools.iter().flat_map(|pool| &pool.routers);
    Wishes {
        servers: servers
            .map(|server| (server.name.value.clone(), administrative(server.state)))
            .collect(),
        routers: routers
            .map(|router| (router.name.value.clone(), administrative(router.state)))
            .collect(),
    }
}

impl Wishes {
    /// Whether everything is as the configuration says.
    pub fn is_empty(&self) -> bool {
        self.servers.is_empty() && self.routers.is_empty()
    }

    /// What stays of them with a new configuration: a state that it changes is as it says, and what is gone is gone.
    pub fn carried(&self, old: &Config, new: &Config) -> Self {
        let (old, new) = (written(old), written(new));
        Self {
            servers: kept(&self.servers, &old.servers, &new.servers),
            routers: kept(&self.routers, &old.routers, &new.routers),
        }
    }

    /// What stays of them with a configuration that is not known to differ.
    pub fn fitting(&self, config: &Config) -> Self {
        self.carried(config, config)
    }

    /// Sets a server's state; false if there is no such server.
    pub fn set_server(&mut self, config: &Config, name: &str, state: Administrative) -> bool {
        set(&mut self.servers, &written(config).servers, name, state)
    }

    /// Sets a router's state; false if there is no such router.
    pub fn set_router(&mut self, config: &Config, name: &str, state: Administrative) -> bool {
        set(&mut self.routers, &written(config).routers, name, state)
    }
}

type Names = BTreeMap<String, Administrative>;

fn kept(wishes: &Names, old: &Names, new: &Names) -> Names {
    let stays = |name: &String, state: &Administrative| {
        let says = new.get(name);
        says.is_some() && says == old.get(name) && says != Some(state)
    };
    let wishes = wishes.iter().filter(|(name, state)| stays(name, state));
    wishes.map(|(name, state)| (name.clone(), *state)).collect()
}

fn set(wishes: &mut Names, written: &Names, name: &str, state: Administrative) -> bool {
    let Some(says) = written.get(name) else {
        return false;
    };
    if *says == state {
        wishes.remove(name);
    } else {
        wishes.insert(name.to_owned(), state);
    }
    true
}
