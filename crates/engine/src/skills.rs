//! What an attendant can do, and how she therefore stands with a service: a member or not, from which policy level on,
//! preferred or not, and where in the list. Settings change seldom and calls come often, so this is worked out when a
//! setting changes and kept with the attendant. Does not choose anybody: see `distribution`.

use crate::attendant::Attendant;
use crate::settings::{Members, PolicyLevel, Profile, Service, SkillNeed, Skills};

/// Comes after every preferred member (1–99).
pub(crate) const NOT_PREFERRED: u8 = 100;

/// How an attendant stands with a service she is a member of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// The first policy level she meets, from 0; `None`: she meets none, so she is never offered its calls.
    pub level: Option<u8>,
    /// 1–99 where she is preferred, else 100.
    pub preferred: u8,
    /// Her place in the list, from 0.
    pub place: u32,
}

/// What she can do: by herself or by her profile, whichever is better.
pub fn effective(own: &Skills, profile: Option<&Profile>) -> Skills {
    let mut skills = own.clone();
    for (skill, level) in profile.into_iter().flat_map(|profile| &profile.skills) {
        let best = skills.entry(*skill).or_default();
        *best = (*best).max(*level);
    }
    skills
}

/// The first of these needs that is not met.
pub fn unmet(needs: &[SkillNeed], skills: &Skills) -> Option<SkillNeed> {
    needs.iter().copied().find(|need| skills.get(&need.skill).is_none_or(|level| *level < need.level))
}

/// How she stands with this service; `None` where she is no member.
pub(crate) fn standing(
    service: &Service,
    attendant: &Attendant,
    profile: Option<&Profile>,
) -> Option<Standing> {
    let skills = effective(&attendant.skills, profile);
    let place = match &service.members {
        Members::Listed(listed) => listed.iter().position(|listed| *listed == attendant.id)?,
        Members::Skilled(needs) if unmet(needs, &skills).is_none() => 0,
        Members::Skilled(_) | Members::Nobody => return None,
    };
    let meets = |level: &PolicyLevel| {
        let profile = level.profiles.is_empty()
            || attendant.profile.is_some_and(|profile| level.profiles.contains(&profile));
        profile && unmet(&level.needs, &skills).is_none()
    };
    let level = if service.levels.is_empty() { Some(0) } else { service.levels.iter().position(meets) };
    let preferred = service.preferred.iter().find(|preferred| preferred.attendant == attendant.id);
    Some(Standing {
        level: level.and_then(|level| u8::try_from(level).ok()),
        preferred: preferred.map_or(NOT_PREFERRED, |preferred| preferred.priority),
        place: u32::try_from(place).unwrap_or(u32::MAX),
    })
}
