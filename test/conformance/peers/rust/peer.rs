//! A peer of the conformance suite: orders on standard input, packets on descriptor 3.
//!
//! rust-peer [--policy strict|crosvm2018] [--sabotage NAME[,NAME…]]

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::os::fd::RawFd;
use std::os::unix::fs::MetadataExt;

use bindings::{Error, MessageInfo, Policy, PROTOCOL};

use json::Json;
use sabotage::Sabotage;
use transport::{
    count_open, make_memfd, receive_packet, send_packet, Packet, MOST_FDS, MSG_CMSG_CLOEXEC,
};

mod json;
mod sabotage;
mod transport;
mod values;

const SOCKET: RawFd = 3;

/// Why an order is answered with `"ok":false`.
enum Failure {
    Unsupported,
    /// No JSON, or not what an order has.
    BadOrder,
    Codec(Error),
    System(&'static str, io::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Codec(error)
    }
}

impl Failure {
    /// The members of the answer behind `"ok":false`.
    fn members(&self) -> String {
        match self {
            Failure::Unsupported => "\"error\":\"unsupported\"".into(),
            Failure::BadOrder => "\"error\":\"bad_order\"".into(),
            Failure::Codec(Error::BadSize(size)) => {
                format!("\"error\":\"bad_size\",\"size\":{size}")
            }
            Failure::Codec(error) => format!("\"error\":\"{}\"", error.code()),
            Failure::System(call, error) => {
                format!("\"error\":\"{call}\",\"errno\":{}", error.raw_os_error().unwrap_or(0))
            }
        }
    }
}

struct Peer {
    policy: Policy,
    sabotage: Sabotage,
}

/// The members of an answer behind `"ok":true`, each with a comma before it.
type Answer = Result<String, Failure>;

impl Peer {
    fn carry_out(&self, order: &Json) -> Answer {
        match order.text_of("op") {
            "hello" => Ok(self.hello()),
            "send" => self.send(order),
            "recv" => self.receive(order),
            "descriptors" => match count_open() {
                Ok(count) => Ok(format!(",\"count\":{count}")),
                Err(error) => Err(Failure::System("descriptors", error)),
            },
            "quit" => Ok(String::new()),
            _ => Err(Failure::Unsupported),
        }
    }

    fn hello(&self) -> String {
        let policy = match self.policy {
            Policy::Strict => "strict",
            Policy::Crosvm2018 => "crosvm2018",
        };
        let names = format!(
            ",\"peer\":\"rust\",\"protocol\":\"{}\",\"policy\":\"{policy}\"",
            PROTOCOL.name
        );
        names + ",\"ops\":[\"send\",\"recv\",\"descriptors\"]"
    }

    fn send(&self, order: &Json) -> Answer {
        let message = message_of(order)?;
        let name = order.text_of("variant");
        let variant = message.variants.iter().find(|variant| variant.name == name);
        let variant = variant.ok_or(Failure::BadOrder)?;
        let sizes = memfd_sizes(order).ok_or(Failure::BadOrder)?;
        if variant.tag.is_none() {
            return Err(Error::InvalidType.into());
        }
        if sizes.len() < variant.min_fds {
            return Err(Error::ExpectFd.into());
        }
        if sizes.len() > variant.max_fds {
            return Err(Error::UnexpectedFd.into());
        }
        let failed = |error| Failure::System("send", error);
        let fds: Vec<File> =
            sizes.into_iter().map(make_memfd).collect::<io::Result<_>>().map_err(failed)?;
        let none = Json::Object(Vec::new());
        let fields = order.get("fields").unwrap_or(&none);
        let value = values::from_json(message, name, fields, fds.len()).ok_or(Failure::BadOrder)?;
        let mut bytes = vec![0; message.size];
        let sent: Vec<&File> =
            (message.encode)(&value, &mut bytes)?.into_iter().map(|place| &fds[place]).collect();
        self.sabotage.encoded(message, &mut bytes);
        send_packet(SOCKET, &bytes, &sent).map_err(failed)?;
        describe(&sent).map_err(failed)
    }

