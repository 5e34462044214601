//! One caller reads at a time; waiting, closing and death of callers.

use linx_socket::dispatcher::{Admission, Parked, Reading};

use crate::scene::*;

#[test]
fn one_caller_reads_at_a_time_and_the_next_is_woken() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    scene.send(3, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    for seq in [2, 3] {
        assert_eq!(scene.read(seq), Reading::Busy);
        let parked = scene.wait_for_reader(seq);
        assert!(matches!(parked, Some(Parked::Blocked(_))));
    }
    assert!(scene.woken().is_empty());
    scene.route(1, &ack(1));
    assert_eq!(scene.read(1), Reading::Done(data(&[])));
    assert_eq!(scene.woken(), [2]);
    scene.die(2);
    assert_eq!(scene.woken(), [3], "the woken caller died before it read");
    assert_eq!(scene.read(3), Reading::Read);
}

#[test]
fn a_caller_that_waits_for_a_reader_that_has_left_is_woken_at_once() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    assert_eq!(scene.read(2), Reading::Busy);
    scene.cancel(1);
    scene.wait_for_reader(2);
    assert_eq!(scene.woken(), [2]);
}

#[test]
fn closing_wakes_every_caller_and_rejects_new_requests() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.wait(1);
    scene.polled(1);
    scene.send(2, DUMP);
    scene.admit(3, DUMP);
    scene.dispatcher.close(&mut scene.callers);
    let mut woken = scene.woken();
    woken.sort_unstable();
    assert_eq!(woken, [1, 3]);
    assert_eq!(scene.admit(3, DUMP), Admission::Closed);
    assert_eq!(scene.admit(4, PLAIN), Admission::Closed);
    assert_eq!(scene.read(1), Reading::Cancelled);
    assert!(!scene.dispatcher.contains(3) && !scene.dispatcher.contains(1));
}

#[test]
fn a_dead_caller_does_not_wait() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.callers.dead = true;
    assert_eq!(scene.admit(2, DUMP), Admission::Cancelled);
    assert_eq!(scene.wait(1), None);
    assert!(!scene.dispatcher.contains(1) && !scene.dispatcher.contains(2));
}

#[test]
fn an_admitted_reader_has_its_reply_before_a_dump_is_sent() {
    let mut scene = Scene::default();
    assert!(scene.admit_reader(1, PLAIN));
    assert!(waits(scene.admit(2, DUMP)), "no dump is sent while a caller reads");
    scene.send(3, PLAIN);
    scene.sent(1);
    scene.route(1, &ack(1));
    assert_eq!(scene.read(1), Reading::Done(data(&[])));
    assert_eq!(scene.woken(), [2]);
    assert_eq!(scene.admit(2, DUMP), Admission::Send);
}

#[test]
fn an_admitted_reader_leaves_the_read_to_a_dump_that_is_ready() {
    let mut scene = Scene::default();
    assert!(scene.admit_reader(1, PLAIN));
    assert!(waits(scene.admit(2, DUMP)));
    scene.sent(1);
    assert_eq!(scene.read(1), Reading::Busy);
    assert!(matches!(scene.wait_for_reader(1), Some(Parked::Blocked(_))));
    assert_eq!(scene.woken(), [2]);
    scene.send(2, DUMP);
}

#[test]
fn no_reader_is_admitted_beside_a_dump_or_another_reader() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    assert!(!scene.admit_reader(2, PLAIN));
    scene.cancel(1);
    assert!(scene.dispatcher.has_abandoned_dump());
    assert!(!scene.admit_reader(2, PLAIN));
    assert!(!scene.dispatcher.contains(2), "a request that is not admitted is not registered");

    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    assert!(!scene.admit_reader(2, PLAIN));
    assert!(!scene.admit_reader(3, DUMP) && !scene.admit_reader(4, BATCH));
    scene.cancel(1);
    assert!(scene.admit_reader(2, PLAIN));
    assert!(!scene.admit_reader(2, PLAIN), "its sequence number is in use");
}

#[test]
fn no_reader_is_admitted_without_a_share_of_the_receive_buffer() {
    let mut scene = Scene::default();
    for seq in 1..=16 {
        scene.send(seq, PLAIN);
    }
    assert!(!scene.admit_reader(17, PLAIN));
    scene.cancel(3);
    assert!(scene.admit_reader(17, PLAIN));
}

#[test]
fn no_reader_is_admitted_after_the_socket_was_closed() {
    let mut scene = Scene::default();
    scene.dispatcher.close(&mut scene.callers);
    assert!(!scene.admit_reader(1, PLAIN));
}
