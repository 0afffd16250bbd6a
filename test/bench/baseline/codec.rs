//! Encodes and decodes one message with the generated Rust: `codec request|response VARIANT`.

#[path = "../../../generated/vm_control/vm_control.rs"]
mod vm_control;

use std::hint::black_box;
use std::io::BufRead;
use std::time::Instant;
use vm_control::{Policy, VmRequest, VmResponse};

/// The line protocol: see bench.h.
fn serve_counts(mut operation: impl FnMut()) {
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        let count: u32 = line.expect("a line").parse().expect("a count");
        let start = Instant::now();
        for _ in 0..count {
            operation();
        }
        println!("{}", start.elapsed().as_nanos() as f64 / f64::from(count));
    }
}

fn request(variant: &str) -> VmRequest<i32> {
    match variant {
        "exit" => VmRequest::Exit,
        "registerMemory" => VmRequest::RegisterMemory { memory: 3, size: 65536 },
        "unregisterMemory" => VmRequest::UnregisterMemory { slot: 7 },
        "balloonAdjust" => VmRequest::BalloonAdjust { num_pages: -512 },
        _ => panic!("no request is called {variant}"),
    }
}

fn response(variant: &str) -> VmResponse {
    match variant {
        "ok" => VmResponse::Ok,
        "err" => VmResponse::Err { errno: 28 },
        "registerMemory" => VmResponse::RegisterMemory { pfn: 1 << 26, slot: 7 },
        _ => panic!("no response is called {variant}"),
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let mut bytes = [0; vm_control::VM_REQUEST_SIZE];
    if arguments[1] == "request" {
        let message = request(&arguments[2]);
        serve_counts(|| {
            let sent = black_box(&message).encode(&mut bytes).expect("encoded");
            let mut fds: Vec<i32> = sent.into_iter().copied().collect();
            let got = VmRequest::decode(black_box(&bytes[..]), 24, &mut fds, Policy::Strict);
            let _ = black_box(got.expect("decoded"));
        });
    } else {
        let message = response(&arguments[2]);
        let mut fds: Vec<i32> = Vec::new();
        serve_counts(|| {
            black_box(&message).encode(&mut bytes).expect("encoded");
            let got = VmResponse::decode(black_box(&bytes[..]), 24, &mut fds, Policy::Strict);
            let _ = black_box(got.expect("decoded"));
        });
    }
}
