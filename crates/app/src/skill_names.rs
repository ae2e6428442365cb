//! What the skills are called: the switchboard knows them by id only, for names are words of people, not of events. Kept as
//! a setting. Does not know who has a skill.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use contracts::journal::StoreError;
use contracts::settings::SettingsStore;
use engine::SkillId;

/// Setting: skills and their names.
const SKILLS: &str = "skills";
/// Skills there can be: more would not be told apart, and the setting fits its 64 KiB whatever they are called.
pub const SKILLS_MAX: usize = 200;
/// Characters of a skill's name: what a row of a form shows.
pub const SKILL_NAME_CHARS_MAX: usize = 60;

/// Names by skill.
pub type Names = BTreeMap<SkillId, String>;

/// All skills there are.
pub struct SkillNames {
    settings: Arc<dyn SettingsStore>,
    names: RwLock<Arc<Names>>,
}

impl SkillNames {
    /// As they were kept; none at first.
    pub async fn open(settings: Arc<dyn SettingsStore>) -> Result<SkillNames, StoreError> {
        let names = match settings.get(SKILLS).await? {
            Some(json) => {
                read(&json).ok_or_else(|| StoreError::Damaged(format!("the setting '{SKILLS}'")))?
            }
            None => Names::new(),
        };
        Ok(SkillNames { settings, names: RwLock::new(Arc::new(names)) })
    }

    /// The names of this moment.
    pub fn all(&self) -> Arc<Names> {
        self.names.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps these in place of those before.
    pub async fn keep(&self, names: Names) -> Result<(), StoreError> {
        let stored: BTreeMap<String, &String> =
            names.iter().map(|(skill, name)| (skill.to_string(), name)).collect();
        let json =
            serde_json::to_string(&stored).map_err(|error| StoreError::OutOfRange(error.to_string()))?;
        self.settings.put(SKILLS, &json).await?;
        *self.names.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
        Ok(())
    }
}

fn read(json: &str) -> Option<Names> {
    let stored: BTreeMap<String, String> = serde_json::from_str(json).ok()?;
    stored.into_iter().map(|(skill, name)| Some((skill.parse().ok()?, name))).collect()
}
