//! What a person might type as her recovery key. What is taken for one says the same words again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vault::recovery::{RecoveryKey, WORDS};

fuzz_target!(|typed: &str| {
    if let Ok(key) = RecoveryKey::parse(typed) {
        let words = key.words();
        assert_eq!(words.split(' ').count(), WORDS);
        assert!(RecoveryKey::parse(&words).is_ok_and(|again| *again.words() == *words));
    }
});
