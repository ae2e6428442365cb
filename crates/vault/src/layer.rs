//! The encrypting layer over a file layer of the caller's choice: tests put a disk there that loses its power. Programs open
//! a [`Vault`], which lies on the system's own files and keeps every other process out; nothing here does.

use std::ffi::CStr;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::base::Base;
use crate::database::{Database, versions_in};
use crate::format::{HEAD_BYTES, Head};
use crate::keys::DataKeys;
use crate::log::Log;
use crate::pagekeys::PageKeys;
use crate::survey::open_if_there;
use crate::vfs::Attached;
use crate::{Known, Vault, VaultError, attach, names, of_code, open_with, vfs};

/// Our layer over another one.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    name: &'static CStr,
    base: Base,
}

impl Layer {
    /// Registers our layer as `name` over the one that is registered as `base`; over the system's own without a name.
    /// `None` where there is no such layer.
    pub fn over(base: Option<&CStr>, name: &'static CStr) -> Option<Layer> {
        let base = Base::find(base)?;
        vfs::register_over(name, base);
        Some(Layer { name, base })
    }

    /// As [`Vault::open`], on this layer.
    pub fn open(&self, path: &Path, keys: &DataKeys, known: &Known) -> Result<Vault, VaultError> {
        Vault::open_over(self.base, self.name, path, keys, known)
    }

    /// A database without an anchor, in whatever journal mode; made when it is first connected to.
    pub fn attach(&self, path: &Path, keys: &DataKeys) -> Result<Unanchored, VaultError> {
        let of_code = |code| of_code(path, code);
        let names = names(self.base, path)?;
        let file = open_if_there(self.base, &names.database).map_err(of_code)?;
        let mut head = [0; HEAD_BYTES];
        let mut versions = Vec::new();
        if let Some(file) = &file {
            file.read(&mut head, 0).map_err(of_code)?;
            versions = versions_in(file).map_err(of_code)?;
        }
        let head = match file {
            Some(_) => Head::parse(&head).ok_or_else(|| VaultError::NotADatabase(path.to_owned()))?,
            None => Head::random(),
        };
        let page_keys = PageKeys::new(&head, keys);
        let mut log = match open_if_there(self.base, &names.log).map_err(of_code)? {
            Some(file) => Log::survey(&file, &page_keys, &head).map_err(of_code)?,
            None => Log::default(),
        };
        log.end_transaction();
        let database = Database::new(self.base, head, page_keys, versions, log);
        let attached = attach(path, &names, database)?;
        Ok(Unanchored { path: path.to_owned(), layer: self.name, _attached: attached })
    }
}

/// A database whose age nobody knows.
#[derive(Debug)]
pub struct Unanchored {
    path: PathBuf,
    layer: &'static CStr,
    _attached: Attached,
}

impl Unanchored {
    /// A connection with SQLite's own settings.
    pub fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = open_with(&self.path, self.layer, OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "page_size", crate::format::PAGE_BYTES as i64)?;
        Ok(connection)
    }
}
