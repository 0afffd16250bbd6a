//! Faults on purpose, each of which the suite must name. Without --sabotage these functions do
//! nothing. sabotage.py tells where each fault shows.

use std::ffi::c_int;
use std::fs::File;
use std::ops::Range;

use bindings::{Error, MemberInfo, MessageInfo, VariantInfo};

use crate::transport::MSG_CMSG_CLOEXEC;

const FAULTS: [&str; 9] =
    ["offset", "tag", "padding", "leak", "wrong-end", "cut", "surplus", "order", "cloexec"];

/// The faults that are on.
#[derive(Default)]
pub struct Sabotage(Vec<String>);

impl Sabotage {
    /// Reads a list with commas; none if a fault is unknown.
    pub fn parse(names: &str) -> Option<Sabotage> {
        let names: Vec<String> = names.split(',').map(String::from).collect();
        names.iter().all(|name| FAULTS.contains(&name.as_str())).then_some(Sabotage(names))
    }

    fn on(&self, name: &str) -> bool {
        self.0.iter().any(|each| each == name)
    }

    /// After the encoder: changes the bytes that will be sent.
    pub fn encoded(&self, message: &MessageInfo, bytes: &mut [u8]) {
        let Some(variant) = tagged(message, bytes) else { return };
        if let (true, Some((right, wrong))) = (self.on("offset"), shifted(message, variant)) {
            bytes.copy_within(right, wrong.start);
        }
        if let (true, Some(at)) = (self.on("padding"), unused(message, variant)) {
            bytes[at] = 0xa5;
        }
        if self.on("tag") {
            let tag = place(&message.tag).unwrap_or_default();
            let low = if message.tag.big_endian { tag.end - 1 } else { tag.start };
            bytes[low] = bytes[low].wrapping_add(1);
        }
    }

    /// What to receive with, given the flags of an honest peer.
    pub fn flags(&self, flags: c_int) -> c_int {
        if self.on("cloexec") {
            flags & !MSG_CMSG_CLOEXEC
        } else {
            flags
        }
    }

    /// Before the decoder: changes what it sees of a packet, or takes its place with an error.
    pub fn arrived(
        &self,
        message: &MessageInfo,
        bytes: &mut [u8],
        length: &mut usize,
        fds: &mut Vec<usize>,
    ) -> Result<(), Error> {
        let variant = tagged(message, bytes);
        if self.on("order") && variant.is_none() {
            return Err(Error::InvalidType);
        }
        if self.on("cut") {
            *length = message.size.min(*length);
        }
        if let Some(variant) = variant {
            if self.on("surplus") {
                fds.truncate(variant.max_fds);
            }
            if let (true, Some((right, wrong))) = (self.on("offset"), shifted(message, variant)) {
                bytes.copy_within(wrong, right.start);
            }
        }
        if self.on("wrong-end") {
            fds.reverse();
        }
        Ok(())
    }

    /// Before the descriptors of a packet are closed: forgets the first.
    pub fn leave_open(&self, fds: &mut Vec<File>) {
        if self.on("leak") && !fds.is_empty() {
            std::mem::forget(fds.remove(0));
        }
    }
}

/// The variant that the packet's tag names.
fn tagged(message: &MessageInfo, bytes: &[u8]) -> Option<&'static VariantInfo> {
    let tag = &bytes[place(&message.tag)?];
    let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    let tag = match message.tag.big_endian {
        true => tag.iter().fold(0, join),
        false => tag.iter().rev().fold(0, join),
    };
    message.variants.iter().find(|variant| variant.tag == Some(tag))
}

/// Where an integer is in a packet.
fn place(member: &MemberInfo) -> Option<Range<usize>> {
    let start = member.offset?;
    Some(start..start + member.size * member.count.unwrap_or(1))
}

/// Where the variant's first integer is, and one byte off.
fn shifted(message: &MessageInfo, variant: &VariantInfo) -> Option<(Range<usize>, Range<usize>)> {
    let right = variant.members.iter().find_map(place)?;
    let wrong = match right.end < message.size {
        true => right.start + 1..right.end + 1,
        false => right.start - 1..right.end - 1,
    };
    Some((right, wrong))
}

/// The first byte that the variant does not use.
fn unused(message: &MessageInfo, variant: &VariantInfo) -> Option<usize> {
    let used: Vec<_> = [message.tag].iter().chain(variant.members).filter_map(place).collect();
    (0..message.size).find(|at| !used.iter().any(|range| range.contains(at)))
}
