//! Where a reply keeps the extended acknowledgement (`NLMSGERR_ATTR_*`).
//!
//! Only its place is decided here; what it says is attributes like any other.

use crate::message;

/// The request that follows is cut to its header (`NLM_F_CAPPED`).
pub const CAPPED: u16 = 0x100;
/// Attributes follow (`NLM_F_ACK_TLVS`).
pub const ACK_TLVS: u16 = 0x200;

/// The attributes behind an `NLMSG_ERROR`, given what comes after its errno:
/// the request it answers (whole, or only its header), then they.
#[must_use]
pub fn behind_error(flags: u16, rest: &[u8]) -> &[u8] {
    if flags & ACK_TLVS == 0 {
        return &[];
    }
    let echoed = match rest.first_chunk::<4>() {
        Some(&len) if flags & CAPPED == 0 => {
            usize::try_from(u32::from_ne_bytes(len)).unwrap_or(usize::MAX)
        }
        _ => message::HEADER,
    };
    let skip = echoed.checked_next_multiple_of(4).unwrap_or(usize::MAX);
    rest.get(skip..).unwrap_or_default()
}

/// The attributes behind an `NLMSG_DONE`, given what comes after its errno.
#[must_use]
pub const fn behind_done(flags: u16, rest: &[u8]) -> &[u8] {
    if flags & ACK_TLVS == 0 { &[] } else { rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_follow_the_header_in_a_capped_error() {
        let mut rest = vec![0; 16];
        rest.splice(0..4, 60_u32.to_ne_bytes());
        rest.extend([8, 0, 2, 0, 1, 2, 3, 4]);
        assert_eq!(behind_error(CAPPED | ACK_TLVS, &rest), &rest[16..]);
    }

    #[test]
    fn attributes_follow_the_padded_request_in_an_uncapped_error() {
        let mut rest = vec![0; 20];
        rest.splice(0..4, 18_u32.to_ne_bytes());
        rest.extend([9, 9, 9]);
        assert_eq!(behind_error(ACK_TLVS, &rest), &[9, 9, 9]);
    }

    #[test]
    fn a_message_without_the_flag_has_no_attributes() {
        assert_eq!(behind_error(CAPPED, &[0; 40]), <&[u8]>::default());
        assert_eq!(behind_done(0, &[1, 2]), <&[u8]>::default());
        assert_eq!(behind_done(ACK_TLVS, &[1, 2]), &[1, 2]);
    }

    #[test]
    fn a_length_beyond_the_message_leaves_no_attributes() {
        assert_eq!(behind_error(ACK_TLVS, &[0xff; 40]), <&[u8]>::default());
        assert_eq!(behind_error(ACK_TLVS, &[1]), <&[u8]>::default());
    }
}
