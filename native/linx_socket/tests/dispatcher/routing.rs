//! Routing of datagrams to the requests that they belong to.

use linx_socket::dispatcher::{Admission, Parked, Reading};
use linx_wire::message::{Header, put};
use linx_wire::reply::{Outcome, Reply, ReplyAssembler};

use crate::scene::*;

#[test]
fn each_caller_gets_its_own_reply_from_any_reader() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    assert!(matches!(scene.wait(2), Some(Parked::Poll(wait)) if wait.token == 20));

    assert_eq!(scene.read(1), Reading::Read);
    assert!(!scene.route(1, &ack(2)), "it is not part of the reader's reply");
    assert_eq!(scene.callers.woken, [(2, 20)]);
    assert!(scene.route(1, &ack(1)));
    assert_eq!(scene.read(1), Reading::Done(data(&[])));
    assert_eq!(scene.read(2), Reading::Done(data(&[])));
    assert!(scene.callers.watched.is_empty());
}

#[test]
fn messages_with_an_unknown_sequence_number_belong_to_no_request() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert!(!scene.route(1, &ack(7)));
    assert_eq!(scene.read(1), Reading::Read);
    scene.cancel(1);
    assert!(!scene.route(1, &ack(1)));
    assert!(!scene.dispatcher.contains(1));
    assert_eq!(scene.read(1), Reading::Cancelled);
}

#[test]
fn a_notification_of_the_callers_own_change_is_no_part_of_the_reply() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    let notification = message(1, DATA, 0, &[0; 4]);
    assert!(!scene.dispatcher.route(&mut scene.callers, 1, &notification, true, false));
    assert_eq!(scene.read(1), Reading::Read);
    assert!(scene.route(1, &ack(1)));
    assert_eq!(scene.read(1), Reading::Done(data(&[])));
}

#[test]
fn the_port_distinguishes_an_echo_from_another_ports_notification() {
    const ECHO_ACK: u16 = 0x0d;
    let notification = |port, byte| {
        let mut out = Vec::new();
        put(&mut out, Header { msg_type: DATA, flags: 0, seq: 1, port }, &[byte; 4]).unwrap();
        out
    };
    let mut scene = Scene::default();
    let admission = scene.admit_as(1, PLAIN, || ReplyAssembler::Single(Reply::to(ECHO_ACK, PORT)));
    assert_eq!(admission, Admission::Send);
    scene.sent(1);
    for (port, byte) in [(78, 1), (0, 2), (PORT, 3)] {
        scene.dispatcher.route(&mut scene.callers, 1, &notification(port, byte), true, false);
    }
    scene.route(1, &ack(1));
    assert_eq!(scene.read(1), Reading::Done(data(&[notification(PORT, 3)])));
}

#[test]
fn a_truncated_datagram_ends_its_own_reply_only() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, DUMP);
    let part = &part(2)[..18];
    assert!(!scene.dispatcher.route(&mut scene.callers, 1, part, false, true));
    assert_eq!(scene.read(1), Reading::Read);
    assert_eq!(scene.read(2), Reading::Done(Outcome::Truncated));
    assert!(scene.dispatcher.has_abandoned_dump(), "the dump continues after a truncated datagram");
}

#[test]
fn a_datagram_of_contradictory_lengths_counts_as_truncated() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    let mut broken = [part(1), part(1)].concat();
    broken[20] = 200;
    assert!(scene.route(1, &broken));
    assert_eq!(scene.read(1), Reading::Done(Outcome::Truncated));
}

#[test]
fn bytes_too_short_for_a_header_belong_to_no_request() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    for size in 0..12 {
        assert!(!scene.dispatcher.route(&mut scene.callers, 1, &ack(1)[..size], false, true));
    }
}

#[test]
fn progress_counts_the_datagrams_of_the_requests_reply() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.send(2, PLAIN);
    scene.route(2, &[part(1), part(1)].concat());
    scene.route(2, &ack(9));
    scene.route(2, &part(1));
    let progress = |scene: &mut Scene, seq| match scene.wait(seq) {
        Some(Parked::Poll(wait) | Parked::Blocked(wait)) => Some(wait.progress),
        None => None,
    };
    assert_eq!(progress(&mut scene, 1), Some(2));
    assert_eq!(progress(&mut scene, 2), Some(0));
}

#[test]
fn a_sequence_number_in_use_is_rejected() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert_eq!(scene.admit(1, PLAIN), Admission::SeqInUse);
}
