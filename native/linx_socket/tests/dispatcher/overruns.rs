//! Overruns of the receive buffer (`ENOBUFS`), and the replies that they lose.

use linx_socket::dispatcher::{Admission, Reading};
use linx_wire::reply::Outcome;

use crate::scene::*;

#[test]
fn after_an_overrun_a_missing_reply_is_lost_and_a_complete_one_is_not() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    scene.wait(2);
    scene.polled(2);
    scene.dispatcher.on_overrun();
    assert_eq!(scene.read(1), Reading::Read);
    scene.route(1, &ack(1));
    scene.dispatcher.on_would_block(&mut scene.callers);
    assert_eq!(scene.read(1), Reading::Done(data(&[])));
    assert_eq!(scene.woken(), [2]);
    assert_eq!(scene.read(2), Reading::Done(Outcome::Lost));
}

#[test]
fn an_overrun_before_or_while_sending_loses_no_reply() {
    let mut scene = Scene::default();
    scene.dispatcher.on_overrun();
    scene.send(1, PLAIN);
    assert_eq!(scene.admit(2, PLAIN), Admission::Send);
    scene.dispatcher.on_overrun();
    assert_eq!(scene.read(1), Reading::Read);
    scene.dispatcher.on_would_block(&mut scene.callers);
    assert_eq!(scene.read(1), Reading::Done(Outcome::Lost));
    scene.sent(2);
    assert_eq!(scene.read(2), Reading::Read, "its reply may have been queued since");
}

#[test]
fn an_overrun_reported_after_the_queue_was_empty_counts_from_the_next_read_on() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    // Another request is sent and answered, and its caller sees an overrun, before the reader
    // reports that the queue was empty.
    scene.send(2, PLAIN);
    scene.dispatcher.on_overrun();
    scene.dispatcher.on_would_block(&mut scene.callers);
    assert_eq!(scene.read(1), Reading::Read);
    scene.route(1, &ack(2));
    assert_eq!(scene.read(2), Reading::Done(data(&[])));
}
