//! Backups of a sealed store. Nothing yet; what it stands on comes first.
