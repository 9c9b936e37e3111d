//! One split of one set: every attack, rate and defence on it.

use std::io::{Write, stderr};

use mandate_model::Model;
use mandate_train::Dataset;
use mandate_train::certified::{Certificate, EDITS};
use mandate_train::metrics::Metrics;
use mandate_vet::poison::{Poisoned, Trigger, backdoor, random_flips, sure_flips, targeted};

use crate::Result;
use crate::checks::{Checks, Looked};
use crate::data::{Set, Thirds, cut};
use crate::defence::{Canary, Defence, defences, packed, says};

/// Poisoned rows in percent of the training rows.
pub(crate) const RATES: [usize; 4] = [1, 5, 10, 20];
/// Marks that a backdoor is chosen from.
const MARKS: usize = 200;
/// Values of other rows in a varied copy.
const VARIED: usize = 4;
/// The outcome that an attacker wants forecast: no default.
const WANTED: f64 = 0.0;

/// An attack of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
    RandomFlips,
    SureFlips,
    Backdoor,
    InnerBackdoor,
    Targeted,
    Varied,
}

impl Attack {
    pub(crate) const ALL: [Self; 6] = [
        Self::RandomFlips,
        Self::SureFlips,
        Self::Backdoor,
        Self::InnerBackdoor,
        Self::Targeted,
        Self::Varied,
    ];

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::RandomFlips => "random flips",
            Self::SureFlips => "flips of the surest",
            Self::Backdoor => "backdoor",
            Self::InnerBackdoor => "inner backdoor",
            Self::Targeted => "targeted copies",
            Self::Varied => "varied copies",
        }
    }
}

/// Figures of one attack on one defence, as sums over what was tried.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    /// Candidates trained.
    pub(crate) tried: usize,
    pub(crate) auc: f64,
    /// Rows under attack, how many of them the attack turned, and how many were turned without it.
    pub(crate) rows: usize,
    pub(crate) turned: usize,
    pub(crate) before: usize,
    /// Candidates that clean rows refused, that marks refused, and whose data the checks refused beside clean rows to measure on.
    pub(crate) by_rows: usize,
    pub(crate) by_marks: usize,
    pub(crate) by_checks: usize,
    /// Candidates that any of them refused.
    pub(crate) caught_apart: usize,
    /// The same, where the checks had training rows and rows to measure on from one file.
    pub(crate) caught: usize,
    /// Rows under attack that are certified for as many edits as there were.
    pub(crate) certified: usize,
}

impl Cell {
    pub(crate) fn add(&mut self, other: &Self) {
        self.tried += other.tried;
        self.auc += other.auc;
        self.rows += other.rows;
        self.turned += other.turned;
        self.before += other.before;
        self.by_rows += other.by_rows;
        self.by_marks += other.by_marks;
        self.by_checks += other.by_checks;
        self.caught_apart += other.caught_apart;
        self.caught += other.caught;
        self.certified += other.certified;
    }
}

/// What one split says; cells by attack, rate and defence.
pub(crate) struct Outcome {
    pub(crate) cells: Vec<Vec<[Cell; 3]>>,
    /// What the checks say, by attack and rate.
    pub(crate) looked: Vec<Vec<Looked>>,
    pub(crate) checks: Checks,
    /// AUC without poison, by defence.
    pub(crate) clean: [f64; 3],
    /// Test rows certified for each of `EDITS`, and victims turned by as many targeted copies, by certified defence.
    pub(crate) few: [Vec<(usize, usize)>; 2],
    pub(crate) test_rows: usize,
    pub(crate) victims: usize,
    pub(crate) train_rows: usize,
    /// The marks of both backdoors.
    pub(crate) triggers: [String; 2],
    pub(crate) limits: Vec<f64>,
    /// Answers that a certificate covered while an attack was on.
    pub(crate) held: usize,
}

/// The rows whose answers are watched, as models read them.
struct Watched {
    test: Vec<Vec<u8>>,
    outcomes: Vec<bool>,
    /// Rows that every clean model refuses and that did default, with the mark.
    stamped: [Vec<Vec<u8>>; 2],
    victims: Vec<usize>,
}

struct Split<'a> {
    set: &'a Set,
    data: &'a Dataset,
    thirds: Thirds,
    defences: [Defence; 3],
    models: Vec<Model>,
    canaries: Vec<Canary>,
    checks: Checks,
    triggers: [Trigger; 2],
    watched: Watched,
    held: usize,
}

