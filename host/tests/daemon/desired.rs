//! What the card is to hold, whatever the states.

use std::collections::BTreeSet;

use flowswitch::config::Config;
use flowswitch::daemon::desired::{desired, weighted};
use flowswitch::daemon::states::{MemberState, States};
use flowswitch::image::{Plan, plan};
use flowswitch_api::{Administrative, Operational};
use flowswitch_driver::image::{Bucket, Image};
use proptest::prelude::*;

/// Two clusters that share some servers, and a pool.
fn configuration(servers: usize, all_down: &str, weights: &[u8]) -> Config {
    let server = |i: usize| {
        format!(
            "[[cluster.server]]\nname = \"s{i}\"\nmac = \"02:00:00:00:02:{i:02x}\"\nport = {}\nweight = {}\n",
            1 + i % 3,
            weights[i]
        )
    };
    let sorry = "[[cluster.server]]\nname = \"sorry\"\nmac = \"02:00:00:00:02:ff\"\nport = 2\nsorry = true\n";
    let cluster = |name: &str, last: u8, servers: std::ops::Range<usize>| {
        let servers: String = servers.map(server).collect();
        let sorry = if all_down == "sorry" { sorry } else { "" };
        format!(
            "[[cluster]]\nname = \"{name}\"\naddresses = [\"10.0.0.{last}\"]\nvirtual_mac = \"02:00:5e:00:00:01\"\n\
             services = [\"tcp/80\"]\nall_down = \"{all_down}\"\n{servers}{sorry}"
        )
    };
    let router = |i: u8| {
        format!(
            "[[router_pool.router]]\nname = \"r{i}\"\naddresses = [\"10.0.1.{i}\"]\nmac = \"02:00:00:00:03:0{i}\"\nport = 0\n"
        )
    };
    let routers: String = (0..3).map(router).collect();
    let text = format!(
        "[switch]\nports = 4\n{}{}[[router_pool]]\nname = \"edge\"\n{routers}",
        cluster("one", 1, 0..servers),
        cluster("two", 2, servers / 2..servers)
    );
    Config::parse("test", &text).unwrap()
}

fn healthy(config: &Config) -> States {
    let servers = config.clusters.iter();
    let routers = config.pools.iter();
    let mut states = States {
        servers: servers
            .map(|cluster| vec![MemberState::default(); cluster.servers.len()])
            .collect(),
        routers: routers
            .map(|pool| vec![MemberState::default(); pool.routers.len()])
            .collect(),
        last_alive: Vec::new(),
    };
    note(config, &mut states);
    states
}

fn note(config: &Config, states: &mut States) {
    states.note_alive(|c, s| config.clusters[c].servers[s].sorry);
}

/// The member that the card takes for a new flow.
fn taken(image: &Image, bucket: Bucket) -> Option<u16> {
    let both = || [bucket.first, bucket.second].into_iter().flatten();
    let up = |number: &u16| image.members[number].up;
    let ready = both().find(|number| up(number) && !image.members[number].drains());
    ready.or_else(|| both().find(up))
}

fn buckets(image: &Image, cluster: usize) -> Vec<Bucket> {
    let service = image.services.iter();
    let service = service
        .clone()
        .find(|service| usize::from(service.cluster) == cluster)
        .unwrap();
    let base = service.buckets.base as usize;
    image.buckets[base..base + (1 << service.buckets.log2)].to_vec()
}

fn state() -> impl Strategy<Value = MemberState> {
    let administrative = prop_oneof![
        4 => Just(Administrative::Ready),
        1 => Just(Administrative::Drain),
        1 => Just(Administrative::Maintenance),
    ];
    let operational = prop_oneof![
        1 => Just(Operational::Unknown),
        2 => Just(Operational::Up),
        3 => Just(Operational::Down),
    ];
    (administrative, operational).prop_map(|(administrative, operational)| MemberState {
        administrative,
        operational,
        checked: true,
        ..MemberState::default()
    })
}

