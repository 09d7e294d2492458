//! Which characters of two texts differ, so that a person sees a slip at once.

/// Longest text, in characters, that is compared character by character; of longer ones everything counts as different.
const CHARS_MAX: usize = 200;

/// A piece of a text, and whether the other text has it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The piece.
    pub(super) text: String,
    /// The other text has it in the same order.
    pub(super) is_common: bool,
}

/// Cuts two texts into pieces that both have, as a longest common subsequence, and pieces that differ.
///
/// Letters of another case are the same: whoever typed in capitals meant nothing by it.
pub(super) fn pieces(a: &str, b: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if left.len() > CHARS_MAX || right.len() > CHARS_MAX {
        let is_common = a == b;
        let whole = |text: &str| vec![Piece { text: text.to_owned(), is_common }];
        return (whole(a), whole(b));
    }
    let lengths = common_lengths(&left, &right);
    let (mut in_left, mut in_right) = (vec![false; left.len()], vec![false; right.len()]);
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if is_same(left[i], right[j]) {
            (in_left[i], in_right[j]) = (true, true);
            (i, j) = (i + 1, j + 1);
        } else if lengths[i + 1][j] >= lengths[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    (joined(&left, &in_left), joined(&right, &in_right))
}

/// How many characters two texts have in common, in order.
pub(super) fn n_common(a: &str, b: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) =
        (a.chars().take(CHARS_MAX).collect(), b.chars().take(CHARS_MAX).collect());
    common_lengths(&left, &right)[0][0]
}

fn is_same(a: char, b: char) -> bool {
    a == b || a.to_lowercase().eq(b.to_lowercase())
}

/// Lengths of the longest common subsequences of all ends of two texts.
fn common_lengths(left: &[char], right: &[char]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            lengths[i][j] = if is_same(left[i], right[j]) {
                lengths[i + 1][j + 1] + 1
            } else {
                lengths[i + 1][j].max(lengths[i][j + 1])
            };
        }
    }
    lengths
}

fn joined(chars: &[char], common: &[bool]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (sign, is_common) in chars.iter().zip(common) {
        match pieces.last_mut() {
            Some(piece) if piece.is_common == *is_common => piece.text.push(*sign),
            _ => pieces.push(Piece { text: sign.to_string(), is_common: *is_common }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| if piece.is_common { piece.text.clone() } else { format!("[{}]", piece.text) })
            .collect()
    }

    #[test]
    fn slips_are_marked_on_both_sides() {
        let cases = [
            ("Meier", "Meyer", "Me[i]er", "Me[y]er"),
            ("ada@x.example", "ADA@x.example", "ada@x.example", "ADA@x.example"),
            ("Jon", "John", "Jon", "Jo[h]n"),
            ("", "Ada", "", "[Ada]"),
        ];
        for (a, b, left, right) in &cases {
            let (x, y) = pieces(a, b);
            assert_eq!((shown(&x), shown(&y)), ((*left).to_owned(), (*right).to_owned()), "{a} and {b}");
        }
    }

    #[test]
    fn pieces_put_together_are_the_text_and_common_parts_agree() {
        let words = ["Straße 5", "strasse 5", "Ännchen", "Anne", "12-10", "10-12", "ﬁne", "fine"];
        for a in words {
            for b in words {
                let (x, y) = pieces(a, b);
                let whole =
                    |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
                let common = |pieces: &[Piece]| {
                    let texts = pieces.iter().filter(|piece| piece.is_common);
                    texts.map(|piece| piece.text.to_lowercase()).collect::<String>()
                };
                assert_eq!(
                    (whole(&x), whole(&y)),
                    (a.to_owned(), b.to_owned()),
                    "nothing is lost of {a}, {b}"
                );
                assert_eq!(common(&x), common(&y), "both sides have what is common of {a}, {b}");
                assert_eq!(n_common(a, b), n_common(b, a), "{a} has as much of {b} as {b} of {a}");
            }
        }
    }

    #[test]
    fn very_long_texts_are_compared_as_a_whole() {
        let long = "x".repeat(CHARS_MAX + 1);
        assert!(pieces(&long, &long).0[0].is_common, "the same");
        assert!(!pieces(&long, "x").1[0].is_common, "not the same");
        assert_eq!(n_common(&long, &long), CHARS_MAX, "the beginning is enough to find the nearest");
    }
}