pub(crate) fn run(set: &Set, data: &Dataset, seed: u64) -> Result<Outcome> {
    progress(set, seed, "training without poison");
    let mut split = Split::new(set, data, seed)?;
    let (mut cells, mut looked) = (Vec::new(), Vec::new());
    for attack in Attack::ALL {
        let mut of_attack = Vec::new();
        for rate in RATES {
            progress(set, seed, &format!("{} at {rate} %", attack.words()));
            let count = split.thirds.train.len() * rate / 100;
            of_attack.push(split.cells(attack, count, seed)?);
        }
        let (of_cells, of_looked) = of_attack.into_iter().unzip();
        cells.push(of_cells);
        looked.push(of_looked);
    }
    progress(set, seed, "a few copies of each victim");
    let clean = std::array::from_fn(|d| split.auc(&split.models[d]).unwrap_or(f64::NAN));
    let few = [split.few(1, seed)?, split.few(2, seed)?];
    let triggers = split.triggers.each_ref().map(|trigger| {
        let values = trigger.values().iter();
        let named = values.map(|(j, value)| format!("{} = {value}", data.features[*j].name));
        named.collect::<Vec<_>>().join(", ")
    });
    Ok(Outcome {
        cells,
        looked,
        checks: split.checks,
        clean,
        few,
        test_rows: split.thirds.test.len(),
        victims: split.watched.victims.len(),
        train_rows: split.thirds.train.len(),
        triggers,
        limits: split.canaries[0].rules.gates.iter().map(|gate| gate.limit).collect(),
        held: split.held,
    })
}

/// How far it is.
fn progress(set: &Set, seed: u64, doing: &str) {
    let _ = writeln!(stderr(), "{}, split {seed} of {}: {doing}", set.name, set.splits);
}

impl<'a> Split<'a> {
    fn new(set: &'a Set, data: &'a Dataset, seed: u64) -> Result<Self> {
        let thirds = cut(data, seed);
        let defences = defences(set);
        let train = |d: &Defence| d.train(data, &thirds.train, &thirds.test);
        let models: Vec<Model> = defences.iter().map(train).collect::<Result<_>>()?;
        let canary = |(d, model)| Canary::of(d, set, data, &thirds, model);
        let canaries = defences.iter().zip(&models).map(canary).collect::<Result<_>>()?;
        let refused = refused(set, data, &thirds, &models)?;
        let passes = |trigger: &Trigger| {
            let stamped = stamped(&models[0], data, &refused, trigger).unwrap_or_default();
            let said = says(&models[0], &stamped).unwrap_or_default();
            said.iter().filter(|said| **said < set.threshold).count()
        };
        let none = "every mark is met among honest rows";
        let triggers = [
            Trigger::rare(data, &thirds.train, (MARKS, seed), passes).ok_or(none)?,
            Trigger::inner(data, &thirds.train, (MARKS, seed), passes).ok_or(none)?,
        ];
        let watched = Watched {
            test: packed(&models[0], data, &thirds.test)?,
            outcomes: data.outcomes(&thirds.test),
            stamped: [
                stamped(&models[0], data, &refused, &triggers[0])?,
                stamped(&models[0], data, &refused, &triggers[1])?,
            ],
            victims: refused.iter().copied().take(set.victims).collect(),
        };
        let checks = Checks::of(set, data, &thirds)?;
        Ok(Self {
            set,
            data,
            thirds,
            defences,
            models,
            canaries,
            checks,
            triggers,
            watched,
            held: 0,
        })
    }

    /// One attack with `count` poisoned rows, on each defence.
    fn cells(&mut self, attack: Attack, count: usize, seed: u64) -> Result<([Cell; 3], Looked)> {
        let mut all = ([Cell::default(); 3], Looked::default());
        let targets: Vec<Option<usize>> = match attack {
            Attack::Targeted | Attack::Varied => {
                self.watched.victims.iter().copied().map(Some).collect()
            }
            _ => vec![None],
        };
        for victim in targets {
            let poisoned = self.poisoned(attack, victim, count, seed)?;
            let looked = self.checks.look(&poisoned.data, &poisoned.train)?;
            for (d, sum) in all.0.iter_mut().enumerate() {
                let mut cell = self.cell(attack, victim, &poisoned, (d, true))?;
                cell.by_checks = looked.refused;
                cell.caught_apart = cell.caught.max(looked.refused);
                cell.caught = cell.caught.max(looked.in_one_file);
                sum.add(&cell);
            }
            all.1.add(&looked);
        }
        Ok(all)
    }

    /// The training rows after an attack that writes `count` of them.
    fn poisoned(
        &self,
        attack: Attack,
        victim: Option<usize>,
        count: usize,
        seed: u64,
    ) -> Result<Poisoned> {
        let (data, train) = (self.data, &self.thirds.train);
        Ok(match (attack, victim) {
            (Attack::RandomFlips, _) => random_flips(data, train, count, seed),
            (Attack::SureFlips, _) => {
                let said = says(&self.models[0], &packed(&self.models[0], data, train)?)?;
                let place = |row| train.binary_search(&row).expect("a training row");
                sure_flips(data, train, count, |row| said[place(row)])
            }
            (_, Some(victim)) => {
                let changed = if attack == Attack::Varied { VARIED } else { 1 };
                targeted(data, train, count, (victim, changed), (WANTED, seed))
            }
            _ => {
                let trigger = &self.triggers[usize::from(attack == Attack::InnerBackdoor)];
                backdoor(data, train, count, trigger, (WANTED, seed))
            }
        })
    }

