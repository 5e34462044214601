//! Links, routes, addresses and neighbours by `neli`, which splits messages into header and attributes. Reading
//! the payload of an attribute is left to the user of the library.

#![allow(dead_code, reason = "the parsed objects are counted, and their fields are not read")]

use std::error::Error;
use std::net::IpAddr;

use neli::attr::Attribute;
use neli::consts::nl::NlmF;
use neli::consts::rtnl::{
    Arphrd, Ifa, IfaF, Iff, Ifla, IflaInfo, Nda, Ntf, Nud, RtAddrFamily, RtScope, RtTable, Rta,
    Rtm, RtmF, Rtn, Rtprot,
};
use neli::consts::socket::NlFamily;
use neli::err::DeError;
use neli::nl::NlPayload;
use neli::router::synchronous::NlRouter;
use neli::rtnl::{
    Ifaddrmsg, IfaddrmsgBuilder, Ifinfomsg, IfinfomsgBuilder, Ndmsg, NdmsgBuilder, RtattrBuilder,
    Rtmsg, RtmsgBuilder,
};
use neli::types::{Buffer, RtBuffer};
use neli::utils::Groups;

type Failure = Box<dyn Error>;

/// `RTEXT_FILTER_SKIP_STATS` of `include/uapi/linux/rtnetlink.h`.
const SKIP_STATS: u32 = 8;

#[derive(Debug)]
pub struct Link {
    kind: Arphrd,
    index: i32,
    flags: Iff,
    address: Option<Vec<u8>>,
    broadcast: Option<Vec<u8>>,
    name: Option<String>,
    qdisc: Option<String>,
    mtu: Option<u32>,
    link: Option<u32>,
    link_netnsid: Option<u32>,
    master: Option<u32>,
    txqlen: Option<u32>,
    group: Option<u32>,
    promiscuity: Option<u32>,
    num_tx_queues: Option<u32>,
    num_rx_queues: Option<u32>,
    operstate: Option<u8>,
    carrier: Option<u8>,
    info: Option<String>,
}

#[derive(Debug)]
pub struct Route {
    family: RtAddrFamily,
    dst_len: u8,
    src_len: u8,
    tos: u8,
    protocol: Rtprot,
    scope: RtScope,
    kind: Rtn,
    flags: RtmF,
    dst: Option<IpAddr>,
    src: Option<IpAddr>,
    prefsrc: Option<IpAddr>,
    gateway: Option<IpAddr>,
    iif: Option<u32>,
    oif: Option<u32>,
    priority: Option<u32>,
    table: Option<u32>,
}

#[derive(Debug)]
pub struct Address {
    family: RtAddrFamily,
    prefix_len: u8,
    scope: RtScope,
    index: u32,
    flags: IfaF,
    address: Option<IpAddr>,
    local: Option<IpAddr>,
    broadcast: Option<IpAddr>,
    label: Option<String>,
    cacheinfo: Option<[u32; 4]>,
}

#[derive(Debug)]
pub struct Neighbour {
    family: RtAddrFamily,
    index: i32,
    state: Nud,
    flags: Ntf,
    kind: Rtn,
    dst: Option<IpAddr>,
    lladdr: Option<Vec<u8>>,
    cacheinfo: Option<[u32; 4]>,
    probes: Option<u32>,
}

pub fn connect() -> Result<NlRouter, Failure> {
    Ok(NlRouter::connect(NlFamily::Route, None, Groups::empty())?.0)
}

pub fn links(
    router: &NlRouter,
) -> Result<impl Iterator<Item = Result<Link, Failure>> + use<>, Failure> {
    let mask = RtattrBuilder::default().rta_type(Ifla::ExtMask).rta_payload(SKIP_STATS).build()?;
    let query = IfinfomsgBuilder::default()
        .ifi_family(RtAddrFamily::Unspecified)
        .rtattrs(RtBuffer::from_iter([mask]))
        .build()?;
    let replies =
        router.send::<_, _, Rtm, Ifinfomsg>(Rtm::Getlink, NlmF::DUMP, NlPayload::Payload(query))?;
    Ok(replies.filter_map(|reply| match reply {
        Ok(reply) => Some(link(reply.get_payload()?).map_err(Failure::from)),
        Err(error) => Some(Err(error.into())),
    }))
}

