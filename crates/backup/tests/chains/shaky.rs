//! A target that does what a test tells it: break off, forget, count, call back.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Asked before each operation; `false` makes it fail.
type Before = Box<dyn FnMut(&str) -> bool + Send>;

/// A target in memory with somebody in between.
pub(crate) struct Shaky {
    inner: Arc<InMemory>,
    before: Mutex<Before>,
    puts: AtomicU64,
    gets: AtomicU64,
}

impl Shaky {
    pub(crate) fn new() -> Arc<Shaky> {
        let before = Mutex::new(Box::new(|_: &str| true) as Before);
        let (puts, gets) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Shaky { inner: Arc::new(InMemory::new()), before, puts, gets })
    }

    /// From now on, each operation (`put`, `get`, `list`, `delete`) is asked about.
    pub(crate) fn before_each(&self, before: impl FnMut(&str) -> bool + Send + 'static) {
        *self.before.lock().expect("no test panics in here") = Box::new(before);
    }

    /// It answers again.
    pub(crate) fn heal(&self) {
        self.before_each(|_| true);
    }

    /// Puts and gets that went through since the last time.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.puts.swap(0, Ordering::Relaxed), self.gets.swap(0, Ordering::Relaxed))
    }

    /// The objects, without anybody in between.
    pub(crate) fn objects(&self) -> &InMemory {
        &self.inner
    }

    fn ask(&self, operation: &str) -> Result<()> {
        if (self.before.lock().expect("no test panics in here"))(operation) {
            return Ok(());
        }
        Err(Error::Generic { store: "shaky", source: "the connection was reset".into() })
    }
}

/// The paths of all objects.
pub(crate) async fn objects_of(objects: &InMemory) -> Vec<Path> {
    let mut paths: Vec<Path> =
        objects.list(None).map_ok(|meta| meta.location).try_collect().await.expect("memory answers");
    paths.sort();
    paths
}

impl fmt::Debug for Shaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shaky")
    }
}

impl fmt::Display for Shaky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shaky")
    }
}

#[async_trait]
impl ObjectStore for Shaky {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.ask("put")?;
        self.puts.fetch_add(1, Ordering::Relaxed);
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.ask("get")?;
        self.gets.fetch_add(1, Ordering::Relaxed);
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.ask("delete") {
            Ok(()) => self.inner.delete_stream(locations),
            Err(error) => futures::stream::once(async { Err(error) }).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.ask("list") {
            Ok(()) => self.inner.list(prefix),
            Err(error) => futures::stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.ask("list")?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
