//! Free ports on loopback for peers that must be told their port. Does not serve programs that can bind port 0.
//!
//! Each test process takes a block of ports by listening on the block's first port, which the system gives back when
//! the process ends, however it ends. Blocks lie below the system's own ephemeral ports, so nobody takes a port
//! between our looking and the peer's binding.

use std::net::{TcpListener, UdpSocket};
use std::sync::Mutex;

const FIRST: u16 = 12_000;
const LAST: u16 = 31_900;
const BLOCK: u16 = 100;

struct Block {
    _guard: TcpListener,
    next: u16,
    end: u16,
}

static BLOCK_TAKEN: Mutex<Option<Block>> = Mutex::new(None);

/// A port free for TCP and UDP.
pub fn free_port() -> u16 {
    free_ports(1)
}

/// The first of `count` (at most 50) neighbouring ports, even, free for TCP and UDP.
pub fn free_ports(count: u16) -> u16 {
    assert!(count <= BLOCK / 2, "a block has {BLOCK} ports");
    let mut taken = BLOCK_TAKEN.lock().expect("no taker panics");
    loop {
        let block = taken.get_or_insert_with(take_block);
        let first = block.next.next_multiple_of(2);
        if first + count > block.end {
            let exhausted = taken.take();
            *taken = Some(take_block());
            std::mem::forget(exhausted); // still ours: its ports are in use
            continue;
        }
        block.next = first + count;
        if (first..first + count).all(is_free) {
            return first;
        }
    }
}

fn take_block() -> Block {
    let blocks = (LAST - FIRST) / BLOCK;
    let offset = (std::process::id() % u32::from(blocks)) as u16;
    for step in 0..blocks {
        let first = FIRST + (offset + step) % blocks * BLOCK;
        if let Ok(guard) = TcpListener::bind(("127.0.0.1", first)) {
            return Block { _guard: guard, next: first + 2, end: first + BLOCK };
        }
    }
    panic!("no free block of ports between {FIRST} and {LAST}");
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok() && UdpSocket::bind(("127.0.0.1", port)).is_ok()
}
