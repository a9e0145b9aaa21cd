//! What an error adds to the misfits: whose weights these are, and what to do.

use std::collections::HashSet;

use super::{Checkpoint, compare::Comparison, keys};
use crate::{network::Network, shape::Shape};

/// What is known of the network that is loaded or saved.
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

/// Whose weights a file holds, if it says so and they are another network's.
pub fn origin(checkpoint: &Checkpoint, identity: Option<&Identity>) -> Option<String> {
    let say = |key| checkpoint.metadata.get(key).map(|text| text.escape_debug().to_string());
    let name = say("network").filter(|_| checkpoint.metadata.contains_key("shapewright"))?;
    let (input, output) = (say("input").unwrap_or_default(), say("output").unwrap_or_default());
    let file = format!("these are of the network `{name}`, {input} to {output}");
    match identity {
        None => Some(file),
        Some(own) if (own.name, &own.input, &own.output) == (&name, &input, &output) => None,
        Some(own) => Some(format!("{file}, not of `{}`, {} to {}", own.name, own.input, own.output)),
    }
}

/// What to do about the misfits, where they have a pattern.
pub fn help(comparison: &Comparison<'_>) -> Option<String> {
    renaming(comparison).or_else(|| head(comparison))
}

/// A map after which most names agree.
fn renaming(comparison: &Comparison<'_>) -> Option<String> {
    let (missing, unexpected) = (&comparison.missing, &comparison.unexpected);
    let wanted: HashSet<&str> = missing.iter().map(String::as_str).collect();
    let agree =
        |map: &dyn Fn(&str) -> String| unexpected.iter().filter(|name| wanted.contains(map(name).as_str())).count();

    // What one name has before the other.
    let before =
        |long: &str, short: &str| long.strip_suffix(short).filter(|prefix| prefix.ends_with('.')).map(str::to_owned);
    let mut best: Option<(usize, String)> = None;
    let mut consider = |count: usize, text: String| {
        if count > best.as_ref().map_or(0, |(most, _)| *most) {
            best = Some((count, text));
        }
    };
    consider(agree(&keys::efficientnet_lite), "keys::efficientnet_lite".into());
    // The first few names show what all have in common, or nothing does.
    for name in missing.iter().take(3) {
        let prefixes: HashSet<String> = unexpected.iter().filter_map(|found| before(found, name)).collect();
        for prefix in prefixes.into_iter().take(8) {
            consider(agree(&keys::prefix(prefix.as_str())), format!("keys::prefix({prefix:?})"));
        }
    }
    for found in unexpected.iter().take(3) {
        let prefixes: HashSet<String> = missing.iter().filter_map(|name| before(name, found)).collect();
        for prefix in prefixes.into_iter().take(8) {
            consider(agree(&keys::prepend(prefix.as_str())), format!("keys::prepend({prefix:?})"));
        }
    }
    let (count, map) = best?;
    (count * 2 >= missing.len()).then(|| {
        format!(
            "the names differ by a rule: `.rename({map})` makes {count} of {} names agree (`keys` is in \
             `shapewright::weights`)",
            missing.len()
        )
    })
}

/// A layer that is new, as after a change of the number of classes.
fn head(comparison: &Comparison<'_>) -> Option<String> {
    let parent = |name: &str| name.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    let first = parent(comparison.misshapen.first()?)?;
    let all = comparison.misshapen.len() == comparison.problems.len();
    let same = comparison.misshapen.iter().all(|name| parent(name).as_ref() == Some(&first));
    (all && same).then(|| {
        format!("if `{first}` is to be trained anew, `weights::open(path)?.ignore(\"{first}.*\")` loads all the rest")
    })
}