pub fn routes(
    router: &NlRouter,
) -> Result<impl Iterator<Item = Result<Route, Failure>> + use<>, Failure> {
    let query = RtmsgBuilder::default()
        .rtm_family(RtAddrFamily::Unspecified)
        .rtm_dst_len(0)
        .rtm_src_len(0)
        .rtm_tos(0)
        .rtm_table(RtTable::Unspec)
        .rtm_protocol(Rtprot::Unspec)
        .rtm_scope(RtScope::Universe)
        .rtm_type(Rtn::Unspec)
        .build()?;
    let replies =
        router.send::<_, _, Rtm, Rtmsg>(Rtm::Getroute, NlmF::DUMP, NlPayload::Payload(query))?;
    Ok(replies.filter_map(|reply| match reply {
        Ok(reply) => Some(route(reply.get_payload()?).map_err(Failure::from)),
        Err(error) => Some(Err(error.into())),
    }))
}

pub fn addresses(
    router: &NlRouter,
) -> Result<impl Iterator<Item = Result<Address, Failure>> + use<>, Failure> {
    let query = IfaddrmsgBuilder::default()
        .ifa_family(RtAddrFamily::Unspecified)
        .ifa_prefixlen(0)
        .ifa_scope(RtScope::Universe)
        .ifa_index(0)
        .build()?;
    let replies =
        router.send::<_, _, Rtm, Ifaddrmsg>(Rtm::Getaddr, NlmF::DUMP, NlPayload::Payload(query))?;
    Ok(replies.filter_map(|reply| match reply {
        Ok(reply) => Some(address(reply.get_payload()?).map_err(Failure::from)),
        Err(error) => Some(Err(error.into())),
    }))
}

pub fn neighbours(
    router: &NlRouter,
) -> Result<impl Iterator<Item = Result<Neighbour, Failure>> + use<>, Failure> {
    let query = NdmsgBuilder::default()
        .ndm_family(RtAddrFamily::Unspecified)
        .ndm_index(0)
        .ndm_state(Nud::empty())
        .ndm_type(Rtn::Unspec)
        .build()?;
    let replies =
        router.send::<_, _, Rtm, Ndmsg>(Rtm::Getneigh, NlmF::DUMP, NlPayload::Payload(query))?;
    Ok(replies.filter_map(|reply| match reply {
        Ok(reply) => Some(neighbour(reply.get_payload()?).map_err(Failure::from)),
        Err(error) => Some(Err(error.into())),
    }))
}

fn link(message: &Ifinfomsg) -> Result<Link, DeError> {
    let mut link = Link {
        kind: *message.ifi_type(),
        index: *message.ifi_index(),
        flags: *message.ifi_flags(),
        address: None,
        broadcast: None,
        name: None,
        qdisc: None,
        mtu: None,
        link: None,
        link_netnsid: None,
        master: None,
        txqlen: None,
        group: None,
        promiscuity: None,
        num_tx_queues: None,
        num_rx_queues: None,
        operstate: None,
        carrier: None,
        info: None,
    };
    for attr in message.rtattrs().iter() {
        match attr.rta_type() {
            Ifla::Address => link.address = Some(bytes(attr.rta_payload())),
            Ifla::Broadcast => link.broadcast = Some(bytes(attr.rta_payload())),
            Ifla::Ifname => link.name = Some(attr.get_payload_as_with_len()?),
            Ifla::Qdisc => link.qdisc = Some(attr.get_payload_as_with_len()?),
            Ifla::Mtu => link.mtu = Some(attr.get_payload_as()?),
            Ifla::Link => link.link = Some(attr.get_payload_as()?),
            Ifla::LinkNetnsid => link.link_netnsid = Some(attr.get_payload_as()?),
            Ifla::Master => link.master = Some(attr.get_payload_as()?),
            Ifla::Txqlen => link.txqlen = Some(attr.get_payload_as()?),
            Ifla::Group => link.group = Some(attr.get_payload_as()?),
            Ifla::Promiscuity => link.promiscuity = Some(attr.get_payload_as()?),
            Ifla::NumTxQueues => link.num_tx_queues = Some(attr.get_payload_as()?),
            Ifla::NumRxQueues => link.num_rx_queues = Some(attr.get_payload_as()?),
            Ifla::Operstate => link.operstate = Some(attr.get_payload_as()?),
            Ifla::Carrier => link.carrier = Some(attr.get_payload_as()?),
            Ifla::Linkinfo => {
                let info = attr.get_attr_handle::<IflaInfo>()?;
                link.info = info.get_attr_payload_as_with_len(IflaInfo::Kind).ok();
            }
            _ => {}
        }
    }
    Ok(link)
}

