//! A page of any bytes. It never opens; sealed, it opens to what it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::aead::Key;
use vault::format::{BODY_BYTES, HEAD_BYTES, Head, PAGE_BYTES, open_page, page_key, seal_page};

fuzz_target!(|fed: (u32, &[u8])| {
    let (number, bytes) = fed;
    if let Some(head) = Head::parse(bytes) {
        assert_eq!(bytes[..HEAD_BYTES], *head.bytes());
    }
    let mut page = [0; PAGE_BYTES];
    let length = bytes.len().min(PAGE_BYTES);
    page[..length].copy_from_slice(&bytes[..length]);
    let head = Head::parse(&page).unwrap_or_else(Head::random);
    let key = page_key(&Key::from_bytes(&[7; 32]), &head);
    let mut opened = page;
    assert!(open_page(&key, &head, number, &mut opened).is_err());
    page[BODY_BYTES..].fill(0);
    if number == 1 {
        page[..HEAD_BYTES].copy_from_slice(head.bytes());
    }
    let mut sealed = page;
    seal_page(&key, 9, &head, number, &mut sealed);
    assert!(open_page(&key, &head, number, &mut sealed).is_ok() && sealed == page);
});
