//! What surrounds the look-ups: injection, lost copies, learning by the caller, links, setups.

mod support;

use flowswitch_model::{
    DropReason, LearningMode, LearningRequest, Loss, Mac, ModelError, SetupError, Traffic, Verdict,
};
use support::*;

fn dropped(reason: DropReason) -> Verdict {
    Verdict::Drop(reason)
}

fn to(ports: &[u8]) -> Verdict {
    Verdict::Ports(ports.to_vec())
}

#[test]
fn deferred_learning_is_the_callers() {
    let mut model = card(|_| ());
    model.set_learning_mode(LearningMode::Deferred);
    let there = plain(OTHER, STRANGER);
    let back = plain(STRANGER, OTHER);
    let asked = expect(&mut model, 2, &there, 19, to(&[0, 1, 3, 4]), &there).learning;
    expect(&mut model, 1, &back, 19, to(&[0, 2, 3, 4]), &back);
    let request = asked.expect("a request");
    model.learn(&request).expect("logical port 2");
    expect(&mut model, 1, &back, 19, to(&[2]), &back);
    let port = model.counters().ports[2];
    assert_eq!((port.learning_requested, port.learned), (1, 1));
    let nowhere = LearningRequest {
        logical_port: 5,
        ..request
    };
    assert_eq!(model.learn(&nowhere), Err(ModelError::NoSuchLogicalPort(5)));
}

#[test]
fn injected_frames_go_where_they_say() {
    let mut model = card(|_| ());
    let frame = plain(VIRTUAL, VIRTUAL);
    let outcome = model.inject(3, &frame, false);
    assert_eq!((outcome.row, outcome.verdict), (0, Verdict::Injected(3)));
    assert_eq!(outcome.copies[0].frame, frame);
    let reasons = [
        (model.inject(3, &frame, true), DropReason::BadFrame),
        (model.inject(3, &frame[..59], false), DropReason::Runt),
        (model.inject(3, &[0; 9_601], false), DropReason::Giant),
        (model.inject(5, &frame, false), DropReason::NoPort),
    ];
    for (outcome, reason) in reasons {
        assert_eq!((outcome.ingress, outcome.verdict), (5, dropped(reason)));
    }
    model.set_link(3, false).expect("port 3");
    assert_eq!(
        model.inject(3, &frame, false).verdict,
        dropped(DropReason::LinkDown)
    );
    let counters = model.counters();
    assert_eq!(counters.ports[5].received.frames, 6);
    assert_eq!(counters.ports[3].transmitted.frames, 1);
    assert_eq!(counters.conservation(), (6, 6));
}

#[test]
fn copies_that_are_lost_are_counted_as_drops() {
    let mut model = card(|_| ());
    let frame = tcp(VIRTUAL, ROUTER0, CLIENT, CLUSTER, 80);
    let outcome = model.receive(0, &frame, false).expect("port 0");
    model
        .lose_copies(&outcome, 3, Loss::QueueFull)
        .expect("the copy");
    assert_eq!(model.counters().members[&0].input.frames, 0);
    assert_eq!(model.counters().ports[0].drops[14], 1);
    let outcome = model.receive(0, &frame, false).expect("port 0");
    model
        .lose_copies(&outcome, 3, Loss::LinkDown { left: 0 })
        .expect("the copy");
    assert_eq!(
        model.counters().members[&0].input.frames,
        1,
        "the queue had accepted it"
    );
    assert_eq!(model.counters().ports[0].drops[13], 1);
    assert_eq!(model.counters().ports[3].transmitted, Traffic::default());
    assert_eq!(
        model.lose_copies(&outcome, 4, Loss::QueueFull),
        Err(ModelError::NoSuchCopy(4))
    );
    let outcome = model
        .receive(0, &plain(HOST, STRANGER), false)
        .expect("port 0");
    model
        .lose_copies(&outcome, 5, Loss::QueueFull)
        .expect("the copy");
    assert_eq!(model.counters().drops()[15], 1);
    assert_eq!(model.counters().conservation(), (3, 3));
}

#[test]
fn a_link_takes_its_members_along() {
    let mut model = card(|setup| {
        setup.members.get_mut(&1).expect("server 1").up_on_link = false;
    });
    let up =
        |model: &flowswitch_model::Model| [0, 1, 1024].map(|member| model.member_is_up(member));
    for port in [3, 4] {
        model.set_link(port, false).expect("the port");
    }
    assert_eq!(up(&model), [false, false, true]);
    model.set_member_up(1, true).expect("server 1");
    assert_eq!(up(&model), [false, false, true], "not without its link");
    model.set_member_up(1, false).expect("server 1");
    for port in [3, 4] {
        model.set_link(port, true).expect("the port");
    }
    assert_eq!(up(&model), [true, false, true]);
    assert_eq!(
        model.set_member_up(9, true),
        Err(ModelError::NoSuchMember(9))
    );
    assert_eq!(model.set_link(5, true), Err(ModelError::NoSuchPort(5)));
}

#[test]
fn setups_that_no_card_holds_are_refused() {
    let mut model = card(|_| ());
    let mut refused = |change: fn(&mut flowswitch_model::Setup), error| {
        let mut setup = setup();
        change(&mut setup);
        assert_eq!(model.program(setup), Err(ModelError::Setup(error)));
    };
    refused(
        |setup| setup.ports.truncate(4),
        SetupError::PortSettings {
            expected: 5,
            found: 4,
        },
    );
    refused(
        |setup| {
            setup
                .members
                .values_mut()
                .for_each(|member| member.logical_port = 5)
        },
        SetupError::MemberPort {
            member: 0,
            logical_port: 5,
        },
    );
    refused(
        |setup| setup.host = Some(Mac(SERVER1)),
        SetupError::SharedMac(Mac(SERVER1)),
    );
    refused(
        |setup| setup.services[0].buckets.log2 = 18,
        SetupError::BucketRange(18),
    );
    assert!(model.member_is_up(0), "the old setup stays");
    let fdb = flowswitch_model::Model::with_fdb_sets(5, setup(), 17);
    assert_eq!(fdb.err(), Some(ModelError::Setup(SetupError::FdbSets(17))));
    let none = flowswitch_model::Model::new(0, setup());
    assert_eq!(
        none.err(),
        Some(ModelError::Setup(SetupError::PortCount(0)))
    );
}
