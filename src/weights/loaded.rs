//! The report of loading.

use std::fmt;

/// Which tensors were loaded and which weren't, by name. Its `Display` is one line.
///
/// Names are those of the network, or those of the file after renaming.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// The tensors that were loaded.
    pub loaded: Vec<String>,
    /// The tensors that only the network has: they are unchanged.
    pub missing: Vec<String>,
    /// The tensors that only the file has.
    pub unexpected: Vec<String>,
    /// The network's tensors that [`ignore`](super::Checkpoint::ignore) left unchanged.
    pub ignored_in_network: Vec<String>,
    /// The file's tensors that [`ignore`](super::Checkpoint::ignore) left out.
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

/// The first few of some names.
pub struct Few<'a>(pub &'a [String]);

impl fmt::Display for Few<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().take(4).enumerate() {
            write!(formatter, "{}`{}`", if index == 0 { "" } else { ", " }, name.escape_debug())?;
        }
        if self.0.len() > 4 { write!(formatter, " and {} more", self.0.len() - 4) } else { Ok(()) }
    }
}
