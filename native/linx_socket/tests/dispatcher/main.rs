//! The dispatcher with scripted datagrams: no socket, no time, no threads.
#![allow(clippy::unwrap_used, reason = "a test may stop at any surprise")]

use linx_socket::dispatcher::{Admission, Parked, Reading};
use linx_wire::message::{ERROR, Header, put};
use linx_wire::reply::{BatchReply, Outcome, Refusal, Reply, ReplyAssembler};
use scene::*;

mod room;
mod scene;

#[test]
fn each_caller_gets_its_own_reply_from_any_reader() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    assert!(matches!(scene.wait(2), Some(Parked::Poll(wait)) if wait.token == 20));

    assert_eq!(scene.read(1), Reading::Read);
    assert!(!scene.route(1, &ack(2)), "it did not concern the reader");
    assert_eq!(scene.callers.woken, [(2, 20)]);
    assert!(scene.route(1, &ack(1)));
    assert_eq!(scene.read(1), Reading::Done(data(&[])));
    assert_eq!(scene.read(2), Reading::Done(data(&[])));
    assert!(scene.callers.watched.is_empty());
}

#[test]
fn strangers_and_late_replies_concern_no_request() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert!(!scene.route(1, &ack(7)));
    assert_eq!(scene.read(1), Reading::Read);
    scene.cancel(1);
    assert!(!scene.route(1, &ack(1)));
    assert!(!scene.dispatcher.knows(1));
    assert_eq!(scene.read(1), Reading::Gone);
}

#[test]
fn a_notification_of_the_own_change_is_no_reply() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    let notification = message(1, DATA, 0, &[0; 4]);
    assert!(!scene.dispatcher.route(&mut scene.callers, 1, &notification, true, false));
    assert_eq!(scene.read(1), Reading::Read);
    assert!(scene.route(1, &ack(1)));
    assert_eq!(scene.read(1), Reading::Done(data(&[])));
}

#[test]
fn an_echo_is_told_from_another_ports_notification_by_the_port() {
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
fn dumps_wait_for_each_other_and_other_requests_do_not() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    assert!(matches!(scene.admit(2, DUMP), Admission::Wait(wait) if wait.token == 20));
    assert!(waits(scene.admit(3, DUMP)));
    assert_eq!(scene.admit(4, PLAIN), Admission::Send);

    scene.route(1, &[part(1), done(1)].concat());
    assert_eq!(scene.read(1), Reading::Done(data(&[part(1)])));
    assert_eq!(scene.woken(), [2]);
    assert!(waits(scene.admit(3, DUMP)), "it is not its turn yet");
    assert_eq!(scene.admit(2, DUMP), Admission::Send);
    assert!(!scene.dispatcher.has_abandoned_dump());
}

#[test]
fn batches_wait_for_each_other() {
    let mut scene = Scene::default();
    scene.send_batch(10, BatchReply::new(10, 1, false));
    assert!(waits(
        scene.admit_as(20, BATCH, || ReplyAssembler::Batch(BatchReply::new(20, 1, false)))
    ));
    scene.route(10, &ack(11));
    assert_eq!(scene.read(10), Reading::Done(batch(Vec::new())));
    assert_eq!(scene.woken(), [20]);
    assert_eq!(scene.admit(20, BATCH), Admission::Send);
}

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
    assert_eq!(scene.woken(), [3], "the one that was woken died on its way");
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
fn a_dump_is_sent_when_no_caller_polls() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    assert!(matches!(scene.wait(1), Some(Parked::Poll(wait)) if wait.token == 10));
    assert!(matches!(scene.wait(2), Some(Parked::Poll(_))));
    assert!(matches!(scene.admit(3, DUMP), Admission::Wait(wait) if wait.token == 30));

    // One dies while it polls, the other one has polled.
    scene.die(2);
    assert!(scene.woken().is_empty());
    assert!(waits(scene.admit(3, DUMP)), "one still polls");
    scene.polled(1);
    assert_eq!(scene.woken(), [3]);
    assert_eq!(scene.admit(3, DUMP), Admission::Send);
}

