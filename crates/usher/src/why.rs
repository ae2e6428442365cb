//! `usher why`: why a call of the past rang at whom (ROUTE-6), read off the journal of a store that no console has open. The
//! sentences are those of the console.

use std::path::PathBuf;

use app::api::wire::{ApiError, WhyDecision, WhyFate, WhyLook, WhyView};
use backup::Moment;

use crate::given::{KeyArguments, newest_seen};
use crate::outcome::Failed;
use crate::working::on_disk;

#[derive(clap::Args)]
pub(crate) struct WhyArguments {
    /// The call, as the console and the exports name it (hexadecimal).
    call: String,
    /// Prints JSON instead of a text: the `WhyView` of the console.
    #[arg(long)]
    json: bool,
    /// Lists only who was rung, not who was passed over.
    #[arg(long, conflicts_with = "json")]
    short: bool,
    /// Where data is kept [default: the user's own data folder].
    #[arg(long)]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArguments,
}

pub(crate) async fn run(arguments: WhyArguments) -> Result<(), Failed> {
    let directory = alone::data_dir(arguments.data_dir)?;
    let store = upkeep::key_file(&directory)?.store_id();
    let past = on_disk(move || {
        let key = arguments.key.find(store)?;
        Ok(upkeep::past(&directory, &key, newest_seen(store))?)
    })
    .await?;
    let local = identity::local_user().map_err(anyhow::Error::from)?;
    let called =
        app::seat::attendant_names(past.roster.as_ref(), &local).await.map_err(anyhow::Error::from)?;
    let why = app::api::decided(past.journal.as_ref(), &arguments.call, &called).await.map_err(refused)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&why).map_err(anyhow::Error::from)?);
    } else {
        print!("{}", text(&why, !arguments.short));
    }
    Ok(())
}

fn refused(error: ApiError) -> Failed {
    match error.code.as_str() {
        "call.unknown" => Failed::nothing(error.message),
        "request.invalid" => Failed::misplaced(error.message),
        "store.damaged" => Failed::damaged(error.message),
        _ => Failed::from(anyhow::anyhow!(error.message)),
    }
}

/// One line for each decision; below it, who was considered and what became of each.
fn text(why: &WhyView, with_everybody: bool) -> String {
    let mut text = format!("Call {}\n", why.call);
    if why.shortened {
        text += "Only the latest decisions are listed.\n";
    }
    for decision in &why.decisions {
        text += &decided(decision);
        if let Some(look) = decision.look.as_ref().filter(|_| with_everybody) {
            text += &considered(look);
        }
    }
    text
}

fn decided(decision: &WhyDecision) -> String {
    let at =
        u64::try_from(decision.at).map(Moment).map_or_else(|_| String::new(), |at| at.local().to_string());
    format!("\n{at}  {}\n", decision.sentence)
}

fn considered(look: &WhyLook) -> String {
    let width = look.candidates.iter().map(|it| it.name.chars().count()).max().unwrap_or(0);
    let rows = look.candidates.iter().map(|it| {
        let mark = match it.fate {
            WhyFate::Rung => '*',
            WhyFate::Selectable => '+',
            WhyFate::PassedOver => '-',
        };
        format!("    {mark} {:width$}  {}\n", it.name, it.reason)
    });
    let more = (look.more > 0).then(|| format!("    and {} more\n", look.more));
    rows.chain(more).collect()
}

#[cfg(test)]
mod tests {
    use app::api::wire::WhyCandidate;
    use expect_test::expect;

    use super::*;

    #[test]
    fn each_decision_is_a_line_with_everybody_who_was_considered_below() {
        let member = |name: &str, fate, reason: &str| WhyCandidate {
            attendant: "1".into(),
            name: name.into(),
            fate,
            reason: reason.into(),
        };
        let look = WhyLook {
            summary: "Can ring at Rita.".into(),
            facts: Vec::new(),
            candidates: vec![
                member("Rita Frei", WhyFate::Selectable, "could be rung, number 1 in order, idle for 4 s"),
                member("Tom", WhyFate::PassedOver, "off duty"),
            ],
            more: 3,
        };
        let decision = |sentence: &str, look| WhyDecision { at: 0, sentence: sentence.into(), look };
        let why = WhyView {
            call: "7".into(),
            now: None,
            decisions: vec![
                decision("Rang at Rita Frei.", Some(look)),
                decision("The caller hung up.", None),
            ],
            shortened: true,
        };
        // The time is that of this computer's zone.
        let at = Moment(0).local().to_string();
        expect![[r#"
            Call 7
            Only the latest decisions are listed.

            TIME  Rang at Rita Frei.
                + Rita Frei  could be rung, number 1 in order, idle for 4 s
                - Tom        off duty
                and 3 more

            TIME  The caller hung up.
        "#]]
        .assert_eq(&text(&why, true).replace(&at, "TIME"));
        expect![[r#"
            Call 7
            Only the latest decisions are listed.

            TIME  Rang at Rita Frei.

            TIME  The caller hung up.
        "#]]
        .assert_eq(&text(&why, false).replace(&at, "TIME"));
    }
}
