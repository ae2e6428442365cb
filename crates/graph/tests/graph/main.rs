//! The reading of a directory, of contacts, presence and calendars against a Graph that checks every request by Microsoft's own
//! description, and whose directory changes at random. No test waits: time is given from outside.

mod directory;
mod entra;
mod fake;
mod office;
mod openapi;
mod pages;
mod presence;
mod refusals;
mod schedule;
mod sources;
mod surroundings;

use std::sync::Arc;

use contracts::MemoryStore;
use graph::{Client, Reader, Site};

use crate::fake::{Fake, FixedTokens, TENANT};
use crate::surroundings::Quick;

/// A reader of this Graph into this roster, whose time passes at once.
fn reader(fake: &Fake, roster: &Arc<MemoryStore>) -> (Reader, Arc<Quick>) {
    let quick = Arc::new(Quick::new());
    let client = client(fake, quick.clone());
    (Reader::new(client, roster.clone(), quick.clone()), quick)
}

fn client(fake: &Fake, surroundings: Arc<dyn graph::Surroundings>) -> Client {
    let site = Site::at(&fake.origin()).expect("an address on this computer");
    let tokens = Arc::new(FixedTokens::of(TENANT));
    Client::new(site, tokens, surroundings).expect("a client")
}
