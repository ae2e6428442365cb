//! The system's own browser (RFC 8252: never a window of ours, so that nobody types a password into Usher). Starts it and
//! does not watch it.

use std::process::{Command, Stdio};

use contracts::sign_in::OpenBrowser;
use url::Url;

/// Opens pages in the browser that the system is set to.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemBrowser;

impl OpenBrowser for SystemBrowser {
    fn open(&self, link: &str) -> Result<(), String> {
        // Never anything but a page: what else a system would open by an address is not ours to start.
        let url = Url::parse(link).map_err(|_| "the address cannot be read".to_owned())?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("the address is not that of a page".to_owned());
        }
        let mut command = opener();
        command.arg(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let program = command.get_program().to_string_lossy().into_owned();
        let status = command.status().map_err(|error| format!("{program} does not start: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("{program} found no browser ({status})")) }
    }
}

// Each gives the address as one argument to a program, so that no shell reads it.
#[cfg(target_os = "macos")]
fn opener() -> Command {
    Command::new("/usr/bin/open")
}

#[cfg(target_os = "windows")]
fn opener() -> Command {
    let mut command = Command::new("rundll32.exe");
    command.arg("url.dll,FileProtocolHandler");
    command
}

#[cfg(not(any(target_os = "macos", target_os = "windows")))]
fn opener() -> Command {
    Command::new("xdg-open")
}

#[cfg(test)]
mod tests {
    use contracts::sign_in::OpenBrowser;

    use super::SystemBrowser;

    #[test]
    fn nothing_but_a_page_is_opened_sec_1() {
        for link in ["file:///etc/passwd", "javascript:alert(1)", "ms-settings:", "--help", ""] {
            assert!(SystemBrowser.open(link).is_err(), "{link}");
        }
    }
}
