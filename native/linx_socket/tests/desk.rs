//! The desk with scripted datagrams: no socket, no time, no threads.
#![allow(clippy::unwrap_used, reason = "a test may stop at any surprise")]

use linx_socket::desk::{Desk, Expected, Host, Pause, Turn};
use linx_wire::acks::{Acks, Refusal};
use linx_wire::message::{Header, put};
use linx_wire::reply::{DONE, ERROR, Ended, MULTI, Reply};

/// Callers are numbers; the present one may be dead.
#[derive(Default)]
struct Callers {
    present: u32,
    dead: bool,
    watched: Vec<u32>,
    woken: Vec<(u32, u64)>,
}

impl Host for Callers {
    type Waiter = u32;

    fn watch(&mut self) -> Option<u32> {
        self.watched.push(self.present);
        (!self.dead).then_some(self.present)
    }

    fn wake(&mut self, waiter: &u32, token: u64) {
        self.woken.push((*waiter, token));
    }

    fn unwatch(&mut self, waiter: u32) {
        self.watched.retain(|&watched| watched != waiter);
    }
}

const DATA: u16 = 16;
const DUMP: u16 = 0x301;

fn message(seq: u32, kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, Header { kind, flags, seq, port: 0 }, payload).unwrap();
    out
}

fn ack(seq: u32) -> Vec<u8> {
    message(seq, ERROR, 0, &[0; 20])
}

fn part(seq: u32) -> Vec<u8> {
    message(seq, DATA, MULTI, &seq.to_ne_bytes())
}

fn done(seq: u32) -> Vec<u8> {
    message(seq, DONE, MULTI, &[0; 4])
}

fn data(messages: &[Vec<u8>]) -> Ended {
    Ended::Data { bytes: messages.concat(), count: messages.len() }
}

fn acks(refusals: Vec<Refusal>) -> Ended {
    Ended::Acks { refusals, bytes: Vec::new() }
}

struct Scene {
    desk: Desk<u32>,
    callers: Callers,
}

impl Scene {
    fn new() -> Self {
        Self { desk: Desk::default(), callers: Callers::default() }
    }

    fn enter(&mut self, seq: u32, alone: bool) -> Turn {
        self.callers.present = seq;
        let expected = Expected::Reply(Reply::to(if alone { DUMP } else { 1 }));
        self.desk.enter(&mut self.callers, seq, alone, expected, || u64::from(seq) * 10)
    }

    fn send_batch(&mut self, seq: u32, last: u32, enveloped: bool) {
        self.send_acks(seq, Acks::new(seq, last, enveloped));
    }

    fn send_acks(&mut self, seq: u32, acks: Acks) {
        let expected = Expected::Acks(acks);
        let turn = self.desk.enter(&mut self.callers, seq, false, expected, || 0);
        assert_eq!(turn, Turn::Now);
        self.desk.sending(seq);
        self.desk.sent(&mut self.callers, seq);
    }

    fn send(&mut self, seq: u32, alone: bool) {
        assert_eq!(self.enter(seq, alone), Turn::Now);
        self.desk.sending(seq);
        self.desk.sent(&mut self.callers, seq);
    }

    fn pause(&mut self, seq: u32) -> Option<Pause> {
        self.callers.present = seq;
        self.desk.pause(&mut self.callers, seq)
    }

    fn park(&mut self, seq: u32) -> u64 {
        self.callers.present = seq;
        self.desk.park(&mut self.callers, seq).unwrap().progress
    }

    fn route(&mut self, seq: u32, datagram: &[u8]) -> bool {
        self.desk.route(&mut self.callers, seq, datagram, false, false)
    }

    fn collect(&mut self, seq: u32) -> Option<Ended> {
        self.desk.collect(&mut self.callers, seq)
    }
}

#[test]
fn each_caller_gets_its_own_reply_whoever_reads_it() {
    let mut scene = Scene::new();
    scene.send(1, false);
    scene.send(2, false);
    scene.park(2);

    assert!(!scene.route(1, &ack(2)), "it did not concern the reader");
    assert_eq!(scene.callers.woken, [(2, 20)]);
    assert!(scene.route(1, &ack(1)));
    assert_eq!(scene.collect(1), Some(data(&[])));
    assert_eq!(scene.collect(2), Some(data(&[])));
    assert!(scene.callers.watched.is_empty());
}

