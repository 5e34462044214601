//! Requests wait while the receive buffer may hold many unread replies.

use linx_socket::dispatcher::{Admission, Reading};
use linx_wire::reply::{BatchReply, ReplyAssembler};

use crate::scene::*;

/// The shares of the receive buffer, of which a batch takes half.
const SHARES: u32 = 16;

fn full() -> Scene {
    let mut scene = Scene::default();
    for seq in 1..=SHARES {
        scene.send(seq, PLAIN);
    }
    scene
}

/// The read that has begun finds the receive queue empty.
fn find_empty(scene: &mut Scene) {
    scene.dispatcher.on_would_block(&mut scene.callers);
}

#[test]
fn a_reply_that_was_read_frees_its_share() {
    let mut scene = full();
    assert!(waits(scene.admit(20, PLAIN)));
    assert!(waits(scene.admit(21, PLAIN)));
    assert_eq!(scene.read(1), Reading::Read);
    assert!(!scene.route(1, &ack(7)));
    assert_eq!(scene.woken(), [20]);
    assert_eq!(scene.admit(20, PLAIN), Admission::Send);
    assert!(waits(scene.admit(22, PLAIN)), "another request waits before it");
}

#[test]
fn a_cancelled_request_frees_its_share() {
    let mut scene = full();
    assert!(waits(scene.admit(20, PLAIN)));
    scene.cancel(3);
    assert_eq!(scene.woken(), [20]);
}

#[test]
fn an_empty_queue_frees_the_shares_of_the_requests_sent_before() {
    let mut scene = full();
    assert!(waits(scene.admit(20, PLAIN)));
    assert_eq!(scene.read(1), Reading::Read);
    find_empty(&mut scene);
    assert_eq!(scene.woken(), [20]);
    for seq in 20..20 + SHARES {
        scene.send(seq, PLAIN);
    }
    assert!(waits(scene.admit(50, PLAIN)));
}

#[test]
fn a_request_sent_after_the_read_began_keeps_its_share() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    for seq in 2..=SHARES {
        scene.send(seq, PLAIN);
    }
    find_empty(&mut scene);
    assert_eq!(scene.admit(20, PLAIN), Admission::Send, "the first request has freed its share");
    assert!(waits(scene.admit(21, PLAIN)));
    assert_eq!(scene.read(1), Reading::Read);
    find_empty(&mut scene);
    assert_eq!(scene.woken(), [21]);
}

#[test]
fn a_batch_waits_for_half_of_the_shares_and_is_not_overtaken() {
    let mut scene = Scene::default();
    for seq in 1..=SHARES / 2 + 1 {
        scene.send(seq, PLAIN);
    }
    let batch = || ReplyAssembler::Batch(BatchReply::new(30, 5, false));
    assert!(waits(scene.admit_as(30, BATCH, batch)));
    assert!(waits(scene.admit(20, PLAIN)));
    assert_eq!(scene.read(1), Reading::Read);
    assert!(scene.route(1, &ack(1)));
    assert_eq!(scene.woken(), [30]);
    assert_eq!(scene.admit_as(30, BATCH, batch), Admission::Send);
    scene.cancel(2);
    assert_eq!(scene.woken(), [20]);
}
