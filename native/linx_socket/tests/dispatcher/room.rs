//! Requests wait while the receive buffer may hold many replies that nobody has read.

use linx_socket::dispatcher::{Admission, Reading};
use linx_wire::reply::{BatchReply, ReplyAssembler};

use crate::scene::*;

/// As many shares as the receive buffer has, of which a batch takes half.
const ROOM: u32 = 16;

fn full() -> Scene {
    let mut scene = Scene::default();
    for seq in 1..=ROOM {
        scene.send(seq, PLAIN);
    }
    scene
}

/// Finds the receive queue empty, in the reading of `seq` that has begun.
fn find_empty(scene: &mut Scene) {
    scene.dispatcher.on_would_block(&mut scene.callers);
}

#[test]
fn a_reply_that_was_read_makes_room_for_the_next() {
    let mut scene = full();
    assert!(waits(scene.admit(20, PLAIN)));
    assert!(waits(scene.admit(21, PLAIN)));
    assert_eq!(scene.read(1), Reading::Read);
    assert!(!scene.route(1, &ack(7)));
    assert_eq!(scene.woken(), [20]);
    assert_eq!(scene.admit(20, PLAIN), Admission::Send);
    assert!(waits(scene.admit(22, PLAIN)), "it comes behind the one that waits");
}

#[test]
fn a_request_that_ends_without_its_reply_makes_room() {
    let mut scene = full();
    assert!(waits(scene.admit(20, PLAIN)));
    scene.cancel(3);
    assert_eq!(scene.woken(), [20]);
}

#[test]
fn what_an_empty_queue_has_no_reply_to_takes_no_room() {
    let mut scene = full();
    assert!(waits(scene.admit(20, PLAIN)));
    assert_eq!(scene.read(1), Reading::Read);
    find_empty(&mut scene);
    assert_eq!(scene.woken(), [20]);
    for seq in 20..20 + ROOM {
        scene.send(seq, PLAIN);
    }
    assert!(waits(scene.admit(50, PLAIN)));
}

#[test]
fn a_reply_may_have_come_after_the_queue_was_found_empty() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    for seq in 2..=ROOM {
        scene.send(seq, PLAIN);
    }
    find_empty(&mut scene);
    assert_eq!(scene.admit(20, PLAIN), Admission::Send, "the first one has left");
    assert!(waits(scene.admit(21, PLAIN)));
    assert_eq!(scene.read(1), Reading::Read);
    find_empty(&mut scene);
    assert_eq!(scene.woken(), [21]);
}

#[test]
fn a_batch_waits_for_half_of_the_room_and_is_not_overtaken() {
    let mut scene = Scene::default();
    for seq in 1..=ROOM / 2 + 1 {
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