#[test]
fn strangers_and_late_replies_concern_nobody() {
    let mut scene = Scene::new();
    scene.send(1, false);
    assert!(!scene.route(1, &ack(7)));
    assert_eq!(scene.collect(1), None);
    scene.desk.leave(&mut scene.callers, 1);
    assert!(!scene.route(1, &ack(1)));
    assert!(!scene.desk.knows(1));
}

#[test]
fn a_notification_of_ones_own_change_is_no_reply() {
    let mut scene = Scene::new();
    scene.send(1, false);
    let news = message(1, DATA, 0, &[0; 4]);
    assert!(!scene.desk.route(&mut scene.callers, 1, &news, true, false));
    assert_eq!(scene.collect(1), None);
    assert!(scene.route(1, &ack(1)));
    assert_eq!(scene.collect(1), Some(data(&[])));
}

#[test]
fn dumps_wait_for_each_other_in_line_and_others_do_not() {
    let mut scene = Scene::new();
    scene.send(1, true);
    assert!(matches!(scene.enter(2, true), Turn::Later(wait) if wait.token == 20));
    assert!(matches!(scene.enter(3, true), Turn::Later(_)));
    assert_eq!(scene.enter(4, false), Turn::Now);

    scene.route(1, &[part(1), done(1)].concat());
    assert_eq!(scene.collect(1), Some(data(&[part(1)])));
    assert_eq!(scene.callers.woken, [(2, 20)]);
    assert!(matches!(scene.enter(3, true), Turn::Later(_)), "it is not its turn yet");
    assert_eq!(scene.enter(2, true), Turn::Now);
    assert!(!scene.desk.is_stale());
}

#[test]
fn a_dump_starts_when_nobody_looks_at_the_socket() {
    let mut scene = Scene::new();
    scene.send(1, false);
    scene.send(2, false);
    assert!(matches!(scene.pause(1), Some(Pause::Look(wait)) if wait.token == 10));
    assert!(matches!(scene.pause(2), Some(Pause::Look(_))));
    assert!(matches!(scene.enter(3, true), Turn::Later(wait) if wait.token == 30));

    scene.desk.looked(&mut scene.callers, 1);
    assert!(scene.callers.woken.is_empty());
    assert!(matches!(scene.enter(3, true), Turn::Later(_)), "one still looks");
    // The other one died while it looked.
    scene.desk.bury(&mut scene.callers, |&waiter| waiter == 2);
    assert_eq!(scene.callers.woken, [(3, 30)]);
    assert_eq!(scene.enter(3, true), Turn::Now);
}

#[test]
fn who_waits_while_a_dump_starts_does_not_look_before_it_has() {
    let mut scene = Scene::new();
    scene.send(1, false);
    assert_eq!(scene.enter(2, true), Turn::Now);
    assert!(matches!(scene.pause(1), Some(Pause::Rest(wait)) if wait.token == 10));
    scene.desk.sending(2);
    assert!(matches!(scene.pause(1), Some(Pause::Rest(_))));
    assert!(scene.callers.woken.is_empty());

    scene.desk.sent(&mut scene.callers, 2);
    assert_eq!(scene.callers.woken, [(1, 10)]);
    assert!(matches!(scene.pause(1), Some(Pause::Look(_))));
}

#[test]
fn who_rests_is_woken_when_the_dump_is_not_sent_after_all() {
    let mut scene = Scene::new();
    scene.send(1, false);
    scene.enter(2, true);
    assert!(matches!(scene.pause(1), Some(Pause::Rest(_))));
    scene.desk.leave(&mut scene.callers, 2);
    assert_eq!(scene.callers.woken, [(1, 10)]);
}

