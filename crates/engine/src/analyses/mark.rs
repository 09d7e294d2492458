//! Marks: the address of a figure, from which its cases can be found again.

/// Makes marks of one of the two groups.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marker {
    prefix: &'static str,
}

const OTHER: &str = "other";

impl Marker {
    /// Of the selected group.
    pub(super) const FIRST: Self = Self { prefix: "" };
    /// Of the compared group.
    pub(super) const OTHER: Self = Self { prefix: "other:" };

    pub(super) fn is_other(self) -> bool {
        !self.prefix.is_empty()
    }

    /// A mark of these fields.
    pub(super) fn mark(self, fields: &[&str]) -> String {
        let fields: Vec<String> =
            fields.iter().map(|field| field.replace('%', "%25").replace(':', "%3A")).collect();
        format!("{}{}", self.prefix, fields.join(":"))
    }
}

/// Whether a mark is of the compared group, and its fields.
pub(super) fn parse_mark(mark: &str) -> (bool, Vec<String>) {
    let plain = |field: &str| field.replace("%3A", ":").replace("%25", "%");
    let mut fields: Vec<String> = mark.split(':').map(plain).collect();
    let is_other = fields.first().is_some_and(|field| field == OTHER);
    if is_other {
        fields.remove(0);
    }
    (is_other, fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_separators_survive() {
        for name in ["a:b", "100%", "%3A", "other", "", "a%25:"] {
            let mark = Marker::OTHER.mark(&["edge", name, "x"]);
            assert_eq!(parse_mark(&mark), (true, vec!["edge".into(), name.into(), "x".into()]), "{mark}");
            let mark = Marker::FIRST.mark(&["edge", name]);
            assert_eq!(parse_mark(&mark), (false, vec!["edge".into(), name.into()]), "{mark}");
        }
    }
}
