use std::error::Error;

use plotters::prelude::*;

use super::Account;

/// Colours that stay apart for readers who do not see red and green apart (Okabe and Ito).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(90, 90, 90),
];

/// Draws the share of each server over time as SVG.
///
/// # Errors
/// What the plotting library reports.
pub fn draw(account: &Account) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (960, 480)).into_drawing_area();
        area.fill(&WHITE)?;
        let ms = |ns: u64| ns as f64 / 1e6;
        let end = account.rounds.last().map_or(1.0, |round| ms(round.at_ns));
        let mut chart = ChartBuilder::on(&area)
            .caption(
                "Share of the cluster's frames per server",
                ("sans-serif", 20),
            )
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(50)
            .build_cartesian_2d(0.0..end, 0.0..50.0)?;
        chart
            .configure_mesh()
            .x_desc("simulated time in ms")
            .y_desc("share in %")
            .draw()?;
        for (server, name) in account.servers.iter().enumerate() {
            let colour = COLOURS[server % COLOURS.len()];
            let points = account.rounds.iter().map(|round| {
                let total: u64 = round.frames.iter().sum();
                (
                    ms(round.at_ns),
                    round.frames[server] as f64 * 100.0 / total.max(1) as f64,
                )
            });
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                });
        }
        for (number, change) in account.changes.iter().enumerate() {
            let at = ms(change.at_ns);
            let line = [(at, 0.0), (at, 50.0)];
            chart.draw_series(LineSeries::new(line, BLACK.mix(0.4)))?;
            // In two heights, so that they do not run into each other.
            let height = if number % 2 == 0 { 49.0 } else { 47.0 };
            let text = Text::new(change.what.clone(), (at, height), ("sans-serif", 13));
            chart.draw_series([text])?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK)
            .draw()?;
        area.present()?;
    }
    Ok(svg)
}