#[test]
fn a_queued_dumper_that_dies_is_passed_over() {
    let mut scene = Scene::new();
    scene.send(1, true);
    scene.enter(2, true);
    scene.enter(3, true);
    scene.desk.bury(&mut scene.callers, |&waiter| waiter == 2);
    scene.desk.leave(&mut scene.callers, 1);
    assert_eq!(scene.callers.woken, [(3, 30)]);
}

#[test]
fn a_dumper_that_dies_when_it_is_its_turn_is_passed_over() {
    let mut scene = Scene::new();
    scene.send(1, true);
    scene.enter(2, true);
    scene.enter(3, true);
    scene.route(1, &done(1));
    scene.collect(1);
    scene.desk.bury(&mut scene.callers, |&waiter| waiter == 2);
    assert_eq!(scene.callers.woken, [(2, 20), (3, 30)]);
    assert_eq!(scene.enter(3, true), Turn::Now);
    assert!(!scene.desk.is_stale(), "the dead one had not sent");
}

#[test]
fn the_rest_of_an_abandoned_dump_is_read_out_first() {
    let mut scene = Scene::new();
    scene.send(1, true);
    scene.park(1);
    scene.route(1, &part(1));
    scene.desk.bury(&mut scene.callers, |&waiter| waiter == 1);
    assert!(scene.desk.is_stale());

    assert_eq!(scene.enter(2, true), Turn::Now);
    assert!(!scene.route(2, &part(1)));
    assert!(scene.desk.is_stale());
    scene.route(2, &done(1));
    assert!(!scene.desk.is_stale());
}

#[test]
fn an_abandoned_dump_that_says_nothing_more_is_over() {
    let mut scene = Scene::new();
    scene.send(1, true);
    scene.desk.leave(&mut scene.callers, 1);
    assert!(scene.desk.is_stale());
    scene.desk.drained(&mut scene.callers);
    assert!(!scene.desk.is_stale());
}

#[test]
fn a_cut_datagram_ends_its_reply_and_no_other() {
    let mut scene = Scene::new();
    scene.send(1, false);
    scene.send(2, true);
    let cut = &part(2)[..18];
    assert!(!scene.desk.route(&mut scene.callers, 1, cut, false, true));
    assert_eq!(scene.collect(1), None);
    assert_eq!(scene.collect(2), Some(Ended::Truncated));
    assert!(scene.desk.is_stale(), "the dump goes on after a cut datagram");
}

#[test]
fn a_datagram_of_contradictory_lengths_counts_as_cut() {
    let mut scene = Scene::new();
    scene.send(1, true);
    let mut torn = [part(1), part(1)].concat();
    torn[20] = 200;
    assert!(scene.route(1, &torn));
    assert_eq!(scene.collect(1), Some(Ended::Truncated));
}

#[test]
fn bytes_too_short_for_a_header_concern_nobody() {
    let mut scene = Scene::new();
    scene.send(1, false);
    for size in 0..16 {
        assert!(
            !scene.desk.route(&mut scene.callers, 1, &ack(1)[..size], false, true) || size >= 12
        );
    }
}

#[test]
fn after_an_overrun_a_missing_reply_is_lost_and_one_that_came_is_not() {
    let mut scene = Scene::new();
    scene.send(1, false);
    scene.send(2, false);
    scene.park(2);
    scene.desk.overrun();
    scene.route(1, &ack(1));
    scene.desk.drained(&mut scene.callers);
    assert_eq!(scene.collect(1), Some(data(&[])));
    assert_eq!(scene.callers.woken, [(2, 20)]);
    assert_eq!(scene.collect(2), Some(Ended::Lost));
}

#[test]
fn an_overrun_before_or_while_sending_costs_nobody_a_reply() {
    let mut scene = Scene::new();
    scene.desk.overrun();
    scene.send(1, false);
    scene.enter(2, false);
    scene.desk.sending(2);
    scene.desk.overrun();
    scene.desk.drained(&mut scene.callers);
    assert_eq!(scene.collect(2), None, "its reply may still be made");
    assert_eq!(scene.collect(1), Some(Ended::Lost));
}

