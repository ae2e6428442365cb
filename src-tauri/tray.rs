//! The icon in the tray: whether the telephone is connected and whether it rings, answering, and the only way to quit.

use crate::{attention, window};
use app::api::wire::{ConsoleView, LinkState, ModeKind};
use std::sync::{Mutex, PoisonError};
use tauri::image::Image;
use tauri::menu::{MenuBuilder, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};

const TRAY: &str = "tray";

/// What the tray says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    NotConnected,
    Ready,
    /// Not offered calls: off duty, away, after a missed call.
    Aside,
    InCall,
    Ringing,
}

impl Sign {
    fn of(view: &ConsoleView) -> Sign {
        let connected = view.link.state == LinkState::Up || view.mode.kind == ModeKind::Training;
        if view.me.offer.is_some() {
            Sign::Ringing
        } else if !view.calls.is_empty() {
            Sign::InCall
        } else if !connected {
            Sign::NotConnected
        } else if view.me.not_selectable.is_some() {
            Sign::Aside
        } else {
            Sign::Ready
        }
    }

    fn words(self) -> &'static str {
        match self {
            Sign::NotConnected => "Usher: not connected to a telephone system",
            Sign::Ready => "Usher: ready for calls",
            Sign::Aside => "Usher: no calls are offered",
            Sign::InCall => "Usher: in a call",
            Sign::Ringing => "Usher: a call is ringing",
        }
    }

    /// Colour of the mark in the icon's corner, red green blue.
    fn colour(self) -> [u8; 3] {
        match self {
            Sign::NotConnected => [0x8a, 0x8a, 0x8a],
            Sign::Ready => [0x2e, 0xb8, 0x5c],
            Sign::Aside => [0xf2, 0xc0, 0x37],
            Sign::InCall => [0xd1, 0x34, 0x38],
            Sign::Ringing => [0xff, 0x8c, 0x00],
        }
    }
}

struct Shown {
    sign: Mutex<Sign>,
    answer: MenuItem<Wry>,
}

/// Puts the icon into the tray.
pub(crate) fn put(app: &AppHandle) -> tauri::Result<()> {
    let answer = MenuItem::with_id(app, "answer", "Answer", false, None::<&str>)?;
    let menu = MenuBuilder::new(app)
        .text("show", "Show Usher")
        .item(&answer)
        .separator()
        .text("quit", "Quit Usher")
        .build()?;
    TrayIconBuilder::with_id(TRAY)
        .icon(marked(app, Sign::NotConnected))
        .tooltip(Sign::NotConnected.words())
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| match event.id().as_ref() {
            "show" => window::show(app),
            "answer" => attention::answer(app, None),
            "quit" => app.exit(0),
            other => tracing::error!(other, "the tray's menu has no such entry"),
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    app.manage(Shown { sign: Mutex::new(Sign::NotConnected), answer });
    Ok(())
}

/// Shows the state of this view, if it is another one.
pub(crate) fn show(app: &AppHandle, view: &ConsoleView) {
    let (shown, sign) = (app.state::<Shown>(), Sign::of(view));
    let before = std::mem::replace(&mut *shown.sign.lock().unwrap_or_else(PoisonError::into_inner), sign);
    let Some(tray) = app.tray_by_id(TRAY).filter(|_| before != sign) else { return };
    let done = tray
        .set_icon(Some(marked(app, sign)))
        .and_then(|()| tray.set_tooltip(Some(sign.words())))
        .and_then(|()| shown.answer.set_enabled(sign == Sign::Ringing));
    if let Err(error) = done {
        tracing::warn!(%error, "the tray cannot be changed");
    }
}

/// The program's icon with a mark in the lower right corner.
fn marked(app: &AppHandle, sign: Sign) -> Image<'static> {
    let icon = app.default_window_icon().expect("tauri.conf.json names icons");
    let mut rgba = icon.rgba().to_vec();
    mark(&mut rgba, icon.width() as usize, sign.colour());
    Image::new_owned(rgba, icon.width(), icon.height())
}

/// Draws a disc with a white rim into the lower right corner of a square picture, a third of its width across.
fn mark(rgba: &mut [u8], width: usize, colour: [u8; 3]) {
    let radius = width as f32 / 5.0;
    let centre = width as f32 - radius - 0.5;
    for (at, pixel) in rgba.chunks_exact_mut(4).enumerate() {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        let distance = (x - centre).hypot(y - centre);
        if distance <= radius {
            let [red, green, blue] = if distance > radius * 0.78 { [0xff; 3] } else { colour };
            pixel.copy_from_slice(&[red, green, blue, 0xff]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::mark;

    #[test]
    fn the_mark_is_in_the_lower_right_corner_and_nowhere_else() {
        let mut rgba = vec![0; 20 * 20 * 4];
        mark(&mut rgba, 20, [1, 2, 3]);
        let pixel = |x: usize, y: usize| &rgba[(y * 20 + x) * 4..][..4];
        assert_eq!(pixel(15, 15), [1, 2, 3, 255]);
        assert_eq!(pixel(4, 4), [0; 4]);
        assert_eq!(pixel(4, 15), [0; 4]);
    }
}