#[test]
fn a_dump_is_sent_when_no_caller_reads_and_goes_before_further_readers() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    assert!(waits(scene.admit(3, DUMP)));
    assert_eq!(scene.read(1), Reading::Busy, "after one datagram the dump comes first");
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
    assert!(matches!(scene.wait(2), Some(Parked::Blocked(_))), "its own neither");
    assert!(scene.woken().is_empty());
    scene.route(2, &done(2));
    assert_eq!(scene.woken(), [2]);
    assert_eq!(scene.read(2), Reading::Done(data(&[])));
    assert_eq!(scene.woken(), [1]);
    assert!(matches!(scene.wait(1), Some(Parked::Poll(_))));
}

#[test]
fn a_blocked_caller_is_woken_when_the_dump_is_not_sent_after_all() {
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
fn strict_and_loose_requests_are_not_sent_at_the_same_time() {
    let mut scene = Scene::default();
    assert_eq!(scene.admit(1, LOOSE), Admission::Send);
    assert!(waits(scene.admit(2, DUMP)));
    scene.sent(1);
    assert_eq!(scene.woken(), [2]);
    assert_eq!(scene.admit(2, DUMP), Admission::Send);
    assert!(waits(scene.admit(3, LOOSE)));
    assert_eq!(scene.admit(4, PLAIN), Admission::Send);
    scene.sent(2);
    assert_eq!(scene.woken(), [3]);
    assert_eq!(scene.admit(3, LOOSE), Admission::Send);
}

#[test]
fn a_queued_dump_whose_caller_dies_is_passed_over() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.admit(2, DUMP);
    scene.admit(3, DUMP);
    scene.die(2);
    scene.cancel(1);
    assert_eq!(scene.woken(), [3]);
}

#[test]
fn a_dump_whose_caller_dies_on_its_turn_is_passed_over() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.admit(2, DUMP);
    scene.admit(3, DUMP);
    scene.route(1, &done(1));
    scene.read(1);
    scene.die(2);
    assert_eq!(scene.woken(), [2, 3]);
    assert_eq!(scene.admit(3, DUMP), Admission::Send);
    assert!(!scene.dispatcher.has_abandoned_dump(), "the dead one had not sent");
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
    assert_eq!(scene.admit(2, DUMP), Admission::Gone);
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
fn a_caller_that_drains_for_long_lets_its_scheduler_go_and_comes_back() {
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
fn an_abandoned_dump_with_nothing_to_read_is_over() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.cancel(1);
    assert!(scene.dispatcher.has_abandoned_dump());
    scene.dispatcher.on_would_block(&mut scene.callers);
    assert!(!scene.dispatcher.has_abandoned_dump());
}

#[test]
fn a_cut_datagram_ends_its_reply_and_no_other() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    scene.send(2, DUMP);
    let cut = &part(2)[..18];
    assert!(!scene.dispatcher.route(&mut scene.callers, 1, cut, false, true));
    assert_eq!(scene.read(1), Reading::Read);
    assert_eq!(scene.read(2), Reading::Done(Outcome::Truncated));
    assert!(scene.dispatcher.has_abandoned_dump(), "the dump goes on after a cut datagram");
}

#[test]
fn a_datagram_of_contradictory_lengths_counts_as_cut() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    let mut torn = [part(1), part(1)].concat();
    torn[20] = 200;
    assert!(scene.route(1, &torn));
    assert_eq!(scene.read(1), Reading::Done(Outcome::Truncated));
}

#[test]
fn bytes_too_short_for_a_header_concern_no_request() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    for size in 0..12 {
        assert!(!scene.dispatcher.route(&mut scene.callers, 1, &ack(1)[..size], false, true));
    }
}

