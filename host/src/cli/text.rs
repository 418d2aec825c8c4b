//! Tables of text, no wider than 100 columns.

use comfy_table::{ContentArrangement, Row, Table, TableComponent, presets};

/// Columns of a terminal that is taken for granted.
const COLUMNS: u16 = 100;

/// A table of words, left-aligned; what does not fit is wrapped.
pub(super) fn table<R: Into<Row>>(header: impl Into<Row>, rows: Vec<R>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(COLUMNS)
        .set_header(header)
        .add_rows(rows);
    table.remove_style(TableComponent::HorizontalLines);
    table.remove_style(TableComponent::MiddleIntersections);
    table.to_string()
}

/// A line that is wrapped between words, what follows the first line set in.
pub(super) fn wrapped(line: &str) -> String {
    let options = textwrap::Options::new(COLUMNS.into()).subsequent_indent("    ");
    textwrap::fill(line, options)
}

/// What belongs together as a name and a text each; long texts are wrapped beside their names.
pub(super) fn fields<const N: usize>(rows: [(&str, String); N]) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(COLUMNS)
        .add_rows(rows.map(|(name, text)| [name.to_owned(), text]));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.to_string();
    let lines: Vec<&str> = lines.lines().map(str::trim_end).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use flowswitch_driver::Difference;
    use flowswitch_driver::tables::Table;

    use super::{COLUMNS, wrapped};

    #[test]
    fn the_longest_difference_fits_the_terminal() {
        let difference = Difference::Entry {
            table: Table::Service,
            index: 63,
            expected: [0x1234_5678; 8],
            found: [0x9abc_def0; 8],
        };
        let line = difference.to_string();
        assert!(line.len() > COLUMNS.into(), "{line}");
        let lines = wrapped(&line);
        assert!(lines.lines().count() > 1, "{lines}");
        for part in lines.lines() {
            assert!(part.chars().count() <= COLUMNS.into(), "{part}");
        }
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&lines), words(&line));
        assert_eq!(wrapped("short"), "short");
    }
}
