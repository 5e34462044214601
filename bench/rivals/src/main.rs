//! Lists that `make bench` measures, read by other libraries.
//!
//!     rivals LIBRARY LIST ROUNDS
//!
//! A library is `nlink`, `rtnetlink` or `neli`, a list `links`, `routes`, `addresses`, `neighbours` or
//! `counted_routes`: routes that are streamed, counted and dropped. `nlink` also reads `elements`, those
//! of the set `s` of the table `bench` of IPv4, `connections` and `counted_connections`. Prints
//! nanoseconds of wall time and of all threads' CPU time per round, and the number of objects. Between
//! the lines that it writes to the FIFO `BENCH_CONTROL`, `perf stat` counts.
//!
//! Each library is used as in its own examples, with an open socket and into objects that exist at
//! the same time. A round ends when they are freed.

mod counter;
mod parsed;

use std::env::args;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use counter::Counter;
use futures_util::TryStreamExt;
use netlink_packet_route::AddressFamily;
use netlink_packet_route::link::LinkExtentMask;
use netlink_packet_route::route::RouteMessage;
use nix::time::{ClockId, clock_gettime};
use nlink::netlink::nftables::Family;
use nlink::netlink::{Connection, Netfilter, Nftables, Route};
use tokio::runtime::{Builder, Runtime};

type Counted = Result<usize, Box<dyn Error>>;

fn main() {
    let args: Vec<String> = args().skip(1).collect();
    let [library, list, rounds] = args.as_slice() else { panic!("rivals LIBRARY LIST ROUNDS") };
    let rounds = rounds.parse().unwrap();
    match library.as_str() {
        "nlink" => match list.as_str() {
            "elements" => nlink_elements(rounds),
            "connections" => nlink_connections(rounds),
            "counted_connections" => nlink_counted_connections(rounds),
            list => nlink(list, rounds),
        },
        "rtnetlink" => rtnetlink(list, rounds),
        "neli" => neli(list, rounds),
        _ => panic!("unknown: {library}"),
    }
}

fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap().into()
}

fn timed(rounds: u32, mut work: impl FnMut() -> Counted) {
    let mut counter = Counter::open();
    let count = work().unwrap();
    counter.start();
    let (wall, busy) = (Instant::now(), cpu());
    for _ in 0..rounds {
        assert_eq!(work().unwrap(), count);
    }
    let (wall, busy) = (wall.elapsed() / rounds, cpu().saturating_sub(busy) / rounds);
    counter.stop();
    println!("{} {}\n{count}", wall.as_nanos(), busy.as_nanos());
}

fn count<T>(list: Vec<T>) -> usize {
    black_box(list).len()
}

/// A single-threaded runtime: both libraries are faster on it than on the multi-threaded one.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn nlink(list: &str, rounds: u32) {
    let runtime = runtime();
    let connection = runtime.block_on(async { Connection::<Route>::new().unwrap() });
    timed(rounds, || {
        runtime.block_on(async {
            Ok(match list {
                "links" => count(connection.get_links().await?),
                "routes" => count(connection.get_routes().await?),
                "addresses" => count(connection.get_addresses().await?),
                "neighbours" => count(connection.get_neighbors().await?),
                "counted_routes" => {
                    let routes = connection.stream_routes().await?;
                    routes.try_fold(0, async |sum, route| Ok(sum + one(route))).await?
                }
                _ => panic!("unknown: {list}"),
            })
        })
    });
}

fn nlink_elements(rounds: u32) {
    let runtime = runtime();
    let connection = runtime.block_on(async { Connection::<Nftables>::new().unwrap() });
    timed(rounds, || {
        runtime.block_on(async {
            Ok(count(connection.list_set_elements("bench", "s", Family::Ip).await?))
        })
    });
}

fn nlink_connections(rounds: u32) {
    let runtime = runtime();
    let connection = runtime.block_on(async { Connection::<Netfilter>::new().unwrap() });
    timed(rounds, || runtime.block_on(async { Ok(count(connection.get_conntrack().await?)) }));
}

fn nlink_counted_connections(rounds: u32) {
    let runtime = runtime();
    let connection = runtime.block_on(async { Connection::<Netfilter>::new().unwrap() });
    timed(rounds, || {
        runtime.block_on(async {
            let entries = connection.stream_conntrack_v4().await?;
            Ok(entries.try_fold(0, async |sum, entry| Ok(sum + one(entry))).await?)
        })
    });
}

/// Links are requested as by `Link.list/1`: without IPv6 statistics.
fn rtnetlink(list: &str, rounds: u32) {
    let runtime = runtime();
    let handle = runtime.block_on(async {
        let (connection, handle, _) = rtnetlink::new_connection().unwrap();
        tokio::spawn(connection);
        handle
    });
    timed(rounds, || {
        runtime.block_on(async {
            let routes = || handle.route().get(RouteMessage::default()).execute();
            Ok(match list {
                "links" => {
                    let links = handle.link().get();
                    let mask = vec![LinkExtentMask::SkipStats];
                    let links = links.set_filter_mask(AddressFamily::Unspec, mask);
                    count(links.execute().try_collect::<Vec<_>>().await?)
                }
                "routes" => count(routes().try_collect::<Vec<_>>().await?),
                "addresses" => {
                    let addresses = handle.address().get();
                    count(addresses.execute().try_collect::<Vec<_>>().await?)
                }
                "neighbours" => {
                    let neighbours = handle.neighbours().get();
                    count(neighbours.execute().try_collect::<Vec<_>>().await?)
                }
                "counted_routes" => {
                    routes().try_fold(0, async |sum, route| Ok(sum + one(route))).await?
                }
                _ => panic!("unknown: {list}"),
            })
        })
    });
}

fn one<T>(item: T) -> usize {
    drop(black_box(item));
    1
}

fn neli(list: &str, rounds: u32) {
    let router = parsed::connect().unwrap();
    timed(rounds, || {
        Ok(match list {
            "links" => count(parsed::links(&router)?.collect::<Result<Vec<_>, _>>()?),
            "routes" => count(parsed::routes(&router)?.collect::<Result<Vec<_>, _>>()?),
            "addresses" => count(parsed::addresses(&router)?.collect::<Result<Vec<_>, _>>()?),
            "neighbours" => count(parsed::neighbours(&router)?.collect::<Result<Vec<_>, _>>()?),
            "counted_routes" => parsed::routes(&router)?
                .try_fold(0, |sum, route| Ok::<_, Box<dyn Error>>(sum + one(route?)))?,
            _ => panic!("unknown: {list}"),
        })
    });
}
