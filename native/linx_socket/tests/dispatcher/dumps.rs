//! Dumps: one at a time, neither read nor polled while one starts, abandoned ones drained.

use linx_socket::dispatcher::{Admission, Parked, Reading};

use crate::scene::*;

#[test]
fn dumps_wait_for_each_other_and_other_requests_do_not() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    assert!(matches!(scene.admit(2, DUMP), Admission::Wait(wait) if wait.token == 20));
    assert!(waits(scene.admit(3, DUMP)));
    assert_eq!(scene.admit(4, PLAIN), Admission::Send);

    scene.route(1, &[part(1), done(1)].concat());
    assert_eq!(scene.read(1), Reading::Done(data(&[part(1)])));
    assert_eq!(scene.woken(), [2]);
    assert!(waits(scene.admit(3, DUMP)), "another dump is queued before it");
    assert_eq!(scene.admit(2, DUMP), Admission::Send);
    assert!(!scene.dispatcher.has_abandoned_dump());
}

#[test]
fn a_dump_is_sent_when_no_caller_polls() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    assert!(matches!(scene.wait(1), Some(Parked::Poll(wait)) if wait.token == 10));
    assert!(matches!(scene.wait(2), Some(Parked::Poll(_))));
    assert!(matches!(scene.admit(3, DUMP), Admission::Wait(wait) if wait.token == 30));

    // One caller dies while it polls; the other one has polled.
    scene.die(2);
    assert!(scene.woken().is_empty());
    assert!(waits(scene.admit(3, DUMP)), "one caller still polls");
    scene.polled(1);
    assert_eq!(scene.woken(), [3]);
    assert_eq!(scene.admit(3, DUMP), Admission::Send);
}

#[test]
fn a_dump_is_sent_when_no_caller_reads_and_before_the_next_reader() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    assert!(waits(scene.admit(3, DUMP)));
    assert_eq!(scene.read(1), Reading::Busy, "the dump is sent before the next datagram is read");
    assert_eq!(scene.woken(), [3]);
    assert_eq!(scene.read(2), Reading::Busy);
    assert_eq!(scene.admit(3, DUMP), Admission::Send);
    scene.wait_for_reader(1);
    assert!(scene.woken().is_empty());
    scene.sent(3);
    assert_eq!(scene.woken(), [1]);
}

#[test]
fn no_caller_polls_while_a_dump_runs() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, DUMP);
    assert!(matches!(scene.wait(1), Some(Parked::Blocked(_))));
    assert!(matches!(scene.wait(2), Some(Parked::Blocked(_))), "not even the caller of the dump");
    assert!(scene.woken().is_empty());
    scene.route(2, &done(2));
    assert_eq!(scene.woken(), [2]);
    assert_eq!(scene.read(2), Reading::Done(data(&[])));
    assert_eq!(scene.woken(), [1]);
    assert!(matches!(scene.wait(1), Some(Parked::Poll(_))));
}

#[test]
fn a_blocked_caller_is_woken_when_sending_the_dump_fails() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert_eq!(scene.admit(2, DUMP), Admission::Send);
    assert_eq!(scene.read(1), Reading::Busy);
    scene.wait_for_reader(1);
    scene.dispatcher.send_failed(&mut scene.callers, 2);
    assert_eq!(scene.woken(), [1]);
    assert!(!scene.dispatcher.has_abandoned_dump());
}

#[test]
fn strict_and_non_strict_requests_are_not_sent_at_the_same_time() {
    let mut scene = Scene::default();
    assert_eq!(scene.admit(1, NON_STRICT), Admission::Send);
    assert!(waits(scene.admit(2, DUMP)));
    scene.sent(1);
    assert_eq!(scene.woken(), [2]);
    assert_eq!(scene.admit(2, DUMP), Admission::Send);
    assert!(waits(scene.admit(3, NON_STRICT)));
    assert_eq!(scene.admit(4, PLAIN), Admission::Send);
    scene.sent(2);
    assert_eq!(scene.woken(), [3]);
    assert_eq!(scene.admit(3, NON_STRICT), Admission::Send);
}

#[test]
fn a_queued_dump_whose_caller_dies_is_skipped() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.admit(2, DUMP);
    scene.admit(3, DUMP);
    scene.die(2);
    scene.cancel(1);
    assert_eq!(scene.woken(), [3]);
}

#[test]
fn a_granted_dump_whose_caller_dies_is_skipped() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.admit(2, DUMP);
    scene.admit(3, DUMP);
    scene.route(1, &done(1));
    scene.read(1);
    scene.die(2);
    assert_eq!(scene.woken(), [2, 3]);
    assert_eq!(scene.admit(3, DUMP), Admission::Send);
    assert!(!scene.dispatcher.has_abandoned_dump(), "the dead caller had not sent its dump");
}

#[test]
fn the_rest_of_an_abandoned_dump_is_read_first() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.route(1, &part(1));
    scene.cancel(1);
    assert!(scene.dispatcher.has_abandoned_dump());

    assert_eq!(scene.admit(2, DUMP), Admission::Drain);
    assert!(!scene.route(2, &part(1)));
    assert_eq!(scene.admit(2, DUMP), Admission::Drain);
    scene.route(2, &done(1));
    assert_eq!(scene.admit(2, DUMP), Admission::Send);
    assert!(!scene.dispatcher.has_abandoned_dump());
}

#[test]
fn a_caller_that_dies_while_it_reads_an_abandoned_dump_sends_nothing() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.admit(2, DUMP);
    scene.admit(3, DUMP);
    scene.cancel(1);
    assert_eq!(scene.woken(), [2]);
    assert_eq!(scene.admit(2, DUMP), Admission::Drain);
    scene.die(2);
    assert!(scene.woken().is_empty(), "its thread still reads");
    assert_eq!(scene.admit(2, DUMP), Admission::Cancelled);
    assert_eq!(scene.woken(), [3]);
    assert_eq!(scene.admit(3, DUMP), Admission::Drain);
}

#[test]
fn the_dump_of_a_caller_that_dies_while_it_is_sent_is_abandoned() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.admit(2, DUMP);
    scene.admit(3, DUMP);
    scene.route(1, &done(1));
    scene.read(1);
    assert_eq!(scene.admit(2, DUMP), Admission::Send);
    scene.woken();
    scene.die(2);
    assert!(scene.woken().is_empty(), "it may be in the kernel by now");
    scene.sent(2);
    assert_eq!(scene.woken(), [3]);
    assert!(scene.dispatcher.has_abandoned_dump());
    assert_eq!(scene.admit(3, DUMP), Admission::Drain);
}

#[test]
fn a_caller_that_drains_for_long_yields_and_continues() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.cancel(1);
    assert_eq!(scene.admit(2, DUMP), Admission::Drain);
    scene.callers.present = 2;
    let admission = scene.dispatcher.pause_draining(&mut scene.callers, 2);
    assert!(waits(admission));
    assert_eq!(scene.woken(), [2]);
    assert_eq!(scene.admit(2, DUMP), Admission::Drain);
}

#[test]
fn an_empty_receive_queue_ends_an_abandoned_dump() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.cancel(1);
    assert!(scene.dispatcher.has_abandoned_dump());
    scene.dispatcher.on_would_block(&mut scene.callers);
    assert!(!scene.dispatcher.has_abandoned_dump());
}
