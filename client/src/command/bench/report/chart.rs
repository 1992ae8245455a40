//! Bars, as SVG.

use std::fmt::Write;

use super::spread::{Spread, shown};

const WIDTH: f64 = 860.0;
/// Where bars begin; labels stand to the left.
const LEFT: f64 = 300.0;
/// Where they end at most; figures stand to the right.
const RIGHT: f64 = 700.0;
const ROW: f64 = 26.0;
const BAR: f64 = 16.0;

/// One bar, in parts that are put one after the other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) parts: Vec<Part>,
    /// How far the runs lie apart.
    pub(super) spread: Option<Spread>,
}

/// A part of a bar; parts of one name have one colour.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) size: f64,
}

/// How sizes become lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    /// For sizes that are orders of magnitude apart.
    Logarithmic,
}

impl Bar {
    /// A bar of one part.
    pub(super) fn plain(label: impl Into<String>, name: &str, spread: Spread) -> Self {
        let part = Part { name: name.to_owned(), size: spread.median };
        Self { label: label.into(), parts: vec![part], spread: Some(spread) }
    }

    fn size(&self) -> f64 {
        self.parts.iter().map(|part| part.size).sum()
    }

    fn most(&self) -> f64 {
        self.spread.map_or(self.size(), |spread| spread.max.max(self.size()))
    }
}

/// A text that means itself in HTML and in its attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The bars under each other, with what their colours mean where they have several. A line stands at `mark`.
pub(super) fn bars(title: &str, bars: &[Bar], scale: Scale, mark: Option<f64>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in bars.iter().flat_map(|bar| &bar.parts).map(|part| part.name.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let (least, most) = range(bars, mark);
    let x = |size: f64| match scale {
        Scale::Linear => LEFT + (RIGHT - LEFT) * (size / most).clamp(0.0, 1.0),
        Scale::Logarithmic => {
            let place = (size.max(least) / least).ln() / (most / least).ln().max(f64::MIN_POSITIVE);
            LEFT + (RIGHT - LEFT) * place.clamp(0.005, 1.0)
        }
    };
    let legend = if names.len() > 1 { ROW } else { 0.0 };
    let height = ROW.mul_add(bars.len() as f64 + 1.0, legend);
    let title = escaped(title);
    let mut svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}"><text class="title" x="0" y="16">{title}</text>"#
    );
    if legend > 0.0 {
        svg.push_str(&colours(&names));
    }
    for (number, bar) in bars.iter().enumerate() {
        let y = ROW.mul_add(number as f64 + 1.0, legend);
        svg.push_str(&drawn(bar, &names, y, &x));
    }
    if let Some(mark) = mark {
        let at = x(mark);
        write!(svg, r#"<line class="mark" x1="{at:.1}" y1="{ROW}" x2="{at:.1}" y2="{height}"/>"#).ok();
    }
    svg.push_str("</svg>\n");
    svg
}

/// The least and the greatest that is shown.
fn range(bars: &[Bar], mark: Option<f64>) -> (f64, f64) {
    let sizes = bars.iter().map(Bar::most).chain(mark);
    let most = sizes.fold(f64::MIN_POSITIVE, f64::max);
    let least = bars.iter().map(Bar::size).filter(|size| *size > 0.0).fold(most, f64::min);
    // Half of the least, so that its own bar can be seen.
    (least / 2.0, most)
}

fn colours(names: &[&str]) -> String {
    let (mut out, mut x) = (String::new(), LEFT);
    for (number, name) in names.iter().enumerate() {
        let (y, text) = (ROW + 4.0, escaped(name));
        write!(out, r#"<rect class="c{number}" x="{x:.1}" y="{y}" width="12" height="12"/>"#).ok();
        write!(out, r#"<text x="{:.1}" y="{:.1}">{text}</text>"#, x + 17.0, y + 11.0).ok();
        let width = name.chars().count() as f64;
        x += width.mul_add(7.5, 36.0);
    }
    out
}

fn drawn(bar: &Bar, names: &[&str], y: f64, x: &impl Fn(f64) -> f64) -> String {
    let (middle, mut out, mut sum) = (y + BAR / 2.0, String::new(), 0.0);
    write!(
        out,
        r#"<text class="label" x="{:.1}" y="{:.1}">{}</text>"#,
        LEFT - 8.0,
        middle + 5.0,
        escaped(&bar.label)
    )
    .ok();
    for part in &bar.parts {
        let begin = if sum > 0.0 { x(sum) } else { LEFT };
        sum += part.size;
        let colour = names.iter().position(|name| *name == part.name).unwrap_or(0);
        let (width, told) =
            ((x(sum) - begin).max(0.0), escaped(&format!("{}: {}", part.name, shown(part.size))));
        write!(
            out,
            r#"<rect class="c{colour}" x="{begin:.1}" y="{y:.1}" width="{width:.1}" height="{BAR}"><title>{told}</title></rect>"#
        )
        .ok();
    }
    if let Some(spread) = bar.spread.filter(|spread| spread.min < spread.max) {
        let (low, high) = (x(spread.min), x(spread.max));
        write!(
            out,
            r#"<line class="spread" x1="{low:.1}" y1="{middle:.1}" x2="{high:.1}" y2="{middle:.1}"/>"#
        )
        .ok();
    }
    let end = x(bar.most()) + 8.0;
    write!(out, r#"<text x="{end:.1}" y="{:.1}">{}</text>"#, middle + 5.0, shown(sum)).ok();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, sizes: &[(&str, f64)]) -> Bar {
        let part = |(name, size): &(&str, f64)| Part { name: (*name).to_owned(), size: *size };
        Bar { label: label.into(), parts: sizes.iter().map(part).collect(), spread: None }
    }

    #[test]
    fn text_is_escaped_wherever_it_stands() {
        assert_eq!(
            escaped(r#"<a href="x">'&'</a>"#),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"
        );
        let svg = bars("<b>", &[bar("<i>", &[("<u>", 1.0), ("\"", 2.0)])], Scale::Linear, None);
        for raw in ["<b>", "<i>", "<u>"] {
            assert!(!svg.contains(raw), "{svg}");
        }
    }

    #[test]
    fn parts_stand_one_after_the_other_and_the_longest_bar_ends_at_the_right() {
        let svg =
            bars("t", &[bar("a", &[("x", 1.0), ("y", 3.0)]), bar("b", &[("x", 2.0)])], Scale::Linear, None);
        assert!(svg.contains(r#"class="c0" x="300.0" y="52.0" width="100.0""#), "{svg}");
        assert!(svg.contains(r#"class="c1" x="400.0" y="52.0" width="300.0""#), "{svg}");
        assert!(svg.contains(r#"class="c0" x="300.0" y="78.0" width="200.0""#), "{svg}");
    }

    #[test]
    fn nothing_and_zero_can_be_drawn() {
        for scale in [Scale::Linear, Scale::Logarithmic] {
            for drawn in
                [bars("t", &[], scale, None), bars("t", &[bar("a", &[("x", 0.0)])], scale, Some(1.0))]
            {
                assert!(drawn.ends_with("</svg>\n") && !drawn.contains("NaN"), "{drawn}");
            }
        }
    }
}
