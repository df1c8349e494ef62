//! Patterns for names: `*` is any text, `?` any one character.

/// Whether all of `text` is as `pattern` says.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to go on if what follows the last `*` turns out not to match.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, start)) => {
                    // Let the `*` take one character more.
                    retry = Some((star, start + 1));
                    p = star + 1;
                    t = start + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let table = [
            ("main", "main", true),
            ("main", "main2", false),
            ("mem*", "memcpy", true),
            ("mem*", "mem", true),
            ("*cpy", "memcpy", true),
            ("*c*y", "memcpy", true),
            ("*ab", "aab", true),
            ("m?in", "main", true),
            ("m?in", "min", false),
            ("*", "", true),
            ("", "x", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
