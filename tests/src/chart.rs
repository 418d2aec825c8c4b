//! Plain charts for the documentation.

use std::fmt::Write;

/// Size of a chart, and the field within, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 48.0;
/// Colours of the series, in order; they differ in brightness too.
const COLOURS: [&str; 4] = ["#1b4965", "#62b6cb", "#bc4b51", "#f4a259"];

/// The vertical axis.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// What it shows.
    pub title: &'static str,
    /// Lowest and highest value.
    pub range: (f64, f64),
    /// From one line to the next; on a logarithmic axis a factor.
    pub step: f64,
    /// Equal distances are equal factors.
    pub logarithmic: bool,
}

impl Axis {
    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        let value = value.clamp(low, high);
        let share = if self.logarithmic {
            (value / low).ln() / (high / low).ln()
        } else {
            (value - low) / (high - low)
        };
        TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share)
    }

    fn lines(&self) -> Vec<f64> {
        let next = |value: &f64| {
            let next = if self.logarithmic {
                value * self.step
            } else {
                value + self.step
            };
            Some(next).filter(|next| *next <= self.range.1 * 1.000_001)
        };
        std::iter::successors(Some(self.range.0), next).collect()
    }
}

/// A row of values and its name.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// As many values as there are places on the horizontal axis.
    pub values: Vec<f64>,
}

/// Bars in groups: one of each series for each group.
pub fn bars(title: &str, axis: Axis, groups: &[&str], series: &[Series]) -> String {
    let mut svg = frame(title, axis, groups, series);
    let room = (WIDTH - LEFT - RIGHT) / groups.len() as f64;
    let width = 0.8 * room / series.len() as f64;
    for (number, one) in series.iter().enumerate() {
        for (group, &value) in one.values.iter().enumerate() {
            let x = LEFT + room * (group as f64 + 0.1) + width * number as f64;
            let (y, foot) = (axis.y(value), HEIGHT - BOTTOM);
            let colour = COLOURS[number % COLOURS.len()];
            let bar = width - 2.0;
            _ = writeln!(
                svg,
                r#"<rect x="{x:.1}" y="{y:.1}" width="{bar:.1}" height="{:.1}" fill="{colour}"/>"#,
                foot - y
            );
            _ = writeln!(
                svg,
                r#"<text x="{:.1}" y="{:.1}" text-anchor="middle" font-size="9">{value:.2}</text>"#,
                x + bar / 2.0,
                y - 3.0
            );
        }
    }
    svg + "</svg>\n"
}

/// A line for each series over the places of the horizontal axis.
pub fn lines(title: &str, axis: Axis, places: &[&str], series: &[Series]) -> String {
    let mut svg = frame(title, axis, places, series);
    let room = (WIDTH - LEFT - RIGHT) / places.len() as f64;
    for (number, one) in series.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let points: Vec<(f64, f64)> = one
            .values
            .iter()
            .enumerate()
            .map(|(place, &value)| (LEFT + room * (place as f64 + 0.5), axis.y(value)))
            .collect();
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        _ = writeln!(
            svg,
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            path.join(" ")
        );
        for (x, y) in points {
            _ = writeln!(
                svg,
                r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#
            );
        }
    }
    svg + "</svg>\n"
}

/// Axes, titles and legend.
fn frame(title: &str, axis: Axis, places: &[&str], series: &[Series]) -> String {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>
<title>{title}</title>
"##
    );
    for value in axis.lines() {
        let y = axis.y(value);
        _ = writeln!(
            svg,
            r##"<line x1="{LEFT}" y1="{y:.1}" x2="{}" y2="{y:.1}" stroke="#dddddd"/><text x="{}" y="{:.1}" text-anchor="end">{value}</text>"##,
            WIDTH - RIGHT,
            LEFT - 6.0,
            y + 4.0
        );
    }
    let room = (WIDTH - LEFT - RIGHT) / places.len() as f64;
    for (number, place) in places.iter().enumerate() {
        let x = LEFT + room * (number as f64 + 0.5);
        _ = writeln!(
            svg,
            r#"<text x="{x:.1}" y="{}" text-anchor="middle">{place}</text>"#,
            HEIGHT - BOTTOM + 18.0
        );
    }
    _ = writeln!(svg, r#"<text x="8" y="16">{}</text>"#, axis.title);
    for (number, one) in series.iter().enumerate() {
        let x = LEFT + 150.0 * number as f64;
        let colour = COLOURS[number % COLOURS.len()];
        _ = writeln!(
            svg,
            r#"<rect x="{x}" y="{}" width="10" height="10" fill="{colour}"/><text x="{}" y="{}">{}</text>"#,
            HEIGHT - 18.0,
            x + 15.0,
            HEIGHT - 9.0,
            one.name
        );
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_each_step() {
        let axis = Axis {
            title: "",
            range: (0.001, 100.0),
            step: 10.0,
            logarithmic: true,
        };
        assert_eq!(axis.lines().len(), 6);
        assert!((axis.y(0.001) - (HEIGHT - BOTTOM)).abs() < 1e-9);
        assert!((axis.y(1000.0) - TOP).abs() < 1e-9);
    }
}
