//! The paths that parameters have: `layer1.0.conv1.weight`.

/// A parameter's path without the empty segments that fields without a name leave.
pub(crate) fn parameter(path: &str) -> String {
    path.split('.').filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join(".")
}

/// Whether a pattern fits a whole path; `*` stands for any text, also for none.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        // The first place where it stands leaves the most for what follows.
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_fits_whole_paths() {
        for (pattern, fitting, others) in [
            ("fc.*", vec!["fc.weight", "fc."], vec!["fc", "my.fc.weight", "fcs.weight"]),
            ("*.bias", vec!["fc.bias", "a.b.bias", ".bias"], vec!["bias", "fc.biases"]),
            ("layer*.bn*.weight", vec!["layer1.0.bn2.weight"], vec!["layer1.0.bn2.bias", "layer1.weight"]),
            ("fc", vec!["fc"], vec!["fc.weight", ""]),
            ("*", vec!["", "anything"], vec![]),
            ("a*a", vec!["aa", "aba"], vec!["a", "ab"]),
        ] {
            assert!(fitting.iter().all(|path| fits(pattern, path)), "{pattern} fits each of {fitting:?}");
            assert!(!others.iter().any(|path| fits(pattern, path)), "{pattern} fits none of {others:?}");
        }
    }

    #[test]
    fn fields_without_a_name_leave_no_trace() {
        assert_eq!(parameter("..layer1...0.weight"), "layer1.0.weight");
    }
}