#[test]
fn progress_counts_the_datagrams_of_the_own_reply() {
    let mut scene = Scene::new();
    scene.send(1, true);
    scene.send(2, false);
    scene.route(2, &[part(1), part(1)].concat());
    scene.route(2, &ack(9));
    scene.route(2, &part(1));
    assert_eq!(scene.park(1), 2);
    assert_eq!(scene.park(2), 0);
}

#[test]
fn closing_wakes_all_and_lets_nobody_in() {
    let mut scene = Scene::new();
    scene.send(1, false);
    scene.park(1);
    scene.send(2, true);
    scene.enter(3, true);
    scene.desk.close(&mut scene.callers);
    scene.callers.woken.sort_unstable();
    assert_eq!(scene.callers.woken, [(1, 10), (3, 30)]);
    assert_eq!(scene.enter(3, true), Turn::Closed);
    assert_eq!(scene.enter(4, false), Turn::Closed);
    assert!(!scene.desk.knows(3));
}

#[test]
fn a_dead_caller_is_not_left_waiting() {
    let mut scene = Scene::new();
    scene.send(1, true);
    scene.callers.dead = true;
    assert_eq!(scene.enter(2, true), Turn::Closed);
    assert_eq!(scene.desk.park(&mut scene.callers, 1), None);
    assert!(!scene.desk.knows(1) && !scene.desk.knows(2));
}

#[test]
fn a_sequence_number_in_use_is_not_given_to_two() {
    let mut scene = Scene::new();
    scene.send(1, false);
    assert_eq!(scene.enter(1, false), Turn::Taken);
}

#[test]
fn a_batch_gets_the_answers_to_all_its_numbers_and_no_others() {
    let mut scene = Scene::new();
    scene.send_batch(10, 4, false);
    scene.send_batch(20, 4, true);
    scene.send(30, false);
    let refused = message(12, ERROR, 0x100, &[&(-17_i32).to_ne_bytes()[..], &[0; 16]].concat());
    assert!(scene.route(10, &[refused, ack(14)].concat()));
    assert!(!scene.route(10, &ack(24)), "it is another batch's");
    assert!(!scene.route(10, &ack(30)));
    let refusal = Refusal { at: 2, errno: 17, extack: Vec::new() };
    assert_eq!(scene.collect(10), Some(acks(vec![refusal])));
    assert_eq!(scene.collect(20), Some(acks(Vec::new())));
    assert_eq!(scene.collect(30), Some(data(&[])));
    assert!(!scene.route(10, &ack(14)), "it is over");
}

#[test]
fn what_a_batch_made_is_told_to_the_batch_that_asked() {
    let told = |seq, port, payload| {
        let mut out = Vec::new();
        put(&mut out, Header { kind: DATA, flags: 0, seq, port }, payload).unwrap();
        out
    };
    let mut scene = Scene::new();
    scene.send_batch(10, 1, true);
    scene.send_acks(20, Acks::new(20, 1, true).echoed_to(77));
    scene.send_acks(30, Acks::new(30, 1, true).echoed_to(77));
    let first = [told(21, 77, &[1; 4]), told(0, 77, &[2; 4])].concat();
    let second = told(0, 77, &[3; 4]);
    let notify = |scene: &mut Scene, datagram: &[u8]| {
        scene.desk.route(&mut scene.callers, 10, datagram, true, false)
    };
    assert!(!notify(&mut scene, &told(11, 77, &[5; 4])), "it did not ask");
    notify(&mut scene, &told(21, 78, &[4; 4]));
    notify(&mut scene, &told(0, 78, &[4; 4]));
    notify(&mut scene, &first);
    scene.route(20, &[ack(11), ack(21)].concat());
    // Without a number of its own, it is of the one that is answered now.
    notify(&mut scene, &second);
    scene.route(20, &ack(31));
    let made = |bytes: Vec<u8>| Some(Ended::Acks { refusals: Vec::new(), bytes });
    assert_eq!(scene.collect(10), Some(acks(Vec::new())));
    assert_eq!(scene.collect(20), made(first));
    assert_eq!(scene.collect(30), made(second));
}