    fn receive(&self, order: &Json) -> Answer {
        let message = message_of(order)?;
        let room = match order.get("max_fds") {
            Some(_) => order.number_of("max_fds").ok_or(Failure::BadOrder)?,
            None => PROTOCOL.max_fds,
        };
        // crosvm gives room for so many and no more. Who is strict sees all that a packet carries.
        let room = match self.policy {
            Policy::Strict => MOST_FDS,
            Policy::Crosvm2018 => room.min(MOST_FDS),
        };
        let flags = self.sabotage.flags(MSG_CMSG_CLOEXEC);
        let packet = receive_packet(SOCKET, message.size, room, flags);
        let mut packet = packet.map_err(|error| Failure::System("recv", error))?;
        let answer = self.decode(message, &mut packet);
        self.sabotage.leave_open(&mut packet.fds);
        // The packet closes what it carried: what the message holds, and what was too much.
        answer
    }

    fn decode(&self, message: &MessageInfo, packet: &mut Packet) -> Answer {
        let Packet { bytes, length, fds } = packet;
        let mut places: Vec<usize> = (0..fds.len()).collect();
        self.sabotage.arrived(message, bytes, length, &mut places)?;
        let value = (message.decode)(bytes, *length, &mut places, self.policy)?;
        let kept: Vec<&File> = value.fds.iter().map(|&place| &fds[place]).collect();
        let text = values::to_json(&message.variants[value.variant], &value);
        let described = describe(&kept).map_err(|error| Failure::System("recv", error))?;
        Ok(format!(",{text}{described}"))
    }
}

fn message_of(order: &Json) -> Result<&'static MessageInfo, Failure> {
    values::find_message(order.text_of("message")).ok_or(Failure::BadOrder)
}

/// The sizes of the memfds that an order wants; none if it wants something else.
fn memfd_sizes(order: &Json) -> Option<Vec<u64>> {
    let size = |fd: &Json| {
        let size: i64 = fd.text_of("memfd").parse().ok()?;
        u64::try_from(size).ok()
    };
    match order.get("fds") {
        None => Some(Vec::new()),
        Some(Json::Array(fds)) => fds.iter().map(size).collect(),
        Some(_) => None,
    }
}

/// What the suite compares, to see that what arrives is what was sent.
fn describe(fds: &[&File]) -> io::Result<String> {
    let mut texts = Vec::new();
    for file in fds {
        let status = file.metadata()?;
        texts.push(format!("{{\"size\":\"{}\",\"ino\":\"{}\"}}", status.size(), status.ino()));
    }
    Ok(format!(",\"fds\":[{}]", texts.join(",")))
}

/// Reads the command line; none if it can't be understood.
fn peer_of(arguments: &[String]) -> Option<Peer> {
    let mut peer = Peer { policy: Policy::Strict, sabotage: Sabotage::default() };
    for option in arguments.chunks(2) {
        match option {
            [name, value] if name == "--sabotage" => peer.sabotage = Sabotage::parse(value)?,
            [name, value] if name == "--policy" => match value.as_str() {
                "strict" => peer.policy = Policy::Strict,
                "crosvm2018" => peer.policy = Policy::Crosvm2018,
                _ => return None,
            },
            _ => return None,
        }
    }
    Some(peer)
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(peer) = peer_of(&arguments) else {
        eprintln!("rust-peer: don't know {}", arguments.join(" "));
        std::process::exit(2);
    };
    for line in io::stdin().lock().split(b'\n') {
        let line = String::from_utf8(line?).unwrap_or_default();
        let order = Json::parse(&line).filter(|order| matches!(order, Json::Object(_)));
        let answer = match &order {
            Some(order) => peer.carry_out(order),
            None => Err(Failure::BadOrder),
        };
        let mut out = io::stdout().lock();
        match &answer {
            Ok(members) => writeln!(out, "{{\"ok\":true{members}}}")?,
            Err(failure) => writeln!(out, "{{\"ok\":false,{}}}", failure.members())?,
        }
        out.flush()?;
        if order.is_some_and(|order| order.text_of("op") == "quit") {
            break;
        }
    }
    Ok(())
}