#[test]
fn after_an_overrun_a_missing_reply_is_lost_and_one_that_came_is_not() {
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
fn an_overrun_before_or_while_sending_costs_no_reply() {
    let mut scene = Scene::default();
    scene.dispatcher.on_overrun();
    scene.send(1, PLAIN);
    assert_eq!(scene.admit(2, PLAIN), Admission::Send);
    scene.dispatcher.on_overrun();
    assert_eq!(scene.read(1), Reading::Read);
    scene.dispatcher.on_would_block(&mut scene.callers);
    assert_eq!(scene.read(1), Reading::Done(Outcome::Lost));
    scene.sent(2);
    assert_eq!(scene.read(2), Reading::Read, "its reply may have been made since");
}

#[test]
fn an_overrun_that_is_told_after_the_queue_was_found_empty_counts_for_the_next_reading() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert_eq!(scene.read(1), Reading::Read);
    // Another request is sent and answered, and its caller sees an overrun, before the reader
    // says that it found nothing.
    scene.send(2, PLAIN);
    scene.dispatcher.on_overrun();
    scene.dispatcher.on_would_block(&mut scene.callers);
    assert_eq!(scene.read(1), Reading::Read);
    scene.route(1, &ack(2));
    assert_eq!(scene.read(2), Reading::Done(data(&[])));
}

#[test]
fn progress_counts_the_datagrams_of_the_own_reply() {
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
fn closing_wakes_every_caller_and_admits_no_further_one() {
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
    assert_eq!(scene.read(1), Reading::Gone);
    assert!(!scene.dispatcher.knows(3) && !scene.dispatcher.knows(1));
}

#[test]
fn a_dead_caller_does_not_wait() {
    let mut scene = Scene::default();
    scene.send(1, DUMP);
    scene.callers.dead = true;
    assert_eq!(scene.admit(2, DUMP), Admission::Gone);
    assert_eq!(scene.wait(1), None);
    assert!(!scene.dispatcher.knows(1) && !scene.dispatcher.knows(2));
}

#[test]
fn a_sequence_number_in_use_is_not_given_to_two() {
    let mut scene = Scene::default();
    scene.send(1, PLAIN);
    assert_eq!(scene.admit(1, PLAIN), Admission::SeqInUse);
}

#[test]
fn a_batch_gets_the_answers_to_all_its_numbers_and_no_others() {
    let mut scene = Scene::default();
    scene.send_batch(10, BatchReply::new(10, 4, false));
    scene.send(30, PLAIN);
    let refused = message(12, ERROR, 0x100, &[&(-17_i32).to_ne_bytes()[..], &[0; 16]].concat());
    assert!(scene.route(10, &[refused, ack(14)].concat()));
    assert!(!scene.route(10, &ack(24)), "it is another batch's");
    assert!(!scene.route(10, &ack(30)));
    let refusal = Refusal { at: 2, errno: 17, extack: Vec::new() };
    assert_eq!(scene.read(10), Reading::Done(batch(vec![refusal])));
    assert_eq!(scene.read(30), Reading::Done(data(&[])));
    assert!(!scene.route(10, &ack(14)), "it is over");
}

#[test]
fn an_echo_of_a_batch_is_told_by_port_and_without_a_number_of_its_own() {
    let told = |seq, port, payload| {
        let mut out = Vec::new();
        put(&mut out, Header { msg_type: DATA, flags: 0, seq, port }, payload).unwrap();
        out
    };
    let notify = |scene: &mut Scene, datagram: &[u8]| {
        scene.dispatcher.route(&mut scene.callers, 10, datagram, true, false)
    };
    let mut scene = Scene::default();
    scene.send_batch(10, BatchReply::new(10, 1, true));
    assert!(!notify(&mut scene, &told(11, PORT, &[5; 4])), "it did not ask");
    scene.route(10, &ack(11));
    assert_eq!(scene.read(10), Reading::Done(batch(Vec::new())));

    scene.send_batch(20, BatchReply::new(20, 1, true).with_echo(PORT));
    notify(&mut scene, &told(21, 78, &[4; 4]));
    notify(&mut scene, &told(0, 78, &[4; 4]));
    let made = [told(21, PORT, &[1; 4]), told(0, PORT, &[2; 4])].concat();
    notify(&mut scene, &made);
    scene.route(20, &ack(21));
    let outcome = Outcome::Batch { refusals: Vec::new(), bytes: made };
    assert_eq!(scene.read(20), Reading::Done(outcome));
}
