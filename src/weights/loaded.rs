//! What loading did.

use std::fmt;

/// What loading did, name by name. Printed, it is a line.
///
/// Names are the network's, or those of the file as they were renamed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// What was loaded.
    pub loaded: Vec<String>,
    /// What only the network has: it is as it was.
    pub missing: Vec<String>,
    /// What only the file has.
    pub unexpected: Vec<String>,
    /// What the network has and [`ignore`](super::Checkpoint::ignore) left as it was.
    pub ignored_in_network: Vec<String>,
    /// What the file has and [`ignore`](super::Checkpoint::ignore) left there.
    pub ignored_in_file: Vec<String>,
}

impl fmt::Display for Loaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.loaded.len();
        write!(formatter, "loaded {count} tensor{}", if count == 1 { "" } else { "s" })?;
        for (what, names) in [("the file lacks", &self.missing), ("the network lacks", &self.unexpected)] {
            if !names.is_empty() {
                write!(formatter, "; {what} {}", Few(names))?;
            }
        }
        let mut ignored = self.ignored_in_network.clone();
        ignored.extend(self.ignored_in_file.iter().filter(|name| !self.ignored_in_network.contains(name)).cloned());
        if ignored.is_empty() { Ok(()) } else { write!(formatter, "; ignored {}", Few(&ignored)) }
    }
}

/// The first of some names.
pub struct Few<'a>(pub &'a [String]);

impl fmt::Display for Few<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().take(4).enumerate() {
            write!(formatter, "{}`{}`", if index == 0 { "" } else { ", " }, name.escape_debug())?;
        }
        if self.0.len() > 4 { write!(formatter, " and {} more", self.0.len() - 4) } else { Ok(()) }
    }
}
