//! Batches: their order, the numbers of their messages, their echoes.

use linx_socket::dispatcher::{Admission, Reading};
use linx_wire::message::{ERROR, Header, put};
use linx_wire::reply::{BatchReply, Outcome, Refusal, ReplyAssembler};

use crate::scene::*;

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
fn a_batch_gets_the_answers_to_all_its_sequence_numbers_and_no_others() {
    let mut scene = Scene::default();
    scene.send_batch(10, BatchReply::new(10, 4, false));
    scene.send(30, PLAIN);
    let refused = message(12, ERROR, 0x100, &[&(-17_i32).to_ne_bytes()[..], &[0; 16]].concat());
    assert!(scene.route(10, &[refused, ack(14)].concat()));
    assert!(!scene.route(10, &ack(24)), "it belongs to another batch");
    assert!(!scene.route(10, &ack(30)));
    let refusal = Refusal { at: 2, errno: 17, extack: Vec::new() };
    assert_eq!(scene.read(10), Reading::Done(batch(vec![refusal])));
    assert_eq!(scene.read(30), Reading::Done(data(&[])));
    assert!(!scene.route(10, &ack(14)), "its reply is complete");
}

#[test]
fn objects_of_a_batch_are_unicast_and_carry_the_numbers_of_its_messages() {
    let object = |seq, payload| message(seq, DATA, 0, payload);
    let mut scene = Scene::default();
    scene.send_batch(10, BatchReply::new(10, 2, false).with_objects());
    scene.send(30, PLAIN);
    // A notification of the batch's own change has the number of its message.
    let notification = object(11, &[9; 4]);
    assert!(!scene.dispatcher.route(&mut scene.callers, 10, &notification, true, false));
    assert!(!scene.route(10, &object(13, &[8; 4])), "it belongs to no request");
    assert!(!scene.route(10, &object(30, &[7; 4])), "it belongs to another request");
    let objects = [object(10, &[1; 4]), object(12, &[2; 8])];
    assert!(scene.route(10, &objects[0]));
    assert!(scene.route(10, &objects[1]));
    scene.route(10, &ack(12));
    let outcome = Outcome::Batch { refusals: Vec::new(), bytes: objects.concat() };
    assert_eq!(scene.read(10), Reading::Done(outcome));
    assert_eq!(scene.read(30), Reading::Done(data(&[object(30, &[7; 4])])));
}

#[test]
fn an_echo_of_a_batch_is_recognised_by_its_port_even_with_sequence_number_0() {
    let notification = |seq, port, payload| {
        let mut out = Vec::new();
        put(&mut out, Header { msg_type: DATA, flags: 0, seq, port }, payload).unwrap();
        out
    };
    let notify = |scene: &mut Scene, datagram: &[u8]| {
        scene.dispatcher.route(&mut scene.callers, 10, datagram, true, false)
    };
    let mut scene = Scene::default();
    scene.send_batch(10, BatchReply::new(10, 1, true));
    assert!(
        !notify(&mut scene, &notification(11, PORT, &[5; 4])),
        "the batch did not ask for echoes"
    );
    scene.route(10, &ack(11));
    assert_eq!(scene.read(10), Reading::Done(batch(Vec::new())));

    scene.send_batch(20, BatchReply::new(20, 1, true).with_echo(PORT));
    notify(&mut scene, &notification(21, 78, &[4; 4]));
    notify(&mut scene, &notification(0, 78, &[4; 4]));
    let echoes = [notification(21, PORT, &[1; 4]), notification(0, PORT, &[2; 4])].concat();
    notify(&mut scene, &echoes);
    scene.route(20, &ack(21));
    let outcome = Outcome::Batch { refusals: Vec::new(), bytes: echoes };
    assert_eq!(scene.read(20), Reading::Done(outcome));
}
