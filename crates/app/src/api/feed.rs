//! Requests about the feed of reports for Power BI and Excel (REPORT-4): switching it on and off, a new token. What the feed answers is
//! in `feed`.

use identity::{Authorized, Identity, right};

use super::misplaced;
use super::wire::feed::{FeedOnView, FeedTokenView, FeedView};
use super::wire::{ApiError, Request, Response};
use crate::app::App;
use crate::feed::{FEED_ROOT, PORT_DEFAULT};

/// Ports below belong to the system.
const PORT_MIN: u16 = 1_024;

impl App {
    pub(super) async fn handle_feed_seen(
        &self,
        _: Authorized<right::SeeReports>,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::GetFeed {} => Ok(Response::Feed(self.feed_view())),
            other => Err(misplaced(&other)),
        }
    }

    pub(super) async fn handle_feed(
        &self,
        _: Authorized<right::ServeReports>,
        who: &Identity,
        request: Request,
    ) -> Result<Response, ApiError> {
        match request {
            Request::SwitchFeedOn { port } => {
                let port = port.unwrap_or(PORT_DEFAULT);
                if port < PORT_MIN {
                    let words = format!("a port of the feed lies between {PORT_MIN} and 65535");
                    return Err(ApiError::invalid(words).at("port"));
                }
                let token = self.switch_feed_on(who, port).await?;
                let token = token.into();
                Ok(Response::FeedToken(FeedTokenView { token, feed: self.feed_view() }))
            }
            Request::SwitchFeedOff {} => {
                self.switch_feed_off().await?;
                Ok(Response::Feed(self.feed_view()))
            }
            other => Err(misplaced(&other)),
        }
    }

    fn feed_view(&self) -> FeedView {
        let (listening, problem) = self.feed.listening();
        let on = self.feed.kept().map(|kept| FeedOnView {
            url: format!("http://127.0.0.1:{}{FEED_ROOT}", kept.port),
            port: kept.port,
            made_by: kept.made_by,
            since: kept.since,
            listening,
            problem,
        });
        FeedView { on, port_default: PORT_DEFAULT }
    }
}
