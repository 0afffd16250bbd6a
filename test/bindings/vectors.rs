//! Runs golden vectors on the Rust bindings: one vector a line in, its result a line out.

use bindings::{Error, MessageInfo, Policy};
use json::Json;

#[path = "../conformance/peers/rust/json.rs"]
mod json;
#[path = "../conformance/peers/rust/values.rs"]
mod values;

fn encode(message: &MessageInfo, vector: &Json) -> Result<String, Error> {
    let value = vector.get("value").expect("a value");
    let fields = value.get("fields").expect("fields");
    let fds = value.number_of("fds").expect("a number of descriptors");
    let any = values::from_json(message, value.text_of("variant"), fields, fds).expect("a message");
    // Not zero, so that a byte that is not written shows.
    let mut bytes = vec![0xa5; message.size];
    let sent = (message.encode)(&any, &mut bytes)?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("\"bytes\":\"{hex}\",\"fds\":{sent:?}"))
}

fn decode(message: &MessageInfo, vector: &Json, fds: &mut Vec<usize>) -> Result<String, Error> {
    let hex = vector.text_of("bytes");
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex"))
        .collect();
    let length = vector.number_of("length").expect("a length");
    let policy = match vector.text_of("policy") {
        "crosvm2018" => Policy::Crosvm2018,
        _ => Policy::Strict,
    };
    let any = (message.decode)(&bytes, length, fds, policy)?;
    let value = values::to_json(&message.variants[any.variant], &any);
    Ok(format!("{value},\"kept\":{:?}", any.fds))
}

fn main() {
    for line in std::io::stdin().lines() {
        let vector = Json::parse(&line.expect("a line")).expect("JSON");
        let message = values::find_message(vector.text_of("message")).expect("a message");
        let mut fds: Vec<usize> = (0..vector.number_of("fds").unwrap_or(0)).collect();
        let result = match vector.text_of("op") {
            "encode" => encode(message, &vector),
            _ => decode(message, &vector, &mut fds),
        };
        let result = result.unwrap_or_else(|error| format!("\"error\":\"{}\"", error.code()));
        match vector.text_of("op") {
            "encode" => println!("{{{result}}}"),
            _ => println!("{{{result},\"left\":{fds:?}}}"),
        }
    }
}