fn numbers(config: &Config, plan: &Plan, cluster: usize) -> Vec<u16> {
    let servers = config.clusters[cluster].servers.iter();
    servers
        .map(|s| plan.server(&s.name.value).unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn new_flows_go_where_they_can(
        servers in 2usize..9,
        all_down in prop_oneof![Just("keep"), Just("drop"), Just("sorry")],
        weights in prop::collection::vec(0u8..4, 9),
        drawn in prop::collection::vec(state(), 24),
    ) {
        let config = configuration(servers, all_down, &weights);
        let plan = plan(&config).unwrap();
        let mut states = healthy(&config);
        prop_assert!(desired(&config, &plan, &states).image == plan.image, "healthy: nothing differs");
        let mut drawn_states = drawn.iter().copied();
        for state in states.servers.iter_mut().flatten() {
            *state = drawn_states.next().unwrap();
        }
        // What the operator wants of a server holds in all its clusters.
        let shared = servers - servers / 2;
        for i in 0..shared {
            let wanted = states.servers[0][servers / 2 + i].administrative;
            states.servers[1][i].administrative = wanted;
        }
        if all_down == "sorry" {
            let wanted = states.servers[0][servers].administrative;
            states.servers[1][shared].administrative = wanted;
        }
        note(&config, &mut states);
        let result = desired(&config, &plan, &states);
        for cluster in 0..2 {
            let numbers = numbers(&config, &plan, cluster);
            let here = || numbers.iter().zip(&states.servers[cluster]).zip(&config.clusters[cluster].servers);
            let alive: BTreeSet<u16> = here()
                .filter(|((_, state), server)| state.is_alive() && !server.sorry)
                .map(|((number, _), _)| *number)
                .collect();
            let ready: BTreeSet<u16> = here()
                .filter(|((_, state), server)| state.is_alive() && !state.drains() && server.weight > 0 && !server.sorry)
                .map(|((number, _), _)| *number)
                .collect();
            prop_assert_eq!(result.all_down[cluster], alive.is_empty());
            let sorry: BTreeSet<u16> = here()
                .filter(|((_, state), server)| state.is_alive() && server.sorry)
                .map(|((number, _), _)| *number)
                .collect();
            for (old, new) in buckets(&plan.image, cluster).into_iter().zip(buckets(&result.image, cluster)) {
                let taken = taken(&result.image, new);
                if let Some(taken) = taken {
                    prop_assert!(numbers.contains(&taken));
                }
                if !ready.is_empty() {
                    prop_assert!(taken.is_some_and(|taken| ready.contains(&taken)), "{:?} of {:?}", taken, ready);
                } else if !alive.is_empty() {
                    prop_assert!(taken.is_some_and(|taken| alive.contains(&taken)));
                } else if all_down == "sorry" && !sorry.is_empty() {
                    prop_assert!(taken.is_some_and(|taken| sorry.contains(&taken)));
                } else if all_down == "drop" {
                    prop_assert_eq!(taken, None);
                }
                // A bucket one of whose own can take flows keeps them, but for those that must not have them.
                let own = [old.first, old.second];
                if new != old && own.iter().flatten().any(|own| ready.contains(own)) {
                    for kept in [new.first, new.second].into_iter().flatten() {
                        prop_assert!(own.contains(&Some(kept)));
                    }
                }
            }
        }
        // Who is in maintenance is down, whatever else.
        for (cluster, states) in states.servers.iter().enumerate() {
            for (number, state) in numbers(&config, &plan, cluster).into_iter().zip(states) {
                let member = &result.image.members[&number];
                if state.administrative == Administrative::Maintenance {
                    prop_assert!(!member.up && !member.up_on_link);
                }
            }
        }
        // And all of it comes back.
        prop_assert!(desired(&config, &plan, &healthy(&config)).image == plan.image);
    }

    #[test]
    fn routers_that_are_down_get_nothing(drawn in prop::collection::vec(state(), 3)) {
        let config = configuration(4, "keep", &[1; 4]);
        let plan = plan(&config).unwrap();
        let mut states = healthy(&config);
        states.routers[0].clone_from(&drawn);
        let result = desired(&config, &plan, &states);
        let alive: Vec<u16> = (1024..).zip(&drawn).filter(|(_, s)| s.is_alive()).map(|(n, _)| n).collect();
        let pool = result.image.pools[&0];
        for range in [pool.flows, pool.assignment] {
            for index in range.base..range.base + (1 << range.log2) {
                let taken = taken(&result.image, result.image.buckets[index as usize]);
                prop_assert_eq!(taken.is_none(), alive.is_empty());
                prop_assert!(taken.is_none_or(|taken| alive.contains(&taken)));
            }
        }
    }

    #[test]
    fn weights_of_now_share_the_buckets(percent in prop::collection::vec(prop_oneof![Just(100u16), 10u16..=100], 4)) {
        let config = configuration(4, "keep", &[2; 4]);
        let plan = plan(&config).unwrap();
        let mut states = healthy(&config);
        for (state, percent) in states.servers[0].iter_mut().zip(&percent) {
            state.weight_percent = *percent;
        }
        let base = weighted(&config, &plan, &states).unwrap();
        let result = desired(&config, &base, &states);
        let others = |image: &Image| buckets(image, 1);
        let buckets = buckets(&result.image, 0);
        let total: u16 = percent.iter().sum();
        for (number, percent) in numbers(&config, &plan, 0).into_iter().zip(&percent) {
            let share = buckets.iter().filter(|bucket| bucket.first == Some(number)).count();
            let expected = buckets.len() * usize::from(*percent) / usize::from(total);
            prop_assert!(share.abs_diff(expected) <= buckets.len() / 32, "{share} of {expected}");
        }
        prop_assert!(others(&result.image) == others(&plan.image), "the other cluster stays");
    }
}