fn route(message: &Rtmsg) -> Result<Route, DeError> {
    let mut route = Route {
        family: *message.rtm_family(),
        dst_len: *message.rtm_dst_len(),
        src_len: *message.rtm_src_len(),
        tos: *message.rtm_tos(),
        protocol: *message.rtm_protocol(),
        scope: *message.rtm_scope(),
        kind: *message.rtm_type(),
        flags: *message.rtm_flags(),
        dst: None,
        src: None,
        prefsrc: None,
        gateway: None,
        iif: None,
        oif: None,
        priority: None,
        table: None,
    };
    for attr in message.rtattrs().iter() {
        match attr.rta_type() {
            Rta::Dst => route.dst = ip(attr.rta_payload()),
            Rta::Src => route.src = ip(attr.rta_payload()),
            Rta::Prefsrc => route.prefsrc = ip(attr.rta_payload()),
            Rta::Gateway => route.gateway = ip(attr.rta_payload()),
            Rta::Iif => route.iif = Some(attr.get_payload_as()?),
            Rta::Oif => route.oif = Some(attr.get_payload_as()?),
            Rta::Priority => route.priority = Some(attr.get_payload_as()?),
            Rta::Table => route.table = Some(attr.get_payload_as()?),
            _ => {}
        }
    }
    Ok(route)
}

fn address(message: &Ifaddrmsg) -> Result<Address, DeError> {
    let mut address = Address {
        family: *message.ifa_family(),
        prefix_len: *message.ifa_prefixlen(),
        scope: *message.ifa_scope(),
        index: *message.ifa_index(),
        flags: *message.ifa_flags(),
        address: None,
        local: None,
        broadcast: None,
        label: None,
        cacheinfo: None,
    };
    for attr in message.rtattrs().iter() {
        match attr.rta_type() {
            Ifa::Address => address.address = ip(attr.rta_payload()),
            Ifa::Local => address.local = ip(attr.rta_payload()),
            Ifa::Broadcast => address.broadcast = ip(attr.rta_payload()),
            Ifa::Label => address.label = Some(attr.get_payload_as_with_len()?),
            Ifa::Flags => {
                address.flags = IfaF::from_bits_retain(attr.get_payload_as()?);
            }
            Ifa::Cacheinfo => address.cacheinfo = cacheinfo(attr.rta_payload()),
            _ => {}
        }
    }
    Ok(address)
}

fn neighbour(message: &Ndmsg) -> Result<Neighbour, DeError> {
    let mut neighbour = Neighbour {
        family: *message.ndm_family(),
        index: *message.ndm_index(),
        state: *message.ndm_state(),
        flags: *message.ndm_flags(),
        kind: *message.ndm_type(),
        dst: None,
        lladdr: None,
        cacheinfo: None,
        probes: None,
    };
    for attr in message.rtattrs().iter() {
        match attr.rta_type() {
            Nda::Dst => neighbour.dst = ip(attr.rta_payload()),
            Nda::Lladdr => neighbour.lladdr = Some(bytes(attr.rta_payload())),
            Nda::Cacheinfo => neighbour.cacheinfo = cacheinfo(attr.rta_payload()),
            Nda::Probes => neighbour.probes = Some(attr.get_payload_as()?),
            _ => {}
        }
    }
    Ok(neighbour)
}

fn bytes(payload: &Buffer) -> Vec<u8> {
    payload.as_ref().to_vec()
}

fn ip(payload: &Buffer) -> Option<IpAddr> {
    let bytes = payload.as_ref();
    let v4 = || <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4().or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn cacheinfo(payload: &Buffer) -> Option<[u32; 4]> {
    let (words, _) = payload.as_ref().as_chunks();
    let words: [[u8; 4]; 4] = words.try_into().ok()?;
    Some(words.map(u32::from_ne_bytes))
}
