//! "Did you mean": the parameter whose name is nearest to a misspelt one.

use crate::call::Signature;

/// The parameter with the nearest name, if at most a third of the letters differ, or one letter in a name of fewer than
/// six.
pub const fn nearest(keyword: &str, signature: &Signature) -> Option<&'static str> {
    let mut found = None;
    let mut least = if keyword.len() < 6 { 1 } else { keyword.len() / 3 };
    let mut i = 0;
    while i < signature.parameters.len() {
        let name = signature.parameters[i].name;
        let distance = distance(keyword.as_bytes(), name.as_bytes());
        if distance < keyword.len() && distance <= least && (found.is_none() || distance < least) {
            least = distance;
            found = Some(name);
        }
        i += 1;
    }
    found
}

/// How many letters must be changed, added, removed or swapped with the next one to turn one word into the other,
/// ignoring case.
const fn distance(a: &[u8], b: &[u8]) -> usize {
    const LONGEST: usize = 40;
    if a.len() >= LONGEST || b.len() >= LONGEST {
        return usize::MAX;
    }
    let mut row = [0; LONGEST];
    let mut j = 0;
    while j <= b.len() {
        row[j] = j;
        j += 1;
    }
    let mut above = row;
    let mut i = 1;
    while i <= a.len() {
        let two_above = above;
        above = row;
        let mut diagonal = row[0];
        row[0] = i;
        let mut j = 1;
        while j <= b.len() {
            let mut best = diagonal + if a[i - 1].eq_ignore_ascii_case(&b[j - 1]) { 0 } else { 1 };
            let swapped =
                i > 1 && j > 1 && a[i - 1].eq_ignore_ascii_case(&b[j - 2]) && a[i - 2].eq_ignore_ascii_case(&b[j - 1]);
            if swapped && two_above[j - 2] + 1 < best {
                best = two_above[j - 2] + 1;
            }
            if row[j] + 1 < best {
                best = row[j] + 1;
            }
            if row[j - 1] + 1 < best {
                best = row[j - 1] + 1;
            }
            diagonal = row[j];
            row[j] = best;
            j += 1;
        }
        i += 1;
    }
    row[b.len()]
}
