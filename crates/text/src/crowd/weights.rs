//! Masses of sources, groups of copies, and what a text weighs.

use std::collections::{HashMap, HashSet};

use super::copies::BANDS;
use super::rules::YOUNG;
use super::{Aggregate, Rules, Voice};

/// The mass of one source.
pub(super) const MASS: i128 = 1 << 40;

/// Mass in a group of copies.
#[derive(Clone, Copy, Debug, Default)]
struct Group {
    all: i128,
    young: i128,
}

/// What everything weighs.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    rules: &'a Rules,
    /// Mass of each text.
    masses: Vec<i128>,
    groups: [HashMap<u64, Group>; BANDS],
}

impl<'a> Weights<'a> {
    pub(super) fn of(voices: &[Voice], rules: &'a Rules) -> Self {
        let masses = masses(voices, rules);
        let groups = std::array::from_fn(|band| {
            let mut groups: HashMap<u64, Group> = HashMap::new();
            for (voice, mass) in voices.iter().zip(&masses) {
                let group = groups.entry(voice.keys[band]).or_default();
                group.all += mass;
                group.young += if voice.young { *mass } else { 0 };
            }
            groups
        });
        Self { rules, masses, groups }
    }

    /// A text's mass, shrunk to what its groups may weigh: the stricter of its groups decides.
    pub(super) fn of_voice(&self, i: usize, voice: &Voice) -> i128 {
        let allowed = i128::from(self.rules.copies()) * MASS;
        let mass = self.masses[i];
        let shrunk = |held: i128, most: i128| if held > most { mass * most / held } else { mass };
        let within = |band: usize| {
            let group = self.groups[band][&voice.keys[band]];
            let all = shrunk(group.all, allowed);
            if voice.young { all.min(shrunk(group.young, allowed / YOUNG)) } else { all }
        };
        (0..BANDS).map(within).min().unwrap_or(mass)
    }

    /// The counts beside the answer.
    pub(super) fn counts(&self, voices: &[Voice], weight: i128) -> Aggregate {
        let who = |young: bool| {
            let of_age = voices.iter().filter(|voice| !young || voice.young);
            of_age.map(|voice| voice.source).collect::<HashSet<u32>>().len()
        };
        let (largest_group, young_in_group) = largest(voices);
        Aggregate {
            score: 0,
            texts: voices.len(),
            sources: who(false),
            young: who(true),
            weight_milli: (weight * 1000 / MASS) as u64,
            largest_group,
            young_in_group,
        }
    }
}

/// Each text's mass: its source's, in equal parts.
fn masses(voices: &[Voice], rules: &Rules) -> Vec<i128> {
    let mut sources: HashMap<u32, (i128, bool)> = HashMap::new();
    for voice in voices {
        let (texts, young) = sources.entry(voice.source).or_default();
        *texts += 1;
        *young |= voice.young;
    }
    let young = sources.values().filter(|(_, young)| *young).count() as i128;
    let young_mass = of_young(young, rules);
    let mass = |voice: &Voice| {
        let (texts, young) = sources[&voice.source];
        (if young { young_mass } else { MASS }) / texts
    };
    voices.iter().map(mass).collect()
}

/// The mass of a young source among `count` of them.
fn of_young(count: i128, rules: &Rules) -> i128 {
    let together = i128::from(rules.floor()) * MASS / YOUNG;
    (MASS / YOUNG).min(together / count.max(1))
}

/// Sources of the key that most sources share, and the young among them.
fn largest(voices: &[Voice]) -> (usize, usize) {
    let of_band = |band: usize| {
        // A source that is young in some text stands first as that, and stays.
        let mut members: Vec<(u64, u32, bool)> =
            voices.iter().map(|voice| (voice.keys[band], voice.source, !voice.young)).collect();
        members.sort_unstable();
        members.dedup_by_key(|(key, source, _)| (*key, *source));
        let groups = members.chunk_by(|a, b| a.0 == b.0);
        groups.map(|group| (group.len(), group.iter().filter(|member| !member.2).count())).max()
    };
    (0..BANDS).filter_map(of_band).max().unwrap_or_default()
}
