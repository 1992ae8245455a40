//! Several runs in three figures.

/// The middle of several runs, and how far they lie apart: on a shared machine the middle is worth no more than that tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Spread {
    pub(in super::super) min: f64,
    pub(in super::super) median: f64,
    pub(in super::super) max: f64,
}

impl Spread {
    /// `None` of nothing.
    pub(in super::super) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let (min, max) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let median = match figures.len() % 2 {
            1 => figures[middle],
            _ => f64::midpoint(figures[middle - 1], figures[middle]),
        };
        Some(Self { min, median, max })
    }
}

/// A figure with three digits that tell something, and a comma for thousands.
pub(in super::super) fn shown(figure: f64) -> String {
    let size = figure.abs();
    let decimals = match size {
        0.0 => 0,
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{size:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if figure < 0.0 { "-" } else { "" };
    fraction.map_or_else(|| format!("{sign}{grouped}"), |fraction| format!("{sign}{grouped}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_run() {
        assert_eq!(Spread::of([3.0, 1.0, 2.0]), Some(Spread { min: 1.0, median: 2.0, max: 3.0 }));
        assert_eq!(Spread::of([4.0, 1.0]).unwrap().median, 2.5);
        assert_eq!(Spread::of([7.0]).unwrap().median, 7.0);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn figures_are_short_and_grouped() {
        let figures = [21_034.4, 999.6, 12.34, 1.239, 0.01234, 1_234_567.0, 0.0, -1_500.0];
        let expected = ["21,034", "1,000", "12.3", "1.24", "0.0123", "1,234,567", "0", "-1,500"];
        assert_eq!(figures.map(shown), expected);
    }
}
