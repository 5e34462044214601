//! Socket addresses: `struct sockaddr_in` of `include/uapi/linux/in.h` and `struct sockaddr_in6` of
//! `include/uapi/linux/in6.h`.

const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
/// Size of `struct sockaddr_in`, the 8 bytes of `sin_zero` included.
const INET_SIZE: usize = 16;

/// A socket address. The flow information of IPv6 is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SockAddr<'a> {
    /// 4 or 16 bytes.
    pub(super) ip: &'a [u8],
    pub(super) port: u16,
    /// `sin6_scope_id`; 0 for IPv4.
    pub(super) scope_id: u32,
}

impl<'a> SockAddr<'a> {
    /// Reads a socket address; `None` if the family is another one or there are too few bytes.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (family, rest) = bytes.split_first_chunk()?;
        let (port, rest) = rest.split_first_chunk()?;
        let port = u16::from_be_bytes(*port);
        match u16::from_ne_bytes(*family) {
            AF_INET => Some(Self { ip: rest.get(..4)?, port, scope_id: 0 }),
            AF_INET6 => {
                // sin6_flowinfo is before the address.
                let scope_id = rest.get(20..24)?.first_chunk()?;
                let scope_id = u32::from_ne_bytes(*scope_id);
                Some(Self { ip: rest.get(4..20)?, port, scope_id })
            }
            _ => None,
        }
    }

    /// Appends the address; `None` if it is an IPv4 address with a scope id.
    pub(super) fn write(self, out: &mut Vec<u8>) -> Option<()> {
        let inet = self.ip.len() == 4;
        let family = if inet { AF_INET } else { AF_INET6 };
        let start = out.len();
        out.extend_from_slice(&family.to_ne_bytes());
        out.extend_from_slice(&self.port.to_be_bytes());
        if inet {
            out.extend_from_slice(self.ip);
            out.resize(start + INET_SIZE, 0);
            (self.scope_id == 0).then_some(())
        } else {
            out.extend_from_slice(&[0; 4]);
            out.extend_from_slice(self.ip);
            out.extend_from_slice(&self.scope_id.to_ne_bytes());
            Some(())
        }
    }
}
