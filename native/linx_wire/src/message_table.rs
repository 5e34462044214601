//! A table that finds what a message is by its type and its address family.

use crate::message::Message;

/// A row of a [`MessageTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<T> {
    /// `nlmsg_type`.
    pub msg_type: u16,
    /// The address family, which is the first byte of the body; `None` for the families that no other
    /// row of the type has.
    pub family: Option<u8>,
    /// What such a message is.
    pub target: T,
}

/// Rows by message type and address family. Of two rows with the same, the first counts.
#[derive(Debug, Clone)]
pub struct MessageTable<T> {
    rows: Vec<Row<T>>,
}

impl<T> MessageTable<T> {
    /// A table of these rows.
    #[must_use]
    pub const fn new(rows: Vec<Row<T>>) -> Self {
        Self { rows }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The index of a message's row, and its target.
    #[must_use]
    pub fn find(&self, message: &Message) -> Option<(usize, &T)> {
        let family = message.payload.first();
        let mut general = None;
        for (at, row) in self.rows.iter().enumerate() {
            if row.msg_type != message.header.msg_type {
                continue;
            }
            match &row.family {
                None => general = general.or(Some((at, &row.target))),
                of if of.as_ref() == family => return Some((at, &row.target)),
                Some(_) => {}
            }
        }
        general
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Header, Messages, put};

    fn find(table: &MessageTable<char>, msg_type: u16, body: &[u8]) -> Option<(usize, char)> {
        let mut bytes = Vec::new();
        put(&mut bytes, Header { msg_type, ..Header::default() }, body).ok()?;
        let message = Messages::new(&bytes).next()?.ok()?;
        table.find(&message).map(|(at, target)| (at, *target))
    }

    fn row(msg_type: u16, family: Option<u8>, target: char) -> Row<char> {
        Row { msg_type, family, target }
    }

    #[test]
    fn a_message_has_the_row_of_its_family_or_else_that_of_all_others() {
        let rows = vec![
            row(28, None, 'a'),
            row(28, Some(7), 'b'),
            row(28, None, 'c'),
            row(29, Some(7), 'd'),
        ];
        let table = MessageTable::new(rows);
        assert_eq!(find(&table, 28, &[2]), Some((0, 'a')));
        assert_eq!(find(&table, 28, &[7, 0]), Some((1, 'b')));
        assert_eq!(find(&table, 28, &[]), Some((0, 'a')));
        assert_eq!(find(&table, 29, &[7]), Some((3, 'd')));
        assert_eq!(find(&table, 29, &[2]), None);
        assert_eq!(find(&table, 29, &[]), None);
        assert_eq!(find(&table, 30, &[7]), None);
        assert!(!table.is_empty());
        assert!(MessageTable::<()>::new(Vec::new()).is_empty());
    }
}
