//! Messages of any protocol as JSON, by the tables of its bindings.

use bindings::{AnyMessage, MemberInfo, MessageInfo, VariantInfo};

use crate::json::Json;

pub fn find_message(name: &str) -> Option<&'static MessageInfo> {
    bindings::PROTOCOL.messages.iter().find(|message| message.name == name)
}

/// A message: its integers from JSON; its descriptors are the first `fds` of a list.
/// None if there is no such variant or an integer is missing.
pub fn from_json(
    message: &MessageInfo,
    variant: &str,
    fields: &Json,
    fds: usize,
) -> Option<AnyMessage> {
    let place = message.variants.iter().position(|each| each.name == variant)?;
    let members = message.variants[place].members.iter();
    let integers: Option<Vec<Vec<i128>>> = members
        .filter(|member| !member.descriptor)
        .map(|member| elements(member, fields))
        .collect();
    Some(AnyMessage { variant: place, integers: integers?, fds: (0..fds).collect() })
}

fn elements(member: &MemberInfo, fields: &Json) -> Option<Vec<i128>> {
    let value = fields.get(member.name)?;
    match member.count {
        None => Some(vec![value.text().parse().ok()?]),
        Some(_) => value.elements().iter().map(|each| each.text().parse().ok()).collect(),
    }
}

/// `"variant":"…","fields":{…}`; 64-bit integers are strings.
pub fn to_json(variant: &VariantInfo, message: &AnyMessage) -> String {
    let members = variant.members.iter().filter(|member| !member.descriptor);
    let fields: Vec<String> = members
        .zip(&message.integers)
        .map(|(member, values)| format!("\"{}\":{}", member.name, integers(member, values)))
        .collect();
    format!("\"variant\":\"{}\",\"fields\":{{{}}}", variant.name, fields.join(","))
}

fn integers(member: &MemberInfo, values: &[i128]) -> String {
    let quote = if member.size == 8 { "\"" } else { "" };
    let texts: Vec<String> = values.iter().map(|value| format!("{quote}{value}{quote}")).collect();
    match member.count {
        None => texts.concat(),
        Some(_) => format!("[{}]", texts.join(",")),
    }
}