    fn cell(
        &mut self,
        attack: Attack,
        victim: Option<usize>,
        poisoned: &Poisoned,
        (d, gated): (usize, bool),
    ) -> Result<Cell> {
        let model = self.defences[d].train(&poisoned.data, &poisoned.train, &self.thirds.test)?;
        let rows = match (attack, victim) {
            (Attack::Backdoor, _) => self.watched.stamped[0].clone(),
            (Attack::InnerBackdoor, _) => self.watched.stamped[1].clone(),
            (_, Some(victim)) => packed(&model, self.data, &[victim])?,
            _ => self.watched.test.clone(),
        };
        let sides = |model: &Model, rows: &[Vec<u8>]| -> Result<Vec<bool>> {
            Ok(says(model, rows)?.iter().map(|said| *said >= self.set.threshold).collect())
        };
        let (before, after) = (sides(&self.models[d], &rows)?, sides(&model, &rows)?);
        // What an attacker wants: another side than before, or for those it has refused, to be favoured.
        let flips = matches!(attack, Attack::RandomFlips | Attack::SureFlips);
        let turned = before.iter().zip(&after).filter(|(a, b)| if flips { a != b } else { !**b });
        let turned = turned.count();
        let certificates = self.defences[d].certificates(&model, &rows)?;
        let covered = |c: &Certificate| c.edits as usize >= poisoned.edits;
        let certified =
            certificates.as_ref().map_or(0, |all| all.iter().filter(|c| covered(c)).count());
        let (by_rows, by_marks) =
            if gated { self.canaries[d].catches(&model)? } else { (false, false) };
        let cell = Cell {
            tried: 1,
            auc: self.auc(&model)?,
            rows: rows.len(),
            turned,
            before: if flips {
                self.canaries[d].unrest
            } else {
                before.iter().filter(|side| !**side).count()
            },
            by_rows: usize::from(by_rows),
            by_marks: usize::from(by_marks),
            by_checks: 0,
            caught_apart: 0,
            caught: usize::from(by_rows || by_marks),
            certified,
        };
        self.check(d, &model, poisoned.edits)?;
        Ok(cell)
    }

    /// No certificate is beaten, neither the clean model's nor the poisoned one's, on any watched row.
    fn check(&mut self, d: usize, model: &Model, edits: usize) -> Result<()> {
        let rows: Vec<Vec<u8>> =
            [&self.watched.test[..], &self.watched.stamped[0][..], &self.watched.stamped[1][..]]
                .concat();
        let of = |model: &Model| self.defences[d].certificates(model, &rows);
        let (Some(before), Some(after)) = (of(&self.models[d])?, of(model)?) else { return Ok(()) };
        for (a, b) in before.iter().zip(&after) {
            let covered = a.edits.max(b.edits) as usize >= edits;
            if covered && a.above != b.above {
                return Err(format!("{edits} edits beat a certificate: {a:?} and {b:?}").into());
            }
            self.held += usize::from(covered);
        }
        Ok(())
    }

    /// For each number of edits: test rows certified for it, and victims that as many copies turn.
    fn few(&mut self, d: usize, seed: u64) -> Result<Vec<(usize, usize)>> {
        let clean = self.defences[d].certificates(&self.models[d], &self.watched.test)?;
        let clean = clean.unwrap_or_default();
        let mut out = Vec::new();
        for edits in EDITS {
            let mut turned = 0;
            for victim in self.watched.victims.clone() {
                let train = &self.thirds.train;
                let poisoned =
                    targeted(self.data, train, edits as usize, (victim, 1), (WANTED, seed));
                turned += self.cell(Attack::Targeted, Some(victim), &poisoned, (d, false))?.turned;
            }
            out.push((clean.iter().filter(|c| c.edits >= edits).count(), turned));
        }
        Ok(out)
    }

    fn auc(&self, model: &Model) -> Result<f64> {
        Ok(Metrics::of(&self.watched.outcomes, &says(model, &self.watched.test)?).auc)
    }
}

/// Test rows that did default and that every clean model refuses.
fn refused(set: &Set, data: &Dataset, thirds: &Thirds, models: &[Model]) -> Result<Vec<usize>> {
    let rows = packed(&models[0], data, &thirds.test)?;
    let said: Vec<Vec<f64>> = models.iter().map(|m| says(m, &rows)).collect::<Result<_>>()?;
    let places = 0..rows.len();
    let refused = places.filter(|&place| said.iter().all(|said| said[place] >= set.threshold));
    let refused = refused.map(|place| thirds.test[place]);
    Ok(refused.filter(|row| data.outcome[*row] != WANTED).collect())
}

/// Rows with the mark, packed.
fn stamped(
    model: &Model,
    data: &Dataset,
    rows: &[usize],
    trigger: &Trigger,
) -> Result<Vec<Vec<u8>>> {
    let stamp = |&row: &usize| {
        let mut values: Vec<f64> = data.row(row).collect();
        trigger.stamp(&mut values);
        Ok(mandate_train::pack_row(model.schema(), values.into_iter())?)
    };
    rows.iter().map(stamp).collect()
}
