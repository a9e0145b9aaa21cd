//! What an error adds to the mismatches: which network the weights are of, and what to do.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    Checkpoint,
    compare::{Comparison, is_count},
    keys,
    read::join,
};
use crate::{network::Network, shape::Shape};

/// What is known about the network that is loaded or saved.
pub struct Identity {
    pub name: &'static str,
    pub input: String,
    pub output: String,
}

impl Identity {
    pub fn of<N: Network>() -> Self {
        Identity { name: N::NAME, input: N::Input::DIMS.to_string(), output: N::Output::DIMS.to_string() }
    }
}

/// Says which network the file's weights are of, if the file states it and it is another network.
pub fn origin(checkpoint: &Checkpoint, identity: Option<&Identity>) -> Option<String> {
    let say = |key| checkpoint.metadata().get(key).map(|text| text.escape_debug().to_string());
    let name = say("network").filter(|_| checkpoint.metadata().contains_key("shapewright"))?;
    let (input, output) = (say("input").unwrap_or_default(), say("output").unwrap_or_default());
    let file = format!("these are of the network `{name}`, {input} to {output}");
    match identity {
        None => Some(file),
        Some(own) if (own.name, &own.input, &own.output) == (&name, &input, &output) => None,
        Some(own) => Some(format!("{file}, not of `{}`, {} to {}", own.name, own.input, own.output)),
    }
}

/// What to do about the mismatches, if they follow a pattern.
pub fn help(comparison: &Comparison<'_>) -> Option<String> {
    better_names(comparison).or_else(|| head(comparison))
}

/// A call to add, how many of the wanted names the file has with it, and how many names are wanted.
struct Advice {
    text: String,
    agree: usize,
    all: usize,
}

impl Advice {
    /// Counts the wanted names among the names that the file would have.
    fn of(text: String, wanted: &HashSet<&str>, names: impl Iterator<Item = String>) -> Self {
        let names: HashSet<String> = names.collect();
        // If the file has no batch count, none is wanted.
        let counts = names.iter().any(|name| is_count(name));
        let all = wanted.iter().filter(|name| counts || !is_count(name));
        let agree = all.clone().filter(|name| names.contains(**name)).count();
        Advice { text, agree, all: all.count() }
    }
}

/// The map or the part of the file with which the most names agree, if these are at least half, and more than without
/// it.
fn better_names(comparison: &Comparison<'_>) -> Option<String> {
    let wanted: HashSet<&str> = comparison.wanted().collect();
    let found = || comparison.found().map(str::to_owned);
    let renaming = |map: &dyn Fn(&str) -> String, text: String| {
        let text = format!("the names differ by a rule: `.rename({text})`");
        Advice::of(text, &wanted, found().map(|name| map(&name)))
    };
    let mut best = Advice::of(String::new(), &wanted, found());
    let mut consider = |advice: Advice| {
        if advice.agree > best.agree {
            best = advice;
        }
    };
    for (name, map) in READY {
        consider(renaming(map, format!("keys::{name}")));
    }
    let (missing, unexpected) = (&comparison.loaded.missing, &comparison.loaded.unexpected);
    // The prefix that one name has before the other. If the names have a common prefix, the first few show it.
    let before =
        |long: &str, short: &str| long.strip_suffix(short).filter(|prefix| prefix.ends_with('.')).map(str::to_owned);
    for name in missing.iter().take(3) {
        let prefixes: BTreeSet<String> = unexpected.iter().filter_map(|found| before(found, name)).collect();
        for prefix in prefixes.into_iter().take(8) {
            consider(renaming(&keys::prefix(prefix.as_str()), format!("keys::prefix({prefix:?})")));
        }
    }
    for found in unexpected.iter().take(3) {
        let prefixes: BTreeSet<String> = missing.iter().filter_map(|name| before(name, found)).collect();
        for prefix in prefixes.into_iter().take(8) {
            consider(renaming(&keys::prepend(prefix.as_str()), format!("keys::prepend({prefix:?})")));
        }
    }
    for part in parts(comparison, &wanted) {
        let options = &comparison.checkpoint.options;
        let below = comparison.checkpoint.index.below(&part);
        let text = format!("the tensors are in another part of the file: `.under({part:?})`");
        consider(Advice::of(text, &wanted, below.iter().map(|(name, _)| options.renamed(name))));
    }
    let Advice { text, agree, all } = best;
    let keys = if text.contains("keys::") { " (`keys` is in `shapewright::weights`)" } else { "" };
    (!text.is_empty() && agree * 2 >= all).then(|| format!("{text} makes {agree} of {all} names agree{keys}"))
}

/// The ready-made maps, by their names.
const READY: [(&str, &dyn Fn(&str) -> String); 4] = [
    ("efficientnet_lite", &keys::efficientnet_lite),
    ("densenet", &keys::densenet),
    ("timm_mobilenet_v2", &keys::timm_mobilenet_v2),
    ("timm_efficientnet_lite0", &keys::timm_efficientnet_lite0),
];

/// The one or two parts of the file that have the most wanted names, the top of the file first.
fn parts(comparison: &Comparison<'_>, wanted: &HashSet<&str>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for part in &comparison.checkpoint.index.parts {
        for (name, _) in &part.tensors {
            if part.path.is_empty() && wanted.contains(name.as_str()) {
                *counts.entry(String::new()).or_default() += 1;
            }
            let name = join(&part.path, name);
            for (dot, _) in name.match_indices('.').filter(|(dot, _)| wanted.contains(&name[dot + 1..])) {
                *counts.entry(name[..dot].to_owned()).or_default() += 1;
            }
        }
    }
    let most = counts.values().copied().max();
    counts.into_iter().filter(|(_, count)| Some(*count) == most).map(|(part, _)| part).take(2).collect()
}

/// Advice for a new layer, as after a change of the number of classes.
fn head(comparison: &Comparison<'_>) -> Option<String> {
    let parent = |name: &str| name.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    let first = parent(comparison.misshapen.first()?)?;
    let all = comparison.misshapen.len() == comparison.problems.len();
    let same = comparison.misshapen.iter().all(|name| parent(name).as_ref() == Some(&first));
    (all && same).then(|| {
        format!("if `{first}` is to be trained anew, `weights::open(path)?.ignore(\"{first}.*\")` loads all the rest")
    })
}
